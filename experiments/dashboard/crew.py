"""Warm worker processes, and a fair queue before them."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from experiments.dashboard import dropping, work
from experiments.runner import stop

R = TypeVar("R")


class WorkerDied(Exception):
    """A piece of work ended its process twice."""


@dataclass
class _Job:
    do: Callable[..., Any]
    arguments: tuple[Any, ...]
    done: asyncio.Future[Any]


class Crew:
    """Processes that take work from whoever waits, one piece of each in turn.

    Whoever stops waiting (is cancelled) has what has not begun dropped; a piece that is under way ends where it
    next looks (`experiments.dashboard.dropping`), or is done to its end, and its result forgotten.
    """

    def __init__(self, processes: int, niceness: int = 0, begin: Callable[[int], object] = work.begin) -> None:
        self.processes, self._niceness, self._begin = processes, niceness, begin
        self._free = list(range(processes))
        """places in the shared bytes of pieces that may begin"""
        self._context = multiprocessing.get_context("spawn")
        self._dropped = self._context.RawArray("B", processes)
        self._waiting: OrderedDict[Hashable, deque[_Job]] = OrderedDict()
        self._carried: set[asyncio.Task[None]] = set()
        self._suspect = asyncio.Lock()
        self._closed = False
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        # Fresh processes (spawn): forking a process that has threads can hang it.
        return ProcessPoolExecutor(self.processes, mp_context=self._context, initializer=dropping.begin,
                                   initargs=(self._dropped, self._begin, self._niceness))

    async def first(self) -> None:
        """Start one process, and return when it is ready."""
        await self.play("warm", work.nothing)

    async def warm(self) -> None:
        """Start every process, and return when all are ready."""
        await asyncio.gather(*(self.play(("warm", number), work.nothing) for number in range(self.processes)))

    async def play(self, owner: Hashable, do: Callable[..., R], *arguments: Any) -> R:
        """Wait for a turn of `owner`, and for the result. `do` must be importable by name."""
        job = _Job(do, arguments, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(owner, deque()).append(job)
        self._next()
        result: R = await job.done
        return result

    def _next(self) -> None:
        while self._free and self._waiting:
            owner, jobs = self._waiting.popitem(last=False)
            job = jobs.popleft()
            if jobs:
                self._waiting[owner] = jobs  # behind all others
            if not job.done.done():
                task = asyncio.create_task(self._carry_out(job, self._free.pop()))
                self._carried.add(task)
                task.add_done_callback(self._carried.discard)

    async def _carry_out(self, job: _Job, place: int) -> None:
        self._dropped[place] = 0
        job.done.add_done_callback(lambda done: self._drop(place) if done.cancelled() else None)
        try:
            result = await self._submitted(job, place)
        except Exception as error:
            if not job.done.done():
                job.done.set_exception(error)
        else:
            if not job.done.done():
                job.done.set_result(result)
        finally:
            self._free.append(place)
            self._next()

    def _drop(self, place: int) -> None:
        self._dropped[place] = 1

    async def _submitted(self, job: _Job, place: int) -> Any:
        with contextlib.suppress(BrokenExecutor):
            return await self._once(job, place)
        # Some work ended a process, perhaps not this one: once more, and no two of the suspects at a time.
        async with self._suspect:
            with contextlib.suppress(BrokenExecutor):
                return await self._once(job, place)
        raise WorkerDied("a worker process was killed, twice (out of memory?); the page answers again when something "
                         "is moved")

    async def _once(self, job: _Job, place: int) -> Any:
        if self._closed:
            raise WorkerDied("the dashboard is being ended")
        pool = self._pool
        try:
            return await asyncio.wrap_future(pool.submit(dropping.carry_out, place, job.do, job.arguments))
        except BrokenExecutor:
            # What close() has ended must not begin anew: the program would wait for it at its end.
            if pool is self._pool and not self._closed:
                self._pool = self._new_pool()
                stop(pool)
            raise

    def close(self) -> None:
        """End the processes, whatever they are at; what still waits is told WorkerDied."""
        self._closed = True
        stop(self._pool)
