"""The chart in text at the end of an experiment: what each arm brings against the first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from experiments import text_chart, words
from experiments.plan import Arm, Plan, spelled

Line = dict[str, str]
"""A line of summary.csv."""


def labels(arms: Sequence[Arm], width: int) -> dict[str, str]:
    """Names that fit: an arm with levers is its strategy's name and the levers, where that tells all apart."""
    short = {arm.spelling: " ".join([arm.spelling.partition(":")[0], *(
        f"{key}={spelled(value)}" for key, value in arm.levers.items())]) for arm in arms}
    if len(set(short.values())) < len(short) or max(map(len, short.values())) > width:
        short = {arm.spelling: arm.spelling for arm in arms}
    return {spelling: words.shortened(label, width) for spelling, label in short.items()}


def chart(plan: Plan, order: Sequence[str], lines: Sequence[Line], width: int,
          signs: text_chart.Signs) -> Iterator[str]:
    """A dot for each arm's difference to the first, in the order given; nothing where there is no room.

    Of one point it is the mean with its interval. With two arms and a few points, every point has a row; else a
    row shows how the difference spreads over the points. A single arm shows by itself in several points.
    """
    first, paired = plan.arms[0].spelling, len(plan.arms) > 1
    arms = [arm for arm in order if arm != first] if paired else [first]
    found = {(line["arm"], int(line["point"])): line for line in lines if bool(line["minus"]) == paired}
    points = sorted({point for _, point in found})
    named = _names(plan.arms, text_chart.name_width(width))
    write = words.signed if paired else words.whole
    by_point = len(arms) == 1 and 1 < len(points) <= text_chart.ROWS
    if by_point:
        rows = [_dot(_values(plan.scenarios[point]), found[arms[0], point], paired) for point in points]
    elif len(points) == 1 and paired:
        rows = [_dot(named[arm], found[arm, points[0]], paired) for arm in arms if (arm, points[0]) in found]
    elif len(points) > 1:
        rows = []
        for arm in arms:
            means = [float(found[arm, point]["mean"]) for point in points if (arm, point) in found]
            if means:
                low, quarter, median, three_quarters, high = map(float, np.quantile(means, (0, 0.25, 0.5, 0.75, 1)))
                rows.append(text_chart.Dot(named[arm], median, low, high, write(median), (quarter, three_quarters)))
    else:
        return
    drawn = text_chart.dots(rows, width, signs, zero=paired)
    if drawn:
        if paired:
            held = [found[arm, point] for arm in arms for point in points if (arm, point) in found]
            of = "points" if by_point else "strategies" if len(points) == 1 else "comparisons"
            yield from textwrap.wrap(_title(named[first], held, of), width, break_on_hyphens=False)
        yield from textwrap.wrap(_caption(plan, named, arms[0] if by_point else None, len(points), signs), width)
        yield from drawn
        if len(rows) > text_chart.ROWS:
            yield f"and {len(rows) - text_chart.ROWS} more in the table above"
        yield ""


def _title(first: str, held: Sequence[Line], of: str) -> str:
    """What was found against the first arm; only where an interval excludes 0 is one called above or below."""
    above, below = sum(float(line["low"]) > 0 for line in held), sum(float(line["high"]) < 0 for line in held)
    if len(held) == 1:
        how = "Clearly above" if above else "Clearly below" if below else "Not clearly apart from"
        return f"{how} {first}"
    return f"Clearly above {first} in {above} of {len(held)} {of}, clearly below in {below}"


def _names(arms: Sequence[Arm], width: int) -> dict[str, str]:
    """As in the table, or with the levers' values only where that is too long and the values tell all apart."""
    named = labels(arms, text_chart.WIDEST)
    brief = {arm.spelling: " ".join([arm.spelling.partition(":")[0], *map(spelled, arm.levers.values())])
             for arm in arms}
    return brief if max(map(len, named.values())) > width and len(set(brief.values())) == len(brief) else named


def _caption(plan: Plan, named: dict[str, str], only: str | None, points: int, signs: text_chart.Signs) -> str:
    """What is drawn, against what, in which currency."""
    against = f" minus {named[plan.arms[0].spelling]}" if len(plan.arms) > 1 else ""
    subject = f"{named[only]}{against}, net present value" if only else f"Net present value{against}"
    currency = plan.business.currency
    if points == 1 or only:
        return f"{subject} in {currency} ({signs.dot} mean, {signs.interval} 95 % interval)"
    return (f"{subject} in {currency} over {points:,} points ({signs.dot} median, {signs.thick} middle half, "
            f"{signs.interval} lowest to highest)")


def _dot(name: str, line: Line, paired: bool) -> text_chart.Dot:
    mean, low, high = (float(line[key]) for key in ("mean", "low", "high"))
    return text_chart.Dot(name, mean, low, high, (words.signed if paired else words.whole)(mean))


def _values(scenario: dict[str, Any]) -> str:
    """What is special about a point: 'refill_share=0.4, at_typical=0.02'."""
    return ", ".join(f"{key.rpartition('.')[2]}={value:.3g}" if isinstance(value, float) else
                     f"{key.rpartition('.')[2]}={spelled(value)}" for key, value in scenario.items())
