"""The world against closed forms: what must come out can be written down."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim import ledger
from sim.business import Business
from sim.loyalty import hazard
from sim.model import RecoveryModel
from sim.opinion import confidence, trust, uncertainty
from sim.psychology import Psychology
from sim.recovery import distributive
from sim.rules import rule_numbers, rules_record
from sim.run import whole_periods
from strategies.registry import find
from tests.businesses import small_business

STILL: dict[str, Any] = {
    "people": {"encounters_spread": 0.0, "spend_spread": 0.0, "former_share": 0.0},
    "quality": {"mean": 0.0, "spread": 0.0},
    "failures": {"per_encounter": 0.0},
    "joining": {"at_typical_per_year": 1e-9, "at_none_per_year": 1e-9},
    "talk": {"volume": 0.0},
    "opportunists": {"share": 0.0},
    "finance": {"refill_share": 0.0},
    "events": {"recall": {"period": 100000}},
}
"""Nothing fails, nobody talks or joins, every encounter is just average: trust stays at the base rate."""


def still_business(**changes: Any) -> Business:
    """A business in which only leaving happens, at the typical rate."""
    return small_business(**{key: {**STILL.get(key, {}), **changes.get(key, {})}
                             if isinstance(changes.get(key, STILL.get(key)), dict) else changes[key]
                             for key in {*STILL, *changes}})


def rules(business: Business, psychology: Psychology | None = None) -> Any:
    """The record of numbers that the rules read."""
    return rules_record(rule_numbers(business, psychology or Psychology()), None, 0.0).view(np.recarray)[0]


def test_opinions_follow_the_formulas_by_hand() -> None:
    """Evidence (6, 2) is belief 0.6, disbelief 0.2, uncertainty 0.2; trust and confidence add their share of it."""
    r = rules(small_business(), Psychology(base_rate=0.7, caution=0.1))
    assert uncertainty(6.0, 2.0) == pytest.approx(0.2)
    assert trust(r, 6.0, 2.0) == pytest.approx(0.6 + 0.7 * 0.2)
    assert confidence(r, 6.0, 2.0) == pytest.approx(0.6 + 0.6 * 0.2)
    assert trust(r, 0.0, 0.0) == pytest.approx(0.7)


def test_hazards_are_exact_at_their_anchors() -> None:
    """With sensitivity 1 a customer leaves at the two anchors as stated; who is inert leaves as the typical one."""
    business = small_business()
    r = rules(business)
    typical, none = business.leaving.at_typical, business.leaving.at_none

    def leaving(sensitivity: float, confident: float) -> float:
        return float(hazard(r, r.leave_logit_typical, r.leave_logit_none, sensitivity, confident))

    assert leaving(1.0, r.typical_confidence) == pytest.approx(typical, rel=1e-12)
    assert leaving(1.0, 0.0) == pytest.approx(none, rel=1e-12)
    assert leaving(0.0, 0.0) == pytest.approx(typical, rel=1e-12)
    assert leaving(1.0, 0.9) < typical < leaving(1.0, 0.3)


def test_retention_and_value_at_encounters_follow_the_closed_form() -> None:
    """Customers who come with p and leave with h at each visit decay as (1 - p h)^t; so does what they are worth."""
    business = still_business()
    model = RecoveryModel(business, rng=4, people=60000).run()
    start = int((model.people_table["status_at_start"] == 1).sum())
    p, h = business.people.encounters_per_year / 12, business.leaving.at_typical
    stay = (1 - p * h) ** np.arange(121)
    error = 4 * np.sqrt(start * stay[1:] * (1 - stay[1:]))
    assert (np.abs(model.series["customers"] - start * stay[1:]) < error + 1).all()
    margin = business.people.spend_per_encounter * business.finance.margin_share
    discount = ledger.discount_factors(0.1, 12, 120)
    expected = start * p * margin * float((stay[:-1] * discount).sum())
    assert model.accounts()["margin"] == pytest.approx(expected, rel=0.015)
    assert ledger.net_present_value(model.accounts()) == model.accounts()["margin"]


@pytest.mark.parametrize("period", ["week", "month", "quarter"])
def test_renewals_come_once_a_contract(period: str) -> None:
    """With yearly contracts (1 - h)^10 of the customers are left after ten years, in any period."""
    business = still_business(period=period, people={"encounters_per_year": 2.0},
                              leaving={"when": "at_renewal", "contract_months": 12.0, "at_typical": 0.1})
    model = RecoveryModel(business, rng=8, people=30000).run()
    start = int((model.people_table["status_at_start"] == 1).sum())
    share = 0.9**10
    assert model.series["customers"][-1] / start == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / start))


def test_joining_is_exact_at_its_anchor() -> None:
    """Prospects who all know the firm and stand at typical confidence join with the stated yearly probability."""
    business = still_business(people={"customer_share": 0.01, "aware_share": 1.0},
                              joining={"at_typical_per_year": 0.2}, leaving={"at_typical": 1e-9})
    model = RecoveryModel(business, rng=2, people=40000, years=3).run()
    prospects = model.people_table["status_at_start"] == 0
    joined = (model.people_table["status"][prospects] == 1).mean()
    share = 1 - 0.8**3
    assert joined == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / prospects.sum()))


def test_advertising_makes_people_aware_at_its_rate() -> None:
    """Of prospects who knew nothing, advertising of 0.2 a year leaves 0.8^5 unaware after five years."""
    business = still_business(people={"aware_share": 0.0}, joining={"advertising_per_year": 0.2})
    model = RecoveryModel(business, rng=2, people=30000, years=5).run()
    prospects = model.people_table["status_at_start"] == 0
    unaware = 1 - model.people_table["aware"][prospects].mean()
    assert unaware == pytest.approx(0.8**5, abs=4 * np.sqrt(0.33 * 0.67 / prospects.sum()))


def test_trust_of_the_unfailed_is_stationary() -> None:
    """Regulars who neither fail nor leave keep, on average, the evidence of the closed form; trust stays typical."""
    business = still_business(quality={"mean": 0.3, "spread": 0.5}, leaving={"at_typical": 1e-9, "at_none": 1e-9})
    model = RecoveryModel(business, rng=6, people=20000)
    numbers = rule_numbers(business, Psychology())
    p = business.people.encounters_per_year / 12
    good = p * numbers["good_gain"] / (1 - numbers["memory_good"])
    bad = p * numbers["bad_gain"] / (1 - numbers["memory_bad"])
    regulars = model.people_table["status"] == 1
    assert model.people_table["good"][regulars].mean() == pytest.approx(good, rel=1e-3)
    model.run()
    assert model.people_table["good"][regulars].mean() == pytest.approx(good, rel=0.02)
    assert model.people_table["bad"][regulars].mean() == pytest.approx(bad, rel=0.05)


def test_a_regular_is_certain_and_believes() -> None:
    """Without failures a monthly visitor's uncertainty is at most 0.25 and their belief at least 0.65 (V17)."""
    business = still_business(quality={"mean": 0.3, "spread": 0.5}, people={"encounters_per_year": 11.9},
                              leaving={"at_typical": 1e-9, "at_none": 1e-9})
    people = RecoveryModel(business, rng=6, people=5000).run().people_table
    regulars = people[people["status"] == 1]
    evidence = regulars["good"] + regulars["bad"] + 2
    assert (2 / evidence).mean() <= 0.25
    assert (regulars["good"] / evidence).mean() >= 0.65


