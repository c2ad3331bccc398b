"""The model can say no: where the minimum wins, it says so, with an interval."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments import compare

THIN = ["finance.margin_share=0.05"]
ONE_OFF = ["people.encounters_per_year=0.2", "leaving.at_typical=0.9", "leaving.at_none=0.99", "joining.winback=0.0",
           "talk.volume=0.0", "front_desk.witnesses=0.0"]
REFILLED = ["finance.refill_share=1.0"]


@pytest.mark.parametrize("settings", [THIN, ONE_OFF, REFILLED], ids=["thin-margins", "one-off-buyers", "refilled"])
def test_the_minimum_wins_where_it_should(settings: list[str], tmp_path: Path) -> None:
    """With thin margins, one-off buyers or demand that is refilled, `minimum` beats `full` beyond its interval."""
    answer = compare("hotel", ("minimum", "full"), runs=12, people=1000, settings=settings, out=tmp_path, workers=1,
                     fixed=True)
    difference = answer.to_dict()["differences"][0]
    assert difference["of"] == "full" and difference["minus"] == "minimum"
    assert difference["net_present_value"]["high"] < 0
    assert "minimum leaves the firm better off than full" in answer.verdict


def test_courtesy_may_beat_money(tmp_path: Path) -> None:
    """Where losses are dear and margins small, the polite minimum beats the full remedy, and the verdict says so."""
    settings = ["finance.margin_share=0.12"]
    answer = compare("hotel", ("minimum", "minimum-polite", "full"), runs=12, people=1000, settings=settings,
                     out=tmp_path, workers=1, fixed=True)
    pairs = {(d["of"], d["minus"]): d["net_present_value"] for d in answer.to_dict()["differences"]}
    assert pairs["full", "minimum-polite"]["high"] < 0
    assert pairs["minimum-polite", "minimum"]["low"] > 0
    assert "minimum-polite is best" in answer.verdict


def test_the_default_hotel_prefers_the_full_remedy_but_not_at_once(tmp_path: Path) -> None:
    """In the preset hotel the full remedy pays over ten years and costs in the first; the verdict says both."""
    answer = compare("hotel", runs=12, people=1000, out=tmp_path, workers=1, fixed=True)
    difference = answer.to_dict()["differences"][0]
    assert difference["net_present_value"]["low"] > 0 > difference["by_year"]["1"]["high"]
    assert "horizon" in answer.verdict
