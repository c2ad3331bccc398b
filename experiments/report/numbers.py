"""Tables of the numbers behind the figures, for the page and as CSV."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass

from experiments import words
from experiments.estimates import Estimate

MINUS = "\N{MINUS SIGN}"
Cell = str | float | None


@dataclass(frozen=True)
class Numbers:
    """A table: what it holds, its columns, its rows, and with how many decimals a column is shown."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    decimals: tuple[int, ...] = ()
    """by column; missing: 0"""

    def shown(self) -> list[list[tuple[str, str]]]:
        """Of each cell what is read, and the number itself ('' for words)."""
        places = (*self.decimals, *[0] * len(self.header))
        return [[(cell, "") if isinstance(cell, str) else (number(cell, places[i]), _exact(cell))
                 for i, cell in enumerate(row)] for row in self.rows]

    def csv(self) -> str:
        """The table with all digits."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows([cell if isinstance(cell, str) else _exact(cell) for cell in row] for row in self.rows)
        return text.getvalue()


def ends(e: Estimate) -> tuple[float, float, float]:
    """Mean, low and high as cells."""
    return e.mean, e.low, e.high


def number(value: float | None, decimals: int = 0) -> str:
    """12,346 or −12,346; 'n/a' for what is not a number."""
    return "n/a" if value is None else words.fixed(value, decimals).replace("-", MINUS)


def interval(e: Estimate, decimals: int = 0) -> str:
    """'9,658 to 10,259'."""
    return f"{number(e.low, decimals)} to {number(e.high, decimals)}"


def _exact(value: float | None) -> str:
    """So that it reads back as the very same number."""
    if value is None or not math.isfinite(value):
        return ""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
