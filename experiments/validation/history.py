"""V5, V6, V11, V17: what a customer has lived through before, and what it does to the next failure."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.validation import lab
from sim.business import Business
from sim.psychology import Psychology
from sim.run import Run

STRUCK = 4
FULL = "sorry+fix-now+extra"
"""Everything the menu has, at once."""
CROWD = 20000
"""People in V11, of whom few have bought exactly so often when the failure comes."""


def _above_twin(failures: tuple[tuple[int, str], ...], psychology: Psychology, seed: int) -> tuple[float, float]:
    """Trust after the last case, and retention a year later, of complainants made content; above their twins."""
    business = lab.firm("discretionary", events=lab.struck(*failures))
    last = failures[-1][0]
    model = lab.world(business, FULL, psychology, seed, unasked=True)
    twin = lab.world(business, FULL, psychology, seed, twin=True, start=model.population)
    cases = lab.resolved(lab.at(lab.play(model, last).cases, last))
    cases = cases[cases["failures_before"] == len(failures) - 1]
    spared = lab.opinion(lab.play(twin, last), cases["person"])[0]
    trust = 100 * float((cases["trust_after"] - spared).mean())
    kept = [(lab.play(each, last + 12).people_table["status"][cases["person"]] == 1).mean() for each in (model, twin)]
    return trust, 100 * float(kept[0] - kept[1])


def _good_talk(psychology: Psychology, seed: int) -> float:
    """Good share of all that is told in the quarter after a mild failure with full remedy, above the twin's."""
    business = lab.firm("discretionary", events=lab.struck((STRUCK, "minor")), talk={"volume": 1.0})
    model = lab.world(business, FULL, psychology, seed, unasked=True)
    twin = lab.world(business, FULL, psychology, seed, twin=True, start=model.population)
    shares = []
    for each in (model, twin):
        told = lab.play(each, STRUCK + 2).series[STRUCK - 1:]
        shares.append(told["told_good"].sum() / (told["told_good"].sum() + told["told_bad"].sum()))
    return 100 * float(shares[0] - shares[1])


def v5(psychology: Psychology, seed: int) -> dict[str, float]:
    """Full remedy against nothing having happened: a mild failure, a severe one, a second one."""
    _, mild = _above_twin(((STRUCK, "minor"),), psychology, seed)
    severe = _above_twin(((STRUCK, "major"),), psychology, seed)
    second = _above_twin(((STRUCK, "money"), (STRUCK + 3, "money")), psychology, seed)
    return {
        "mild: retention above twin": mild,
        "mild: good share of talk above twin": _good_talk(psychology, seed),
        "severe: trust above twin": severe[0], "severe: retention above twin": severe[1],
        "second: trust above twin": second[0], "second: retention above twin": second[1],
    }


def v6(psychology: Psychology, seed: int) -> dict[str, float]:
    """Two failures half a year apart, handled badly and then well or the reverse; near or far, like or unlike."""
    first, second = STRUCK, STRUCK + 6
    business = lab.firm("discretionary", events=lab.struck((first, "money"), (second, "money")))
    ends = []
    for answers, bad, good in ((f"curt/{FULL}", first, second), (f"{FULL}/curt", second, first)):
        cases = lab.play(lab.world(business, answers, psychology, seed, people=6000), second).cases
        wronged, helped = lab.unresolved(lab.at(cases, bad)), lab.resolved(lab.at(cases, good))
        met = np.intersect1d(wronged["person"], helped["person"])
        last = lab.at(cases, second)
        ends.append(last[np.isin(last["person"], met)])
    upward, downward = lab.the_same(*ends)
    far, near = lab.the_same(*(
        lab.resolved(lab.at(lab.play(lab.world(_twice(before, kind), "plain+fix", psychology, seed), 16).cases, 16))
        for before, kind in ((4, "intangible"), (14, "money"))))
    return {"bad-good - good-bad": _points(upward, downward), "distant, different - close, similar": _points(far, near)}


def _twice(before: int, kind: str) -> Business:
    return lab.firm("discretionary", events=lab.struck((before, kind), (16, "money")))


