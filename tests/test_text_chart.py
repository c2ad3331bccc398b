"""Charts in plain text: as long as the numbers say, never wider than the terminal, readable without Unicode."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as some

from experiments.cli import main
from experiments.experiment import Experiment
from experiments.sweep_text import text
from experiments.text_chart import ASCII, ROWS, UNICODE, Bar, Dot, bars, dots, signs_for
from tests import sweeps

NAMES = some.text("abcdefgh", min_size=1, max_size=30)
MONEY = some.floats(-1e7, 1e7).map(lambda value: round(value, 2))
WIDTHS = some.integers(20, 80)
BARS = some.lists(some.tuples(NAMES, MONEY, MONEY, some.floats(0, 1e6)), min_size=1, max_size=ROWS).map(
    lambda rows: [Bar(name, (a, b), a + b - half, a + b + half, f"{a + b:,.0f}") for name, a, b, half in rows])
DOTS = some.lists(some.tuples(NAMES, MONEY, some.floats(0, 1e6), some.floats(0, 1e6)), min_size=1, max_size=ROWS).map(
    lambda rows: [Dot(name, mean, mean - down, mean + up, f"{mean:,.0f}") for name, mean, down, up in rows])


def one_scale(pairs: list[tuple[float, int]]) -> bool:
    """Whether one scale takes all amounts to their lengths in characters, within one character."""
    least = max(((length - 1) / amount for amount, length in pairs if amount > 0), default=0)
    most = min(((length + 1) / amount for amount, length in pairs if amount > 0), default=1)
    return least <= most * (1 + 1e-9)


@given(BARS, WIDTHS)
def test_bars_are_as_long_as_the_numbers(rows: list[Bar], width: int) -> None:
    """The length of every part is proportional to its amount within a character, gains to the left of 0."""
    lines = [line for line in bars(rows, width, ASCII) if not line.startswith(" ")]
    if not lines:
        return
    pairs = []
    for row, line in zip(rows, lines, strict=True):
        pairs += [(abs(row.parts[0]), line.count("=")), (abs(row.parts[1]), line.count("#"))]
        for part, sign in zip(row.parts, "=#", strict=True):
            if part < 0 and sign in line:
                assert line.rindex(sign) < line.index("|")
            if part > 0 and sign in line and "|" in line:
                assert line.index(sign) > line.index("|")
    assert one_scale(pairs)


@given(BARS, WIDTHS)
def test_intervals_are_as_long_as_the_numbers(rows: list[Bar], width: int) -> None:
    """An interval below a bar is as long as it is, on the scale of the bars, and holds its mean."""
    lines = bars(rows, width, ASCII)
    pairs, row = [], iter(rows)
    for line in lines:
        if not line.startswith(" "):
            now = next(row)
            pairs.append((abs(now.parts[0]), line.count("=")))
        else:
            start, stop = line.index("["), line.index("]")
            pairs.append((now.high - now.low, stop - start - ("|" in line[start:stop])))
            assert start <= line.index("o") <= stop if "o" in line else False
    assert one_scale(pairs)


@given(DOTS, WIDTHS, some.booleans())
def test_dots_stand_where_the_numbers_say(rows: list[Dot], width: int, zero: bool) -> None:
    """The distances between dots, and to the line of 0, are proportional to the numbers within a character."""
    lines = dots(rows, width, ASCII, zero=zero)
    if not lines:
        return
    places = [line.index("o") for line in lines[zero:]]
    values = [row.value for row in rows]
    if zero:
        places.append(lines[0].index("0"))
        values.append(0.0)
    pairs = [(abs(values[0] - value), abs(places[0] - place)) for value, place in zip(values, places, strict=True)]
    assert one_scale(pairs)
    for one, two in zip(values, places, strict=True):
        assert all(place <= two for value, place in zip(values, places, strict=True) if value < one)


@given(BARS, DOTS, WIDTHS)
def test_nothing_is_wider_than_the_terminal(rows: list[Bar], points: list[Dot], width: int) -> None:
    """Whatever the names and amounts, no line is longer than asked; where there is no room there is no chart."""
    for signs in (UNICODE, ASCII):
        lines = [*bars(rows, width, signs), *dots(points, width, signs)]
        assert all(len(line) <= width for line in lines)
    if width == 80:
        assert bars(rows, width, ASCII) and dots(points, width, ASCII)


def test_the_longest_bar_fills_the_terminal() -> None:
    """The room is used: name, bar and amount of the largest total take the whole width."""
    rows = [Bar("minimum", (10, 300), 310, 310, "310"), Bar("full", (60, 150), 210, 210, "210")]
    for width in (40, 60, 80):
        assert max(map(len, bars(rows, width, UNICODE))) == width


def test_what_is_no_number_draws_nothing() -> None:
    """A value that is not finite leaves its row empty instead of breaking the chart."""
    nan, inf = float("nan"), float("inf")
    rows = [Bar("a", (nan, inf), nan, inf, "n/a"), Bar("b", (1.0, 2.0), 2.5, 3.5, "3")]
    assert "#" not in bars(rows, 60, ASCII)[0] and "#" in "".join(bars(rows, 60, ASCII))
    assert "o" not in dots([Dot("a", nan, nan, nan, "n/a"), Dot("b", 1, 0, 2, "1")], 60, ASCII)[1]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437", "utf-8", "no such encoding"])
def test_signs_are_those_the_encoding_has(encoding: str) -> None:
    """Where a stream cannot write the signs of boxes, the chart is drawn in ASCII."""
    stream = io.StringIO()
    stream = type("Stream", (), {"encoding": encoding})()
    assert signs_for(stream) is (UNICODE if encoding == "utf-8" else ASCII)
    assert all(ord(sign) < 128 for sign in vars(ASCII).values())


@pytest.mark.parametrize(("columns", "charset"), [("80", "utf-8"), ("40", "utf-8"), ("60", "latin-1"), ("80", "ascii")])
def test_compare_ends_with_its_chart(shop: Path, monkeypatch: pytest.MonkeyPatch, columns: str, charset: str) -> None:
    """The bars have the names, order and totals of the table, fit the terminal, and the path comes last."""
    monkeypatch.setenv("COLUMNS", columns)
    arms = ("minimum", "full", "minimum-polite")
    done = CliRunner(charset=charset).invoke(main, ["compare", "shop.toml", *arms, "--runs", "6", "--workers", "1"])
    assert done.exit_code == 0, done.output
    said = done.stdout.split("\n\n")
    totals = next(line for line in done.stdout.splitlines() if line.startswith("Price of failure")).split()[3:]
    assert said[-1].startswith("Written to ") and said[-3].startswith("Verdict: ")
    chart = said[-2].splitlines()
    assert all(len(line) <= int(columns) for line in chart)
    rows = [line.split() for line in chart if line.split()[0] in arms]
    assert [row[0] for row in rows] == list(arms) and [row[-1] for row in rows] == totals
    fill = UNICODE.second if charset == "utf-8" else ASCII.second
    assert all(any(fill in word for word in row) for row in rows)


def test_data_on_stdout_have_no_chart(shop: Path) -> None:
    """With --format json or csv nothing is drawn."""
    for form in ("json", "csv"):
        done = CliRunner().invoke(main, ["compare", "shop.toml", "--runs", "6", "--workers", "1", "--format", form])
        assert done.exit_code == 0 and UNICODE.second not in done.stdout and "Written" not in done.stdout


ONE_POINT = sweeps.SMALL.replace('"finance.margin_share" = [0.2, 0.4]', "").replace(
    '"failures.per_encounter" = { range = [0.05, 0.2], levels = 2 }', "")
FEW_POINTS = sweeps.SMALL.replace('"finance.margin_share" = [0.2, 0.4]', '"finance.margin_share" = [0.2, 0.3, 0.4]'
                                  ).replace('"ladder.opening" = [0, 1]', "").replace(
    '"failures.per_encounter" = { range = [0.05, 0.2], levels = 2 }', "")


@pytest.mark.parametrize(("toml", "names"), [
    (ONE_POINT, ["ladder opening=0", "ladder opening=1"]),
    (FEW_POINTS, ["margin_share=0.2", "margin_share=0.3", "margin_share=0.4"]),
    (sweeps.SMALL, ["ladder opening=0", "ladder opening=1"]),
], ids=["one point", "few points", "many points"])
def test_run_ends_with_its_chart(tmp_path: Path, toml: str, names: list[str]) -> None:
    """A row for each arm held against the first, or for each of a few points, whose numbers are the summary's."""
    results = Experiment.load(sweeps.write(tmp_path, toml)).run(out=tmp_path, workers=1, work=sweeps.play)
    for width in (80, 40):
        said = text(results, width, ASCII).split("\n\n")
        chart = said[-2].splitlines()
        assert said[-1].startswith("Written to ") and all(len(line) <= width for line in chart)
    chart = text(results, 80, ASCII).split("\n\n")[-2].splitlines()
    rows = {name: line for name in names for line in chart if line.startswith(f"{name} ")}
    summary = results.summary
    told = summary[(summary.outcome == "net_present_value") & summary["minus"].notna()]
    means = told.groupby("point" if "margin" in names[0] else "arm")["mean"].median()
    assert {name: int(line.split()[-1].replace(",", "")) for name, line in rows.items()} == {
        name: round(mean) for name, mean in zip(names, means, strict=True)}
    assert ("median" in "".join(chart)) == (toml == sweeps.SMALL)


def test_a_single_arm_at_a_single_point_needs_no_chart(tmp_path: Path) -> None:
    """One number with its interval stands in the table already."""
    alone = ONE_POINT.replace('["minimum", "ladder"]', '["minimum"]').replace('"ladder.opening" = [0, 1]', "")
    results = Experiment.load(sweeps.write(tmp_path, alone)).run(out=tmp_path, workers=1, work=sweeps.play)
    assert ASCII.dot + " mean" not in text(results, 80, ASCII)
