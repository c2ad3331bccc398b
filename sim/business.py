"""What a firm is: people, quality, failures, menu, leaving, joining, desk, money.

One TOML file per business. Units stand in the names or in the field's description;
`[sources]` says of every number where it comes from. Preset files lie in
`sim/businesses/`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import exp, floor, log1p, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any, Literal, Self, get_args

from pydantic import Field, model_validator

from sim.config import Fault, InputError, Settings, merged, nearest, read_toml, refuse, validated

Role = Literal[
    "acknowledge", "apologise", "explain", "fix", "replace", "refund", "credit", "extra", "follow_up", "hurry"
]
ROLES: tuple[str, ...] = get_args(Role)
WORDS: frozenset[str] = frozenset({"acknowledge", "apologise", "explain", "follow_up"})
"""Roles that are only said or shown, never goods."""

PERIODS_PER_YEAR = {"week": 52, "month": 12, "quarter": 4}
PRESETS = Path(__file__).parent / "businesses"


def a_share(meaning: str, default: Any = ..., **more: Any) -> Any:
    return Field(default, ge=0.0, le=1.0, description=meaning, **more)


# Upper limits far beyond any business keep whatever is computed from these numbers finite.
MOST = 1e12


def an_amount(meaning: str, default: Any = ..., most: float = MOST, **more: Any) -> Any:
    return Field(default, ge=0.0, le=most, description=meaning, **more)


class People(Settings):
    """Who is in the market, and what they do there."""

    customer_share: float = a_share("share of the market that are customers at the start")
    former_share: float = a_share("share of the market that once were customers", 0.0)
    aware_share: float = a_share("share of the prospects who know of the firm at the start", 0.5)
    encounters_per_year: float = Field(gt=0.0, le=1e6, description="mean encounters of a customer, per year")
    encounters_spread: float = an_amount(
        "coefficient of variation of that rate between people (lognormal)", 0.0, most=100.0)
    spend_per_encounter: float = Field(ge=1e-6, le=MOST, description="mean price of an encounter, in the currency")
    spend_spread: float = an_amount(
        "coefficient of variation of the price between people (lognormal)", 0.0, most=100.0)
    established_after_encounters: int = Field(
        default=5, ge=1, le=1_000_000, description="encounters after which a customer counts as established")
    wants: dict[Role, float] = Field(
        default_factory=dict, description="share of people who want this form of remedy, by role")
    wants_known_share: float = a_share("share of those who know that it exists, and ask for it by name", 0.5)

    @model_validator(mode="after")
    def _shares(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        if self.customer_share == 0:
            yield ("customer_share",), "is 0: there is nobody to lose"
        if self.customer_share + self.former_share > 1 + 1e-9:
            yield ("former_share",), (f"customer_share {self.customer_share:g} and former_share {self.former_share:g} "
                                      "sum to more than 1")
        for role, wanted in self.wants.items():
            if role in WORDS or role == "hurry":
                yield ("wants", role), "is nothing to hold; only a form of remedy can be wanted"
            if not 0 <= wanted <= 1:
                yield ("wants", role), f"is {wanted:g}, but must be a share from 0 to 1"
        if sum(self.wants.values()) > 1 + 1e-9:
            yield ("wants",), f"the shares sum to {sum(self.wants.values()):g}, more than 1"


class Quality(Settings):
    """Encounters in which nothing fails, in standard deviations of the market's encounters."""

    mean: float = Field(default=0.3, ge=-3.0, le=3.0, description="mean quality; 0 is the market's average")
    spread: float = Field(default=0.5, ge=0.0, le=3.0, description="standard deviation of quality")


