"""What is not known of a firm and of people, and worlds drawn from it: one for every two runs.

Drawn are the numbers of a business that have a range in its [sources], and human nature's
constants: a set of the ensemble that fits the published findings, and, for constants of which
the findings say nothing, a value within the sweep range. What the user set is known, and is not
drawn. A range counts as the middle 95 % of a normal distribution that is cut there, with today's
value on top and each side as wide as its end is far. Draws are addressed by the master seed, the
number of the draw and the key: another key more or less changes no other.

Two runs share a draw, so that what luck does and what is not known can be told apart
(`experiments.estimates.intervals`).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from statistics import NormalDist
from typing import Any

from experiments.parameters import HUMAN, Parameter, put, ranged, value_of
from sim.business import Business, plain
from sim.config import InputError, merged, read_toml, validated
from sim.psychology import Psychology
from sim.remedy import Tabulated

RUNS_PER_DRAW = 2
ENSEMBLE = Path(__file__).parent / "validation" / "ensemble.toml"
NOT_DRAWN = {
    "people.customer_share": "the size of the firm is chosen, with --people",
    "front_desk.max_pushes": "a rule of the house",
}
"""Numbers with a range that are no matter of not knowing."""
JOINING = "joining.at_typical_per_year"
BASE_PEOPLE = 500
"""People in the market in which a drawn firm's joining is found; one run of ten years."""
BASE_YEARS = 10.0
JOINING_ENDS = (0.001, 0.99)
CLOSE = 0.005
"""Growth a year that is near enough to the firm's."""
STRIDE = 0.7
STEPS = 8
ATTEMPTS = 200
_NORMAL = NormalDist()
_CUT = _NORMAL.cdf(-2.0)


@dataclass(frozen=True)
class Drawn:
    """One world that what is known allows."""

    business: Business
    psychology: Psychology
    values: dict[str, float]
    """every number drawn, by its key"""


@dataclass(frozen=True)
class Unknown:
    """What is drawn for a business: numbers with ranges, sets of constants, and how joining follows from both."""

    numbers: tuple[Parameter, ...]
    constants: tuple[Psychology, ...]
    known: tuple[str, ...]
    """keys that the user set, or declared known"""
    today: Tabulated | None
    """today's strategy, where joining is to be such that the base grows as joining.growth_annual says; else None"""

    @cached_property
    def resolved(self) -> dict[str, Any]:
        """What can change a draw, as plain data: the keys and their ranges, a hash of the constants."""
        constants = json.dumps([one.model_dump() for one in self.constants])
        return {
            "runs_per_draw": RUNS_PER_DRAW,
            "known": list(self.known),
            "numbers": {one.key: [one.low, one.today, one.high] for one in self.numbers},
            "constants": hashlib.sha256(constants.encode()).hexdigest(),
            "sets_of_constants": len(self.constants),
            "joining": self.today.identity if self.today else None,
        }

    def draw(self, business: Business, seed: int, number: int) -> Drawn:
        """The draw of that number; worlds that contradict themselves are drawn again.

        InputError where hardly any is free of contradiction.
        """
        base = plain(business) | {"sources": {}}
        for attempt in range(ATTEMPTS):
            at = f"{seed}/{number}/{attempt}"
            values = {one.key: _within(one, _uniform(at, one.key)) for one in self.numbers}
            pick = int(_uniform(at, HUMAN) * len(self.constants))
            human = {key.partition(".")[2]: value for key, value in values.items() if key.startswith(f"{HUMAN}.")}
            try:
                psychology = validated(Psychology, self.constants[pick].model_dump() | human)
                drawn = validated(Business, merged(base, _changes(business, base, values)))
            except InputError:
                continue
            if self.today is not None:
                joining = _joining(drawn, psychology, self.today.priced(drawn), f"{at}/base")
                if joining is None:
                    continue
                drawn, values[JOINING] = _joined(drawn, joining), joining
            constants = {f"{HUMAN}.{name}": value for name, value in psychology.model_dump().items()}
            return Drawn(drawn, psychology, {**values, **constants})
        raise InputError(f"the ranges of '{business.name}' contradict each other: of {ATTEMPTS} worlds drawn from them "
                         "none can be; name fewer ranges in [sources], or keep every number with --fixed")


def unknown(business: Business, psychology: Psychology, known: Iterable[str], with_files: bool) -> Unknown:
    """What is drawn for this business and human nature; `known` are the keys that the user set.

    `with_files`: customers or their ties come from files; then joining stays as it is written.
    """
    known = set(known)
    found = ranged(business, psychology)
    sets = [one.model_dump() for one in ensemble()]
    fixed = {name: value for name, value in psychology.model_dump().items() if f"{HUMAN}.{name}" in known}
    alike = {name for name in sets[0] if len({one[name] for one in sets}) == 1}
    constants = tuple(_allowed({**one, **fixed} for one in sets)) or (psychology,)
    numbers = [one for key, one in found.items()
               if key not in known | set(NOT_DRAWN) and min(one.low, one.today) < max(one.high, one.today)
               and (not key.startswith(f"{HUMAN}.") or key.partition(".")[2] in alike)]
    source = business.sources.get(JOINING)
    today = None
    if source is not None and source.grade == "fitted":
        from sim.remedy import tabulate
        from strategies.registry import find

        numbers = [one for one in numbers if one.key != JOINING]
        if JOINING not in known and not with_files:
            today = tabulate(find(business.joining.today), business)
    return Unknown(tuple(numbers), constants, tuple(sorted(known)), today)


