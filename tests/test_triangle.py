"""The opinion triangle and the staff's hardness: true to the runs, readable, the same bytes each time."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from experiments.charts import DPI, png, svg
from experiments.cli import main
from experiments.design import ask
from experiments.triangle import (
    CORNERS,
    hardness_title,
    opinion_triangle,
    places,
    staff_hardness,
    trust_subtitle,
    trust_title,
)
from experiments.triangle_runs import Courses, opinions, played
from sim.chance import run_seed
from sim.model import RecoveryModel
from sim.remedy import tabulate
from strategies.registry import find
from tests.businesses import small_business, small_business_toml

SPELLED = ("minimum", "full")


@pytest.fixture(scope="module")
def found() -> Courses:
    return played(ask(small_business(), SPELLED, runs=3, people=300, years=2, seed=5))


def test_corners_are_the_three_certainties() -> None:
    """Pure disbelief, belief and not knowing lie in their corners, equal shares in the middle."""
    pure = places(np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1], [1 / 3, 1 / 3, 1 / 3]]))
    assert pure[:3] == pytest.approx(np.array(list(CORNERS.values())))
    assert pure[3] == pytest.approx(pure[:3].mean(axis=0))


def test_the_numbers_are_those_of_the_runs(found: Courses) -> None:
    """Means and shares are those of the people who were customers at the start, in every run."""
    business = small_business()
    for name, course in zip(SPELLED, found.courses, strict=True):
        for run in range(3):
            model = RecoveryModel(business, tabulate(find(name), business, name), rng=run_seed(5, run), people=300,
                                  years=2).run()
            people = model.people_table[model.people_table["status_at_start"] == 1]
            assert course.path[run, -1] == pytest.approx(opinions(people).mean(axis=0))
            assert course.path[run].sum(axis=1) == pytest.approx(1)
            assert course.share_stayed[run] == np.mean(people["status"] == 1)
            assert course.hardness[run] == pytest.approx(model.series["hardness"])
    assert found.courses[0].path.shape == (3, 3, 3)
    assert (found.courses[0].path[:, 0] == found.courses[1].path[:, 0]).all(), "the same start for all"


def test_titles_claim_no_more_than_the_intervals(found: Courses) -> None:
    """Where the paired interval of the leading two holds 0, the title says that nothing is clear."""
    best = found.apart(lambda course: course.path[:, -1, 0], 1, 0)
    assert ("trust the most under full" in trust_title(found)) == (best.sign > 0)
    hardest = found.apart(found.late_hardness, 0, 1)
    assert ("the most under the bare minimum" in hardness_title(found)) == (hardest.sign > 0)
    same = Courses(found.asked, found.start, (found.courses[0], found.courses[0]))
    assert "no strategy clearly" in trust_title(same) and "No strategy clearly" in hardness_title(same)


def test_a_file_keeps_its_letters(found: Courses) -> None:
    """Within a sentence the name of a file is what it is; only the words for a known strategy are small."""
    named = replace(found, courses=(replace(found.courses[0], strategy="own/MyDesk.py:Kind"), found.courses[1]))
    text = trust_subtitle(named) + trust_title(named) + hardness_title(named)
    assert "MyDesk.py:Kind" in text and "full remedy at once" in text and "myDesk" not in text


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_nothing_leaves_the_page(found: Courses, count: int) -> None:
    """Headings, captions, corners and labels of one to five strategies are inside the figure."""
    many = Courses(found.asked, found.start, tuple(found.courses[n % 2] for n in range(count)))
    for figure in (opinion_triangle(many), staff_hardness(many)):
        renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        wide, high = figure.get_size_inches() * DPI
        texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
        assert len(texts) > 2
        boxes = [text.get_window_extent(renderer) for text in texts if text.get_text()]
        for box in boxes:
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= wide and box.y1 <= high
        for i, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[i + 1:]), "texts overlap"


def test_the_pictures_are_the_same_bytes_each_time(found: Courses) -> None:
    """Played and drawn twice, PNG and SVG are equal byte by byte."""
    again = played(found.asked)
    for draw in (opinion_triangle, staff_hardness):
        hashes = {hashlib.sha256(png(figure) + svg(figure)).hexdigest() for figure in (draw(found), draw(again))}
        assert len(hashes) == 1
        assert "<dc:date>" not in svg(draw(found)).decode()


def test_the_command_writes_four_files_and_the_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`amends triangle` prints the means and writes PNG and SVG of both; a mistake is a sentence."""
    monkeypatch.chdir(tmp_path)
    Path("shop.toml").write_text(small_business_toml())
    options = ["--runs", "2", "--people", "200", "--years", "1"]
    done = CliRunner().invoke(main, ["triangle", "shop.toml", *options])
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 80 and "minimum" in done.stdout
    names = {path.name for path in Path("results/small-triangle").iterdir()}
    assert names == {"triangle.png", "triangle.svg", "hardness.png", "hardness.svg"}
    for row in re.findall(r"^(?:minimum|full) .*$", done.stdout, re.M):
        shares = [int(share) for share in re.findall(r"(\d+) %", row)]
        assert len(shares) == 4 and sum(shares[:3]) == 100
    assert "the three make 100 %" in " ".join(done.stdout.split())
    wrong = CliRunner().invoke(main, ["triangle", "shop.toml", *options, "--out", "shop.toml"])
    assert wrong.exit_code == 2 and "cannot be written" in wrong.stderr
