"""How many runs are enough: stopping at a target precision, without fooling oneself.

Looking again and again and stopping when the interval happens to be narrow makes intervals
that hold the truth too seldom. Three things correct for it: at least 30 runs before the first
look; few looks (each at a quarter more runs than the last, in whole blocks of ten, in the order
of the seeds, whatever finished first); and an interval computed at 96 % that is called 95 %.
Over 4,000 repeated experiments at each of four precisions (35 to 260 runs) it covered the true
mean in 95-96 % with normal outcomes and slightly skewed ones, in 93-94 % with exponential ones.
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

    def next(self, runs: int, values: np.ndarray) -> int:
        """The number of runs to go on to, judging by the first `runs`; the same number: enough."""
        if self.asked.runs is not None or runs >= self.asked.at_most:
            return runs
        if len(values) >= 2:
            found = interval(values, repeated=True)
            wanted = self.asked.half_width or abs(found.mean) * (self.asked.share or 0)
            if found.half_width <= wanted:
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
    half = wide * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return Estimate(plain.mean, plain.mean - half, plain.mean + half)
