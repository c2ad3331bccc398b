"""What one replication is: the failure-free twin and every strategy, with the same people and luck.

`play` is the function that worker processes run; it imports the world only, and only
when called.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.design import Point, Task
from experiments.unknown import RUNS_PER_DRAW
from sim.config import InputError
from sim.records import Column, run_columns
from sim.remedy import Tabulated

if TYPE_CHECKING:
    from sim.run import Run

STRATEGY, MUTED, FACTOR = "strategy", "muted", "factor"
"""Roles of a row: a strategy asked about; the same with talk of cases muted; a corner of the attribution."""

KEYS = (
    Column("run", np.int64, "number", "number of the paired run, from 0"),
    Column("run_seed", np.uint64, "number", "seed of that run; all arms of a run share it"),
    Column("arm", str, "name", "strategy; for role 'factor' the factors in which it is full, the others minimum"),
    Column("role", str, "name", "'strategy'; 'muted': talk of cases and witnesses off; 'factor': for the attribution"),
)
"""The first columns of the table of runs."""

COURSE = (
    KEYS[0],
    KEYS[2],
    Column("period", np.int64, "number", "number of the period, from 0"),
    Column("value", np.float64, "currency", "net present value up to the end of the period"),
    Column("customers", np.int64, "count", "customers at the end of the period"),
    Column("trust", np.float64, "share", "mean trust of the customers at the end of the period"),
)
"""How a strategy went, period by period. Value and customers end as in the table of runs; trust there is that of all
who were customers at the start, here of the customers of the day."""
COURSE_RUNS = 1000
"""Of the runs below this number the course is kept: more would show nothing else, and take room."""


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
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """further tables, each a list of pieces: columns by name, of one run and arm"""


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
            played = list(replication(point, seed, task.plays_corners(run)))
            block.rows += [{"run": run, "run_seed": seed, "arm": arm, "role": role, **outcome}
                           for arm, role, outcome, _ in played]
            if run < COURSE_RUNS:
                block.tables.setdefault("course", []).extend(
                    {"run": run, "arm": arm, **course} for arm, role, _, course in played if role == STRATEGY)
            if point.drawn is not None:
                block.draws[run // RUNS_PER_DRAW] = point.drawn
    return block


Outcomes = dict[str, float]
Course = dict[str, np.ndarray]


def replication(point: Point, seed: int, with_corners: bool) -> Iterator[tuple[str, str, Outcomes, Course]]:
    """One run of a point: (arm, role, outcomes, course) of every strategy, muted strategy and corner."""
    from sim.run import Run

    def world(strategy: Tabulated, **more: Any) -> Run:
        return Run(point.business, strategy, psychology=point.psychology, rng=seed, people=point.people,
                   years=point.years, market=point.market, **more).run()

    # In the twin nothing fails, so any strategy's table will do; without one the model would make one each time.
    twin = world(point.strategies[0], twin=True)
    played: dict[str, tuple[Outcomes, Course]] = {}

    def told(strategy: Tabulated, **more: Any) -> tuple[Outcomes, Course]:
        run = world(strategy, against=twin, start=twin.population, **more)
        return run.outcomes(), _course(run)

    def once(strategy: Tabulated) -> tuple[Outcomes, Course]:
        # Two corners are often the same table (nothing to speed up, say): played once.
        if strategy.identity not in played:
            played[strategy.identity] = told(strategy)
        return played[strategy.identity]

    for strategy in point.strategies:
        yield strategy.spelling, STRATEGY, *once(strategy)
    for strategy in point.strategies:
        yield strategy.spelling, MUTED, *told(strategy, muted=True)
    for corner in point.corners if with_corners else ():
        yield corner.label, FACTOR, *once(corner.strategy)


def _course(run: Run) -> Course:
    """What `COURSE` says of a run, without its keys."""
    series = run.series
    return {"period": np.arange(len(series)), "value": run.value_by_period(),
            "customers": series["customers"].copy(), "trust": series["trust"].copy()}
