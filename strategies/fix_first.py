"""Fix the thing, quickly, and say nothing about it.

A failure makes two problems: the thing that broke, and the trust that broke. The good
technician's habit is to see only the first. The television is repaired in record time
and the customer is still not glad; nobody had said a word about what it meant to them.
`trust-first` and `empathy-last` make the very same repair in the same days, with words
before it or after it, so that whatever they differ by was done by the words.
"""

from __future__ import annotations

from typing import Any

from sim.config import InputError, nearest
from sim.remedy import Case, Measure, Menu, Remedy, Strategy

WHEN = ("none", "first", "last")


def repair(menu: Menu) -> Measure | None:
    """What sets the thing itself right: the repair, else another one, else the money for it."""
    return menu.best("fix") or menu.best("replace") or menu.best("refund") or menu.best("credit")


class FixFirst(Strategy):
    """The repair at once and in haste, whatever the customer says; not a word of empathy."""

    empathy: str = "none"
    """when somebody acknowledges what happened and apologises: none, first or last"""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        if self.empathy not in WHEN:
            raise InputError(f"strategy {self.label()}: empathy = '{self.empathy}' must be one of {', '.join(WHEN)}"
                             + nearest(self.empathy, WHEN))

    def respond(self, case: Case) -> Remedy:
        menu = case.menu
        done = [menu.best("hurry"), repair(menu)]
        said = [menu.best("acknowledge"), menu.best("apologise")]
        return Remedy({"none": done, "first": said + done, "last": done + said}[self.empathy])
