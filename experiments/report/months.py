"""Month by month: how the runs of a comparison went, as its folder keeps it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.comparison import Answer
from experiments.replication import COURSE
from experiments.store import from_parquet
from sim.config import InputError


@dataclass(frozen=True)
class Months:
    """How some runs of a comparison went; every array has the shape (runs, periods)."""

    runs: np.ndarray
    """their numbers, ascending"""
    value: dict[str, np.ndarray]
    """by strategy: net present value up to the end of each period"""
    customers: dict[str, np.ndarray]
    trust: dict[str, np.ndarray]

    @classmethod
    def of(cls, answer: Answer) -> Months:
        """Those of the answer's runs whose course is kept; InputError where the table is damaged or gone."""
        path = answer.folder / "course.parquet"
        table = from_parquet(path, COURSE)
        if table is None or not np.isin(table["arm"], answer.question.arms).any():
            raise InputError(f"{path}: is damaged or gone; the same amends compare makes it again")
        runs = np.intersect1d(answer.run_numbers, table["run"])
        kept = np.isin(table["run"], runs)

        def by_arm(name: str) -> dict[str, np.ndarray]:
            return {arm: np.asarray(table[name][kept & (table["arm"] == arm)], float).reshape(len(runs), -1)
                    for arm in answer.question.arms}

        return cls(runs, by_arm("value"), by_arm("customers"), by_arm("trust"))
