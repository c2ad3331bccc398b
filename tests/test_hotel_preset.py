"""The presets: every number has its source; and the hotel says what its data say."""

from __future__ import annotations

import csv
import gzip
import statistics
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.business import PRESETS, Business, load_business, presets
from sim.remedy import menus, tabulate
from strategies import find

BOOKINGS = Path(__file__).parents[2] / "shared" / "data" / "hotel_bookings_trim.csv.gz"


def numbers(data: dict[str, Any], at: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a preset's file, by its dotted key."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from numbers(value, f"{at}{key}.")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield f"{at}{key}", value


def contents(preset: str) -> tuple[dict[str, float], dict[str, Any]]:
    """The numbers of a preset and its sources."""
    data = tomllib.loads((PRESETS / f"{preset}.toml").read_text(encoding="utf-8"))
    sources = data.pop("sources", {})
    return dict(numbers(data)), sources


@pytest.fixture(scope="module")
def hotel() -> Business:
    return load_business("hotel")


@pytest.mark.parametrize("preset", presets())
def test_every_number_has_a_source(preset: str) -> None:
    """Every number of a preset has a source, and every source belongs to a number."""
    values, sources = contents(preset)
    assert sorted(set(values) - set(sources)) == []
    assert sorted(set(sources) - set(values)) == []


@pytest.mark.parametrize("preset", presets())
def test_ranges_hold_their_value(preset: str) -> None:
    """The range worth exploring contains the value itself."""
    values, sources = contents(preset)
    outside = {key: (values[key], source["range"]) for key, source in sources.items()
               if key in values and "range" in source
               and not source["range"][0] <= values[key] <= source["range"][1]}
    assert outside == {}


@pytest.mark.parametrize("preset", presets())
def test_presets_load(preset: str) -> None:
    """Every preset is a valid business, called as its file."""
    assert load_business(preset).name == preset


def test_downgrades(hotel: Business) -> None:
    """Of all stays, 2.5 % are downgraded."""
    assert hotel.failures.per_encounter * hotel.failures.kinds["downgrade"].share == 0.025


def test_spend_against_the_bookings(hotel: Business) -> None:
    """The price of a stay and its spread are those of the city hotel's real bookings."""
    if not BOOKINGS.exists():
        pytest.skip("the hotel bookings (Antonio, Almeida & Nunes 2019) are not at ../shared/data")
    with gzip.open(BOOKINGS, "rt", encoding="utf-8", newline="") as file:
        stays = [float(row["adr"]) * float(row["nights"]) for row in csv.DictReader(file)
                 if row["hotel"] == "City Hotel" and row["reservation_status"] == "Check-Out"
                 and float(row["adr"]) > 0 and float(row["nights"]) > 0]
    mean = statistics.fmean(stays)
    assert hotel.people.spend_per_encounter == pytest.approx(mean, abs=0.005)
    assert hotel.people.spend_spread == pytest.approx(statistics.stdev(stays, mean) / mean, abs=0.005)


def test_own_goods_cost_less_than_they_are_worth(hotel: Business) -> None:
    """What the house gives of its own costs it less than face value; money and meals elsewhere cost their price."""
    for menu in menus(hotel).values():
        for measure in menu.measures:
            if measure.form == "cash" or measure.name == "dinner":
                assert measure.cost == pytest.approx(measure.worth)
            elif measure.is_goods:
                assert measure.cost < measure.worth


def test_everything_can_be_done_about_every_failure(hotel: Business) -> None:
    """For every failure there is a sorry that is none and one that is, haste, a repair, money and something extra."""
    for menu in menus(hotel).values():
        sorry = [measure.sincerity for measure in menu.of("apologise")]
        assert min(sorry) < 0.1 < 0.8 < max(sorry)
        for role in ("acknowledge", "explain", "hurry", "fix", "refund", "extra", "follow_up"):
            assert menu.best(role), role


def test_the_corners_of_the_guests_rates_are_valid(hotel: Business) -> None:
    """The busiest guests of the explored ranges still fit one stay a month."""
    ranges = {key: hotel.sources[f"people.{key}"].range for key in ("encounters_per_year", "encounters_spread")}
    highest = {key: found[1] for key, found in ranges.items() if found}
    assert len(highest) == 2
    load_business("hotel", {"people": highest})


def test_tabulating_takes_less_than_a_second(hotel: Business) -> None:
    """The minimum is asked about every case of the hotel in less than a second."""
    strategy = find("minimum")
    taken = []
    for _ in range(3):
        start = time.process_time()
        tabulate(strategy, hotel)
        taken.append(time.process_time() - start)
    assert min(taken) < 1
