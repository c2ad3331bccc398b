"""Small charts in plain text, for the end of a command's answer: stacked bars, and dots with intervals."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from experiments import words

WIDEST = 80
ROWS = 7
"""At most so many rows are drawn."""
ROWS_WITH_INTERVALS = 4
"""Up to so many bars, each has a line for its interval below it."""
FEWEST_CELLS = 8
"""With less room than that a chart says nothing and is left out."""


@dataclass(frozen=True)
class Signs:
    """The characters a chart is made of."""

    first: str
    second: str
    dot: str
    line: str
    thick: str
    left: str
    right: str
    zero: str
    cross: str

    @property
    def interval(self) -> str:
        """How an interval looks, for a caption."""
        return f"{self.left}{self.line}{self.right}"


UNICODE = Signs("▒", "█", "●", "─", "━", "├", "┤", "│", "┼")
ASCII = Signs("=", "#", "o", "-", "=", "[", "]", "|", "+")


@dataclass(frozen=True)
class Bar:
    """Two parts, either of which may be negative (a gain), and the interval of their sum."""

    name: str
    parts: tuple[float, float]
    low: float
    high: float
    label: str


@dataclass(frozen=True)
class Dot:
    """A number between a low and a high end; `inner` are the ends of a thicker stretch between them."""

    name: str
    value: float
    low: float
    high: float
    label: str
    inner: tuple[float, float] | None = None


def signs_for(stream: TextIO) -> Signs:
    """Those that the stream's encoding knows: plain ASCII where it lacks one of the others."""
    try:
        "".join(vars(UNICODE).values()).encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def terminal_width() -> int:
    """Columns of the terminal, 80 at most; 80 where the output goes to a file or another command."""
    return min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)


def bars(rows: Sequence[Bar], width: int, signs: Signs) -> list[str]:
    """A bar a row, as long as its number, with its label at its end; no line is longer than `width`.

    Positive parts are stacked to the right of 0, negative ones to its left. Up to four rows,
    the interval of the sum stands below its bar, where it is at least three characters long.
    """
    shown = rows[:ROWS]
    frame = _frame(shown, width)
    if frame is None:
        return []
    wide, cells = frame
    spans = [_stacked(row.parts) for row in shown]
    finite = [end for row, both in zip(shown, spans, strict=True) for end in (*both[0], *both[1], row.low, row.high)
              if math.isfinite(end)]
    low, high = min(0.0, *finite), max(0.0, *finite)
    axis = low < 0
    cells -= axis

    def place(value: float) -> float:
        return (value - low) / (high - low) * cells if high > low else 0.0

    def line(name: str, drawn: list[str]) -> str:
        zero = round(place(0.0))
        drawn = [*drawn[:zero], *(signs.zero if axis else ""), *drawn[zero:]]
        return f"{words.shortened(name, wide):<{wide}} {''.join(drawn)}".rstrip()

    lines = []
    for row, both in zip(shown, spans, strict=True):
        drawn = [" "] * cells
        for (start, stop), sign in zip(both, (signs.first, signs.second), strict=True):
            first, last = round(place(start)), round(place(stop))
            drawn[first:last] = sign * (last - first)
        lines.append(f"{line(row.name, drawn)} {row.label}")
        if len(shown) <= ROWS_WITH_INTERVALS and math.isfinite(row.low) and math.isfinite(row.high):
            left, mean, right = (min(cells - 1, max(0, round(place(end) - 0.5)))
                                 for end in (row.low, sum(row.parts), row.high))
            if right - left >= 2:
                below = [" "] * cells
                _mark(below, left, mean, right, signs)
                lines.append(line("", below))
    return lines


def dots(rows: Sequence[Dot], width: int, signs: Signs, *, zero: bool = True) -> list[str]:
    """A dot a row within its interval, with its label to the right; no line is longer than `width`.

    With `zero` the line of 0 is drawn too, and named above.
    """
    shown = rows[:ROWS]
    frame = _frame(shown, width)
    if frame is None:
        return []
    wide, cells = frame
    finite = [end for row in shown for end in (row.low, row.value, row.high) if math.isfinite(end)]
    finite += [0.0] if zero or not finite else []
    low, high = min(finite), max(finite)

    def cell(value: float) -> int:
        return round((value - low) / (high - low) * (cells - 1)) if high > low else (cells - 1) // 2

    lines = [" " * (wide + 1 + cell(0.0)) + "0"] if zero else []
    labels = max(len(row.label) for row in shown)
    for row in shown:
        drawn = [" "] * cells
        if zero:
            drawn[cell(0.0)] = signs.zero
        if math.isfinite(row.value):
            low_end, high_end = (cell(end) if math.isfinite(end) else cell(row.value) for end in (row.low, row.high))
            inner = (cell(row.inner[0]), cell(row.inner[1])) if row.inner else None
            _mark(drawn, low_end, cell(row.value), high_end, signs, inner)
        lines.append(f"{words.shortened(row.name, wide):<{wide}} {''.join(drawn)} {row.label:>{labels}}")
    return lines


def name_width(width: int) -> int:
    """Columns that names may take; longer ones are cut in their middle."""
    return max(8, width * 2 // 5)


def _frame(rows: Sequence[Bar] | Sequence[Dot], width: int) -> tuple[int, int] | None:
    """Columns for the names, and for what is drawn; None where there is no room."""
    if not rows:
        return None
    wide = min(max(len(row.name) for row in rows), name_width(width))
    cells = width - wide - max(len(row.label) for row in rows) - 2
    return (wide, cells) if cells >= FEWEST_CELLS else None


def _stacked(parts: tuple[float, float]) -> tuple[tuple[float, float], tuple[float, float]]:
    """From where to where each part reaches: on the first where both have one sign, from 0 where not."""
    first, second = (part if math.isfinite(part) else 0.0 for part in parts)
    base = first if (first > 0) == (second > 0) else 0.0
    return (min(0.0, first), max(0.0, first)), (min(base, base + second), max(base, base + second))


def _mark(drawn: list[str], low: int, middle: int, high: int, signs: Signs,
          inner: tuple[int, int] | None = None) -> None:
    """Draw an interval into cells, where it has room for its ends; the dot covers all else."""
    if high - low >= 2:
        for cell in range(low, high + 1):
            line = signs.thick if inner and inner[0] <= cell <= inner[1] else signs.line
            drawn[cell] = signs.cross if drawn[cell] == signs.zero else line
        drawn[low], drawn[high] = signs.left, signs.right
    drawn[middle] = signs.dot
