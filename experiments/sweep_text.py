"""What an experiment found, for a terminal of 80 columns."""

from __future__ import annotations

import csv
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from experiments import words
from experiments.experiment import Results
from experiments.plan import Arm, spelled
from experiments.tables import shortened
from sim.psychology import STATUS

WIDTH = 80
SHOWN = 20

Line = dict[str, str]


def labels(arms: Sequence[Arm], width: int) -> dict[str, str]:
    """Names that fit: an arm with levers is its strategy's name and the levers, where that tells all apart."""
    short = {arm.spelling: " ".join([arm.spelling.partition(":")[0], *(
        f"{key}={spelled(value)}" for key, value in arm.levers.items())]) for arm in arms}
    if len(set(short.values())) < len(short) or max(map(len, short.values())) > width:
        short = {arm.spelling: arm.spelling for arm in arms}
    return {spelling: shortened(label, width) for spelling, label in short.items()}


def text(results: Results) -> str:
    """Net present value of each arm, or over many points who wins where."""
    return "\n".join(line.rstrip() for line in _lines(results)) + "\n"


def _lines(results: Results) -> Iterator[str]:
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
        yield from _arms(results, own, lines)
    else:
        yield from _wins(results, own, lines)
    yield ""
    yield f"Written to {results.folder}"
    yield "  (runs.csv, runs.parquet, summary.csv, points.csv, arms.csv, columns.csv)"


def _arms(results: Results, own: list[Line], lines: list[Line]) -> Iterator[str]:
    first = results.plan.arms[0].spelling
    against = {line["arm"]: line for line in lines if line["minus"]}
    label = f"net present value, {results.plan.business.currency}"
    yield f"{label:<36}{'mean':>14}{f'minus {shortened(first, 16)} (95 %)':>30}"
    named = labels(results.plan.arms, 35)
    ranked = sorted(own, key=lambda line: -float(line["mean"]))
    for line in ranked[:SHOWN]:
        other = against.get(line["arm"])
        gap = (f"{words.signed(float(other['mean']))} ({words.whole(float(other['low']))} to "
               f"{words.whole(float(other['high']))})") if other else ""
        yield f"{named[line['arm']]:<36}{words.whole(float(line['mean'])):>14}{gap:>30}"
    if len(ranked) > SHOWN:
        yield f"and {len(ranked) - SHOWN} more in summary.csv"


def _wins(results: Results, own: list[Line], lines: list[Line]) -> Iterator[str]:
    """In how many points each arm has the highest mean, and in how many it clearly beats or loses to the first."""
    first = results.plan.arms[0].spelling
    best: dict[str, tuple[float, str]] = {}
    for line in own:
        best[line["point"]] = max(best.get(line["point"], (float("-inf"), "")), (float(line["mean"]), line["arm"]))
    wins = Counter(arm for _, arm in best.values())
    above = Counter(line["arm"] for line in lines if line["minus"] and float(line["low"]) > 0)
    below = Counter(line["arm"] for line in lines if line["minus"] and float(line["high"]) < 0)
    yield f"{'net present value, points of ' + str(len(best)):<40}{'highest':>10}{'clearly':>15}{'clearly':>15}"
    yield f"{'':<40}{'mean':>10}{f'above {shortened(first, 8)}':>15}{f'below {shortened(first, 8)}':>15}"
    named = labels(results.plan.arms, 39)
    arms = sorted((arm.spelling for arm in results.plan.arms), key=lambda arm: -wins[arm])
    for arm in arms[:SHOWN]:
        apart = ("", "") if arm == first else (str(above[arm]), str(below[arm]))
        yield f"{named[arm]:<40}{wins[arm]:>10}{apart[0]:>15}{apart[1]:>15}"
    if len(arms) > SHOWN:
        yield f"and {len(arms) - SHOWN} more in summary.csv"
