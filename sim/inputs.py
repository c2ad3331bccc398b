"""Reading the user's own people: a file of customers, a file of who knows whom.

Both are CSV with a header, plain or gzipped. Every mistake becomes one sentence with
file and line, and all are told at once.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf, isfinite, nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.business import MOST
from sim.config import InputError, nearest

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STATUSES = ("prospect", "customer", "former")
"""Words of the column `status`; their positions are the numbers in `Market.status`."""

NEEDED = ("customer", "encounters_per_period", "spend_per_encounter")
OPTIONAL = ("status", "good", "bad")
MISTAKES_SHOWN = 20
CUT_TOLERATED = 0.01
"""Share of the encounters that may be lost to 'at most one per period', as for a business."""
MOST_PEOPLE = 2**31
"""A person's number is one 32-bit word of every draw's address."""
LEAST_SPEND = 1e-6


@dataclass(frozen=True)
class Market:
    """The people whom the user named.

    The rows of the customers file come first, then whoever only the network names, in
    order of first appearance.
    """

    ids: tuple[str, ...]
    """what the user calls each person"""
    rate: Floats | None
    """encounters per period, at most 1, by row of the customers file; None without that file"""
    spend: Floats | None
    """price of an encounter, by row"""
    status: Ints | None
    """position in `STATUSES`, by row"""
    good: Floats | None
    """good evidence at the start, by row; NaN where not given"""
    bad: Floats | None
    """bad evidence at the start, by row; NaN where not given"""
    edges: Ints | None
    """ties as pairs of positions in `ids`, the lower first, each once, sorted; None without a network file"""
    digest: str
    """SHA-256 of what the files say; packing and the order of columns do not matter"""

    @property
    def rows(self) -> int:
        """Rows of the customers file."""
        return 0 if self.rate is None else len(self.rate)


def load_market(customers: Path | None, network: Path | None) -> Market | None:
    """Read the files given; None when there is none.

    Raises InputError with the first mistakes of both files, and how many more there are.
    """
    if customers is None and network is None:
        return None
    mistakes: list[str] = []
    people = _Customers()
    if customers is not None:
        people.read(customers, mistakes)
    ids = dict(people.ids)
    edges = None if network is None else _edges(network, ids, mistakes)
    if not mistakes and customers is not None and edges is not None and not (edges < len(people.ids)).any():
        mistakes.append(f"{network}: names nobody of {customers}; are the customers spelled alike in both?")
    if mistakes:
        more = len(mistakes) - MISTAKES_SHOWN
        raise InputError(mistakes[:MISTAKES_SHOWN] + ([f"and {_count(more, 'more mistake')}"] if more > 0 else []))
    columns = (None,) * 5 if customers is None else people.columns()
    digest = hashlib.sha256(repr(tuple(ids)).encode("utf-8"))
    for part in (*columns, edges):
        digest.update(b"none;" if part is None else b"%d;" % len(part) + part.tobytes())
    rate, spend, status, good, bad = columns
    return Market(tuple(ids), rate, spend, status, good, bad, edges, digest.hexdigest())


def default_people(market: Market, customer_share: float) -> int:
    """How many people the market has when the user does not say.

    With customers: as many as make them `customer_share` of the market, and at least all
    who are named. With a network alone: those it names.
    """
    if market.status is None:
        return len(market.ids)
    customers = int(np.count_nonzero(market.status == STATUSES.index("customer")))
    wanted = customers / customer_share if customer_share > 0 else inf
    if not wanted < MOST_PEOPLE:
        raise InputError(f"{customers} customers would be a share of {customer_share:g} of {wanted:.3g} people, "
                         "more than can be simulated; set people.customer_share")
    return max(len(market.ids), round(wanted))


@dataclass
class _Customers:
    """The columns of the customers file as they are read."""

    ids: dict[str, int] = field(default_factory=dict)
    """each customer's line, in order of the rows"""
    rate: list[float] = field(default_factory=list)
    spend: list[float] = field(default_factory=list)
    status: list[int] = field(default_factory=list)
    good: list[float] = field(default_factory=list)
    bad: list[float] = field(default_factory=list)
    frequent: str | None = None
    """file and line of the first who comes more than once per period"""

    def columns(self) -> tuple[Floats, Floats, Ints, Floats, Floats]:
        return (np.minimum(self.rate, 1.0), np.array(self.spend, np.float64), np.array(self.status, np.int64),
                np.array(self.good, np.float64), np.array(self.bad, np.float64))

    def read(self, path: Path, mistakes: list[str]) -> None:
        before = len(mistakes)
        rows = csv_rows(path, mistakes)
        line, header = next(rows, (0, []))
        if not header:
            if len(mistakes) == before:
                mistakes.append(f"{path}: is empty; its first line must read {','.join(NEEDED)}")
            return
        wrong = list(_header_mistakes(header))
        if wrong:
            mistakes.extend(f"{path}:{line}: {sentence}" for sentence in wrong)
            return
        columns = [header.index(name) if name in header else -1 for name in (*NEEDED, *OPTIONAL)]
        for line, row in rows:
            if len(row) != len(header):
                mistakes.append(f"{path}:{line}: has {_count(len(row), 'value')}, "
                                f"but the header names {_count(len(header), 'column')}")
                continue
            self._row([row[at] if at >= 0 else "" for at in columns], f"{path}:{line}", line, mistakes)
        cut = sum(rate - 1 for rate in self.rate if rate > 1)
        if self.frequent and cut > CUT_TOLERATED * sum(self.rate):
            more = sum(rate > 1 for rate in self.rate) - 1
            also = f" and in {_count(more, 'more row')}" if more else ""
            mistakes.append(f"{self.frequent}: encounters_per_period is above 1 here{also}: "
                            f"{100 * cut / sum(self.rate):.0f} % of all encounters would be cut, as a person has at "
                            "most one per period; take a shorter period")
        if len(mistakes) == before and not self.ids:
            mistakes.append(f"{path}: has a header but no customers")
        elif len(mistakes) == before and STATUSES.index("customer") not in self.status:
            mistakes.append(f"{path}: nobody in it has the status customer: there is nobody to lose")

    def _row(self, values: list[str], place: str, line: int, mistakes: list[str]) -> None:
        name, rate, spend, status, good, bad = values
        if not name:
            mistakes.append(f"{place}: customer is missing")
        elif name in self.ids:
            mistakes.append(f"{place}: customer '{name}' is already in line {self.ids[name]}")
        else:
            self.ids[name] = line
        self.rate.append(_number(rate, 0.0, 1000.0, "encounters_per_period",
                                 "must be from 0 to 1: a person has at most one encounter per period",
                                 place, mistakes))
        if self.rate[-1] > 1 and self.frequent is None:
            self.frequent = place
        self.spend.append(_number(spend, LEAST_SPEND, MOST, "spend_per_encounter", "must be from 1e-6 to 1e12",
                                  place, mistakes))
        for text, key, numbers in ((good, "good", self.good), (bad, "bad", self.bad)):
            numbers.append(_number(text, 0.0, MOST, key, "must be from 0 to 1e12", place, mistakes) if text else nan)
        if status and status not in STATUSES:
            mistakes.append(f"{place}: status = '{status}' must be one of {', '.join(STATUSES)}"
                            + nearest(status, STATUSES))
        self.status.append(STATUSES.index(status) if status in STATUSES else STATUSES.index("customer"))


