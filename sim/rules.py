"""Business, psychology and strategy as the numbers that compiled rules read."""

from __future__ import annotations

from functools import cache, lru_cache
from math import exp, floor, fsum, log, sqrt
from typing import Any

import numpy as np

from sim.business import Business
from sim.chance import normal
from sim.encounters import ESTABLISHED, EVERYONE, HIGH, LOW, MIDDLE, NEW
from sim.psychology import Psychology
from sim.remedy import Tabulated

KIND = np.dtype([(name, np.float64) for name in (
    "cumulative_share", "loss_share", "loss_money", "severity", "watched_share", "detected_share", "margin_kept_share",
)] + [(name, np.int64) for name in ("money_at_stake", "rejected", "lag_periods")], align=True)

EVENT = np.dtype([("period", np.int64), ("kind", np.int64), ("whom", np.int64), ("share", np.float64)], align=True)

_WHOM = {"customers": EVERYONE, "new": NEW, "established": ESTABLISHED, "low": LOW, "middle": MIDDLE, "high": HIGH}
_QUANTILES = 4096


def half_life_factor(half_life_years: float, periods_per_year: int) -> float:
    """What is left of something after one period."""
    return float(0.5 ** (1 / (half_life_years * periods_per_year)))


def per_period(yearly: float, periods_per_year: int) -> float:
    """A yearly probability as the probability in one period."""
    return float(1 - (1 - yearly) ** (1 / periods_per_year))


def in_periods(months: float, periods_per_year: int) -> int:
    """A time in months as the nearest whole number of periods."""
    return floor(months * periods_per_year / 12 + 0.5)


def gains(business: Business, psychology: Psychology) -> tuple[float, float]:
    """Mean good and bad evidence of an encounter in which nothing fails."""
    good, bad = _surprises(business.quality.mean, business.quality.spread, psychology.quality_exponent)
    return psychology.encounter_weight * good, psychology.encounter_weight * psychology.asymmetry * bad


@lru_cache
def _surprises(mean: float, spread: float, c: float) -> tuple[float, float]:
    """Means of max(0, q)^c and max(0, -q)^c over the quantiles of q ~ Normal(mean, spread)."""
    draws = [mean + spread * z for z in _standard_quantiles()]
    return fsum(q**c for q in draws if q > 0) / _QUANTILES, fsum((-q) ** c for q in draws if q < 0) / _QUANTILES


@cache
def _standard_quantiles() -> list[float]:
    """Quantiles of the standard normal distribution; every drawn world has other surprises, from the same ones."""
    return [float(normal((k + 0.5) / _QUANTILES)) for k in range(_QUANTILES)]


def rule_numbers(business: Business, psychology: Psychology, mean_rate: float | None = None) -> dict[str, float]:
    """Every number of business and psychology that a rule reads; `docs/model.md`, section 4.0.

    `mean_rate` (encounters per period) replaces the business's own where a file says who the customers are.
    """
    b, c, ppy = business, psychology, business.periods_per_year
    memory_good = half_life_factor(c.good_half_life_years, ppy)
    memory_bad = half_life_factor(c.bad_half_life_years, ppy)
    good_gain, bad_gain = gains(b, c)
    rate = b.people.encounters_per_year / ppy if mean_rate is None else mean_rate
    good, bad = rate * good_gain / (1 - memory_good), rate * bad_gain / (1 - memory_bad)
    typical_confidence = (good + 2 * (c.base_rate - c.caution)) / (good + bad + 2)
    join_typical = per_period(b.joining.at_typical_per_year, ppy)
    join_none = per_period(b.joining.at_none_per_year, ppy)
    presence = b.people.customer_share * rate
    claimed = b.opportunists.kind or next(
        (name for name, kind in b.failures.kinds.items() if kind.money_at_stake), b.kind_names[0])
    return {
        **psychology.model_dump(),
        "periods_per_year": ppy,
        "memory_good": memory_good,
        "memory_bad": memory_bad,
        "memory_raise": half_life_factor(c.aspiration_half_life_months / 12, ppy),
        "softening": half_life_factor(c.hardness_half_life_months / 12, ppy),
        "failure_memory": c.failure_memory_years * ppy,
        "talk_periods": max(1, in_periods(c.talk_months, ppy)),
        "good_gain": good_gain,
        "bad_gain": bad_gain,
        "typical_confidence": typical_confidence,
        "keenest": _keenest(typical_confidence, c.elasticity),
        "quality_mean": b.quality.mean,
        "quality_spread": b.quality.spread,
        "failures_per_encounter": b.failures.per_encounter,
        "established_after_encounters": b.people.established_after_encounters,
        "asked_forms": 1 + len(b.asked_roles),
        "refund_form": b.asked_roles.index("refund") if "refund" in b.asked_roles else -2,
        "max_pushes": b.front_desk.max_pushes,
        "contact_cost": b.front_desk.contact_cost,
        "wage_per_minute": b.front_desk.wage_per_minute,
        "manager_cost": b.front_desk.manager_cost,
        "replacement_cost": b.front_desk.replacement_cost,
        "witness_slots": floor(min(200.0, b.front_desk.witnesses / presence) + 0.5),
        "leave_at_renewal": b.leaving.when == "at_renewal",
        "contract_periods": (b.leaving.contract_months or 0.0) * ppy / 12,
        "leave_logit_typical": _logit(b.leaving.at_typical),
        "leave_logit_none": _logit(b.leaving.at_none),
        "join_logit_typical": _logit(join_typical),
        "join_logit_none": _logit(join_none),
        "join_at_most": _at_full_confidence(_logit(join_typical), _logit(join_none), typical_confidence),
        "winback": b.joining.winback,
        "advertising_per_period": per_period(b.joining.advertising_per_year, ppy),
        "weak_share": b.talk.weak_share,
        "talk_volume": b.talk.volume,
        "claim_logit": _logit(b.opportunists.claims_per_encounter),
        "claim_kind": b.kind_names.index(claimed),
        "margin_share": b.finance.margin_share,
        "acquisition_cost": b.finance.acquisition_cost,
        "refill_share": b.finance.refill_share,
        "promise_cost": b.finance.promise_cost,
    }


