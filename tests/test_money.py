"""Money is conserved, and the price of failure is what it says."""

from __future__ import annotations

import numpy as np
import pytest

from sim import ledger
from sim.business import Business, load_business
from sim.model import RecoveryModel
from sim.records import ACCOUNTS, COST_ACCOUNTS
from strategies.registry import find
from tests.businesses import small_business
from tests.reference.worlds import WORLDS, world

RICH = {"promise_cost": 0.5, "refill_share": 0.3}


def pair(business: Business, strategy: object, seed: int, people: int = 800, years: float = 4) -> tuple[
        RecoveryModel, RecoveryModel]:
    """A finished twin and the finished world of a strategy held against it."""
    twin = RecoveryModel(business, rng=seed, people=people, years=years, twin=True).run()
    return twin, RecoveryModel(business, strategy, rng=seed, people=people, years=years, start=twin.population,  # type: ignore[arg-type]
                               against=twin, keep_cases=True).run()


@pytest.mark.parametrize("name", ["minimum", "full", "full:promise=true,check=0.2"])
@pytest.mark.parametrize("business", ["small", "hotel"])
def test_the_price_of_failure_is_remedy_plus_churn(business: str, name: str) -> None:
    """NPV(twin) - NPV(strategy) = cost of remedy + cost of churn, and churn splits without rest."""
    firm = small_business(finance=RICH) if business == "small" else load_business("hotel")
    twin, model = pair(firm, find(name), 5)
    found = model.outcomes()
    scale = abs(found["net_present_value"])
    def worth(world: RecoveryModel) -> float:
        flows = world.series["margin"] + world.series["refill"] - world.series["acquisition"]
        for account in COST_ACCOUNTS:
            flows = flows - world.series[account]
        return sum(float(flow) / 1.1 ** ((t + 1) / 12) for t, flow in enumerate(flows))

    assert found["price_of_failure"] == pytest.approx(worth(twin) - worth(model), abs=1e-9 * scale)
    whole = found["cost_of_remedy"] + found["cost_of_churn"]
    assert found["price_of_failure"] == pytest.approx(whole, abs=1e-9 * scale)
    parts = (found["lost_to_leaving"] + found["lost_to_coming_less"] + found["lost_to_never_joining"]
             - found["taken_up_by_others"])
    assert found["cost_of_churn"] == pytest.approx(parts, abs=1e-9 * scale)
    assert found["cost_of_remedy"] > 0


@pytest.mark.parametrize("name", WORLDS)
def test_churn_summed_person_by_person(name: str) -> None:
    """The cost of churn from the table of people alone (with refill from demand) equals that of the accounts."""
    chosen = world(name)
    firm, psychology = chosen.business, chosen.psychology
    twin = RecoveryModel(firm, rng=6, psychology=psychology, people=400, years=3, twin=True).run()
    model = RecoveryModel(firm, chosen.strategies["rich"], rng=6, psychology=psychology, people=400, years=3,
                          start=twin.population, against=twin).run()

    def brought(world_: RecoveryModel) -> float:
        people = world_.people_table
        refill = float((world_.series["refill"] * ledger.discount_factors(
            firm.finance.discount_rate_annual, firm.periods_per_year, world_.periods)).sum())
        return float(people["margin_pv"].sum() - people["acquisition_pv"].sum()) + refill

    assert model.outcomes()["cost_of_churn"] == pytest.approx(brought(twin) - brought(model), rel=1e-9)


def test_margins_recounted_from_visits_and_cases() -> None:
    """Margins recounted by hand, visit by visit, from who came and what failed, are those of the accounts."""
    firm = small_business(finance={"refill_share": 0.0})
    model = RecoveryModel(firm, find("full"), rng=11, people=500, years=2, keep_cases=True)
    margin = np.zeros(model.periods)
    kept = [kind.margin_kept_share for kind in firm.failures.kinds.values()]
    at_encounter = [kind.lag_months == 0 for kind in firm.failures.kinds.values()]
    for t in range(model.periods):
        redeems = model.people_table["voucher_period"] == t
        model.step()
        people, cases = model.people_table, model.cases
        here = cases[(cases["period"] == t) & (cases["false_claim"] == 0)]
        share = np.ones(len(people))
        for case in here:
            if at_encounter[case["kind"]]:
                share[case["person"]] = kept[case["kind"]]
        pays = (people["present"] == 1) & ~redeems
        margin[t] = (people["spend"] * share)[pays].sum() * firm.finance.margin_share
    np.testing.assert_allclose(model.series["margin"], margin, rtol=1e-9)


