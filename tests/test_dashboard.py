"""The dashboard without a browser: what is asked, what comes back, who may ask, and that it can be repeated."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import compare, comparison
from experiments.cli import main
from experiments.estimates import Estimate
from experiments.experiment import Experiment
from experiments.runner import carry_out
from experiments.starters import remedy_cost
from experiments.verdict import Finding
from sim.business import Business, load_business, plain, presets
from sim.config import InputError, merged, validated

pytest.importorskip("starlette", reason="the dashboard needs the extra 'dashboard'")

from experiments.dashboard import course, numbers, sliders, work
from experiments.dashboard.app import application
from experiments.dashboard.crew import Crew, WorkerDied
from experiments.dashboard.house import House
from experiments.dashboard.kitchen import Kitchen
from experiments.dashboard.serve import is_loopback, listen, url
from experiments.dashboard.view import LIMITS, View, command, read
from tests.asgi import Client

SMALL = "people=150&years=1&runs=10"
MOVED = f"business=hotel&{SMALL}&seed=3&finance.margin_share=0.55&remedy=1.4&failures.noise.share=0.4&talk.volume=1.3"
TODAY = f"business=hotel&{SMALL}&seed=3"
HOUSE = House()


class Here:
    """A crew without processes: the same interface, the work done in this process."""

    processes = 2

    async def play(self, owner: object, do: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.to_thread(do, *arguments)


def kitchen() -> Kitchen:
    crew: Any = Here()
    made = Kitchen(HOUSE, crew, crew)
    made.ready.set()
    return made


@pytest.fixture
def client() -> Iterator[Client]:
    """A client of an application that works in this process."""
    with Client(application(kitchen())) as made:
        yield made


def view_of(query: str) -> View:
    view, problems = read(parse_qsl(query), HOUSE)
    assert not problems
    return view


def events(client: Client, query: str) -> list[dict[str, Any]]:
    """Everything the page is told for a view."""
    return [json.loads(line) for line in client.get(f"/api/answer?{query}").text.splitlines()]


def first(query: str) -> dict[str, Any]:
    """The first thing the page is told for a view; then it hangs up."""
    async def ask() -> dict[str, Any]:
        found = course.answers(read(parse_qsl(query), HOUSE)[0], kitchen(), object())
        try:
            return await anext(found)
        finally:
            await found.aclose()  # type: ignore[attr-defined]

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    """Everything the page is told for the view `MOVED`, asked after the same with today's values."""
    with Client(application(kitchen())) as made:
        events(made, TODAY)
        return events(made, MOVED)


def only(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in found if event["kind"] == kind]


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Commands play in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(comparison, "carry_out", lambda tasks, workers: carry_out(tasks, workers=1))


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

    assert said(900, 1000, 1100) == ("Full remedy at once leaves the firm EUR 1,000 better off than only the minimum, "
                                     "per 1,000 guests over 10 years.")
    assert said(-1100, -1000, -900).startswith("Only the minimum leaves the firm EUR 1,000 better off than full remedy")
    assert said(-100, 1000, 2100).startswith("No clear difference: full remedy at once is EUR 1,000 ahead")


@given(st.floats(-1e8, 1e8), st.floats(0.5, 1e8))
def test_an_interval_is_never_told_narrower_than_it_is(mean: float, half: float) -> None:
    """The ends as written lie outside the ends as reckoned, by at most a tenth of the half width."""
    text = numbers.interval(Estimate(mean, mean - half, mean + half), "EUR").replace("\N{MINUS SIGN}", "-")
    unit = 1e6 if "million" in text else 1
    low, high = (float(part.replace(",", "")) * unit for part in re.findall(r"-?[\d,.]+", text))
    slack = max(1.0, half / 10) + 1e-6 * abs(mean)
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
    found = work.flips(work.Search(hotel, {}, ("minimum", "full"), slider.key, slider.low, slider.high, slider.today,
                                   slider.whole, 150, 3, 1, today))
    assert [(one["value"], one["low"], one["high"]) for one in found] == \
        [(flip.switch.value, flip.switch.low, flip.switch.high) for flip in known.flips]


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
    assert {sliders.REMEDY, "failures.per_encounter", "finance.margin_share", "talk.volume"} <= {s.key for s in shown}
    for slider in shown:
        assert slider.low <= slider.today <= slider.high and slider.low < slider.high and slider.meaning


