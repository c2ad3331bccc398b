"""The answer as text: a table for a terminal of 80 columns, and tidy CSV."""

from __future__ import annotations

import csv as csv_
import io
import math
import textwrap
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from experiments import text_chart, words
from experiments.comparison import Answer, Difference
from experiments.estimates import Estimate, average
from experiments.replication import MUTED
from sim.psychology import STATUS

WIDTH = 80
LABEL = 29
COLUMN = 15
AT_ONCE = 3
"""Strategies side by side; more go below."""

REMEDY_PARTS = (("goods and money given", ("remedies",)), ("handling, promises", ("handling", "promise")),
                ("staff who quit", ("staff",)), ("false claims", ("false_claims",)))
"""What the cost of remedy is made of: its lines and the accounts in them."""

Values = Callable[[Answer, str], np.ndarray]


def _column(name: str) -> Values:
    return lambda answer, arm: answer.values(arm, name)


def _accounts(*names: str) -> Values:
    return lambda answer, arm: np.asarray(sum(answer.values(arm, f"account_{name}") for name in names))


def _by_word_of_mouth(answer: Answer, arm: str) -> np.ndarray:
    return np.asarray(answer.values(arm, "cost_of_churn") - answer.values(arm, "cost_of_churn", MUTED))


def _rows(answer: Answer) -> Iterator[tuple[str, Values | None, int]]:
    """Label, where its values come from (None: a heading), decimals."""
    yield "Price of failure", _column("price_of_failure"), 0
    yield "  Cost of remedy", _column("cost_of_remedy"), 0
    for label, names in REMEDY_PARTS:
        yield f"    {label}", _accounts(*names), 0
    yield "  Cost of churn", _column("cost_of_churn"), 0
    yield "    lost to leaving", _column("lost_to_leaving"), 0
    yield "    lost to coming less", _column("lost_to_coming_less"), 0
    yield "    lost to never joining", _column("lost_to_never_joining"), 0
    yield "    taken up by others", lambda a, arm: -a.values(arm, "taken_up_by_others"), 0
    yield "  of it by word of mouth", _by_word_of_mouth, 0
    yield "", None, 0
    yield "Times a customer left", _column("leavers"), 0
    yield "Customers at the end", _column("customers_at_end"), 0
    yield f"All who were {answer.question.point.business.customer_word}s at the start, at the end:", None, 0
    yield "  trust (0 to 1)", _column("trust_at_end"), 3
    yield "  uncertainty (0 to 1)", _column("uncertainty_at_end"), 3
    yield "", None, 0
    yield "Net present value after", None, 0
    for year in answer.years:
        yield f"  {words.years(year)}", _column(f"net_present_value_year_{year}"), 0
    if answer.question.point.years not in answer.years:
        yield f"  {words.years(answer.question.point.years)}", _column("net_present_value"), 0


def table(answer: Answer, chart_width: int = WIDTH, signs: text_chart.Signs = text_chart.UNICODE) -> str:
    """The answer for a terminal: at most 80 columns, no colour needed; its chart has a width of its own."""
    point = answer.question.point
    lines = [
        f"{point.business.title}: {answer.runs} paired runs over {words.years(point.years)}, "
        f"{point.people:,} people, {answer.customers_at_start:,.0f} of them customers at the start.",
        f"Present value for the whole firm in {point.business.currency}, mean over runs ({STATUS}).",
    ]
    if point.unknown is not None and answer.draws is not None:
        drawn = words.worlds(answer.runs, len(np.unique(answer.draws)))
        lines.append(f"The runs are {drawn}. In each world what is not known is drawn: "
                     f"{len(point.unknown.numbers)} numbers of the firm and of people from their ranges, and one of "
                     f"{len(point.unknown.constants)} sets of constants.")
    text = [*(part for line in lines for part in textwrap.wrap(line, WIDTH)), ""]
    arms = answer.question.arms
    for start in range(0, len(arms), AT_ONCE):
        text += [*_block(answer, arms[start:start + AT_ONCE], with_difference=len(arms) == 2), ""]
    for difference in answer.differences:
        text += [*_told(answer, difference), ""]
    text += textwrap.wrap(f"Verdict: {answer.verdict}", WIDTH, break_on_hyphens=False)
    text += ["", *chart(answer, chart_width, signs)]
    files = ["chart.png", "chart.svg", "answer.json", "runs.csv", "course.parquet", "columns.csv"]
    files += [] if answer.draws is None else ["draws.csv"]
    text += [f"Written to {answer.folder}", *textwrap.wrap(f"({', '.join(files)})", WIDTH, initial_indent="  ",
                                                           subsequent_indent="   ")]
    return "\n".join(line.rstrip() for line in text) + "\n"


