"""Stand-ins for the world: tables of runs with known answers, played in no time.

Functions at module level, so that worker processes find them by name.
"""

from __future__ import annotations

import os
import signal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from experiments.design import Comparison, Task, ask
from experiments.replication import FACTOR, MUTED, STRATEGY, Block, Failure
from sim.chance import run_seed
from sim.records import run_columns
from tests.businesses import small_business

WORTH = {"manner": 50.0, "speed": 5.0, "timing": 20.0, "money": -30.0}
TOGETHER = 8.0
"""What manner and money add only when both are there."""


@cache
def question(runs: int = 8, strategies: tuple[str, ...] = ("minimum", "full"), years: float = 10,
             seed: int = 1) -> Comparison:
    """A question about a small shop."""
    return ask(small_business(), strategies, runs=runs, years=years, seed=seed)


def value(arm: str) -> float:
    """Expected net present value of an arm above the minimum's."""
    if arm == "minimum":
        return 0.0
    on = set(WORTH) if arm == "full" else set(arm.split("+")) & set(WORTH)
    return sum(WORTH[factor] for factor in on) + (TOGETHER if {"manner", "money"} <= on else 0.0)


def row(arm: str, role: str, run: int, seed: int, years: float, spread: float = 3.0) -> dict[str, Any]:
    """One row: luck shared by all arms, a little of the arm's own, and the identity kept."""
    luck = np.random.default_rng(seed)
    shared, own = 100 * luck.normal(), spread * np.random.default_rng([seed, len(arm)]).normal()
    result: dict[str, Any] = {c.name: (int(luck.integers(1, 99)) if c.type is np.int64 else float(luck.normal()))
                              for c in run_columns(years)}
    result["customers_at_start"] = 1000
    remedy = 10.0 + len(arm)
    result["net_present_value"] = 1000 + shared + value(arm) + own
    result["price_of_failure"] = 2000 + shared - result["net_present_value"]
    result["cost_of_remedy"] = remedy
    result["cost_of_churn"] = result["price_of_failure"] - remedy - (4.0 if role == MUTED else 0.0)
    for year in (1, 3, 5, 10):
        if year <= years:
            result[f"net_present_value_year_{year}"] = result["net_present_value"]
    return {"run": run, "run_seed": seed, "arm": arm, "role": role, **result}


def play(task: Task) -> Block:
    """A block of runs by dice."""
    block = Block(task.first, task.runs)
    for run in range(task.first, task.first + task.runs):
        seed = int(run_seed(task.point.seed, run))
        years = task.point.years
        for strategy in task.point.strategies:
            block.rows.append(row(strategy.spelling, STRATEGY, run, seed, years))
            block.rows.append(row(strategy.spelling, MUTED, run, seed, years))
            worth = block.rows[-2]["net_present_value"]
            block.tables.setdefault("course", []).append(
                {"run": run, "arm": strategy.spelling, "period": np.arange(2), "value": np.array([0.0, worth]),
                 "customers": np.array([1000, 900]), "trust": np.array([0.6, 0.5])})
        for corner in task.point.corners if task.plays_corners(run) else ():
            block.rows.append(row(corner.label, FACTOR, run, seed, years))
    return block


def play_but_run_3_fails(task: Task) -> Block:
    """The same, but run 3 cannot be played."""
    block = play(task)
    for run in range(task.first, task.first + task.runs):
        if run == 3:
            block.rows = [row for row in block.rows if row["run"] != 3]
            block.tables["course"] = [piece for piece in block.tables["course"] if piece["run"] != 3]
            block.failures = [Failure(3, int(run_seed(task.point.seed, 3)), "FloatingPointError: overflow", "trace")]
    return block


def play_but_run_3_kills(task: Task) -> Block:
    """The same, but run 3 ends its process."""
    if task.first <= 3 < task.first + task.runs:
        os.kill(os.getpid(), signal.SIGKILL)
    return play(task)


def play_but_the_first_dies_once(task: Task) -> Block:
    """The first task ends its process the first time it is tried; a file named in the environment remembers."""
    mark = Path(os.environ["DICE_MARK"])
    if task.first == 0 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return play(task)


def play_with_a_bug(task: Task) -> Block:
    """A mistake of our own."""
    raise TypeError("a bug")
