"""The world at its start (section 4.1 of docs/model.md): who the people are, what they are worth, who knows whom."""

from __future__ import annotations

import math
from typing import Any

import mesa
import numpy as np

from sim.business import Business
from sim.psychology import Psychology
from sim.remedy import OFFER, Case, Strategy, Tabulated, tabulate
from tests.reference.chance import TIES, TRAITS, Chance, count, jump, lognormal, normal, pair, sigma_of
from tests.reference.formulas import Derived, Opinion, clip, logistic, logit
from tests.reference.persons import CUSTOMER, FORMER, PROSPECT, ReferencePerson, ReferenceWorker


class DoNothing(Strategy):
    """Never acts beyond the law."""

    def respond(self, case: Case) -> None:
        return None


class Start(mesa.Model):
    """One firm and the people around it before the first period; `ReferenceModel` adds what happens then."""

    def __init__(self, business: Business, strategy: Tabulated | None, *, psychology: Psychology, seed: int,
                 people: int, years: float | None = None, periods: int | None = None, twin: bool = False,
                 muted: bool = False, chance: Chance | None = None, market: Any = None) -> None:
        super().__init__(rng=seed)
        self.business, self.psychology, self.twin, self.muted = business, psychology, twin, muted
        self.strategy = tabulate(DoNothing(), business) if strategy is None else strategy
        self.offers = [{name: row[name].item() for name in OFFER.names} for row in self.strategy.offers]
        # the twin has no standing policy
        self.promises = self.strategy.promise and not twin
        self.proactive = self.strategy.proactive and not twin
        self.ease = 1.0 if twin else self.strategy.ease
        self.check = 0.0 if twin else self.strategy.check
        self.chance = chance or Chance(seed)
        self.derived = Derived(business, psychology, people, market)
        self.opinion = Opinion(psychology)
        self.kinds = list(business.failures.kinds.values())
        self.wanted_roles = list(business.people.wants)
        self.claimed_kind = self._claimed_kind()
        if periods is None:
            periods = math.floor((10.0 if years is None else years) * business.periods_per_year + 0.5)
        self.periods = periods
        self.period = 0
        self.persons = [ReferencePerson(self, index) for index in range(people)]
        self.order = list(self.persons)
        """the order in which they are played; it must not matter"""
        self.workers = [ReferenceWorker(self, index) for index in range(self.derived.workers)]
        for person in self.persons:
            self.traits(person, market)
        self.value_tiers(market)
        self.tie(market)
        self.demand_at_start = self.demand()
        self.series: list[dict[str, float]] = []
        self.cases: list[dict[str, Any]] = []
        self.now: dict[str, float] = {}

    def _claimed_kind(self) -> int:
        if self.business.opportunists.kind is not None:
            return self.business.kind_names.index(self.business.opportunists.kind)
        at_stake = [number for number, kind in enumerate(self.kinds) if kind.money_at_stake]
        return at_stake[0] if at_stake else 0

    def traits(self, person: ReferencePerson, market: Any) -> None:
        """Who a person is, from TRAITS or from a file of customers."""
        people, c, d, ppy = self.business.people, self.psychology, self.derived, self.derived.ppy
        u0, u1, u2, u3 = self.chance.uniforms(TRAITS, person.index, 0, 0)
        if u0 < people.customer_share:
            person.status = CUSTOMER
        elif u0 < people.customer_share + people.former_share:
            person.status = FORMER
        u_tenure = u1
        person.rate = min(1.0, lognormal(people.encounters_per_year / ppy, people.encounters_spread, u2))
        person.spend = lognormal(people.spend_per_encounter, people.spend_spread, u3)
        rows = 0 if market is None or market.rate is None else len(market.rate)
        if person.index < rows:
            person.rate, person.spend = float(market.rate[person.index]), float(market.spend[person.index])
            if market.status is not None and int(market.status[person.index]) >= 0:
                person.status = int(market.status[person.index])
        elif rows:
            w0, w1, _, _ = self.chance.block(TRAITS, person.index, 0, 3)
            row = jump(pair(w0, w1), rows)
            person.status = PROSPECT
            person.rate, person.spend = float(market.rate[row]), float(market.spend[row])

        u0, u1, u2, u3 = self.chance.uniforms(TRAITS, person.index, 0, 1)
        person.aspiration = clip(c.aspiration_mean + c.aspiration_spread * normal(u0), 0.0, 1.0)
        person.persistence = logistic(logit(c.persistence_mean) + c.persistence_spread * normal(u1))
        person.sensitivity = u2 ** (1.0 / c.sensitivity_shape)
        person.opportunist = u3 < self.business.opportunists.share

        u0, u1, u2, u3 = self.chance.uniforms(TRAITS, person.index, 0, 2)
        cumulative = 0.0
        for number, share in enumerate(people.wants.values()):
            cumulative += share
            if cumulative > u0:
                person.wants = number
                break
        if person.wants >= 0 and u1 < people.wants_known_share:
            person.asks = 1 + person.wants
        person.aware = person.status != PROSPECT or u2 < people.aware_share
        person.until_renewal = u3 * d.contract

        if person.status == CUSTOMER:
            leaving = self.business.leaving
            decisions = 12.0 / leaving.contract_months if leaving.contract_months else person.rate * ppy
            tenure_years = min(50.0, -math.log(u_tenure) / (leaving.at_typical * decisions))
            person.tenure = math.floor(tenure_years * ppy)
            person.encounters = math.floor(tenure_years * person.rate * ppy)
            person.good = (person.rate * d.good_gain / (1.0 - d.memory_good)
                           * (1.0 - d.memory_good**person.tenure))
            person.bad = person.rate * d.bad_gain / (1.0 - d.memory_bad) * (1.0 - d.memory_bad**person.tenure)
        if person.index < rows:
            if market.good is not None and not math.isnan(market.good[person.index]):
                person.good = float(market.good[person.index])
            if market.bad is not None and not math.isnan(market.bad[person.index]):
                person.bad = float(market.bad[person.index])

    def value(self, person: ReferencePerson) -> float:
        return person.rate * self.derived.ppy * person.spend

    def value_tiers(self, market: Any) -> None:
        """Cut the persons at the terciles of value: of the business's distribution, or of the file."""
        people = self.business.people
        if market is not None and market.rate is not None:
            values = [self.value(p) for p in self.persons[:len(market.rate)] if p.status == CUSTOMER]
            if min(values) == max(values):
                return
            first, second = (float(cut) for cut in np.quantile(values, [1 / 3, 2 / 3]))
        else:
            s_rate, s_spend = sigma_of(people.encounters_spread), sigma_of(people.spend_spread)
            s = math.sqrt(s_rate**2 + s_spend**2)
            if s == 0.0:
                return
            m = (math.log(people.encounters_per_year) - s_rate**2 / 2.0
                 + math.log(people.spend_per_encounter) - s_spend**2 / 2.0)
            first, second = math.exp(m + s * normal(1 / 3)), math.exp(m + s * normal(2 / 3))
        for person in self.persons:
            value = self.value(person)
            person.tier = 0 if value < first else 1 if value < second else 2

    def tie(self, market: Any) -> None:
        """Who knows whom."""
        known: list[set[int]] = [set() for _ in self.persons]
        if market is not None and market.edges is not None:
            pairs = [(int(a), int(b)) for a, b in market.edges]
        else:
            pairs = []
            for i in range(1, len(self.persons)):
                u3 = self.chance.uniforms(TIES, i, 0, 0)[3]
                for j in range(count(self.business.talk.ties / 2.0, u3)):
                    w0, w1, _, _ = self.chance.block(TIES, i, 0, 1 + j)
                    pairs.append((i, jump(pair(w0, w1), i)))
        for a, b in pairs:
            known[a].add(b)
            known[b].add(a)
        for person, ties in zip(self.persons, known, strict=True):
            person.ties = sorted(ties)

    def demand(self) -> float:
        """What the customers of this moment would spend in a period."""
        return math.fsum(p.rate * p.spend for p in self.persons if p.status == CUSTOMER)
