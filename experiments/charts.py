"""The picture of the answer: cost of churn against cost of remedy, equal totals along diagonals."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments import words
from experiments.estimates import confidence_region, per_draw
from experiments.layout import Box, Obstacle, place
from experiments.verdict import title
from experiments.words import inside, pretty
from sim.psychology import STATUS

if TYPE_CHECKING:
    from experiments.comparison import Answer

MINUS = "\N{MINUS SIGN}"
INK, GREY, PALE, AXIS = "#1f2933", "#52606d", "#d3d7db", "#7b8794"
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#555555", "#8C6D00")
"""Okabe and Ito's colours, told apart by colour-blind eyes; shapes tell them apart in grey."""
SHAPES = ("o", "s", "^", "D", "v", "P", "X", "p")
WIDTH, HEIGHT, DPI = 10.0, 9.6, 100
LEFT, BOTTOM, BOX_WIDTH, BOX_HEIGHT = 0.85, 0.85, 7.5, 7.0
"""Place of the axes in inches; the room to the right is for labels."""
NEAR = 30.0
"""Pixels up to which a label needs no line to its dot, where no other dot is about."""
WORTH_SAYING = 0.25
"""Share of the cost of remedy from which on that of staff who quit is told."""
STYLE: Any = {"font.family": ["DejaVu Sans", "sans-serif"], "svg.hashsalt": "amends", "svg.fonttype": "none",
         "axes.unicode_minus": True}
UNITS = ((1e9, "bn", "billion", 1e9), (1e6, "m", "million", 1e6), (1e3, "k", "thousand", 1e4), (1.0, "", "", 0.0))
"""Units, how they are written, and from which amount on they are used."""


@dataclass(frozen=True)
class Dot:
    """One strategy in the picture: its mean and, where known, the region of that mean (half axes, angle)."""

    name: str
    x: float
    y: float
    region: tuple[float, float, float] | None
    note: str = ""
    runs: int = 0
    """so many runs are behind the region; 0: the spread of single runs is not drawn"""

    @property
    def spread(self) -> float:
        """How many times the region of the mean the region of a single run is (Hotelling's prediction region)."""
        return math.sqrt(self.runs + 1) if self.runs else 1.0

    def outline(self) -> np.ndarray:
        """Points around all that is drawn, shape (24, 2); the dot itself where there is no region."""
        if self.region is None:
            return np.array([[self.x, self.y]])
        long, short, angle = self.region[0] * self.spread, self.region[1] * self.spread, self.region[2]
        turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        a, b = long * np.cos(turn), short * np.sin(turn)
        return np.column_stack((self.x + a * math.cos(angle) - b * math.sin(angle),
                                self.y + a * math.sin(angle) + b * math.cos(angle)))


def churn_against_remedy(answer: Answer, headed: bool = True) -> Figure:
    """The chart of an answer, titled with its finding unless whoever shows it says that beside it."""
    finding, arms = answer.finding, answer.question.arms
    dots = []
    for arm in arms:
        x, y = (answer.values(arm, name) for name in ("cost_of_remedy", "cost_of_churn"))
        note = "lowest" if arm == finding.best else ""
        # What is not known moves all strategies together, and far: drawn as a spread, it would hide how they differ.
        region = confidence_region(*(per_draw(values, answer.draws) for values in (x, y)))
        dots.append(Dot(pretty(arm), float(np.mean(x)), float(np.mean(y)), region, note,
                        0 if finding.drawn else len(x)))
    span = words.years(answer.question.point.years)
    heading, explanation = (title(finding), explained(answer)) if headed else ("", "")
    return draw(dots, heading, explanation, words.symbol(answer.question.point.business.currency),
                f"whole firm, over {span}, present value")


def subtitle(runs: int, drawn: bool = False) -> str:
    """What is drawn, exactly."""
    if drawn:
        return (f"Mean of {runs} paired runs per strategy, what is not known drawn for every two; shaded: where the "
                f"mean lies with 95 % confidence. The total is the same along a diagonal. {STATUS.capitalize()}.")
    return (f"Mean of {runs} paired runs per strategy; faint: 95 % of the runs, strong: the mean with 95 % confidence. "
            f"Pairing makes differences surer. The total is the same along a diagonal. {STATUS.capitalize()}.")