@cache
def ensemble() -> tuple[Psychology, ...]:
    """The sets of constants that fit the published findings (`experiments.psychology_fit`)."""
    return tuple(validated(Psychology, one, where=str(ENSEMBLE)) for one in read_toml(ENSEMBLE)[0]["constants"])


def keys_of(settings: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """The dotted keys of nested settings."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from keys_of(value, f"{before}{key}.")
        else:
            yield before + key


def _allowed(sets: Iterable[dict[str, Any]]) -> Iterator[Psychology]:
    for one in sets:
        try:
            yield validated(Psychology, one)
        except InputError:
            continue


def _uniform(at: str, key: str) -> float:
    """A number between 0 and 1, neither included, for an address."""
    digest = hashlib.blake2b(f"{at}/{key}".encode(), digest_size=8).digest()
    return ((int.from_bytes(digest, "little") >> 12) + 0.5) / 2**52


def _within(number: Parameter, u: float) -> float:
    """The u-quantile of two half normals that meet at today's value and are cut at the ends, 2 deviations off."""
    low, high = min(number.low, number.today), max(number.high, number.today)
    below = (number.today - low) / (high - low)
    if u < below:
        value = number.today + (number.today - low) / 2 * _NORMAL.inv_cdf(_CUT + (0.5 - _CUT) * u / below)
    else:
        value = number.today + (high - number.today) / 2 * _NORMAL.inv_cdf(
            0.5 + (0.5 - _CUT) * (u - below) / (1 - below))
    value = min(high, max(low, value))
    return float(round(value)) if number.whole else value


def _changes(business: Business, data: Mapping[str, Any], values: Mapping[str, float]) -> dict[str, Any]:
    """The numbers as nested settings of the business, `data` as plain; shares of failures are scaled to sum to 1."""
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if not key.startswith(f"{HUMAN}."):
            put(changes, key, round(value) if isinstance(value_of(data, key), int) else value)
    kinds = business.failures.kinds
    drawn = changes.get("failures", {})
    shares = {name: drawn.get(name, {}).get("share", kind.share) for name, kind in kinds.items()}
    total = math.fsum(shares.values())
    scaled = {name: {"share": share / total} for name, share in shares.items()}
    return merged(changes, {"failures": scaled}) if "failures" in changes else changes


def _joined(business: Business, at_typical: float) -> Business:
    joining = business.joining.model_copy(update=business.joining.anchors(at_typical))
    return business.model_copy(update={"joining": joining})


def _joining(business: Business, psychology: Psychology, today: Tabulated, at: str) -> float | None:
    """How readily people must join for the base to grow as the firm sees it grow; None where it cannot.

    A firm knows its growth, seldom how readily people join. Found in one small run under
    today's strategy, by false position from the value as written: what is left of the growth
    is half a per cent a year at most, less than the noise of so small a run.
    """
    from sim.population import populate
    from sim.run import Run

    seed = int(_uniform(at, "seed") * 2**52)
    people = populate(business, psychology, seed, BASE_PEOPLE)

    def too_much(logarithm: float) -> float:
        model = Run(_joined(business, math.exp(logarithm)), today, psychology=psychology, rng=seed,
                    people=BASE_PEOPLE, years=BASE_YEARS, start=people).run()
        start = int((model.people_table["status_at_start"] == 1).sum())
        end = int(model.series["customers"][-1])
        return float((max(end, 0.5) / max(start, 1)) ** (1 / BASE_YEARS) - 1) - business.joining.growth_annual

    low, high = (math.log(end) for end in JOINING_ENDS)
    x = min(high, max(low, math.log(business.joining.at_typical_per_year)))
    off = too_much(x)
    while abs(off) > CLOSE:
        beyond = max(low, x - STRIDE) if off > 0 else min(high, x + STRIDE)
        if beyond == x:
            return None
        there = too_much(beyond)
        if there * off <= 0:
            return math.exp(_between(too_much, (x, off), (beyond, there)))
        x, off = beyond, there
    return math.exp(x)


def _between(f: Callable[[float], float], one: tuple[float, float], other: tuple[float, float]) -> float:
    """Where f is nearly 0 between two points at which its signs differ: false position, halved ends (Illinois)."""
    (a, at_a), (b, at_b) = one, other
    for _ in range(STEPS):
        if abs(at_b) <= CLOSE:
            break
        middle = b - at_b * (b - a) / (at_b - at_a)
        value = f(middle)
        if value * at_b <= 0:
            a, at_a = b, at_b
        else:
            at_a /= 2
        b, at_b = middle, value
    return b
