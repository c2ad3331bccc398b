"""The reference implementation by itself: known answers, opinions by hand, and what must be conserved."""

import math
from statistics import NormalDist

import pytest

from sim.psychology import Psychology
from tests.reference.chance import ROUTINE, Chance, count, jump, lognormal, normal, philox, seed_of_run, uniform
from tests.reference.formulas import Opinion
from tests.reference.model import ReferenceModel
from tests.reference.persons import CUSTOMER, FORMER, PROSPECT
from tests.reference.worlds import WORLDS, market, world

COSTS = ("remedies", "handling", "promise", "staff", "false_claims")


def play(name: str, strategy: str | None, *, people: int = 60, periods: int = 24, seed: int = 7, **more):
    """A run of one of the small worlds."""
    w = world(name)
    answers = None if strategy is None else w.strategies[strategy]
    return ReferenceModel(w.business, answers, psychology=w.psychology, seed=seed, people=people, periods=periods,
                          **more).run()


def test_philox_known_answers():
    ones = 0xFFFFFFFF
    assert philox((0, 0, 0, 0), (0, 0)) == (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
    assert philox((ones,) * 4, (ones,) * 2) == (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)
    assert philox((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)) == (
        0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)


def test_an_address_is_person_period_purpose_round():
    chance = Chance(5 + (9 << 32))
    assert chance.block(ROUTINE, 3, 2, 1) == philox((3, 2, ROUTINE, 1), (5, 9))
    assert 0 <= seed_of_run(1, 2) < 2**64


def test_uniforms_stay_inside():
    assert 0 < uniform(0) < uniform(0xFFFFFFFF) < 1


def test_normal_quantile():
    reference = NormalDist()
    for k in range(1, 2000):
        for u in (k / 2000, uniform(k), uniform(0xFFFFFFFF - k)):
            assert normal(u) == pytest.approx(reference.inv_cdf(u), rel=2e-15, abs=1e-15)
    assert normal(0.5) == 0


def test_lognormal_and_count():
    draws = [lognormal(3.0, 0.7, (k + 0.5) / 20000) for k in range(20000)]
    assert sum(draws) / len(draws) == pytest.approx(3.0, rel=2e-3)
    assert sum(count(1.3, (k + 0.5) / 1000) for k in range(1000)) == 1300


def test_jump_moves_only_to_the_newcomer():
    for key in (0, 1, 0xDEADBEEF, 10863919174838991, 2**64 - 1):
        for n in range(1, 60):
            before, after = jump(key, n), jump(key, n + 1)
            assert 0 <= before < n
            assert after in (before, n)
    # values in the test suites of published implementations
    assert jump(0xDEAD10CC, 1) == 0
    assert jump(256, 1024) == 520
    assert jump(42, 57) == 43
    assert jump(0xDEAD10CC, 666) == 361


def test_opinions_by_hand():
    opinion = Opinion(Psychology(base_rate=0.6, caution=0.1))
    assert opinion.uncertainty(0.0, 0.0) == 1
    assert opinion.trust(0.0, 0.0) == pytest.approx(0.6)
    assert opinion.confidence(0.0, 0.0) == pytest.approx(0.5)
    assert opinion.trust(3.0, 1.0) == pytest.approx(0.5 + 0.6 / 3)
    assert opinion.confidence(3.0, 1.0) == pytest.approx(0.5 + 0.5 / 3)


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("strategy", [None, "rich", "wordy", "asking"])
def test_nobody_is_lost(name, strategy):
    w = world(name)
    model = ReferenceModel(w.business, None if strategy is None else w.strategies[strategy],
                           psychology=w.psychology, seed=7, people=60, periods=24)
    customers = sum(person.status == CUSTOMER for person in model.persons)
    model.run()
    assert len(model.series) == 24
    for period in model.series:
        customers += period["joins"] - period["leavers"]
        assert period["customers"] == customers
        assert period["failures"] >= period["voiced"] + period["silent"]
    total = {key: sum(period[key] for period in model.series) for key in model.series[0]}
    assert total["failures"] == len(model.cases) > 0
    assert total["accepted"] == sum(case["accepted"] for case in model.cases)
    assert total["handling"] == pytest.approx(sum(case["handling"] for case in model.cases))
    for person in model.persons:
        assert person.status in (PROSPECT, CUSTOMER, FORMER)
        assert person.good >= 0
        assert person.bad >= 0
        assert 0 <= person.raised <= w.psychology.aspiration_rise_limit


@pytest.mark.parametrize("name", WORLDS)
def test_the_twin_costs_nothing(name):
    twin = play(name, "rich", twin=True)
    assert not twin.cases
    assert all(period[account] == 0 for period in twin.series for account in COSTS)
    assert all(period["hardness"] == 0 for period in twin.series)
    assert any(period["margin"] for period in twin.series)


def test_every_rule_happens():
    seen: dict[str, float] = {}
    for name in WORLDS:
        for strategy in ("rich", "wordy", "asking"):
            model = play(name, strategy, people=150, periods=30)
            for period in model.series:
                for key, value in period.items():
                    seen[key] = seen.get(key, 0) + abs(value)
            for flag, so in (("certificate", any(p.remedies_pv for p in model.persons)),
                             ("broken promise", any(p.promise == 2 for p in model.persons)),
                             ("waiting failure", any(p.due_period >= 0 for p in model.persons)),
                             ("waiting certificate", any(p.voucher_period >= 0 for p in model.persons)),
                             ("raised", any(p.raised for p in model.persons)),
                             ("watched", any(c["watched"] and c["voiced"] for c in model.cases)),
                             ("detected only", any(c["detected"] and not c["voiced"] for c in model.cases))):
                seen[flag] = seen.get(flag, 0) + so
    assert not [key for key, value in seen.items() if not value]


def test_a_used_chance_changes_nothing():
    first = play("monthly", "rich")
    second = play("monthly", "rich", chance=first.chance)
    assert first.series == second.series
    assert first.cases == second.cases


def test_muted_tells_less():
    loud, muted = play("weekly", "rich"), play("weekly", "rich", muted=True)
    assert sum(p["told_bad"] for p in muted.series) < sum(p["told_bad"] for p in loud.series)


def test_a_file_of_customers_and_a_network():
    rows = market(40, 60)
    w = world("weekly")
    model = ReferenceModel(w.business, w.strategies["rich"], psychology=w.psychology, seed=3, people=60, periods=12,
                           market=rows)
    assert [person.status for person in model.persons[:40]] == rows.status.tolist()
    assert all(person.status == PROSPECT for person in model.persons[40:])
    assert {person.rate for person in model.persons[40:]} <= set(rows.rate.tolist())
    assert all(person.good == rows.good[i] for i, person in enumerate(model.persons[:40])
               if not math.isnan(rows.good[i]))
    assert {person.tier for person in model.persons} == {0, 1, 2}
    assert all(person.ties == sorted(set(person.ties)) for person in model.persons)
    assert 1 in model.persons[0].ties
    model.run()
    assert model.cases