def explained(answer: Answer) -> str:
    """What stands below the heading."""
    return f"{subtitle(answer.runs, answer.finding.drawn)} {quitting(answer)}".strip()


def quitting(answer: Answer) -> str:
    """How much of the cost of remedy is replacing staff who quit; empty where it is little under every strategy.

    Nobody looks for it there, and where little is given it is most of the cost.
    """
    shares = {}
    for arm in answer.question.arms:
        whole = float(np.mean(answer.values(arm, "cost_of_remedy")))
        shares[arm] = float(np.mean(answer.values(arm, "account_staff"))) / whole if whole > 0 else 0.0
    if max(shares.values()) < WORTH_SAYING:
        return ""
    told = sorted(shares, key=lambda arm: -shares[arm])
    told = told if len(told) <= 3 else [told[0], told[-1]]
    return ("Of the cost of remedy, replacing staff who quit is "
            + words.listed(f"{words.percent(shares[arm])} under {inside(arm)}" for arm in told) + ".")


def draw(dots: Sequence[Dot], heading: str, explanation: str, sign: str, span: str) -> Figure:
    """Draw dots (at most eight look well) with regions, labels and lines of equal total."""
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_axes((LEFT / WIDTH, BOTTOM / HEIGHT, BOX_WIDTH / WIDTH, BOX_HEIGHT / HEIGHT))
        low_x, low_y, size = _limits(dots)
        axes.set_xlim(low_x, low_x + size)
        axes.set_ylim(low_y, low_y + size * BOX_HEIGHT / BOX_WIDTH)
        scale = Scale.of(dots, low_x, low_y, size, sign)
        _frame(axes, scale, span)
        _headings(figure, heading, explanation, f"Cost of churn, {scale.words} ({span})")
        _marks(axes, dots)
        _labels(figure, axes, dots, scale)
        return figure


def _limits(dots: Sequence[Dot]) -> tuple[float, float, float]:
    """The lower left corner, and the length of the x axis; 0 is shown wherever it is not too far off."""
    points = np.vstack([dot.outline() for dot in dots])
    low, high = points.min(axis=0), points.max(axis=0)
    if min(dot.x for dot in dots) >= 0:
        # No run has a remedy that costs less than nothing, even where the ellipse of a skewed spread says so.
        low[0] = max(0.0, float(low[0]))
    reach = float(np.max(high - low))
    if reach <= 1e-9 * float(np.max(np.abs(points))) or reach == 0:
        reach = float(np.max(np.abs(points))) / 5 or 1.0
    starts = []
    for axis in (0, 1):
        near = 0 <= low[axis] <= 1.6 * reach
        starts.append(0.0 if near else float(low[axis]) - 0.14 * reach)
        if not near and low[axis] < 0 <= low[axis] + 1.6 * reach:
            high[axis] = max(high[axis], 0.0)
    needed_x = (float(high[0]) - starts[0]) * 1.28
    needed_y = (float(high[1]) - starts[1]) * 1.14 * BOX_WIDTH / BOX_HEIGHT
    return starts[0], starts[1], max(needed_x, needed_y, reach * 1.2)


@dataclass(frozen=True)
class Scale:
    """How amounts are written: their unit and how many decimals tell the dots apart."""

    sign: str
    unit: float
    suffix: str
    words: str
    decimals: int

    @classmethod
    def of(cls, dots: Sequence[Dot], low_x: float, low_y: float, size: float, sign: str) -> Scale:
        """Units after the largest amount in sight, decimals after the length of the axes."""
        largest = max(abs(value) for value in (low_x, low_y, low_x + size, low_y + size,
                                               *(dot.x + dot.y for dot in dots)))
        unit, suffix, word, _ = next((known for known in UNITS if largest >= known[3]), UNITS[-1])
        decimals = min(4, max(0, 2 - math.floor(math.log10(size / unit))))
        return cls(sign, unit, suffix, f"{sign.strip()} {word}".strip(), decimals)

    def units(self, value: float) -> float:
        """The amount in the unit, rounded as written."""
        return round(value / self.unit, self.decimals)

    def write(self, rounded: float) -> str:
        """'€0.55m' for a rounded number of units."""
        return f"{MINUS if rounded < 0 else ''}{self.sign}{abs(rounded):,.{self.decimals}f}{self.suffix}"

    def sum(self, dot: Dot) -> str:
        """'€0.55m + €3.36m = €3.91m'; the second part is written so that the sum comes out."""
        total, first = self.units(dot.x + dot.y), self.units(dot.x)
        second = round(total - first, self.decimals)
        joint = f" {MINUS} " if second < 0 else " + "
        return f"{self.write(first)}{joint}{self.write(abs(second))} = {self.write(total)}"

    def short(self, value: float) -> str:
        """An amount without needless decimals, for a tick or a diagonal."""
        units = round(value / self.unit, 6)
        text = f"{abs(units):,.6f}".rstrip("0").rstrip(".")
        return f"{MINUS if units < 0 else ''}{text}"


