"""The numbers that may be explored: those of a business with a range in [sources], and human nature's constants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from sim.business import Business, Kind, Measure, plain
from sim.config import InputError, merged, nearest, validated
from sim.psychology import Psychology

HUMAN = "psychology"
WEIGHTS = ("distributive", "interactional", "procedural")
TRIPLES = ("satisfaction", "trust")
"""Constants that must sum to 1 by threes."""
REMEDY = "remedy"


@dataclass(frozen=True)
class Parameter:
    """A number with its value today and the range worth exploring."""

    key: str
    """dotted, as for --set"""
    today: float
    low: float
    high: float
    whole: bool
    """whether only whole numbers make sense"""
    meaning: str
    note: str = ""
    """what else changes with it, or why the range is shorter than written"""

    @property
    def width(self) -> float:
        """How far the range reaches."""
        return self.high - self.low


REMEDY_FACTOR = Parameter(REMEDY, 1.0, 0.5, 2.0, False, "factor on the cost to the firm of everything that is given")
"""Not a number of the file, but of all costs on its menu at once."""


def ranged(business: Business, psychology: Psychology) -> dict[str, Parameter]:
    """Every number with a range by its key: the business's in the order of the file, then human nature's."""
    known: dict[str, Parameter] = {}
    data = plain(business, complete=True)
    for key, source in business.sources.items():
        value = value_of(data, key)
        if source.range and _is_number(value):
            known[key] = Parameter(key, float(value), source.range[0], source.range[1], isinstance(value, int),
                                   meaning(business, key), _told(key))
    for name, about in Psychology.model_fields.items():
        extra = about.json_schema_extra
        if isinstance(extra, dict):
            low, high = (float(end) for end in extra["sweep"])  # type: ignore[union-attr, arg-type]
            key = f"{HUMAN}.{name}"
            known[key] = Parameter(key, float(getattr(psychology, name)), low, high, False, about.description or name,
                                   _told(key))
    return known


def parameters(business: Business, psychology: Psychology, with_psychology: bool = False,
               only: Sequence[str] = ()) -> list[Parameter]:
    """Every number with a range that is more than a point, in the order of the file.

    `only` names some; InputError where one of them has no range. Ranges are cut to what
    the business allows while everything else stays.
    """
    found: list[Parameter] = []
    known = ranged(business, psychology)
    wrong = [key for key in only if key not in known]
    if wrong:
        raise InputError([f"--parameter {key}: {_why_not(business, key, known)}" for key in wrong])
    for key, parameter in known.items():
        if (key in only) if only else (with_psychology or not key.startswith(f"{HUMAN}.")):
            cut = _within_reach(parameter, business, psychology)
            if cut.width > 0:
                found.append(cut)
            elif only:
                raise InputError(f"--parameter {key}: its range is a single value, {cut.low:g}")
    return found


def _why_not(business: Business, key: str, known: Iterable[str]) -> str:
    if _is_number(value_of(plain(business, complete=True), key)):
        return "has no range in [sources]; write one there to explore it"
    return "no number with a range is called so" + nearest(key, known)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def remedies(business: Business, factor: float) -> dict[str, float]:
    """What everything that is given costs the firm, so many times, by dotted key."""
    return {f"menu.{name}.{key}": _short(getattr(measure, key) * factor) for name, measure in business.menu.items()
            for key in ("cost_share", "cost_money") if getattr(measure, key)}


def _short(value: float) -> float:
    """Without the last digits of binary arithmetic: people read these."""
    return float(f"{value:.12g}")


def value_of(data: Mapping[str, Any], key: str) -> Any:
    """The value at a dotted key of nested data; None where there is none."""
    current: Any = data
    for part in key.split("."):
        current = current.get(part) if isinstance(current, Mapping) else None
    return current


def nested(key: str, value: Any) -> dict[str, Any]:
    """{'a': {'b': value}} of 'a.b'."""
    for part in reversed(key.split(".")):
        value = {part: value}
    return value  # type: ignore[no-any-return]


def put(changes: dict[str, Any], key: str, value: Any) -> None:
    """Lay a value into nested data under its dotted key; tables on the way are made where they are not there yet."""
    *tables, last = key.split(".")
    for table in tables:
        changes = changes.setdefault(table, {})
    changes[last] = value


def changed(business: Business, psychology: Psychology, key: str, value: float) -> tuple[Business, Psychology]:
    """The same world with one number changed; what adds up to 1 with it is scaled. InputError where it cannot be."""
    first, _, rest = key.partition(".")
    if first == HUMAN:
        return business, validated(Psychology, merged(psychology.model_dump(), _weights(psychology, rest, value)),
                                   where=key)
    parts = key.split(".")
    change: dict[str, Any] = {}
    if key == REMEDY:
        for cost, amount in remedies(business, value).items():
            put(change, cost, amount)
    elif first == "failures" and parts[2:] == ["share"]:
        change = {"failures": _shares(business, parts[1], value)}
    else:
        whole = isinstance(value_of(plain(business), key), int)
        change = nested(key, round(value) if whole else float(value))
    return validated(Business, merged(plain(business), change), where=key), psychology


def _shares(business: Business, kind: str, value: float) -> dict[str, Any]:
    """The share of one kind of failure, the others keeping their proportions."""
    kinds = business.failures.kinds
    rest = 1 - kinds[kind].share
    if rest <= 0:
        raise InputError(f"failures.{kind}.share: is the only kind of failure; its share cannot be changed")
    return {name: {"share": float(value) if name == kind else about.share * (1 - value) / rest}
            for name, about in kinds.items()}


def _weights(psychology: Psychology, name: str, value: float) -> dict[str, float]:
    """A constant; of three weights that sum to 1 the others keep their proportions."""
    triple, _, weight = name.partition("_")
    if triple not in TRIPLES or weight not in WEIGHTS:
        return {name: float(value)}
    old = {f"{triple}_{w}": float(getattr(psychology, f"{triple}_{w}")) for w in WEIGHTS}
    rest = 1 - old[name]
    return {other: float(value) if other == name else share * (1 - value) / rest for other, share in old.items()}


def _told(key: str) -> str:
    parts = key.split(".")
    if parts[0] == "failures" and parts[2:] == ["share"]:
        return "the other kinds of failure keep their proportions"
    if parts[0] == HUMAN and parts[1].partition("_")[0] in TRIPLES and parts[1].partition("_")[2] in WEIGHTS:
        return "the other two weights keep their proportions"
    return ""


def _within_reach(parameter: Parameter, business: Business, psychology: Psychology) -> Parameter:
    """The range as far as the rest of the business allows it, today's value always within."""
    ends = []
    for end in (min(parameter.low, parameter.today), max(parameter.high, parameter.today)):
        inside, outside = parameter.today, end
        if _allowed(business, psychology, parameter.key, end):
            inside = end
        else:
            for _ in range(12):
                middle = (inside + outside) / 2
                if _allowed(business, psychology, parameter.key, middle):
                    inside = middle
                else:
                    outside = middle
        ends.append(inside)
    low, high = ends
    note = parameter.note
    if low > parameter.low or high < parameter.high:
        note = "; ".join(part for part in (note, f"explored only from {low:.3g} to {high:.3g}: beyond, it "
                                                 "contradicts other numbers") if part)
    return Parameter(parameter.key, parameter.today, low, high, parameter.whole, parameter.meaning, note)


def _allowed(business: Business, psychology: Psychology, key: str, value: float) -> bool:
    try:
        changed(business, psychology, key, value)
    except InputError:
        return False
    return True


def meaning(business: Business, key: str) -> str:
    """What a number of the business says, in words."""
    parts = key.split(".")
    if parts[0] == "failures" and len(parts) == 3:
        return f"{_described(Kind, parts[2])} (failure '{parts[1]}')"
    if parts[0] == "menu" and len(parts) == 3:
        return f"{_described(Measure, parts[2])} (measure '{parts[1]}')"
    if parts[:2] == ["people", "wants"] and len(parts) == 3:
        return f"share of people who want the remedy '{parts[2]}'"
    model: Any = Business
    for part in parts[:-1]:
        about = model.model_fields.get(part) if isinstance(model, type) and issubclass(model, BaseModel) else None
        model = about.annotation if about else None
        if not isinstance(model, type):
            model = next((one for one in get_args(model) if isinstance(one, type)), None)
    return _described(model, parts[-1])


def _described(model: Any, name: str) -> str:
    about = model.model_fields.get(name) if isinstance(model, type) and issubclass(model, BaseModel) else None
    return (about.description if about and about.description else name) or name
