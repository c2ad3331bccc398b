"""The contract between the world and a strategy: a case goes in, a remedy comes out.

A strategy is asked once, before a run, about every case there can be; the world
then looks its answers up in a table. So a strategy may be any Python code, and
costs nothing while the world runs.
"""

from __future__ import annotations

import hashlib
import math
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, NoReturn, Self, get_type_hints

import numpy as np

from sim.business import ROLES, Business, Kind
from sim.config import InputError, nearest

SEVERITIES = ("minor", "moderate", "major")
VALUES = ("low", "middle", "high")
TENURES = ("new", "established")


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing the desk can say, do or give in a case of a certain kind.

    `worth` and `cost` are shares of the loss of a customer who pays the mean price.
    """

    name: str
    role: str
    words: str
    sincerity: float
    days: float
    days_saved: float
    minutes: float
    form: str
    worth: float
    cost: float

    @property
    def is_goods(self) -> bool:
        """Whether the customer receives something beyond words and haste."""
        return self.form != "words"


class Menu:
    """The measures that a business has for one kind of failure, by role."""

    def __init__(self, measures: Iterable[Measure]) -> None:
        self.measures = tuple(measures)
        self._by_role: dict[str, tuple[Measure, ...]] = {
            role: tuple(sorted((m for m in self.measures if m.role == role),
                               key=lambda m: (m.cost, m.worth, m.minutes, m.sincerity, m.name)))
            for role in ROLES
        }
        self._best = {
            role: max(found, key=lambda m: (m.worth, m.sincerity, m.days_saved, -m.days, -m.cost, m.name))
            for role, found in self._by_role.items() if found
        }
        self._named = {m.name: m for m in self.measures}

    def best(self, role: str) -> Measure | None:
        """The measure of a role that is worth most to the customer (then the sincerest, the soonest)."""
        return self._best.get(role) if role in self._by_role else self._unknown(role)

    def of(self, role: str) -> tuple[Measure, ...]:
        """All measures of a role, cheapest for the firm first; () where there is none."""
        return self._by_role[role] if role in self._by_role else self._unknown(role)

    @staticmethod
    def _unknown(role: str) -> NoReturn:
        raise InputError(f"no role is called '{role}'" + nearest(role, ROLES))

    def has(self, measure: Measure) -> bool:
        """Whether this very measure is on the menu."""
        named = self._named.get(measure.name)
        return named is measure or named == measure

    def named(self, name: str) -> Measure:
        """The measure of that name; InputError where this kind of failure has none."""
        if name not in self._named:
            raise InputError(f"no measure here is called '{name}'" + nearest(name, self._named))
        return self._named[name]


@dataclass(frozen=True, slots=True)
class Case:
    """What the front desk knows when it must answer."""

    menu: Menu
    kind: str
    """the kind of failure"""
    severity: str
    """minor, moderate or major"""
    value: str
    """low, middle or high: the customer's tercile of value at the start"""
    tenure: str
    """new or established"""
    failures_before: int
    """0, 1 or 2 (2 and more) within memory"""
    apologised_before: bool
    """whether an apology was given within memory"""
    promised: bool
    """whether the promise was made to this customer"""
    watched: bool
    """whether others look on"""
    detected: bool
    """whether the firm opened the case, without a complaint"""
    asked: str | None
    """the role the customer asks for by name (from the first push on), or None"""
    pushes: int
    """how often the customer has pushed so far"""


class Remedy:
    """The whole offer of one round: measures in the order in which they are done.

    None among them is dropped, so that `menu.best(role)` needs no check. An empty
    remedy means: nothing (more).
    """

    __slots__ = ("manager", "measures")

    def __init__(self, measures: Iterable[Measure | None] = (), manager: bool = False) -> None:
        if measures is None or isinstance(measures, (Measure, str)):
            raise InputError("a Remedy takes a list of measures: Remedy([...])")
        self.measures: tuple[Measure, ...] = tuple(m for m in measures if m is not None)
        self.manager = bool(manager)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remedy) and (self.measures, self.manager) == (other.measures, other.manager)

    def __hash__(self) -> int:
        return hash((tuple(m.name for m in self.measures), self.manager))

    def __repr__(self) -> str:
        names = ", ".join(m.name for m in self.measures)
        return f"Remedy({names}{'; manager' if self.manager else ''})"