@pytest.mark.parametrize("name", presets())
def test_dearer_remedies_are_dearer_by_that_factor(name: str) -> None:
    """With the factor at 1.5 a full remedy costs the firm 1.5 times as much, and is worth the same to the customer."""
    business = load_business(name)
    dearer, _ = work.world(business, {sliders.REMEDY: 1.5})
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


# The address


@given(st.sampled_from(presets()), st.permutations(["minimum", "full", "ladder", "tiered"]), st.data())
@settings(max_examples=40, deadline=None)
def test_an_address_shows_what_it_was_copied_from(name: str, order: list[str], data: st.DataObject) -> None:
    """Reading the query of a view gives the view, to the last digit."""
    moved = {slider.key: data.draw(st.floats(slider.low, slider.high)) for slider in HOUSE.shown(name)
             if not slider.whole and data.draw(st.booleans())}
    moved = {key: value for key, value in moved.items() if value != HOUSE.slider(name, key).today}
    numbers_ = {key: data.draw(st.integers(*LIMITS[key])) for key in LIMITS}
    view = View(name, tuple(order[:3]), **numbers_, moved=tuple(sorted(moved.items())))
    assert read(parse_qsl(view.query()), HOUSE) == (view, [])


@pytest.mark.parametrize(("query", "sentence"), [
    ("business=hotle", "No business is called 'hotle'; did you mean 'hotel'? A city hotel is shown."),
    ("strategy=fulll&strategy=minimum", "No strategy is called 'fulll'; did you mean 'full'? It is left out."),
    ("strategy=ladder:openin=2&strategy=full", "no parameter is called 'openin'; did you mean 'opening'?"),
    ("strategy=full&strategy=full", "Strategy 'full' is named twice."),
    ("strategy=full", "A comparison needs two strategies."),
    ("people=5", "people = 5: must be a whole number from 100 to 20,000. 2,000 is used."),
    ("years=ten", "years = ten: must be a whole number from 1 to 30. 10 is used."),
    ("seed=-1", "seed = -1: must be a whole number from 0"),
    ("finance.margin_share=7", "finance.margin_share = 7: must be a number from 0.5 to 0.75. Today's value, 0.65"),
    ("finance.margin_share=nan", "finance.margin_share = nan: must be a number"),
    ("finance.margn_share=0.6", "did you mean 'finance.margin_share'? It is left out."),
])
def test_a_bad_value_is_a_sentence(client: Client, query: str, sentence: str) -> None:
    """What cannot be is left out with a sentence; the page comes all the same."""
    setup = client.get(f"/api/setup?{query}")
    assert setup.status == 200
    assert any(sentence in problem for problem in setup.json()["problems"])


def test_a_bad_address_is_answered() -> None:
    """With everything wrong the answer is that of the page that is shown instead."""
    wrong = first("business=hotle&strategy=fulll&people=5&years=1&finance.margin_share=7&x=y")
    right = first("business=hotel&years=1")
    assert wrong["kind"] == right["kind"] == "look"
    assert wrong["arms"][0]["name"] == "minimum" and wrong["people"] == right["people"]


KEYS = st.sampled_from(["business", "strategy", "people", "seed", "remedy", "talk.volume", "x.y", ""])


@given(st.lists(st.tuples(KEYS | st.text(max_size=20), st.text(max_size=20) | st.floats().map(str)), max_size=6))
@settings(max_examples=200, deadline=None)
def test_no_address_breaks_it(pairs: list[tuple[str, str]]) -> None:
    """Whatever stands in the query, a view comes out that can be asked."""
    view, _ = read(pairs, HOUSE)
    assert HOUSE.business(view.business) and len(view.strategies) >= 2