def _at_full_confidence(logit_typical: float, logit_none: float, typical_confidence: float) -> float:
    """A bound on the probability of joining, so that most draws need no exponential; rounded up."""
    doubt = (typical_confidence - 1) / typical_confidence
    return (1 + 1e-9) / (1 + exp(-(logit_typical + (logit_none - logit_typical) * doubt)))


def _keenest(typical_confidence: float, elasticity: float) -> float:
    """A bound on how much oftener than usual a customer comes, so that most draws need no power; rounded up."""
    return float((1 + 1e-9) * (1 / typical_confidence) ** elasticity)


def _logit(p: float) -> float:
    return log(p / (1 - p))


_WHOLE = {"talk_periods", "established_after_encounters", "asked_forms", "refund_form", "max_pushes", "witness_slots",
          "leave_at_renewal", "claim_kind", "promise", "proactive"}


def rules_record(numbers: dict[str, float], strategy: Tabulated | None, demand_at_start: float) -> np.ndarray:
    """One record with all numbers, the strategy's standing policies (None: at rest) and the demand to refill."""
    values: dict[str, Any] = {
        **numbers,
        "promise": strategy is not None and strategy.promise,
        "proactive": strategy is not None and strategy.proactive,
        "ease": strategy.ease if strategy else 1.0,
        "check": strategy.check if strategy else 0.0,
        "demand_at_start": demand_at_start,
    }
    record = np.zeros(1, [(name, np.int64 if name in _WHOLE else np.float64) for name in values])
    record[0] = tuple(values.values())
    return record


def kind_records(business: Business) -> np.ndarray:
    """The kinds of failure, in the order of the file."""
    cumulative, rows = 0.0, []
    for kind in business.failures.kinds.values():
        cumulative += kind.share
        rows.append((cumulative, kind.loss_share or 0.0, kind.loss_money or 0.0, kind.severity, kind.watched_share,
                     kind.detected_share, kind.margin_kept_share, kind.money_at_stake, kind.rejected,
                     in_periods(kind.lag_months, business.periods_per_year)))
    return np.array(rows, KIND)


def event_records(business: Business) -> np.ndarray:
    """The scheduled events; their periods count from 0 here."""
    rows = [(event.period - 1, business.kind_names.index(event.kind), _WHOM[event.whom], event.share)
            for event in business.events.values()]
    return np.array(rows, EVENT)


def tier_cuts(business: Business) -> tuple[float, float]:
    """The terciles of value (encounters per year times spend) in the business's distribution."""
    people = business.people
    rate = sqrt(np.log1p(people.encounters_spread**2))
    spend = sqrt(np.log1p(people.spend_spread**2))
    spread = sqrt(rate**2 + spend**2)
    if spread == 0:
        return 0.0, float("inf")
    middle = log(people.encounters_per_year) - rate**2 / 2 + log(people.spend_per_encounter) - spend**2 / 2
    return exp(middle + spread * normal(1 / 3)), exp(middle + spread * normal(2 / 3))
