"""A report to mail: one HTML file that answers, shows, tells and says what it stands on.

    from experiments.report.report import Report

    report = Report.of(answer)
    Path("report.html").write_text(report.html(), encoding="utf-8")

`source` finds the comparison; `months`, `flips` and `dialogue` are what a result does not keep, and
`play` plays it; `waterfall`, `course`, `headline` and `footing` are the findings; `figures` draws them;
`document` fills the templates in `page/`; `files` writes.
"""