def _header_mistakes(header: list[str]) -> Iterator[str]:
    known = (*NEEDED, *OPTIONAL)
    if not set(header) & set(known):
        apart = " separated by commas" if len(header) == 1 else ""
        yield (f"the first line must name the columns {','.join(NEEDED)}{apart} (and may name "
               f"{', '.join(OPTIONAL)}), but reads {shown(','.join(header))}")
        return
    for position, name in enumerate(header):
        if name not in known:
            yield f"unknown column {shown(name)}" + (
                nearest(name, known) or f"; there are {', '.join(known)}")
        elif name in header[:position]:
            yield f"column '{name}' is named twice"
    for name in NEEDED:
        if name not in header:
            yield f"column '{name}' is missing"


def _number(text: str, low: float, high: float, key: str, rule: str, place: str, mistakes: list[str]) -> float:
    """A number of a cell, with one sentence if it is none or lies outside; then 1.0."""
    try:
        # Python would read 1_000 as 1000; a file that says so has more likely lost its separator.
        value = nan if "_" in text else float(text)
    except ValueError:
        value = nan
    if isfinite(value) and low <= value <= high:
        return value
    if not text:
        mistakes.append(f"{place}: {key} is missing")
    elif isfinite(value):
        mistakes.append(f"{place}: {key} = {text} {rule}")
    else:
        mistakes.append(f"{place}: {key} = {shown(text)} must be a finite number")
    return 1.0