def test_an_address_runs_no_file(client: Client, tmp_path: Path) -> None:
    """Neither a strategy nor a business is taken from a path in the address."""
    evil = tmp_path / "evil.py"
    evil.write_text(f"open({str(tmp_path / 'done')!r}, 'w')\n")
    (tmp_path / "mine.toml").write_text((Path(__file__).parents[1] / "sim/businesses/hotel.toml").read_text())
    setup = client.get("/api/setup", params={"strategy": [f"{evil}:Evil", "full"], "business": f"{tmp_path}/mine.toml"})
    assert len(setup.json()["problems"]) == 3 and not (tmp_path / "done").exists()
    assert setup.json()["view"]["business"] == "hotel"


def test_a_business_of_ones_own(tmp_path: Path) -> None:
    """A .toml file named at the start is the first choice, beside the presets."""
    text = (Path(__file__).parents[1] / "sim/businesses/hotel.toml").read_text()
    path = tmp_path / "inn.toml"
    path.write_text(text.replace('name = "hotel"', 'name = "inn"').replace("A city hotel", "A village inn", 1))
    house = House(str(path))
    assert house.default == "inn" and next(iter(house.titles)) == "inn" and "hotel" in house.titles
    view, _ = read([], house)
    assert command(view, house)[2] == str(path)
    with pytest.raises(InputError, match="cannot be read"):
        House(str(tmp_path / "nowhere.toml"))


# Taking away


@pytest.mark.usefixtures("one_process")
def test_the_command_gives_the_numbers(client: Client) -> None:
    """The command on the page prints, as JSON, the very numbers of the download."""
    data = client.get(f"/download/numbers.json?{MOVED}").json()
    words = shlex.split(client.get(f"/api/setup?{MOVED}").json()["command"])
    assert words[:2] == ["amends", "compare"] and data["command"] == shlex.join(words)
    done = CliRunner().invoke(main, [*words[1:], "--workers", "1", "--format", "json"])
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    for key in ("run_seeds", "customers_at_start", "people", "years", "seed", "runs", "currency"):
        assert data[key] == printed[key]
    for arm, shown in data["strategies"].items():
        assert shown.items() <= printed["strategies"][arm].items()
    for mine, theirs in zip(data["differences"], printed["differences"], strict=True):
        assert mine.items() <= theirs.items()


def test_the_experiment_file_plays_the_same_runs(client: Client, tmp_path: Path) -> None:
    """`amends run` of the downloaded file gives every run of the downloaded table, exactly."""
    path = tmp_path / "experiment.toml"
    path.write_text(client.get(f"/download/experiment.toml?{MOVED}").text)
    played = Experiment.load(path).run(out=tmp_path, workers=1).runs
    rows = list(csv.DictReader(io.StringIO(client.get(f"/download/runs.csv?{MOVED}").text)))
    assert len(rows) == len(played) == 20
    mine = {(int(row["run"]), row["arm"]): row for row in rows}
    for row in played.to_dict("records"):
        same = mine[row["run"], row["arm"]]
        assert int(same["run_seed"]) == row["run_seed"]
        for name in ("net_present_value", "cost_of_remedy", "cost_of_churn", "leavers", "trust_at_end"):
            assert float(same[name]) == row[name]


def test_a_download_is_named_and_a_wrong_one_is_told(client: Client) -> None:
    """Files are offered under a name; a name that is none, or a view that cannot be, is answered with a sentence."""
    done = client.get(f"/download/experiment.toml?{MOVED}")
    assert done.headers["content-disposition"] == 'attachment; filename="amends-hotel-experiment.toml"'
    assert client.get("/download/nothing.pdf").status == 404
    wrong = client.get("/download/runs.csv?people=1")
    assert wrong.status == 400 and wrong.text.startswith("people = 1: must be a whole number")


# Who may ask


def test_a_stranger_is_refused(client: Client) -> None:
    """On this machine alone only its own names are answered, so that no other site can make itself look like it."""
    for host in ("127.0.0.1:8000", "localhost:8000", "[::1]:8000", "127.0.0.1"):
        assert client.get("/", headers={"host": host}).status == 200
    for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example:8000", "localhost.evil:1", ""):
        assert client.get("/", headers={"host": host}).status == 421
    assert client.get("/api/setup", headers={"sec-fetch-site": "cross-site"}).status == 403
    assert client.get("/api/setup", headers={"sec-fetch-site": "same-origin"}).status == 200


