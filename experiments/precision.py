"""How many runs are enough: stopping at a target precision, without fooling oneself.

Looking again and again and stopping when the interval happens to be narrow makes intervals
that hold the truth too seldom, the more so where outcomes are skewed: few of the rare large ones
make both a narrow interval and a mean that is off. Four things correct for it: at least 30 runs before
the first look; few looks (each at a quarter more runs than the last, in whole blocks of ten, in
the order of the seeds, whatever finished first); an interval computed at 96 % that is called 95 %;
and an interval that reaches further to the side of the long tail (Hall 1992, On the removal of
skewness by transformation, Journal of the Royal Statistical Society B 54, 221-228). How often it
then holds the long-run mean stands in docs/experiments.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from experiments.estimates import Estimate, estimate
from experiments.experiment_file import Replications

BLOCK = 10
GROWTH = 1.25
LOOKED_AT = 0.96
"""Confidence at which an interval is computed where looks were repeated; it is stated as 95 %."""


@dataclass(frozen=True)
class Stopping:
    """When a point has enough runs."""

    asked: Replications

    @property
    def first(self) -> int:
        """Runs before anything is decided."""
        return self.asked.runs or self.asked.at_least

    @property
    def most(self) -> int:
        """Runs that it can come to."""
        return self.asked.runs or self.asked.at_most

    def reached(self, values: np.ndarray) -> tuple[float, float]:
        """Half of the 95 % interval as it is, and as it is wanted."""
        found = interval(values, repeated=True)
        return found.half_width, self.asked.half_width or abs(found.mean) * (self.asked.share or 0)

    def next(self, runs: int, values: np.ndarray) -> int:
        """The number of runs to go on to, judging by the first `runs`; the same number: enough."""
        if self.asked.runs is not None or runs >= self.asked.at_most:
            return runs
        if len(values) >= 2:
            reached, wanted = self.reached(values)
            if reached <= wanted:
                return runs
        more = max(runs + BLOCK, math.ceil(runs * GROWTH / BLOCK) * BLOCK)
        return min(more, self.asked.at_most)


def interval(values: np.ndarray, repeated: bool) -> Estimate:
    """Mean and 95 % interval; `repeated` where the number of runs was decided by looking."""
    plain = estimate(values)
    if not repeated:
        return plain
    from scipy.special import stdtrit

    wide = float(stdtrit(len(values) - 1, 0.5 + LOOKED_AT / 2))
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    if not error > 0:
        return plain
    skew = float(np.mean(((values - plain.mean) / np.std(values)) ** 3)) / math.sqrt(len(values))
    return Estimate(plain.mean, plain.mean - error * _unskewed(wide, skew), plain.mean - error * _unskewed(-wide, skew))


def _unskewed(quantile: float, skew: float) -> float:
    """The quantile of a t statistic whose sample has this skewness over the root of its size: Hall's, inverted."""
    if abs(skew) < 1e-9:
        return quantile
    return 3 / skew * (math.cbrt(1 + skew * (quantile - skew / 6)) - 1)
