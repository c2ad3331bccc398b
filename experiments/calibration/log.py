"""Reading a firm's log of purchases: one line per purchase, one encounter per customer and day.

Every mistake becomes one sentence with file and line, and all are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import inf, isfinite, nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.config import InputError, nearest
from sim.inputs import MISTAKES_SHOWN, csv_rows, shown

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAYS_PER_WEEK = 7.0
WEEKS_PER_YEAR = 365.25 / 7

RETURNS = "; take returns out of the file, they are no encounters"
MARKS = {";": "semicolons", "\t": "tabs", "|": "bars"}

_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}.*)?")


@dataclass(frozen=True)
class Log:
    """Who bought when and for how much; days are numbers of the proleptic calendar (`date.toordinal`)."""

    path: Path
    customers: tuple[str, ...]
    """who bought up to the last day used, in order of appearance"""
    who: Ints
    """position in `customers` of each encounter, sorted by customer and day; those after `end` included"""
    day: Ints
    amount: Floats
    """amounts of one customer on one day added up"""
    start: int
    """day of the first encounter"""
    end: int
    """last day used for the fit"""
    lines: int = 0
    """lines of the file"""
    alike: int = 0
    """of them, those that are in every cell wanted the same as an earlier one"""

    @property
    def encounters(self) -> int:
        """Encounters up to the last day used."""
        return int((self.day <= self.end).sum())

    @property
    def weeks(self) -> float:
        """Length of the time used."""
        return (self.end - self.start) / DAYS_PER_WEEK

    @property
    def kept_back(self) -> float:
        """Weeks of the log after the last day used."""
        return float(self.day.max() - self.end) / DAYS_PER_WEEK if self.day.max() > self.end else 0.0

    def histories(self) -> Histories:
        """What is known of each customer at the end of the time used."""
        used = self.day <= self.end
        who, day, amount = self.who[used], self.day[used], self.amount[used]
        first = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
        last = np.r_[first[1:], len(who)] - 1
        repeats = last - first
        later = np.add.reduceat(amount, first) - amount[first]
        with np.errstate(invalid="ignore"):
            mean = later / repeats
        return Histories(repeats, (day[last] - day[first]) / DAYS_PER_WEEK, (self.end - day[first]) / DAYS_PER_WEEK,
                         np.where(repeats > 0, mean, nan), day[first])


@dataclass(frozen=True)
class Histories:
    """The customers one by one, as the fits want them (time in weeks)."""

    repeats: Ints
    """encounters after the first: x"""
    last: Floats
    """time from the first to the last encounter: t_x"""
    observed: Floats
    """time from the first encounter to the end: T"""
    mean_amount: Floats
    """mean amount of the repeat encounters; NaN where there is none"""
    first_day: Ints


def read_log(path: Path, columns: Sequence[str] = ("customer", "date", "amount"), *, since: date | None = None,
             until: date | None = None) -> Log:
    """Read a CSV file of purchases, plain or gzipped, with columns of these names among others.

    Purchases of a customer on one day are one encounter. With `since`, only customers first
    seen on that day or later count; with `until`, later purchases are kept back from the fit.
    """
    mistakes: list[str] = []
    ids: dict[str, int] = {}
    who: list[int] = []
    days: list[int] = []
    amounts: list[float] = []
    rows = csv_rows(path, mistakes)
    line, header = next(rows, (0, []))
    refuse(mistakes)
    at = _places(path, line, header, columns)
    known: dict[str, int] = {}
    seen: set[tuple[str, ...]] = set()
    for line, row in rows:
        place = f"{path}:{line}"
        if len(row) != len(header):
            mistakes.append(f"{place}: has {len(row)} values, but the header names {len(header)} columns")
            continue
        name, written, amount = (row[k] for k in at)
        seen.add((name, written, amount))
        if not name:
            mistakes.append(f"{place}: {columns[0]} is missing")
        if written not in known:
            known[written] = day_of(written, columns[1], place, mistakes)
            if known[written] == 0:
                del known[written]
        who.append(ids.setdefault(name, len(ids)))
        days.append(known.get(written, 0))
        amounts.append(amount_of(amount, columns[2], place, mistakes))
    refuse(mistakes)
    if not who:
        raise InputError(f"{path}: has a header but no purchases")
    log = _log(path, tuple(ids), np.array(who), np.array(days), np.array(amounts), since, until)
    return replace(log, lines=len(who), alike=len(who) - len(seen))


def _log(path: Path, ids: tuple[str, ...], who: Ints, day: Ints, amount: Floats, since: date | None,
         until: date | None) -> Log:
    order = np.lexsort((day, who))
    who, day, amount = who[order], day[order], amount[order]
    new = np.flatnonzero(np.r_[True, (who[1:] != who[:-1]) | (day[1:] != day[:-1])])
    amount = np.add.reduceat(amount, new)
    who, day = who[new], day[new]
    first = np.full(len(ids), np.iinfo(np.int64).max)
    np.minimum.at(first, who, day)
    end = int(day.max()) if until is None else min(until.toordinal(), int(day.max()))
    kept = (first <= end) & (first >= (since.toordinal() if since else 0))
    if not kept.any():
        raise InputError(f"{path}: nobody in it was first seen "
                         + " and ".join([f"on or after {since}"] * bool(since) + [f"by {until}"] * bool(until)))
    inside = kept[who]
    number = np.cumsum(kept) - 1
    return Log(path, tuple(name for name, stays in zip(ids, kept, strict=True) if stays), number[who[inside]],
               day[inside], amount[inside], int(day[inside].min()), end)


def _places(path: Path, line: int, header: list[str], columns: Sequence[str]) -> list[int]:
    """Where the columns wanted stand."""
    if not header:
        raise InputError(f"{path}: is empty; its first line must name the columns {','.join(columns)}")
    if len(header) == 1 and (other := next((word for mark, word in MARKS.items() if mark in header[0]), None)):
        raise InputError(f"{path}:{line}: columns are separated by commas, not by "
                         f"{other}; there are {shown(header[0])}")
    wrong = []
    for name, option in zip(columns, ("customer", "date", "amount"), strict=True):
        if header.count(name) != 1:
            said = "is named twice" if name in header else "is missing"
            near = nearest(name, header) or f"; there are {shown(', '.join(header))}"
            wrong.append(f"{path}:{line}: column '{name}' {said}{near if name not in header else ''} "
                         f"(--{option}-column says what it is called)")
    if wrong:
        raise InputError(wrong)
    return [header.index(name) for name in columns]


def day_of(text: str, key: str, place: str, mistakes: list[str]) -> int:
    """The day's number; 0, and one sentence, if it is none."""
    if not text:
        mistakes.append(f"{place}: {key} is missing")
    elif not (iso := _ISO.fullmatch(text)):
        mistakes.append(f"{place}: {key} = {shown(text)} must be written year-month-day, such as 2024-03-25"
                        + ("; day and month could be either way round here" if _ambiguous(text) else ""))
    else:
        try:
            return date.fromisoformat(iso[1]).toordinal()
        except ValueError:
            mistakes.append(f"{place}: {key} = {shown(text)} is no day of the calendar")
    return 0


def _ambiguous(text: str) -> bool:
    parts = re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-]\d{2,4}", text)
    return bool(parts) and int(parts[1]) <= 12 and int(parts[2]) <= 12  # type: ignore[index]


def amount_of(text: str, key: str, place: str, mistakes: list[str], below: str = RETURNS) -> float:
    """An amount of 0 or more; 1.0, and one sentence, if it is none. An encounter may be free."""
    try:
        value = nan if "_" in text else float(text)
    except ValueError:
        value = nan
    if 0 <= value < inf:
        return value
    if not text:
        mistakes.append(f"{place}: {key} is missing")
    elif isfinite(value):
        mistakes.append(f"{place}: {key} = {text} is below 0{below}")
    else:
        mistakes.append(f"{place}: {key} = {shown(text)} must be a plain number, with a point for decimals")
    return 1.0


def refuse(mistakes: list[str]) -> None:
    """Raise the first mistakes, and how many more there are, if there are any."""
    if mistakes:
        more = len(mistakes) - MISTAKES_SHOWN
        raise InputError(mistakes[:MISTAKES_SHOWN] + (
            [f"and {more} more mistake{'s' * (more != 1)}"] if more > 0 else []))