def test_elsewhere_the_address_needs_its_token() -> None:
    """Bound to another address nothing but the page's own code is given without the token."""
    with Client(application(kitchen(), "secret"), "example:1") as client:
        for path in ("/", "/api/setup", "/api/answer", "/download/runs.csv"):
            assert client.get(path).status == 403
            assert client.get(f"{path}?token=wrong").status == 403
        assert client.get("/?token=secret").status == 200
        assert client.get("/api/setup?token=secret").json()["problems"] == []
        assert client.get("/static/main.js").status == 200


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/api/setup", f"/api/answer?{SMALL}", "/nowhere",
                                  "/download/experiment.toml"])
def test_everything_goes_out_with_strict_headers(client: Client, path: str) -> None:
    """No script, style, picture or connection from elsewhere is allowed, on any answer."""
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'" and policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'" and "unsafe" not in str(policy)
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"


def test_the_page_names_no_other_place() -> None:
    """Neither the page nor its code holds the address of another server."""
    for path in (Path(course.__file__).parent / "static").iterdir():
        found = re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"')]*", path.read_text(encoding="utf-8"))
        assert set(found) <= {"http://www.w3.org/2000/svg"}, path.name


def test_no_file_beside_the_page_can_be_fetched(client: Client) -> None:
    """Only the page's own files are given, by their names."""
    for name in ("..%2fapp.py", "../app.py", "%2e%2e/app.py", "nothing.js"):
        assert client.get(f"/static/{name}").status == 404


def test_the_address_told() -> None:
    """IPv6 addresses get brackets, every address the machine's name, a token stands in the query."""
    assert url("127.0.0.1", 80, None) == "http://127.0.0.1:80/"
    assert url("::1", 80, None) == "http://[::1]:80/"
    assert "0.0.0.0" not in url("0.0.0.0", 80, "abc") and url("0.0.0.0", 80, "abc").endswith(":80/?token=abc")
    assert is_loopback("127.0.0.2") and is_loopback("::1") and is_loopback("localhost")
    assert not is_loopback("0.0.0.0") and not is_loopback("::") and not is_loopback("192.168.1.2")


def test_an_address_that_cannot_be_had_is_a_sentence() -> None:
    """A port in use, or an address that is not this machine's, is told with its name."""
    with listen("127.0.0.1", 0) as taken, pytest.raises(InputError, match=r"--port .* cannot be used"):
        listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(InputError, match=r"--host 203\.0\.113\.7"):
        listen("203.0.113.7", 0)


