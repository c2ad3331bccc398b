"""Where the answer flips: each assumption's range, today's value, and who wins where."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments import words
from experiments.charts import COLOURS, GREY, INK, STYLE
from experiments.comparison import Answer
from experiments.report.figures.frame import SMALL, USUAL, Picture, Shape, Sheet, spread
from experiments.report.flips import Flips, Row
from experiments.report.numbers import Numbers, number
from experiments.words import inside

ROW, ROW_ON_PHONE, BAR = 0.46, 0.66, 0.18
"""Heights in inches."""


def flips_picture(answer: Answer, found: Flips) -> Picture:
    """The picture of all assumptions moved, the nearest switch point first."""
    currency = answer.question.point.business.currency
    turning = found.turning
    # As in all other figures, each strategy has the colour of its place.
    colours = {arm: COLOURS[place % len(COLOURS)] for place, arm in enumerate(answer.question.arms)}
    heading = title(found)
    beyond = any(any(ends) for row in found.rows for ends in row.beyond)
    note = ("Each bar is the range worth exploring of one assumption, moved alone, all others as written; "
            f"{found.runs} paired runs of {found.people:,} people at each value. Diamond: today's value. Line across: "
            "where the answer flips; fainter around it: its 95 % interval"
            + (", with an arrowhead where it is cut at an end of the range and may go on beyond. " if beyond else ". ")
            + "Bars that are faint all along do not flip"
            + (", those with a question mark at an end not clearly so there. " if found.doubtful else ". ") +
            "Sorted by how near to today, as a share of the range; the ends of each range and half-way to them were "
            "tried first, so what flips and flips back in between is not seen.")
    rows: list[tuple[str | float | None, ...]] = []
    for row in found.rows:
        stays = f"{inside(found.leader)} stays ahead" + (", not clearly at an end of the range" if row.unclear else "")
        for value, low, high in row.switches or ((None, None, None),):
            rows.append((row.name, row.key, row.today, row.low, row.high, value, low, high,
                         " ".join(row.sentences) if row.switches else stays))
    numbers = Numbers(f"Switch points between {inside(found.one)} and {inside(found.other)}; money in {currency}",
                      ("assumption", "key", "today", "range from", "range to", "flips at", "low", "high", "in words"),
                      tuple(rows), (0, 0, *[4] * 6))
    alt = " ".join(sentence for row in turning for sentence in row.sentences) or "No assumption flips the answer."
    alt += f" {len(found.rows) - len(turning)} of {len(found.rows)} leave it as it is"
    alt += f", {len(found.doubtful)} of them not clearly at an end of the range." if found.doubtful else "."
    return Picture("what-would-change-the-answer", heading, note, alt,
                   lambda shape: _draw(shape, found, colours, words.symbol(currency), heading, note), numbers)


def title(found: Flips) -> str:
    """How many turn it."""
    count, every = len(found.turning), len(found.rows)
    if not found.clear:
        return "At today's values the two are too close to call, so much can turn it"
    if not count:
        return f"None of {every} assumptions, moved alone, turns the answer"
    return f"{count} of {every} assumptions, moved alone, {'turns' if count == 1 else 'turn'} the answer"


def _draw(shape: Shape, found: Flips, colours: dict[str, str], sign: str, heading: str, note: str) -> Figure:
    step = ROW if not shape.narrow else ROW_ON_PHONE
    tall = step * len(found.rows) + 0.55
    with rc_context(STYLE):
        sheet = Sheet(shape, tall, heading, note)
        left, right = (0.12, 0.12) if shape.narrow else (4.3, 0.3)
        wide = shape.wide - left - right
        x = left
        if shape.narrow:
            x += sheet.long(sheet.text(x, tall - 0.3, "Wins:", va="bottom", fontsize=SMALL + 0.5)) + 0.1
        for arm in (found.one, found.other):
            mark = "▨" if arm == found.other else "■"
            text = sheet.text(x, tall - 0.3, f"{mark} {inside(arm)}{'' if shape.narrow else ' wins'}",
                              color=colours[arm], va="bottom", fontweight="bold", fontsize=SMALL + 0.5)
            x += sheet.long(text) + 0.2
        axes = sheet.axes(left, 0, wide, tall)
        axes.set_axis_off()
        ends = 0.15 if shape.narrow else 0.13
        axes.set_xlim(-ends, 1 + ends)
        axes.set_ylim(0, tall)
        for place, row in enumerate(found.rows):
            bottom = tall - 0.45 - step * (place + 1)
            if shape.narrow:
                sheet.text(left, bottom + 0.41, row.name, fontsize=SMALL, va="bottom")
            else:
                sheet.text(0.12, bottom + 0.25, row.name, va="center", fontsize=USUAL - 0.5)
            _bar(axes, row, bottom + 0.16, found, colours, sign, shape)
        return sheet.figure


def _bar(axes: Any, row: Row, foot: float, found: Flips, colours: dict[str, str], sign: str, shape: Shape) -> None:
    def at(value: float) -> float:
        return (value - row.low) / (row.high - row.low)

    for start, end, winner in stretches(row, found):
        axes.add_patch(Rectangle((at(start), foot), at(end) - at(start), BAR, facecolor=colours[winner], linewidth=0,
                                 hatch="////" if winner == found.other else None, edgecolor="white",
                                 alpha=0.9 if row.switches else 0.35))
    for value, low, high in row.switches:
        axes.add_patch(Rectangle((at(low), foot), at(high) - at(low), BAR, facecolor="white", alpha=0.45, linewidth=0))
        axes.plot([at(value)] * 2, [foot, foot + 1.45 * BAR], color=INK, linewidth=1.6, clip_on=False, zorder=4)
    for under, over in row.beyond:
        for end, mark in (((0.0, "<"),) if under else ()) + (((1.0, ">"),) if over else ()):
            # Just inside the bar, for beside it stand the ends of the range in words.
            axes.plot([end + (0.012 if end == 0 else -0.012)], [foot + BAR / 2], mark, markersize=6, color=INK,
                      clip_on=False, zorder=4)
    for value in row.unclear:
        axes.text(at(value) + (0.02 if value == row.low else -0.02), foot + BAR / 2, "?", color=INK, fontsize=SMALL,
                  fontweight="bold", ha="center", va="center", zorder=4)
    axes.plot([at(row.today)], [foot + BAR / 2], "D", markersize=7.5, color="white", markeredgecolor=INK,
              markeredgewidth=1.5, clip_on=False, zorder=5)
    room = 0.13 if not shape.narrow else 0.18
    told = [row.today, *(value for value, *_ in row.switches)]
    taken = spread([at(value) for value in told], room, 0.0, 1.0)
    for number_, (value, share) in enumerate(zip(told, taken, strict=True)):
        _below(axes, share, foot, written(value, row.kind, sign), INK, "bold" if number_ else "normal")
    for value, side in ((row.low, -1), (row.high, 1)):
        # Beside the bar, where no other value can push them out.
        axes.annotate(written(value, row.kind, sign), (at(value), foot + BAR / 2), xytext=(6 * side, 0),
                      textcoords="offset points", ha="right" if side < 0 else "left", va="center", fontsize=SMALL - 1,
                      color=GREY, annotation_clip=False)


def stretches(row: Row, found: Flips) -> list[tuple[float, float, str]]:
    """From, to, and who wins there, over the whole range."""
    edges = [row.low, *sorted(value for value, *_ in row.switches), row.high]
    here = next(number for number, (start, end) in enumerate(pairwise(edges)) if start <= row.today <= end)
    # From one stretch to the next the answer changes hands.
    return [(start, end, found.leader if (number - here) % 2 == 0 else found.behind)
            for number, (start, end) in enumerate(pairwise(edges))]


def _below(axes: Any, share: float, foot: float, text: str, colour: str, weight: str) -> None:
    axes.annotate(text, (share, foot), xytext=(0, -4), textcoords="offset points", va="top", fontsize=SMALL - 1,
                  ha="center", color=colour,
                  fontweight=weight, annotation_clip=False)


def written(value: float, kind: str, sign: str) -> str:
    """A value of its kind, with three digits that count."""
    if kind == "share":
        return f"{100 * value:.3g} %"
    text = number(value) if abs(value) >= 1000 else f"{value:.3g}"
    if kind == "money" and 0.1 <= abs(value) < 10 and value != round(value):
        text = f"{value:.2f}"  # as cents
    return f"{sign}{text}" if kind == "money" else text
