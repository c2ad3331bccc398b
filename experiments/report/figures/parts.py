"""What the difference is made of: manner, speed, timing, money."""

from __future__ import annotations

from matplotlib import rc_context
from matplotlib.figure import Figure

from experiments import words
from experiments.charts import AXIS, COLOURS, GREY, INK, MINUS, STYLE
from experiments.comparison import Answer, Difference
from experiments.estimates import Estimate
from experiments.report.figures.frame import SMALL, USUAL, Picture, Shape, Sheet, scale
from experiments.report.numbers import Numbers, ends, interval, number
from experiments.words import inside


def parts_picture(answer: Answer, difference: Difference) -> Picture | None:
    """The picture of an attribution; None where none was played."""
    parts = difference.attribution
    if not parts:
        return None
    currency = answer.question.point.business.currency
    heading = title(answer, difference)
    # What speaks for a strategy has its colour.
    places = [answer.question.arms.index(arm) % len(COLOURS) for arm in (difference.of, difference.minus)]
    colours = (COLOURS[places[0]], COLOURS[places[1]])
    note = (f"{inside(difference.of).capitalize()} minus {inside(difference.minus)}, present value of the whole firm "
            f"in {currency}, shared out among the four things that change, as the average over all orders in "
            f"which they can be changed. Played in {difference.attribution_runs} of the runs, in which the difference "
            f"was {number(sum(e.mean for e in parts.values()))} on average (in all: "
            f"{number(difference.net_present_value.mean)}). Line: 95 % interval of the mean.")
    rows = tuple((name, *ends(e), words.FACTORS.get(name, "")) for name, e in parts.items())
    numbers = Numbers(f"Parts of the difference in net present value, {currency}, in "
                      f"{difference.attribution_runs} of the runs", ("part", "mean", "low", "high", "what it is"), rows)
    alt = "Bars. " + ", ".join(f"{name} {number(e.mean)} ({interval(e)})" for name, e in parts.items()) + "."
    return Picture("what-the-difference-is-made-of", heading, note, alt,
                   lambda shape: _draw(shape, parts, colours, words.symbol(currency), heading, note), numbers)


def title(answer: Answer, difference: Difference) -> str:
    """What carries the lead, and what works against it, as far as the intervals go."""
    turn = 1 if difference.net_present_value.mean >= 0 else -1
    first, second = (difference.of, difference.minus)[::turn]
    parts = {name: e.turned(turn) for name, e in (difference.attribution or {}).items()}
    most = max(parts, key=lambda name: parts[name].mean)
    against = [name for name, e in parts.items() if e.sign < 0]
    if parts[most].sign <= 0:
        return "No part of the remedy clearly carries the difference"
    if not answer.finding.beats(first, second) and not answer.finding.bets(first, second):
        pro = [name for name, e in parts.items() if e.sign > 0]
        told = f"{words.listed(pro).capitalize()} {_speak(pro)} for {inside(first)}"
        return told + (f", {words.listed(against)} against it" if against else "")
    level = sorted((name for name, e in parts.items() if e.sign > 0 and e.high >= parts[most].low),
                   key=lambda name: -parts[name].mean)
    carried = (f"{words.listed(level).capitalize()} {'carry' if len(level) > 1 else 'carries'} the lead of "
               f"{inside(first)}{f' over {inside(second)}' if len(answer.question.arms) > 2 else ''}")
    if against:
        carried += f"; {words.listed(against)} {'works' if len(against) == 1 else 'work'} against it"
    return carried


def _speak(names: list[str]) -> str:
    return "speaks" if len(names) == 1 else "speak"


def _draw(shape: Shape, parts: dict[str, Estimate], colours: tuple[str, str], sign: str, heading: str,
          note: str) -> Figure:
    row = 0.5
    values = [end for e in parts.values() for end in (e.low, e.high, e.mean)]
    money = scale(values, sign)
    low, high = min(*values, 0.0), max(*values, 0.0)
    with rc_context(STYLE):
        tall = row * len(parts) + 0.15
        sheet = Sheet(shape, tall, heading, note)
        left = 2.95 if not shape.narrow else 1.75
        wide = shape.wide - left - 0.15
        axes = sheet.axes(left, 0.05, wide, tall - 0.1)
        # Beside the longest line there must be room for its amount.
        before, after = (0.9 if any(e.mean < 0 for e in parts.values()) else 0.1), 0.9
        inch = (high - low or 1.0) / (wide - before - after)
        axes.set_axis_off()
        axes.set_xlim(low - before * inch, high + after * inch)
        axes.set_ylim(len(parts) - 0.5, -0.5)
        axes.axvline(0, color=AXIS, linewidth=1.1, zorder=3)
        for place, (name, e) in enumerate(parts.items()):
            colour = colours[0] if e.mean >= 0 else colours[1]
            axes.barh([place], [e.mean], height=0.5, color=colour, alpha=0.8, zorder=2)
            axes.plot([e.low, e.high], [place, place], color=INK, linewidth=1.6, zorder=4)
            amount = abs(money.units(e.mean))
            told = f"{MINUS if e.mean < 0 else '+'}{money.write(amount)}"
            end, side = (e.high, 1) if e.mean >= 0 else (e.low, -1)
            axes.annotate(told, (max(end, 0) if side > 0 else min(end, 0), place), xytext=(7 * side, 0),
                          textcoords="offset points", ha="left" if side > 0 else "right", va="center", fontsize=USUAL,
                          color=INK)
            y = tall - 0.05 - (place + 0.5) / len(parts) * (tall - 0.1)
            lines = [name.capitalize(), *_wrapped(words.FACTORS.get(name, ""), 24 if shape.narrow else 60)]
            for line, text in enumerate(lines):
                sheet.text(0.12, y + 0.075 * (len(lines) - 1) - 0.15 * line, text, va="center",
                           fontsize=USUAL if line == 0 else SMALL - (0.5 if len(lines) > 2 else 0),
                           fontweight="bold" if line == 0 else "normal", color=INK if line == 0 else GREY)
        return sheet.figure


def _wrapped(text: str, wide: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, wide)
