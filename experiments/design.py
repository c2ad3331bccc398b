"""What is asked: one configuration point, how many runs of it, and how that splits into tasks.

The unit of work is a `Task`: one point and a block of consecutive runs. Nothing here
plays a run (`experiments.replication`) or writes a file (`experiments.store`).
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.unknown import RUNS_PER_DRAW, Drawn, Unknown, keys_of, unknown
from sim.business import Business, load_business, plain
from sim.config import InputError, merged, read_settings, validated
from sim.psychology import Psychology
from sim.records import SCHEMA_VERSION
from sim.remedy import Strategy, Tabulated, tabulate

if TYPE_CHECKING:
    from sim.inputs import Market

DEFAULT_PEOPLE = 2000
LEAST_PEOPLE, LEAST_CUSTOMERS = 10, 5
"""Below these a run may well have no customer at all, and nothing to compare."""
DEFAULT_SEED = 1
"""Fixed, so that the figures in the README can be repeated."""
ATTRIBUTION_RUNS = 10
"""Runs that also play the corners between `minimum` and `full`; its interval shows that they are fewer."""
SECONDS_PER_PERSON_PERIOD = 50e-9
"""A rough guess, only to cut blocks; no result depends on it."""
SECONDS_PER_WORLD = 0.4e-3
"""The same for a world in which nobody lives."""
SECONDS_PER_DRAW = 20e-3
"""The same for a firm drawn: its numbers are checked and its strategies tabulated."""
BLOCK_SECONDS = 0.4
"""What a block of runs should take: little enough that no process idles long at the end."""


@dataclass(frozen=True)
class Corner:
    """A strategy between `minimum` and `full`: `full` in the factors named, `minimum` in the others."""

    factors: frozenset[str]
    strategy: Tabulated

    @property
    def label(self) -> str:
        """The factors in alphabetical order: 'manner+money'."""
        return "+".join(sorted(self.factors))


@dataclass(frozen=True)
class Point:
    """One configuration: everything a run depends on, except which run it is."""

    business: Business
    psychology: Psychology
    strategies: tuple[Tabulated, ...]
    corners: tuple[Corner, ...]
    people: int
    years: float
    seed: int
    """the master seed; run k has the seed `sim.chance.run_seed(seed, k)`"""
    market: Market | None = None
    unknown: Unknown | None = None
    """what is drawn for every two runs; None: every number is as written"""
    drawn: dict[str, float] | None = None
    """of a world that was drawn: the numbers drawn"""


@dataclass(frozen=True)
class Task:
    """A block of consecutive runs of one point."""

    point: Point
    first: int
    runs: int
    corner_runs: int = 0
    """below this number the first run of each draw plays the corners too"""
    number: int = 0
    """which point of a sweep it is, where there are several"""

    def singly(self) -> list[Task]:
        """The same runs, one task each."""
        return [replace(self, first=k, runs=1) for k in range(self.first, self.first + self.runs)]

    def plays_corners(self, run: int) -> bool:
        """Whether a run plays the corners."""
        return _plays_corners(run, self.corner_runs)

    def worlds(self) -> Iterator[tuple[int, Point]]:
        """Each run with the point it plays: this one, or one drawn from what is not known."""
        point, number = self.point, -1
        for run in range(self.first, self.first + self.runs):
            if self.point.unknown is not None and run // RUNS_PER_DRAW != number:
                number = run // RUNS_PER_DRAW
                world = self.point.unknown.draw(self.point.business, self.point.seed, number)
                point = _drawn(self.point, world, with_corners=run < self.corner_runs)
            yield run, point

    def __str__(self) -> str:
        last = self.first + self.runs - 1
        return f"run {self.first}" if last == self.first else f"runs {self.first} to {last}"


def _drawn(point: Point, world: Drawn, with_corners: bool) -> Point:
    corners = tuple(replace(one, strategy=one.strategy.priced(world.business))
                    for one in (point.corners if with_corners else ()))
    return replace(point, business=world.business, psychology=world.psychology, unknown=None, drawn=world.values,
                   corners=corners,
                   strategies=tuple(strategy.priced(world.business) for strategy in point.strategies))


@dataclass(frozen=True)
class Comparison:
    """A question: these strategies in this business, over so many paired runs."""

    point: Point
    """what is asked, without the corners"""
    runs: int
    factors: tuple[str, ...] = ()
    """what changes between `minimum` and `full`, where the difference is to be shared out; else ()"""

    @property
    def name(self) -> str:
        """A name for the folder: the business's, in letters that every file system takes."""
        return re.sub(r"[^a-z0-9]+", "-", self.point.business.name.lower()).strip("-") or "business"

    @property
    def arms(self) -> tuple[str, ...]:
        """The strategies as they were spelled."""
        return tuple(strategy.spelling for strategy in self.point.strategies)

    @property
    def corner_runs(self) -> int:
        """Below which number the first run of each draw plays the corners."""
        return min(self.runs, RUNS_PER_DRAW * ATTRIBUTION_RUNS) if self.factors else 0

    @property
    def inner_corners(self) -> list[frozenset[str]]:
        """The sets of factors between none and all."""
        sizes = range(1, len(self.factors))
        return [frozenset(some) for size in sizes for some in combinations(self.factors, size)]

    @cached_property
    def played_point(self) -> Point:
        """The point with its corners tabulated: slow, so only when something is to be played."""
        return replace(self.point, corners=_corners(self.point.business, tuple(self.inner_corners)))

    def resolved(self) -> dict[str, Any]:
        """Everything that can change a number, as plain data."""
        point = self.point
        return {
            "schema_version": SCHEMA_VERSION,
            "business": plain(point.business),
            "psychology": point.psychology.model_dump(),
            "strategies": [{"spelling": s.spelling, "identity": s.identity} for s in point.strategies],
            "factors": list(self.factors),
            "runs": self.runs,
            "corner_runs": self.corner_runs,
            "people": point.people,
            "years": point.years,
            "seed": point.seed,
            "market": point.market.digest if point.market else None,
            "unknown": point.unknown.resolved if point.unknown else None,
            "code": code_identity(),
        }

    @cached_property
    def identity(self) -> str:
        """Hash of `resolved()`: equal for equal questions on any machine.

        The order of tables stays in it: of kinds of failure, wanted forms and events the order matters.
        """
        return hashlib.sha256(json.dumps(self.resolved()).encode()).hexdigest()

    def tasks(self, missing: Iterable[int], workers: int) -> list[Task]:
        """The missing runs as blocks of `BLOCK_SECONDS`, at least two for every worker."""
        numbers = sorted(missing)
        costs = [self._seconds(k) for k in numbers]
        limit = min(BLOCK_SECONDS, sum(costs) / (2 * workers)) if numbers else 0.0
        return [Task(self.played_point, block[0], len(block), self.corner_runs)
                for block in _blocks(numbers, costs, limit)]

    def _seconds(self, run: int) -> float:
        point = self.point
        periods = point.years * point.business.periods_per_year
        corners = len(self.inner_corners) if _plays_corners(run, self.corner_runs) else 0
        worlds = 1 + 2 * len(point.strategies) + corners
        draw = SECONDS_PER_DRAW / RUNS_PER_DRAW if point.unknown else 0.0
        return draw + worlds * (SECONDS_PER_WORLD + point.people * periods * SECONDS_PER_PERSON_PERIOD)


