"""What the dashboard answers: the numbers of `compare`, with their intervals, for every stand of the sliders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from experiments import compare
from experiments.estimates import Estimate
from experiments.parameters import REMEDY, Parameter
from experiments.starters import remedy_cost
from experiments.verdict import Finding, verdict
from sim.business import Business, load_business, plain, presets
from sim.config import merged, validated

pytest.importorskip("starlette", reason="the dashboard needs the extra 'dashboard'")

from experiments.dashboard import course, numbers, sliders, work
from experiments.dashboard.app import application
from tests.asgi import Client
from tests.dashboards import HOUSE, MOVED, SMALL, events, first, kitchen, only, view_of


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    """Everything the page is told for the view `MOVED`."""
    with Client(application(kitchen())) as made:
        return events(made, MOVED)


# What is shown


def test_the_refined_answer_is_that_of_compare(told: list[dict[str, Any]], tmp_path: Path) -> None:
    """The last refined event holds, per 1,000 customers, the numbers of `compare` with every number fixed, exactly."""
    view = view_of(MOVED)
    found = only(told, "refined")[-1]
    answer = compare("hotel", runs=10, people=150, years=1, seed=3, workers=1, out=tmp_path, fixed=True,
                     settings=sliders.nested_settings(load_business("hotel"), dict(view.moved)))
    assert found["pairs"] == 10
    for arm in found["arms"]:
        for name in ("cost_of_remedy", "cost_of_churn", "price_of_failure", "net_present_value"):
            assert arm[name] == answer.per_1000(arm["name"], name).to_dict()
    [gap] = found["differences"]
    expected = answer.difference("full", "minimum").per_1000_customers
    assert {key: gap[key] for key in ("mean", "low", "high")} == expected.to_dict()
    turn = 1 if found["difference"]["of"] == "full" else -1
    assert found["difference"]["mean"] == turn * expected.mean


def test_the_wide_interval_is_that_of_compare(told: list[dict[str, Any]], tmp_path: Path) -> None:
    """What is not known is drawn as `compare` draws it, the sliders that were moved being known."""
    view = view_of(MOVED)
    [gap] = [one for one in only(told, "unknown")[-1]["differences"] if one["of"] == "full"]
    answer = compare("hotel", runs=10, people=150, years=1, seed=3, workers=1, out=tmp_path,
                     settings=sliders.nested_settings(load_business("hotel"), dict(view.moved)))
    expected = answer.difference("full", "minimum").per_1000_customers
    assert {key: gap[key] for key in ("mean", "low", "high")} == expected.to_dict()
    assert answer.draws is not None


def test_a_first_look_is_the_first_pairs_of_a_smaller_market(tmp_path: Path) -> None:
    """A first look says how many pairs of how many people it rests on, and has the numbers of just these."""
    look = first("business=hotel&years=1&runs=30&talk.volume=1.5")
    assert look["kind"] == "look" and look["people"] == 1000 and 4 <= look["pairs"] <= 24
    answer = compare("hotel", runs=look["pairs"], people=1000, years=1, workers=1, out=tmp_path, fixed=True,
                     settings=["talk.volume=1.5"])
    assert look["arms"][1]["cost_of_churn"] == answer.per_1000("full", "cost_of_churn").to_dict()
    assert look["of"] == 30


def test_every_answer_has_its_interval(told: list[dict[str, Any]]) -> None:
    """From the first look on no answer comes without an interval around its mean, and the pairs only grow."""
    found = [event for event in told if event["kind"] in ("look", "refined")]
    assert len(found) >= 2 and found[0]["kind"] == "look"
    for event in found:
        d = event["difference"]
        assert d["low"] < d["mean"] < d["high"] and re.search(r"EUR .* to ", d["interval"])
        assert event["pairs"] >= 4
    refined = [event["pairs"] for event in found if event["kind"] == "refined"]
    assert refined == sorted(refined) and refined[-1] == 10


def test_todays_values_are_shown_with_the_same_pairs(told: list[dict[str, Any]], tmp_path: Path) -> None:
    """Beside an answer stands where the same pairs lie with today's values."""
    beside = only(told, "refined")[-1]["today"]
    answer = compare("hotel", runs=10, people=150, years=1, seed=3, workers=1, out=tmp_path, fixed=True)
    assert [arm["cost_of_churn"] for arm in beside] == \
        [answer.per_1000(arm, "cost_of_churn").to_dict() for arm in ("minimum", "full")]


