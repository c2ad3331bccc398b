"""The picture of `amends validate`: every band, and where the model stands in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.charts import COLOURS, DPI, GREY, INK, MINUS, PALE, STYLE
from experiments.validation.scoring import Result, Value, scores
from experiments.validation.table import band, number

WIDTH, ROW, HEAD, FOOT = 16.0, 0.235, 1.25, 0.25
"""Inches: of the picture, of a row, of the room above and below."""
PASS, MISS = COLOURS[1], COLOURS[0]
EDGE = 2.6
"""Where a row ends, in half widths of its band from the middle; what lies beyond is drawn as an arrow there."""


def bands(results: Sequence[Result]) -> Figure:
    """One row per check in two columns; each row has its own scale, so that all bands are as wide."""
    columns = _columns(results)
    rows = max(sum(len(r.values) + 1.5 for r in column) for column in columns) + 0.2
    height = rows * ROW + HEAD + FOOT
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
        FigureCanvasAgg(figure)
        figure.text(0.012, 1 - 0.2 / height, title(results), fontsize=19, fontweight="bold", color=INK, va="top")
        figure.text(0.012, 1 - 0.62 / height,
                    "Grey: the band of the study, each on its own scale; an open one runs to the edge. Dots and "
                    f"numbers: the model; an arrow stands for a value beyond the row.\n{_line(results)} Held-out "
                    "targets never enter a fit.",
                    fontsize=11, color=GREY, va="top", linespacing=1.45)
        for number_, column in enumerate(columns):
            axes = figure.add_axes((0.222 + 0.5 * number_, FOOT / height, 0.13, 1 - (HEAD + FOOT) / height))
            axes.set_xlim(-EDGE, EDGE)
            axes.set_ylim(rows, 0)
            axes.axis("off")
            _column(axes, column)
        return figure


def title(results: Sequence[Result]) -> str:
    """The finding in a sentence."""
    found = scores(results)
    (passed, count), (held, of_held) = found["all published findings"], found["held out"]
    if not count:
        return f"The model {'meets' if results[0].passed else 'misses'} the project's own story"
    apart = f"; {held} of the {of_held} held out" if of_held and count > 1 else ""
    return f"The model meets {passed} of {count} published finding{'s' if count > 1 else ''}{apart}"


def _line(results: Sequence[Result]) -> str:
    """What the lines through the dots are."""
    count = len(results[0].met)
    return (f"Lines: the middle 95 % of {count} sets of constants drawn around the centre; beside the state, how "
            "many of them meet the target." if count else "Lines: the 95 % interval of luck.")


def _columns(results: Sequence[Result]) -> list[Sequence[Result]]:
    """Two columns of about the same length."""
    sizes = [len(r.values) + 1.5 for r in results]
    cut = min(range(len(results) + 1), key=lambda k: (max(sum(sizes[:k]), sum(sizes[k:])), k))
    cut = cut or 1
    return [results[:cut], results[cut:]]


def _column(axes: Any, results: Sequence[Result]) -> None:
    y = 0.6
    for result in results:
        colour = PASS if result.passed else MISS
        side = ", held out" if result.target.held_out else ", own story" if result.target.own else ""
        sets = f"  {sum(result.met)}/{len(result.met)}" if result.met else ""
        axes.text(-EDGE - 8.3, y, f"{result.target.target}  {result.target.title}", fontsize=11.5, fontweight="bold",
                  color=INK, va="center", clip_on=False)
        state = ("met" if result.passed else "missed") + side + sets
        axes.text(EDGE + 0.35, y, state, fontsize=11.5, fontweight="bold", color=colour, va="center", clip_on=False)
        y += 1
        for value in result.values:
            _row(axes, y, value)
            y += 1
        y += 0.5


def _row(axes: Any, y: float, value: Value) -> None:
    from matplotlib.patches import Rectangle

    check = value.check
    left = -1.0 if math.isfinite(check.low) else -EDGE
    right = 1.0 if math.isfinite(check.high) else EDGE
    axes.plot([-EDGE, EDGE], [y, y], color=PALE, linewidth=0.7, zorder=0)
    axes.add_patch(Rectangle((left, y - 0.36), right - left, 0.72, facecolor=PALE, edgecolor="none", zorder=1))
    axes.text(-EDGE - 8.1, y, f"{check.name}, {check.unit}", fontsize=9.5, color=GREY, va="center", clip_on=False)
    colour = PASS if value.passed else MISS
    if math.isnan(value.mean):
        axes.text(EDGE + 0.35, y, "none", fontsize=9.5, color=colour, va="center", clip_on=False)
        return
    place = _place(value)
    low, high = (max(-EDGE, min(EDGE, place(end))) for end in value.interval)
    if high > low:
        axes.plot([low, high], [y, y], color=colour, linewidth=2.2, zorder=3, solid_capstyle="butt")
    x = max(-EDGE, min(EDGE, place(value.mean)))
    if abs(place(value.mean)) > EDGE:
        axes.plot([x], [y], ">" if x > 0 else "<", color=colour, markersize=8, zorder=4, clip_on=False)
    else:
        axes.plot([x], [y], "o" if value.passed else "D", color=colour, markersize=7, markeredgecolor="white",
                  markeredgewidth=0.8, zorder=4)
    text = f"{number(value.mean)}   ({band(check)})".replace("..", " to ").replace("-", MINUS)
    axes.text(EDGE + 0.35, y, text.replace(">=", "≥").replace("<=", "≤"), fontsize=9.5, color=colour, va="center",
              clip_on=False)


def _place(value: Value) -> Any:
    """Where a value lies in its row: the band's ends at -1 and 1, an open side scaled by the limit itself."""
    low, high = value.check.low, value.check.high
    if math.isfinite(low) and math.isfinite(high):
        return lambda v: (v - (low + high) / 2) / ((high - low) / 2)
    limit, end = (low, -1.0) if math.isfinite(low) else (high, 1.0)
    scale = max(abs(limit), abs(value.mean - limit) / 1.6) or 1.0
    return lambda v: end + (v - limit) / scale
