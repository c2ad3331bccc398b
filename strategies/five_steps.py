"""Five steps: acknowledge, apologise, fix, own it, hurry.

What Shep Hyken teaches for a customer whom a failure has thrown back into uncertainty
(*The Cult of the Customer*). None of the steps costs extra money: the thing itself is
put right and nothing is added, neither credit nor gift. To own it is an attitude; at
the desk it shows as somebody who says how it came about and asks afterwards whether all
is well, instead of sending the customer on.
"""

from __future__ import annotations

from sim.remedy import Case, Remedy, Strategy
from strategies.fix_first import repair


class FiveSteps(Strategy):
    """Acknowledge, apologise, own it, hurry and fix, at the first word; no money beside the repair."""

    def respond(self, case: Case) -> Remedy:
        menu = case.menu
        return Remedy([menu.best("acknowledge"), menu.best("apologise"), menu.best("explain"), menu.best("hurry"),
                       repair(menu), menu.best("follow_up")])
