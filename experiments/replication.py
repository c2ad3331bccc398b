"""What one replication is: the failure-free twin and every strategy, with the same people and luck.

`play` is the function that worker processes run; it imports the world only, and only
when called.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from experiments.design import Point, Task
from experiments.unknown import RUNS_PER_DRAW
from sim.config import InputError
from sim.records import Column, run_columns
from sim.remedy import Tabulated

STRATEGY, MUTED, FACTOR = "strategy", "muted", "factor"
"""Roles of a row: a strategy asked about; the same with talk of cases muted; a corner of the attribution."""

KEYS = (
    Column("run", np.int64, "number", "number of the paired run, from 0"),
    Column("run_seed", np.uint64, "number", "seed of that run; all arms of a run share it"),
    Column("arm", str, "name", "strategy; for role 'factor' the factors in which it is full, the others minimum"),
    Column("role", str, "name", "'strategy'; 'muted': talk of cases and witnesses off; 'factor': for the attribution"),
)
"""The first columns of the table of runs."""


def columns(years: float) -> tuple[Column, ...]:
    """All columns of the table of runs for a horizon in years."""
    return (*KEYS, *run_columns(years))


@dataclass(frozen=True)
class Failure:
    """A run that could not be played: its number and seed, what happened, and where."""

    run: int
    run_seed: int
    message: str
    trace: str = ""
    point: int = 0
    """of a sweep: which point"""


@dataclass
class Block:
    """What a task came to: rows of the table of runs, and the runs that failed."""

    first: int
    runs: int
    rows: list[dict[str, Any]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    point: int = 0
    draws: dict[int, dict[str, float]] = field(default_factory=dict)
    """numbers drawn, by the number of the draw, where something was"""


@contextmanager
def breaking(block: Block, run: int, seed: int) -> Iterator[None]:
    """Record in the block that a run broke; a mistake in what is asked or in our code goes on its way."""
    try:
        yield
    except (InputError, TypeError, NameError, AttributeError, ImportError):
        # The same for every run: wrong input or a bug, not an unlucky run.
        raise
    except Exception as error:
        block.failures.append(Failure(run, seed, f"{type(error).__name__}: {error}", traceback.format_exc(),
                                      block.point))


def play(task: Task) -> Block:
    """Play a block of runs; a run that breaks is recorded whole."""
    from sim.chance import run_seed

    block = Block(task.first, task.runs)
    for run, point in task.worlds():
        seed = int(run_seed(task.point.seed, run))
        with breaking(block, run, seed):
            block.rows += [{"run": run, "run_seed": seed, "arm": arm, "role": role, **outcome}
                           for arm, role, outcome in replication(point, seed, task.plays_corners(run))]
            if point.drawn is not None:
                block.draws[run // RUNS_PER_DRAW] = point.drawn
    return block


def replication(point: Point, seed: int, with_corners: bool) -> Iterator[tuple[str, str, dict[str, float]]]:
    """One run of a point: (arm, role, outcomes) of every strategy, muted strategy and corner."""
    from sim.run import Run

    def world(strategy: Tabulated, **more: Any) -> Run:
        return Run(point.business, strategy, psychology=point.psychology, rng=seed, people=point.people,
                   years=point.years, market=point.market, **more).run()

    # In the twin nothing fails, so any strategy's table will do; without one the model would make one each time.
    twin = world(point.strategies[0], twin=True)
    played: dict[str, dict[str, float]] = {}

    def outcome(strategy: Tabulated) -> dict[str, float]:
        # Two corners are often the same table (nothing to speed up, say): played once.
        if strategy.identity not in played:
            played[strategy.identity] = world(strategy, against=twin, start=twin.population).outcomes()
        return played[strategy.identity]

    for strategy in point.strategies:
        yield strategy.spelling, STRATEGY, outcome(strategy)
    for strategy in point.strategies:
        muted = world(strategy, against=twin, start=twin.population, muted=True)
        yield strategy.spelling, MUTED, muted.outcomes()
    for corner in point.corners if with_corners else ():
        yield corner.label, FACTOR, outcome(corner.strategy)
