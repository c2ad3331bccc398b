"""Everything for those who are worth it, the least for the rest.

Customer management counts what each customer brings and spends accordingly: the gold card
has its own number, the others wait. It sounds like reason itself. What it leaves out is
that the small ones talk as much as the big ones, and that they stand in the same queue.
"""

from __future__ import annotations

from typing import Any

from sim.config import InputError, nearest
from sim.remedy import VALUES, Case, Remedy, Strategy
from strategies.full import Full
from strategies.minimum import Minimum


class Tiered(Strategy):
    """The answers of `full` for the valuable customers, those of `minimum` for everybody else."""

    full_for: str = "high"
    """who gets everything: one or more of low, middle and high, joined by +"""
    proactive: bool = True
    """the firm speaks first, as in `full`; it does so to everybody, also where it then has little to say"""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._tiers = {tier.strip() for tier in self.full_for.split("+")}
        for tier in sorted(self._tiers - set(VALUES)):
            raise InputError(f"strategy {self.label()}: full_for = '{self.full_for}': no tier is called '{tier}'"
                             + (nearest(tier, VALUES) or f"; there are {', '.join(VALUES)}, joined by +"))
        self._full, self._minimum = Full(), Minimum()

    def respond(self, case: Case) -> Remedy:
        return (self._full if case.value in self._tiers else self._minimum).respond(case)
