"""The user's own people: real customers and real friendships, end to end."""

from __future__ import annotations

import csv
import gzip
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from experiments.cli import main
from sim.business import load_business
from sim.inputs import load_market
from sim.model import RecoveryModel
from strategies.registry import find

DATA = Path(__file__).parents[2] / "shared" / "data"
R, ALPHA = 0.252, 4.79
"""The BG/NBD fit of all 23,570 CDNOW customers: a customer with x repeat purchases in T weeks buys (r + x)/(alpha + T)
times a week."""


def real(name: str) -> Path:
    """A file of real data, or skip."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the real data file {name} is not at ../shared/data")
    return path


@pytest.fixture(scope="module")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every tenth CDNOW customer as a customers file: weekly rate from the fit, mean spend from their purchases."""
    path = tmp_path_factory.mktemp("cdnow") / "customers.csv"
    with gzip.open(real("cdnow_customers.csv.gz"), "rt", newline="") as source, path.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["customer", "encounters_per_period", "spend_per_encounter"])
        for number, row in enumerate(csv.DictReader(source)):
            spend = float(row["usd_total"]) / (1 + int(row["x"]))
            if number % 10 == 0 and spend > 0:
                writer.writerow([row["customer"], min(1.0, (R + int(row["x"])) / (ALPHA + float(row["T"]))), spend])
    return path


def compare(*arguments: object) -> dict[str, object]:
    """Run `amends compare` and read its JSON."""
    done = CliRunner().invoke(main, ["compare", *map(str, arguments), "--format", "json", "--workers", "1"])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def test_real_customers_are_compared(customers: Path, tmp_path: Path) -> None:
    """The CDNOW customers are the firm's customers, with their own rates and spend; prospects like them join."""
    answer = compare("hotel", "--customers", customers, "--set", "period=week", "--runs", 2, "--years", 2,
                     "--out", tmp_path)
    market = load_market(customers, None)
    assert market is not None and market.rate is not None and market.spend is not None
    assert answer["customers_at_start"] == len(market.ids) > 2300
    assert answer["people"] == round(len(market.ids) / load_business("hotel").people.customer_share)
    model = RecoveryModel(load_business("hotel", {"period": "week"}), find("full"), rng=1, people=len(market.ids) + 50,
                          years=1, market=market)
    people = model.people_table
    np.testing.assert_array_equal(people["rate"][: len(market.ids)], market.rate)
    np.testing.assert_array_equal(people["spend"][: len(market.ids)], market.spend)
    assert (people["status"][: len(market.ids)] == 1).all() and (people["status"][len(market.ids):] == 0).all()
    assert set(people["spend"][len(market.ids):]) <= set(market.spend)


def test_real_friendships_carry_the_talk(tmp_path: Path) -> None:
    """Without customers the 4,039 people of the real network are the market, and 88,234 friendships carry the talk."""
    edges = real("facebook_edges.csv.gz")
    answer = compare("hotel", "--network", edges, "--runs", 2, "--years", 1, "--out", tmp_path)
    assert answer["people"] == 4039
    model = RecoveryModel("hotel", find("full"), rng=1, people=4039, years=1, market=load_market(None, edges))
    assert len(model.population.ties.to) == 2 * 88234


def test_customers_and_friendships_together(customers: Path, tmp_path: Path) -> None:
    """With both, people of the network who are no customers are prospects; ids stay the user's."""
    edges = tmp_path / "edges.csv"
    with customers.open() as file:
        ids = [row["customer"] for row in csv.DictReader(file)][:50]
    edges.write_text("one,other\n" + "".join(f"{a},friend-of-{a}\n{a},{b}\n" for a, b in pairwise(ids)))
    market = load_market(customers, edges)
    assert market is not None
    assert market.ids[0] == ids[0] and "friend-of-" + ids[0] in market.ids
    model = RecoveryModel(load_business("hotel", {"period": "week"}), rng=1, people=len(market.ids), years=1,
                          market=market)
    friend = market.ids.index("friend-of-" + ids[0])
    assert model.people_table["status"][friend] == 0
    ties = model.population.ties
    assert set(ties.to[ties.start[0]:ties.start[1]].tolist()) == {friend, 1}
