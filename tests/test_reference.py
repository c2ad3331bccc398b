"""The compiled world agrees with the readable one, person by person and period by period."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.model import RecoveryModel
from tests.reference.model import ReferenceModel
from tests.reference.worlds import WORLDS, market, world

PEOPLE = 300
PERIODS = 30
TRAITS = (
    "status", "aware", "good", "bad", "doubted", "rate", "spend", "aspiration", "raised", "persistence", "sensitivity",
    "opportunist", "wants", "asks", "tier", "encounters", "tenure", "until_renewal", "failures", "last_failure",
    "last_kind", "apologies", "last_apology", "promise", "reward", "due_period", "due_kind", "voucher_period",
    "voucher_cost", "talk_until", "talk_valence", "talk_rate", "margin_pv", "acquisition_pv", "remedies_pv")
PER_CASE = (
    "period", "person", "kind", "voiced", "detected", "watched", "pushes", "accepted", "threshold", "felt_satisfaction",
    "felt_trust", "distributive", "interactional", "procedural", "trust_before", "trust_after", "cost", "handling")


def assert_same_world(fast: RecoveryModel, slow: ReferenceModel, periods: int) -> None:
    """Play both; every trait of everybody, every worker, account, count and case must agree in every period."""
    for t in range(periods):
        fast.step()
        slow.step()
        table = fast.people_table
        for trait in TRAITS:
            expected = np.array([float(getattr(person, trait)) for person in slow.persons])
            np.testing.assert_allclose(table[trait].astype(float), expected, rtol=1e-9, atol=1e-9,
                                       err_msg=f"{trait} in period {t}")
        np.testing.assert_allclose(fast.workers_table["hardness"], [w.hardness for w in slow.workers], atol=1e-9)
        for name, expected in slow.series[t].items():
            assert float(fast.series[t][name]) == pytest.approx(float(expected), rel=1e-9, abs=1e-9), (name, t)
    told = fast.cases[fast.cases["false_claim"] == 0]
    assert len(told) == len(slow.cases)
    for name in PER_CASE:
        expected = np.array([float(case[name]) for case in slow.cases])
        np.testing.assert_allclose(told[name].astype(float), expected, rtol=1e-9, atol=1e-9, err_msg=name)


def both(name: str, strategy: str | None, seed: int, *, people: int = PEOPLE, **more: Any) -> tuple[Any, Any]:
    """The same world twice: compiled, and readable."""
    chosen = world(name)
    table = chosen.strategies[strategy] if strategy else None
    years = PERIODS / chosen.business.periods_per_year
    fast = RecoveryModel(chosen.business, table, psychology=chosen.psychology, rng=seed, people=people, years=years,
                         keep_cases=True, **more)
    slow = ReferenceModel(chosen.business, table, psychology=chosen.psychology, seed=seed, people=people,
                          periods=PERIODS, **more)
    return fast, slow


SEEDS = [1, 2**40 + 7, 2**63 + 5]
STRATEGIES = ["rich", "wordy", "asking"]
COMBINATIONS = [
    pytest.param(name, strategy, seed, marks=() if (i + j + k) % 3 == 0 else pytest.mark.long)
    for i, name in enumerate(WORLDS) for j, strategy in enumerate(STRATEGIES) for k, seed in enumerate(SEEDS)]
"""Each world meets each strategy and each seed in the short suite; all 27 in the long one."""


@pytest.mark.parametrize(("name", "strategy", "seed"), COMBINATIONS)
def test_compiled_and_readable_rules_agree(name: str, strategy: str, seed: int) -> None:
    """With all rules switched on, three parameter sets, three strategies and three seeds agree to 1e-9."""
    fast, slow = both(name, strategy, seed)
    assert_same_world(fast, slow, PERIODS)
    assert fast.series["failures"].sum() > 0


@pytest.mark.parametrize("name", WORLDS)
def test_twins_muted_worlds_and_doing_nothing_agree(name: str) -> None:
    """The failure-free twin, a world without talk of cases, and a firm that never answers agree as well."""
    assert_same_world(*both(name, "rich", 3, twin=True), PERIODS)
    assert_same_world(*both(name, "rich", 3, muted=True), PERIODS)
    assert_same_world(*both(name, None, 3), PERIODS)


@pytest.mark.parametrize("edges", [True, False])
def test_worlds_from_files_agree(edges: bool) -> None:
    """People and ties read from files, with prospects added who are like them, agree."""
    assert_same_world(*both("monthly", "rich", 9, people=260, market=market(200, 260, edges=edges)), PERIODS)


def test_equals_are_all_in_the_middle() -> None:
    """Customers of a file who are all worth the same are neither the firm's best nor its least."""
    read = market(200, 260)
    assert read.rate is not None and read.spend is not None
    equals = replace(read, rate=np.full_like(read.rate, 0.3), spend=np.full_like(read.spend, 19.9))
    fast, slow = both("monthly", "rich", 9, people=260, market=equals)
    assert set(fast.people_table["tier"]) == {1}
    assert_same_world(fast, slow, 6)


@pytest.mark.parametrize("name", WORLDS)
def test_the_order_of_the_people_does_not_matter(name: str) -> None:
    """Playing the people in reverse within each period changes nobody and no account."""
    fast, slow = both(name, "rich", 4)
    slow.order.reverse()
    for t in range(PERIODS):
        fast.step()
        slow.step()
        for trait in TRAITS:
            expected = np.array([float(getattr(person, trait)) for person in slow.persons])
            np.testing.assert_allclose(fast.people_table[trait].astype(float), expected, rtol=1e-9, atol=1e-9,
                                       err_msg=f"{trait} in period {t}")
        for account, amount in slow.series[t].items():
            assert float(fast.series[t][account]) == pytest.approx(float(amount), rel=1e-9, abs=1e-9), (account, t)
    assert fast.series["told_bad"].sum() > 0 and fast.series["pushes"].sum() > 0