def chart(answer: Answer, width: int, signs: text_chart.Signs) -> Iterator[str]:
    """The price of failure of each strategy as a bar, in the order of the table; nothing where there is no room."""
    bars = []
    for arm in answer.question.arms:
        total = average(answer.values(arm, "price_of_failure"), answer.draws)
        remedy, churn = (float(np.mean(answer.values(arm, name))) for name in ("cost_of_remedy", "cost_of_churn"))
        bars.append(text_chart.Bar(arm, (remedy, churn), total.low, total.high, words.whole(total.mean)))
    lines = text_chart.bars(bars, width, signs)
    if not lines:
        return
    currency = answer.question.point.business.currency
    caption = f"Price of failure in {currency}: {signs.first} cost of remedy, {signs.second} cost of churn"
    if any(signs.dot in line for line in lines):
        caption += f"; {signs.dot} mean with its 95 % interval (paired differences are surer)"
    yield from textwrap.wrap(_chart_title(answer), width, break_on_hyphens=False)
    yield from textwrap.wrap(caption, width)
    yield from lines
    if len(bars) > text_chart.ROWS:
        yield f"and {len(bars) - text_chart.ROWS} more in the table above"
    yield ""


def _chart_title(answer: Answer) -> str:
    """What the bars show, no surer than the verdict: 'Costs least: full, 336,656, of it 54 % churn'."""
    found = answer.finding
    first, *others = found.ranking
    if found.best or not others:
        return f"{'Costs least' if others else 'What failures cost'}: {_of_it_churn(answer, first)}"
    if all(found.same(first, other) for other in others):
        return "All cost exactly the same"
    if all(found.bets(first, other) for other in others):
        return f"{'Best' if len(others) > 1 else 'Better'} bet, not a sure one: {_of_it_churn(answer, first)}"
    if found.worst and len(others) > 1:
        return f"Costs most: {_of_it_churn(answer, found.worst)}"
    return "Not clear which costs least"


def _of_it_churn(answer: Answer, arm: str) -> str:
    """'full, 336,656, of it 54 % churn'; without the share where a part is a gain."""
    remedy, churn = (float(np.mean(answer.values(arm, name))) for name in ("cost_of_remedy", "cost_of_churn"))
    told = f"{arm}, {words.whole(remedy + churn)}"
    shared = remedy >= 0 and churn >= 0 and remedy + churn > 0
    return f"{told}, of it {words.percent(churn / (remedy + churn))} churn" if shared else told


def _block(answer: Answer, arms: Sequence[str], with_difference: bool) -> Iterator[str]:
    said = "difference ± 95 %" if answer.draws is None else "difference (95 %)"
    rows: list[tuple[str, list[str], str]] = []
    for label, values, decimals in _rows(answer):
        each = [] if values is None else [values(answer, arm) for arm in arms]
        told = ""
        if each and with_difference:
            told = (_plus_minus if answer.draws is None else _from_to)(answer.of_values(each[1] - each[0]), decimals)
        rows.append((label, [words.fixed(float(np.mean(v)), decimals) for v in each], told))
    wide, right = (COLUMN - 2, WIDTH - LABEL - 2 * COLUMN + 4) if with_difference else (COLUMN + 2, 0)
    if with_difference:
        # Where numbers are large their columns grow, at the cost of the labels, so that a space stays between them.
        wide = max(wide, *(len(one) + 1 for _, cells, _ in rows for one in cells))
        right = max(right, *(len(told) + 1 for *_, told in rows))
    left = min(LABEL, max(WIDTH - len(arms) * wide - right, *(len(label) for label, cells, _ in rows if cells)))
    yield " " * left + "".join(f"{words.shortened(arm, wide - 2):>{wide}}" for arm in arms) + (
        f"{said:>{right}}" if with_difference else "")
    for label, cells, told in rows:
        yield f"{label:<{left}}" + "".join(f"{one:>{wide}}" for one in cells) + f"{told:>{right}}" if cells else label


