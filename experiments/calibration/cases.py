"""Reading a firm's table of cases: what failed, what was offered, what became of the customer.

Any of the columns may be left out; what is there is counted, each share with its binomial
standard error. Only cases that somebody wrote down are in it: failures borne in silence
are not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import nan, sqrt
from pathlib import Path

import numpy as np

from experiments.calibration.log import Log, amount_of, day_of, refuse
from sim.config import InputError, nearest
from sim.inputs import csv_rows, shown

COLUMNS = ("customer", "date", "kind", "loss", "offered", "cost", "pushed", "resolved", "left_by")
YES, NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")
OFFERS_SHOWN = 8


@dataclass(frozen=True)
class Observed:
    """A figure of the user's, with its standard error and the number of cases behind it."""

    value: float
    error: float
    n: int

    @classmethod
    def share(cls, hits: int, n: int) -> Observed:
        """A share with its binomial error; near 0 and 1 as if two more of each had been seen (Agresti & Coull)."""
        near = (hits + 2) / (n + 4)
        return cls(hits / n, sqrt(near * (1 - near) / (n + 4)), n)

    @classmethod
    def mean(cls, values: Iterable[float]) -> Observed:
        """A mean with its standard error; of a single value the error is as large as the value."""
        numbers = np.array(list(values), float)
        n = len(numbers)
        return cls(float(numbers.mean()), float(numbers.std(ddof=1) / sqrt(n)) if n > 1 else float(numbers[0]), n)


@dataclass(frozen=True)
class Case:
    """One line of the table; None or NaN where a cell is empty or its column missing."""

    customer: str | None
    day: int | None
    kind: str | None
    loss: float
    offered: str | None
    cost: float
    pushed: int | None
    resolved: bool | None
    left: bool | None


@dataclass(frozen=True)
class Cases:
    """What the table says."""

    path: Path
    n: int
    failure_rate: Observed | None
    """cases per encounter, where cases have a date or all belong to the log's time"""
    kinds: dict[str, Observed]
    """share of each kind"""
    losses: dict[str, Observed]
    """mean loss by kind"""
    figures: dict[str, Observed]
    """what a business file has no place for, by label: to compare a simulation with"""
    warnings: tuple[str, ...]


def read_cases(path: Path, log: Log) -> Cases:
    """Read the table and count; encounters, for the rate of failure, are those of the log."""
    mistakes: list[str] = []
    rows = csv_rows(path, mistakes)
    line, header = next(rows, (0, []))
    refuse(mistakes)
    refuse(list(_header_mistakes(path, line, header)))
    cases = []
    for line, row in rows:
        if len(row) != len(header):
            mistakes.append(f"{path}:{line}: has {len(row)} values, but the header names {len(header)} columns")
            continue
        cases.append(_case(dict(zip(header, row, strict=True)), f"{path}:{line}", mistakes))
    refuse(mistakes)
    if not cases:
        raise InputError(f"{path}: has a header but no cases")
    return _count(path, set(header), cases, log)


def _header_mistakes(path: Path, line: int, header: list[str]) -> Iterator[str]:
    if not header:
        yield f"{path}: is empty; its first line must name some of the columns {','.join(COLUMNS)}"
    for number, name in enumerate(header):
        if name not in COLUMNS:
            yield (f"{path}:{line}: unknown column {shown(name)}"
                   + (nearest(name, COLUMNS) or f"; there are {', '.join(COLUMNS)}"))
        elif name in header[:number]:
            yield f"{path}:{line}: column '{name}' is named twice"