def _frame(axes: Any, scale: Scale, span: str) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(AXIS)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: scale.short(value)))
    axes.tick_params(length=0, labelsize=12, labelcolor=AXIS, pad=8)
    axes.set_xlabel(f"Cost of remedy, {scale.words} ({span})", loc="left", fontsize=12.5, color=INK, labelpad=10)
    for zero, line in ((axes.get_xlim(), axes.axvline), (axes.get_ylim(), axes.axhline)):
        if zero[0] < 0 < zero[1]:
            line(0, color=AXIS, linewidth=0.9, zorder=0.6)


def _headings(figure: Figure, heading: str, explanation: str, y_label: str) -> None:
    left = 0.2 / WIDTH
    if heading:
        found = figure.text(left, 1 - 0.16 / HEIGHT, heading, fontsize=20, fontweight="bold", color=INK, va="top")
        wide = found.get_window_extent(figure.canvas.get_renderer()).width  # type: ignore[attr-defined]
        found.set_fontsize(min(20.0, 20.0 * (WIDTH - 0.5) * DPI / wide))
    figure.text(left, 1 - 0.62 / HEIGHT, "\n".join(textwrap.wrap(explanation, 118)), fontsize=10.5, color=GREY,
                va="top", linespacing=1.4)
    figure.text(left, (BOTTOM + BOX_HEIGHT + 0.13) / HEIGHT, y_label, fontsize=12.5, color=INK, va="bottom")


def _marks(axes: Any, dots: Sequence[Dot]) -> None:
    seen: list[np.ndarray] = []
    for number, dot in enumerate(dots):
        colour = COLOURS[number % len(COLOURS)]
        if dot.region is not None:
            long, short, angle = dot.region
            for times, alpha, width in ((dot.spread, 0.11, 0.6), (1.0, 0.35, 1.2)):
                size = (2 * long * times, 2 * short * times)
                axes.add_patch(Ellipse((dot.x, dot.y), *size, angle=math.degrees(angle), facecolor=colour,
                                       alpha=alpha, zorder=2))
                axes.add_patch(Ellipse((dot.x, dot.y), *size, angle=math.degrees(angle), facecolor="none",
                                       edgecolor=colour, linewidth=width, zorder=2.1))
        place_ = axes.transData.transform((dot.x, dot.y))
        below = sum(float(np.hypot(*(place_ - other))) < 6 for other in seen)
        seen.append(place_)
        # Dots on one spot are drawn as rings in rings, so that each is seen.
        axes.plot([dot.x], [dot.y], SHAPES[number % len(SHAPES)], markersize=8.5 * 0.72**below, color=colour,
                  markeredgecolor="white", markeredgewidth=1.0, zorder=4 + 0.01 * number, clip_on=False)


