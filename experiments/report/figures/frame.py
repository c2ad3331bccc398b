"""What all figures of a report share: their sizes, their look, how money is written.

Each figure is drawn in three shapes: for a page, for a phone, and alone with its finding as title.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.charts import AXIS, DPI, GREY, INK, UNITS, Scale
from experiments.report.numbers import Numbers

MARGIN = 0.12
SMALL, USUAL = 9.5, 10.5
"""Sizes of text in points."""


@dataclass(frozen=True)
class Shape:
    """Where a figure is to be shown: its width in inches, and whether its title stands in it."""

    wide: float
    headed: bool = False

    @property
    def narrow(self) -> bool:
        """Whether there is room for one thing beside another."""
        return self.wide < 6


PAGE, PHONE, ALONE = Shape(9.2), Shape(4.5), Shape(9.2, headed=True)
Draw = Callable[[Shape], Figure]


@dataclass(frozen=True)
class Picture:
    """A figure: its finding, what exactly is drawn, what it shows in words, the numbers behind it."""

    name: str
    title: str
    note: str
    alt: str
    draw: Draw
    numbers: Numbers
    note_on_phone: str = ""
    """where the shape for a phone shows it otherwise"""


class Sheet:
    """A figure of some height in inches below its heading (which only the shape `ALONE` has)."""

    def __init__(self, shape: Shape, high: float, title: str, note: str) -> None:
        lines = textwrap.wrap(note, int(13.2 * shape.wide)) if shape.headed else []
        titles = textwrap.wrap(title, int(6 * shape.wide)) if shape.headed else []
        more = 0.3 * max(0, len(titles) - 1)
        self.wide = shape.wide
        self.high = high + (0.85 + more + 0.2 * len(lines) if shape.headed else 0)
        self.figure = Figure(figsize=(self.wide, self.high), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self.figure)
        if shape.headed:
            self._heading("\n".join(titles), lines, more)

    def _heading(self, title: str, lines: Sequence[str], more: float) -> None:
        found = self.figure.text(MARGIN / self.wide, 1 - 0.16 / self.high, title, fontsize=18, fontweight="bold",
                                 color=INK, va="top")
        found.set_fontsize(min(18.0, 18.0 * (self.wide - 2 * MARGIN) / self.long(found)))
        self.figure.text(MARGIN / self.wide, 1 - (0.56 + more) / self.high, "\n".join(lines), fontsize=9.5,
                         color=GREY, va="top", linespacing=1.4)

    def axes(self, left: float, bottom: float, wide: float, high: float) -> Any:
        """Axes at a place in inches from the lower left corner, without a frame above and to the right."""
        axes = self.figure.add_axes((left / self.wide, bottom / self.high, wide / self.wide, high / self.high))
        axes.spines[["top", "right"]].set_visible(False)
        for side in ("left", "bottom"):
            axes.spines[side].set_color(AXIS)
        axes.tick_params(length=0, labelsize=SMALL, labelcolor=AXIS, pad=6)
        axes.patch.set_visible(False)
        return axes

    def long(self, text: Any) -> float:
        """How long a text is, in inches."""
        return float(text.get_window_extent(self.figure.canvas.get_renderer()).width) / DPI  # type: ignore[attr-defined]

    def text(self, left: float, bottom: float, said: str, **more: Any) -> Any:
        """Text at a place in inches."""
        given = {"fontsize": USUAL, "color": INK, **more}
        return self.figure.text(left / self.wide, bottom / self.high, said, **given)


def scale(values: Sequence[float] | np.ndarray, sign: str, step: float | None = None) -> Scale:
    """How amounts of this size are written; `step` is the least difference that should show."""
    largest = float(np.max(np.abs(values))) if len(values) else 0.0
    unit, suffix, word, _ = next((known for known in UNITS if largest >= known[3]), UNITS[-1])
    least = step or largest / 100
    decimals = min(4, max(0, -math.floor(math.log10(least / unit)))) if least > 0 else 0
    return Scale(sign, unit, suffix, f"{sign.strip()} {word}".strip(), decimals)


def spread(heights: Sequence[float], step: float, low: float, high: float) -> list[float]:
    """The heights moved as little as that keeps them `step` apart and within the ends, in their order."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed: dict[int, float] = {}
    before = -math.inf
    for i in order:
        placed[i] = before = max(heights[i], low, before + step)
    after = math.inf
    for i in reversed(order):
        placed[i] = after = min(placed[i], high, after - step)
    return [placed[i] for i in range(len(heights))]
