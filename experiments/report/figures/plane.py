"""Cost of churn against cost of remedy: the picture of the project, and the same as bars for a phone."""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from experiments import words
from experiments.charts import COLOURS, GREY, STYLE, churn_against_remedy, explained, quitting
from experiments.comparison import Answer
from experiments.report.figures.frame import SMALL, USUAL, Picture, Shape, Sheet, scale
from experiments.report.numbers import Numbers, ends, number
from experiments.report.say import kind_of_interval
from experiments.verdict import title
from experiments.words import pretty
from sim.psychology import STATUS


def plane_picture(answer: Answer) -> Picture:
    """The picture of the answer; alone it is the very chart that `amends compare` writes."""
    arms, point = answer.question.arms, answer.question.point
    currency = point.business.currency
    columns = ("cost_of_remedy", "cost_of_churn", "price_of_failure")
    found = {arm: [answer.estimate(arm, column) for column in columns] for arm in arms}
    names = [column.replace("_", " ") for column in columns]
    header = ("strategy", *(f"{name}{end}" for name in names for end in ("", ", low", ", high")))
    numbers = Numbers(f"Present value over {words.years(point.years)}, whole firm, {currency}; low and high: 95 % "
                      f"interval of {kind_of_interval(answer)}", header,
                      tuple((pretty(arm), *(cell for e in found[arm] for cell in ends(e))) for arm in arms))
    alt = " ".join(f"{pretty(arm)}: cost of remedy {number(remedy.mean)}, cost of churn {number(churn.mean)}, in total "
                   f"{number(whole.mean)} {currency}." for arm, (remedy, churn, whole) in found.items())
    return Picture("churn-against-remedy", title(answer.finding), explained(answer), alt,
                   lambda shape: _draw(shape, answer), numbers,
                   f"Mean of {answer.runs} paired runs per strategy, present value of the whole firm over "
                   f"{words.years(point.years)}. {STATUS.capitalize()}. {quitting(answer)}".strip())


def _draw(shape: Shape, answer: Answer) -> Figure:
    return _bars(shape, answer) if shape.narrow else churn_against_remedy(answer, headed=shape.headed)


def _bars(shape: Shape, answer: Answer) -> Figure:
    """Remedy and churn end to end, a bar for each strategy."""
    arms, point = answer.question.arms, answer.question.point
    means = {arm: [float(np.mean(answer.values(arm, name))) for name in ("cost_of_remedy", "cost_of_churn")]
             for arm in arms}
    totals = [abs(sum(pair)) for pair in means.values()] + [0.0]
    money = scale(totals, words.symbol(point.business.currency))
    row = 0.95
    with rc_context(STYLE):
        tall = row * len(arms) + 0.1
        sheet = Sheet(shape, tall, "", "")
        ends_ = [0.0, *(end for remedy, churn in means.values() for end in (remedy, churn, remedy + churn))]
        low, high = min(ends_), max(ends_)
        for place, arm in enumerate(arms):
            remedy, churn = means[arm]
            bottom, colour = tall - row * (place + 1), COLOURS[place % len(COLOURS)]
            sheet.text(0.12, bottom + 0.72, pretty(arm), fontweight="bold", color=colour, va="bottom", fontsize=USUAL)
            axes = sheet.axes(0.12, bottom + 0.38, shape.wide - 0.24, 0.3)
            axes.set_axis_off()
            axes.set_xlim(low, high if high > low else low + 1)
            axes.barh([0], [remedy], color=colour, alpha=0.45, height=0.8)
            axes.barh([0], [churn], left=[remedy], color=colour, height=0.8)
            total, first = money.units(remedy + churn), money.units(remedy)
            second = round(total - first, money.decimals)
            sheet.text(0.12, bottom + 0.3, f"{money.write(first)} remedy (faint) + {money.write(second)} churn = "
                       f"{money.write(total)}", fontsize=SMALL, color=GREY, va="top")
        return sheet.figure
