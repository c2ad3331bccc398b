"""The dashboard: a local web page on which the answer follows while an assumption is dragged.

    sliders.py   which numbers can be dragged, and how they are said
    house.py     the businesses a server offers, with their sliders
    view.py      what one page shows: business, strategies, assumptions; read from its address
    numbers.py   what runs come to, as the page shows it
    work.py      what worker processes do
    crew.py      warm worker processes and a fair queue before them
    kitchen.py   what all requests share
    course.py    the course of one answer: a first look, then refined, and what follows
    downloads.py what can be taken away
    app.py       the web application
    serve.py     starting it
    static/      the page itself: plain HTML, CSS and JavaScript, nothing from elsewhere
"""
