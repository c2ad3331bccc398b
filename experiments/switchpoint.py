"""Where a difference changes its sign as one number moves, and how surely.

Every value is played with the same runs (the same people and luck), so the mean
difference is nearly smooth. First a rough look at both ends of the range, then, where
the sign differs from today's, bisection and secant steps between; at last straight
lines through each run's differences near the root give the root and its interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.estimates import t_quantile

ROUGH_RUNS = 6
"""Runs of the first look."""
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


def switches(difference: Difference, low: float, today: float, high: float, *, runs: int, today_values: np.ndarray,
             whole: bool = False) -> list[Switch]:
    """Up to one switch point on each side of today's value, the nearer first.

    Only the ends are looked at: a sign that changes and changes back within the range is not seen.
    """
    sign = _sign(today_values)
    found = []
    for end in (low, high):
        if end == today or sign == 0:
            continue
        if runs > ROUGH_RUNS:
            rough = difference(end, ROUGH_RUNS)
            error = float(np.std(rough, ddof=1)) / math.sqrt(len(rough))
            if _sign(rough) == sign and abs(float(np.mean(rough))) > SURE * error:
                continue
        values = difference(end, runs)
        if _sign(values) != sign:
            pick = _whole_switch if whole else _switch
            found.append(pick(difference, runs, (today, today_values), (end, values)))
    return sorted(found, key=lambda one: abs(one.value - today))


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
        half = t_quantile(len(values) - 1) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
        if abs(float(np.mean(values))) <= half:
            unclear.append(float(x))
    value = (a + b) / 2
    return Switch(value, min([value, *unclear]), max([value, *unclear]), below)
