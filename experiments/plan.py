"""An experiment resolved: every point and every arm, checked before anything is played."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments import sampling
from experiments.design import DEFAULT_PEOPLE, Point, code_identity, uneven_horizon
from experiments.experiment_file import MOST_ARMS, MOST_POINTS, ExperimentFile, Variation
from experiments.mistakes import Mistakes
from experiments.pairing import tables
from experiments.parameters import HUMAN, nested, value_of
from experiments.usable import usable
from sim.business import Business, load_business, plain
from sim.config import InputError, merged, nearest, read_toml, validated
from sim.psychology import Psychology
from sim.records import SCHEMA_VERSION

if TYPE_CHECKING:
    from sim.inputs import Market


@dataclass(frozen=True)
class Arm:
    """A strategy with its levers set."""

    spelling: str
    """as it stands in the tables"""
    found_as: str
    """the same with the path of its file from here"""
    levers: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """Everything that an experiment will play."""

    file: ExperimentFile
    name: str
    text: str
    business: Business
    psychology: Psychology
    arms: tuple[Arm, ...]
    scenarios: tuple[dict[str, Any], ...]
    people: int
    market: Market | None
    path: Path
    """the file, as it was named"""
    sources: dict[str, str]
    """hash of every strategy file, by spelling"""

    def point(self, number: int) -> Point:
        """The configuration of a point; InputError where its values contradict each other."""
        business, psychology = world(self.business, self.psychology, self.scenarios[number])
        answers = tables(business, tuple(arm.found_as for arm in self.arms))
        named = tuple(replace(table, spelling=arm.spelling) for table, arm in zip(answers, self.arms, strict=True))
        return Point(business, psychology, named, (), self.people, self.file.years, self.file.seed, self.market)

    def resolved(self) -> dict[str, Any]:
        """Everything that can change a number, as plain data."""
        here = Path(__file__).parent
        # Looked at only where it decides how many runs there are.
        rules = ["sweep_play.py", *(["precision.py"] if self.file.replications.outcome else [])]
        return {
            "schema_version": SCHEMA_VERSION,
            "experiment": self.file.model_dump(exclude={"title"}),
            "business": plain(self.business),
            "psychology": self.psychology.model_dump(),
            "strategies": [{"spelling": table.spelling, "identity": table.identity}
                           for table in self.first_point.strategies],
            "strategy_files": self.sources,
            "points": list(self.scenarios),
            "people": self.people,
            "market": self.market.digest if self.market else None,
            "code": hashlib.sha256("".join([code_identity(), *(
                hashlib.sha256((here / name).read_bytes()).hexdigest() for name in rules)]).encode()).hexdigest(),
        }

    @cached_property
    def first_point(self) -> Point:
        """Point 0."""
        return self.point(0)

    @cached_property
    def identity(self) -> str:
        """Hash of `resolved()`."""
        return hashlib.sha256(json.dumps(self.resolved(), sort_keys=True, default=str).encode()).hexdigest()


def world(business: Business, psychology: Psychology, values: dict[str, Any]) -> tuple[Business, Psychology]:
    """The business and human nature with some numbers changed."""
    firm: dict[str, Any] = {}
    nature: dict[str, Any] = {}
    old = plain(business)
    for key, value in values.items():
        if key.startswith(f"{HUMAN}."):
            nature[key.partition(".")[2]] = value
        else:
            whole = isinstance(value_of(old, key), int) and isinstance(value, float)
            firm = merged(firm, nested(key, round(value) if whole else value))
    if nature:
        psychology = validated(Psychology, merged(psychology.model_dump(), nature), where=HUMAN)
    return (validated(Business, merged(old, firm), where="point") if firm else business), psychology


def load_plan(path: Path) -> Plan:
    """Read and check an experiment file, or by its bare name one that comes with amends.

    InputError has every mistake, with its line and the nearest right word.
    """
    place = path
    if not path.suffix and not path.exists():
        if str(path) not in ready():
            raise InputError(f"no experiment is called '{path}'" + (nearest(str(path), ready())
                             or f"; there are {', '.join(ready())}, or give the path of a .toml file"))
        place = ready()[str(path)]
    data, text = read_toml(place)
    if not data:
        raise InputError(f"{path}: is empty; amends new experiment NAME writes one to begin with")
    wrong = Mistakes(place, text)
    file = usable(data, wrong)
    return replace(_resolved(file, place, wrong), path=path)


def ready() -> dict[str, Path]:
    """The experiments that come with amends, by name."""
    return {one.stem: one for one in sorted(Path(__file__).parent.glob("*.toml"))}


def is_experiment(data: dict[str, Any]) -> bool:
    """Whether raw TOML data look like an experiment rather than a business."""
    return bool({"strategies", "uncertainties", "levers", "replications", "design"} & set(data)) or (
        isinstance(data.get("business"), str))


def _resolved(file: ExperimentFile, path: Path, wrong: Mistakes) -> Plan:
    from sim.inputs import default_people, load_market

    firm: Business | None = None
    nature = Psychology()
    changes = dict(file.settings)
    try:
        given = changes.pop(HUMAN, {})
        if isinstance(given, dict):
            nature = validated(Psychology, merged(nature.model_dump(), given)) if given else nature
        else:
            wrong.add(("settings", HUMAN), "must be a table")
    except InputError as error:
        wrong.take(("settings", HUMAN), error)
    try:
        firm = load_business(_from(path, file.business) if file.business.endswith(".toml") else file.business)
    except InputError as error:
        wrong.take(("business",), error)
    if firm is not None and changes:
        try:
            firm = validated(Business, merged(plain(firm), changes))
        except InputError as error:
            wrong.take(("settings",), error)
    arms, sources = _arms(file, path, wrong)
    if firm is not None:
        _check_uncertainties(file, firm, nature, wrong)
        _check_arms(arms, firm, wrong)
        if uneven := uneven_horizon(file.years, firm):
            wrong.add(("years",), uneven)
    r = file.replications
    spelled = [arm.spelling for arm in arms]
    for key in ("of", "minus"):
        if (named := getattr(r, key)) is not None and named not in spelled:
            wrong.add(("replications", key), f"no arm is called '{named}'" + nearest(named, spelled))
    market = None
    try:
        market = load_market(*(Path(_from(path, one)) if one else None for one in (file.customers, file.network)))
    except InputError as error:
        wrong.take(("customers",), error)
    number = sampling.count(file.uncertainties, file.design)
    if number > MOST_POINTS:
        wrong.add(("design",), f"makes {number:,} points, more than {MOST_POINTS:,}; take fewer levels, or sample")
    wrong.told()
    assert firm is not None
    people = file.people or (default_people(market, firm.people.customer_share) if market else DEFAULT_PEOPLE)
    if market and people < len(market.ids):
        wrong.add(("people",), f"{people} is less than the {len(market.ids):,} people in the files")
        wrong.told()
    scenarios = sampling.points(file.uncertainties, file.design, file.seed)
    _check_points(scenarios, firm, nature, wrong)
    wrong.told()
    return Plan(file, file.name or _plain_name(path), wrong.text, firm, nature, tuple(arms), tuple(scenarios), people,
                market, path, sources)


def _plain_name(path: Path) -> str:
    import re

    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:60] or "experiment"


def _from(path: Path, named: str) -> str:
    """A path in the file, as seen from here."""
    given = Path(named).expanduser()
    return str(given if given.is_absolute() else path.parent / given)


def _found_from(path: Path, spelling: str) -> str:
    """The spelling of a strategy as seen from here: of a .py file, and of the files that a playbook reads."""
    name, colon, rest = spelling.partition(":")
    if name.strip() == "playbook":
        pieces = [piece.partition("=") for piece in rest.split(",")]
        return name + colon + ",".join(
            f"{key}={_from(path, value.strip())}" if key.strip() == "file" and value.strip() else key + equals + value
            for key, equals, value in pieces)
    head, suffix, rest = spelling.partition(".py")
    return _from(path, head + suffix) + rest if suffix else spelling


def _arms(file: ExperimentFile, path: Path, wrong: Mistakes) -> tuple[list[Arm], dict[str, str]]:
    """Every strategy under every combination of its levers."""
    by_strategy: dict[str, dict[str, Variation]] = {name: {} for name in file.strategies}
    for key, lever in file.levers.items():
        strategy, _, parameter = key.rpartition(".")
        owners = [name for name in file.strategies if name == strategy or name.startswith(strategy + ":")]
        if not parameter or not strategy or not owners:
            wrong.add(("levers", key), "must read STRATEGY.parameter, with one of the strategies of this file"
                      + nearest(strategy, [name.partition(":")[0] for name in file.strategies]))
        for name in owners:
            by_strategy[name][parameter] = lever
    arms, sources = [], {}
    for name, levers in by_strategy.items():
        head, suffix, _ = name.partition(".py")
        if suffix:
            source = Path(_from(path, head + suffix))
            if source.is_file():
                sources[name] = hashlib.sha256(source.read_bytes()).hexdigest()
        for chosen in product(*(sampling.levels(lever) for lever in levers.values())):
            values = dict(zip(levers, chosen, strict=True))
            tail = ",".join(f"{key}={spelled(value)}" for key, value in values.items())
            joint = "," if "=" in name.rpartition(":")[2] else ":"
            spelling = name + (joint + tail if tail else "")
            arms.append(Arm(spelling, _found_from(path, spelling), values))
            if len(arms) > MOST_ARMS:
                wrong.add(("levers",), f"make more than {MOST_ARMS} combinations; take fewer values")
                return [], {}
    return arms, sources


def spelled(value: Any) -> str:
    """A value as in the spelling of a strategy."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _check_arms(arms: list[Arm], firm: Business, wrong: Mistakes) -> None:
    for arm in arms:
        try:
            tables(firm, (arm.found_as,))
        except InputError as error:
            wrong.take(("levers",) if arm.levers else ("strategies",), error)