class Strategy:
    """How a firm answers a complaint. Subclass it, say `respond`, and name what may be tuned.

    Annotated class attributes are parameters (`generous_to: str = "high"`), set in
    the spelling `NAME:generous_to=low`. Four of them are standing policies that act
    without a case:
    """

    promise: bool = False
    """the promise is made at the sale"""
    proactive: bool = False
    """the firm opens a case for a failure it sees, unasked"""
    ease: float = 1.0
    """how easy it is to complain; 2 doubles the odds"""
    check: float = 0.0
    """share of claims examined before anything is given"""

    name: ClassVar[str] = ""

    def __init__(self, **parameters: Any) -> None:
        known = self.parameters()
        for key, value in parameters.items():
            if key not in known:
                raise InputError(f"strategy {self.label()}: no parameter is called '{key}'"
                                 + (nearest(key, known) or f"; there are {', '.join(known)}"))
            setattr(self, key, _typed(self.label(), key, value, known[key]))
        if not (math.isfinite(self.ease) and self.ease > 0):
            raise InputError(f"strategy {self.label()}: ease = {self.ease} must be above 0")
        if not 0 <= self.check <= 1:
            raise InputError(f"strategy {self.label()}: check = {self.check} must be between 0 and 1")
        self.changed = dict(parameters)

    @classmethod
    def parameters(cls) -> dict[str, type]:
        """Names and types of what may be tuned."""
        return {key: kind for key, kind in get_type_hints(cls).items() if kind in (bool, int, float, str)}

    @classmethod
    def label(cls) -> str:
        """The name it is listed under."""
        return cls.name or "".join("-" + c.lower() if c.isupper() else c for c in cls.__name__).strip("-")

    def respond(self, case: Case) -> Remedy | None:
        """Answer a case with the whole offer of this round; None means nothing more."""
        raise InputError(f"strategy {self.label()} does not say how to respond")

    @classmethod
    def from_function(cls, respond: Callable[[Case], Remedy | None]) -> Self:
        """Make a strategy of a bare function `respond(case)`."""
        made = type(respond.__name__, (cls,), {
            "respond": lambda self, case: respond(case), "__doc__": respond.__doc__,
            "name": respond.__name__.replace("_", "-")})
        strategy: Self = made()
        return strategy


def _typed(strategy: str, key: str, value: Any, kind: type) -> Any:
    """A parameter value (perhaps still text) as its type."""
    text = str(value).strip()
    try:
        if kind is bool:
            return {"true": True, "false": False}[text.lower()]
        if kind is str:
            return text
        number = kind(text)
        if not math.isfinite(number):
            raise ValueError
        return number
    except (KeyError, ValueError):
        wanted = {bool: "true or false", int: "a whole number", float: "a number"}[kind]
        raise InputError(f"strategy {strategy}: {key} = '{value}' must be {wanted}") from None


# What the rules read of an offer. Shares are of the customer's own loss.
OFFER = np.dtype([(name, np.float64) for name in (
    "cash_share", "cash_money", "goods_share", "goods_money", "credit_share", "credit_money",
    "cost_share", "cost_money", "redeem_cost_share", "redeem_cost_money", "redeemed_share",
    "minutes", "days", "sincerity_prompt", "sincerity_late",
)] + [(name, np.int64) for name in ("apology", "goods", "manager", "anything")], align=True)
"""One offer: worth by form, cost now and when redeemed, the desk's minutes, days, sincerity, flags."""

DIMENSIONS = ("kind", "value", "tenure", "failures_before", "apologised_before", "promised", "watched",
              "detected", "asked", "pushes")


@dataclass(frozen=True)
class Tabulated:
    """A strategy as the world sees it: every answer looked up, and its standing policies.

    `table` maps the mixed-radix index over `DIMENSIONS` (sizes in `shape`) to a row
    of `offers`; `remedies` are the same offers for people.
    """

    spelling: str
    table: np.ndarray
    shape: tuple[int, ...]
    offers: np.ndarray
    remedies: tuple[tuple[str, Remedy], ...] = field(repr=False)
    promise: bool
    proactive: bool
    ease: float
    check: float

    @cached_property
    def identity(self) -> str:
        """Hash of everything that can change a result."""
        digest = hashlib.sha256()
        for part in (self.table, self.offers):
            digest.update(part.tobytes())
        digest.update(repr((self.shape, self.promise, self.proactive, self.ease, self.check)).encode())
        return digest.hexdigest()

    def priced(self, business: Business) -> Self:
        """The same answers where the numbers of the business differ, its menu and kinds of failure being the same."""
        if len(self.remedies) < len(self.offers):
            raise ValueError(f"{self.spelling}: the remedies behind the offers were left out, so they cannot be priced")
        rows = np.zeros(len(self.offers), OFFER)
        for row, (_, remedy) in enumerate(self.remedies):
            rows[row] = _offer(remedy, business)
        return replace(self, offers=rows)

    def remedy(self, *indices: int) -> Remedy:
        """The answer to the case at these positions of `DIMENSIONS`."""
        return self.remedies[int(self.table[np.ravel_multi_index(indices, self.shape)])][1]