def _told(answer: Answer, d: Difference) -> Iterator[str]:
    e, currency = d.net_present_value, answer.question.point.business.currency
    yield from textwrap.wrap(f"{d.of} minus {d.minus}, net present value in {currency}:", WIDTH,
                             break_on_hyphens=False)
    if answer.draws is None:
        yield _line("whole firm", e)
    else:
        yield f"  {'whole firm':<{LABEL - 2}}{words.signed(e.mean):>13}"
        for label, one in (("luck only", d.luck), ("what we do not know", e), ("what one firm will see", d.one_firm)):
            yield f"    {label:<{LABEL + 9}}   ({words.whole(one.low)} to {words.whole(one.high)})"
    yield _line("per 1,000 customers", d.per_1000_customers)
    if answer.question.point.years > 1:
        yield _line("  and a year", d.per_1000_customers.over(answer.question.point.years))
    ties = f", tied in {words.percent(d.share_tied)}" if d.share_tied else ""
    saved = ("" if d.variance_saved_by_pairing is None
             else f"; pairing saved {words.percent(d.variance_saved_by_pairing)} of the variance")
    yield f"  better in {words.percent(d.share_won)} of the runs{ties}{saved}"
    signs = [f"{words.years(int(year))} {words.signed(b.mean)}{'' if b.sign else ' (not clear)'}"
             for year, b in d.by_year.items()]
    if len(signs) > 1:
        yield from textwrap.wrap("after " + ", ".join(signs), WIDTH, initial_indent="  ", subsequent_indent="    ")
    if d.attribution:
        of = "on average, from" if answer.draws is not None else "from"
        total = words.signed(sum(part.mean for part in d.attribution.values()))
        yield f"  made up of ({of} {d.attribution_runs} of the runs, which come to {total}):"
        for factor, part in d.attribution.items():
            yield _line(f"  {factor}", part)
    if d.runs_needed is not None and d.runs_needed > answer.runs:
        what = "it" if answer.draws is None else "its average"
        yield f"  {d.runs_needed:,} runs in all would give {what} to within 5 %"


def _line(label: str, e: Estimate) -> str:
    return f"  {label:<{LABEL - 2}}{words.signed(e.mean):>13}   ({words.whole(e.low)} to {words.whole(e.high)})"


def _plus_minus(e: Estimate, decimals: int) -> str:
    if not math.isfinite(e.mean):
        return "n/a"
    return f"{words.signed(e.mean, decimals)} ± {words.fixed(e.half_width, decimals)}"


def _from_to(e: Estimate, decimals: int) -> str:
    """'+126,674 (-21k..547k)'."""
    if not math.isfinite(e.mean):
        return "n/a"
    low, high = (words.compact(end) if decimals == 0 else words.fixed(end, 2) for end in (e.low, e.high))
    return f"{words.signed(e.mean, decimals)} ({low}..{high})"


def csv(answer: Answer) -> str:
    """One line per quantity: strategy, minus (for differences), quantity, mean, low, high."""
    plain = answer.to_dict()
    text = io.StringIO()
    writer = csv_.writer(text, lineterminator="\n")
    writer.writerow(["strategy", "minus", "quantity", "mean", "low", "high"])
    for arm, quantities in plain["strategies"].items():
        for name, e in _flat(quantities):
            writer.writerow([arm, "", name, e["mean"], e["low"], e["high"]])
    for d in plain["differences"]:
        for name, e in _flat({key: value for key, value in d.items() if isinstance(value, dict)}):
            writer.writerow([d["of"], d["minus"], name, e["mean"], e["low"], e["high"]])
        for name in ("share_won", "share_tied", "variance_saved_by_pairing"):
            writer.writerow([d["of"], d["minus"], name, d[name], "", ""])
    return text.getvalue()


def _flat(quantities: dict[str, dict[str, object]], before: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    for name, value in quantities.items():
        if {"mean", "low", "high"} <= set(value):
            yield before + name, value
        elif all(isinstance(inner, dict) for inner in value.values()):
            yield from _flat(value, f"{before}{name}.")  # type: ignore[arg-type]
