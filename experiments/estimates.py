"""From numbers per run to means with intervals, paired differences and their attribution."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

CONFIDENCE = 0.95
NORMAL_QUANTILE = 1.959963984540054
"""The two-sided 95 % quantile of the normal distribution."""


@dataclass(frozen=True)
class Estimate:
    """A mean over runs with a 95 % interval; of what, and how it was found, says whoever makes it."""

    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2

    @property
    def sign(self) -> int:
        """1 or -1 where the interval lies on one side of 0, else 0: not clear."""
        return int(self.low > 0) - int(self.high < 0)

    def turned(self, turn: int = -1) -> Estimate:
        """The same difference the other way round, where `turn` is -1; itself where it is 1."""
        return self if turn > 0 else Estimate(-self.mean, -self.high, -self.low)

    def over(self, years: float) -> Estimate:
        """An amount over so many years as an amount a year."""
        return Estimate(self.mean / years, self.low / years, self.high / years)

    def to_dict(self) -> dict[str, float | None]:
        """As {"mean", "low", "high"}; None for what is not a number."""
        return {key: _finite(getattr(self, key)) for key in ("mean", "low", "high")}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def t_quantile(degrees: int) -> float:
    """The two-sided 95 % quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.5 + CONFIDENCE / 2))


def estimate(values: np.ndarray) -> Estimate:
    """Mean and t interval of one number per run (at least two runs)."""
    count = len(values)
    if count < 2:
        raise ValueError("an interval needs at least 2 runs")
    mean = float(np.mean(values))
    half = t_quantile(count - 1) * float(np.std(values, ddof=1)) / math.sqrt(count)
    return Estimate(mean, mean - half, mean + half)


@dataclass(frozen=True)
class Intervals:
    """One mean with its three 95 % intervals.

    `luck`: where the mean would lie with other random numbers, the worlds drawn staying as
    they are. `unknown`: the expected value in one more world drawn as these were: what is not
    known of the firm and of people, and, with few runs, what luck leaves open of it.
    `one_firm`: what one firm of this size will see in such a world, its own luck included.
    """

    luck: Estimate
    unknown: Estimate
    one_firm: Estimate


def intervals(values: np.ndarray, draws: np.ndarray | None) -> Intervals:
    """The three intervals of one number per run; `draws` says which draw each run belongs to (None: all one world).

    The variance within draws is that of luck; the means of draws are pulled together until their
    spread is what is left without it (analysis of variance of random effects). An interval for
    one more draw lies between order statistics (at least 39 of them; distribution-free), or else
    is Student's for one more observation.
    """
    mean, means = float(np.mean(values)), per_draw(values, draws)
    free = len(values) - len(means)
    if draws is None or len(means) < 2 or free < 1:
        luck = estimate(values)
        return Intervals(luck, luck, _one_more(values))
    _, members, sizes = np.unique(draws, return_inverse=True, return_counts=True)
    within = float(np.sum((values - means[members]) ** 2)) / free
    total = float(np.var(means, ddof=1))
    noise = within * float(np.mean(1 / sizes))
    # One standard error more: where luck is most of it, the difference of two variances comes out as 0 too often.
    between = min(total, max(0.0, total - noise + noise * math.sqrt(2 / (len(means) - 1) + 2 / free)))
    worlds = _one_more(mean + (means - mean) * (math.sqrt(between / total) if total > 0 else 0.0))
    of_mean, of_one = (t_quantile(free) * math.sqrt(within * share) for share in (1 / len(values), 1 + 1 / len(values)))

    def widened(half: float) -> Estimate:
        # Errors that have nothing to do with each other add up as squares.
        return Estimate(mean, mean - math.hypot(mean - worlds.low, half), mean + math.hypot(worlds.high - mean, half))

    return Intervals(Estimate(mean, mean - of_mean, mean + of_mean), widened(of_mean), widened(of_one))


def _one_more(values: np.ndarray) -> Estimate:
    """The mean, and an interval that holds one more such number in 95 % of cases."""
    mean, count = float(np.mean(values)), len(values)
    if count >= 39 or float(np.std(values)) == 0:
        low, high = (float(q) for q in np.quantile(values, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2),
                                                   method="weibull"))
        return Estimate(mean, min(low, mean), max(high, mean))
    half = t_quantile(count - 1) * float(np.std(values, ddof=1)) * math.sqrt(1 + 1 / count)
    return Estimate(mean, mean - half, mean + half)


def per_draw(values: np.ndarray, draws: np.ndarray | None) -> np.ndarray:
    """The mean of each draw, in the order of the draws; the values themselves where nothing was drawn."""
    if draws is None:
        return values
    _, members, sizes = np.unique(draws, return_inverse=True, return_counts=True)
    return np.asarray(np.bincount(members, values) / sizes)


def average(values: np.ndarray, draws: np.ndarray | None) -> Estimate:
    """The mean over worlds with the 95 % interval of that mean: runs that share a draw count as one."""
    means = per_draw(values, draws)
    return estimate(means if len(means) > 1 else values)


def variance_saved(a: np.ndarray, b: np.ndarray) -> float | None:
    """Share of the variance of the difference that pairing removed; None where neither varies."""
    apart = float(np.var(a, ddof=1) + np.var(b, ddof=1))
    return 1 - float(np.var(a - b, ddof=1)) / apart if apart > 0 else None


def runs_needed(values: np.ndarray, half_width: float) -> int | None:
    """How many runs in all give an interval of that half width, judging by these; None for a half width of 0."""
    spread = float(np.std(values, ddof=1))
    if half_width <= 0 or not math.isfinite(half_width):
        return 2 if spread == 0 and half_width == 0 else None
    # The normal quantile asks for too few, but hardly: from there it is a step or two.
    needed = max(2, math.ceil((NORMAL_QUANTILE * spread / half_width) ** 2))
    if needed > 10**12:
        return None
    while t_quantile(needed - 1) * spread / math.sqrt(needed) > half_width:
        needed += 1
    return needed


def shapley(values: Mapping[frozenset[str], np.ndarray], factors: Iterable[str]) -> dict[str, np.ndarray]:
    """Share the difference between all factors and none out among them, run by run.

    `values` holds one number per run for every set of factors. A factor's part is what
    it adds, averaged over all orders in which the factors can be added; the parts sum
    to the difference.
    """
    names = list(factors)
    parts: dict[str, np.ndarray] = {}
    for name in names:
        others = [other for other in names if other != name]
        total = np.zeros_like(next(iter(values.values())), dtype=float)
        for size in range(len(names)):
            weight = math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(names))
            for chosen in combinations(others, size):
                without = frozenset(chosen)
                total = total + weight * (values[without | {name}] - values[without])
        parts[name] = total
    return parts


def confidence_region(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float] | None:
    """The 95 % region of a mean in the plane (Hotelling): half axes, long first, and the long one's angle in radians.

    None with fewer than 3 runs.
    """
    count = len(x)
    if count < 3:
        return None
    free = count - 2
    # The F quantile with 2 and `free` degrees of freedom has a closed form.
    f = free / 2 * ((1 - CONFIDENCE) ** (-2 / free) - 1)
    lengths, axes = np.linalg.eigh(np.cov(x, y))
    scale = 2 * (count - 1) / free * f / count
    short, long = np.sqrt(np.maximum(lengths, 0) * scale)
    return float(long), float(short), float(math.atan2(axes[1, 1], axes[0, 1]))