def menus(business: Business) -> dict[str, Menu]:
    """The menu of each kind of failure."""
    result = {}
    for kind_name, kind in business.failures.kinds.items():
        loss = kind.loss(business.people.spend_per_encounter)
        result[kind_name] = Menu(
            Measure(name, m.role, m.words, m.sincerity, m.days, m.days_saved, m.minutes, m.form,
                    _share(m.worth_share, m.worth_money, loss), _share(m.cost_share, m.cost_money, loss))
            for name, m in business.menu.items() if not m.kinds or kind_name in m.kinds)
    return result


def _share(share: float | None, money: float | None, loss: float) -> float:
    return share if share is not None else (money or 0.0) / loss


def severity_word(kind: Kind) -> str:
    """minor up to 0.5, moderate up to 1, major above."""
    return SEVERITIES[(kind.severity > 0.5) + (kind.severity > 1.0)]


def cases(business: Business) -> Iterator[Case]:
    """Every case, in the order of the table."""
    menu_of = menus(business)
    for index in np.ndindex(table_shape(business)):
        yield _case(business, menu_of, index)


def _case(business: Business, menu_of: dict[str, Menu], index: Sequence[int]) -> Case:
    """The case at a place of the table."""
    kind, value, tenure, failures, apologised, promised, watched, detected, asked, pushes = index
    name = business.kind_names[kind]
    return Case(menu_of[name], name, severity_word(business.failures.kinds[name]), VALUES[value], TENURES[tenure],
                failures, bool(apologised), bool(promised), bool(watched), bool(detected),
                (None, *business.asked_roles)[asked], pushes)


def reachable(strategy: Strategy, business: Business) -> np.ndarray:
    """Which cases this strategy can meet in this business: a boolean array of the table's shape.

    No promise stands that is never made; nobody watches where nobody can; the firm
    opens no case if it does not look, or cannot see.
    """
    possible = np.ones(table_shape(business), bool)
    if not strategy.promise:
        possible[:, :, :, :, :, 1] = False
    for number, kind in enumerate(business.failures.kinds.values()):
        if kind.watched_share == 0:
            possible[number, :, :, :, :, :, 1] = False
        if not strategy.proactive or kind.detected_share == 0:
            possible[number, :, :, :, :, :, :, 1] = False
    return possible


def _fill_the_unreachable(table: np.ndarray, possible: np.ndarray) -> None:
    """Give cases that cannot happen the answer of their nearest that can; nothing depends on it but a whole table."""
    for axis in (5, 6, 7):
        no, yes = (np.take(table, side, axis) for side in (0, 1))
        filled = np.stack([no, np.where(np.take(possible, 1, axis), yes, no)], axis)
        table[...] = filled


def table_shape(business: Business) -> tuple[int, ...]:
    """Sizes of `DIMENSIONS` for a business."""
    return (len(business.failures.kinds), 3, 2, 3, 2, 2, 2, 2, 1 + len(business.asked_roles),
            business.front_desk.max_pushes + 1)


def tabulate(strategy: Strategy, business: Business, spelling: str = "") -> Tabulated:
    """Ask a strategy about every case it can tell apart, twice.

    A strategy that reads only some fields of a case answers alike where those are
    alike; its answer then stands for all these cases. Raises InputError, in one sentence,
    where it fails, answers with something that is not a remedy of this menu, or answers
    the same case differently.
    """
    label = spelling or strategy.label()
    menu_of, shape = menus(business), table_shape(business)
    offers: dict[tuple[str, Remedy], int] = {}
    table = np.zeros(shape, np.int32)
    possible = reachable(strategy, business)
    unanswered = possible.copy()
    known: dict[tuple[str, Remedy], int] = {}
    place = 0
    while unanswered.ravel()[place := place + int(unanswered.ravel()[place:].argmax())]:
        index = [int(i) for i in np.unravel_index(place, shape)]
        case = _case(business, menu_of, index)
        remedy, read = _ask(strategy, case, label)
        offer = known.get((case.kind, remedy))
        if offer is None:
            floor = business.failures.kinds[case.kind].legal_floor
            whole = _with_floor(_checked(remedy, case, label), case, floor)
            offer = known[case.kind, remedy] = offers.setdefault((case.kind, whole), len(offers))
        alike = tuple(i if name in read or name == "kind" else slice(None)
                      for i, name in zip(index, DIMENSIONS, strict=True))
        table[alike], unanswered[alike] = offer, False
    _fill_the_unreachable(table, possible)
    rows = np.zeros(len(offers), OFFER)
    for (_, remedy), row in offers.items():
        rows[row] = _offer(remedy, business)
    return Tabulated(label, table.ravel(), table.shape, rows, tuple(offers),
                     bool(strategy.promise), bool(strategy.proactive), float(strategy.ease), float(strategy.check))


