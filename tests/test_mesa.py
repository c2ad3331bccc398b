"""A Mesa user's way in: the model as Mesa models are used."""

from __future__ import annotations

import gc
import inspect
import subprocess
import sys
import weakref
from typing import Any

import mesa
import numpy as np
import pytest

from sim.agents import Person, Worker
from sim.config import InputError
from sim.ledger import net_present_value
from sim.model import RecoveryModel
from sim.run import Run
from strategies.registry import find
from tests.businesses import small_business


def test_agents_are_windows_on_the_rows() -> None:
    """People and workers show as Mesa agents that read the arrays, before and after a step."""
    model = RecoveryModel(small_business(), find("full"), rng=1, people=50, years=1)
    assert isinstance(model, mesa.Model)
    people = model.agents_by_type[Person]
    assert len(people) == 50 and len(model.agents_by_type[Worker]) == len(model.workers_table)
    model.step()
    person = next(iter(people))
    row = model.people_table[person.row]
    assert person.good == row["good"] and person.encounters == row["encounters"]
    assert person.belief + person.disbelief + person.uncertainty == pytest.approx(1)
    assert person.trust == pytest.approx(person.belief + model.psychology.base_rate * person.uncertainty)
    assert {p.row for p in people} == set(range(50))
    assert person.standing in ("prospect", "customer", "former customer")
    with pytest.raises(AttributeError, match="no 'belive'"):
        _ = person.belive


def test_the_mesa_model_is_the_run_that_experiments_play() -> None:
    """Step by step under Mesa, or all at once without it: the same people, cases and money, byte for byte."""
    stepped = RecoveryModel(small_business(), find("full"), rng=5, people=60, years=1, keep_cases=True)
    while stepped.running:
        stepped.step()
    played = Run(small_business(), find("full"), rng=5, people=60, years=1, keep_cases=True).run()
    assert len(stepped.agents) == 60 + len(stepped.workers_table) and not hasattr(played, "agents")
    for table in ("people_table", "cases", "series", "workers_table"):
        assert getattr(stepped, table).tobytes() == getattr(played, table).tobytes(), table
    assert stepped.accounts() == played.accounts() and len(played.cases) > 5


def test_worker_processes_do_without_mesa() -> None:
    """What a worker of a sweep, a comparison or a search loads has neither Mesa nor pandas in it: a second saved."""
    code = ("import sys, experiments.sweep_play, experiments.replication, experiments.pairing, sim.run\n"
            "sys.exit(str([name for name in ('mesa', 'pandas', 'matplotlib') if name in sys.modules] or ''))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert not done.stderr.strip(), done.stderr


def test_agent_sets_select_and_aggregate() -> None:
    """Mesa's own AgentSet methods work on the views."""
    model = RecoveryModel(small_business(), find("full"), rng=1, people=80, years=1).run()
    customers = model.agents_by_type[Person].select(lambda person: person.status == 1)
    assert len(customers) == model.series["customers"][-1]
    assert customers.agg("trust", np.mean) == pytest.approx(model.series["trust"][-1])


def test_a_data_collector_collects() -> None:
    """Mesa's DataCollector works with model and agent reporters, as the Mesa documentation shows."""
    model = RecoveryModel(small_business(), find("minimum"), rng=3, people=40, years=1)
    collector = mesa.DataCollector(
        model_reporters={"Customers": lambda m: int((m.people_table["status"] == 1).sum())},
        agenttype_reporters={Person: {"Trust": "trust"}})
    for _ in range(6):
        model.step()
        collector.collect(model)
    frame = collector.get_model_vars_dataframe()
    assert frame["Customers"].tolist() == model.series["customers"].tolist()
    assert len(collector.get_agenttype_vars_dataframe(Person)) == 6 * 40


class Firm(RecoveryModel):
    """A Mesa user's own model: parameters of their choice, a DataCollector of their own."""

    def __init__(self, strategy: str = "minimum", margin: float = 0.4, rng: int | None = None) -> None:
        business = small_business(**{"finance.margin_share": margin})
        super().__init__(business, find(strategy), rng=rng, people=60, years=1)
        self.datacollector = mesa.DataCollector(
            model_reporters={"Customers": lambda m: int(m.series["customers"][-1]), "Seed": "run_seed",
                             "Value": lambda m: net_present_value(m.accounts())})

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)


def batch(parameters: dict[str, Any], seeds: list[int], **more: Any) -> list[dict[str, Any]]:
    """`mesa.batch_run`, seeded as each line of Mesa wants it: 3.3 among the parameters, 3.5 as `rng`."""
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        more["rng"] = seeds
    else:
        parameters = {**parameters, "rng": seeds}
    rows = mesa.batch_run(Firm, parameters, display_progress=False, **more)
    return sorted(rows, key=lambda row: (row["RunId"], row["Step"]))


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.long)])
def test_batch_run_plays_what_the_model_plays_alone(processes: int) -> None:
    """Rows of `mesa.batch_run` over varied parameters are those of single runs; the horizon ends each run."""
    rows = batch({"strategy": ["minimum", "full"], "margin": [0.2, 0.5]}, [1, 2], number_processes=processes)
    assert len(rows) == 8 == len({row["RunId"] for row in rows})
    for row in rows:
        alone = Firm(row["strategy"], row["margin"], row["rng"]).run()
        assert row["Seed"] == row["rng"] == alone.run_seed
        assert row["Value"] == net_present_value(alone.accounts())
        assert row["Customers"] == alone.series["customers"][-1]
    assert len({row["Value"] for row in rows}) == 8


def test_batch_run_collects_every_period() -> None:
    """With `data_collection_period=1` there is a row per period, as in the model's own series."""
    rows = batch({"strategy": "full"}, [3], data_collection_period=1)
    assert [row["Customers"] for row in rows] == Firm("full", rng=3).run().series["customers"].tolist()


def test_bulk_runs_make_no_agents_and_leave_no_models() -> None:
    """A model whose agents nobody asked for is freed as soon as it is dropped."""
    model = RecoveryModel(small_business(), find("minimum"), rng=3, people=40, years=1).run()
    kept = weakref.ref(model)
    del model
    gc.collect()
    assert kept() is None


def test_the_model_stops_at_its_horizon() -> None:
    """Stepping past the horizon does nothing but say that the model no longer runs."""
    model = RecoveryModel(small_business(), rng=3, people=20, years=1)
    model.run_model()
    assert model.period == 12 and not model.running
    model.step()
    assert model.period == 12


def test_an_unseeded_run_can_be_repeated_from_its_seed() -> None:
    """Without `rng` a seed is drawn and kept; the same seed gives the same run."""
    first = RecoveryModel(small_business(), find("full"), people=60, years=1).run()
    again = RecoveryModel(small_business(), find("full"), rng=first.run_seed, people=60, years=1).run()
    assert first.series.tobytes() == again.series.tobytes()


@pytest.mark.parametrize(("more", "said"), [
    ({"years": 0.05}, "not a whole number of months"), ({"people": 0}, "at least 1"),
])
def test_impossible_worlds_are_refused_in_one_sentence(more: dict[str, Any], said: str) -> None:
    """A horizon that is no whole number of periods, or nobody in the market, is one clear sentence."""
    with pytest.raises(InputError, match=said):
        RecoveryModel(small_business(), rng=1, **more)