def _points(left: np.ndarray, right: np.ndarray) -> float:
    return 100 * float((left["trust_after"] - right["trust_after"]).mean())


def _rise(business: Business, cases: np.ndarray, twin: Run) -> np.ndarray:
    """By how much more likely each person is to leave at the next decision than the twin, in points."""
    persons = cases["person"]
    sensitivity = twin.people_table["sensitivity"][persons]
    failed = lab.hazard(business, twin.psychology, lab.confidence_after(cases, twin.psychology), sensitivity)
    spared = lab.hazard(business, twin.psychology, lab.opinion(twin, persons)[2], sensitivity)
    result: np.ndarray = 100 * (failed - spared)
    return result


def v11(psychology: Psychology, seed: int) -> dict[str, float]:
    """Complaints at a retailer's in the fifth year, by what went before."""
    now = 60
    common: dict[str, Any] = {"people": {"encounters_per_year": 2.0, "customer_share": 0.3}}
    business = lab.firm("discretionary", **common, events=lab.struck((now, "money")))
    model = lab.world(business, "curt|fix", psychology, seed, people=CROWD)
    twin = lab.world(business, "curt", psychology, seed, people=CROWD, twin=True, start=model.population)
    before = lab.play(model, now - 1).people_table.copy()
    lab.play(twin, now)
    cases = _complaints(model, now)
    bought = before["encounters"][cases["person"]]
    new = before["status_at_start"][cases["person"]] == 0
    rises = _rise(business, cases, twin)
    regular, first = rises[new & (bought == 5)].mean(), rises[new & (bought == 0)].mean()

    old_hands = cases[before["tenure"][cases["person"]] > 24]
    arms = [old_hands]
    for months in (1, 18):
        twice = lab.firm("discretionary", **common, events=lab.struck((now - months, "money"), (now, "money")))
        arm = lab.world(twice, "curt|fix", psychology, seed, people=CROWD, start=model.population)
        complained = _complaints(arm, now - months)["person"]
        again = _complaints(arm, now)
        arms.append(again[np.isin(again["person"], complained)])
    # Each arm is held against those without an earlier complaint who complain in it too.
    increments = [float((_rise(business, arm, twin) - _rise(business, alone, twin)).mean())
                  for alone, arm in (lab.the_same(old_hands, arm) for arm in arms[1:])]

    settled = lab.resolved(_complaints(lab.world(business, "plain+fix", psychology, seed, people=CROWD,
                                                 start=model.population), now))
    left = lab.unresolved(_complaints(lab.world(business, "curt", psychology, seed, people=CROWD,
                                                start=model.population), now))
    offset = 1 - _rise(business, settled, twin).mean() / _rise(business, left, twin).mean()
    return {"after 5 repeats - after none": float(regular - first), "complaint a month ago - none": increments[0],
            "complaint 18 months ago - none": increments[1], "share offset by recovery": float(offset)}


def _complaints(model: Run, period: int) -> np.ndarray:
    cases = lab.at(lab.play(model, period).cases, period)
    voiced: np.ndarray = cases[cases["voiced"] == 1]
    return voiced


def v17(psychology: Psychology, seed: int) -> dict[str, float]:
    """A regular's uncertainty before and at a moderate failure, and after it was handled well or badly."""
    # Under contract, so that a regular has been one for long; without one, most have come for less than a year.
    business = lab.firm("contractual", events=lab.struck((STRUCK, "money")))
    well, badly = (lab.at(lab.play(lab.world(business, answers, psychology, seed), STRUCK).cases, STRUCK)
                   for answers in ("plain+fix", "curt"))
    helped, left = lab.resolved(well), lab.unresolved(badly)
    before = "uncertainty_before"
    return {
        "before": float(well[before].mean()),
        "rise at the failure": float((well["uncertainty_shaken"] - well[before]).mean()),
        "after a good recovery - before": float((helped["uncertainty_after"] - helped[before]).mean()),
        "after a bad one - before": float((left["uncertainty_after"] - left[before]).mean()),
    }
