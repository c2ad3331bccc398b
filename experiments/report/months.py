"""Month by month: runs of a comparison played once more, with their series.

The table of runs keeps what a run comes to, not how it went. The same runs are played again (the
same people, luck and drawn worlds), the strategies only, so that the sum at the horizon is the
net present value of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.comparison import Answer
from experiments.design import SECONDS_PER_PERSON_PERIOD, Task
from experiments.replication import KEYS
from experiments.report.kept import keep, place
from experiments.store import Table, column_dtype, from_parquet, to_parquet
from experiments.unknown import RUNS_PER_DRAW
from sim.records import Column

MOST_SECONDS = 8.0
"""About so much computing is spent; what takes longer is shown for the first runs only, and says so."""
LEAST_RUNS = 4
COLUMNS = (
    KEYS[0],
    KEYS[2],
    Column("period", np.int64, "number", "period, from 0"),
    Column("value", np.float64, "currency", "net present value up to the end of the period"),
    Column("customers", np.float64, "count", "customers at the end of the period"),
    Column("trust", np.float64, "share", "mean trust of the customers at the end of the period"),
)
Part = list[tuple[int, str, np.ndarray]]


class Played(Task):
    """A block of runs to be played month by month."""

    def play(self) -> Part:
        """Play them."""
        return _played(self)


@dataclass(frozen=True)
class Months:
    """How some runs of a comparison went; every array has the shape (runs, periods)."""

    runs: np.ndarray
    """their numbers, ascending"""
    value: dict[str, np.ndarray]
    """by strategy: net present value up to the end of each period"""
    customers: dict[str, np.ndarray]
    trust: dict[str, np.ndarray]


class MonthsJob:
    """The months of an answer: from what is kept, or by playing runs again."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.runs = _chosen(answer)
        self._path = place(answer, "months", "parquet", len(self.runs))
        self._table = from_parquet(self._path, COLUMNS) if self._path.exists() else None
        self._parts: Part = []

    def pieces(self) -> list[Played]:
        """What is to be played: blocks of runs that share a drawn world."""
        if self._table is not None:
            return []
        groups: dict[int, list[int]] = {}
        for run in self.runs:
            groups.setdefault(run // RUNS_PER_DRAW, []).append(run)
        point = self.answer.question.point
        return [Played(point, group[0], len(group)) for group in groups.values()]

    def take(self, found: Part) -> list[Played]:
        """Take the months of some runs."""
        self._parts += found
        return []

    def result(self) -> Months:
        """The months; keeps them."""
        if self._table is None:
            self._table = _table(self._parts, self.answer.question.arms)
            keep(self._path, to_parquet(self._table, COLUMNS))
        return _months(self.answer, self.runs, self._table)


def _chosen(answer: Answer) -> list[int]:
    """The first runs, as many as the time allows; an even number, as two runs may share a drawn world."""
    point = answer.question.point
    periods = point.years * point.business.periods_per_year
    one = len(point.strategies) * point.people * periods * SECONDS_PER_PERSON_PERIOD
    most = max(LEAST_RUNS, 2 * int(MOST_SECONDS / one / 2))
    return [int(run) for run in answer.run_numbers[:most]]


def _played(task: Task) -> Part:
    """A block of runs: by run and strategy (periods, 3), what `COLUMNS` says of value, customers and trust."""
    from sim.chance import run_seed
    from sim.ledger import discount_factors
    from sim.population import populate
    from sim.records import COST_ACCOUNTS, INCOME_ACCOUNTS
    from sim.run import Run

    found: Part = []
    for run, point in task.worlds():
        business, seed = point.business, int(run_seed(point.seed, run))
        start = populate(business, point.psychology, seed, point.people, point.market)
        for strategy in point.strategies:
            model = Run(business, strategy, psychology=point.psychology, rng=seed, people=point.people,
                        years=point.years, start=start).run()
            series = model.series
            flow = sum(series[name] for name in INCOME_ACCOUNTS) - sum(
                series[name] for name in (*COST_ACCOUNTS, "acquisition"))
            discount = discount_factors(business.finance.discount_rate_annual, business.periods_per_year, len(series))
            found.append((run, strategy.spelling, np.column_stack(
                (np.cumsum(flow * discount), series["customers"], series["trust"]))))
    return found


def _table(parts: Part, arms: Sequence[str]) -> Table:
    order = {arm: number for number, arm in enumerate(arms)}
    parts = sorted(parts, key=lambda part: (part[0], order[part[1]]))
    periods = len(parts[0][2])
    joined = np.concatenate([part[2] for part in parts])
    return {
        "run": np.repeat([part[0] for part in parts], periods),
        "arm": np.repeat(np.array([part[1] for part in parts], column_dtype(KEYS[2])), periods),
        "period": np.tile(np.arange(periods), len(parts)),
        "value": joined[:, 0], "customers": joined[:, 1], "trust": joined[:, 2],
    }


def _months(answer: Answer, runs: Sequence[int], table: Table) -> Months:
    def of(name: str, arm: str) -> np.ndarray:
        return np.asarray(table[name][table["arm"] == arm], float).reshape(len(runs), -1)

    arms = answer.question.arms
    return Months(np.array(runs), {arm: of("value", arm) for arm in arms},
                  {arm: of("customers", arm) for arm in arms}, {arm: of("trust", arm) for arm in arms})
