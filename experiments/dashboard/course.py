"""The course of one answer: a first look, then the same refined; where customers stand, and where the answer flips.

All of it belongs to one request. When the page asks for something else it hangs up, and
what has not begun is dropped.
"""

from __future__ import annotations

import asyncio
import math
import pickle
import time
from collections.abc import AsyncIterator, Container
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from experiments.comparison import Answer
from experiments.dashboard import numbers, refining, work
from experiments.dashboard.crew import WorkerDied
from experiments.dashboard.house import House
from experiments.dashboard.kitchen import Event, Kitchen
from experiments.dashboard.sliders import nested_settings
from experiments.dashboard.view import FIRST_RUNS, View
from experiments.design import Comparison, Point, Task, ask
from experiments.pairing import tables
from experiments.parameters import Parameter
from experiments.unknown import RUNS_PER_DRAW
from sim.business import Business
from sim.config import InputError

LOOK_SECONDS = 0.09
"""From the request to the first numbers; the page and the wire take some more, and so does what is under way."""
LEAST_SECONDS = 0.05
LOOK_PAIRS = (4, 6, 8, 12, 16, 24)
"""Pairs of a first look: few steps, so that the picture does not shiver from one look to the next."""
LOOK_PEOPLE = ((1000, 400), (500, 1000), (250, math.inf))
"""People of a first look, and periods times worlds up to which so many can be played in its time."""
PAUSE = 0.15
"""Seconds of standing still after which what is slow begins."""
FIRST_REFINED = 8
GROWTH = 1.25
BLOCK_SECONDS = 0.15
TRUST_RUNS = 20
FLIP_RUNS, FLIP_PEOPLE = 20, 500


def question_of(view: View, house: House, people: int | None = None) -> Comparison:
    """The question of a view with every number as it stands there; InputError where it contradicts itself."""
    business = house.business(view.business)
    firm, psychology = work.world(business, dict(view.moved))
    plain = ask(firm, tables(firm, view.strategies), runs=view.runs, people=people or view.people, years=view.years,
                seed=view.seed)
    return replace(plain, point=replace(plain.point, psychology=psychology))


@dataclass(frozen=True)
class Settled:
    """Runs of a view as far as they are known, for `experiments.dashboard.refining`."""

    question: Comparison
    rows: dict[int, list[Event]]
    """by number of the run"""

    def known(self) -> Container[int]:
        """Numbers of the runs that are known."""
        return self.rows

    def first(self, runs: int) -> Answer:
        """The answer from the first so many runs."""
        return numbers.answer_of(self.question, _rows(self.rows, runs))


def pairs_of(view: View, question: Comparison, kitchen: Kitchen) -> tuple[int, bool]:
    """How many pairs the view ends at as far as can be told now, and whether they are known."""
    known = kitchen.runs(view, view.people)
    count = refining.wanted(view.runs, Settled(question, known))
    return count, all(run in known for run in range(count))


async def settled(view: View, question: Comparison, kitchen: Kitchen, owner: object) -> int:
    """The pairs that a view ends at, all of them played."""
    while True:
        count, done = pairs_of(view, question, kitchen)
        if done:
            return count
        async for _ in played(view, replace(question, runs=count), kitchen, owner):
            pass


async def answers(view: View, kitchen: Kitchen, owner: object) -> AsyncIterator[Event]:
    """Everything a page shows for a view, as it becomes known; the last event is `done`."""
    begun = time.perf_counter()
    try:
        if not kitchen.ready.is_set():
            yield {"kind": "wait", "sentence": "Getting ready: the rules of the model are being compiled or loaded."}
            await kitchen.ready.wait()
            begun = time.perf_counter()
        question = await asyncio.to_thread(question_of, view, kitchen.house)
        yield await first_look(view, question, kitchen, owner, begun)
        await asyncio.sleep(PAUSE)
        async for event in _merged(refined(view, question, kitchen, owner), stand(question, kitchen, owner)):
            yield event
        pairs = await settled(view, question, kitchen, owner)
        async for event in _merged(turning(view, pairs, question, kitchen, owner), not_known(view, kitchen, owner)):
            yield event
        await before(view, pairs, question, kitchen, owner)
        known = kitchen.runs(view, view.people)
        if view.moved and all(run in known for run in range(pairs)):
            yield _event("refined", view, question, _rows(known, pairs), kitchen, True)
        yield {"kind": "done"}
    except (InputError, WorkerDied) as error:
        yield {"kind": "problem", "sentences": getattr(error, "problems", [str(error)])}


