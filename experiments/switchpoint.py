"""Where a difference changes its sign as one number moves, and how surely.

Every value is played with the same runs (the same people and luck), so the mean
difference is nearly smooth. First a rough look at both ends of the range and half-way to
each, then, where the sign differs from today's, bisection and secant steps between; at last
straight lines through each run's differences near the root give the root and its interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from experiments.estimates import t_quantile

END_RUNS, MIDDLE_RUNS = 4, 3
"""Runs of the first look at an end of the range, and half-way to it."""
SURE = 4.0
"""Standard errors from 0 beyond which the first look settles that an end does not flip."""
CLOSE = 0.02
"""Share of the range to which the bracket is narrowed before the lines are drawn."""
BESIDE = 0.06
"""Share of the range to either side of the root through which the lines are drawn."""
STEPS = 12

Difference = Callable[[float, int], np.ndarray]
"""(value, runs) -> one difference per run, of runs 0, 1, ..."""


@dataclass(frozen=True)
class Switch:
    """A value at which the sign of the mean difference changes, with its 95 % interval."""

    value: float
    low: float
    high: float
    below: int
    """1 where the second strategy is ahead below the value, -1 where the first is"""

    def beyond(self, today: float) -> int:
        """The same on the other side of the value, seen from today's."""
        return self.below if self.value < today else -self.below


def remembered(play: Callable[[float, range], np.ndarray], known: Mapping[float, np.ndarray]) -> Difference:
    """A difference that plays no run of a value twice; `known` are those of the first runs of some values."""
    found = dict(known)

    def difference(value: float, runs: int) -> np.ndarray:
        had = found.get(value, np.zeros(0))
        if len(had) < runs:
            found[value] = had = np.concatenate([had, play(value, range(len(had), runs))])
        return had[:runs]

    return difference


def switches(difference: Difference, low: float, today: float, high: float, *, runs: int, today_values: np.ndarray,
             whole: bool = False) -> list[Switch]:
    """Up to two switch points on each side of today's value, the nearest first.

    Two where the sign is another half-way to the end of the range, and clearly so, and today's again at the
    end. What flips and flips back without covering the middle is not seen, nor is a third flip.
    """
    sign = _sign(today_values)
    found = []
    pick = _whole_switch if whole else _switch
    for end in (low, high):
        if end == today or sign == 0:
            continue
        here = (today, today_values)
        if _stays(difference, end, today_values, sign) or _sign(difference(end, runs)) == sign:
            middle = float(round((today + end) / 2)) if whole else (today + end) / 2
            if middle not in (today, end) and _turns(difference, middle, today_values, sign):
                there = (middle, difference(middle, runs))
                found += [pick(difference, runs, here, there),
                          pick(difference, runs, (end, difference(end, runs)), there)]
        else:
            found.append(pick(difference, runs, here, (end, difference(end, runs))))
    return sorted(found, key=lambda one: abs(one.value - today))


def _stays(difference: Difference, end: float, today_values: np.ndarray, sign: int) -> bool:
    """Whether a first look settles that the sign at an end is today's."""
    if len(today_values) <= END_RUNS:
        return False
    mean, error = _glance(difference, end, today_values, END_RUNS)
    return mean * sign > SURE * error


def _turns(difference: Difference, value: float, today_values: np.ndarray, sign: int) -> bool:
    """Whether the sign at a value is clearly another than today's; a first look must hint at it."""
    runs = len(today_values)
    mean, _ = _glance(difference, value, today_values, min(MIDDLE_RUNS, runs))
    if mean * sign > 0:
        return False
    values = difference(value, runs)
    return _sign(values) == -sign and abs(float(np.mean(values))) > t_quantile(runs - 1) * _error(values)


def _glance(difference: Difference, value: float, today_values: np.ndarray, runs: int) -> tuple[float, float]:
    """The mean difference at a value and its standard error, from a few runs.

    In the same runs the change from today's value varies far less than the difference itself, and today's mean
    is known from all runs.
    """
    change = difference(value, runs) - today_values[:runs]
    return float(np.mean(today_values) + np.mean(change)), math.hypot(_error(today_values), _error(change))