class Kind(Settings):
    """One kind of failure."""

    title: str = Field(description="what happened, in the customer's words")
    share: float = Field(ge=0.0, le=1.0, description="share of the failures that are of this kind")
    loss_share: float | None = Field(
        default=None, ge=1e-6, le=MOST, description="the customer's loss as a share of the price")
    loss_money: float | None = Field(default=None, ge=1e-6, le=MOST, description="the customer's loss in money")
    severity: float = Field(gt=0.0, le=5.0, description="how bad it is; 1 is a moderate failure")
    money_at_stake: bool = Field(default=False, description="whether the customer stands to lose money")
    rejected: bool = Field(default=False, description="whether the customer rejects the flawed service")
    watched_share: float = a_share("how often others see it", 0.0)
    detected_share: float = a_share("how often the firm sees it unprompted", 0.0)
    margin_kept_share: float = a_share("share of the encounter's margin that the firm keeps all the same", 1.0)
    lag_months: float = an_amount(
        "time from the purchase to the failure, in months; 0: at the encounter", 0.0, most=1200.0)
    legal_floor: list[str] = Field(
        default_factory=list, description="measures always given by law, whatever the strategy")

    @model_validator(mode="after")
    def _one_loss(self) -> Self:
        if (self.loss_share is None) == (self.loss_money is None):
            raise ValueError("needs exactly one of loss_share and loss_money")
        return self

    def loss(self, spend: float) -> float:
        """The customer's loss in money when the encounter's price is `spend`."""
        return self.loss_money if self.loss_money is not None else (self.loss_share or 0.0) * spend


def _keyed(data: Any, known: set[str]) -> Any:
    """Move the sub-tables of a table that mixes values and keyed tables into 'kinds'."""
    if not isinstance(data, Mapping) or "kinds" in data:
        return data
    plain = {key: value for key, value in data.items() if key in known or not isinstance(value, Mapping)}
    return {**plain, "kinds": {key: value for key, value in data.items() if key not in plain}}


class Failures(Settings):
    """How often a service fails, and in which ways: `[failures]` and `[failures.KIND]`."""

    per_encounter: float = a_share("probability that an encounter fails (or leads to a failure later)")
    kinds: dict[str, Kind] = Field(description="the kinds of failure by name")

    @model_validator(mode="before")
    @classmethod
    def _split(cls, data: Any) -> Any:
        return _keyed(data, {"per_encounter"})

    @model_validator(mode="after")
    def _sum(self) -> Self:
        if not self.kinds:
            raise ValueError("needs at least one kind of failure, such as a table [failures.late]")
        total = sum(kind.share for kind in self.kinds.values())
        if abs(total - 1) > 1e-6:
            listed = " + ".join(f"{name} {kind.share:g}" for name, kind in self.kinds.items())
            raise ValueError(f"the shares of the kinds must sum to 1, not {total:g} ({listed})")
        return self


class Measure(Settings):
    """One thing the front desk can say, do or give.

    Worth is what it is worth to the customer at face value, cost what it costs the
    firm; each is a share of this customer's loss or an amount of money.
    """

    role: Role = Field(description="what it is for")
    words: str = Field(description="what is said at the desk")
    sincerity: float = a_share("how sincerely it is said; 0: not at all", 0.0)
    days: float = an_amount("how long the customer waits for it", 0.0)
    days_saved: float = an_amount("by how many days it shortens the wait (role hurry)", 0.0)
    minutes: float = an_amount("the desk's time per round in which it is offered", 0.0)
    form: Literal["words", "service", "cash", "goods", "credit"] = Field(
        default="words", description="what the customer holds in the end")
    worth_share: float | None = an_amount("worth to the customer, as a share of the loss", None)
    worth_money: float | None = an_amount("worth to the customer, in money", None)
    cost_share: float | None = an_amount("cost to the firm, as a share of the loss", None)
    cost_money: float | None = an_amount("cost to the firm, in money", None)
    cost_when_redeemed: bool = Field(
        default=False, description="whether it costs, and draws a visit, only when redeemed")
    redeemed_share: float = a_share("how many redeem it, of those who may", 1.0)
    kinds: list[str] = Field(default_factory=list, description="failures it answers; empty: all")

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        if (self.worth_share is None) == (self.worth_money is None):
            yield (), "needs exactly one of worth_share and worth_money"
        if (self.cost_share is None) == (self.cost_money is None):
            yield (), "needs exactly one of cost_share and cost_money"
        if (self.form == "words") != (self.role in WORDS or self.role == "hurry"):
            yield ("form",), (f"is '{self.form}', which does not go with role '{self.role}'; "
                              + ("only words do" if self.form != "words" else "take service, cash, goods or credit"))
        elif self.form == "words" and (self.worth_share or self.worth_money):
            yield (("worth_share" if self.worth_share else "worth_money"),), "words have no worth of their own; write 0"
        if self.days_saved and self.role != "hurry":
            yield ("days_saved",), "belongs to role 'hurry'"

    @property
    def is_goods(self) -> bool:
        """Whether the customer receives something beyond words and haste."""
        return self.form != "words"


