"""Which numbers can be dragged, and how they are said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from experiments.parameters import (
    HUMAN,
    REMEDY,
    REMEDY_FACTOR,
    TRIPLES,
    WEIGHTS,
    parameters,
    put,
    ranged,
    remedies,
    value_of,
)
from sim.business import Business, plain
from sim.config import InputError
from sim.psychology import Psychology

SHOWN: dict[str, tuple[str, str, str]] = {
    "people.encounters_per_year": ("Encounters of one {noun} a year", "number", "What one customer is worth"),
    "people.spend_per_encounter": ("What one {noun} pays each time", "money", "What one customer is worth"),
    "finance.margin_share": ("Margin", "percent", "What one customer is worth"),
    "failures.per_encounter": ("Encounters in which something fails", "percent", "What goes wrong"),
    REMEDY: ("Cost of remedies", "times", "What goes wrong"),
    f"{HUMAN}.persistence_mean": ("The refused who push on", "percent", "What goes wrong"),
    "talk.volume": ("Word of mouth", "times", "Who hears, who cheats"),
    "opportunists.share": ("People who would claim what did not happen", "percent", "Who hears, who cheats"),
    "finance.refill_share": ("Lost demand others take up", "percent", "The market"),
    "finance.discount_rate_annual": ("Discount rate", "percent", "The market"),
}
"""The numbers people argue about: label, form and group of each."""
SHARES = ("share", "per_encounter", "at_typical", "at_none", "winback", "per_year", "annual")


@dataclass(frozen=True)
class Slider:
    """A number that can be dragged between the ends of the range worth exploring."""

    key: str
    label: str
    form: str
    """how a value is written: money, percent, number, times (a factor)"""
    group: str
    """heading on the page; '' for those behind 'more assumptions'"""
    today: float
    low: float
    high: float
    whole: bool
    meaning: str
    note: str
    source: str

    def to_dict(self) -> dict[str, Any]:
        """As plain data for the page."""
        return dict(self.__dict__)


def shown(business: Business) -> list[Slider]:
    """The sliders that stand on the page from the start: those of `SHOWN` that have a range here."""
    known = ranged(business, Psychology())
    wanted = [key for key in SHOWN if key in known and known[key].low < known[key].high]
    found = {p.key: p for p in parameters(business, Psychology(), only=wanted)}
    result = []
    for key, (label, form, group) in SHOWN.items():
        if key == REMEDY:
            p = REMEDY_FACTOR
            result.append(Slider(key, label, form, group, p.today, p.low, p.high, p.whole, p.meaning, p.note,
                                 "of this page"))
        elif key in found:
            p = found[key]
            named = label.format(noun=business.customer_word)
            result.append(Slider(key, named, form, group, p.today, p.low, p.high, p.whole, p.meaning, p.note,
                                 _source(business, key)))
    return result


def others(business: Business) -> list[Slider]:
    """All other numbers with a range, human nature's constants last. Takes about a second."""
    return [_other(business, p) for p in parameters(business, Psychology(), True) if p.key not in SHOWN]


def single(business: Business, key: str) -> Slider:
    """The slider of a key that is none of `SHOWN`; InputError where there is none."""
    return _other(business, parameters(business, Psychology(), only=(key,))[0])


def _other(business: Business, p: Any) -> Slider:
    last = p.key.rpartition(".")[2]
    share = last.endswith(SHARES) and p.high <= 1 and p.low >= -1
    return Slider(p.key, p.meaning[:1].upper() + p.meaning[1:], "percent" if share else "number", "", p.today, p.low,
                  p.high, p.whole, p.meaning, p.note, _source(business, p.key))


def _source(business: Business, key: str) -> str:
    """How well the number is known, and from where."""
    if key.startswith(f"{HUMAN}."):
        extra = Psychology.model_fields[key.partition(".")[2]].json_schema_extra
        return str(extra["source"]) if isinstance(extra, dict) else ""
    about = business.sources.get(key)
    return "" if about is None else ": ".join(part for part in (about.grade, about.source) if part)


def settings(business: Business, moved: Mapping[str, float]) -> dict[str, float]:
    """What `--set` says for the sliders moved, by dotted key; what adds up to 1 with them is scaled.

    InputError where they cannot all be so at once.
    """
    data = plain(business, complete=True)
    # The factor first: a measure with a cost of its own keeps that.
    result = remedies(business, moved[REMEDY]) if REMEDY in moved else {}
    for key, value in moved.items():
        if key != REMEDY:
            old = value_of({**data, HUMAN: Psychology().model_dump()}, key)
            result[key] = round(value) if isinstance(old, int) else float(value)
    for together in _sums(business):
        if any(key in moved for key in together):
            result.update(_scaled(together, {key: moved[key] for key in together if key in moved}))
    return result


def nested_settings(business: Business, moved: Mapping[str, float]) -> dict[str, Any]:
    """The same as nested data."""
    result: dict[str, Any] = {}
    for key, value in settings(business, moved).items():
        put(result, key, value)
    return result


def _sums(business: Business) -> Iterable[dict[str, float]]:
    """Numbers that add up to 1: the shares of the kinds of failure, the weights of justice."""
    yield {f"failures.{name}.share": kind.share for name, kind in business.failures.kinds.items()}
    for triple in TRIPLES:
        names = [f"{triple}_{weight}" for weight in WEIGHTS]
        yield {f"{HUMAN}.{name}": float(getattr(Psychology(), name)) for name in names}


def _scaled(all_: Mapping[str, float], moved: Mapping[str, float]) -> dict[str, float]:
    """The moved ones as they are, the others in their proportions."""
    left = 1 - sum(moved.values())
    rest = {key: value for key, value in all_.items() if key not in moved}
    before = sum(rest.values())
    if left < 0 or (before <= 0 and abs(left) > 1e-9):
        named = ", ".join(f"{key} = {value:.4g}" for key, value in moved.items())
        raise InputError(f"{named}: with the rest of their kind they must add up to 1")
    return {**moved, **{key: value * left / before for key, value in rest.items()}}
