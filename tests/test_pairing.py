"""Same people, same luck: worlds differ only where the strategy acts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.business import Business
from sim.model import RecoveryModel
from sim.population import populate
from sim.psychology import Psychology
from sim.records import PEOPLE
from sim.remedy import Remedy, Strategy, tabulate
from strategies.registry import find
from tests.businesses import small_business

TRAITS = [column.name for column in PEOPLE]


class Silent(Strategy):
    """Answers every case with an empty remedy."""

    def respond(self, case: Any) -> Remedy:
        return Remedy()


def quiet(**changes: Any) -> Business:
    """The small business without talk, witnesses or hardening: nobody touches anybody."""
    return small_business(talk={"volume": 0.0}, **{"front_desk.witnesses": 0.0}, **changes)


def assert_rows_equal(a: np.ndarray, b: np.ndarray, rows: Any = slice(None)) -> None:
    for name in TRAITS:
        np.testing.assert_array_equal(a[name][rows], b[name][rows], err_msg=name)


def test_one_more_isolated_person_changes_nobody() -> None:
    """Where nobody talks, looks on or hardens, person N + 1 leaves the first N as they were, to the last bit."""
    cold = Psychology(hardening=0.0)
    a = RecoveryModel(quiet(), find("full"), rng=3, people=700, years=4, psychology=cold).run()
    b = RecoveryModel(quiet(), find("full"), rng=3, people=701, years=4, psychology=cold).run()
    assert_rows_equal(a.people_table, b.people_table[:700])


def test_a_person_without_ties_or_visits_changes_nobody_in_a_talking_world() -> None:
    """Even where others talk to friends, one who knows nobody and never comes changes nobody."""
    firm = small_business(**{"talk.weak_share": 0.0, "talk.ties": 1.0, "front_desk.witnesses": 0.0})
    starts = {seed: populate(firm, Psychology(), seed, 401).ties.start for seed in range(40)}
    seed = next(seed for seed, start in starts.items() if start[401] == start[400])
    a = RecoveryModel(firm, find("full"), rng=seed, people=400, years=3)
    b = RecoveryModel(firm, find("full"), rng=seed, people=401, years=3)
    b.people_table["rate"][400] = 0.0
    assert_rows_equal(a.run().people_table, b.run().people_table[:400])


def test_traits_of_the_first_do_not_depend_on_how_many_follow() -> None:
    """People and the ties among them are the same in a larger market; a newcomer only adds ties."""
    a, b = (populate(small_business(), Psychology(), 9, n) for n in (300, 301))
    assert_rows_equal(a.people, b.people[:300])
    for i in range(300):
        before, after = (set(p.ties.to[p.ties.start[i]:p.ties.start[i + 1]].tolist()) for p in (a, b))
        assert after - before <= {300} and before <= after


def test_one_more_connected_person_changes_only_whom_they_reach() -> None:
    """After one period, only those who heard of, saw, or could no longer hear because of the newcomer differ."""
    firm = small_business(**{"people.encounters_per_year": 11.0, "people.encounters_spread": 0.0})
    cold = Psychology(told_per_encounter=3.0, hardening=0.0)
    a = RecoveryModel(firm, find("full"), rng=21, people=600, years=1, psychology=cold)
    b = RecoveryModel(firm, find("full"), rng=21, people=601, years=1, psychology=cold)
    a.step()
    b.step()
    changed = [i for i in range(600) if any(
        a.people_table[name][i] != b.people_table[name][i] for name in ("good", "bad", "aware"))]
    assert 0 < len(changed) < 12
    # nothing but what was heard or seen may differ: whoever changed kept their own doings
    for name in ("encounters", "failures", "reward", "margin_pv", "remedies_pv", "promise", "raised", "status"):
        np.testing.assert_array_equal(a.people_table[name], b.people_table[name][:600], err_msg=name)


def test_a_strategy_that_never_acts_is_no_strategy() -> None:
    """Answering everything with nothing equals having no strategy, bit for bit."""
    a = RecoveryModel(small_business(), Silent(), rng=5, people=500, years=4).run()
    b = RecoveryModel(small_business(), None, rng=5, people=500, years=4).run()
    assert a.series.tobytes() == b.series.tobytes()
    assert a.people_table.tobytes() == b.people_table.tobytes()


def test_without_standing_policies_worlds_are_equal_until_the_first_case() -> None:
    """Two strategies' worlds are the same, bit for bit, up to the period of the first case; then they part."""
    firm = small_business(**{"failures.per_encounter": 0.01})
    worlds = [RecoveryModel(firm, find(name), rng=2, people=60, years=10, keep_cases=True)
              for name in ("minimum", "ladder:sincere=true,prompt=true,opening=9,generosity=10")]
    parted = False
    for _ in range(worlds[0].periods):
        before = len(worlds[0].cases[worlds[0].cases["voiced"] == 1])
        for model in worlds:
            model.step()
        same = worlds[0].people_table.tobytes() == worlds[1].people_table.tobytes()
        if before == 0 and len(worlds[0].cases[worlds[0].cases["voiced"] == 1]) == 0:
            assert same
        parted |= not same
    assert parted


