"""The people as rows, and who they are at the start; rows never move."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, floor, log

import numpy as np

from sim.business import Business
from sim.chance import TRAITS, block, jump, key, lognormal, normal, uniform
from sim.compiled import compiled
from sim.inputs import Market
from sim.network import Ties, ties_of
from sim.psychology import Psychology
from sim.records import PEOPLE, dtype
from sim.rules import rule_numbers, tier_cuts

PERSON = dtype(PEOPLE)
NEVER = -1000000
TENURE_LIMIT_YEARS = 50.0

_TRAITS = np.dtype([(name, np.float64) for name in (
    "customer_share", "former_share", "aware_share", "rate", "rate_spread", "spend", "spend_spread", "at_typical",
    "renewals_per_year", "opportunist_share", "wants_known_share", "low_cut", "high_cut",
)])


@dataclass(frozen=True)
class Population:
    """People and their ties as they are when a run begins; shared by all runs of a pair."""

    seed: int
    people: np.ndarray
    ties: Ties
    demand: float
    """expected spend of the customers per period"""
    mean_rate: float | None
    """mean encounters per period of a file's customers; None without a file"""


def populate(
    business: Business, psychology: Psychology, seed: int, people: int, market: Market | None = None
) -> Population:
    """The people of a run: row i depends on the seed and i alone, so that one more changes nobody.

    With a `market` its rows come first, then prospects like them.
    """
    rows = np.zeros(people, PERSON)
    wants = np.cumsum([0.0, *business.people.wants.values()])[1:]
    given = _given(market)
    mean_rate = float(np.mean(given["rate"][given["status"] == 1])) if len(given) else None
    numbers = rule_numbers(business, psychology, mean_rate)
    traits = _traits(business, given if market is not None and market.rate is not None else None)
    generate(np.uint64(seed), rows, traits, wants, _record(numbers), given)
    edges = market.edges if market is not None else None
    ties = ties_of(seed, people, business.talk.ties, edges)
    customers = rows[rows["status"] == 1]
    return Population(seed, rows, ties, float(np.sum(customers["rate"] * customers["spend"])), mean_rate)


_GIVEN = np.dtype([(name, np.float64) for name in ("rate", "spend", "good", "bad")] + [("status", np.int64)])


def _given(market: Market | None) -> np.ndarray:
    """The rows of a customers file as records; none without one."""
    if market is None or market.rate is None:
        return np.zeros(0, _GIVEN)
    rows = np.zeros(len(market.rate), _GIVEN)
    for name in ("rate", "spend", "good", "bad", "status"):
        rows[name] = getattr(market, name)
    return rows


def _traits(business: Business, given: np.ndarray | None) -> np.ndarray:
    people, leaving = business.people, business.leaving
    cuts = tier_cuts(business)
    if given is not None:
        customers = given[given["status"] == 1]
        values = customers["rate"] * business.periods_per_year * customers["spend"]
        low, high = np.quantile(values, [1 / 3, 2 / 3])
        # As in a business without spread, equals are all in the middle.
        cuts = (float(low), float(high)) if values.min() < values.max() else (0.0, np.inf)
    record = np.zeros(1, _TRAITS)
    record[0] = (people.customer_share, people.former_share, people.aware_share,
                 people.encounters_per_year / business.periods_per_year, people.encounters_spread,
                 people.spend_per_encounter, people.spend_spread, leaving.at_typical,
                 12 / leaving.contract_months if leaving.contract_months else 0.0, business.opportunists.share,
                 people.wants_known_share, *cuts)
    return record


def _record(numbers: dict[str, float]) -> np.ndarray:
    record = np.zeros(1, [(name, np.float64) for name in numbers])
    record[0] = tuple(numbers.values())
    return record


@compiled
def generate(seed, people, traits, wants, rules, given):
    """Fill the rows: `docs/model.md`, section 4.1."""
    for i in range(len(people)):
        _person(seed, i, people[i], traits[0], wants, rules[0], given)


@compiled
def _person(seed, i, person, traits, wants, rules, given):
    who = block(seed, TRAITS, i, 0, 0)
    mind = block(seed, TRAITS, i, 0, 1)
    rest = block(seed, TRAITS, i, 0, 2)
    if len(given) > 0:
        like = i
        person.status = 0
        if i < len(given):
            person.status = given[i].status
        else:
            words = block(seed, TRAITS, i, 0, 3)
            like = jump(key(words[0], words[1]), len(given))
        person.rate, person.spend = given[like].rate, given[like].spend
    else:
        u = uniform(who[0])
        person.status = 1 if u < traits.customer_share else 0
        if traits.customer_share <= u < traits.customer_share + traits.former_share:
            person.status = 2
        person.rate = min(1.0, lognormal(traits.rate, traits.rate_spread, uniform(who[2])))
        person.spend = lognormal(traits.spend, traits.spend_spread, uniform(who[3]))
    person.status_at_start = person.status
    person.aspiration = min(1.0, max(0.0, rules.aspiration_mean + rules.aspiration_spread * normal(uniform(mind[0]))))
    odds = log(rules.persistence_mean / (1.0 - rules.persistence_mean)) + rules.persistence_spread * normal(
        uniform(mind[1]))
    person.persistence = 1.0 / (1.0 + exp(-odds))
    person.sensitivity = uniform(mind[2]) ** (1.0 / rules.sensitivity_shape)
    person.opportunist = uniform(mind[3]) < traits.opportunist_share
    person.wants = -1
    for form in range(len(wants)):
        if uniform(rest[0]) < wants[form]:
            person.wants = form
            break
    if person.wants >= 0 and uniform(rest[1]) < traits.wants_known_share:
        person.asks = 1 + person.wants
    person.aware = person.status != 0 or uniform(rest[2]) < traits.aware_share
    person.until_renewal = uniform(rest[3]) * rules.contract_periods
    value = person.rate * rules.periods_per_year * person.spend
    person.tier = 0 if value < traits.low_cut else (1 if value < traits.high_cut else 2)
    if person.status == 1:
        _history(person, uniform(who[1]), traits, rules)
    if i < len(given):
        if given[i].good == given[i].good:
            person.good = given[i].good
        if given[i].bad == given[i].bad:
            person.bad = given[i].bad
    person.last_failure = person.last_apology = NEVER
    person.last_kind = person.due_period = person.due_kind = person.voucher_period = -1
    person.reward = -1.0


@compiled
def _history(person, u, traits, rules):
    """Tenure of a customer, and the evidence that could build up in it."""
    per_year = person.rate * rules.periods_per_year
    decisions = traits.renewals_per_year if traits.renewals_per_year > 0.0 else per_year
    years = TENURE_LIMIT_YEARS
    if decisions > 0.0:
        years = min(years, -log(u) / (traits.at_typical * decisions))
    person.tenure = floor(years * rules.periods_per_year)
    person.encounters = floor(years * per_year)
    person.good = person.rate * rules.good_gain / (1.0 - rules.memory_good) * (1.0 - rules.memory_good**person.tenure)
    person.bad = person.rate * rules.bad_gain / (1.0 - rules.memory_bad) * (1.0 - rules.memory_bad**person.tenure)
