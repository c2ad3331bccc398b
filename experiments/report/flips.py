"""What would change the answer: the assumptions an executive can judge, each moved alone.

`amends breakeven` moves every number with a range; here are those of the firm as a whole, and a few of
human nature, with fewer runs, so that a report is quick.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.breakeven import Along, Flip, Search, SwitchPoints
from experiments.breakeven_text import sentence
from experiments.comparison import Answer
from experiments.estimates import estimate
from experiments.pairing import Asked, differences
from experiments.parameters import REMEDY, REMEDY_FACTOR, Parameter, parameters, ranged, remedies
from experiments.report.kept import keep, place, read
from experiments.store import json_bytes
from experiments.verdict import Pair
from experiments.words import a_or_an, inside
from sim.config import InputError

RUNS, PEOPLE = 20, 500
NO_FILES = ("The customers of this comparison come from files, and the search for switch points makes its people up. "
            "So it was not made; change a number with --set and compare again.")
SAME = "The two strategies come to the same in every run, so there is nothing to turn."
NAMES = {
    "people.spend_per_encounter": ("What {one} pays each time", "money"),
    "people.encounters_per_year": ("Encounters of {one} a year", "number"),
    "failures.per_encounter": ("Share of encounters in which something fails", "share"),
    REMEDY: ("What everything given costs the firm (1: as written)", "number"),
    "finance.margin_share": ("Margin, as a share of the price", "share"),
    "finance.acquisition_cost": ("What it costs to win {one}", "money"),
    "finance.refill_share": ("Share of lost demand that others take up", "share"),
    "finance.discount_rate_annual": ("Discount rate a year", "share"),
    "front_desk.wage_per_minute": ("What a minute of the desk costs", "money"),
    "leaving.at_typical": ("Share who leave at each decision, at typical confidence", "share"),
    "leaving.at_none": ("Share who leave at each decision, at no confidence at all", "share"),
    "joining.at_typical_per_year": ("Share of those who know the firm who join in a year", "share"),
    "talk.volume": ("How much this kind of service is talked about (1: as usual)", "number"),
    "opportunists.share": ("Share of people who would claim what did not happen", "share"),
    "psychology.persistence_mean": ("Share of people who ask once more", "share"),
    "psychology.told_after_bad_case": ("People told of a case that ended badly", "number"),
}
"""How the assumptions moved are named in the picture, and what kind of number each is."""


@dataclass(frozen=True)
class Row:
    """One assumption: its range, today's value, and where in the range the answer flips."""

    key: str
    name: str
    kind: str
    today: float
    low: float
    high: float
    switches: tuple[tuple[float, float, float], ...]
    """value, and its 95 % interval; none: the answer stays"""
    sentences: tuple[str, ...]
    note: str
    beyond: tuple[tuple[bool, bool], ...] = ()
    """per switch point: whether it may lie below the range, and above it"""
    unclear: tuple[float, ...] = ()
    """where nothing flips: the ends of the range at which this is not clear"""

    @property
    def nearest(self) -> float:
        """How far today's value is from the nearest switch point, as a share of the range."""
        return min((abs(value - self.today) / (self.high - self.low) for value, *_ in self.switches),
                   default=float("inf"))


@dataclass(frozen=True)
class Flips:
    """All of it, the nearest switch point first."""

    one: str
    other: str
    leader: str
    """who is ahead at today's values"""
    clear: bool
    """whether that is clear at today's values in these runs"""
    rows: tuple[Row, ...]
    runs: int
    people: int

    @property
    def behind(self) -> str:
        """The other one."""
        return self.one if self.leader == self.other else self.other

    @property
    def doubtful(self) -> list[Row]:
        """The assumptions that turn nothing within their range, but not clearly so at an end of it."""
        return [row for row in self.rows if row.unclear]

    @property
    def turning(self) -> list[Row]:
        """The assumptions that turn the answer within their range."""
        return [row for row in self.rows if row.switches]


@dataclass(frozen=True)
class Today:
    """The differences between two strategies, run by run, as things stand."""

    asked: Asked

    def play(self) -> np.ndarray:
        """Play them."""
        a = self.asked
        return differences(a.business, a.psychology, a.strategies, people=a.people, years=a.years, seed=a.seed,
                           runs=range(a.runs))


