"""How many push again, by what they were offered: complaints to the US Consumer Financial Protection Bureau.

Complaints of 2013 to 2015, by how they were answered: 4,235 with money, 9,163 with other relief, 49,442 with an
explanation. Not one of V1 to V17, but used in the fit: real behaviour, though remedies were not randomised.
"""

from __future__ import annotations

from experiments.validation import lab
from experiments.validation.targets import Check
from sim.psychology import Psychology

CHECKS = (
    Check("disputed: money", "%", "11.8", 7.8, 15.8),
    Check("disputed: other relief", "%", "12.5", 8.5, 16.5),
    Check("disputed: explanation", "%", "22.6", 18.6, 26.6),
)
"""Bands of 4 points, for the three answers stand for many."""
STRUCK = 4


def disputes(psychology: Psychology, seed: int) -> dict[str, float]:
    """Share of complainants who push again after the money back, a repair, and words."""
    business = lab.firm("discretionary", events=lab.struck((STRUCK, "money")))
    found = {}
    for check, answers in zip(CHECKS, ("plain+money", "plain+fix", "plain"), strict=True):
        cases = lab.at(lab.play(lab.world(business, answers, psychology, seed), STRUCK).cases, STRUCK)
        found[check.name] = 100 * float((cases["pushes"][cases["voiced"] == 1] > 0).mean())
    return found
