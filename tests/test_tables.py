"""The table of a terminal: its lines add up, and its numbers are written as people read them."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import sweep_chart, tables, words
from experiments.comparison import Answer, answer
from experiments.design import ask
from experiments.estimates import Estimate
from experiments.text_chart import UNICODE


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """A small hotel with what is not known drawn."""
    question = ask("hotel", ("minimum", "full"), runs=8, people=200, years=2, seed=3, draw=True)
    return answer(question, out=tmp_path_factory.mktemp("results"), workers=1)


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_what_is_rounded_to_nothing_has_no_sign(value: float, decimals: int) -> None:
    """However a number is written, it is within half of its last digit, and a zero has no sign."""
    for text in (words.fixed(value, decimals), words.signed(value, decimals)):
        shown = float(text.replace(",", ""))
        assert abs(shown - value) <= 0.5 * 10**-decimals * (1 + 1e-9) + 1e-6
        assert shown != 0 or text[0] == "0"


@given(st.floats(0.005, 1e9))
def test_an_amount_that_is_something_is_not_told_as_nothing(value: float) -> None:
    """Small amounts are told with cents."""
    assert any(digit in words.money(value, "EUR") for digit in "123456789")


def test_the_cost_of_remedy_is_the_sum_of_its_lines(found: Answer) -> None:
    """Under each strategy and in every run; staff who quit have a line of their own."""
    assert ("staff",) in [names for _, names in tables.REMEDY_PARTS]
    for arm in found.question.arms:
        lines = sum(found.values(arm, f"account_{name}") for _, names in tables.REMEDY_PARTS for name in names)
        np.testing.assert_allclose(lines, found.values(arm, "cost_of_remedy"), rtol=1e-9)
    text = tables.table(found).splitlines()
    at = text.index(next(line for line in text if line.startswith("  Cost of remedy")))
    amounts = [[int(cell.replace(",", "")) for cell in line[tables.LABEL:55].split()] for line in text[at:at + 5]]
    for column in (0, 1):
        assert sum(row[column] for row in amounts[1:]) == pytest.approx(amounts[0][column], abs=2)


def test_the_table_says_what_the_runs_are(found: Answer) -> None:
    """How many worlds they are, and what the parts of the difference, played in some of them, come to."""
    text = " ".join(tables.table(found).split())
    assert "The runs are 4 worlds of two runs each." in text
    (difference,) = found.differences
    assert difference.attribution is not None
    total = words.signed(sum(part.mean for part in difference.attribution.values()))
    assert f"from {difference.attribution_runs} of the runs, which come to {total})" in text
    assert max(len(line) for line in tables.table(found).splitlines() if not line.startswith("Written")) <= tables.WIDTH


def test_amounts_a_year_are_those_over_the_years_divided(found: Answer) -> None:
    """The line 'and a year' is the one above it by the years played."""
    (difference,) = found.differences
    a_year = difference.per_1000_customers.over(2)
    assert f"{words.signed(a_year.mean):>13}   ({words.whole(a_year.low)} to {words.whole(a_year.high)})" in \
        tables.table(found)
    assert a_year.mean * 2 == difference.per_1000_customers.mean


@pytest.mark.parametrize("times", [1, 1e3, 1e5])
def test_columns_never_touch(found: Answer, times: float) -> None:
    """However large the amounts, a space stands between any two numbers of a line of the table."""
    money = {name for name in found.rows if name.startswith(("price", "cost", "account", "net", "lost", "taken"))}
    large = replace(found, rows={name: values * times if name in money else values
                                 for name, values in found.rows.items()})
    text = tables.table(large)
    lines = [line for line in text.splitlines() if line.startswith(("Price of failure  ", "  Cost of", "  2 years"))]
    assert len(lines) >= 4
    for line in lines:
        assert re.fullmatch(r"\s*[\w ]+? +-?[\d,]+ +-?[\d,]+ +[-+]?[\d,]+ \(.*\)", line), line


@pytest.mark.parametrize(("low", "high", "average", "begins"), [
    (1, 3, 0.5, "Costs least: full, 210, of it 71 % churn"),
    (-1, 5, 0.5, "Better bet, not a sure one: full, 210, of it 71 % churn"),
    (-9, 13, 5, "Not clear which costs least"),
])
def test_the_chart_is_no_surer_than_the_verdict(found: Answer, low: float, high: float, average: float,
                                                begins: str) -> None:
    """Its title says what costs least only where the paired interval excludes 0, and is a bet where the verdict is."""
    pair = replace(found.differences[0], net_present_value=Estimate(2, low, high), share_tied=0.0,
                   average=Estimate(2, 2 - average, 2 + average))
    rows = dict(found.rows)
    for name, amount in (("cost_of_remedy", 60.0), ("cost_of_churn", 150.0)):
        rows[name] = np.where(found.rows["arm"] == "full", amount, found.rows[name])
    told = replace(found, rows=rows)
    told.__dict__["finding"] = replace(found.finding, means={"minimum": 0.0, "full": 2.0}, pairs=(pair,))
    assert next(tables.chart(told, 80, UNICODE)) == begins


@pytest.mark.parametrize(("intervals", "title"), [
    ([(1, 2)], "Clearly above minimum"), ([(-2, -1)], "Clearly below minimum"),
    ([(-1, 1)], "Not clearly apart from minimum"),
    ([(1, 2), (-1, 1), (-3, -1)], "Clearly above minimum in 1 of 3 points, clearly below in 1"),
])
def test_a_sweeps_chart_counts_what_is_clear(intervals: list[tuple[float, float]], title: str) -> None:
    """The title of an experiment's chart calls only that above or below whose interval excludes 0."""
    assert sweep_chart._title("minimum", [{"low": str(a), "high": str(b)} for a, b in intervals], "points") == title
