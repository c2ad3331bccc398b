"""Customers and their trust over time, under each strategy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments import words
from experiments.charts import COLOURS, GREY, INK, STYLE
from experiments.comparison import Answer
from experiments.estimates import Estimate
from experiments.report.course import levels, paired
from experiments.report.figures.frame import SMALL, USUAL, Picture, Shape, Sheet, spread
from experiments.report.months import Months
from experiments.report.numbers import Numbers, number
from experiments.words import inside, pretty

Levels = dict[str, list[Estimate]]


def levels_picture(answer: Answer, months: Months) -> Picture:
    """The picture of customers and trust."""
    point = answer.question.point
    business, arms = point.business, answer.question.arms
    noun = f"{business.customer_word}s"
    customers, trust = levels(answer, months, months.customers), levels(answer, months, months.trust)
    best = max(arms, key=lambda arm: customers[arm][-1].mean)
    years = words.years(point.years)
    heading = title(answer, months)
    note = (f"Mean of {len(months.runs)} paired runs at the end of each {business.period}; shaded: 95 % interval of "
            f"that mean. Trust, from 0 to 1, is that of the {noun} of the day (amends compare and "
            f"triangle: of all who were {noun} at the start).")
    ppy = business.periods_per_year
    rows = tuple((k // ppy + 1 if (k + 1) % ppy == 0 else (k + 1) / ppy,
                  *(levels_[arm][k].mean for levels_ in (customers, trust) for arm in arms))
                 for k in sorted({*range(ppy - 1, len(customers[best]), ppy), len(customers[best]) - 1}))
    numbers = Numbers(f"{noun.capitalize()} and their mean trust at the end of each year",
                      ("year", *(f"{what}, {inside(arm)}" for what in (noun, "trust") for arm in arms)), rows,
                      (0, *[0] * len(arms), *[3] * len(arms)))
    alt = f"Two line charts over {years}. " + " ".join(
        f"{pretty(arm)}: {number(customers[arm][0].mean)} {noun} after the first {business.period}, "
        f"{number(customers[arm][-1].mean)} in the end; trust {number(trust[arm][0].mean, 2)}, in the end "
        f"{number(trust[arm][-1].mean, 2)}." for arm in arms)
    return Picture("customers-and-trust", heading, note, alt,
                   lambda shape: _draw(shape, answer, customers, trust, heading, note), numbers)


def title(answer: Answer, months: Months) -> str:
    """Under which strategy the firm has the most customers in the end, if the paired runs tell."""
    point = answer.question.point
    ended = {arm: values[:, -1] for arm, values in months.customers.items()}
    order = sorted(ended, key=lambda arm: -float(np.mean(ended[arm])))
    best, least = order[0], order[-1]
    years, noun = words.years(point.years), f"{point.business.customer_word}s"
    if paired(answer, months, ended[best] - ended[least]).sign == 0:
        return f"After {years} the firm has about as many {noun} under each strategy"
    return (f"After {years} the firm has {number(float(np.mean(ended[best])))} {noun} under {inside(best)}, "
            f"{number(float(np.mean(ended[least])))} under {inside(least)}")


def _draw(shape: Shape, answer: Answer, customers: Levels, trust: Levels, heading: str, note: str) -> Figure:
    noun = answer.question.point.business.customer_word
    panels = ((f"{noun.capitalize()}s", customers, 0), (f"Mean trust of {noun}s (0 to 1)", trust, 3))
    with rc_context(STYLE):
        each = 3.3 if not shape.narrow else 2.9
        sheet = Sheet(shape, each if not shape.narrow else 2 * each, heading, note)
        for place, (label, found, decimals) in enumerate(panels):
            wide = shape.wide / 2 if not shape.narrow else shape.wide
            left = place * wide if not shape.narrow else 0.0
            bottom = 0.0 if not shape.narrow else (1 - place) * each
            axes = sheet.axes(left + 0.6, bottom + 0.55, wide - 2.35, each - 1.0)
            sheet.text(left + 0.12, bottom + each - 0.3, label, va="bottom")
            _panel(axes, answer, found, decimals)
        return sheet.figure


def _panel(axes: Any, answer: Answer, found: Levels, decimals: int) -> None:
    point = answer.question.point
    ppy = point.business.periods_per_year
    for number_, arm in enumerate(answer.question.arms):
        colour, line = COLOURS[number_ % len(COLOURS)], found[arm]
        years = (np.arange(len(line)) + 1) / ppy
        axes.fill_between(years, [e.low for e in line], [e.high for e in line], color=colour, alpha=0.22, linewidth=0)
        axes.plot(years, [e.mean for e in line], color=colour, linewidth=2)
    axes.set_xlim(0, point.years)
    low, high = axes.get_ylim()
    room = 0.08 * (high - low)
    axes.set_ylim(low - room, high + room)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    ticks = axes.get_yticks()
    fine = 0 if not decimals else max(2, math.ceil(-math.log10(ticks[1] - ticks[0]) - 1e-9))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, fine)))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=point.years >= 3))
    axes.set_xlabel("years", loc="left", fontsize=USUAL, color=INK, labelpad=4)
    low, high = axes.get_ylim()
    inches = axes.get_position().height * axes.figure.get_figheight()
    step = 0.42 / inches * (high - low)
    arms = answer.question.arms
    heights = spread([found[arm][-1].mean for arm in arms], step, low + step / 2, high - step / 2)
    for number_, (arm, y) in enumerate(zip(arms, heights, strict=True)):
        name = pretty(arm)
        axes.annotate(name if len(name) < 22 else f"{name[:13]}…{name[-6:]}", (1, y),
                      xycoords=("axes fraction", "data"), xytext=(8, 6), textcoords="offset points", fontsize=SMALL,
                      fontweight="bold", color=COLOURS[number_ % len(COLOURS)], va="center", annotation_clip=False)
        axes.annotate(number(found[arm][-1].mean, decimals), (1, y), xycoords=("axes fraction", "data"),
                      xytext=(8, -7), textcoords="offset points", fontsize=SMALL, color=GREY, va="center",
                      annotation_clip=False)
