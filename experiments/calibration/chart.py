"""The picture of a fit: purchases expected and observed, week by week and customer by customer."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.calibration import Calibration
from experiments.calibration.log import WEEKS_PER_YEAR
from experiments.calibration.purchases import count_shares, expected_repeats, repeats_as_played, shares_as_played
from experiments.charts import AXIS, COLOURS, DPI, GREY, INK, PALE, STYLE

WIDTH, HEIGHT = 11.0, 6.2
MOST = 7
"""Repeats from which on customers are counted together."""


def fit_against_data(found: Calibration) -> Figure:
    """Repeat purchases over time, and customers by number of repeats."""
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor="white")
        FigureCanvasAgg(figure)
        weeks, observed, fitted, played = curves(found)
        left = figure.add_axes((0.07, 0.12, 0.415, 0.6))
        right = figure.add_axes((0.68, 0.12, 0.305, 0.6))
        _over_time(left, found, weeks, observed, fitted, played)
        _by_number(right, found)
        heading = figure.text(0.018, 0.965, title(found, weeks, observed, fitted), fontsize=17, fontweight="bold",
                              color=INK, va="top")
        wide = heading.get_window_extent(figure.canvas.get_renderer()).width  # type: ignore[attr-defined]
        heading.set_fontsize(min(17.0, 17.0 * 0.95 * WIDTH * DPI / wide))
        figure.text(0.018, 0.895, "\n".join(textwrap.wrap(explanation(found), 128)), fontsize=10.5, color=GREY,
                    va="top", linespacing=1.4)
        figure.text(0.018, 0.752, "Repeat purchases since the start, thousands" if observed[-1] >= 1e4
                    else "Repeat purchases since the start", fontsize=11.5, color=INK)
        figure.text(0.643, 0.752, "Share of customers, %", fontsize=11.5, color=INK)
        return figure


def curves(found: Calibration) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Weeks since the start; repeat purchases up to then: observed, expected by the fit, and as the model plays."""
    log = found.log
    last = int(log.day.max())
    days = np.arange(log.start, last + 1, 7)
    days = np.r_[days, last] if days[-1] < last else days
    begun, many = np.unique(found.histories.first_day, return_counts=True)
    first = np.r_[True, log.who[1:] != log.who[:-1]]
    observed = np.searchsorted(np.sort(log.day[~first]), days, side="right")
    ages = np.arange(last - log.start + 1) / 7.0
    people = found.written.business.people
    curves_ = [expected_repeats(found.purchases, ages),
               repeats_as_played(people.encounters_per_year / WEEKS_PER_YEAR, people.encounters_spread,
                                 found.dropout, ages)]
    age = np.maximum(days[:, None] - begun[None, :], 0)
    fitted, played = ((curve[age] * many).sum(axis=1) for curve in curves_)
    return (days - log.start) / 7.0, observed, fitted, played


def title(found: Calibration, weeks: np.ndarray, observed: np.ndarray, fitted: np.ndarray) -> str:
    """How far the fit is off at the end of the data; of what was kept back, if anything was."""
    if found.log.kept_back:
        at = int(np.searchsorted(weeks, found.log.weeks))
        seen, expected = observed[-1] - observed[at], fitted[-1] - fitted[at]
        where = f"in the {found.log.kept_back:.0f} weeks kept back"
    else:
        seen, expected = observed[-1], fitted[-1]
        where = f"over {found.log.weeks:.0f} weeks"
    off = round(100 * (expected / seen - 1)) if seen else 0
    if off == 0:
        return f"The fit expects as many repeat purchases as there were {where}"
    return f"The fit expects {abs(off)} % {'more' if off > 0 else 'fewer'} repeat purchases than there were {where}"


def explanation(found: Calibration) -> str:
    """What is drawn."""
    back = (f" It knows only the first {found.log.weeks:.0f} weeks (white ground)." if found.log.kept_back else "")
    return (f"{len(found.log.customers):,} customers. \"Fit\" is BG/NBD: rates and drop-out differ between customers."
            f"{back} \"As played\" is what a business file can carry: rates of the same mean and spread, but "
            "lognormal, and one probability to leave.")


