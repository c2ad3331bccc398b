"""What all requests share: processes, the machine's pace, and finished runs, which are the same for everybody."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from experiments.dashboard.crew import Crew
from experiments.dashboard.house import House
from experiments.dashboard.view import View
from experiments.design import Point

KEPT_ROWS = 30_000
"""Rows of finished runs that are remembered, some 3 KB each; those longest unasked for go first."""

Event = dict[str, Any]
"""What the page is told, ready for JSON."""


@dataclass
class Pace:
    """How long a person of a world takes per period on this machine: the median of what was seen lately."""

    seen: deque[float] = field(default_factory=lambda: deque([60e-9] * 9, maxlen=31))

    def of(self, point: Point) -> float:
        """Seconds that one pair of this point should take."""
        return median(self.seen) * self._size(point)

    def learn(self, point: Point, pairs: int, seconds: float) -> None:
        """Learn from a block of pairs."""
        self.seen.append(seconds / pairs / self._size(point))

    @staticmethod
    def _size(point: Point) -> float:
        worlds = 1 + len(point.strategies)
        # beside what grows with the people, each world takes a fixed time, as that of some 80 people
        return float(worlds * (point.people + 80) * point.years * point.business.periods_per_year)


@dataclass
class Kitchen:
    """What all requests share: processes, the machine's pace, and finished runs, which are the same for everybody."""

    house: House
    quick: Crew
    slow: Crew
    pace: dict[str, Pace] = field(default_factory=dict)
    _kept: OrderedDict[tuple[View, bool], dict[int, list[Event]]] = field(default_factory=OrderedDict)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    """set when first looks can be played"""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """set when the server is about to end"""
    reporting: asyncio.Lock = field(default_factory=asyncio.Lock)
    """held while a report is made"""

    def runs(self, view: View, people: int, drawn: bool = False) -> dict[int, list[Event]]:
        """The runs of a view that are known, in a market of so many people: rows by number of the run."""
        key = (replace(view, runs=0, people=people), drawn)
        known = self._kept.setdefault(key, {})
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and sum(map(self._rows, self._kept)) > KEPT_ROWS:
            self._kept.popitem(last=False)
        return known

    def _rows(self, key: tuple[View, bool]) -> int:
        return len(self._kept[key]) * len(key[0].strategies)

    def pace_of(self, name: str) -> Pace:
        """The pace in a business."""
        return self.pace.setdefault(name, Pace())
