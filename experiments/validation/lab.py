"""What the virtual experiments share: worlds of the validation businesses, answers by script, intentions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from sim.business import Business, Leaving, load_business
from sim.population import Population, populate
from sim.psychology import Psychology
from sim.remedy import Case, Remedy, Strategy, Tabulated, tabulate
from sim.rules import rule_numbers
from sim.run import Run

HERE = Path(__file__).parent
PEOPLE = 1500
ANCHORS = Leaving(when="at_encounter", at_typical=0.1, at_none=0.9)

FREE = {
    "temkin.noise": "0.224, spread of reported spending changes that have other reasons, in typical confidences (V7)",
    "temkin.break_even": "0.22, share that reports a cut, or a raise, where nothing changed (V7)",
    "weekly.severity": "0.5, a late ride is a minor failure (V8, V9)",
    "voice.mix": "half of the failures cost money (V13, V14)",
    "young.customer_share": "0.05, adopters at the start of the young market (V15)",
    "young.weak_share": "0.3, the default of a business, against 0 (V15)",
    "claims.rate": "0.2 per encounter of an opportunist, the default of a business, derived from the study's sum (V16)",
    "claims.failures": "0.1 of the encounters fail (V16)",
}
"""Numbers of experiments that no study and no preset gives; those of the businesses stand in their [sources]."""


def free_numbers() -> dict[str, str]:
    """Every number that neither a study nor a preset gives, and its value or meaning."""
    found = {}
    for firm in ("discretionary", "contractual"):
        business = load_business(str(HERE / f"{firm}.toml"))
        found.update({f"{firm}.{key}": source.source.removeprefix("free: ")
                      for key, source in business.sources.items() if source.source.startswith("free")})
    return {**found, **FREE}


class Script(Strategy):
    """Answers spelled out: `sorry+fix-now`; `curt|fix` from the first push on; `curt/fix` at the next failure."""

    answers: str = ""

    def respond(self, case: Case) -> Remedy:
        """The answer to this failure, at this push; the last one spelled holds on."""
        failures = self.answers.split("/")
        rounds = failures[min(case.failures_before, len(failures) - 1)].split("|")
        said = rounds[min(case.pushes, len(rounds) - 1)]
        return Remedy([case.menu.named(name) for name in said.split("+") if name])


class Unasked(Script):
    """The same, said to everybody whom the firm sees failing, whether they complain or not."""

    proactive: bool = True


FITTED: ContextVar[Mapping[str, float]] = ContextVar("fitted", default=MappingProxyType({}))
"""Free numbers that a fit has changed: anchors as `discretionary.at_none`, and `temkin.noise`."""


@contextmanager
def fitted(numbers: Mapping[str, float]) -> Iterator[None]:
    """Within it, the validation businesses have these anchors."""
    token = FITTED.set(numbers)
    try:
        yield
    finally:
        FITTED.reset(token)


def firm(name: str, **changes: Any) -> Business:
    """`discretionary` or `contractual`, with whole sections changed: `people={"encounters_per_year": 2.0}`."""
    anchors = {key.partition(".")[2]: value for key, value in FITTED.get().items() if key.startswith(f"{name}.")}
    return _firm(name, json.dumps({**changes, "leaving": {**anchors, **changes.get("leaving", {})}}, sort_keys=True))


@lru_cache(maxsize=128)
def _firm(name: str, changes: str) -> Business:
    return load_business(str(HERE / f"{name}.toml"), json.loads(changes))


def struck(*failures: tuple[int, str]) -> dict[str, dict[str, Any]]:
    """Events: in these periods all customers meet a failure of this kind."""
    return {f"e{number}": {"period": period, "kind": kind, "whom": "customers", "share": 1.0}
            for number, (period, kind) in enumerate(failures)}


def weekly(**changes: Any) -> Business:
    """The discretionary business at a weekly rhythm: its monthly hazards spread over the weeks (model, section 4.0)."""
    anchors = firm("discretionary").leaving
    leaving = {name: 1 - (1 - getattr(anchors, name)) ** (12 / 52) for name in ("at_typical", "at_none")}
    return firm("discretionary", period="week", people={"encounters_per_year": 50.0}, leaving=leaving, **changes)


def world(business: Business, answers: str | Strategy, psychology: Psychology, seed: int, *,
          people: int = PEOPLE, years: float = 10.0, unasked: bool = False, twin: bool = False,
          start: Population | None = None) -> Run:
    """A world before its first period, in which cases are answered as spelled and kept."""
    if isinstance(answers, str):
        # An answer does not look at the anchors: a fit that moves them need not tabulate anew.
        same = business.model_copy(update={"leaving": ANCHORS})
        table = _table(same.model_dump_json(), answers, unasked)
    else:
        table = tabulate(answers, business)
    start = start or _who(business, psychology, seed, people)
    return Run(business, table, psychology=psychology, rng=seed, people=people, years=years, twin=twin,
                         start=start, keep_cases=not twin)


def _who(business: Business, psychology: Psychology, seed: int, people: int) -> Population:
    """The people of a world; those of the last few are kept, for the arms of an experiment share them."""
    parts = (business.period, business.people, business.quality, business.leaving, business.talk, business.opportunists)
    key = (repr(parts), tuple(psychology.model_dump().values()), seed, people)
    if key not in _KNOWN:
        while len(_KNOWN) >= 8:
            del _KNOWN[next(iter(_KNOWN))]
        _KNOWN[key] = populate(business, psychology, seed, people)
    return _KNOWN[key]


_KNOWN: dict[tuple[object, ...], Population] = {}


@lru_cache(maxsize=256)
def _table(business: str, answers: str, unasked: bool) -> Tabulated:
    return tabulate((Unasked if unasked else Script)(answers=answers), Business.model_validate_json(business))


def play(model: Run, until: int) -> Run:
    """Play up to and with this period (from 1)."""
    while model.period < until:
        model.step()
    return model


def at(cases: np.ndarray, period: int) -> np.ndarray:
    """The true cases of one period (from 1), in the order of the persons."""
    chosen: np.ndarray = cases[(cases["period"] == period - 1) & (cases["false_claim"] == 0)]
    return chosen[np.argsort(chosen["person"])]


def the_same(*tables: np.ndarray) -> list[np.ndarray]:
    """Of each table the cases of those persons who are in all of them."""
    both = tables[0]["person"]
    for table in tables[1:]:
        both = np.intersect1d(both, table["person"])
    return [table[np.isin(table["person"], both)] for table in tables]


def resolved(cases: np.ndarray) -> np.ndarray:
    """Complaints settled at the first answer."""
    found: np.ndarray = cases[(cases["voiced"] == 1) & (cases["accepted"] == 1) & (cases["pushes"] == 0)]
    return found


def unresolved(cases: np.ndarray) -> np.ndarray:
    """Complaints never settled."""
    found: np.ndarray = cases[(cases["voiced"] == 1) & (cases["accepted"] == 0)]
    return found


def confidence_after(cases: np.ndarray, psychology: Psychology) -> np.ndarray:
    """Confidence right after a case."""
    result: np.ndarray = cases["trust_after"] - psychology.caution * cases["uncertainty_after"]
    return result


def opinion(model: Run, persons: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Trust, uncertainty and confidence of persons, as things stand."""
    rows = model.people_table[persons]
    unknown = 2 / (rows["good"] + rows["bad"] + 2)
    trust = (rows["good"] + 2 * model.psychology.base_rate) * unknown / 2
    return trust, unknown, trust - model.psychology.caution * unknown


def hazard(business: Business, psychology: Psychology, confidence: np.ndarray,
           sensitivity: np.ndarray | float = 1.0) -> np.ndarray:
    """Probability to leave at the next decision; at sensitivity 1 a stated intention (docs/model.md, 4.7)."""
    numbers = rule_numbers(business, psychology)
    typical = numbers["typical_confidence"]
    low, high = numbers["leave_logit_typical"], numbers["leave_logit_none"]
    result: np.ndarray = 1 / (1 + np.exp(-(low + (high - low) * sensitivity * (typical - confidence) / typical)))
    return result


def typical_confidence(business: Business, psychology: Psychology) -> float:
    """Confidence of the average customer where nothing fails (docs/model.md, 4.0)."""
    return rule_numbers(business, psychology)["typical_confidence"]