def test_remedies_and_handling_recounted_from_cases() -> None:
    """Every unit in remedies, handling and false claims is a case's, certificates included, and nothing is lost."""
    firm = small_business(opportunists={"share": 0.3})
    model = RecoveryModel(firm, find("full"), rng=12, people=800, years=3, keep_cases=True).run()
    cases, series = model.cases, model.series
    real, false = cases[cases["false_claim"] == 0], cases[cases["false_claim"] == 1]
    assert series["handling"].sum() == pytest.approx(real["handling"].sum())
    redeemed = series["remedies"].sum() - real["cost"].sum()
    pending = model.people_table["voucher_cost"].sum()
    assert 0 < redeemed + pending <= real["cost_when_redeemed"].sum() + 1e-9
    share = firm.menu["voucher"].redeemed_share
    claimed = false["cost"].sum() + false["handling"].sum() + share * false["cost_when_redeemed"].sum()
    assert series["false_claims"].sum() == pytest.approx(claimed)
    assert len(false) > 0
    assert model.people_table["remedies_pv"].sum() == pytest.approx(model.accounts()["remedies"])


@pytest.mark.parametrize("name", WORLDS)
def test_the_twin_spends_nothing_on_failure(name: str) -> None:
    """In the failure-free twin every cost account but acquisition is exactly 0, whatever the strategy's policies."""
    chosen = world(name)
    twin = RecoveryModel(chosen.business, chosen.strategies["rich"], psychology=chosen.psychology, rng=1, people=500,
                         years=3, twin=True).run()
    for account in COST_ACCOUNTS:
        assert (twin.series[account] == 0).all()
    assert (twin.series["failures"] == 0).all() and (twin.workers_table["hardness"] == 0).all()


def test_accounts_are_money_in_and_money_out() -> None:
    """Net present value is income less costs and acquisition, each discounted period by period."""
    model = RecoveryModel("hotel", find("full"), rng=3, people=500, years=2).run()
    accounts = model.accounts()
    by_hand = 0.0
    for t, row in enumerate(model.series):
        flow = row["margin"] + row["refill"] - sum(row[name] for name in (*COST_ACCOUNTS, "acquisition"))
        by_hand += flow / 1.1 ** ((t + 1) / 12)
    assert set(accounts) == set(ACCOUNTS)
    assert ledger.net_present_value(accounts) == pytest.approx(by_hand)
    assert all(amount >= 0 for name, amount in accounts.items() if name != "refill")


def test_refill_takes_up_its_share_of_lost_demand() -> None:
    """Where lost demand is wholly refilled, each period brings what its first customers would have brought."""
    firm = small_business(finance={"refill_share": 1.0},
                          joining={"at_typical_per_year": 1e-6, "at_none_per_year": 1e-6})
    model = RecoveryModel(firm, find("minimum"), rng=3, people=2000, years=5)
    people = model.people_table.copy()
    customers = people["status"] == 1
    demand = float((people["rate"] * people["spend"])[customers].sum()) * firm.finance.margin_share
    model.run()
    present = model.series["customers"][:-1] < customers.sum()
    assert present.all()
    for t in (1, 30, 59):
        world_ = RecoveryModel(firm, find("minimum"), rng=3, people=2000, years=5)
        while world_.period < t:
            world_.step()
        now = world_.people_table
        left = float((now["rate"] * now["spend"])[now["status"] == 1].sum()) * firm.finance.margin_share
        assert model.series["refill"][t] == pytest.approx(demand - left)