def _edges(path: Path, people: dict[str, int], mistakes: list[str]) -> Ints:
    """The ties of a network file; whoever is new is added to `people`."""
    nothing = np.zeros((0, 2), np.int64)
    before = len(mistakes)
    number = {name: position for position, name in enumerate(people)}
    rows = csv_rows(path, mistakes)
    first, header = next(rows, (0, []))
    if not header:
        if len(mistakes) == before:
            mistakes.append(f"{path}: is empty; its first line must name two columns, such as source,target")
        return nothing
    if len(header) != 2:
        mistakes.append(f"{path}:{first}: has {_count(len(header), 'column')}; a network has two, separated by a "
                        "comma: the ends of a tie")
        return nothing
    ends: list[int] = []
    for line, row in rows:
        if len(row) != 2:
            mistakes.append(f"{path}:{line}: has {_count(len(row), 'value')}; a tie has two ends")
            continue
        one, other = row
        if not one or not other:
            mistakes.append(f"{path}:{line}: an end of the tie is missing")
        elif one == other:
            mistakes.append(f"{path}:{line}: ties '{one}' to themselves")
        else:
            ends.append(number.setdefault(one, len(number)))
            ends.append(number.setdefault(other, len(number)))
    # Without its header a file would silently lose its first tie.
    if any(name in number or _is_number(name) for name in header):
        mistakes.insert(before, f"{path}:{first}: reads like a tie; the first line must name two columns, such as "
                                "source,target")
    elif len(mistakes) == before and not ends:
        mistakes.append(f"{path}: has a header but no ties")
    for name in number:
        people.setdefault(name, 0)
    if not ends:
        return nothing
    pairs = np.sort(np.array(ends, np.int64).reshape(-1, 2), axis=1)
    keys = np.unique(pairs[:, 0] * len(number) + pairs[:, 1])
    return np.stack((keys // len(number), keys % len(number)), axis=1)


def csv_rows(path: Path, mistakes: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Line number and trimmed cells of each row that is not blank."""
    text = _text(path, mistakes)
    if text is None:
        return
    # strict: a quote left open must not swallow the rest of the file
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            said = "a quote is opened and not closed" if "unexpected end" in str(error) else str(error)
            mistakes.append(f"{path}:{line}: cannot be read as CSV: {said}")
            return
        if row is None:
            return
        if row:
            yield line, [cell.strip() for cell in row]


def _text(path: Path, mistakes: list[str]) -> str | None:
    """The text of a file, unpacked if gzipped; None, and one sentence, if it is none."""
    try:
        content = path.read_bytes()
        if path.suffix == ".gz" or content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        mistakes.append(f"{path}: cannot be unpacked as gzip: {error}")
        return None
    except (OSError, ValueError) as error:
        mistakes.append(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}")
        return None
    if b"\0" in content:
        mistakes.append(f"{path}: is not a text file; give a CSV file in UTF-8")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        mistakes.append(f"{path}:{line}: is not UTF-8 text; save the file as CSV in UTF-8")
        return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def shown(text: str) -> str:
    """Text of the user's in quotes, on one line and not too long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