def _plays_corners(run: int, below: int) -> bool:
    # a draw's second run would tell little of what is not known
    return run < below and run % RUNS_PER_DRAW == 0


def _blocks(numbers: Sequence[int], costs: Sequence[float], limit: float) -> Iterator[list[int]]:
    """Cut ascending numbers into blocks of consecutive ones that cost about `limit` together.

    Never between two runs of one draw: each block that plays of a draw makes it anew.
    """
    block: list[int] = []
    spent = 0.0
    for number, cost in zip(numbers, costs, strict=True):
        full = spent + cost > limit * (1 + 1e-9) and number % RUNS_PER_DRAW == 0
        if block and (number != block[-1] + 1 or full):
            yield block
            block, spent = [], 0.0
        block.append(number)
        spent += cost
    if block:
        yield block


@cache
def code_identity() -> str:
    """Hash of the sources that can change a number: the two lower floors, and what a replication is."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for folder in ("sim", "strategies"):
        root = here.parent / folder
        for path in sorted(root.rglob("*.py")):
            digest.update(f"{folder}/{path.relative_to(root).as_posix()}".encode())
            digest.update(path.read_bytes())
    for name in ("replication.py", "unknown.py"):
        digest.update((here / name).read_bytes())
    return digest.hexdigest()


def ask(
    business: str | Business = "hotel",
    strategies: Sequence[str | Strategy | Tabulated] = ("minimum", "full"),
    *,
    runs: int = 100,
    people: int | None = None,
    years: float = 10,
    seed: int = DEFAULT_SEED,
    settings: Iterable[str] | Mapping[str, Any] = (),
    customers: str | Path | None = None,
    network: str | Path | None = None,
    draw: bool = False,
    known: Iterable[str] | None = None,
) -> Comparison:
    """Resolve and check a question; nothing is played or written.

    With `draw`, what is not known is drawn for every two runs (`experiments.unknown`), but for
    the keys in `known` (default: those in `settings`); else every number is as written.
    `settings` are `key=value` strings or a nested dict; those under `psychology` change human
    nature, all others the business. Raises InputError with every mistake found.
    """
    from sim.inputs import default_people, load_market

    problems = list(_out_of_range(runs, people, years, seed))
    changes, unreadable = (dict(settings), []) if isinstance(settings, Mapping) else read_settings(settings)
    problems += unreadable
    nature = changes.pop("psychology", {})
    psychology, firm = Psychology(), business if isinstance(business, Business) else None
    try:
        psychology = changed_psychology(nature)
    except InputError as error:
        problems += error.problems
    try:
        if not isinstance(business, Business):
            firm = load_business(business, changes)
        elif changes:
            firm = validated(Business, merged(plain(business), changes), where="--set")
    except InputError as error:
        problems += error.problems
    tables: tuple[Tabulated, ...] = ()
    try:
        tables = tabulated(strategies, firm, readable=draw)
    except InputError as error:
        problems += error.problems
    market = None
    try:
        market = load_market(Path(customers) if customers else None, Path(network) if network else None)
    except InputError as error:
        problems += error.problems
    if problems or firm is None:
        raise InputError(problems)
    if market is not None:
        listed = len(market.ids)
        if people is not None and people < listed:
            raise InputError(f"--people {people} is less than the {listed:,} people in the files")
        people = people or default_people(market, firm.people.customer_share)
    if uneven := uneven_horizon(years, firm):
        raise InputError(f"--years {uneven}")
    people = people or DEFAULT_PEOPLE
    if people < LEAST_PEOPLE:
        raise InputError(f"the files name {people} people; a market needs at least {LEAST_PEOPLE}")
    expected = people * firm.people.customer_share
    if (market is None or market.rate is None) and expected < LEAST_CUSTOMERS:
        raise InputError(f"{people} people with people.customer_share = {firm.people.customer_share:g} make about "
                         f"{expected:.1f} customers; at least {LEAST_CUSTOMERS} are needed")
    drawn = None
    if draw:
        given = keys_of({**changes, "psychology": nature}) if known is None else known
        drawn = unknown(firm, psychology, given, with_files=market is not None)
    point = Point(firm, psychology, tables, (), people, float(years), seed, market, drawn)
    return Comparison(point, runs, factors_between(tables))


def uneven_horizon(years: float, business: Business) -> str:
    """What is wrong with a horizon that is not a whole number of periods, at least one; "" where it is."""
    # `sim.run` refuses it too, but importing that loads the compiler, and a mistake should be told at once.
    periods = years * business.periods_per_year
    if periods < 1 or abs(periods - round(periods)) > 1e-6:
        return f"{years:g} is not a whole number of periods, each a {business.period}"
    return ""


def _out_of_range(runs: int, people: int | None, years: float, seed: int) -> Iterator[str]:
    if runs < 2:
        yield f"--runs {runs}: an interval needs at least 2 runs"
    if people is not None and people < LEAST_PEOPLE:
        yield f"--people {people}: a market needs at least {LEAST_PEOPLE} people"
    if not (math.isfinite(years) and 0 < years <= 100):
        yield f"--years {years}: must be above 0 and at most 100"
    if not 0 <= seed < 2**64:
        yield f"--seed {seed}: must be a whole number from 0 to 2^64 - 1"


def changed_psychology(changes: Any) -> Psychology:
    """The constants of human nature with changes laid over; InputError for a wrong key or value."""
    if not isinstance(changes, Mapping):
        raise InputError("--set psychology: must name a constant, as in psychology.grudge=0.2")
    if not changes:
        return Psychology()
    return validated(Psychology, merged(Psychology().model_dump(), changes), where="--set psychology")


def tabulated(strategies: Sequence[str | Strategy | Tabulated], business: Business | None,
              readable: bool = False) -> tuple[Tabulated, ...]:
    """Find strategies and tabulate them in a business (not without one), unless `readable` without their words."""
    from strategies.registry import find

    result: list[Tabulated] = []
    problems: list[str] = []
    if isinstance(strategies, str):
        strategies = (strategies,)
    if not strategies:
        problems.append("name at least one strategy")
    for given in strategies:
        try:
            found = find(given) if isinstance(given, str) else given
            if isinstance(found, Strategy):
                if business is None:
                    continue
                found = tabulate(found, business, given if isinstance(given, str) else "")
            result.append(found if readable else replace(found, remedies=()))
        except InputError as error:
            problems += error.problems
    names = [table.spelling for table in result]
    problems += [f"strategy '{name}' is named twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if problems:
        raise InputError(problems)
    return tuple(result)


_known_corners: dict[str, tuple[Corner, ...]] = {}
"""Tabulated once per business: the points of a sweep often share it."""


def _corners(business: Business, wanted: tuple[frozenset[str], ...]) -> tuple[Corner, ...]:
    """The strategies between `minimum` and `full`, tabulated."""
    from strategies.switches import switched

    key = json.dumps([plain(business), [sorted(some) for some in wanted]])
    if key not in _known_corners:
        tables = [(some, tabulate(switched(some), business, "+".join(sorted(some)))) for some in wanted]
        _known_corners[key] = tuple(Corner(some, table) for some, table in tables)
    return _known_corners[key]


def factors_between(strategies: Sequence[Tabulated]) -> tuple[str, ...]:
    """What changes between `minimum` and `full`; () unless both are asked about."""
    if not {"minimum", "full"} <= {strategy.spelling for strategy in strategies}:
        return ()
    from strategies.switches import FACTORS

    return tuple(FACTORS)
