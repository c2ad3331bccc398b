"""Two pictures: where customers stand between believing, disbelieving and not knowing; how staff harden."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from experiments import words
from experiments.charts import AXIS, COLOURS, DPI, GREY, INK, PALE, STYLE
from experiments.estimates import Estimate, t_quantile
from experiments.triangle_runs import Course, Courses
from experiments.words import inside, pretty
from sim.psychology import STATUS

HEIGHT_OF_TRIANGLE = math.sqrt(3) / 2
CORNERS = {"disbelieves": (0.0, 0.0), "believes": (1.0, 0.0), "does not know": (0.5, HEIGHT_OF_TRIANGLE)}
LEFT_COLOUR = "#9aa5b1"
"""Of those who have left."""
PANEL = 4.1
"""Inches from one triangle to the next, across."""
PANEL_HIGH = 4.15
HEADING = 1.35
MARGIN = 0.2


def places(opinions: np.ndarray) -> np.ndarray:
    """Points in the triangle for rows of belief, disbelief, uncertainty."""
    belief, unknown = opinions[..., 0], opinions[..., 2]
    return np.stack((belief + unknown / 2, HEIGHT_OF_TRIANGLE * unknown), axis=-1)


def opinion_triangle(found: Courses) -> Figure:
    """Where everybody stood at the start, and where the same people stand under each strategy at the end."""
    count = len(found.courses) + 1
    across = count if count <= 4 else math.ceil(count / 2)
    down = math.ceil(count / across)
    wide, high = max(across, 3) * PANEL, down * PANEL_HIGH + HEADING
    with rc_context(STYLE):
        figure = Figure(figsize=(wide, high), dpi=DPI, facecolor="white")
        FigureCanvasAgg(figure)
        indent = (wide - across * PANEL) / 2
        for number in range(count):
            row, column = divmod(number, across)
            axes = figure.add_axes(((indent + column * PANEL + 0.12) / wide,
                                    (high - HEADING - (row + 1) * PANEL_HIGH) / high,
                                    (PANEL - 0.24) / wide, PANEL_HIGH / high))
            _corners(axes)
            if number == 0:
                _at_the_start(axes, found)
            else:
                _at_the_end(axes, found, number - 1)
        _heading(figure, trust_title(found), trust_subtitle(found), wide, high)
        return figure


def _corners(axes: Any) -> None:
    axes.set_xlim(-0.13, 1.13)
    scale = 1.26 / (PANEL - 0.24)
    axes.set_ylim(-0.36, -0.36 + PANEL_HIGH * scale)
    ground(axes)


def ground(axes: Any) -> None:
    """The empty triangle: its sides, lines of equal shares, and the names of its corners."""
    axes.set_axis_off()
    axes.add_patch(Polygon(list(CORNERS.values()), closed=True, facecolor="#f7f8f9", edgecolor=AXIS,
                           linewidth=1.2, zorder=0))
    for share in (0.25, 0.5, 0.75):
        rest = 1 - share
        for a, b in (((share, 0, rest), (share, rest, 0)), ((0, share, rest), (rest, share, 0)),
                     ((0, rest, share), (rest, 0, share))):
            ends = places(np.array([a, b], float))
            axes.plot(*ends.T, color=PALE, linewidth=0.6, zorder=0.2)
    for name, (x, y) in CORNERS.items():
        axes.text(min(max(x, 0.03), 0.97), y + (0.035 if y else -0.035), name, ha="center", va="bottom" if y else "top",
                  fontsize=11.5, color=INK)


def _at_the_start(axes: Any, found: Courses) -> None:
    noun = found.asked.point.business.customer_word
    axes.plot(*places(found.start).T, "o", markersize=3, color="#3e4c59", alpha=0.35, markeredgewidth=0, zorder=1)
    mean = found.courses[0].path[:, 0].mean(axis=0)
    axes.plot(*places(mean), "o", markersize=8, color="white", markeredgecolor=INK, markeredgewidth=1.8, zorder=4)
    _caption(axes, "At the start", [_shares(mean), f"all of them {noun}s"], INK)


def _at_the_end(axes: Any, found: Courses, number: int) -> None:
    course, colour = found.courses[number], COLOURS[number % len(COLOURS)]
    noun = found.asked.point.business.customer_word
    where = places(course.people)
    for those, dots in ((~course.stayed, LEFT_COLOUR), (course.stayed, colour)):
        axes.plot(*where[those].T, "o", markersize=3, color=dots, alpha=0.45, markeredgewidth=0, zorder=1)
    path = places(course.path.mean(axis=0))
    axes.plot(*path.T, color="white", linewidth=4.5, zorder=2.9, solid_capstyle="round")
    axes.plot(*path.T, color=INK, linewidth=1.8, zorder=3)
    axes.plot(*path[1:-1].T, "o", markersize=3.4, color=INK, zorder=3.1)
    axes.plot(*path[-1], "o", markersize=12, color=colour, markeredgecolor="white", markeredgewidth=1.6, zorder=4)
    axes.plot(*path[0], "o", markersize=8, color="white", markeredgecolor=INK, markeredgewidth=1.8, zorder=4.1)
    stayed = words.percent(float(course.share_stayed.mean()))
    _caption(axes, pretty(course.strategy),
             [_shares(course.end), f"{stayed} still {noun}s (coloured; grey: left)"], colour)


def _shares(mean: np.ndarray) -> str:
    """The mean opinion in words."""
    belief, disbelief, unknown = in_hundred(mean)
    return f"belief {belief} %, disbelief {disbelief} %, unknown {unknown} %"


def in_hundred(mean: np.ndarray) -> tuple[int, int, int]:
    """Belief, disbelief and what is unknown in percent, so that they sum to 100."""
    belief, disbelief = round(100 * float(mean[0])), round(100 * float(mean[1]))
    return belief, disbelief, 100 - belief - disbelief


def _caption(axes: Any, title: str, lines: list[str], colour: str) -> None:
    axes.text(0.5, -0.145, title, ha="center", va="top", fontsize=13, fontweight="bold", color=colour)
    axes.text(0.5, -0.225, "\n".join(lines), ha="center", va="top", fontsize=10, color=GREY, linespacing=1.4)


def trust_title(found: Courses) -> str:
    """Under which strategy belief is highest, no stronger than the paired intervals allow."""
    years = words.years(found.asked.point.years)
    noun = found.asked.point.business.customer_word
    order = sorted(range(len(found.courses)), key=lambda i: -found.courses[i].end[0])
    if len(order) == 1:
        return f"{years.capitalize()} on: where the {noun}s stand"
    best, second = order[:2]
    percent = [round(100 * float(found.courses[i].end[0])) for i in (best, order[-1])]
    if found.apart(_belief, best, second).sign == 0:
        return f"After {years}, no strategy clearly leaves the most belief"
    return (f"After {years}, {noun}s trust the most under {inside(found.courses[best].strategy)}: "
            f"{percent[0]} % against {percent[1]} %")


def trust_subtitle(found: Courses) -> str:
    """What is drawn, exactly."""
    asked = found.asked
    noun = asked.point.business.customer_word
    text = (f"Everybody who was a {noun} when the runs began, whether they stayed or left. Dots: people of one run. "
            f"Line: the mean of {asked.runs} paired runs from the start (white) to the end, a dot a "
            "year. Who stays away forgets.")
    return f"{text} {_difference(found, _belief, 'belief')}{STATUS.capitalize()}."


def _belief(course: Course) -> np.ndarray:
    return np.asarray(course.path[:, -1, 0])


def _difference(found: Courses, values: Callable[[Course], np.ndarray], of: str) -> str:
    """The paired difference between the highest and the lowest, with its interval."""
    if len(found.courses) < 2:
        return ""
    order = sorted(range(len(found.courses)), key=lambda i: -float(values(found.courses[i]).mean()))
    apart: Estimate = found.apart(values, order[0], order[-1])
    names = [inside(found.courses[i].strategy) for i in (order[0], order[-1])]
    return (f"Mean {of} under {names[0]} minus {names[1]}: {apart.mean:+.3f} "
            f"(95 %: {apart.low:+.3f} to {apart.high:+.3f}). ").replace("-", "\N{MINUS SIGN}")


def staff_hardness(found: Courses) -> Figure:
    """Mean hardness of the staff over time, a line with its interval for every strategy."""
    wide, high, heading = 10.0, 6.5, HEADING + 0.25
    asked = found.asked
    with rc_context(STYLE):
        figure = Figure(figsize=(wide, high), dpi=DPI, facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.75 / wide, 0.8 / high, 6.6 / wide, (high - heading - 1.25) / high))
        ppy = asked.point.business.periods_per_year
        labels = []
        top = 0.0
        for number, course in enumerate(found.courses):
            colour = COLOURS[number % len(COLOURS)]
            years = np.arange(course.hardness.shape[1] + 1) / ppy
            mean = np.concatenate(([0.0], course.hardness.mean(axis=0)))
            half = np.concatenate(([0.0], _half_widths(course.hardness)))
            axes.fill_between(years, np.maximum(0, mean - half), mean + half, color=colour, alpha=0.18, linewidth=0)
            axes.plot(years, mean, color=colour, linewidth=2)
            late = float(found.late_hardness(course).mean())
            labels.append((float(mean[-1]), late, pretty(course.strategy), colour))
            top = max(top, float((mean + half).max()))
        axes.set_xlim(0, asked.point.years)
        axes.set_ylim(0, top * 1.08 or 1)
        _line_labels(axes, labels)
        axes.spines[["top", "right"]].set_visible(False)
        for side in ("left", "bottom"):
            axes.spines[side].set_color(AXIS)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
        axes.tick_params(length=0, labelsize=11, labelcolor=AXIS, pad=8)
        axes.set_xlabel("years", loc="left", fontsize=12, color=INK, labelpad=8)
        figure.text(MARGIN / wide, (high - heading - 0.3) / high, "Mean hardness of the staff (0 warm, 1 hardened)",
                    fontsize=12, color=INK, va="bottom")
        _heading(figure, hardness_title(found), hardness_subtitle(found), wide, high)
        return figure


def _half_widths(values: np.ndarray) -> np.ndarray:
    """Half the interval of the mean over runs, for every period."""
    runs = len(values)
    return np.asarray(t_quantile(runs - 1) * values.std(axis=0, ddof=1) / math.sqrt(runs))


def _line_labels(axes: Any, labels: list[tuple[float, float, str, str]]) -> None:
    """Names at the ends of the lines, pushed apart where they would touch."""
    low, high = axes.get_ylim()
    step = 0.115 * (high - low)
    heights: list[float] = []
    order = sorted(range(len(labels)), key=lambda i: labels[i][0])
    for number in order:
        heights.append(max(labels[number][0], heights[-1] + step if heights else low + 0.02 * (high - low)))
    over = max(0.0, heights[-1] - (high - 0.04 * (high - low)))
    for rank, number in enumerate(order):
        # Those at the top make room downwards as far as they were crowded upwards.
        y = max(low + 0.02 * (high - low) + rank * step, heights[rank] - over)
        _, late, name, colour = labels[number]
        axes.annotate(name, (1, y), xycoords=("axes fraction", "data"), xytext=(10, 1), textcoords="offset points",
                      fontsize=12, fontweight="bold", color=colour, va="bottom", annotation_clip=False)
        axes.annotate(f"{late:.3f} in the last year", (1, y), xycoords=("axes fraction", "data"), xytext=(10, -1),
                      textcoords="offset points", fontsize=10, color=GREY, va="top", annotation_clip=False)


def hardness_title(found: Courses) -> str:
    """Under which strategy the staff are the hardest in the last year, no stronger than the intervals allow."""
    late = [float(found.late_hardness(course).mean()) for course in found.courses]
    order = sorted(range(len(late)), key=lambda i: -late[i])
    if len(order) == 1:
        return "How the staff harden"
    if found.apart(found.late_hardness, order[0], order[1]).sign == 0:
        return "No strategy clearly hardens the staff the most"
    return (f"Staff harden the most under {inside(found.courses[order[0]].strategy)}: "
            f"{late[order[0]]:.3f} of 1 against {late[order[-1]]:.3f}")


def hardness_subtitle(found: Courses) -> str:
    """What is drawn, exactly."""
    return (f"Mean of {found.asked.runs} paired runs; shaded: where that mean lies with 95 % confidence, period by "
            "period. Customers who have to push harden the worker they push; time softens; the hardened quit sooner, "
            f"and who comes new is warm. {_difference(found, found.late_hardness, 'hardness in the last year')}"
            f"{STATUS.capitalize()}.")


def _heading(figure: Figure, title: str, explanation: str, wide: float, high: float) -> None:
    found = figure.text(MARGIN / wide, 1 - 0.18 / high, title, fontsize=20, fontweight="bold", color=INK, va="top")
    long = found.get_window_extent(figure.canvas.get_renderer()).width  # type: ignore[attr-defined]
    found.set_fontsize(min(20.0, 20.0 * (wide - 0.5) * DPI / long))
    figure.text(MARGIN / wide, 1 - 0.64 / high, "\n".join(textwrap.wrap(explanation, int(11.8 * wide))),
                fontsize=10.5, color=GREY, va="top", linespacing=1.4)