async def first_look(view: View, question: Comparison, kitchen: Kitchen, owner: object, begun: float) -> Event:
    """A few pairs in a smaller market, as many as the time allows."""
    small = _small(question.point)
    pace = kitchen.pace_of(view.business)
    left = max(LEAST_SECONDS, LOOK_SECONDS - (time.perf_counter() - begun))
    crew = kitchen.quick
    can = crew.processes * left / pace.of(small)
    pairs = min(question.runs, max(n for n in LOOK_PAIRS if n <= can or n == LOOK_PAIRS[0]))
    # One pair a piece: whoever moves on has only one to wait for.
    packed = pickle.dumps(small)
    blocks = await asyncio.gather(*(crew.play(owner, work.pair, packed, k) for k in range(pairs)))
    for _, seconds in blocks:
        pace.learn(small, 1, seconds)
    rows = [row for block, _ in blocks for row in block.rows]
    _enough(rows, [failure for block, _ in blocks for failure in block.failures])
    if not view.moved:
        _keep(kitchen.runs(view, small.people), rows)
    return _event("look", view, replace(question, point=small), rows, kitchen)


def _small(point: Point) -> Point:
    """The smaller market of a first look: as large as its time allows on most machines."""
    size = (1 + len(point.strategies)) * point.years * point.business.periods_per_year
    people = next(people for people, most in LOOK_PEOPLE if size <= most)
    return replace(point, people=min(point.people, people))


def _event(kind: str, view: View, question: Comparison, rows: list[Event], kitchen: Kitchen,
           done: bool = False) -> Event:
    """What the page shows of these rows, and beside it the same pairs with today's values, where they are known."""
    answer = numbers.answer_of(question, rows)
    runs = {row["run"] for row in rows}
    event = {"kind": kind, **numbers.shown(answer), "today": None,
             **refining.progress(answer, len(runs), view.runs, done)}
    base = kitchen.runs(replace(view, moved=()), question.point.people)
    if view.moved and all(base.get(run) for run in runs):
        event["today"] = numbers.costs(numbers.answer_of(question, [row for run in runs for row in base[run]]))
    return event


def _rows(known: dict[int, list[Event]], runs: int) -> list[Event]:
    """The rows of the first runs, in their order."""
    return [row for run in range(runs) for row in known.get(run, ())]


def _keep(known: dict[int, list[Event]], rows: list[Event]) -> None:
    for row in rows:
        known.setdefault(row["run"], [])
    for run in {row["run"] for row in rows}:
        known[run] = [row for row in rows if row["run"] == run]


async def refined(view: View, question: Comparison, kitchen: Kitchen, owner: object) -> AsyncIterator[Event]:
    """The pairs of `amends compare --fixed`, in their order, until the answer is known well enough; told meanwhile."""
    told, done = 0, False
    while not done:
        target, done = pairs_of(view, question, kitchen)
        async for rows, count in played(view, replace(question, runs=target), kitchen, owner):
            if count == target:
                _, done = pairs_of(view, question, kitchen)
            if done or (count >= FIRST_REFINED and count >= told * GROWTH):
                told = count
                yield _event("refined", view, question, rows, kitchen, done)


async def not_known(view: View, kitchen: Kitchen, owner: object) -> AsyncIterator[Event]:
    """The pairs of `amends compare`, where what is not known is drawn: how far the answer may lie from this."""
    told = 0
    try:
        business = kitchen.house.business(view.business)
        question = await kitchen.slow.play(owner, drawn_question, view, business)
        async for rows, count in played(view, question, kitchen, owner):
            if count == question.runs or (count >= 2 * FIRST_REFINED and count >= told * GROWTH):
                told = count
                answer = numbers.answer_of(question, rows)
                yield {"kind": "unknown", "differences": numbers.unknown(answer), "pairs": answer.runs,
                       # Fewer draws would say something else now and then: the headline waits for all of them.
                       "headline": numbers.headline(
                           numbers.finding(answer), question.point.business.customer_word)
                       if count == question.runs else None,
                       "of": question.runs, "failed": ""}
    except InputError as error:
        # Ranges can contradict what was set; the answer stands all the same.
        yield {"kind": "unknown", "differences": [], "headline": None, "pairs": 0, "of": 0, "failed": error.problems[0]}


def drawn_question(view: View, business: Business) -> Comparison:
    """The same with what is not known drawn, but for the sliders that were moved: as `amends compare` asks it."""
    return ask(business, view.strategies, runs=drawn_runs(view), people=view.people, years=view.years,
               seed=view.seed, settings=nested_settings(business, dict(view.moved)), draw=True)


def drawn_runs(view: View) -> int:
    """The pairs that are played with what is not known drawn."""
    return min(view.runs, FIRST_RUNS)