def _over_time(axes: Any, found: Calibration, weeks: np.ndarray, observed: np.ndarray, fitted: np.ndarray,
               played: np.ndarray) -> None:
    unit = 1000 if observed[-1] >= 1e4 else 1
    lines = (("Observed", observed, INK, "-", 2.6), ("Fit", fitted, COLOURS[0], (0, (5, 2)), 2.2),
             ("As played", played, COLOURS[1], (0, (1, 1.6)), 2.2))
    for _, values, colour, dashes, width in lines:
        axes.plot(weeks, values / unit, color=colour, linestyle=dashes, linewidth=width, zorder=3)
    highest = max(float(values[-1]) for _, values, *_ in lines) / unit
    axes.set_xlim(0, weeks[-1])
    axes.set_ylim(0, highest * 1.08)
    if found.log.kept_back:
        axes.axvspan(found.log.weeks, weeks[-1], color=PALE, alpha=0.4, linewidth=0, zorder=0)
        axes.text(found.log.weeks + 0.01 * weeks[-1], highest * 0.03, "kept back", fontsize=10, color=GREY)
    apart = highest * 0.058
    places = sorted((float(values[-1]) / unit, name, colour) for name, values, colour, *_ in lines)
    heights = [height for height, *_ in places]
    for k in (1, 2):
        heights[k] = max(heights[k], heights[k - 1] + apart)
    shift = min(0.0, heights[1] - places[1][0]) if len(heights) > 2 else 0.0
    for height, (value, name, colour) in zip(heights, places, strict=True):
        shown = f"{value:,.1f}" if unit > 1 else f"{value:,.0f}"
        axes.annotate(f"{name} {shown}", (weeks[-1], height + shift), xytext=(6, 0), textcoords="offset points",
                      color=colour, fontsize=11, fontweight="bold", va="center", annotation_clip=False)
    _plain(axes)
    axes.set_xlabel("Weeks since the first purchase in the log", loc="left", fontsize=11, color=INK)


def _by_number(axes: Any, found: Calibration) -> None:
    repeats, ages = found.histories.repeats, found.histories.observed
    seen = np.bincount(np.minimum(repeats, MOST), minlength=MOST + 1) / len(repeats)
    spans, many = np.unique(ages, return_counts=True)
    expected = sum(n * count_shares(found.purchases, float(span), MOST) for span, n in zip(spans, many, strict=True))
    expected = np.asarray(expected) / len(repeats)
    people = found.written.business.people
    played = sum(n * shares_as_played(people.encounters_per_year / WEEKS_PER_YEAR, people.encounters_spread,
                                      found.dropout, float(span), MOST) for span, n in zip(spans, many, strict=True))
    played = np.asarray(played) / len(repeats)
    highest = np.maximum(np.maximum(seen, expected), played)
    at = np.arange(MOST + 1)
    axes.bar(at, 100 * seen, width=0.72, color="#b8bfc6", zorder=2)
    axes.plot(at, 100 * expected, "o", color=COLOURS[0], markersize=9, markeredgecolor="white", zorder=4)
    axes.plot(at, 100 * played, "D", color="none", markersize=7, markeredgecolor=COLOURS[1], markeredgewidth=1.7,
              zorder=3)
    axes.set_ylim(0, 100 * highest.max() * 1.12)
    axes.set_xlim(-0.6, MOST + 0.6)
    axes.set_xticks(at, [f"{k}{'+' if k == MOST else ''}\n{_percent(seen[k])}" for k in range(MOST + 1)])
    where = 100 * float(highest.max())
    for row, (text, colour) in enumerate((("bars: observed", GREY), ("dots: fit", COLOURS[0]),
                                          ("diamonds: as played", COLOURS[1]))):
        axes.text(2.2, where * (0.9 - 0.08 * row), text, fontsize=11, fontweight="bold", color=colour)
    _plain(axes)
    axes.set_xlabel(f"Repeats in {found.log.weeks:.0f} weeks; below, the % observed", loc="left", fontsize=11,
                    color=INK)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}" if share >= 0.005 or share == 0 else "<1"


def _plain(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(AXIS)
    axes.tick_params(length=0, labelsize=10.5, labelcolor=AXIS, pad=6)
