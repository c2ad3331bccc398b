"""The counter as a battlefield: store credit, and cash only for who will not give in.

A board is brought back without the card it was paid with. Come back with the card, says
the clerk, or take store credit; another card cannot be done. The manager says the same.
The customer, who knows that it can be done, asks again, and then it is "no problem". A
policy of this kind keeps the money in the house and withholds a remedy that exists. It
is written down in the return rules of many shops.
"""

from __future__ import annotations

from sim.remedy import Case, Measure, Menu, Remedy, Strategy


class StoreCredit(Strategy):
    """The rule and the credit at every push; what is asked for by name only in the end."""

    manager_at: int = 2
    """the push at which a manager comes, and says the same"""
    gives_in_at: int = 3
    """the push at which who asks for something by name gets it"""

    def respond(self, case: Case) -> Remedy:
        menu = case.menu
        given_in = menu.best(case.asked) if case.asked and case.pushes >= self.gives_in_at else None
        return Remedy([_rule(menu), given_in or _credit(menu)], manager=case.pushes >= self.manager_at)


def _credit(menu: Menu) -> Measure | None:
    """The best credit, whichever role it plays; where there is none, the cheapest thing in the house."""
    goods = [m for m in menu.measures if m.is_goods]
    credits = [m for m in goods if m.form == "credit"]
    if credits:
        return max(credits, key=lambda m: (m.worth, -m.cost, m.name))
    return min(goods, key=lambda m: (m.cost, m.worth, m.minutes, m.name), default=None)


def _rule(menu: Menu) -> Measure | None:
    """What the clerk has been told to say: the words meant least."""
    words = [*menu.of("explain"), *menu.of("apologise")]
    return min(words, key=lambda m: (m.sincerity, m.minutes, m.cost, m.name), default=None)
