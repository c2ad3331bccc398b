"""V1 to V4: how many would come back, by how the case ended."""

from __future__ import annotations

import numpy as np

from experiments.validation import lab
from sim.business import Business
from sim.psychology import Psychology

STRUCK = 4
"""The period in which everybody meets the failure."""
QUICK, SLOW = "plain+fix", "plain+fix-slow"
"""Settled in three days or in a month (British Airways after and before its case system)."""


def would_stay(business: Business, cases: np.ndarray, psychology: Psychology) -> float:
    """Share, in percent, who would buy again: intention, so without switching cost."""
    return float(100 * (1 - lab.hazard(business, psychology, lab.confidence_after(cases, psychology))).mean())


def ladder(kind: str, psychology: Psychology, seed: int) -> dict[str, float]:
    """Intentions after one failure of a kind: unresolved, resolved, resolved quickly."""
    business = lab.firm("discretionary", events=lab.struck((STRUCK, kind)))
    cases = {answers: lab.at(lab.play(lab.world(business, answers, psychology, seed), STRUCK).cases, STRUCK)
             for answers in ("curt", SLOW, QUICK)}
    slow = cases[SLOW]
    return {
        "unresolved": would_stay(business, lab.unresolved(cases["curt"]), psychology),
        "resolved": would_stay(business, slow[(slow["voiced"] == 1) & (slow["accepted"] == 1)], psychology),
        "resolved quickly": would_stay(business, lab.resolved(cases[QUICK]), psychology),
    }


def v1(psychology: Psychology, seed: int) -> dict[str, float]:
    """A loss above $100."""
    found = ladder("major", psychology, seed)
    return {**found, "resolved - unresolved": found["resolved"] - found["unresolved"],
            "quickly - resolved": found["resolved quickly"] - found["resolved"]}


def v2(psychology: Psychology, seed: int) -> dict[str, float]:
    """A loss below $5, and how much milder it is than one above $100."""
    minor, major = (ladder(kind, psychology, seed) for kind in ("minor", "major"))
    return {**minor, "minor - major, unresolved": minor["unresolved"] - major["unresolved"],
            "minor - major, resolved": minor["resolved"] - major["resolved"],
            "minor - major, quickly": minor["resolved quickly"] - major["resolved quickly"]}


def v3(psychology: Psychology, seed: int) -> dict[str, float]:
    """The same remedy at the first contact, at a later one, or never; the excess over the twin's hazard."""
    business = lab.firm("contractual", events=lab.struck((STRUCK, "money")))
    twin = lab.play(lab.world(business, "curt", psychology, seed, twin=True), STRUCK)

    def excess(answers: str, pushed: bool, accepted: bool) -> float:
        cases = lab.at(lab.play(lab.world(business, answers, psychology, seed, start=twin.population), STRUCK).cases,
                       STRUCK)
        cases = cases[(cases["voiced"] == 1) & (cases["accepted"] == accepted)]
        if accepted:
            cases = cases[(cases["pushes"] > 0) == pushed]
        sensitivity = twin.people_table["sensitivity"][cases["person"]]
        failed = lab.hazard(business, psychology, lab.confidence_after(cases, psychology), sensitivity)
        spared = lab.hazard(business, psychology, lab.opinion(twin, cases["person"])[2], sensitivity)
        return float(100 * (failed - spared).mean())

    first = excess("plain+fix", False, True)
    never = excess("curt", False, False)
    return {"first contact": first, "two or more": excess("curt|plain+fix", True, True), "unresolved": never,
            "unresolved : first": never / first}


def v4(psychology: Psychology, seed: int) -> dict[str, float]:
    """Hotel guests with two stays a year, of whom some complain and are helped, and some are not."""
    business = lab.firm("discretionary", people={"encounters_per_year": 2.0},
                        events=lab.struck((STRUCK, "intangible")))
    model = lab.play(lab.world(business, "plain+fix-now", psychology, seed), STRUCK)
    twin = lab.play(lab.world(business, "curt", psychology, seed, twin=True, start=model.population), STRUCK)
    cases = lab.at(model.cases, STRUCK)
    settled, left = cases[cases["accepted"] == 1], cases[cases["accepted"] == 0]
    none = float(lab.opinion(twin, cases["person"])[0].mean())
    bottom = float(left["trust_after"].mean())
    share = (float(settled["trust_after"].mean()) - bottom) / (none - bottom)
    return {"share of the gap recovered": share, "never all of it": share}
