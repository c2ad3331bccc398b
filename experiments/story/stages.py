"""Where somebody stands with a firm, in words: Hyken's five "cults", defined on the opinion.

Hyken (The Cult of the Customer, 2009) describes a way in five stages and gives no numbers.
This is a definition of ours, in pieces of evidence; it is no finding.

    uncertainty  does not know what to expect: less than half a piece of evidence
                 (uncertainty above 0.8), or the bad weighs as much as the good
    alignment    the same, but the firm has given its promise, and it stands
    experience   has had it: some evidence, more of it good than bad
    ownership    predictable: uncertainty at most a half, two good pieces for a bad one
    amazement    predictable and well above the market: uncertainty at most a third,
                 eight good pieces for a bad one

A firm exactly at the market's average leaves fewer than two good pieces for a bad one, and
one that is steadily a little above it, as the presets are, about six: nobody is amazed by
what is merely usual. Who has mostly met failures
is back at uncertainty, as Hyken has it, however sure of the worst. Where disbelief outweighs
even what is unknown, the words are "let down" instead of "uncertain", and "in two minds" where belief
outweighs it too; the stage is the same. The stages are of customers: of who has left, the words say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

STAGES = {
    "uncertainty": "uncertain",
    "alignment": "knows the promise",
    "experience": "has seen it work",
    "ownership": "counts on it",
    "amazement": "amazed",
}
"""The stages from the lowest to the highest, and how they are said of somebody."""
LET_DOWN, TORN = "let down", "in two minds"
LEFT = {"experience": "left, thinks well", "ownership": "left, thinks well", "amazement": "left, thinks well"}
"""How a stage is said of who is no customer any more; the others take 'left, ' before their words."""


@dataclass(frozen=True)
class Standing:
    """An opinion at one moment, with its stage."""

    trust: float
    belief: float
    disbelief: float
    uncertainty: float
    stage: str
    customer: bool = True

    @classmethod
    def of(cls, trust: float, uncertainty: float, base_rate: float, promised: bool, customer: bool = True) -> Standing:
        """From what a case's row tells: trust and uncertainty."""
        belief = min(1.0, max(0.0, trust - base_rate * uncertainty))
        disbelief = max(0.0, 1 - belief - uncertainty)
        return cls(trust, belief, disbelief, uncertainty, stage(belief, disbelief, uncertainty, promised), customer)

    @classmethod
    def of_row(cls, row: Any, base_rate: float) -> Standing:
        """From a person's row, at the end of a period."""
        unknown = 2 / (float(row["good"]) + float(row["bad"]) + 2)
        trust = float(row["good"]) / 2 * unknown + base_rate * unknown
        return cls.of(trust, unknown, base_rate, bool(row["promise"] == 1), bool(row["status"] == 1))

    @property
    def words(self) -> str:
        """The stage as said of somebody."""
        words = STAGES[self.stage]
        if self.stage == "uncertainty" and self.disbelief > self.uncertainty:
            words = TORN if self.belief > self.uncertainty else LET_DOWN
        return words if self.customer else LEFT.get(self.stage, f"left, {words}")


def stage(belief: float, disbelief: float, uncertainty: float, promised: bool = False) -> str:
    """The stage of an opinion; `promised`: a promise was made and stands."""
    if uncertainty <= 1 / 3 and belief >= 8 * disbelief:
        return "amazement"
    if uncertainty <= 1 / 2 and belief >= 2 * disbelief:
        return "ownership"
    if uncertainty <= 0.8 and belief > disbelief:
        return "experience"
    return "alignment" if promised else "uncertainty"