class FlipsJob:
    """The switch points between two strategies: from what is kept, or by searching.

    `none` says why there are none: customers come from files, and the search makes its people up; or the two
    strategies are the same.
    """

    def __init__(self, answer: Answer, pair: Pair) -> None:
        point = answer.question.point
        self.none = NO_FILES if point.market is not None else SAME if answer.finding.same(pair.of, pair.minus) else ""
        self.people, self.runs = min(PEOPLE, point.people), min(RUNS, max(4, answer.runs))
        self._keys = [key for key in (REMEDY, *ranged(point.business, point.psychology)) if key in NAMES]
        self._asked = Asked(point.business, point.psychology, (pair.minus, pair.of), self.people, point.years,
                            point.seed, self.runs)
        self._path = place(answer, "switch-points", "json", self._keys, self.runs, self.people, pair.minus, pair.of)
        self._data = read(self._path)
        self._today: np.ndarray | None = None
        self._along: list[Along] = []

    def pieces(self) -> list[Today]:
        """The world of today, which all searches start from."""
        return [Today(self._asked)] if self._data is None and not self.none else []

    def take(self, found: np.ndarray | Along) -> list[Search]:
        """Take today's differences, upon which every number is searched, or what was found along one."""
        if isinstance(found, Along):
            self._along.append(found)
            return []
        self._today = today = found
        return [Search(self._asked, parameter, today) for key in self._keys for parameter in self._movable(key)]

    def _movable(self, key: str) -> list[Parameter]:
        """The parameter; none where its range, as far as the rest of the business allows it, is a single value."""
        if key == REMEDY:
            return [REMEDY_FACTOR] if remedies(self._asked.business, 1.0) else []
        try:
            return parameters(self._asked.business, self._asked.psychology, only=(key,))
        except InputError:
            return []

    def result(self) -> Flips | None:
        """The switch points; keeps them."""
        if self.none:
            return None
        if self._data is None:
            assert self._today is not None
            along = sorted(self._along, key=lambda one: self._keys.index(one.parameter.key))
            self._data = _plain(SwitchPoints(self._asked, estimate(self._today), tuple(along), ()))
            keep(self._path, json_bytes(self._data))
        data = self._data
        rows = [Row(**{**row, **{key: tuple(map(tuple, row[key])) for key in ("switches", "beyond")},
                       "sentences": tuple(row["sentences"]), "unclear": tuple(row["unclear"])})
                for row in data["rows"]]
        order = {key: number for number, key in enumerate(NAMES)}
        rows.sort(key=lambda row: (row.nearest, order[row.key]))
        return Flips(data["one"], data["other"], data["leader"], data["clear"], tuple(rows), self.runs, self.people)


def _plain(found: SwitchPoints) -> dict[str, Any]:
    business = found.asked.business
    by_key: dict[str, list[Flip]] = {}
    for flip in found.flips:
        by_key.setdefault(flip.parameter.key, []).append(flip)
    return {
        "one": found.asked.strategies[0], "other": found.asked.strategies[1], "leader": found.leader,
        "clear": found.today.sign != 0,
        "rows": [_row(along, by_key.get(along.parameter.key, []), business.customer_word, business.currency)
                 for along in found.along if not along.failed],
    }


def _row(along: Along, found: list[Flip], noun: str, currency: str) -> dict[str, Any]:
    p = along.parameter
    name, kind = NAMES[p.key]
    return {
        "key": p.key, "name": name.format(one=a_or_an(noun)), "kind": kind, "today": p.today,
        "low": p.low, "high": p.high,
        "switches": [[flip.switch.value, flip.switch.low, flip.switch.high] for flip in found],
        "sentences": [sentence(flip, noun, currency).replace(f", {flip.winner} would", f", {inside(flip.winner)} would")
                      for flip in found],
        "note": p.note, "beyond": [[flip.switch.below_range, flip.switch.above_range] for flip in found],
        "unclear": [] if found else list(along.unclear),
    }
