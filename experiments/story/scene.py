"""Picking the scene: one person whom the same failure strikes in the same period under every strategy.

Runs are searched in order. What counts is the person's first failure of the run, voiced
in every world: up to there the worlds differ for this person only by what others told.
Among those found, one is taken with an ordinary history and purse, whose lives part and who had
something to negotiate, for a story's sake. That is a choice on the outcome, so a scene also
carries how all others fared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.story.replay import worths
from sim.config import InputError
from sim.remedy import Tabulated
from sim.run import Run

MOST_RUNS = 20
"""Runs searched at the most."""
ENOUGH = 30
"""People found from which on no further run is searched."""
ORDINARY_YEARS = 5
"""A customer for longer than that at the start is not preferred: the model draws some histories longer than a life."""

Worlds = Callable[[int], Iterator[Run]]
"""The worlds of a run, one per strategy, not yet played."""


@dataclass(frozen=True)
class Fared:
    """How everybody in the same scene fared under one strategy."""

    accepted: float
    """share who accepted an offer"""
    came_again: float
    """share with a further encounter after the case, as a customer, on a certificate or won back"""
    customers: float
    """share who were customers when the run ended"""
    worth: float
    """what such a person was worth over the run, at present value, on average"""


@dataclass(frozen=True)
class Picked:
    """How a person was picked."""

    candidates: int
    runs: int
    alike: int
    """candidates whose lives did not part in what was looked at"""
    ordinary: bool
    """whether this one's history and spend before the case are nothing out of the ordinary"""
    fared: dict[str, Fared]


@dataclass(frozen=True)
class Scene:
    """Whose story is told: the person's row, the run, the period (from 0)."""

    run: int
    person: int
    period: int
    picked: Picked | None
    """None where the user named the person"""


@dataclass(frozen=True)
class _Seen:
    """A world played to its end."""

    strategy: Tabulated
    cases: np.ndarray
    present: np.ndarray
    """(periods, people): at an encounter"""
    talk: np.ndarray
    """(periods, people): what is told of the last case, 1 good, -1 bad"""
    status: np.ndarray
    """(periods + 1, people): at the start, then after every period"""
    worth: np.ndarray
    """(people,): over the run, at present value"""
    ordinary: np.ndarray
    """(people,): whether spend and history at the start are nothing out of the ordinary"""


@dataclass(frozen=True)
class _Candidate:
    run: int
    person: int
    period: int
    cases: tuple[np.void, ...]
    offers: int
    """the most different offers that were made in one of the worlds"""
    fates: tuple[tuple[bool, bool, bool, int], ...]
    """by world: accepted, came again, customer at the end, told good or bad"""
    worth: tuple[float, ...]
    """by world: over the run, at present value"""
    ordinary: bool
    """somebody who has come before and never left, with an ordinary spend and no very long history"""

    @property
    def parted(self) -> int:
        """In how many respects the lives are not all the same; what was accepted counts twice."""
        differ = [len(set(respect)) > 1 for respect in zip(*self.fates, strict=True)]
        return sum(differ) + differ[0]

    @property
    def together(self) -> bool:
        """Whether the worlds had hardly parted for this person before: trust the same in every digit shown."""
        return len({(round(float(c["trust_before"]), 2), c["threshold"]) for c in self.cases}) == 1

    def rank(self, periods: int) -> tuple[int, ...]:
        """The higher the better: worlds alike before, lives apart, time left to live, a negotiation to tell."""
        pushes = max(int(case["pushes"]) for case in self.cases)
        in_time = int(self.period < 0.7 * periods)
        return int(self.together), int(self.ordinary), min(3, self.parted), in_time, self.offers, pushes, self.parted


def pick(worlds: Worlds, kind: int, title: str) -> Scene:
    """The best story among the people whom this kind of failure strikes first."""
    found: list[_Candidate] = []
    runs, periods, names = 0, 0, []
    while len(found) < ENOUGH and runs < MOST_RUNS:
        seen = [_seen(model) for model in worlds(runs)]
        names, periods = [world.strategy.spelling for world in seen], len(seen[0].present)
        found += _candidates(seen, runs, kind)
        runs += 1
    if not found:
        raise InputError(f"in {runs} runs nobody's first failure was '{title}', in the same period and complained of "
                         "under every strategy; try more --people or --years, or another --case")
    best = max(found, key=lambda candidate: candidate.rank(periods))  # of equals the first, so always the same one
    fates = np.array([candidate.fates for candidate in found])[:, :, :3]
    worth = np.array([candidate.worth for candidate in found])
    fared = {name: Fared(*map(float, [*fates[:, number].mean(axis=0), worth[:, number].mean()]))
             for number, name in enumerate(names)}
    alike = sum(candidate.parted == 0 for candidate in found)
    return Scene(best.run, best.person, best.period, Picked(len(found), runs, alike, best.ordinary, fared))