class _Watched(Case):
    """A case that notes which of its fields are read, in order."""

    __slots__ = ("_read",)

    def __getattribute__(self, name: str) -> Any:
        if name in Case.__match_args__:
            object.__getattribute__(self, "_read").setdefault(name)
        return object.__getattribute__(self, name)


def _ask(strategy: Strategy, case: Case, label: str) -> tuple[Remedy, Collection[str]]:
    """The answer to a case, and the fields read for it; InputError where a second asking brings another."""
    read: dict[str, None] = {}
    watched = _Watched(*(getattr(case, name) for name in Case.__match_args__))
    object.__setattr__(watched, "_read", read)
    remedy = _answer(strategy, watched, case, label)
    if remedy != _answer(strategy, watched, case, label):
        raise InputError(f"strategy {label} answers the same case differently ({describe(case)}); "
                         "a strategy may not draw lots or remember")
    return remedy, read


def _with_floor(remedy: Remedy, case: Case, floor: list[str]) -> Remedy:
    """The offer with what the law demands anyway."""
    names = {m.name for m in remedy.measures}
    missing = [case.menu.named(name) for name in floor if name not in names]
    return Remedy((*remedy.measures, *missing), remedy.manager) if missing else remedy


def _answer(strategy: Strategy, watched: Case, case: Case, label: str) -> Remedy:
    try:
        remedy = strategy.respond(watched)
    except InputError as error:
        raise InputError(f"strategy {label}: {error} ({describe(case)})") from None
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        line = next((f.lineno for f in reversed(frames) if f.filename != __file__), frames[-1].lineno)
        raise InputError(f"strategy {label} failed in line {line} with {type(error).__name__}: {error} "
                         f"({describe(case)})") from error
    if remedy is None:
        return Remedy()
    if not isinstance(remedy, Remedy):
        raise InputError(f"strategy {label} answered {remedy!r:.60}, not a Remedy ({describe(case)})")
    # a thing without a name cannot even be remembered as an answer
    return remedy if all(isinstance(m, Measure) for m in remedy.measures) else _checked(remedy, case, label)


def _checked(remedy: Remedy, case: Case, label: str) -> Remedy:
    """The remedy, if it is one of this case's menu."""
    for measure in remedy.measures:
        if not isinstance(measure, Measure) or not case.menu.has(measure):
            named = getattr(measure, "name", measure)
            raise InputError(f"strategy {label} offered {named!r:.60}, which is not on the menu for {case.kind} "
                             f"({describe(case)})")
    if len(set(remedy.measures)) < len(remedy.measures):
        raise InputError(f"strategy {label} offers a measure twice in one round ({describe(case)})")
    return remedy


def describe(case: Case) -> str:
    """A case in a few words, for messages."""
    extras = [word for word, so in (("apologised before", case.apologised_before), ("promised", case.promised),
                                    ("watched", case.watched), ("detected", case.detected)) if so]
    if case.asked:
        extras.append(f"asks for {case.asked}")
    return ", ".join([f"case: {case.kind}", f"{case.value} value", case.tenure,
                      f"{case.failures_before} failures before", *extras, f"{case.pushes} pushes"])


def _offer(remedy: Remedy, business: Business) -> np.void:
    """A remedy as numbers; of several certificates in one, all are redeemed as often as the likeliest."""
    row: np.void = np.zeros(1, OFFER)[0]
    saved, goods_given = 0.0, False
    for item in remedy.measures:
        measure = business.menu[item.name]
        form = "cash" if measure.form in ("cash", "service") else measure.form
        if form != "words":
            row[f"{form}_share"] += measure.worth_share or 0.0
            row[f"{form}_money"] += measure.worth_money or 0.0
        cost = "redeem_cost" if measure.cost_when_redeemed else "cost"
        row[f"{cost}_share"] += measure.cost_share or 0.0
        row[f"{cost}_money"] += measure.cost_money or 0.0
        if measure.cost_when_redeemed:
            row["redeemed_share"] = max(row["redeemed_share"], measure.redeemed_share)
        row["minutes"] += measure.minutes
        row["days"] = max(row["days"], measure.days)
        saved += measure.days_saved
        late = goods_given and measure.role in ("acknowledge", "apologise")
        sincerity = "sincerity_late" if late else "sincerity_prompt"
        row[sincerity] = max(row[sincerity], measure.sincerity)
        row["apology"] |= measure.role == "apologise"
        goods_given |= measure.is_goods
    row["days"] = max(0.0, row["days"] - saved)
    row["goods"], row["manager"], row["anything"] = goods_given, remedy.manager, len(remedy.measures) > 0
    return row
