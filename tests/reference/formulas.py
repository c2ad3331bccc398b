"""Trust as an opinion (section 1 of docs/model.md), and the derived constants (4.0)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.business import Business
from sim.psychology import Psychology
from tests.reference.chance import normal
from tests.reference.persons import CUSTOMER


def logit(p: float) -> float:
    return math.log(p / (1.0 - p))


def logistic(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    return math.exp(x) / (1.0 + math.exp(x))


def clip(x: float, low: float, high: float) -> float:
    return max(low, min(high, x))


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