def test_the_twin_has_the_luck_of_the_strategy() -> None:
    """Where nothing can fail and no policy stands, the twin and any strategy's world are the same, bit for bit."""
    firm = small_business(**{"failures.per_encounter": 0.0, "events.recall.period": 100000, "opportunists.share": 0.0})
    twin = RecoveryModel(firm, rng=5, people=500, years=4, twin=True).run()
    model = RecoveryModel(firm, find("minimum"), rng=5, people=500, years=4, against=twin).run()
    assert twin.people_table.tobytes() == model.people_table.tobytes()
    assert model.outcomes()["price_of_failure"] == 0.0
    assert (model._world.lost == 0).all()


def test_people_reused_are_people_made_anew() -> None:
    """Handing the start population on to another run of the pair changes nothing; and runs leave it untouched."""
    firm = small_business()
    first = RecoveryModel(firm, find("full"), rng=8, people=300, years=2)
    kept = first.population.people.copy()
    first.run()
    second = RecoveryModel(firm, find("full"), rng=8, people=300, years=2, start=first.population).run()
    assert first.series.tobytes() == second.series.tobytes()
    assert first.population.people.tobytes() == kept.tobytes()


def test_steps_and_one_run_are_the_same() -> None:
    """Stepping period by period, keeping cases, and playing all at once give the same bytes."""
    firm = small_business()
    whole = RecoveryModel(firm, find("full"), rng=8, people=300, years=2).run()
    steps = RecoveryModel(firm, find("full"), rng=8, people=300, years=2, keep_cases=True)
    while steps.running:
        steps.step()
    assert whole.series.tobytes() == steps.series.tobytes()
    assert whole.people_table.tobytes() == steps.people_table.tobytes()


def test_pairing_saves_variance() -> None:
    """Over seeds the difference of two strategies varies far less than if each had its own luck."""
    firm, values = small_business(), []
    tables = [tabulate(find(name), firm, name) for name in ("minimum", "minimum-polite")]
    for seed in range(25):
        twin = RecoveryModel(firm, rng=seed, people=400, years=3, twin=True).run()
        values.append([RecoveryModel(firm, table, rng=seed, people=400, years=3, start=twin.population,
                                     against=twin).run().outcomes()["net_present_value"] for table in tables])
    a, b = np.array(values).T
    assert 1 - np.var(a - b, ddof=1) / (np.var(a, ddof=1) + np.var(b, ddof=1)) > 0.5


@pytest.mark.parametrize("twin", [True, False])
def test_muting_silences_cases_only(twin: bool) -> None:
    """A muted world tells and shows no case; where there are none it is the same world."""
    firm = small_business()
    loud = RecoveryModel(firm, find("minimum"), rng=8, people=600, years=3, twin=twin).run()
    muted = RecoveryModel(firm, find("minimum"), rng=8, people=600, years=3, twin=twin, muted=True).run()
    if twin:
        assert loud.people_table.tobytes() == muted.people_table.tobytes()
    else:
        assert muted.series["told_bad"].sum() < loud.series["told_bad"].sum()