def test_without_the_extra_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where starlette is absent, one sentence says what to install."""
    monkeypatch.setitem(sys.modules, "starlette", None)
    done = CliRunner().invoke(main, ["dashboard", "--no-open"])
    assert done.exit_code == 2 and 'pip install "amends[dashboard]"' in done.output


def test_a_wrong_business_ends_before_anything_is_served() -> None:
    """A misspelled business is told as by every command."""
    done = CliRunner().invoke(main, ["dashboard", "hotle", "--no-open"])
    assert done.exit_code == 2 and "did you mean 'hotel'?" in done.output


# Several at once


def test_two_people_do_not_disturb_each_other() -> None:
    """Two views asked at the same time come to what each comes to alone."""
    queries = [f"business=hotel&{SMALL}&talk.volume=1.4", f"business=telecom&{SMALL}&finance.refill_share=0.1"]

    async def refined(query: str, shared: Kitchen) -> dict[str, Any]:
        found = course.answers(view_of(query), shared, object())
        try:
            return await anext(event async for event in found if event["kind"] == "refined" and event["pairs"] == 10)
        finally:
            await found.aclose()  # type: ignore[attr-defined]

    async def both() -> list[dict[str, Any]]:
        shared = kitchen()
        return await asyncio.gather(*(refined(query, shared) for query in queries))

    together = asyncio.run(both())
    assert together == [asyncio.run(refined(query, kitchen())) for query in queries]
    assert together[0]["sentence"] != together[1]["sentence"]


@pytest.fixture
def crew() -> Iterator[Callable[[], Crew]]:
    """Makes crews of one light process; ends them."""
    made: list[Crew] = []

    def make() -> Crew:
        made.append(Crew(1, begin=abs))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_the_queue_is_fair(crew: Callable[[], Crew]) -> None:
    """Who asks for one piece waits for one piece of another, not for all that the other asked before."""
    async def play() -> list[str]:
        team, done = crew(), list[str]()

        async def piece(owner: str) -> None:
            await team.play(owner, time.sleep, 0.02)
            done.append(owner)

        await asyncio.gather(*(piece("many") for _ in range(6)), piece("one"))
        return done

    assert asyncio.run(play()).index("one") <= 2


def test_what_nobody_waits_for_is_not_begun(crew: Callable[[], Crew], tmp_path: Path) -> None:
    """When a page hangs up, its pieces that have not begun are dropped, and others go on."""
    async def play() -> None:
        team = crew()
        waiting = [asyncio.create_task(team.play("gone", os.mkdir, tmp_path / str(k))) for k in range(5)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await team.play("other", os.mkdir, tmp_path / "other")

    asyncio.run(play())
    assert {path.name for path in tmp_path.iterdir()} <= {"0", "other"} and (tmp_path / "other").exists()


def test_a_worker_that_dies_takes_nobody_along(crew: Callable[[], Crew]) -> None:
    """Work that kills its process is told so to its owner alone; the next piece finds a new process."""
    async def play() -> tuple[Any, Any]:
        team = crew()
        return tuple(await asyncio.gather(team.play("killer", os._exit, 1), team.play("other", abs, -3),
                                          return_exceptions=True))

    killed, fine = asyncio.run(play())
    assert isinstance(killed, WorkerDied) and fine == 3


def test_the_real_processes_play_the_same(tmp_path: Path) -> None:
    """A crew of real processes gives the rows that this process gives."""
    async def play() -> Any:
        team = Crew(1)
        try:
            await team.warm()
            return await team.play("one", work.play, task)
        finally:
            team.close()

    question = course.question_of(replace(view_of(MOVED), runs=10), HOUSE)
    task = course.Task(question.point, 2, 2)
    assert asyncio.run(play())[0].rows == work.play(task)[0].rows


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A dashboard in a process of its own, and its address."""
    begin = [sys.executable, "-c", "from experiments.cli import main; main()", "dashboard", "hotel", "--no-open"]
    with subprocess.Popen(begin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().partition("Dashboard: ")[2].strip()
        process.kill()


def children(process: subprocess.Popen[str]) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
    return [int(word) for word in found.stdout.split()]


def gone(pids: list[int]) -> bool:
    """Whether all of these processes end within some seconds."""
    end = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_it_ends_with_all_its_processes(server: tuple[subprocess.Popen[str], str], how: signal.Signals) -> None:
    """Stopped in the middle of an answer it says nothing and leaves nothing running; killed, its workers follow."""
    process, address = server
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
    with urllib.request.urlopen(f"{address}api/answer?runs=1000") as answer:
        while json.loads(answer.readline())["kind"] != "look":
            pass
        workers = children(process)
        assert workers
        process.send_signal(how)
        assert process.wait(timeout=20) == (0 if how != signal.SIGKILL else -how)
    assert gone(workers)
    assert process.stderr is not None
    assert how == signal.SIGKILL or not process.stderr.read()


def test_a_business_may_be_changed_by_sliders_only() -> None:
    """What a view sets is what `--set` would set: laid over the business, it gives the business that is played."""
    view = view_of(MOVED)
    hotel = load_business("hotel")
    nested = sliders.nested_settings(hotel, dict(view.moved))
    firm = validated(Business, merged(plain(hotel), nested))
    assert course.question_of(view, HOUSE).point.business == firm
