"""The difference month by month, added up: when it is behind, when it has paid back."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments import words
from experiments.charts import AXIS, COLOURS, GREY, INK, STYLE
from experiments.comparison import Answer
from experiments.report.course import Course
from experiments.report.figures.frame import SMALL, USUAL, Picture, Shape, Sheet, scale, spread
from experiments.report.months import Months
from experiments.report.numbers import Numbers, ends
from experiments.report.say import by, kind_of_interval, lasting
from experiments.words import inside, pretty

RIGHT = 2.5
"""Inches beside the picture for the names of its lines."""


def course_picture(answer: Answer, months: Months, courses: list[Course]) -> Picture:
    """The picture of all differences against the first strategy."""
    point = answer.question.point
    currency, ppy = point.business.currency, point.business.periods_per_year
    versus = {course.minus for course in courses}
    under = inside(courses[0].minus) if len(versus) == 1 else "the other one named"
    most = len(months.runs)
    rests = f"{most} paired runs" + ("" if most == answer.runs else f" (of {answer.runs})")
    note = (f"Present value of what the firm has earned so far, minus the same under {under}; mean of {rests}. "
            + ("Shaded: its 95 % interval. " if answer.draws is None else
               f"Faint: 95 % interval of {kind_of_interval(answer)}; strong: of the mean itself. ")
            + f"Whole firm, {currency}.")
    ends_ = ("", ", low", ", high", ", mean from", ", mean to")
    header = (point.business.period,
              *(f"{pretty(course.of)} minus {inside(course.minus)}{end}" for course in courses for end in ends_))
    rows = []
    for k in _shown(len(courses[0].wide), ppy):
        cells: list[float] = [k + 1]
        for course in courses:
            cells += [*ends(course.wide[k]), course.close[k].low, course.close[k].high]
        rows.append(tuple(cells))
    numbers = Numbers(f"Difference in present value up to the end of each {point.business.period}, {currency}",
                      header, tuple(rows))
    heading = title(answer, courses)
    alt = f"Line chart over {words.years(point.years)}. " + " ".join(_said(answer, course) for course in courses)
    return Picture("month-by-month", heading, note, alt,
                   lambda shape: _draw(shape, answer, courses, heading, note), numbers)


def _shown(periods: int, ppy: int) -> list[int]:
    """Every period, of weeks every fourth, so that the table stays readable; always the last of each year."""
    step = 4 if ppy > 12 else 1
    return sorted({*range(step - 1, periods, step), *range(ppy - 1, periods, ppy), periods - 1})


def title(answer: Answer, courses: list[Course]) -> str:
    """When it pays: of several, the two ahead of all."""
    course = courses[0]
    if len(courses) > 1 and {course.of, course.minus} != set(answer.finding.leading[:2]):
        return "The two ahead of all come to exactly the same in every run"
    business = answer.question.point.business
    leader, other = (course.of, course.minus) if course.leader > 0 else (course.minus, course.of)
    than, behind = (f" of {inside(other)}", f" {inside(other)}") if len(courses) > 1 else ("", "")
    if answer.finding.best is None and not answer.finding.bets(leader, other):
        if len(courses) > 1:
            return f"{pretty(leader)} or {inside(other)}, the two ahead of all: no clear difference"
        return "No clear difference, whichever horizon one takes" if not any(
            e.sign for e in course.close) else "Ahead and behind: no clear difference in the end"
    if course.ahead_from is None:
        return f"{pretty(leader)} is ahead{than} from the first {business.period} on"
    return (f"{pretty(leader)} is behind{behind} at first, and has paid back on average "
            f"{by(business, course.ahead_from)}")


def _said(answer: Answer, course: Course) -> str:
    business, last = answer.question.point.business, course.wide[-1]
    money = words.money(last.mean, business.currency)
    told = f"{pretty(course.of)} minus {inside(course.minus)} ends at {money}"
    if course.ahead_from is None:
        return told + "."
    return f"{told}; the line crosses zero for good after {lasting(business, course.ahead_from)}."


def _draw(shape: Shape, answer: Answer, courses: list[Course], heading: str, note: str) -> Figure:
    point = answer.question.point
    ppy = point.business.periods_per_year
    with rc_context(STYLE):
        high = 4.4 if not shape.narrow else 3.34 + 0.36 * len(courses)
        sheet = Sheet(shape, high, heading, note)
        left, right = (0.72, RIGHT) if not shape.narrow else (0.55, 0.15)
        top = 0.45 if not shape.narrow else 0.45 + 0.36 * len(courses)
        axes = sheet.axes(left, 0.55, shape.wide - left - right, high - 0.55 - top)
        extent = [value for c in courses for e in c.wide for value in (e.low, e.high)]
        money = scale(extent, words.symbol(point.business.currency))
        lowest, highest = min(*extent, 0.0), max(*extent, 0.0)
        room = (highest - lowest) * 0.06 or 1.0
        # Below zero there must be room for the words at the ring.
        axes.set_ylim(min(lowest - room, -2 * room), highest + room)
        axes.set_xlim(0, point.years)
        axes.axhline(0, color=AXIS, linewidth=1.1, zorder=1)
        finals = []
        for course in courses:
            colour = _colour(answer, course)
            _line(axes, course, colour, ppy, answer.draws is not None)
            _pay_back(axes, course, ppy, answer, alone=len(courses) == 1)
            finals.append((course, colour))
        _horizons(axes, courses, answer, ppy)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: money.short(value)))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=10 if not shape.narrow else 5, integer=point.years >= 3))
        axes.set_xlabel("years", loc="left", fontsize=USUAL, color=INK, labelpad=4)
        sheet.text(0.12, high - 0.3, f"Difference so far, {money.words}", va="bottom")
        _names(sheet, axes, finals, shape, money, answer, high)
        return sheet.figure


def _colour(answer: Answer, course: Course) -> str:
    """The colour of the strategy; ink where that one has a line of its own, against the first one named."""
    arms = answer.question.arms
    return COLOURS[arms.index(course.of) % len(COLOURS)] if course.minus == arms[0] else INK


def _line(axes: Any, course: Course, colour: str, ppy: int, drawn: bool) -> None:
    years = np.arange(len(course.wide) + 1) / ppy
    for found, alpha in ((course.wide, 0.14), (course.close, 0.32)) if drawn else ((course.wide, 0.25),):
        low, high = ([0.0, *(getattr(e, end) for e in found)] for end in ("low", "high"))
        axes.fill_between(years, low, high, color=colour, alpha=alpha, linewidth=0, zorder=2)
    axes.plot(years, np.concatenate(([0.0], course.mean)), color=colour, linewidth=2.2, zorder=3)


def _pay_back(axes: Any, course: Course, ppy: int, answer: Answer, alone: bool) -> None:
    """A ring where the mean crosses zero for good; where it is not alone, the name of its line says when that is."""
    if course.ahead_from is None or course.ahead_from >= len(course.wide):
        return
    axes.plot([(course.ahead_from + 1) / ppy], [0], "o", markersize=8, color="white", markeredgecolor=INK,
              markeredgewidth=1.6, zorder=5)
    if not alone:
        return
    axes.annotate(f"pays back {by(answer.question.point.business, course.ahead_from)}",
                  ((course.ahead_from + 1) / ppy, 0), xytext=(6, -9), textcoords="offset points", fontsize=SMALL,
                  color=INK, va="top", zorder=6)


def _horizons(axes: Any, courses: list[Course], answer: Answer, ppy: int) -> None:
    """Dots at the horizons of the table."""
    for course in courses:
        for year in answer.years:
            if year * ppy <= len(course.wide):
                axes.plot([year], [course.wide[year * ppy - 1].mean], "o", markersize=5.5, markeredgecolor="white",
                          color=_colour(answer, course), markeredgewidth=1, zorder=4, clip_on=False)


def _when(answer: Answer, course: Course, lines: int) -> str:
    """When a line that is one of several has paid back."""
    if lines == 1 or course.ahead_from is None or course.ahead_from >= len(course.wide):
        return ""
    return f"; pays back {by(answer.question.point.business, course.ahead_from)}"


def _names(sheet: Sheet, axes: Any, finals: list[tuple[Course, str]], shape: Shape, money: Any, answer: Answer,
           high: float) -> None:
    """Names and final sums at the ends of the lines; on a phone above the picture."""
    lines = []
    for course, _ in finals:
        amount = ("the same in every run" if answer.finding.same(course.of, course.minus)
                  else money.write(money.units(course.wide[-1].mean)))
        lines.append((pretty(course.of), f"minus {inside(course.minus)}:", amount + _when(answer, course, len(finals))))
    if shape.narrow:
        for row, ((name, minus, amount), (_, colour)) in enumerate(zip(lines, finals, strict=True)):
            y = high - 0.62 - 0.36 * row
            sheet.text(0.12, y, name, fontweight="bold", color=colour, va="bottom")
            sheet.text(0.12, y - 0.02, f"{minus} {amount}", fontsize=SMALL, color=GREY, va="top")
        return
    low, top = axes.get_ylim()
    inches = axes.get_position().height * sheet.high
    step = 0.62 / inches * (top - low)
    heights = spread([float(course.mean[-1]) for course, _ in finals], step, low + step / 2, top - step / 2)
    for y, (name, minus, amount), (_, colour) in zip(heights, lines, finals, strict=True):
        for text, offset, style in ((name, 12, {"fontweight": "bold", "color": colour, "fontsize": USUAL + 0.5}),
                                    (f"{minus}", -2, {"color": GREY, "fontsize": SMALL}),
                                    (amount, -15, {"color": INK, "fontsize": USUAL})):
            said = axes.annotate(text, (1, y), xycoords=("axes fraction", "data"), xytext=(12, offset),
                                 textcoords="offset points", va="center", annotation_clip=False, **style)
            said.set_fontsize(said.get_fontsize() * min(1.0, (RIGHT - 0.25) / sheet.long(said)))
