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
    """A mean over runs with its 95 % t interval."""

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
