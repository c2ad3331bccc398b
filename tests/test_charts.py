"""The picture: true to the numbers, readable in every case, the same bytes each time."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest

from experiments.charts import DPI, HEIGHT, SHAPES, WIDTH, Dot, draw, png, subtitle, svg
from experiments.estimates import Estimate
from experiments.layout import Box, Obstacle, place
from experiments.verdict import Finding, title
from experiments.words import pretty
from tests.test_comparison import Pair


def dots(*points: tuple[float, float], region: tuple[float, float, float] | None = None) -> list[Dot]:
    return [Dot(f"strategy {number}", x, y, region) for number, (x, y) in enumerate(points)]


CASES = {
    "usual": dots((23e3, 140e3), (91e3, 52e3), region=(8e3, 1e3, 1.5)),
    "one": dots((23e3, 140e3)),
    "eight in a row": dots(*((100 + 7 * i, 900 - 8 * i) for i in range(8)), region=(12, 5, 1.5)),
    "eight on one spot": dots(*[(1234.0, 5678.0)] * 8, region=(300, 100, 2)),
    "nothing at all": dots((0, 0), (0, 0)),
    "negative": dots((50, -400), (900, -2000), region=(60, 20, 1)),
    "huge": dots((5e9, 1.2e11), (4e9, 1.21e11), region=(1e9, 3e8, 1.5)),
    "tiny": dots((0.01, 0.05), (0.03, 0.02), region=(0.004, 0.001, 1)),
    "all churn": dots((1e3, 5e5), (6e3, 2e5), (1.5e3, 2.2e5)),
    "long names": [Dot(pretty(f"my/folder/{'very' * 9}.py:Generous:share=0.{i}"), i, 5 - i, None) for i in range(3)],
}


@pytest.mark.parametrize("shown", CASES.values(), ids=CASES)
def test_no_label_leaves_the_page_or_lies_on_another(shown: Sequence[Dot]) -> None:
    """Headings, names and sums are inside the figure, and no name or sum covers another one or a dot."""
    figure = draw(shown, "A heading of usual length, as findings are", subtitle(100), "€", "over 10 years")
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = [text.get_window_extent(renderer) for text in figure.texts if text.get_text()]
    for box in boxes:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= WIDTH * DPI and box.y1 <= HEIGHT * DPI
    labels = boxes[3:]
    assert len(labels) == 2 * len(shown)
    for i, box in enumerate(labels):
        for other in labels[i + 1:]:
            wide = min(box.x1, other.x1) - max(box.x0, other.x0)
            high = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert wide <= 0 or high <= 4, "labels overlap"
    axes = figure.axes[0]
    for dot in shown:
        x, y = axes.transData.transform((dot.x, dot.y))
        assert not any(box.x0 < x < box.x1 and box.y0 < y < box.y1 for box in labels)


@pytest.mark.parametrize("shown", CASES.values(), ids=CASES)
def test_equal_totals_run_at_45_degrees(shown: Sequence[Dot]) -> None:
    """One unit is as long across as up, and every dot is on the page."""
    axes = draw(shown, "Heading", subtitle(100), "€", "over 10 years").axes[0]
    origin, along = axes.transData.transform([(0, 0), (1, 1)])
    assert (along - origin)[0] == pytest.approx((along - origin)[1])
    for dot in shown:
        assert axes.get_xlim()[0] <= dot.x <= axes.get_xlim()[1]
        assert axes.get_ylim()[0] <= dot.y <= axes.get_ylim()[1]


def test_the_sum_written_comes_out() -> None:
    """The parts as written add up to the total as written, which is the rounded total."""
    shown = [Dot("a", 0.5549e6, 3.3549e6, None), Dot("b", 2.54e6, -0.779e6, None)]
    figure = draw(shown, "Heading", subtitle(100), "€", "over 10 years")
    sums = [text.get_text() for text in figure.texts if " = " in text.get_text()]
    assert sums == ["€0.55m + €3.36m = €3.91m", "€2.54m \N{MINUS SIGN} €0.78m = €1.76m"]


def test_a_region_is_where_the_estimate_says() -> None:
    """The outline of a region has its half axes and its angle; that of single runs is wider by root n + 1."""
    outline = Dot("a", 1, 2, (3, 1, math.radians(30))).outline()
    away = np.hypot(*(outline - [1, 2]).T)
    assert away.max() == pytest.approx(3) and away.min() == pytest.approx(1, rel=0.05)
    assert np.hypot(*(Dot("a", 1, 2, (3, 1, 0.0), runs=99).outline() - [1, 2]).T).max() == pytest.approx(30)
    far = outline[away.argmax()] - [1, 2]
    assert math.degrees(math.atan2(far[1], far[0])) % 180 == pytest.approx(30)


def test_strategies_can_be_told_apart_in_grey() -> None:
    """Eight strategies have eight shapes."""
    assert len(set(SHAPES)) == 8


def finding(mean: float, half: float) -> Finding:
    return Finding("EUR", 10, {"minimum": 0.0, "full": mean}, (Pair("full", "minimum", mean, half),))


@pytest.mark.parametrize(("found", "said"), [
    (finding(5, 1), "Full remedy at once costs less in total than the bare minimum"),
    (finding(-5, 1), "The bare minimum costs less in total than full remedy at once"),
    (finding(5, 6), "Full remedy at once or the bare minimum: no clear difference in total"),
    (Finding("EUR", 10, {"a": 2.0, "b": 1.0, "c": 0.0}, (Pair("b", "a", -1, 2), Pair("c", "a", -2, 1),
                                                        Pair("c", "b", -1, 0.5))), "c costs the most in total"),
    (Finding("EUR", 10, {"a": 2.0, "b": 1.0, "c": 0.0}, (Pair("b", "a", -1, 2), Pair("c", "a", -2, 3),
                                                        Pair("c", "b", -1, 5))),
     "None of these is clearly the cheapest"),
])
def test_the_title_says_no_more_than_the_intervals(found: Finding, said: str) -> None:
    """The title is the finding where the paired intervals exclude 0, and says so where they do not."""
    assert title(found) == said


def test_the_picture_is_the_same_bytes_each_time() -> None:
    """Drawn in two processes, PNG and SVG are equal byte by byte; the SVG's text is text, without a date."""
    code = ("import hashlib; from experiments.charts import png, svg, draw; from tests.test_charts import CASES;"
            "f = draw(CASES['usual'], 'Heading', 'Explanation', '€', 'a year');"
            "print(hashlib.sha256(png(f) + svg(f)).hexdigest())")
    hashes = {subprocess.run([sys.executable, "-X", "utf8", "-c", code], check=True, capture_output=True,
                             text=True).stdout for _ in range(2)}
    assert len(hashes) == 1
    figure = draw(CASES["usual"], "Heading", "Explanation", "€", "a year")
    text = svg(figure).decode()
    assert "strategy 0" in text and not re.search(r"<dc:date>", text)
    assert png(figure).startswith(b"\x89PNG")


def test_places_are_found_in_a_crowd() -> None:
    """Eight boxes around one point on a page with room for them do not touch."""
    anchors = [(300.0 + 3 * i, 300.0) for i in range(8)]
    spots = [Obstacle(anchor, np.array([anchor])) for anchor in anchors]
    found = place(anchors, [(200, 40)] * 8, spots, Box(0, 0, 900, 700))
    assert not any(one.overlap(other) for i, one in enumerate(found) for other in found[i + 1:])


def test_an_estimate_of_one_sign_is_clear() -> None:
    """An interval that touches 0 is not clear."""
    assert [Estimate(1, 0.5, 1.5).sign, Estimate(-1, -2, -0.1).sign, Estimate(1, 0, 2).sign] == [1, -1, 0]
