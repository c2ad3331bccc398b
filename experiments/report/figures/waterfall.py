"""From the failure-free value down to each strategy: a step for each way in which money goes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments import words
from experiments.charts import AXIS, COLOURS, GREY, INK, MINUS, PALE, STYLE, Scale
from experiments.comparison import Answer
from experiments.estimates import Estimate
from experiments.report.figures.frame import SMALL, USUAL, Picture, Shape, Sheet, scale
from experiments.report.numbers import Numbers, ends, number
from experiments.report.say import kind_of_interval
from experiments.report.waterfall import STEPS, failure_free
from experiments.words import inside, pretty

ROW = 0.34


def waterfall_picture(answer: Answer) -> Picture:
    """The picture of all strategies, one panel each."""
    arms, point = answer.question.arms, answer.question.point
    currency = point.business.currency
    free = answer.of_values(failure_free(answer, arms[0]))
    steps = {arm: [answer.of_values(step.values(answer, arm)) for step in STEPS] for arm in arms}
    left = {arm: answer.estimate(arm, "net_present_value") for arm in arms}
    header = ("step", *(f"{pretty(arm)}{end}" for arm in arms for end in ("", ", low", ", high")), "what it is")
    rows: list[tuple[str | float | None, ...]] = [
        ("if nothing failed", *(cell for _ in arms for cell in ends(free)),
         "net present value of the firm with the same people, were there no failures")]
    for number_, step in enumerate(STEPS):
        taken = [steps[arm][number_].turned() for arm in arms]
        rows.append((step.short.lower(), *(cell for e in taken for cell in ends(e)), step.meaning))
    rows.append(("what is left", *(cell for arm in arms for cell in ends(left[arm])),
                 "net present value under the strategy"))
    numbers = Numbers(f"Present value over {words.years(point.years)}, whole firm, {currency}; the steps add up to "
                      f"what is left; low and high: 95 % interval of {kind_of_interval(answer)}", header, tuple(rows))
    heading = title(answer)
    note = (f"Mean present value over {words.years(point.years)}, whole firm, of {answer.runs} paired runs. Faint "
            "steps are cost of remedy, strong ones cost of churn; a hollow step is a gain. Talk is what goes when "
            "cases are neither told nor watched; the other steps of churn are without it, so that all add up (the "
            "table of amends compare has them with it).")
    alt = " ".join(
        f"{pretty(arm)}: from {words.money(free.mean, currency)} by " + ", ".join(
            f"{step.short.lower()} {number(-e.mean)}" for step, e in zip(STEPS, steps[arm], strict=True))
        + f" to {words.money(left[arm].mean, currency)}." for arm in arms)
    return Picture("where-the-money-goes", heading, note, alt,
                   lambda shape: _draw(shape, answer, free.mean, steps, heading, note), numbers)


def title(answer: Answer) -> str:
    """What failures take of every hundred, under the best and the worst."""
    sign = words.symbol(answer.question.point.business.currency)
    ranking = answer.finding.ranking
    shares = {}
    for arm in (ranking[-1], ranking[0]):
        free = float(np.mean(failure_free(answer, arm)))
        shares[arm] = 100 * float(np.mean(answer.values(arm, "price_of_failure"))) / free if free > 0 else math.nan
    if not all(math.isfinite(share) for share in shares.values()):
        return "What failures take from the firm, step by step"
    return taken(sign, inside(ranking[-1]), shares[ranking[-1]], inside(ranking[0]), shares[ranking[0]])


def taken(sign: str, worst: str, most: float, best: str, least: float) -> str:
    """What failures take of a hundred in words; where a strategy earns more than a firm without failures, its gain."""
    decimals = 0 if abs(most - least) >= 1.5 else 1
    most, least = round(most, decimals), round(least, decimals)
    first, second = (f"{sign}{abs(share):.{decimals}f}" for share in (most, least))
    if most < 0:
        return f"For every {sign}100 without failures, the firm gains {first} under {worst} and {second} under {best}"
    if least < 0:
        return f"Of every {sign}100, failures take {first} under {worst}; under {best} the firm gains {second}"
    return f"Of every {sign}100, failures take {first} under {worst} and {second} under {best}"


def _draw(shape: Shape, answer: Answer, free: float, steps: dict[str, list[Estimate]], heading: str,
          note: str) -> Figure:
    arms = answer.question.arms
    across = 1 if shape.narrow else min(2, len(arms))
    down = math.ceil(len(arms) / across)
    labels = 1.55
    panel = (shape.wide - labels) / across
    high = ROW * (len(STEPS) + 2) + 0.75
    levels = {arm: np.concatenate(([free], free - np.cumsum([e.mean for e in steps[arm]]))) for arm in arms}
    every = np.concatenate(list(levels.values()))
    low, top = float(every.min()), float(every.max())
    reach = top - low or abs(top) or 1.0
    sign = words.symbol(answer.question.point.business.currency)
    money = scale([top, low], sign, step=reach / 60)
    small = scale([abs(e.mean) for found in steps.values() for e in found], sign)
    with rc_context(STYLE):
        sheet = Sheet(shape, high * down, heading, note)
        for place, arm in enumerate(arms):
            row, column = divmod(place, across)
            bottom = (down - 1 - row) * high
            axes = sheet.axes(labels + column * panel + 0.08, bottom + 0.1, panel - 0.2, high - 0.55)
            axes.set_xlim(low - (0.5 if shape.narrow else 0.44) * reach, top + 0.16 * reach)
            axes.set_ylim(len(STEPS) + 1.6, -0.6)
            axes.set_axis_off()
            sheet.text(labels + column * panel + 0.1, bottom + high - 0.32, pretty(arm), fontweight="bold",
                       color=COLOURS[place % len(COLOURS)], va="bottom", fontsize=USUAL + 1)
            if column == 0:
                _row_names(axes)
            _steps(axes, levels[arm], steps[arm], COLOURS[place % len(COLOURS)], reach, money, small)
        return sheet.figure


def _amount(value: float, small: Scale) -> str:
    """Two digits that count, in the unit of all."""
    units = value / small.unit
    if 0 < units < 0.05:
        return f"under {small.sign}0.1{small.suffix}"
    return f"{small.sign}{units:,.{0 if units >= 9.95 else 1}f}{small.suffix if units else ''}"


def _row_names(axes: Any) -> None:
    names = ["If nothing failed", *(step.short for step in STEPS), "What is left"]
    for row, name in enumerate(names):
        whole = row in (0, len(names) - 1)
        axes.annotate(name, (0, row), xycoords=("axes fraction", "data"), xytext=(-6, 0), textcoords="offset points",
                      ha="right", va="center", fontsize=USUAL, color=INK, fontweight="bold" if whole else "normal",
                      annotation_clip=False)


def _steps(axes: Any, levels: np.ndarray, steps: list[Estimate], colour: str, reach: float, money: Scale,
           small: Scale) -> None:
    last = len(steps) + 1
    for row, at in ((0, levels[0]), (last, levels[-1])):
        axes.plot([at], [row], "D", markersize=7, color=INK if row == 0 else colour, zorder=3)
        axes.annotate(money.write(money.units(at)), (at, row), xytext=(-9, 0), textcoords="offset points", ha="right",
                      va="center", fontsize=USUAL, fontweight="bold", color=INK)
    for row, (step, e) in enumerate(zip(STEPS, steps, strict=True), start=1):
        before, after = levels[row - 1], levels[row]
        axes.plot([before, before], [row - 1 + (0.0 if row > 1 else 0.1), row], color=AXIS, linewidth=0.9, zorder=1)
        lost = e.mean >= 0
        axes.add_patch(Rectangle((min(before, after), row - 0.32), abs(after - before), 0.64,
                                 facecolor=colour if lost else "white", edgecolor=colour, linewidth=1.3,
                                 alpha=0.45 if lost and step.remedy else 1.0, zorder=2))
        amount = _amount(abs(e.mean), small)
        told = amount if amount.startswith("under") else f"{MINUS if lost else '+'}{amount}"
        axes.annotate(told, (min(before, after), row), xytext=(-6, 0), textcoords="offset points", ha="right",
                      va="center", fontsize=SMALL, color=GREY if abs(e.mean) < 0.01 * reach else INK)
    axes.plot([levels[-1]] * 2, [last - 1, last - 0.3], color=AXIS, linewidth=0.9, zorder=1)
    axes.axhline(last - 0.5, color=PALE, linewidth=0.8, zorder=0)
