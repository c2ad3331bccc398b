"""How a difference between two strategies grows over the months, and when it has paid back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.comparison import Answer
from experiments.estimates import Estimate, average, intervals
from experiments.report.months import Months
from experiments.unknown import RUNS_PER_DRAW


@dataclass(frozen=True)
class Course:
    """The sum up to each period of one strategy minus another, over some runs."""

    of: str
    minus: str
    wide: tuple[Estimate, ...]
    """by period: the mean with the interval that the answer shows"""
    close: tuple[Estimate, ...]
    """by period: the same mean with the interval of that mean"""

    @property
    def mean(self) -> np.ndarray:
        """By period."""
        return np.array([e.mean for e in self.wide])

    @property
    def leader(self) -> int:
        """1 if the first is ahead in the end by the mean, -1 if the second is."""
        return 1 if self.wide[-1].mean >= 0 else -1

    @property
    def ahead_from(self) -> int | None:
        """The period (from 0) from whose end on the leader is ahead by the mean for good; None: never behind."""
        return self._for_good([self.leader * e.mean for e in self.wide])

    @property
    def surely_ahead_from(self) -> int | None:
        """The same for the whole interval that the answer shows; -1 where it never is."""
        ends = [e.low if self.leader > 0 else -e.high for e in self.wide]
        return -1 if ends[-1] <= 0 else self._for_good(ends)

    @staticmethod
    def _for_good(values: list[float]) -> int | None:
        behind = [k for k, value in enumerate(values) if value <= 0]
        return behind[-1] + 1 if behind else None


def courses(answer: Answer, months: Months) -> list[Course]:
    """Of the pairs that a report follows, the sum up to each period."""
    return [course_of(answer, months, of, minus) for of, minus in followed(answer)]


def followed(answer: Answer) -> list[tuple[str, str]]:
    """The two ahead of all, which the answer is about, then every strategy minus the first one named."""
    named, *others = answer.question.arms
    first, second, *_ = answer.finding.leading
    pairs = [(arm, named) for arm in others]
    if answer.finding.same(first, second):
        return pairs
    ahead = next((pair for pair in pairs if set(pair) == {first, second}), (first, second))
    return [ahead, *(pair for pair in pairs if pair != ahead)]


def course_of(answer: Answer, months: Months, of: str, minus: str) -> Course:
    """One strategy minus another."""
    draws = None if answer.draws is None else months.runs // RUNS_PER_DRAW
    columns = [np.ascontiguousarray(column) for column in (months.value[of] - months.value[minus]).T]
    return Course(of, minus, tuple(intervals(column, draws).unknown for column in columns),
                  tuple(average(column, draws) for column in columns))


def paired(answer: Answer, months: Months, values: np.ndarray) -> Estimate:
    """The mean of one number per run with the interval of that mean."""
    return average(values, None if answer.draws is None else months.runs // RUNS_PER_DRAW)


def levels(answer: Answer, months: Months, of: dict[str, np.ndarray]) -> dict[str, list[Estimate]]:
    """By strategy and period the mean of a series with the interval of that mean."""
    return {arm: [paired(answer, months, np.ascontiguousarray(column)) for column in values.T]
            for arm, values in of.items()}