def _seen(model: Run) -> _Seen:
    shape = (model.periods, len(model.people_table))
    present, talk, status = np.zeros(shape, bool), np.zeros(shape, np.int8), np.zeros((shape[0] + 1, shape[1]), np.int8)
    paid = np.zeros(shape, bool)
    status[0], ordinary = model.people_table["status"], _ordinary(model)
    while model.period < model.periods:
        redeemed = model.people_table["voucher_period"] == model.period
        model.step()
        present[model.period - 1] = model.people_table["present"]
        paid[model.period - 1] = present[model.period - 1] & ~redeemed
        talk[model.period - 1] = model.people_table["talk_valence"]
        status[model.period] = model.people_table["status"]
    return _Seen(model.strategy, model.cases, present, talk, status, worths(model, paid), ordinary)


def _ordinary(model: Run) -> np.ndarray:
    """Of the people at the start: who pays about what others do, and has not been a customer for very long."""
    people = model.people_table
    usual = float(np.median(people["spend"]))
    paying = (people["spend"] >= usual / 2) & (people["spend"] <= 2 * usual)
    return np.asarray(paying & (people["tenure"] < ORDINARY_YEARS * model.business.periods_per_year))


def _candidates(seen: Sequence[_Seen], run: int, kind: int) -> Iterator[_Candidate]:
    """Everybody whose first case is of the kind, in the same period and voiced in all worlds."""
    firsts = [_first_cases(world.cases) for world in seen]
    for person, case in firsts[0].items():
        cases = tuple(first[person] for first in firsts if person in first)
        if len(cases) < len(seen) or len({int(other["period"]) for other in cases}) > 1:
            continue
        if any(c["kind"] != kind or not c["voiced"] or c["false_claim"] for c in cases):
            continue
        t = int(case["period"])
        fates = tuple((bool(c["accepted"]), bool(world.present[t + 1:, person].any()),
                       bool(world.status[-1, person] == 1), int(world.talk[t, person]))
                      for c, world in zip(cases, seen, strict=True))
        offers = max(_offers(world.strategy, c) for c, world in zip(cases, seen, strict=True))
        ordinary = all(world.ordinary[person] and world.present[:t, person].any()
                       and not (world.status[:t + 1, person] == 2).any() for world in seen)
        worth = tuple(float(world.worth[person]) for world in seen)
        yield _Candidate(run, person, t, cases, offers, fates, worth, ordinary)


def _offers(strategy: Tabulated, case: np.void) -> int:
    """How many different offers were made in a case."""
    known = [case[name] for name in ("kind", "tier", "established")] + [min(2, case["failures_before"])]
    known += [case["apologies_before"] > 0] + [case[name] for name in ("promised", "watched", "detected")]
    return len({strategy.remedy(*map(int, known), int(case["asks"]) if n else 0, n)
                for n in range(int(case["pushes"]) + 1)})


def _first_cases(cases: np.ndarray) -> dict[int, np.void]:
    """The first case of every person, in the order of periods and rows."""
    firsts: dict[int, np.void] = {}
    for case in cases:
        firsts.setdefault(int(case["person"]), case)
    return firsts


def find(worlds: Worlds, run: int, person: int, kind: int | None, period: int | None, who: str, unit: str,
         kinds: Sequence[str]) -> Scene:
    """The first failure of a named person that is the same under every strategy, or the one of a named period.

    Raises InputError, saying what did befall the person, where there is none.
    """
    befell: dict[str, np.ndarray] = {}
    for model in worlds(run):
        model.run()
        cases = model.cases
        befell[model.strategy.spelling] = cases[(cases["person"] == person) & (cases["false_claim"] == 0)]
    shared = set.intersection(*({(int(c["period"]), int(c["kind"])) for c in cases} for cases in befell.values()))
    fitting = sorted(t for t, k in shared if kind in (None, k) and period in (None, t))
    if fitting:
        return Scene(run, person, fitting[0], None)
    what = "failure" if kind is None else f"'{kinds[kind]}'"
    when = f"the same {unit}" if period is None else f"{unit} {period + 1}"
    lives = "; ".join(f"under {name}: {_listed(cases, unit, kinds)}" for name, cases in befell.items())
    raise InputError(f"{who} has no {what} in {when} under every strategy ({lives})")


def _listed(cases: np.ndarray, unit: str, kinds: Sequence[str]) -> str:
    some = [f"{kinds[int(case['kind'])]} in {unit} {int(case['period']) + 1}" for case in cases[:4]]
    more = len(cases) - len(some)
    return (", ".join(some) or "none") + (f" and {more} more" if more else "")
