"""Several at once: the processes behind the dashboard are shared fairly, and end with it."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the dashboard needs the extra 'dashboard'")

from experiments.dashboard import course, work
from experiments.dashboard.crew import Crew, WorkerDied
from experiments.dashboard.kitchen import Kitchen
from tests.dashboards import HOUSE, MOVED, SMALL, kitchen, view_of


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


def test_a_crew_that_is_closed_begins_nothing(crew: Callable[[], Crew], tmp_path: Path) -> None:
    """Closed in the middle of a piece, neither that piece nor those behind it begin again in new processes."""
    async def play() -> list[Any]:
        team = crew()
        await team.first()
        waiting = [asyncio.create_task(team.play("one", time.sleep, 60)),
                   *(asyncio.create_task(team.play("one", os.mkdir, tmp_path / str(k))) for k in range(3))]
        await asyncio.sleep(0.2)
        team.close()
        return await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 20)

    assert all(isinstance(found, WorkerDied) for found in asyncio.run(play()))
    assert not list(tmp_path.iterdir()) and not multiprocessing.active_children()


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
