"""How far the dashboard refines an answer, that it says so, and that what is not wanted any more is stopped."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette", reason="the dashboard needs the extra 'dashboard'")

from experiments import compare
from experiments.dashboard import course, refining, work
from experiments.dashboard.app import application
from experiments.dashboard.crew import Crew
from experiments.dashboard.dropping import still_wanted
from experiments.dashboard.kitchen import Kitchen
from experiments.dashboard.view import FIRST_RUNS
from experiments.estimates import estimate
from experiments.parameters import Parameter
from tests.asgi import Client
from tests.dashboards import HOUSE, kitchen, view_of

CLOSE = "business=tv-retailer&people=400&years=1"
"""A view whose first pairs do not tell the difference well enough."""


class Told:
    """Runs whose differences are known beforehand; `known` of them so far."""

    def __init__(self, values: np.ndarray, known: int) -> None:
        self.values, self._known = values, known

    def known(self) -> range:
        return range(self._known)

    def first(self, runs: int) -> Any:
        return self.values[:runs]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are the differences themselves."""
    monkeypatch.setattr(refining, "gain", lambda values: values)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("spread", [0.1, 0.3, 0.45, 3.0])
def test_pairs_are_added_until_it_is_known_well_enough(spread: float) -> None:
    """It ends where half the interval is at most 5 % of the difference, at no fewer pairs than compare's, or at most;
    at the number before, it was not known well enough."""
    values = np.random.default_rng(4).normal(1, spread, 400)
    asked, count = [], 0
    while (further := refining.wanted(400, Told(values, count))) > count:
        count = further
        asked.append(count)
    shares = [estimate(values[:n]).half_width / abs(float(values[:n].mean())) for n in asked]
    assert asked[0] == FIRST_RUNS and asked[-1] <= 400
    assert shares[-1] <= refining.GOAL or asked[-1] == 400
    assert all(share > 0.9 * refining.GOAL for share in shares[:-1])


@pytest.mark.usefixtures("bare")
def test_where_it_ends_does_not_depend_on_what_else_is_known() -> None:
    """With all runs known beforehand, or only as many as asked for each time, it ends at the same pairs."""
    values = np.random.default_rng(5).normal(1, 0.35, 400)
    count = 0
    while (further := refining.wanted(400, Told(values, count))) > count:
        count = further
    assert refining.wanted(400, Told(values, 400)) == count > FIRST_RUNS


@pytest.mark.usefixtures("bare")
def test_as_many_pairs_as_asked_for() -> None:
    """Up to the pairs of compare the number in the address is the number that is played."""
    values = np.random.default_rng(6).normal(0, 1, 100)
    assert [refining.wanted(most, Told(values, 100)) for most in (10, 40, 100)] == [10, 40, 100]


def refined(query: str, shared: Kitchen) -> list[dict[str, Any]]:
    """What the page is told of a view while its answer is refined."""
    async def ask() -> list[dict[str, Any]]:
        view = view_of(query)
        question = course.question_of(view, shared.house)
        return [event async for event in course.refined(view, question, shared, object())]

    return asyncio.run(ask())


def test_the_page_says_how_well_it_is_known(tmp_path: Path) -> None:
    """Capped at 170 pairs it says so, with the precision it has; its numbers, the command's and the file's are those of
    170 pairs."""
    shared = kitchen()
    found = refined(f"{CLOSE}&runs=170", shared)
    assert [event["state"] for event in found] == ["refining"] * (len(found) - 1) + ["capped"]
    last = found[-1]
    assert last["pairs"] == 170 and last["share"] > last["goal"] == 0.05
    d = last["difference"]
    assert last["share"] == pytest.approx((d["high"] - d["low"]) / 2 / abs(d["mean"]))
    assert json.dumps(found, allow_nan=False)
    answer = compare("tv-retailer", runs=170, people=400, years=1, workers=1, out=tmp_path, fixed=True)
    assert last["arms"][0]["cost_of_churn"] == answer.per_1000("minimum", "cost_of_churn").to_dict()
    with Client(application(shared)) as client:
        words = shlex.split(client.get(f"/api/setup?{CLOSE}&runs=170").json()["command"])
        data = client.get(f"/download/numbers.json?{CLOSE}&runs=170").json()
        file = client.get(f"/download/experiment.toml?{CLOSE}&runs=170").text
    assert words[words.index("--runs") + 1] == "170" and data["command"] == shlex.join(words)
    assert len(data["run_seeds"]) == 170 and "\nreplications = 170\n" in file


def test_a_view_that_is_known_well_enough_ends_early() -> None:
    """Where the pairs of compare tell enough no more are played, and the most does not matter."""
    query, shared = "business=hotel&people=600&years=8", kitchen()
    found = [refined(f"{query}&runs={most}", shared)[-1] for most in (400, 800)]
    assert found[0] == found[1] and found[0]["state"] == "reached"
    assert found[0]["share"] <= 0.05 and found[0]["pairs"] == FIRST_RUNS


def test_the_command_waits_for_the_number_of_pairs(client: Client) -> None:
    """Before the answer is refined the page gives no command: nobody knows yet how many pairs it must play."""
    assert client.get(f"/api/setup?{CLOSE}&seed=9").json()["command"] == ""
    assert client.get(f"/api/setup?{CLOSE}&seed=9&runs=40").json()["command"].endswith("--runs 40 --seed 9")


# What is not wanted any more


def patient(path: str) -> None:
    """Note that it began, and go on for a minute, unless nobody waits for it."""
    Path(path).write_text("begun")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        still_wanted()
        time.sleep(0.01)


def test_what_is_under_way_stops_when_nobody_waits(tmp_path: Path) -> None:
    """A piece of work that nobody waits for any more makes room for the next within moments, in the same process."""
    async def play() -> tuple[int, int, float]:
        team = Crew(1, begin=abs)
        try:
            before = await team.play("one", os.getpid)
            long = asyncio.create_task(team.play("one", patient, str(tmp_path / "begun")))
            while not (tmp_path / "begun").exists():
                await asyncio.sleep(0.01)
            long.cancel()
            begun = time.monotonic()
            return before, await team.play("two", os.getpid), time.monotonic() - begun
        finally:
            team.close()

    before, after, seconds = asyncio.run(play())
    assert before == after and seconds < 20


def test_every_kind_of_work_looks_whether_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs, the triangle and the search for switch points look at least once for every few runs."""
    looks: list[None] = []
    monkeypatch.setattr("experiments.dashboard.dropping.still_wanted", lambda: looks.append(None))
    monkeypatch.setattr(work, "still_wanted", lambda: looks.append(None))
    question = course.question_of(view_of("business=hotel&people=150&years=1&runs=10"), HOUSE)
    s = HOUSE.slider("hotel", "finance.margin_share")
    search = work.Search(HOUSE.business("hotel"), {}, ("minimum", "full"),
                         Parameter(s.key, s.today, s.low, s.high, s.whole, s.meaning), 150, 1, 1, np.full(20, -1e3))
    for do, least in ((lambda: work.play(course.Task(question.point, 0, 10)), 20), (lambda: work.trust(question), 10),
                      (lambda: work.flips(search), 2)):
        looks.clear()
        do()
        assert len(looks) >= least