def _case(cells: dict[str, str], place: str, mistakes: list[str]) -> Case:
    def amount(key: str) -> float:
        return amount_of(cells[key], key, place, mistakes, below="") if cells.get(key) else nan

    pushed = cells.get("pushed", "").lower()
    if pushed and not re.fullmatch(r"\d{1,3}", pushed) and pushed not in (*YES, *NO):
        mistakes.append(f"{place}: pushed = {shown(pushed)} must be how often the customer pushed again, or yes or no")
        pushed = ""
    left = cells.get("left_by")
    gone = None if left is None else left != ""
    gone_by = 0
    if left and left.lower() in NO:
        gone = False
    elif left and left.lower() not in YES:
        gone_by = day_of(left, "left_by", place, mistakes)
    day = day_of(cells["date"], "date", place, mistakes) if cells.get("date") else None
    if day and gone_by and gone_by < day:
        mistakes.append(f"{place}: left_by = {shown(left or '')} is before the case's date")
    return Case(cells.get("customer") or None, day, cells.get("kind") or None, amount("loss"),
                cells.get("offered") or None, amount("cost"),
                (int(pushed) if pushed.isdecimal() else int(pushed in YES)) if pushed else None,
                _yes(cells.get("resolved", ""), place, mistakes), gone)


def _yes(text: str, place: str, mistakes: list[str]) -> bool | None:
    if text.lower() in (*YES, *NO):
        return text.lower() in YES
    if text:
        mistakes.append(f"{place}: resolved = {shown(text)} must be yes or no")
    return None


def _count(path: Path, columns: set[str], cases: list[Case], log: Log) -> Cases:
    warnings = []
    if "date" in columns:
        dated = [case for case in cases if case.day is not None and log.start <= case.day <= log.end]
        if outside := len(cases) - len(dated):
            warnings.append(f"{path}: {outside} of {len(cases)} cases have no date within the time of the log "
                            "and do not count towards the rate of failure.")
    else:
        dated = cases
        warnings.append(f"{path}: has no dates; all its cases are taken to belong to the time of the log.")
    if strangers := {case.customer for case in cases if case.customer} - set(log.customers):
        warnings.append(f"{path}: {len(strangers)} of its customers are not in the log, such as "
                        f"'{min(strangers)}'; are they spelled alike in both?")
    if len(dated) > log.encounters:
        raise InputError(f"{path}: has {len(dated)} cases in a time with {log.encounters} encounters; "
                         "a failure needs an encounter")
    if dated and len(dated) < 30:
        warnings.append(f"{path}: {len(dated)} cases are few; every figure from them is rough.")
    named = [case for case in cases if case.kind]
    counts = Counter(str(case.kind) for case in named)
    losses = {kind: [case.loss for case in named if case.kind == kind and case.loss == case.loss] for kind in counts}
    return Cases(path, len(cases), Observed.share(len(dated), log.encounters) if dated else None,
                 {kind: Observed.share(count, len(named)) for kind, count in counts.most_common()},
                 {kind: Observed.mean(values) for kind, values in losses.items() if values},
                 dict(_figures(cases)), tuple(warnings))


def _figures(cases: list[Case]) -> Iterator[tuple[str, Observed]]:
    def share(label: str, hits: Iterable[bool]) -> Iterator[tuple[str, Observed]]:
        listed = list(hits)
        if listed:
            yield label, Observed.share(sum(listed), len(listed))

    losses = [case.loss for case in cases if case.loss == case.loss]
    costs = [case.cost for case in cases if case.cost == case.cost]
    if losses:
        yield "mean loss of a case", Observed.mean(losses)
    if costs:
        yield "mean cost of a case", Observed.mean(costs)
    told = [case for case in cases if case.pushed is not None]
    if told:
        yield "pushes per case", Observed.mean(float(case.pushed or 0) for case in told)
        yield from share("pushed at least once", (bool(case.pushed) for case in told))
    yield from share("resolved", (case.resolved for case in cases if case.resolved is not None))
    both = [case for case in told if case.resolved is not None]
    yield from share("accepted the first offer", (bool(case.resolved) and not case.pushed for case in both))
    offers = Counter(case.offered for case in both if case.offered)
    for offered, _ in offers.most_common(OFFERS_SHOWN):
        yield from share(f"accepted the first offer, {offered}",
                         (bool(case.resolved) and not case.pushed for case in both if case.offered == offered))
    for word, resolved in (("resolved", True), ("unresolved", False)):
        yield from share(f"left after a case {word}",
                         (case.left for case in cases if case.left is not None and case.resolved is resolved))
    yield from share("left after a case", (case.left for case in cases if case.left is not None))
