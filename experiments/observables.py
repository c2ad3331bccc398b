"""What can be seen of any run: from its table of cases, its people, and who came and stayed month by month.

`watch` plays a world and keeps who was a customer and who came in each period;
`observe` turns that, and the failure-free twin's where there is one, into the figures
that studies of service recovery report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.business import Business
from sim.psychology import Psychology
from sim.run import Run

OUTCOMES = ("silent", "unresolved", "resolved after pushing", "resolved at once")
MONTHS_AFTER = 6.0


@dataclass(frozen=True)
class Watched:
    """A finished world, and what each person was and did: arrays of (periods, people)."""

    model: Run
    customer: np.ndarray
    """whether a customer at the end of the period"""
    came: np.ndarray
    """whether at an encounter in the period"""


def watch(model: Run) -> Watched:
    """Play a world to its end, keeping who stays and who comes; for its cases, it must be made to keep them."""
    shape = (model.periods - model.period, len(model.people_table))
    customer, came = np.zeros(shape, bool), np.zeros(shape, bool)
    for row in range(shape[0]):
        model.step()
        customer[row] = model.people_table["status"] == 1
        came[row] = model.people_table["present"] == 1
    return Watched(model, customer, came)


def true_cases(cases: np.ndarray) -> np.ndarray:
    """The cases in which something had failed."""
    found: np.ndarray = cases[cases["false_claim"] == 0]
    return found


def outcome(cases: np.ndarray) -> np.ndarray:
    """How each case ended, as an index into OUTCOMES."""
    talked = (cases["voiced"] == 1) | (cases["detected"] == 1)
    settled = cases["accepted"] == 1
    return np.where(~talked, 0, np.where(~settled, 1, np.where(cases["pushes"] > 0, 2, 3)))


def told_of_case(cases: np.ndarray, psychology: Psychology, volume: float = 1.0) -> np.ndarray:
    """People told of each case in all if no newer one displaces it: positive if good, negative if bad, or 0."""
    excess = cases["felt_satisfaction"] - cases["threshold"]
    good, bad = excess > psychology.talk_margin, excess < -psychology.talk_margin
    people: np.ndarray = volume * (good * psychology.told_after_good_case - bad * psychology.told_after_bad_case)
    return people


def satisfied(cases: np.ndarray, business: Business) -> dict[str, Any]:
    """Share of complainants who accepted an answer: in all, by kind of failure, by number of pushes."""
    voiced = cases[cases["voiced"] == 1]
    by_kind = {name: _share(voiced["accepted"][voiced["kind"] == k]) for k, name in enumerate(business.kind_names)}
    most = int(voiced["pushes"].max()) if len(voiced) else 0
    return {"all": _share(voiced["accepted"]), "by_kind": by_kind,
            "by_pushes": {str(n): _share(voiced["accepted"][voiced["pushes"] == n]) for n in range(most + 1)}}


def complaints(cases: np.ndarray, business: Business) -> dict[str, Any]:
    """Share of failures complained of, in all and by kind; share of complaints pushed at least once, at least twice."""
    voiced = cases[cases["voiced"] == 1]
    return {"voiced": _share(cases["voiced"]), "opened_by_the_firm": _share(cases["detected"]),
            "by_kind": {name: _share(cases["voiced"][cases["kind"] == k]) for k, name in
                        enumerate(business.kind_names)},
            "pushed": _share(voiced["pushes"] >= 1), "pushed_twice": _share(voiced["pushes"] >= 2)}


def justice(cases: np.ndarray) -> dict[str, dict[str, float | None]]:
    """Mean of the three justices, of what is felt, and of the change of trust and uncertainty, by outcome."""
    found = {}
    ended = outcome(cases)
    for number, name in enumerate(OUTCOMES):
        rows = cases[ended == number]
        means = {key: _mean(rows[key]) for key in ("distributive", "interactional", "procedural", "felt_satisfaction",
                                                   "felt_trust")}
        for key in ("trust", "uncertainty"):
            means[f"{key}_at_the_failure"] = _mean(rows[f"{key}_shaken"] - rows[f"{key}_before"])
            means[f"{key}_in_all"] = _mean(rows[f"{key}_after"] - rows[f"{key}_before"])
        found[name] = {"cases": float(len(rows)), **means}
    return found


def told(model: Run, cases: np.ndarray) -> dict[str, float | None]:
    """People told per case that ended well or badly, and everything told in the run."""
    each = told_of_case(cases, model.psychology, model.business.talk.volume)
    accepted = cases["accepted"] == 1
    good, bad = float(model.series["told_good"].sum()), float(model.series["told_bad"].sum())
    return {"per_case_accepted": _mean(np.abs(each[accepted])), "per_case_not_accepted": _mean(np.abs(each[~accepted])),
            "good_in_all": good, "bad_in_all": bad, "good_per_bad": good / bad if bad else None}


def afterwards(mine: Watched, twin: Watched | None = None, months: float = MONTHS_AFTER) -> dict[str, dict[str, Any]]:
    """By outcome: who left, came again, came less or more often within some months; beside it the same people's twins.

    Only cases of people who were customers when they began, with the whole time before them.
    """
    model = mine.model
    span = max(1, round(months * model.business.periods_per_year / 12))
    cases = true_cases(model.cases)
    cases = cases[(cases["period"] >= 1) & (cases["period"] + span < len(mine.customer))]
    cases = cases[mine.customer[cases["period"] - 1, cases["person"]]]
    ended = outcome(cases)
    found = {}
    for number, name in enumerate(OUTCOMES):
        rows = cases[ended == number]
        periods, persons = rows["period"], rows["person"]
        visits = _visits(mine.came, periods, persons, span)
        figures = {"cases": len(rows), "left": _share(_left(mine.customer, periods, persons, span)),
                   "came_again": _share(visits > 0), "spent": _mean(visits * model.people_table["spend"][persons])}
        if twin is not None:
            theirs = _visits(twin.came, periods, persons, span)
            figures.update({
                "left_twin": _share(_left(twin.customer, periods, persons, span)),
                "came_again_twin": _share(theirs > 0),
                "spent_twin": _mean(theirs * model.people_table["spend"][persons]),
                "spent_less_than_twin": _share(visits < theirs), "spent_more_than_twin": _share(visits > theirs)})
        found[name] = figures
    return found


def _visits(came: np.ndarray, periods: np.ndarray, persons: np.ndarray, span: int) -> np.ndarray:
    counted: np.ndarray = np.array([came[t + 1:t + 1 + span, i].sum() for t, i in zip(periods, persons, strict=True)],
                                   np.int64)
    return counted


def _left(customer: np.ndarray, periods: np.ndarray, persons: np.ndarray, span: int) -> np.ndarray:
    gone: np.ndarray = np.array([not customer[t:t + 1 + span, i].all() for t, i in zip(periods, persons, strict=True)],
                                bool)
    return gone


def retention(model: Run) -> dict[str, dict[str, float | None]]:
    """Of the customers at the start: how many met 0, 1, 2, 3 or more failures, and what share of them is left."""
    people = model.people_table
    met = np.bincount(true_cases(model.cases)["person"], minlength=len(people))
    began = people["status_at_start"] == 1
    groups = {"0": met == 0, "1": met == 1, "2": met == 2, "3 or more": met >= 3}
    return {name: {"people": float((began & chosen).sum()),
                   "still_customers": _share(people["status"][began & chosen] == 1)} for name, chosen in groups.items()}


def false_claims(model: Run) -> dict[str, float | None]:
    """Claims of what did not happen: per encounter, the share that got goods, and their cost per revenue."""
    series, share = model.series, model.business.finance.margin_share
    claims, encounters = float(series["claims"].sum()), float(series["encounters"].sum())
    revenue = float(series["margin"].sum()) / share if share else 0.0
    return {"claims": claims, "per_encounter": claims / encounters if encounters else None,
            "paid": float(series["claims_paid"].sum()) / claims if claims else None,
            "cost_per_revenue": float(series["false_claims"].sum()) / revenue if revenue > 0 else None}


def refunds(mine: Watched) -> dict[str, float | None]:
    """Remedies that cost something: per encounter, their mean cost, and what their receivers spend later a year."""
    model = mine.model
    cases = true_cases(model.cases)
    ppy = model.business.periods_per_year
    spend = model.people_table["spend"]

    def later(rows: np.ndarray) -> float | None:
        rows = rows[rows["period"] + 1 < len(mine.came)]
        return _mean(np.array([spend[i] * mine.came[t + 1:, i].mean() * ppy for t, i in
                               zip(rows["period"], rows["person"], strict=True)]))

    given = cases["cost"] + cases["cost_when_redeemed"] > 0
    encounters = float(model.series["encounters"].sum())
    return {"per_encounter": float(given.sum()) / encounters if encounters else None,
            "mean_cost": _mean(cases["cost"][given]), "spent_later_per_year": later(cases[given]),
            "spent_later_per_year_without": later(cases[~given])}


def observe(mine: Watched, twin: Watched | None = None, months: float = MONTHS_AFTER) -> dict[str, Any]:
    """All observables of a run as nested tables of plain numbers; None where there is nothing to count."""
    model = mine.model
    cases = true_cases(model.cases)
    return {
        "satisfied": satisfied(cases, model.business),
        "complaints": complaints(cases, model.business),
        "justice": justice(cases),
        "told": told(model, cases),
        f"within_{months:g}_months": afterwards(mine, twin, months),
        "retention_by_failures_met": retention(model),
        "false_claims": false_claims(model),
        "refunds": refunds(mine),
    }


def _share(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if len(values) else None


_mean = _share