def test_compensation_has_the_published_shape() -> None:
    """Rejected service: S-shape, steepest inside 60-120 %; accepted: concave; both 0 at 0, 1 at 1, flat from 1.5."""
    r = rules(small_business())
    steps = np.linspace(0, 2, 11)
    rejected = np.array([distributive(r, 1, x) for x in steps])
    accepted = np.array([distributive(r, 0, x) for x in steps])
    for curve in (rejected, accepted):
        assert curve[0] == pytest.approx(0, abs=1e-12) and curve[5] == pytest.approx(1)
        assert distributive(r, 1, 1.5) - 1 < 1 / 3 and curve[-1] == curve[-2]
        assert (np.diff(curve) >= 0).all()
    steepest = int(np.diff(rejected).argmax())
    assert steps[steepest] >= 0.6 - 1e-9 and steps[steepest + 1] <= 1.2 + 1e-9
    assert (np.diff(accepted, 2) <= 1e-12).all()


def test_the_textbook_value_of_a_customer() -> None:
    """m r / (1 + i - r) gives the published 2.67 margins at r = 0.8, i = 0.1 (Gupta & Lehmann 2003)."""
    assert ledger.lifetime_value(1.0, 0.8, 0.1) == pytest.approx(2.67, abs=0.005)


def test_flows_are_discounted_from_the_end_of_their_period() -> None:
    """Twelve monthly flows of 1 at 10 % a year are worth the annuity of the monthly rate 1.1^(1/12) - 1."""
    i = 1.1 ** (1 / 12) - 1
    assert ledger.discount_factors(0.1, 12, 12).sum() == pytest.approx((1 - (1 + i) ** -12) / i)
    assert ledger.discount_factors(0.1, 12, 12)[-1] == pytest.approx(1 / 1.1)
    assert whole_periods(10, small_business()) == 120


@pytest.mark.parametrize("strategy", ["minimum", "full"])
def test_weeks_months_and_quarters_tell_the_same_story(strategy: str) -> None:
    """A business whose rates all three admit is worth the same in weeks, months and quarters, within 2 %."""
    values, chosen = {}, find(strategy)
    for period in ("week", "month", "quarter"):
        business = small_business(period=period, people={"encounters_per_year": 1.0, "encounters_spread": 0.3},
                                  events={"recall": {"period": 100000}})
        worlds = [RecoveryModel(business, chosen, rng=seed, people=12000).run() for seed in range(3)]
        values[period] = np.mean([ledger.net_present_value(world.accounts()) for world in worlds])
    for period in ("week", "quarter"):
        assert values[period] == pytest.approx(values["month"], rel=0.02)
