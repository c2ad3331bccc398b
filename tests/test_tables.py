"""The table of a terminal: its lines add up, and its numbers are written as people read them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import tables, words
from experiments.comparison import Answer, answer
from experiments.design import ask


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


