"""V7 to V9: what people spend after a failure, as they say and as they do."""

from __future__ import annotations

from math import nan

import numpy as np

from experiments.validation import lab
from sim.business import Business
from sim.psychology import Psychology

STRUCK = 4
ANSWERS = ("", "curt", "plain", "fix-slow", "plain+half", "curt|plain+fix", "plain+fix", "sorry+fix-now+extra")
"""From nothing to everything, so that every grade is given by somebody."""
NOISE, EVEN = 0.224, 0.22
"""The observation block's two numbers; free, see `lab.FREE`."""
WEEKS = 12
"""84 days."""
RIDERS = 5000
"""People in V8 and V9, whose effects are small against the luck of the weeks."""


def graded(cases: np.ndarray, psychology: Psychology) -> np.ndarray:
    """The answer's grade from 1 (no better than a prompt nothing) to 7 (a prompt full remedy)."""
    nothing = psychology.satisfaction_procedural
    result: np.ndarray = np.clip(np.rint(1 + 6 * (cases["felt_satisfaction"] - nothing) / (1 - nothing)), 1, 7)
    return result


def v7(psychology: Psychology, seed: int) -> dict[str, float]:
    """Grades and reported spending: a change of confidence beyond a margin is reported, with logistic noise."""
    business = lab.firm("discretionary", events=lab.struck((STRUCK, "money")))
    grades, changes = [], []
    for answers in ANSWERS:
        model = lab.play(lab.world(business, answers, psychology, seed), STRUCK)
        cases = lab.at(model.cases, STRUCK)
        cases = cases[cases["voiced"] == 1]
        before = cases["trust_before"] - psychology.caution * cases["uncertainty_before"]
        typical = lab.typical_confidence(business, psychology)
        grades.append(graded(cases, psychology))
        changes.append(model.people_table["sensitivity"][cases["person"]]
                       * (lab.confidence_after(cases, psychology) - before) / typical)
    grade, change = np.concatenate(grades), np.concatenate(changes)
    noise = lab.FITTED.get().get("temkin.noise", NOISE)
    margin = noise * np.log((1 - EVEN) / EVEN)
    cut, more = (1 / (1 + np.exp(-(sign * change - margin) / noise)) for sign in (-1, 1))
    cuts, raises = ([100 * float(share[grade == g].mean()) for g in range(1, 8) if (grade == g).any()]
                    or [nan] for share in (cut, more))
    below = [100 * float((more - cut)[grade == g].mean()) for g in range(1, 6) if (grade == g).any()]
    return {"very poor: cut": cuts[0], "very poor: raise": raises[0], "very good: cut": cuts[-1],
            "very good: raise": raises[-1], "most raisers - cutters at 5 or below": max(below, default=nan)}


def spent(business: Business, answers: str, psychology: Psychology, seed: int, struck: int, twin: bool = False,
          among: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """What each person struck in a period spends in the next 84 days (in margins), and who these are."""
    model = lab.play(lab.world(business, answers, psychology, seed, people=RIDERS, unasked=True, twin=twin, years=2.0),
                     struck)
    persons = lab.at(model.cases, struck)["person"] if among is None else among
    before = model.people_table["margin_pv"][persons].copy()
    after = lab.play(model, struck + WEEKS).people_table["margin_pv"][persons]
    return after - before, persons


UNHEARD = {"finance": {"discount_rate_annual": 0.0}, "front_desk": {"max_pushes": 0}}
"""V8 and V9 are one study: a message or none, and no desk at which somebody could push."""


def v8(psychology: Psychology, seed: int) -> dict[str, float]:
    """A late ride without a word, against the ride that was on time: V9's arm without a message, and its twin."""
    business = lab.weekly(events=lab.struck((STRUCK, "minor")), **UNHEARD)
    mine, persons = spent(business, "", psychology, seed, STRUCK)
    twins, _ = spent(business, "", psychology, seed, STRUCK, twin=True, among=persons)
    return {"spending over 84 days": 100 * float(mine.sum() / twins.sum() - 1)}


def v9(psychology: Psychology, seed: int) -> dict[str, float]:
    """A message within the hour or none, and nobody to negotiate with; then a third late ride."""
    business = lab.weekly(events=lab.struck((STRUCK, "minor")), **UNHEARD)
    none, persons = spent(business, "", psychology, seed, STRUCK)
    apology, credit, both = (
        100 * float(spent(business, answers, psychology, seed, STRUCK, among=persons)[0].sum() / none.sum() - 1)
        for answers in ("sorry", "credit", "sorry+credit"))
    again = lab.weekly(events=lab.struck(*((STRUCK + 3 * n, "minor") for n in range(3))), **UNHEARD)
    third = STRUCK + 6
    silent, persons = spent(again, "sorry/sorry/", psychology, seed, third)
    repeated, _ = spent(again, "sorry", psychology, seed, third, among=persons)
    return {"both - apology": both - apology, "|apology| : credit": abs(apology) / credit,
            "third apology - no message": 100 * float(repeated.sum() / silent.sum() - 1)}
