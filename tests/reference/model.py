"""The model as docs/model.md tells it, one person and one phase at a time.

Nothing here is clever: whoever doubts a number of the fast engine reads the
section of the page and the method of the same name side by side. Only the
contracts are shared with the engine: the business, the constants of human
nature and a strategy's table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import mesa
import numpy as np

from sim.business import Business
from sim.psychology import Psychology
from sim.remedy import OFFER, Case, Strategy, Tabulated, tabulate
from tests.reference.chance import (
    CASE,
    CASE_TALK,
    CLAIM,
    EVENT,
    ROUTINE,
    TALK,
    TIES,
    TRAITS,
    VISIT,
    WITNESS,
    WORKER,
    Chance,
    count,
    jump,
    lognormal,
    normal,
    pair,
    sigma_of,
    uniform,
)

PROSPECT, CUSTOMER, FORMER = 0, 1, 2
NO_PROMISE, MADE, BROKEN = 0, 1, 2
NEVER = -1000000
QUANTUM = 2.0**-20
COUNTED = ("encounters", "failures", "voiced", "detected", "silent", "accepted", "pushes", "joins", "leavers",
           "told_good", "told_bad", "claims", "claims_paid")
MONEY = ("margin", "refill", "remedies", "handling", "promise", "staff", "false_claims", "acquisition")


def logit(p: float) -> float:
    return math.log(p / (1.0 - p))


def logistic(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    return math.exp(x) / (1.0 + math.exp(x))


def clip(x: float, low: float, high: float) -> float:
    return max(low, min(high, x))


def quanta(evidence: float) -> int:
    """Evidence in whole quanta of 2^-20."""
    return math.floor(evidence * 2.0**20 + 0.5)


class DoNothing(Strategy):
    """Never acts beyond the law."""

    def respond(self, case: Case) -> None:
        return None


class Opinion:
    """Trust as a subjective-logic opinion (section 1)."""

    def __init__(self, psychology: Psychology) -> None:
        self.base_rate, self.caution = psychology.base_rate, psychology.caution

    def uncertainty(self, good: float, bad: float) -> float:
        return 2.0 / (good + bad + 2.0)

    def trust(self, good: float, bad: float) -> float:
        return good / (good + bad + 2.0) + self.base_rate * self.uncertainty(good, bad)

    def confidence(self, good: float, bad: float) -> float:
        return good / (good + bad + 2.0) + (self.base_rate - self.caution) * self.uncertainty(good, bad)


class Derived:
    """The derived constants of section 4.0."""

    def __init__(self, business: Business, c: Psychology, people: int, market: Any = None) -> None:
        ppy = business.periods_per_year
        self.memory_good = 0.5 ** (1.0 / (c.good_half_life_years * ppy))
        self.memory_bad = 0.5 ** (1.0 / (c.bad_half_life_years * ppy))
        self.memory_raise = 0.5 ** (12.0 / (c.aspiration_half_life_months * ppy))
        self.softening = 0.5 ** (12.0 / (c.hardness_half_life_months * ppy))
        self.failure_memory = c.failure_memory_years * ppy
        self.talk_periods = max(1, math.floor(c.talk_months * ppy / 12.0 + 0.5))
        self.lag_periods = [math.floor(k.lag_months * ppy / 12.0 + 0.5) for k in business.failures.kinds.values()]
        self.contract = (business.leaving.contract_months or 0.0) * ppy / 12.0
        mean, spread, exponent = business.quality.mean, business.quality.spread, c.quality_exponent
        qualities = [mean + spread * normal((k + 0.5) / 4096.0) for k in range(4096)]
        average_good = math.fsum(max(0.0, q) ** exponent for q in qualities) / 4096.0
        average_bad = math.fsum(max(0.0, -q) ** exponent for q in qualities) / 4096.0
        self.good_gain = c.encounter_weight * average_good
        self.bad_gain = c.encounter_weight * c.asymmetry * average_bad
        p = business.people.encounters_per_year / ppy
        if market is not None and market.rate is not None:
            p = float(np.mean(np.asarray(market.rate)[np.asarray(market.status) == CUSTOMER]))
        self.mean_rate = p
        self.typical_good = p * self.good_gain / (1.0 - self.memory_good)
        self.typical_bad = p * self.bad_gain / (1.0 - self.memory_bad)
        self.typical_confidence = Opinion(c).confidence(self.typical_good, self.typical_bad)
        self.workers = max(1, math.floor(business.front_desk.workers_per_1000 * people / 1000.0 + 0.5))
        self.ppy = ppy

    def hazard(self, yearly: float) -> float:
        """A yearly probability as one per period."""
        return 1.0 - (1.0 - yearly) ** (1.0 / self.ppy)


class ReferencePerson(mesa.Agent):
    """A prospect, customer or former customer."""

    def __init__(self, model: ReferenceModel, index: int) -> None:
        super().__init__(model)
        self.index = index
        self.status = PROSPECT
        self.aware = False
        self.good = self.bad = self.doubted = 0.0
        self.rate = self.spend = 0.0
        self.aspiration = self.raised = 0.0
        self.persistence = self.sensitivity = 0.0
        self.opportunist = False
        self.wants, self.asks = -1, 0
        self.tier = 1
        self.encounters = self.tenure = 0
        self.until_renewal = 0.0
        self.failures, self.last_failure, self.last_kind = 0, NEVER, -1
        self.apologies, self.last_apology = 0, NEVER
        self.promise = NO_PROMISE
        self.reward = -1.0
        self.due_period, self.due_kind = -1, -1
        self.voucher_period, self.voucher_cost = -1, 0.0
        self.talk_until, self.talk_valence, self.talk_rate = 0, 0, 0.0
        self.margin_pv = self.acquisition_pv = self.remedies_pv = 0.0
        self.ties: list[int] = []
        # what others do to this person in a period, in whole quanta, until the period ends
        self.heard_good = self.heard_bad = self.seen_good = self.seen_bad = 0
        self.present = False


class ReferenceWorker(mesa.Agent):
    """Somebody at the front desk."""

    def __init__(self, model: ReferenceModel, index: int) -> None:
        super().__init__(model)
        self.index = index
        self.hardness = 0.0
        self.pushed = 0


@dataclass
class Today:
    """What one person meets and does in one period."""

    was_customer: bool
    u_routine: tuple[float, float, float, float]
    visit: tuple[int, int, int, int]
    worker: ReferenceWorker
    came: bool = False
    event: int = -1
    """the kind of failure scheduled for this person today"""
    quality: float | None = None
    kind: int = -1
    """the kind of failure met today"""
    failures_before: int = 0
    trust_before: float = 0.0
    unbelief: float = 1.0
    shaken: float = 0.0
    voiced: bool = False
    detected: bool = False
    watched: bool = False
    threshold: float = 0.0
    case: dict[str, Any] | None = None
    money: dict[str, float] = field(default_factory=lambda: dict.fromkeys(MONEY, 0.0))


@dataclass
class Outcome:
    """How a negotiation ended."""

    offer: dict[str, float]
    accepted: bool
    pushes: int
    handling: float
    distributive: float
    interactional: float
    procedural: float
    felt_satisfaction: float
    felt_trust: float


class ReferenceModel(mesa.Model):
    """One firm and the people around it."""

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

    # 4.1 People at the start

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

    # 3 One period

    def run(self) -> ReferenceModel:
        """Play all periods."""
        while self.period < self.periods:
            self.step()
        return self

    def step(self) -> None:
        """One period: for each person age, encounter, failure, voice, recovery, leave, talk, join, claims, book;
        then for all take in what was heard and seen, the front desk, refill, close."""
        self.now = dict.fromkeys((*MONEY, *COUNTED), 0)
        demand = self.demand()
        for person in self.order:
            visit = self.chance.block(VISIT, person.index, self.period, 0)
            today = Today(
                person.status == CUSTOMER, self.chance.uniforms(ROUTINE, person.index, self.period, 0), visit,
                self.workers[jump(pair(visit[0], visit[1]), len(self.workers))])
            self.age(person)
            self.encounter(person, today)
            self.failure(person, today)
            self.voice(person, today)
            self.recovery(person, today)
            self.leave(person, today)
            self.talk(person, today)
            self.join(person, today)
            self.claims(person, today)
            self.book(person, today)
        self.take_in()
        self.front_desk()
        self.refill(demand)
        self.close()

    def age(self, person: ReferencePerson) -> None:
        """4.2: evidence fades, failures and apologies are forgotten."""
        d, t = self.derived, self.period
        person.good *= d.memory_good
        person.bad *= d.memory_bad
        person.doubted *= d.memory_good
        lifted = person.doubted * (1.0 - d.memory_bad)
        person.good += lifted
        person.doubted -= lifted
        person.raised *= d.memory_raise
        if person.status == CUSTOMER:
            person.tenure += 1
        if t - person.last_failure > d.failure_memory:
            person.failures, person.last_kind = 0, -1
        if t - person.last_apology > d.failure_memory:
            person.apologies = 0

    def encounter(self, person: ReferencePerson, today: Today) -> None:
        """4.3: who comes, by habit, for an event or with a certificate."""
        finance, t = self.business.finance, self.period
        if today.was_customer:
            confidence = max(0.0, self.opinion.confidence(person.good, person.bad))
            drawn = (confidence / self.derived.typical_confidence) ** self.psychology.elasticity
            today.came = today.u_routine[0] < min(1.0, person.rate * drawn)
            today.event = self.event(person)
            if today.event >= 0 and self.derived.lag_periods[today.event] == 0:
                today.came = True
        on_certificate = person.voucher_period == t
        today.came = today.came or on_certificate
        person.present = today.came
        if not today.came:
            return
        person.encounters += 1
        self.now["encounters"] += 1
        if on_certificate:
            today.money["remedies"] += person.voucher_cost
            person.voucher_period, person.voucher_cost = -1, 0.0
            return
        today.money["margin"] = person.spend * finance.margin_share
        if self.promises:
            today.money["promise"] += finance.promise_cost
            if person.promise == NO_PROMISE:
                person.promise = MADE
                person.good += self.psychology.promise_evidence

    def event(self, person: ReferencePerson) -> int:
        """The kind of the first scheduled event of this period that strikes the customer, or -1."""
        established = person.encounters >= self.business.people.established_after_encounters
        groups = {"customers", "established" if established else "new", ("low", "middle", "high")[person.tier]}
        for number, event in enumerate(self.business.events.values()):
            if event.period - 1 == self.period and event.whom in groups:
                u0 = self.chance.uniforms(EVENT, person.index, self.period, number)[0]
                if u0 < event.share:
                    return self.business.kind_names.index(event.kind)
        return -1

    def failure(self, person: ReferencePerson, today: Today) -> None:
        """4.4: what fails, how the encounter was if it did not, and what the failure does."""
        c, t = self.psychology, self.period
        at_encounter = False
        if not self.twin:
            if person.due_period == t:
                today.kind = person.due_kind
                person.due_period, person.due_kind = -1, -1
            elif today.event >= 0:
                today.kind = today.event
                at_encounter = self.derived.lag_periods[today.kind] == 0
            elif today.came:
                drawn = self.drawn_kind(today.u_routine[2])
                if drawn >= 0 and self.derived.lag_periods[drawn] > 0:
                    if person.due_period < 0:
                        person.due_period, person.due_kind = t + self.derived.lag_periods[drawn], drawn
                elif drawn >= 0:
                    today.kind, at_encounter = drawn, True
        if today.came and not at_encounter:
            self.quality(person, today)
        if today.kind < 0:
            return
        kind = self.kinds[today.kind]
        if at_encounter:
            today.money["margin"] *= kind.margin_kept_share
        today.trust_before = self.opinion.trust(person.good, person.bad)
        today.failures_before = person.failures
        blame = c.repeat_blame if person.last_kind == today.kind else 1.0
        today.unbelief = 1.0 - person.good / (person.good + person.bad + 2.0)
        person.bad += today.unbelief * c.failure_weight * kind.severity * blame
        shield = c.promise_shield if person.promise == MADE else 0.0
        today.shaken = self.cast_doubt(person, c.shake * min(1.0, kind.severity) * (1.0 - shield))
        person.failures += 1
        person.last_failure = t
        person.last_kind = today.kind
        self.now["failures"] += 1

    def cast_doubt(self, person: ReferencePerson, share: float) -> float:
        """A share of the good evidence is put in doubt."""
        lost = share * person.good
        person.good -= lost
        person.doubted += lost
        return lost

    def drawn_kind(self, u: float) -> int:
        """The kind of failure that chance brings to an encounter, or -1."""
        failures = self.business.failures
        if failures.per_encounter == 0.0:
            return -1
        v = u / failures.per_encounter
        if v >= 1.0:
            return -1
        cumulative = 0.0
        for number, kind in enumerate(self.kinds):
            cumulative += kind.share
            if cumulative > v:
                return number
        return len(self.kinds) - 1

    def quality(self, person: ReferencePerson, today: Today) -> None:
        """An encounter that did not fail leaves good or bad evidence."""
        c, quality = self.psychology, self.business.quality
        z = normal(today.u_routine[1])
        q = quality.mean + quality.spread * z - c.hardness_quality_loss * today.worker.hardness
        person.good += c.encounter_weight * max(0.0, q) ** c.quality_exponent
        person.bad += c.encounter_weight * c.asymmetry * max(0.0, -q) ** c.quality_exponent
        today.quality = q

    def ease_for(self, person: ReferencePerson) -> float:
        return self.ease * (self.psychology.promise_ease if person.promise == MADE else 1.0)

    def voice(self, person: ReferencePerson, today: Today) -> None:
        """4.5: does the customer complain, does the firm ask first, do others look on?"""
        if today.kind < 0:
            return
        c, kind = self.psychology, self.kinds[today.kind]
        u0, u1, u2, u3 = self.chance.uniforms(CASE, person.index, self.period, 0)
        x = (c.voice_base + c.voice_severity * kind.severity + c.voice_money * kind.money_at_stake
             + c.voice_trust * (self.opinion.trust(person.good, person.bad) - 0.5)
             + c.voice_ease * math.log(self.ease_for(person)))
        if person.reward >= 0.0:
            x += c.voice_reward * (person.reward - 0.5)
        today.voiced = u0 < logistic(x)
        today.detected = self.proactive and u1 < kind.detected_share
        today.watched = u2 < kind.watched_share
        today.threshold = person.aspiration + person.raised + c.temperature * logit(u3)
        self.now["voiced"] += today.voiced
        self.now["detected"] += today.detected
        self.now["silent"] += not (today.voiced or today.detected)

    def pushes_in(self, person: ReferencePerson, u: float) -> int:
        """How often the person would push; ease helps each time."""
        ease = self.psychology.voice_ease * math.log(self.ease_for(person))
        persistence = logistic(logit(person.persistence) + ease)
        return min(self.business.front_desk.max_pushes, math.floor(math.log(u) / math.log(persistence)))

    def offer(self, person: ReferencePerson, kind: int, failures_before: int, watched: bool, detected: bool,
              pushes: int) -> dict[str, float]:
        """What the strategy's table says to a case."""
        established = person.encounters >= self.business.people.established_after_encounters
        position = (kind, person.tier, int(established), min(2, failures_before), int(person.apologies > 0),
                    int(person.promise != NO_PROMISE), int(watched), int(detected), person.asks if pushes else 0,
                    pushes)
        index = 0
        for part, size in zip(position, self.strategy.shape, strict=True):
            index = index * size + part
        return self.offers[int(self.strategy.table[index])]

    def negotiate(self, person: ReferencePerson, kind: int, worker: ReferenceWorker, threshold: float, pushes: int,
                  *, voiced: bool, detected: bool, watched: bool, failures_before: int) -> Outcome:
        """4.6: rounds of offers until one is accepted or the person stops pushing."""
        desk, handling, n = self.business.front_desk, 0.0, 0
        while True:
            offer = self.offer(person, kind, failures_before, watched, detected, n)
            handling += desk.contact_cost + offer["minutes"] * desk.wage_per_minute
            if offer["manager"]:
                handling += desk.manager_cost
            outcome = self.felt(person, kind, worker, offer, n, detected)
            outcome.accepted = outcome.felt_satisfaction >= threshold and (voiced or bool(offer["goods"]))
            outcome.handling = handling
            if outcome.accepted or n >= pushes:
                return outcome
            worker.pushed += 1
            self.now["pushes"] += 1
            n += 1

    def felt(self, person: ReferencePerson, kind_number: int, worker: ReferenceWorker, offer: dict[str, float],
             n: int, detected: bool) -> Outcome:
        """The justice felt in the offer of round n."""
        c, kind = self.psychology, self.kinds[kind_number]
        loss = kind.loss(person.spend)
        wants_cash = person.wants >= 0 and self.wanted_roles[person.wants] == "refund"
        credit_value = c.credit_value_to_who_wants_cash if wants_cash else c.credit_value
        x = (offer["cash_share"] * loss + offer["cash_money"]
             + c.goods_value * (offer["goods_share"] * loss + offer["goods_money"])
             + credit_value * (offer["credit_share"] * loss + offer["credit_money"])) / loss
        promptness = math.exp(-max(0.0, offer["days"] - c.tolerance_days) / c.delay_fall_days)
        distributive = promptness * self.distributive(min(x, 1.5), kind.rejected)
        procedural = promptness * (1.0 - c.push_fall) ** n * (1.0 - c.check_burden * self.check)
        sincerity = max(offer["sincerity_prompt"], c.late_apology * offer["sincerity_late"])
        warmth = 1.0 if offer["manager"] else 1.0 - worker.hardness
        interactional = sincerity * warmth
        if detected and offer["anything"]:
            interactional += c.initiative_bonus
        interactional = min(1.0, interactional)
        effective = interactional * (c.hollow + (1.0 - c.hollow) * min(1.0, distributive))
        if offer["apology"] and not offer["goods"] and person.apologies > 0:
            effective = 0.0
        g = (1.0 - c.grudge) ** n
        satisfaction = (c.satisfaction_distributive * distributive * g
                        + c.satisfaction_interactional * effective * g + c.satisfaction_procedural * procedural)
        trust = (c.trust_distributive * distributive * g + c.trust_interactional * effective * g
                 + c.trust_procedural * procedural)
        return Outcome(offer, False, n, 0.0, distributive, effective, procedural, satisfaction, trust)

    def distributive(self, y: float, rejected: bool) -> float:
        """The justice of getting y of the loss back."""
        c = self.psychology
        if not rejected:
            return (1.0 - math.exp(-c.accepted_curvature * y)) / (1.0 - math.exp(-c.accepted_curvature))

        def curve(share: float) -> float:
            return 1.0 / (1.0 + math.exp(-c.rejected_steepness * (share - c.rejected_midpoint)))

        return (curve(y) - curve(0.0)) / (curve(1.0) - curve(0.0))

    def recovery(self, person: ReferencePerson, today: Today) -> None:
        """4.6: the negotiation and what it leaves behind, or silence."""
        if today.kind < 0:
            return
        if today.voiced or today.detected:
            self.negotiated(person, today)
        else:
            self.silent(person, today)
        assert today.case is not None
        today.case["trust_after"] = self.opinion.trust(person.good, person.bad)
        self.cases.append(today.case)

    def record(self, person: ReferencePerson, today: Today, outcome: Outcome, cost: float) -> dict[str, Any]:
        return {"period": self.period, "person": person.index, "kind": today.kind, "voiced": today.voiced,
                "detected": today.detected, "watched": today.watched, "pushes": outcome.pushes,
                "accepted": outcome.accepted, "threshold": today.threshold,
                "felt_satisfaction": outcome.felt_satisfaction, "felt_trust": outcome.felt_trust,
                "distributive": outcome.distributive, "interactional": outcome.interactional,
                "procedural": outcome.procedural, "trust_before": today.trust_before, "trust_after": 0.0,
                "cost": cost, "handling": outcome.handling}

    def silent(self, person: ReferencePerson, today: Today) -> None:
        """Nobody said anything: as unresolved as a prompt nothing."""
        c, severity = self.psychology, self.kinds[today.kind].severity
        felt_nothing = c.trust_procedural
        person.bad += today.unbelief * c.silent_weight * c.unresolved_weight * severity
        self.cast_doubt(person, c.silent_weight * c.shake_unresolved * min(1.0, severity) * (1.0 - felt_nothing))
        nothing = Outcome({}, False, 0, 0.0, 0.0, 0.0, 1.0, c.satisfaction_procedural, felt_nothing)
        today.case = self.record(person, today, nothing, 0.0)

    def negotiated(self, person: ReferencePerson, today: Today) -> None:
        """A case that was opened by the customer or the firm."""
        c, kind, t = self.psychology, self.kinds[today.kind], self.period
        severity, loss = kind.severity, kind.loss(person.spend)
        u0, _, u2, u3 = self.chance.uniforms(CASE, person.index, t, 1)
        outcome = self.negotiate(
            person, today.kind, today.worker, today.threshold, self.pushes_in(person, u0) if today.voiced else 0,
            voiced=today.voiced, detected=today.detected, watched=today.watched,
            failures_before=today.failures_before)
        for _ in range(outcome.pushes):
            person.bad += today.unbelief * c.fight_weight * severity
        offer, felt = outcome.offer, outcome.felt_trust
        cost = offer["cost_share"] * loss + offer["cost_money"]
        today.money["remedies"] += cost
        today.money["handling"] += outcome.handling
        today.case = self.record(person, today, outcome, cost)

        weight = 1.0 if today.voiced else c.silent_weight
        if outcome.accepted:
            self.now["accepted"] += 1
            person.bad += today.unbelief * c.resolved_weight * severity * max(0.0, 1.0 - felt)
        else:
            injustice = clip((1.0 - felt) / (1.0 - c.trust_procedural), 0.0, 1.0)
            person.bad += today.unbelief * weight * c.unresolved_weight * severity * injustice
            self.cast_doubt(person, weight * c.shake_unresolved * min(1.0, severity) * max(0.0, 1.0 - felt))
            if today.voiced and person.promise == MADE:
                person.bad += today.unbelief * c.broken_promise_weight * severity
                person.promise = BROKEN
        regained = min(c.recovery_weight * severity * max(0.0, felt - person.aspiration - person.raised),
                       today.shaken + c.encounter_weight)
        person.good += regained
        person.doubted = max(0.0, person.doubted - regained)
        if offer["apology"]:
            if not offer["goods"] and person.apologies > 0:
                person.bad += today.unbelief * c.repeated_apology_weight * severity
            person.apologies += 1
            person.last_apology = t
        person.reward = felt
        if outcome.accepted and felt > person.aspiration + person.raised:
            risen = min(c.aspiration_rise_limit, person.raised + c.aspiration_rise)
            person.raised = max(person.raised, risen)
        if u2 < offer["redeemed_share"]:
            person.voucher_cost += offer["redeem_cost_share"] * loss + offer["redeem_cost_money"]
            if person.voucher_period < 0:
                person.voucher_period = t + 1 + math.floor(u3 * self.derived.ppy)

    def decision(self, person: ReferencePerson, good: float, at_typical: float, at_none: float) -> float:
        """The probability to leave (or join) at this confidence; exact at both anchors."""
        typical = self.derived.typical_confidence
        confidence = self.opinion.confidence(good, person.bad)
        return logistic(logit(at_typical) + (logit(at_none) - logit(at_typical)) * person.sensitivity
                        * (typical - confidence) / typical)

    def leave(self, person: ReferencePerson, today: Today) -> None:
        """4.7: customers decide at encounters or renewals."""
        if not today.was_customer:
            return
        leaving = self.business.leaving
        if leaving.when == "at_encounter":
            decides = today.came
        else:
            person.until_renewal -= 1.0
            decides = person.until_renewal <= 1e-9
            if decides:
                person.until_renewal += self.derived.contract
        if decides and today.u_routine[3] < self.decision(person, person.good, leaving.at_typical, leaving.at_none):
            person.status = FORMER
            person.tenure = person.encounters = 0
            self.now["leavers"] += 1

    def talk(self, person: ReferencePerson, today: Today) -> None:
        """4.8: a case worth telling is told for a while, an ordinary encounter once; others look on."""
        c, volume, t = self.psychology, self.business.talk.volume, self.period
        if today.case is not None:
            excess = today.case["felt_satisfaction"] - today.case["threshold"]
            if abs(excess) > c.talk_margin:
                told = c.told_after_good_case if excess > 0.0 else c.told_after_bad_case
                if excess < 0.0 and not today.voiced:
                    told *= c.silent_weight
                person.talk_until = t + self.derived.talk_periods
                person.talk_valence = 1 if excess > 0.0 else -1
                person.talk_rate = told * volume / self.derived.talk_periods
            if (today.voiced or today.detected) and today.watched and not self.muted:
                self.witnesses(person, self.kinds[today.kind].severity, today.case["accepted"])
        if t < person.talk_until and not self.muted:
            for j in range(count(person.talk_rate, self.chance.uniforms(CASE_TALK, person.index, t, 0)[0])):
                self.tell(person, person.talk_valence > 0, self.chance.block(CASE_TALK, person.index, t, 1 + j))
        if today.quality is not None:
            tellings = c.told_per_encounter * abs(today.quality) * volume
            for j in range(count(tellings, uniform(today.visit[2]))):
                self.tell(person, today.quality > 0.0, self.chance.block(TALK, person.index, t, j))

    def tell(self, person: ReferencePerson, good: bool, words: tuple[int, int, int, int]) -> None:
        """One telling reaches a tie or anyone."""
        self.now["told_good" if good else "told_bad"] += 1
        c, key, strength = self.psychology, pair(words[1], words[2]), 1.0
        if uniform(words[0]) < self.business.talk.weak_share:
            listener = self.persons[jump(key, len(self.persons))]
            strength = c.weak_tie_strength
        elif person.ties:
            listener = self.persons[person.ties[jump(key, len(person.ties))]]
        else:
            return
        if listener is person:
            return
        heard = quanta(c.talk_weight * (1.0 - self.opinion.uncertainty(person.good, person.bad)) * strength)
        if good:
            listener.heard_good += heard
        else:
            listener.heard_bad += heard

    def witnesses(self, person: ReferencePerson, severity: float, good: bool) -> None:
        """Who may have seen the case; only those who turn out to be present did."""
        people, t = self.business.people, self.period
        presence = people.customer_share * self.derived.mean_rate
        seen = quanta(self.psychology.witness_weight * severity)
        for j in range(math.floor(min(200.0, self.business.front_desk.witnesses / presence) + 0.5)):
            words = self.chance.block(WITNESS, person.index, t, j // 2)
            key = pair(words[2], words[3]) if j % 2 else pair(words[0], words[1])
            witness = self.persons[jump(key, len(self.persons))]
            if witness is person:
                continue
            if good:
                witness.seen_good += seen
            else:
                witness.seen_bad += seen

    def join(self, person: ReferencePerson, today: Today) -> None:
        """4.9: who was not a customer may hear of the firm and join."""
        if today.was_customer:
            return
        joining, d = self.business.joining, self.derived
        if today.u_routine[0] < d.hazard(joining.advertising_per_year):
            person.aware = True
        if not person.aware:
            return
        good = person.good
        if self.promises and person.promise == NO_PROMISE:
            good += self.psychology.promise_evidence
        p = self.decision(person, good, d.hazard(joining.at_typical_per_year), d.hazard(joining.at_none_per_year))
        if person.status == FORMER:
            p *= joining.winback
        if today.u_routine[3] < p:
            person.status = CUSTOMER
            person.tenure = person.encounters = 0
            person.until_renewal = d.contract
            today.money["acquisition"] += self.business.finance.acquisition_cost
            self.now["joins"] += 1

    def claims(self, person: ReferencePerson, today: Today) -> None:
        """4.10: an opportunist may claim a failure that did not happen."""
        if self.twin or not (person.opportunist and today.was_customer and today.came and today.kind < 0):
            return
        c = self.psychology
        u0, u1, u2, u3 = self.chance.uniforms(CLAIM, person.index, self.period, 0)
        justice = person.reward if person.reward >= 0.0 else self.opinion.trust(person.good, person.bad)
        p = logistic(logit(self.business.opportunists.claims_per_encounter) - c.claim_justice * (justice - 0.5)
                     + c.claim_ease * math.log(self.ease_for(person)))
        if u0 >= p:
            return
        self.now["claims"] += 1
        if u1 < self.check:
            today.money["false_claims"] += self.business.front_desk.contact_cost
            return
        outcome = self.negotiate(
            person, self.claimed_kind, today.worker, person.aspiration + person.raised + c.temperature * logit(u2),
            self.pushes_in(person, u3), voiced=True, detected=False, watched=False, failures_before=person.failures)
        offer, loss = outcome.offer, self.kinds[self.claimed_kind].loss(person.spend)
        given = offer["cost_share"] * loss + offer["cost_money"]
        certificate = offer["redeemed_share"] * (offer["redeem_cost_share"] * loss + offer["redeem_cost_money"])
        today.money["false_claims"] += outcome.handling + given + certificate
        self.now["claims_paid"] += bool(offer["goods"])

    def book(self, person: ReferencePerson, today: Today) -> None:
        """5: the person's money of this period, and what it is worth today."""
        for account, amount in today.money.items():
            self.now[account] += amount
        worth = self.discount()
        person.margin_pv += today.money["margin"] * worth
        person.remedies_pv += today.money["remedies"] * worth
        person.acquisition_pv += today.money["acquisition"] * worth

    def discount(self) -> float:
        """What money booked at the end of this period is worth today."""
        return (1.0 + self.business.finance.discount_rate_annual) ** (-(self.period + 1) / self.derived.ppy)

    def take_in(self) -> None:
        """End of 4.8: what was heard, and by those present what was seen, becomes evidence."""
        for person in self.persons:
            person.good += person.heard_good * QUANTUM
            person.bad += person.heard_bad * QUANTUM
            if person.present:
                person.good += person.seen_good * QUANTUM
                person.bad += person.seen_bad * QUANTUM
            person.aware = person.aware or person.heard_good > 0
            person.heard_good = person.heard_bad = person.seen_good = person.seen_bad = 0
            person.present = False

    def front_desk(self) -> None:
        """4.11: pushes harden, time softens, the hardened quit."""
        c, desk = self.psychology, self.business.front_desk
        for worker in self.workers:
            hardened = 1.0 - (1.0 - worker.hardness) * (1.0 - c.hardening) ** worker.pushed
            worker.hardness = hardened * self.derived.softening
            worker.pushed = 0
            u0 = self.chance.uniforms(WORKER, worker.index, self.period, 0)[0]
            if u0 < 1.0 - math.exp(-c.hardness_quits_per_year * worker.hardness / self.derived.ppy):
                worker.hardness = 0.0
                self.now["staff"] += desk.replacement_cost

    def demand(self) -> float:
        """What the customers of this moment would spend in a period."""
        return math.fsum(p.rate * p.spend for p in self.persons if p.status == CUSTOMER)

    def refill(self, demand: float) -> None:
        """4.12: others take up part of the demand that was lost."""
        finance = self.business.finance
        self.now["refill"] += finance.refill_share * finance.margin_share * (self.demand_at_start - demand)

    def close(self) -> None:
        """The period's accounts are closed."""
        self.now["customers"] = sum(person.status == CUSTOMER for person in self.persons)
        self.now["hardness"] = math.fsum(worker.hardness for worker in self.workers) / len(self.workers)
        self.series.append(self.now)
        self.period += 1