def _check_uncertainties(file: ExperimentFile, firm: Business, nature: Psychology, wrong: Mistakes) -> None:
    """Each number alone: whether it exists, and whether what it may be is allowed."""
    known = [*_keys(plain(firm)), *(f"{HUMAN}.{name}" for name in Psychology.model_fields)]
    for key, variation in file.uncertainties.items():
        old = value_of({**plain(firm, complete=True), HUMAN: nature.model_dump()}, key)
        if old is None or isinstance(old, dict):
            wrong.add(("uncertainties", key), "is no number of this business" + nearest(key, known))
            continue
        tried = variation.values or [sampling.at(variation, u) for u in (1e-6, 1 - 1e-6)]
        for value in tried:
            try:
                world(firm, nature, {key: value})
            except InputError as error:
                # A weight or share that must sum with others can be right only together with them, and beside other
                # mistakes these may have been left out.
                alone = len(file.uncertainties) == 1 and not wrong.found
                if alone or not any("sum" in problem for problem in error.problems):
                    wrong.take(("uncertainties", key), error)
                    break


def _keys(table: dict[str, Any], before: str = "") -> Iterator[str]:
    for key, value in table.items():
        if key == "sources" and not before:
            continue
        if isinstance(value, dict):
            yield from _keys(value, f"{before}{key}.")
        else:
            yield before + key


def _check_points(scenarios: list[dict[str, Any]], firm: Business, nature: Psychology, wrong: Mistakes) -> None:
    """Each point as a whole; the first few contradictions are told."""
    # Sources are long, and no number depends on them. Firm and human nature are checked apart, each state of them once.
    firm = firm.model_copy(update={"sources": {}})
    seen: set[str] = set()
    for number, values in enumerate(scenarios):
        for human in (False, True):
            part = {key: value for key, value in values.items() if key.startswith(f"{HUMAN}.") is human}
            if repr(part) in seen:
                continue
            seen.add(repr(part))
            try:
                world(firm, nature, part)
            except InputError as error:
                shown = ", ".join(f"{key} = {value:.4g}" if isinstance(value, float) else f"{key} = {value}"
                                  for key, value in values.items())
                wrong.add(("uncertainties",), f"point {number} ({shown}) contradicts itself: {error.problems[0]}")
                if len(wrong.found) >= 3:
                    return
