"""Where a difference changes its sign as one number moves, and how surely.

Every value is played with the same runs (the same people and luck), so the mean
difference is nearly smooth. First a rough look at both ends of the range and half-way to
each, then, where the sign differs from today's, bisection and secant steps between; at last
straight lines through each run's differences near the root give its interval. The interval is
of all values of the range at which it is not clear who is ahead, so it may reach across today's.
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
    below_range: bool = False
    """whether the interval is cut at the low end of the range: who is ahead there is not clear"""
    above_range: bool = False
    """the same at the high end"""
    holds_today: bool = False
    """whether today's value is within the interval: who is ahead today is not clear"""

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
    span = _Span(difference, runs, low, high, today, today_values)
    pick = _whole_switch if whole else _switch
    for end in (low, high):
        if end == today or sign == 0:
            continue
        here = (today, today_values)
        if _stays(difference, end, today_values, sign) or _sign(difference(end, runs)) == sign:
            middle = float(round((today + end) / 2)) if whole else (today + end) / 2
            if middle not in (today, end) and _turns(difference, middle, today_values, sign):
                there = (middle, difference(middle, runs))
                found += [pick(span, here, there), pick(span, (end, difference(end, runs)), there)]
        else:
            found.append(pick(span, here, (end, difference(end, runs))))
    return sorted(found, key=lambda one: abs(one.value - today))


def unclear_ends(difference: Difference, low: float, today: float, high: float, *, runs: int,
                 today_values: np.ndarray) -> list[float]:
    """The ends of the range at which today's leader is ahead, but not clearly: the answer may flip just before.

    Asked after `switches`, this plays nothing more: an end that its first look left open was played in full.
    """
    sign = _sign(today_values)
    found = []
    for end in (low, high):
        if end == today or sign == 0 or _stays(difference, end, today_values, sign):
            continue
        values = difference(end, runs)
        if _sign(values) == sign and not _clear(values):
            found.append(end)
    return found


@dataclass(frozen=True)
class _Span:
    """The whole range of a number, and how to play a value of it."""

    difference: Difference
    runs: int
    low: float
    high: float
    today: float
    today_values: np.ndarray

    def clear(self, value: float) -> bool:
        """Whether it is clear who is ahead at a value."""
        return _clear(self.today_values if value == self.today else self.difference(value, self.runs))

    def switch(self, value: float, low: float, high: float, below: int) -> Switch:
        """With its interval cut to the range, and marked where it ends for no other reason."""
        below_range = low <= self.low and not self.clear(self.low)
        above_range = high >= self.high and not self.clear(self.high)
        low, high = max(low, self.low), min(high, self.high)
        return Switch(value, low, high, below, below_range, above_range,
                      low <= self.today <= high and not _clear(self.today_values))


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
    return _sign(values) == -sign and _clear(values)


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


def _clear(values: np.ndarray) -> bool:
    """Whether the 95 % interval of the mean excludes 0."""
    return abs(float(np.mean(values))) > t_quantile(len(values) - 1) * _error(values)


def _switch(span: _Span, inside: tuple[float, np.ndarray], outside: tuple[float, np.ndarray]) -> Switch:
    """Narrow the bracket, then draw a line through each run's differences around it."""
    difference, runs = span.difference, span.runs
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
    # Not only within the bracket: seen from a root close to today's value, the other side counts as much.
    xs = [max(span.low, root - reach), root, min(span.high, root + reach)]
    if xs[0] == root or xs[2] == root:
        xs = sorted({xs[0], xs[2], min(most, max(least, 2 * root - xs[0] - xs[2] + root))})
    lines = np.array([difference(x, runs) for x in xs])
    centred = np.array(xs) - float(np.mean(xs))
    slopes = centred @ lines / float(centred @ centred)
    heights = lines.mean(axis=0) - slopes * (float(np.mean(xs)) - root)
    low, high = _fieller(heights, slopes, root)
    low, high = min(low, root), max(high, root)
    # A line tells less of the ends of the bracket than what was played there.
    low = max(low, least) if span.clear(least) else min(low, least)
    high = min(high, most) if span.clear(most) else max(high, most)
    return span.switch(root, low, high, below)


def _fieller(heights: np.ndarray, slopes: np.ndarray, at: float) -> tuple[float, float]:
    """All x with 0 in the 95 % interval of the mean of heights + slopes * (x - at): Fieller's; endless if flat."""
    count = len(heights)
    t2 = t_quantile(count - 1) ** 2 / count
    covariance = np.cov(heights, slopes, ddof=1)
    h, s = float(np.mean(heights)), float(np.mean(slopes))
    a = s * s - t2 * float(covariance[1, 1])
    b = 2 * (h * s - t2 * float(covariance[0, 1]))
    c = h * h - t2 * float(covariance[0, 0])
    inside = b * b - 4 * a * c
    if a <= 0 or inside < 0:
        return -math.inf, math.inf
    low, high = sorted((-b + side * math.sqrt(inside)) / (2 * a) for side in (-1, 1))
    return at + low, at + high


def _whole_switch(span: _Span, inside: tuple[float, np.ndarray], outside: tuple[float, np.ndarray]) -> Switch:
    """The same for whole numbers: the switch lies half-way between two; the interval is where it is not clear."""
    (a, at_a), (b, _) = (round(inside[0]), inside[1]), (round(outside[0]), outside[1])
    least, most = min(a, b), max(a, b)
    below = _sign(at_a) if a < b else -_sign(at_a)
    while abs(b - a) > 1:
        middle = (a + b) // 2
        if _sign(span.difference(middle, span.runs)) == _sign(at_a):
            a = middle
        else:
            b = middle
    low = _last_unclear(span, min(a, b), least, round(span.low))
    high = _last_unclear(span, max(a, b), most, round(span.high))
    value = (a + b) / 2
    # Beside a number at which it is not clear, the switch may lie on either side of it.
    return span.switch(value, value if low is None else low - 0.5, value if high is None else high + 0.5, below)


def _last_unclear(span: _Span, beside: int, edge: int, end: int) -> int | None:
    """The last whole number at which it is not clear who is ahead, from beside the switch to an end of the range.

    `edge` is the end of the bracket on that side. None where it is clear at once.
    """
    if span.clear(edge):
        unclear, clear = beside, edge
    else:
        unclear, clear = edge, end
    if span.clear(unclear):
        return None
    if not span.clear(clear):
        return clear
    while abs(clear - unclear) > 1:
        middle = (clear + unclear) // 2
        if span.clear(middle):
            clear = middle
        else:
            unclear = middle
    return unclear
