"""One block of runs of one point of an experiment: totals, and where asked the periods and the cases.

`play` is what worker processes run; it imports the world only, and only when called.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.design import Point, Task
from experiments.replication import KEYS, MUTED, STRATEGY, Block, breaking
from sim.records import CASES, SERIES, Column, run_columns

if TYPE_CHECKING:
    from sim.run import Run

POINT = Column("point", np.int64, "number", "number of the point of the experiment, from 0 (see points.csv)")
ARM = Column("arm", str, "name", "strategy with its levers (see arms.csv)")
RUN = KEYS[0]
PERIOD = Column("period", np.int64, "number", "number of the period, from 0")


def columns(kind: str, years: float) -> tuple[Column, ...]:
    """The columns of a table: runs, series or cases."""
    return {
        "runs": (POINT, RUN, KEYS[1], ARM, KEYS[3], *run_columns(years)),
        "series": (POINT, RUN, ARM, PERIOD, *SERIES),
        "cases": (POINT, RUN, ARM, *CASES),
    }[kind]


ORDER = {"runs": ("run", "arm", "role"), "series": ("run", "arm", "period"),
         "cases": ("run", "arm", "period", "person")}
"""How the rows of a point are sorted."""


@dataclass(frozen=True)
class PartTask(Task):
    """A block of consecutive runs of one point, and what is kept of them."""

    keep: tuple[str, ...] = ()
    """beside the totals: series, cases"""
    muted: bool = False


@dataclass
class Part(Block):
    """What a task came to; among its tables are those that were to be kept."""

    pace: float = 0.0
    """seconds a run, where known; no result depends on it"""


def play(task: PartTask) -> Part:
    """Play a block; a run that breaks is recorded with its seed."""
    from sim.chance import run_seed

    begun = 0.0
    part = Part(task.first, task.runs, point=task.number)
    for run, point in task.worlds():
        seed = int(run_seed(task.point.seed, run))
        if run == task.first + 1:
            # In the first the rules were loaded, which a process does once.
            begun = time.perf_counter()
        where = {"point": task.number, "run": run}
        with breaking(part, run, seed):
            worlds = list(_worlds(point, seed, task))
            rows = [{**where, "run_seed": seed, "arm": arm, "role": role, **world.outcomes()}
                    for arm, role, world in worlds]
            pieces = {kind: [{**where, "arm": arm, **_columns_of(kind, world)} for arm, role, world in worlds
                             if role == STRATEGY] for kind in task.keep}
            part.rows += rows
            for kind, found in pieces.items():
                part.tables.setdefault(kind, []).extend(found)
    if task.runs > 1:
        part.pace = (time.perf_counter() - begun) / (task.runs - 1)
    return part


def _worlds(point: Point, seed: int, task: PartTask) -> Iterator[tuple[str, str, Run]]:
    """The worlds of one run: the failure-free twin first, then every strategy, with the same people and luck."""
    from sim.run import Run

    def world(number: int, **more: Any) -> Run:
        return Run(point.business, point.strategies[number], psychology=point.psychology, rng=seed,
                   people=point.people, years=point.years, market=point.market, **more).run()

    twin = world(0, twin=True)
    for muted in (False, True) if task.muted else (False,):
        for number, strategy in enumerate(point.strategies):
            yield strategy.spelling, MUTED if muted else STRATEGY, world(
                number, against=twin, start=twin.population, muted=muted, keep_cases="cases" in task.keep and not muted)


def _columns_of(kind: str, world: Run) -> dict[str, Any]:
    if kind == "series":
        series = world.series
        return {"period": np.arange(len(series)), **{c.name: series[c.name].copy() for c in SERIES}}
    cases = world.cases
    return {c.name: cases[c.name].copy() for c in CASES}
