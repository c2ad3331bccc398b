"""What an experiment found, for a terminal of 80 columns."""

from __future__ import annotations

import csv
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from experiments import words
from experiments.experiment import Results
from experiments.sweep_chart import Line, chart, labels
from experiments.text_chart import UNICODE, Signs
from sim.psychology import STATUS

WIDTH = 80
SHOWN = 20


def text(results: Results, chart_width: int = WIDTH, signs: Signs = UNICODE) -> str:
    """Net present value of each arm, or over many points who wins where; its chart has a width of its own."""
    return "\n".join(line.rstrip() for line in _lines(results, chart_width, signs)) + "\n"


def _lines(results: Results, chart_width: int, signs: Signs) -> Iterator[str]:
    plan = results.plan
    with (results.folder / "summary.csv").open(newline="", encoding="utf-8") as file:
        lines = [line for line in csv.DictReader(file) if line["outcome"] == "net_present_value"]
    own = [line for line in lines if not line["minus"]]
    played = sum(int(line["runs"]) for line in own if line["arm"] == plan.arms[0].spelling)
    points = len(plan.scenarios)
    yield from textwrap.wrap(plan.file.title or plan.name, WIDTH)
    yield from textwrap.wrap(
        f"{plan.business.title}: {played:,} paired runs of {len(plan.arms)} strateg"
        f"{'ies' if len(plan.arms) != 1 else 'y'} in {points:,} point{'s' * (points != 1)}, "
        f"{words.years(plan.file.years)}, {plan.people:,} people ({STATUS}).", WIDTH)
    yield ""
    if points == 1:
        means = {line["arm"]: float(line["mean"]) for line in own}
        order = sorted(means, key=lambda arm: -means[arm])
        yield from _arms(results, order, means, lines)
    else:
        wins = _wins(own)
        order = sorted((arm.spelling for arm in plan.arms), key=lambda arm: -wins[arm])
        yield from _over_points(results, order, wins, lines)
    yield ""
    yield from chart(plan, order, lines, chart_width, signs)
    yield from _imprecise(results)
    yield f"Written to {results.folder}"
    yield "  (runs.csv, runs.parquet, summary.csv, points.csv, arms.csv, columns.csv)"


def _arms(results: Results, order: Sequence[str], means: dict[str, float], lines: list[Line]) -> Iterator[str]:
    first = results.plan.arms[0].spelling
    against = {line["arm"]: line for line in lines if line["minus"]}
    gaps = {arm: f"{words.signed(float(other['mean']))} ({words.whole(float(other['low']))} to "
                 f"{words.whole(float(other['high']))})" for arm, other in against.items()}
    # Where numbers are large their columns grow, at the cost of the names.
    middle = max(14, *(len(words.whole(means[arm])) + 2 for arm in order))
    right = max(30, *(len(gap) + 2 for gap in gaps.values())) if gaps else 30
    left = max(12, WIDTH - middle - right)
    label = words.shortened(f"net present value, {results.plan.business.currency}", left - 1)
    yield f"{label:<{left}}{'mean':>{middle}}{f'minus {words.shortened(first, 16)} (95 %)':>{right}}"
    named = labels(results.plan.arms, left - 1)
    for arm in order[:SHOWN]:
        yield f"{named[arm]:<{left}}{words.whole(means[arm]):>{middle}}{gaps.get(arm, ''):>{right}}"
    yield from _more(order)


def _imprecise(results: Results) -> Iterator[str]:
    """The points that stopped at the cap before they were known as well as was asked for; the worst are named."""
    with (results.folder / "points.csv").open(newline="", encoding="utf-8") as file:
        short = [line for line in csv.DictReader(file) if line.get("precision_reached") == "0"]
    if not short:
        return
    asked, points = results.plan.file.replications, len(results.plan.scenarios)
    short.sort(key=lambda line: float(line["half_width_wanted"]) / float(line["half_width"]))
    named = "; ".join((f"point {line['point']}: " if points > 1 else "") + f"+/- {_rounded(line['half_width'])} instead"
                      f" of +/- {_rounded(line['half_width_wanted'])}" for line in short[:3])
    where = f" in {len(short):,} of {points:,} points" if points > 1 else ""
    more = f", and {len(short) - 3:,} more (precision_reached in points.csv)" if len(short) > 3 else ""
    yield from textwrap.wrap(f"NOT known as well as asked for{where}: {asked.outcome} stopped at at_most = "
                             f"{asked.at_most:,} runs with {named}{more}.", WIDTH)
    yield ""


def _rounded(number: str) -> str:
    """A half width to three digits, without an exponent."""
    value = float(number)
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _wins(own: list[Line]) -> Counter[str]:
    """In how many points each arm has the highest mean."""
    best: dict[str, tuple[float, str]] = {}
    for line in own:
        best[line["point"]] = max(best.get(line["point"], (float("-inf"), "")), (float(line["mean"]), line["arm"]))
    return Counter(arm for _, arm in best.values())


def _over_points(results: Results, order: Sequence[str], wins: Counter[str], lines: list[Line]) -> Iterator[str]:
    """In how many points each arm has the highest mean, and in how many it clearly beats or loses to the first."""
    first = results.plan.arms[0].spelling
    above = Counter(line["arm"] for line in lines if line["minus"] and float(line["low"]) > 0)
    below = Counter(line["arm"] for line in lines if line["minus"] and float(line["high"]) < 0)
    yield f"{f'net present value, points of {wins.total()}':<40}{'highest':>10}{'clearly':>15}{'clearly':>15}"
    yield f"{'':<40}{'mean':>10}{f'above {words.shortened(first, 8)}':>15}{f'below {words.shortened(first, 8)}':>15}"
    named = labels(results.plan.arms, 39)
    for arm in order[:SHOWN]:
        apart = ("", "") if arm == first else (str(above[arm]), str(below[arm]))
        yield f"{named[arm]:<40}{wins[arm]:>10}{apart[0]:>15}{apart[1]:>15}"
    yield from _more(order)


def _more(order: Sequence[str]) -> Iterator[str]:
    if len(order) > SHOWN:
        yield f"and {len(order) - SHOWN} more in summary.csv"
