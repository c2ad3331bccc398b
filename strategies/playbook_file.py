"""Reading a playbook: a table of conditions and measures, in TOML or CSV, and what may be wrong with it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.business import ROLES, Business, load_business, presets
from sim.config import InputError, line_of, nearest, read_toml
from sim.remedy import SEVERITIES, TENURES, VALUES, Case

Test = tuple[str, Callable[[Any], bool]]
"""An attribute of a case, and whether a value of it is meant."""

NOTHING = "nothing"
"""In the column `asked`: the customer asks for nothing by name; in `give`: nothing is given."""

WORDS = {"severity": SEVERITIES, "value": VALUES, "tenure": TENURES, "asked": (NOTHING, *ROLES)}
COUNTS = ("failures_before", "pushes")
FLAGS = ("apologised_before", "promised", "watched", "detected")
COLUMNS = ("kind", *WORDS, *COUNTS, *FLAGS, "give", "manager")
TRUTH = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True)
class Row:
    """One row: when it applies, and what is given then."""

    line: int
    tests: tuple[Test, ...]
    give: tuple[tuple[str, bool], ...]
    """names, and whether each is a role"""
    manager: bool

    def matches(self, case: Case) -> bool:
        return all(meant(getattr(case, column)) for column, meant in self.tests)


@dataclass(frozen=True)
class Book:
    """The rows of a playbook, and the business they are written for ('' and no kinds: any)."""

    rows: tuple[Row, ...]
    business: str
    kinds: frozenset[str]


def read_playbook(path: Path, business: str = "") -> Book:
    """Read a playbook; `business` is the one it is written for, unless the file says so itself.

    Raises InputError with every mistake, each with its line.
    """
    if path.suffix == ".csv":
        found, written_for = list(_csv_rows(path)), business
    elif path.suffix == ".toml":
        found, said = _toml_rows(path)
        written_for = business or said
    else:
        raise InputError(f"{path}: a playbook is a .toml or a .csv file")
    if not found:
        raise InputError(f"{path}: has no rows")
    firm = _firm(path, written_for)
    problems: list[str] = []
    rows = [_row(path, line, cells, firm, problems) for line, cells in found]
    if problems:
        raise InputError(problems)
    return Book(tuple(rows), written_for, frozenset(firm.failures.kinds) if firm else frozenset())


def _firm(path: Path, spelling: str) -> Business | None:
    """The business a playbook is written for; a relative path counts from the playbook."""
    if not spelling:
        return None
    if spelling.endswith(".toml") and spelling not in presets():
        spelling = str(path.parent / Path(spelling).expanduser())
    return load_business(spelling)


Cells = dict[str, list[str]]
"""The cells of a row that are not empty: the words in each."""


def _toml_rows(path: Path) -> tuple[list[tuple[int, Cells]], str]:
    """The rows of a TOML file with their lines, and the business it names."""
    data, text = read_toml(path)
    tables, business = data.pop("row", []), data.pop("business", "")
    for key in data:
        raise InputError(f"{path}:{line_of(text, [key])}: {key}: unknown key"
                         + (nearest(key, ("row", "business")) or "; there are row and business"))
    if not isinstance(business, str):
        raise InputError(f"{path}:{line_of(text, ['business'])}: business: must be text in quotes")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{path}:{line_of(text, ['row'])}: row: must be tables, each headed [[row]]")
    return [(line_of(text, ["row", str(number)]) or 1, {key: _words(value) for key, value in table.items()})
            for number, table in enumerate(tables)], business


def _words(value: Any) -> list[str]:
    """A value or a list of values of a TOML file as words."""
    listed = value if isinstance(value, list) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in listed]


def _csv_rows(path: Path) -> Iterator[tuple[int, Cells]]:
    """The rows of a CSV file with their lines."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    lines = csv.reader(io.StringIO(text, newline=""))
    columns = [name.strip() for name in next(lines, [])]
    for column in columns:
        _known_column(f"{path}:1", column)
    for cells in lines:
        if len(cells) > len(columns):
            raise InputError(f"{path}:{lines.line_num}: has {len(cells)} cells, but there are {len(columns)} columns")
        filled = {column: cell.split() for column, cell in zip(columns, cells, strict=False) if cell.strip()}
        if filled:
            yield lines.line_num, filled


