"""Playbooks: tables of cases and measures, read from TOML and CSV, and what is said of a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from sim.business import Business, load_business, presets
from sim.config import InputError
from sim.remedy import Case, cases, menus, tabulate
from strategies import find
from strategies.playbook import EXAMPLE

TOML = """\
business = "hotel"

[[row]]
kind = "lost-reservation"
value = ["middle", "high"]
pushes = "2+"
give = ["acknowledge", "apologise", "motel-room", "refund"]
manager = true

[[row]]
asked = "refund"
give = "refund"

[[row]]
watched = false
failures_before = [0, 1]
give = ["curt-sorry"]
"""

CSV = """\
kind,value,pushes,asked,watched,failures_before,give,manager
lost-reservation,middle high,2+,,,,acknowledge apologise motel-room refund,yes

,,,refund,,,refund,
,,,,no,0 1,curt-sorry,no
"""


@pytest.fixture(scope="module")
def hotel() -> Business:
    return load_business("hotel")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(text: str, name: str = "book.toml") -> Path:
        path = tmp_path / name
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return written


@pytest.fixture(scope="module")
def case(hotel: Business) -> Case:
    """A plain case: a lost reservation of a new guest, not asked for anything, not watched."""
    return Case(menus(hotel)["lost-reservation"], "lost-reservation", "major", "middle", "new", 0, False, False,
                False, False, None, 0)


def given(spelling: str, case: Case) -> list[str]:
    remedy = find(spelling).respond(case)
    return [] if remedy is None else [measure.name for measure in remedy.measures]


def test_the_first_matching_row_wins(write: Callable[..., Path], case: Case) -> None:
    """Rows are tried from the top; who matches none gets nothing."""
    book = f"playbook:file={write(TOML)}"
    assert given(book, case) == ["curt-sorry"]
    pushed = replace(case, pushes=2, asked="refund")
    assert given(book, pushed) == ["acknowledge", "sincere-sorry", "motel-room", "pay-for-the-room"]
    remedy = find(book).respond(pushed)
    assert remedy is not None
    assert remedy.manager
    assert given(book, replace(pushed, value="low")) == ["pay-for-the-room"]
    assert given(book, replace(case, watched=True)) == []
    assert given(book, replace(case, failures_before=2)) == []


def test_csv_says_the_same(write: Callable[..., Path], hotel: Business) -> None:
    """The same table as CSV is the same strategy."""
    toml, csv = write(TOML), write(CSV, "book.csv")
    one = tabulate(find(f"playbook:file={toml}"), hotel)
    other = tabulate(find(f"playbook:file={csv},business=hotel"), hotel)
    assert one.identity == other.identity


@pytest.mark.parametrize(("column", "attribute", "value", "miss"), [
    ('severity = "major"', "severity", "major", "minor"), ('value = "low"', "value", "low", "high"),
    ('tenure = "new"', "tenure", "new", "established"), ("failures_before = 1", "failures_before", 1, 0),
    ("apologised_before = true", "apologised_before", True, False), ("promised = true", "promised", True, False),
    ("watched = true", "watched", True, False), ("detected = true", "detected", True, False),
    ('asked = "nothing"', "asked", None, "refund"), ('pushes = ["0", "3+"]', "pushes", 4, 2)])
def test_every_condition(write: Callable[..., Path], case: Case, column: str, attribute: str, value: object,
                         miss: object) -> None:
    """Each column tells the cases it names from the others."""
    path = write(f'[[row]]\n{column}\ngive = "apologise"\n')
    book = f"playbook:file={path}"
    assert given(book, replace(case, **{attribute: value})) == ["sincere-sorry"]
    assert given(book, replace(case, **{attribute: miss})) == []


def test_nothing_can_be_given(write: Callable[..., Path], case: Case) -> None:
    """A row may give nothing; a role that the house has nothing of, and a measure named twice, are no mistake."""
    for path in (write("[[row]]\ngive = []\n"), write("give,pushes\nnothing,\n", "a.csv")):
        assert given(f"playbook:file={path}", case) == []
    twice = write("give\nreplace apologise sincere-sorry\n", "b.csv")
    assert given(f"playbook:file={twice}", case) == ["sincere-sorry"]


def test_policies_are_parameters(write: Callable[..., Path]) -> None:
    """A playbook may be made proactive like any other strategy."""
    book = find(f"playbook:file={write(TOML)},proactive=true,ease=2")
    assert book.proactive
    assert book.ease == 2


@pytest.mark.parametrize("preset", presets())
def test_the_example_fits_every_business(preset: str) -> None:
    """The example that comes with amends is played where no file is named; it has an answer to every case."""
    example, business = find("playbook"), load_business(preset)
    assert all(example.respond(case) for case in cases(business))
    assert tabulate(find(f"playbook:file={EXAMPLE}"), business).identity == tabulate(example, business).identity


@pytest.mark.parametrize(("text", "expected"), [
    ("", ["{path}: has no rows"]),
    ("[[row]]\nkind = 'noise'\n", ["{path}:1: give: is missing; write nothing where nothing is given",
     '{path}:1: kind: say for which business the playbook is written (business = "hotel"), so that kinds can be '
     "checked"]),
    ("business = 'hotel'\n[[row]]\nkind = 'noize'\ngive = 'apologise'\n",
     ["{path}:2: kind: no failure is called 'noize'; did you mean 'noise'?"]),
    ("business = 'hotel'\n[[row]]\nkind = 'noise'\ngive = ['motel-rom']\n",
     ["{path}:2: give: no measure or role is called 'motel-rom'; did you mean 'motel-room'?"]),
    ("business = 'hotel'\n[[row]]\nkind = 'noise'\ngive = ['motel-room']\n",
     ["{path}:2: give: motel-room does not answer noise; see its kinds"]),
    ("business = 'hotel'\n[[row]]\ngive = ['motel-room']\n",
     ["{path}:2: give: motel-room does not answer downgrade; see its kinds"]),
    ("[[row]]\npushs = 2\ngive = 'fix'\n", ["{path}:1: no column is called 'pushs'; did you mean 'pushes'?"]),
    ("[[row]]\nvalue = 'hihg'\ngive = 'fix'\n\n[[row]]\npushes = 'two'\nwatched = 'perhaps'\ngive = 'fix'\n",
     ["{path}:1: value: no value is called 'hihg'; did you mean 'high'?",
      "{path}:5: pushes: 'two' must be a whole number, or such as 2+ for 2 and more",
      "{path}:5: watched: 'perhaps' must be true or false"]),
    ("busines = 'hotel'\n[[row]]\ngive = 'fix'\n",
     ["{path}:1: busines: unknown key; did you mean 'business'?"]),
    ("business = 'hotle'\n[[row]]\ngive = 'fix'\n", ["no business is called 'hotle'; did you mean 'hotel'?"]),
    ("business = 1\n[[row]]\ngive = 'fix'\n", ["{path}:1: business: must be text in quotes"]),
    ("row = 1\n", ["{path}:1: row: must be tables, each headed [[row]]"]),
    ("[[row]\n", ["{path}:1: is not valid TOML: "]),
])
def test_wrong_toml(write: Callable[..., Path], text: str, expected: list[str]) -> None:
    """Every mistake of a playbook is one sentence with its line, and the nearest name where one is near."""
    path = write(text)
    with pytest.raises(InputError) as error:
        find(f"playbook:file={path}")
    assert len(error.value.problems) == len(expected)
    for told, sentence in zip(error.value.problems, expected, strict=True):
        assert told.startswith(sentence.format(path=path))


@pytest.mark.parametrize(("text", "expected"), [
    ("kind,gve\n", "{path}:1: no column is called 'gve'; did you mean 'give'?"),
    ("give,pushes\nfix,1,2\n", "{path}:2: has 3 cells, but there are 2 columns"),
    ("give,pushes\n,1\n", "{path}:2: give: is missing; write nothing where nothing is given"),
    ("pushes,give\n-1,fix\n", "{path}:2: pushes: '-1' must be a whole number, or such as 2+ for 2 and more"),
    ("", "{path}: has no rows"),
])
def test_wrong_csv(write: Callable[..., Path], text: str, expected: str) -> None:
    """The same for CSV."""
    path = write(text, "book.csv")
    with pytest.raises(InputError) as error:
        find(f"playbook:file={path}")
    assert error.value.problems == [expected.format(path=path)]


def test_wrong_files(tmp_path: Path, write: Callable[..., Path]) -> None:
    """A file that is not there, or neither TOML nor CSV, is named."""
    for path, expected in ((tmp_path / "none.toml", "cannot be read"), (tmp_path / "none.csv", "cannot be read"),
                           (write("", "book.txt"), "a playbook is a .toml or a .csv file")):
        with pytest.raises(InputError, match=str(path)) as error:
            find(f"playbook:file={path}")
        assert expected in str(error.value)


def test_wrong_business(write: Callable[..., Path]) -> None:
    """A playbook of one business is refused by another; a misspelled measure is found there at the latest."""
    with pytest.raises(InputError, match="is written for hotel, which has no failure 'wrong-bill'"):
        tabulate(find(f"playbook:file={write(TOML)}"), load_business("telecom"))
    unnamed = write("[[row]]\ngive = ['apologise', 'curt-sory']\n", "unnamed.toml")
    with pytest.raises(InputError, match=r"unnamed.toml:1: give: no measure here is called 'curt-sory'; did you mean"):
        tabulate(find(f"playbook:file={unnamed}"), load_business("hotel"))