async def played(view: View, question: Comparison, kitchen: Kitchen,
                 owner: object) -> AsyncIterator[tuple[list[Event], int]]:
    """All rows of the first runs without a gap, and how many runs that are, whenever there are more of them."""
    drawn = question.point.unknown is not None
    together = RUNS_PER_DRAW if drawn else 1
    known = kitchen.runs(view, question.point.people, drawn)
    crew, pace = kitchen.slow, kitchen.pace_of(view.business)
    failed: list[Any] = []
    size = max(1, int(BLOCK_SECONDS / pace.of(question.point) / together)) * together
    starts = [k for k in range(0, question.runs, size) if any(run not in known for run in range(k, k + size))]
    tasks = iter([Task(question.point, k, min(size, question.runs - k)) for k in starts])
    under_way: set[asyncio.Task[Any]] = set()
    done = 0
    try:
        while True:
            while len(under_way) < crew.processes + 1 and (task := next(tasks, None)) is not None:
                under_way.add(asyncio.create_task(crew.play(owner, work.play, task)))
            fresh = done
            while fresh in known and fresh < question.runs:
                fresh += 1
            if fresh > done:
                done = fresh
                rows = _rows(known, done)
                _enough(rows, failed)
                yield rows, done
            if not under_way:
                return
            finished, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for one in finished:
                block, _ = one.result()
                failed += block.failures
                for run in range(block.first, block.first + block.runs):
                    # A run that failed is known as one without rows: it is left out, and told.
                    known[run] = [row for row in block.rows if row["run"] == run]
    finally:
        for one in under_way:
            one.cancel()


async def before(view: View, pairs: int, question: Comparison, kitchen: Kitchen, owner: object) -> None:
    """Play today's values as often as a page may ask for them beside its own, so that the next look can show both."""
    base = replace(view, moved=())
    small = _small(question.point)
    for people, runs in ((small.people, min(view.runs, max(LOOK_PAIRS))), (view.people, pairs)):
        plain = await asyncio.to_thread(question_of, base, kitchen.house, people)
        async for _ in played(base, replace(plain, runs=runs), kitchen, owner):
            pass


def _enough(rows: list[Event], failures: list[Any]) -> None:
    """InputError where fewer than two runs could be played."""
    if len({row["run"] for row in rows}) < 2 and failures:
        raise InputError(f"{len(failures)} runs failed; the first, run {failures[0].run} with seed "
                         f"{failures[0].run_seed}: {failures[0].message}")


async def stand(question: Comparison, kitchen: Kitchen, owner: object) -> AsyncIterator[Event]:
    """Where customers stand, as in `amends triangle`."""
    yield {"kind": "trust", **await kitchen.slow.play(owner, work.trust, replace(question, runs=TRUST_RUNS))}


async def turning(view: View, pairs: int, question: Comparison, kitchen: Kitchen,
                  owner: object) -> AsyncIterator[Event]:
    """Where the answer flips along each slider in sight, one after the other; so many pairs must be known."""
    house = kitchen.house
    moved = dict(view.moved)
    keys = [slider.key for slider in house.shown(view.business)]
    keys += [key for key in moved if key not in keys]
    people = min(view.people, FLIP_PEOPLE)
    answer = numbers.answer_of(question, _rows(kitchen.runs(view, view.people), pairs))
    one, other = sorted(numbers.finding(answer).leading[:2], key=view.strategies.index)
    gain = answer.values(other, "net_present_value") - answer.values(one, "net_present_value")
    batches = np.array_split(gain * people / view.people, min(FLIP_RUNS, len(gain)))
    anchor = np.array([batch.mean() for batch in batches])
    yield {"kind": "flips", "total": len(keys), "runs": len(anchor), "people": people, "between": [one, other]}
    for key in keys:
        s = house.slider(view.business, key)
        stands = Parameter(key, moved.get(key, s.today), s.low, s.high, s.whole, s.meaning)
        search = work.Search(house.business(view.business), moved, (one, other), stands, people, view.years,
                             view.seed, anchor)
        try:
            found, failed = await kitchen.slow.play(owner, work.flips, search), ""
        except InputError as error:
            found, failed = [], error.problems[0]
        yield {"kind": "flip", "key": key, "flips": found, "failed": failed}


async def _merged(*sources: AsyncIterator[Event]) -> AsyncIterator[Event]:
    """Events of several courses as they come; all are stopped with this one."""
    queue: asyncio.Queue[Event | BaseException | None] = asyncio.Queue()

    async def drain(source: AsyncIterator[Event]) -> None:
        try:
            async for event in source:
                queue.put_nowait(event)
            queue.put_nowait(None)
        except Exception as error:
            queue.put_nowait(error)

    tasks = [asyncio.create_task(drain(source)) for source in sources]
    left = len(tasks)
    try:
        while left:
            event = await queue.get()
            if isinstance(event, BaseException):
                raise event
            if event is None:
                left -= 1
            else:
                yield event
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