def _known_column(place: str, column: str) -> None:
    if column not in COLUMNS:
        raise InputError(f"{place}: no column is called '{column}'"
                         + (nearest(column, COLUMNS) or f"; there are {', '.join(COLUMNS)}"))


def _row(path: Path, line: int, cells: Cells, firm: Business | None, problems: list[str]) -> Row:
    """One row; what is wrong with it is added to the problems."""
    tests: list[Test] = []
    give: tuple[tuple[str, bool], ...] = ()
    manager = False
    if "give" not in cells:
        problems.append(f"{path}:{line}: give: is missing; write nothing where nothing is given")
    for column, words in cells.items():
        try:
            _known_column(f"{path}:{line}", column)
        except InputError as error:
            problems += error.problems
            continue
        try:
            if column == "give":
                give = tuple((name, name in ROLES) for name in words if words != [NOTHING])
                _check_names(give, cells.get("kind", []), firm)
            elif column == "manager":
                manager = _flag(words) == {True}
            else:
                tests.append((column, _meant(column, words, firm)))
        except ValueError as error:
            problems.append(f"{path}:{line}: {column}: {error}")
    return Row(line, tuple(tests), give, manager)


def _meant(column: str, words: list[str], firm: Business | None) -> Callable[[Any], bool]:
    """The test behind a condition; ValueError where its words mean nothing."""
    if column in COUNTS:
        return _counts(words)
    if column in FLAGS:
        wanted = _flag(words)
        return lambda value: value in wanted
    if column == "kind" and firm is None:
        raise ValueError("say for which business the playbook is written (business = \"hotel\"), "
                         "so that kinds can be checked")
    choices = list(firm.failures.kinds) if column == "kind" and firm else WORDS[column]
    for word in words:
        if word not in choices:
            noun = "failure" if column == "kind" else "value"
            raise ValueError(f"no {noun} is called '{word}'"
                             + (nearest(word, choices) or f"; there are {', '.join(choices)}"))
    named = {None if column == "asked" and word == NOTHING else word for word in words}
    return lambda value: value in named


def _flag(words: Iterable[str]) -> set[bool]:
    """Which of true and false are meant."""
    for word in words:
        if word.lower() not in TRUTH:
            raise ValueError(f"'{word}' must be true or false")
    return {TRUTH[word.lower()] for word in words}


def _counts(words: Iterable[str]) -> Callable[[Any], bool]:
    """'2' is two, '2+' two or more."""
    single, least = set(), []
    for word in words:
        if not re.fullmatch(r"\d{1,3}\+?", word):
            raise ValueError(f"'{word}' must be a whole number, or such as 2+ for 2 and more")
        if word.endswith("+"):
            least.append(int(word[:-1]))
        else:
            single.add(int(word))
    return lambda value: value in single or any(value >= low for low in least)


def _check_names(give: Iterable[tuple[str, bool]], kinds: list[str], firm: Business | None) -> None:
    """Names of measures must be on the menu of the business, for every kind that the row answers."""
    if firm is None:
        return
    menu: Mapping[str, Any] = firm.menu
    for name in (name for name, role in give if not role):
        if name not in menu:
            raise ValueError(f"no measure or role is called '{name}'" + nearest(name, [*menu, *ROLES]))
        for kind in kinds or firm.failures.kinds:
            if kind in firm.failures.kinds and menu[name].kinds and kind not in menu[name].kinds:
                raise ValueError(f"{name} does not answer {kind}; see its kinds")