def _labels(figure: Figure, axes: Any, dots: Sequence[Dot], scale: Scale) -> None:
    """Names and sums beside the dots, then the diagonals' totals where there is room left."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    anchors, sizes, obstacles = [], [], []
    texts = []
    for dot in dots:
        detail = scale.sum(dot) + (f"   {dot.note}" if dot.note else "")
        name = figure.text(0, 0, dot.name, fontsize=13, fontweight="bold", color=INK, zorder=6, va="bottom")
        below = figure.text(0, 0, detail, fontsize=11, color=INK if dot.note else GREY, zorder=6, va="top")
        boxes = [text.get_window_extent(renderer) for text in (name, below)]
        # SVG readers may set the text in a wider font.
        sizes.append((max(box.width for box in boxes) * 1.03, 40.0))
        texts.append((name, below))
        anchors.append(tuple(axes.transData.transform((dot.x, dot.y))))
        outline = axes.transData.transform(dot.outline())
        obstacles.append(Obstacle(anchors[-1], outline))
    inner = axes.get_window_extent(renderer)
    page = Box(inner.x0 + 6, inner.y0 + 6, WIDTH * DPI - 8, inner.y1 - 2)
    found = place(anchors, sizes, obstacles, page)
    to_page = figure.transFigure.inverted()
    for (name, below), box, anchor in zip(texts, found, anchors, strict=True):
        middle = box.y0 + 19
        x, y = to_page.transform((box.x0, middle))
        name.set_position((x, y))
        below.set_position((x, y))
        start = box.nearest(anchor, 2)
        crowded = any(other != anchor and math.dist(other, box.nearest(other)) < 2 * NEAR for other in anchors)
        if crowded or math.dist(start, anchor) > NEAR:
            axes.annotate("", axes.transData.inverted().transform(start),
                          axes.transData.inverted().transform(anchor), annotation_clip=False, zorder=3,
                          arrowprops={"arrowstyle": "-", "color": AXIS, "linewidth": 0.9, "shrinkA": 0,
                                      "shrinkB": 5})
        figure.patches.append(_backing(figure, box))
    _diagonals(figure, axes, scale, found, obstacles, anchors)


def _backing(figure: Figure, box: Box) -> Any:
    """White behind a label, so that no diagonal runs through it."""
    from matplotlib.patches import Rectangle

    # In inches: as pixels it would lie elsewhere in an SVG, which has fewer to the inch.
    return Rectangle(((box.x0 - 2) / DPI, box.y0 / DPI), (box.x1 - box.x0 + 4) / DPI, (box.y1 - box.y0) / DPI,
                     facecolor="white", edgecolor="none", alpha=0.85, zorder=1, transform=figure.dpi_scale_trans,
                     figure=figure)


def _diagonals(figure: Figure, axes: Any, scale: Scale, labels: Sequence[Box], obstacles: Sequence[Obstacle],
               anchors: Sequence[tuple[float, float]]) -> None:
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    ticks = axes.get_xticks()
    step = float(ticks[1] - ticks[0])
    if (x1 + y1 - x0 - y0) / step > 14:
        step *= 2
    totals = step * np.arange(math.floor((x0 + y0) / step), math.ceil((x1 + y1) / step) + 1)
    leaders = [np.linspace(anchor, box.nearest(anchor, 2), 12) for anchor, box in zip(anchors, labels, strict=True)]
    for total in totals:
        start, end = max(x0, total - y1), min(x1, total - y0)
        if end - start <= 0.02 * (x1 - x0):
            continue
        axes.plot([start, end], [total - start, total - end], color=PALE, linewidth=1, zorder=0.5)
        written = f"total {MINUS if total < 0 else ''}{scale.sign}{scale.short(abs(total))}{scale.suffix}"
        width = 7.2 * len(written) + 8
        # Down the line from its lower right end, where the eye looks for it.
        length = (end - start) / (x1 - x0) * BOX_WIDTH * DPI * math.sqrt(2)
        for back in np.arange(width / 2 + 40, length - width / 2 - 4, 12):
            at = end - (end - start) * back / length
            middle = axes.transData.transform((at, total - at))
            if _free(middle, width, labels, obstacles, leaders):
                axes.text(at, total - at, written, rotation=-45, ha="center", va="center", fontsize=10,
                          color=AXIS, zorder=0.7, rotation_mode="anchor",
                          bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2})
                break


def _free(middle: Any, width: float, labels: Sequence[Box], obstacles: Sequence[Obstacle],
          leaders: Sequence[np.ndarray]) -> bool:
    """Whether a text along the diagonal around `middle` (pixels) touches nothing."""
    along = np.linspace(-width / 2, width / 2, 9)[:, None] * np.array([math.sqrt(0.5), -math.sqrt(0.5)])
    points = np.asarray(middle) + along
    if any(box.grown(9).holds(points).any() for box in labels):
        return False
    solid = [np.vstack((o.outline, [o.centre])) for o in obstacles] + list(leaders)
    return all(np.hypot(*(points[:, None] - cloud[None]).transpose(2, 0, 1)).min() > 16 for cloud in solid) and \
        not any(o.holds(points).any() for o in obstacles)


def png(figure: Figure) -> bytes:
    """The picture as PNG: the same bytes for the same picture."""
    buffer = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def svg(figure: Figure) -> bytes:
    """The picture as SVG with real text: the same bytes for the same picture."""
    buffer = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