def _error(values: np.ndarray) -> float:
    """Standard error of the mean."""
    return float(np.std(values, ddof=1)) / math.sqrt(len(values))


def _sign(values: np.ndarray) -> int:
    return int(np.sign(float(np.mean(values))))


def _switch(difference: Difference, runs: int, inside: tuple[float, np.ndarray],
            outside: tuple[float, np.ndarray]) -> Switch:
    """Narrow the bracket, then draw a line through each run's differences around it."""
    (a, at_a), (b, at_b) = inside, outside
    least, most = min(a, b), max(a, b)
    below = _sign(at_a) if a < b else -_sign(at_a)
    for step in range(STEPS):
        if abs(b - a) <= CLOSE * (most - least):
            break
        mean_a, mean_b = float(np.mean(at_a)), float(np.mean(at_b))
        # Secant and halving in turn: the one is quick on a line, the other never slow.
        share = mean_a / (mean_a - mean_b) if step % 2 == 0 and mean_a != mean_b else 0.5
        middle = a + min(0.95, max(0.05, share)) * (b - a)
        values = difference(middle, runs)
        if _sign(values) == _sign(at_a):
            a, at_a = middle, values
        else:
            b, at_b = middle, values
    mean_a, mean_b = float(np.mean(at_a)), float(np.mean(at_b))
    root = a + (b - a) * (mean_a / (mean_a - mean_b) if mean_a != mean_b else 0.5)
    reach = BESIDE * (most - least)
    xs = [max(least, root - reach), root, min(most, root + reach)]
    if xs[0] == root or xs[2] == root:
        xs = sorted({xs[0], xs[2], min(most, max(least, 2 * root - xs[0] - xs[2] + root))})
    lines = np.array([difference(x, runs) for x in xs])
    centred = np.array(xs) - float(np.mean(xs))
    slopes = centred @ lines / float(centred @ centred)
    heights = lines.mean(axis=0) - slopes * (float(np.mean(xs)) - root)
    low, high = _fieller(heights, slopes, root, least, most)
    return Switch(root, min(low, root), max(high, root), below)


def _fieller(heights: np.ndarray, slopes: np.ndarray, at: float, least: float, most: float) -> tuple[float, float]:
    """All x with 0 in the 95 % interval of the mean of heights + slopes * (x - at): Fieller's, cut to the range."""
    count = len(heights)
    t2 = t_quantile(count - 1) ** 2 / count
    covariance = np.cov(heights, slopes, ddof=1)
    h, s = float(np.mean(heights)), float(np.mean(slopes))
    a = s * s - t2 * float(covariance[1, 1])
    b = 2 * (h * s - t2 * float(covariance[0, 1]))
    c = h * h - t2 * float(covariance[0, 0])
    inside = b * b - 4 * a * c
    if a <= 0 or inside < 0:
        return least, most
    low, high = sorted((-b + side * math.sqrt(inside)) / (2 * a) for side in (-1, 1))
    return max(least, at + low), min(most, at + high)


def _whole_switch(difference: Difference, runs: int, inside: tuple[float, np.ndarray],
                  outside: tuple[float, np.ndarray]) -> Switch:
    """The same for whole numbers: the switch lies half-way between two; the interval is where it is not clear."""
    (a, at_a), (b, at_b) = (round(inside[0]), inside[1]), (round(outside[0]), outside[1])
    below = _sign(at_a) if a < b else -_sign(at_a)
    known = {a: at_a, b: at_b}
    while abs(b - a) > 1:
        middle = (a + b) // 2
        known[middle] = difference(middle, runs)
        if _sign(known[middle]) == _sign(at_a):
            a = middle
        else:
            b = middle
    unclear = []
    for x, values in known.items():
        if abs(float(np.mean(values))) <= t_quantile(len(values) - 1) * _error(values):
            unclear.append(float(x))
    value = (a + b) / 2
    return Switch(value, min([value, *unclear]), max([value, *unclear]), below)