class Leaving(Settings):
    """When a customer decides whether to stay, and how likely leaving is."""

    when: Literal["at_encounter", "at_renewal"] = Field(description="when customers decide")
    contract_months: float | None = Field(
        default=None, gt=0.0, le=1200.0, description="time between renewals, in months")
    at_typical: float = Field(gt=0.0, lt=1.0, description="probability per decision at typical confidence")
    at_none: float = Field(gt=0.0, lt=1.0, description="probability per decision at no confidence at all")

    @model_validator(mode="after")
    def _contract(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        if (self.when == "at_renewal") != (self.contract_months is not None):
            yield ("contract_months",), "is needed with when = 'at_renewal', and only there"
        if self.at_none < self.at_typical:
            yield ("at_none",), f"is {self.at_none:g}, but must not be below at_typical, {self.at_typical:g}"


class Joining(Settings):
    """How people hear of the firm and become customers."""

    advertising_per_year: float = Field(default=0.2, ge=0.0, lt=1.0, description="share of the unaware reached a year")
    at_typical_per_year: float = Field(
        gt=0.0, lt=1.0, description="probability a year that one who knows the firm joins, at typical confidence")
    at_none_per_year: float = Field(gt=0.0, lt=1.0, description="the same at no confidence at all")
    winback: float = a_share("factor on the probability for former customers", 0.5)
    today: str = Field(default="minimum", description="the strategy under which the base is as it is")
    growth_annual: float = Field(default=0.0, ge=-1.0, le=1.0, description="growth of the base under that strategy")

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.at_none_per_year > self.at_typical_per_year:
            refuse([(("at_none_per_year",), f"is {self.at_none_per_year:g}, but must not be above "
                     f"at_typical_per_year, {self.at_typical_per_year:g}")])
        return self

    def anchors(self, at_typical: float) -> dict[str, float]:
        """Both anchors, as settings, for another probability at typical confidence; that at none is never above it."""
        return {"at_typical_per_year": at_typical, "at_none_per_year": min(self.at_none_per_year, at_typical)}


class Talk(Settings):
    """Who talks to whom about this kind of firm."""

    ties: float = an_amount("mean number of strong ties of a person (without a network file)", 8.0, most=1000.0)
    weak_share: float = a_share("share of what is told that reaches a stranger", 0.3)
    volume: float = an_amount("how much this kind of service is talked about; 1 is usual", 1.0, most=1000.0)


class FrontDesk(Settings):
    """The people at the counter."""

    workers_per_1000: float = Field(
        default=5.0, gt=0.0, le=1000.0, description="front-desk workers per 1,000 people in the market")
    wage_per_minute: float = an_amount("cost of a minute of the desk's time")
    contact_cost: float = an_amount("cost of each round of a complaint beside the minutes")
    manager_cost: float = an_amount("cost of a round with a manager")
    replacement_cost: float = an_amount("cost of replacing a worker who quits")
    max_pushes: int = Field(default=5, ge=0, le=9, description="the most pushes a case can have")
    witnesses: float = Field(default=0.0, ge=0.0, le=50.0, description="people who see a watched case")


class Opportunists(Settings):
    """Those who claim what did not happen."""

    share: float = Field(default=0.0, ge=0.0, le=1.0, description="share of people who would")
    claims_per_encounter: float = Field(
        default=0.2, gt=0.0, lt=1.0,
        description="claims of an opportunist per encounter, at middling justice and ease 1")
    kind: str | None = Field(
        default=None, description="the kind of failure they claim; none: the first with money at stake")


class Finance(Settings):
    """Money of the firm."""

    margin_share: float = Field(gt=-1.0, le=1.0, description="contribution margin as a share of the price")
    discount_rate_annual: float = Field(default=0.10, ge=0.0, le=1.0, description="discount rate per year")
    acquisition_cost: float = an_amount("cost of winning a customer", 0.0)
    refill_share: float = a_share("share of lost demand that others take up; of added demand, that displaces them", 0.0)
    promise_cost: float = an_amount("cost of making the promise, per encounter", 0.0)


class Event(Settings):
    """A scheduled failure, for shocks and for experiments on the model."""

    period: int = Field(ge=1, le=100_000, description="in which period, from 1")
    kind: str = Field(description="which kind of failure")
    whom: Literal["customers", "new", "established", "low", "middle", "high"] = Field(
        default="customers", description="among which customers")
    share: float = Field(default=1.0, gt=0.0, le=1.0, description="share of those it strikes")


class Source(Settings):
    """Where a number comes from."""

    grade: Literal["measured", "published", "assumption", "fitted"] = Field(
        description="how well the number is known")
    source: str = Field(default="", description="where it was read, or how it was derived")
    range: list[float] | None = Field(default=None, min_length=2, max_length=2, description="values worth exploring")

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        if self.grade == "assumption" and self.range is None:
            yield (), "an assumption needs a range"
        if self.grade != "assumption" and not self.source:
            yield (), f"a {self.grade} number needs a source"
        if self.range and self.range[0] > self.range[1]:
            yield ("range",), f"must run from low to high, not from {self.range[0]:g} to {self.range[1]:g}"


class Business(Settings):
    """A firm, complete: everything about it that can change a result."""

    name: str = Field(description="short name")
    title: str = Field(description="what it is, for a heading")
    summary: str = Field(default="", description="a sentence or two on the business")
    customer_word: str = Field(default="customer", description="what it calls a customer")
    currency: str = Field(min_length=1, description="currency of every amount")
    period: Literal["week", "month", "quarter"] = Field(default="month", description="length of a period")
    people: People
    quality: Quality = Quality()
    failures: Failures
    menu: dict[str, Measure] = Field(description="what the desk can say, do or give, by name")
    leaving: Leaving
    joining: Joining
    talk: Talk = Talk()
    front_desk: FrontDesk
    opportunists: Opportunists = Opportunists()
    finance: Finance
    events: dict[str, Event] = Field(default_factory=dict)
    sources: dict[str, Source] = Field(default_factory=dict, description="source of each number by dotted key")

    @property
    def periods_per_year(self) -> int:
        return PERIODS_PER_YEAR[self.period]

    @property
    def kind_names(self) -> list[str]:
        return list(self.failures.kinds)

    @property
    def asked_roles(self) -> list[str]:
        """The roles that customers may ask for by name, in a fixed order."""
        return list(self.people.wants)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse(self._faults())
        return self

    @classmethod
    def cross_faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Names that nothing has, in raw data of which parts may be wrong."""
        kinds, measures = _tables(data, "failures"), _tables(data, "menu")
        claims = data.get("opportunists")
        named: list[tuple[tuple[str, ...], Any]] = [
            (("menu", name, "kinds"), kind) for name, measure in measures.items() for kind in _names(measure, "kinds")]
        named += [(("events", name, "kind"), event.get("kind")) for name, event in _tables(data, "events").items()]
        named += [(("opportunists", "kind"), claims.get("kind"))] if isinstance(claims, Mapping) else []
        for keys, kind in named:
            if kinds and isinstance(kind, str) and kind not in kinds:
                yield keys, f"no failure is called '{kind}'" + nearest(kind, kinds)
        for name, failure in kinds.items():
            keys, given = ("failures", name, "legal_floor"), _names(failure, "legal_floor")
            for floored in dict.fromkeys(given):
                answers = _names(measures.get(floored, {}), "kinds")
                if measures and floored not in measures:
                    yield keys, f"no measure is called '{floored}'" + nearest(floored, measures)
                elif answers and name not in answers and set(answers) <= kinds.keys():
                    yield keys, f"menu.{floored} does not answer this kind of failure; see its kinds"
                if given.count(floored) > 1:
                    yield keys, f"names '{floored}' twice"

    def _faults(self) -> Iterator[Fault]:
        yield from self.cross_faults(plain(self))
        if not self.menu:
            yield ("menu",), "needs at least one measure"
        for name, failure in self.failures.kinds.items():
            lag = failure.lag_months
            if lag and floor(lag * self.periods_per_year / 12 + 0.5) < 1:
                yield (("failures", name, "lag_months"),
                       f"is {lag:g}, less than half a {self.period}; take a shorter period or 0")
        months = self.leaving.contract_months
        if months is not None and months * self.periods_per_year / 12 < 1 - 1e-9:
            yield (("leaving", "contract_months"),
                   f"is {months:g}, shorter than the period, a {self.period}; take a shorter period")
        known = {".".join(path) for path in _paths(plain(self, complete=True))}
        for number in self.sources:
            if number not in known:
                yield ("sources", number), "is no key of this business" + nearest(number, known)
        lost = self.encounters_cut()
        if lost > 0.01:
            yield (("people", "encounters_per_year"),
                   f"{self.people.encounters_per_year:g} is too many for one encounter a {self.period}: "
                   f"{100 * lost:.0f} % would be cut; take a shorter period")

    def encounters_cut(self) -> float:
        """Share of encounters lost to 'at most one per period', from 999 quantiles of the rate."""
        mean = self.people.encounters_per_year / self.periods_per_year
        sigma = sqrt(log1p(self.people.encounters_spread**2))
        normal = NormalDist()
        rates = [
            mean * exp(sigma * normal.inv_cdf((k + 0.5) / 999) - sigma**2 / 2) for k in range(999)
        ]
        return sum(max(0.0, rate - 1) for rate in rates) / sum(rates)


def _tables(data: Mapping[str, Any], key: str) -> dict[str, Mapping[str, Any]]:
    """The sub-tables of a table of raw data."""
    table = data.get(key)
    return {name: inner for name, inner in table.items() if isinstance(inner, Mapping)} if isinstance(
        table, Mapping) else {}


def _names(table: Mapping[str, Any], key: str) -> list[str]:
    listed = table.get(key)
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


def _paths(table: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The keys of nested data, tables included."""
    for key, value in table.items():
        yield (key,)
        if isinstance(value, Mapping):
            yield from ((key, *path) for path in _paths(value))


def presets() -> list[str]:
    """Names of the businesses that come with amends."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def load_business(spelling: str, changes: Mapping[str, Any] | None = None) -> Business:
    """A preset by name or a file by path, with `changes` (a nested dict) laid over it.

    Raises InputError with every mistake of the file and of the changes.
    """
    path = Path(spelling)
    if spelling in presets():
        path = PRESETS / f"{spelling}.toml"
    elif path.suffix != ".toml" and not _is_file(path):
        raise InputError(f"no business is called '{spelling}'" + (nearest(spelling, presets())
                         or f"; there are {', '.join(presets())}, or give the path of a .toml file"))
    data, text = read_toml(path)
    business = validated(Business, data, where=str(path), text=text)
    if changes:
        business = validated(Business, merged(plain(business), changes), where="--set")
    return business


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # no name that a file could have


def plain(business: Business, complete: bool = False) -> dict[str, Any]:
    """The business as plain nested data, spelled as in its file; if `complete`, what is not given is None."""
    data = business.model_dump(exclude_none=not complete)
    data["failures"].update(data["failures"].pop("kinds"))
    return data