def test_the_sentence_claims_no_more_than_the_interval() -> None:
    """Better off is said where the interval excludes 0; else that there is no clear difference."""
    def said(low: float, mean: float, high: float) -> str:
        gap = Estimate(mean, low, high)
        pair: Any = type("Pair", (), {"of": "full", "minus": "minimum", "net_present_value": gap, "by_year": {},
                                      "share_won": 0.9, "share_tied": 0.0})
        return numbers.sentence(Finding("EUR", 10.0, {"full": mean, "minimum": 0.0}, (pair,)), "guest")

    assert said(900, 1000, 1100) == ("Full remedy at once leaves the firm EUR 1,000 better off than the bare minimum, "
                                     "per 1,000 guests over 10 years.")
    assert said(-1100, -1000, -900).startswith("The bare minimum leaves the firm EUR 1,000 better off than full remedy")
    assert said(-100, 1000, 2100).startswith("No clear difference: full remedy at once is EUR 1,000 ahead")


    assert said(-2000, 3, 2006) == ("No difference to speak of between full remedy at once and the bare minimum, "
                                    "per 1,000 guests over 10 years.")


def test_what_luck_alone_decides_is_told_as_such(told: list[dict[str, Any]]) -> None:
    """The answer at the numbers as set says that it is one, in its sentence and in the title of its picture."""
    for event in [*only(told, "look"), *only(told, "refined")]:
        assert all(event[told_in].startswith("As set on the page, ") for told_in in ("sentence", "title"))


@pytest.mark.parametrize(("low", "mean", "high", "average", "grade", "here", "compared"), [
    (900, 1000, 1100, 50, "clear", "clearly better", "leaves the firm better off"),
    (-10_000, 190_000, 400_000, 40_000, "bet", "the better bet, not a sure one", "the better bet, not a sure one"),
    (-400_000, 20_000, 400_000, 90_000, "unclear", "Not clear", "not clear"),
    (0, 0, 0, 0, "same", "exactly the same", "exactly the same"),
])
def test_the_headline_has_the_verdict_of_compare(low: float, mean: float, high: float, average: float, grade: str,
                                                 here: str, compared: str) -> None:
    """Over what is not known the page claims what `amends compare` claims: clear, the better bet, or not clear."""
    pair: Any = type("Pair", (), {
        "of": "full", "minus": "minimum", "net_present_value": Estimate(mean, low, high), "by_year": {},
        "average": Estimate(mean, mean - average, mean + average), "average_by_year": {}, "share_won": 0.9,
        "share_tied": 0.0, "runs_to_tell": None, "attribution": None})
    found = Finding("EUR", 10.0, {"full": mean, "minimum": 0.0}, (pair,), drawn=True)
    said = numbers.headline(found, "guest")
    assert said["verdict"] == grade and here in said["sentence"]
    assert compared in verdict(found, 100)


def test_the_headline_waits_for_all_that_is_drawn(told: list[dict[str, Any]]) -> None:
    """The last event of what is not known has the headline, and none before; no clearer than its own interval."""
    *before, last = only(told, "unknown")
    assert all(event["headline"] is None for event in before)
    best = max(last["differences"], key=lambda one: one["mean"])
    assert (last["headline"]["verdict"] == "clear") == (best["low"] > 0)


def test_switch_points_are_of_the_two_ahead(client: Client) -> None:
    """With three strategies, where the answer flips is told of the two that the refined answer names."""
    found = events(client, f"business=hotel&{SMALL}&strategy=minimum&strategy=ladder&strategy=full")
    d = only(found, "refined")[-1]["difference"]
    assert set(only(found, "flips")[0]["between"]) == {d["of"], d["minus"]} != {"minimum", "ladder"}


def test_every_interval_has_the_same_minus() -> None:
    """In millions as in units, what is below 0 has the sign of minus, not a hyphen."""
    assert numbers.interval(Estimate(3e7, -5e7, 11e7), "USD") == "USD \N{MINUS SIGN}50.0 to 110.0 million"
    assert "\N{MINUS SIGN}5" in numbers.interval(Estimate(3, -5, 11), "USD")


@example(70165284.0, 70147275.0)
@example(70197275.0, 70142155.0)
@given(st.floats(-1e8, 1e8) | st.floats(-9, 9), st.floats(0.05, 1e8))
def test_an_interval_is_never_told_narrower_than_it_is(mean: float, half: float) -> None:
    """The ends as written lie outside the ends as reckoned, by at most a tenth of the half width."""
    text = numbers.interval(Estimate(mean, mean - half, mean + half), "EUR").replace("\N{MINUS SIGN}", "-")
    unit = 1e6 if "million" in text else 1
    low, high = (float(part.replace(",", "")) * unit for part in re.findall(r"-?[\d,.]+", text))
    slack = max(0.01, half / 10) + 1e-6 * abs(mean)
    if abs(mean) - half > 0.01:
        assert (low > 0) == (mean > half) and (high < 0) == (mean < -half)
    assert mean - half - slack <= low <= mean - half + 1e-6 * abs(mean) + 1e-6
    assert mean + half - 1e-6 * abs(mean) - 1e-6 <= high <= mean + half + slack


