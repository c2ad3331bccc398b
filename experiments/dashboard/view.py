"""What one page shows: business, strategies, assumptions, as the query of its address says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from experiments.dashboard.house import House
from experiments.dashboard.sliders import settings
from experiments.design import DEFAULT_PEOPLE, DEFAULT_SEED
from sim.config import InputError, nearest

MOST_STRATEGIES = 5
FIRST_RUNS, RUNS = 100, 400
"""Pairs of `amends compare`, and those at which refining ends in any case."""
YEARS = 10
LIMITS = {"people": (100, 20_000), "years": (1, 30), "runs": (10, 1000), "seed": (0, 2**63 - 1)}
"""Whole numbers that a page takes, from and to."""


@dataclass(frozen=True)
class View:
    """What is asked of the page; everything else follows from it."""

    business: str
    strategies: tuple[str, ...] = ("minimum", "full")
    people: int = DEFAULT_PEOPLE
    years: int = YEARS
    runs: int = RUNS
    """the most pairs"""
    seed: int = DEFAULT_SEED
    moved: tuple[tuple[str, float], ...] = ()
    """sliders that do not stand at today's value, sorted by key"""


def read(pairs: Iterable[tuple[str, str]], house: House) -> tuple[View, list[str]]:
    """The view of an address, and a sentence for everything in it that cannot be; that is then left out."""
    given = [(key, value) for key, value in pairs if key != "token"]
    problems: list[str] = []
    business = house.default
    for _, value in (pair for pair in given if pair[0] == "business"):
        try:
            house.business(value)
            business = value
        except InputError as error:
            problems += [_said(sentence, f"{house.titles[house.default]} is shown") for sentence in error.problems]
    strategies = _strategies([value for key, value in given if key == "strategy"], problems)
    numbers: dict[str, int] = {}
    moved: dict[str, float] = {}
    for key, value in given:
        if key in LIMITS:
            numbers.update(_whole(key, value, problems))
        elif key not in ("business", "strategy"):
            moved.update(_moved(house, business, key, value, problems))
    return View(business, strategies, **numbers, moved=tuple(sorted(moved.items()))), problems


def opening(strategies: Sequence[str]) -> list[tuple[str, str]]:
    """The part of an address that shows these strategies, none being the usual ones; InputError with all mistakes."""
    problems = [sentence for place, spelling in enumerate(strategies)
                for sentence in _wrong(spelling, strategies[:place])]
    if len(strategies) == 1 and not problems:
        problems = [f"a comparison needs two strategies, and here is only '{strategies[0]}'; name a second"]
    if problems:
        raise InputError(problems)
    return [("strategy", spelling) for spelling in strategies]


def _wrong(spelling: str, before: Sequence[str]) -> list[str]:
    """What is wrong with showing a strategy beside those before it."""
    from strategies.registry import find, names

    name = spelling.partition(":")[0].strip()
    if name not in names():
        # Only by name: an address must not make the server run a file.
        return [f"no strategy is called '{name[:80]}'{nearest(name, names())}"]
    if spelling in before:
        return [f"strategy '{spelling}' is named twice"]
    if len(before) >= MOST_STRATEGIES:
        return [f"a page shows at most {MOST_STRATEGIES} strategies, and '{spelling}' would be one more"]
    try:
        find(spelling)
    except InputError as error:
        return error.problems
    return []


def _strategies(named: Sequence[str], problems: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for spelling in named:
        wrong = _wrong(spelling, found)
        problems += [_said(sentence, "It is left out" if spelling not in found else "Once is enough")
                     for sentence in wrong]
        found += [] if wrong else [spelling]
    if len(found) >= 2:
        return tuple(found)
    if named:
        problems.append(_said("a comparison needs two strategies", "Others are shown"))
    return tuple(dict.fromkeys([*found, *View.strategies]))[:2]


def _said(sentence: str, then: str) -> str:
    """What is wrong, and what is done about it."""
    return f"{sentence[0].upper()}{sentence[1:]}{'' if sentence.endswith('?') else '.'} {then}."


def _whole(key: str, text: str, problems: list[str]) -> dict[str, int]:
    low, high = LIMITS[key]
    if text.isascii() and text.isdigit() and len(text) < 25 and low <= int(text) <= high:
        return {key: int(text)}
    usual = getattr(View, key)
    problems.append(f"{key} = {text[:40]}: must be a whole number from {low:,} to {high:,}. {usual:,} is used.")
    return {}


def _moved(house: House, business: str, key: str, text: str, problems: list[str]) -> dict[str, float]:
    try:
        slider = house.slider(business, key)
    except InputError:
        keys = [one.key for one in (*house.shown(business), *house.others(business))]
        problems.append(_said(f"'{key[:80]}' is no assumption of the page for {house.titles[business]}"
                              f"{nearest(key, keys)}", "It is left out"))
        return {}
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not slider.low <= value <= slider.high or (slider.whole and value != round(value)):
        what = "a whole number" if slider.whole else "a number"
        problems.append(f"{key} = {text[:40]}: must be {what} from {slider.low:g} to {slider.high:g}. Today's value, "
                        f"{slider.today:g}, is used.")
        return {}
    return {} if value == slider.today else {key: value}


def command(view: View, house: House, verb: str = "compare", fixed: bool = True) -> list[str]:
    """The words of the command that gives the numbers of `view.runs` pairs; `fixed`: with intervals of luck alone."""
    words = ["amends", verb, house.spelled(view.business), *view.strategies, *(["--fixed"] if fixed else [])]
    for name in LIMITS:
        usual = FIRST_RUNS if name == "runs" else getattr(View, name)
        if getattr(view, name) != usual:
            words += [f"--{name}", str(getattr(view, name))]
    for key, value in settings(house.business(view.business), dict(view.moved)).items():
        words += ["--set", f"{key}={value!r}"]
    return words