def test_switch_points_are_those_of_breakeven() -> None:
    """Anchored at its own pairs, a search finds what `experiments.breakeven` finds with them."""
    from experiments.breakeven import breakeven
    from experiments.pairing import differences
    from sim.psychology import Psychology

    hotel = load_business("hotel")
    known = breakeven("hotel", only=["finance.refill_share"], runs=6, people=150, years=3, workers=1)
    today = differences(hotel, Psychology(), ("minimum", "full"), people=150, years=3, seed=1, runs=range(6))
    slider = HOUSE.slider("hotel", "finance.refill_share")
    stands = Parameter(slider.key, slider.today, slider.low, slider.high, slider.whole, slider.meaning)
    found = work.flips(work.Search(hotel, {}, ("minimum", "full"), stands, 150, 3, 1, today))
    assert [(one["value"], one["low"], one["high"]) for one in found] == \
        [(flip.switch.value, flip.switch.low, flip.switch.high) for flip in known.flips]
    assert [(one["below_range"], one["above_range"], one["holds_today"]) for one in found] == \
        [(flip.switch.below_range, flip.switch.above_range, flip.switch.holds_today) for flip in known.flips]


def test_switch_points_agree_with_the_headline(client: Client) -> None:
    """Whoever wins beyond a switch point is behind in the refined answer, also where that is close."""
    found = events(client, "business=tv-retailer&people=200&years=3&runs=10&failures.per_encounter=0.1")
    gap = only(found, "refined")[-1]["differences"][0]["mean"]
    behind = "minimum" if gap > 0 else "full"
    flips = [flip for event in only(found, "flip") for flip in event["flips"]]
    assert flips and {flip["wins"] for flip in flips if not flip["back"]} == {behind}
    assert {event["key"] for event in only(found, "flip")} >= {"failures.per_encounter", "remedy", "talk.volume"}


def test_the_triangle_is_that_of_the_command(told: list[dict[str, Any]]) -> None:
    """Where customers stand is what `amends triangle` plays: 20 runs of the same market."""
    from experiments.design import ask
    from experiments.triangle_runs import played

    event = only(told, "trust")[0]
    found = played(ask("hotel", runs=20, people=150, years=1, seed=3, settings=sliders.nested_settings(
        load_business("hotel"), dict(view_of(MOVED).moved))))
    assert event["courses"][1]["path"] == np.round(found.courses[1].path.mean(axis=0), 4).tolist()
    assert event["runs"] == 20


# Assumptions


@pytest.mark.parametrize("name", presets())
def test_every_business_has_the_sliders_people_argue_about(name: str) -> None:
    """Eight to ten sliders stand there from the start, today's value within each; more can be searched."""
    shown = HOUSE.shown(name)
    assert 8 <= len(shown) <= 10
    assert {REMEDY, "failures.per_encounter", "finance.margin_share", "talk.volume"} <= {s.key for s in shown}
    for slider in shown:
        assert slider.low <= slider.today <= slider.high and slider.low < slider.high and slider.meaning


@pytest.mark.parametrize("name", presets())
def test_dearer_remedies_are_dearer_by_that_factor(name: str) -> None:
    """With the factor at 1.5 a full remedy costs the firm 1.5 times as much, and is worth the same to the customer."""
    business = load_business(name)
    dearer, _ = work.world(business, {REMEDY: 1.5})
    assert remedy_cost(dearer) == pytest.approx(1.5 * remedy_cost(business))
    assert [m.worth_share for m in dearer.menu.values()] == [m.worth_share for m in business.menu.values()]


@given(st.floats(0.2, 0.45), st.floats(0.1, 0.35))
def test_shares_stay_shares(noise: float, rude: float) -> None:
    """Sliders of numbers that add up to 1 stand where they were put, together with the others adding up to 1."""
    found = sliders.settings(load_business("hotel"), {"failures.noise.share": noise, "failures.rude-desk.share": rude})
    assert found["failures.noise.share"] == noise and found["failures.rude-desk.share"] == rude
    assert sum(value for key, value in found.items() if key.endswith(".share")) == pytest.approx(1)
    assert found["failures.downgrade.share"] / found["failures.lost-reservation.share"] == pytest.approx(0.4 / 0.06)


def test_contradictions_are_sentences(client: Client) -> None:
    """Sliders that cannot stand so together end in one sentence instead of an answer."""
    found = events(client, f"business=hotel&{SMALL}&people.customer_share=0.8&people.former_share=0.3")
    assert [event["kind"] for event in found] == ["problem"]
    assert "sum to more than 1" in found[0]["sentences"][0]


def test_a_business_may_be_changed_by_sliders_only() -> None:
    """What a view sets is what `--set` would set: laid over the business, it gives the business that is played."""
    view = view_of(MOVED)
    hotel = load_business("hotel")
    nested = sliders.nested_settings(hotel, dict(view.moved))
    firm = validated(Business, merged(plain(hotel), nested))
    assert course.question_of(view, HOUSE).point.business == firm
