"""Carrying tasks out, on one process or many, through the standard library's executors.

The same rows come out for any number of workers. A worker process that dies takes
nothing finished with it: the pool is started again and what was under way is tried
once more, one task at a time, so that a task which kills its worker again is known by
name and becomes a recorded failure.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from typing import Any, Protocol, Self, TypeVar

from experiments.design import Task
from experiments.replication import Block, Failure, play

Work = Callable[[Task], Block]
MakeExecutor = Callable[[int], Executor]


class Divisible(Protocol):
    """Work that can be split into its smallest parts, to find the one that kills its worker."""

    @property
    def runs(self) -> int: ...

    def singly(self) -> Sequence[Self]:
        """The same work in its smallest parts."""
        ...


T = TypeVar("T", bound=Divisible)
R = TypeVar("R")
PATIENCE = 5.0
"""Seconds without any result after which the workers are looked at."""


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def local_pool(workers: int) -> Executor:
    """Fresh processes (spawn): forking a process that has threads can hang it."""
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_deaf)


def _deaf() -> None:
    """Leave Ctrl-C to the parent, which stops its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def carry_out(tasks: Iterable[Task], *, workers: int, work: Work = play,
              make_executor: MakeExecutor = local_pool) -> Iterator[Block]:
    """Yield the block of every task as it is done, in any order.

    `work` must be importable by name where `workers` > 1. Close the iterator (or let an
    exception through it) to stop the workers. An exception in `work` stops everything.
    """
    return spread(deque(tasks), workers=workers, work=work, killed=_killed, make_executor=make_executor)


def spread(pending: deque[T], *, workers: int, work: Callable[[T], R], killed: Callable[[T], R],
           make_executor: MakeExecutor = local_pool) -> Iterator[R]:
    """`carry_out` for any work; whoever takes the results may add to `pending` meanwhile.

    `killed` makes the result of a task that ended its worker twice.
    """
    if workers <= 1 and make_executor is local_pool:
        while pending:
            yield work(pending.popleft())
        return
    suspects = deque[T]()
    while pending or suspects:
        pool = make_executor(workers)
        try:
            yield from _until_broken(pool, pending, suspects, work, killed, window=workers + 2)
        except BaseException:
            stop(pool)
            raise
        # Not waited for: to end takes a process some tenths of a second, and nothing is left in it.
        pool.shutdown(wait=False)


def _until_broken(pool: Executor, pending: deque[T], suspects: deque[T], work: Callable[[T], R],
                  killed: Callable[[T], R], window: int) -> Iterator[R]:
    """Play tasks until all are done or the pool breaks; what was under way then goes to `suspects`."""
    while suspects:
        task = suspects.popleft()
        try:
            future = _submit(pool, work, task)
            _any_of(pool, [future])
            yield future.result()
        except BrokenExecutor:
            # It was alone in the pool, so it is the culprit; of a block, find the run.
            if task.runs > 1:
                suspects.extendleft(reversed(task.singly()))
            else:
                yield killed(task)
            return
    under_way: dict[Future[R], T] = {}
    while pending or under_way:
        try:
            while pending and len(under_way) < window:
                under_way[_submit(pool, work, pending[0])] = pending[0]
                pending.popleft()
        except BrokenExecutor:
            suspects.extend(under_way.values())
            return
        done = _any_of(pool, under_way)
        broken = False
        for future in done:
            task = under_way.pop(future)
            try:
                result = future.result()
            except BrokenExecutor:
                suspects.append(task)
                broken = True
            else:
                yield result
        if broken:
            suspects.extend(under_way.values())
            return


def _any_of(pool: Executor, futures: Collection[Future[R]]) -> set[Future[R]]:
    """Those that are done, as soon as there are any."""
    while not (done := wait(futures, timeout=PATIENCE, return_when=FIRST_COMPLETED).done):
        if any(process.exitcode is not None for process in _processes(pool)):
            # It died in the middle of a result: the pool waits for the rest, the other workers for their turn.
            _end_workers(pool)
    return done


def _submit(pool: Executor, work: Callable[[T], R], task: T) -> Future[R]:
    """Submit with Ctrl-C held back: workers start here, and one born deaf to it prints no traceback.

    The mask is for the workers, who inherit it. It does not spare this process, where another thread may
    take the signal and the handler still interrupt a half-started worker; so the handler waits as well.
    """
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        return pool.submit(work, task)
    held: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, frame: held.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(work, task)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, handler)
        if held:
            signal.raise_signal(signal.SIGINT)


def _killed(task: Task) -> Block:
    from sim.chance import run_seed

    message = "its worker process was killed, twice (out of memory?)"
    failure = Failure(task.first, int(run_seed(task.point.seed, task.first)), message, point=task.number)
    return Block(task.first, task.runs, failures=[failure], point=task.number)


def stop(pool: Executor) -> None:
    """Let nothing run on: end the workers that are still at something, and drop what is queued."""
    _end_workers(pool)
    pool.shutdown(wait=False, cancel_futures=True)


def _end_workers(pool: Executor) -> None:
    """End the processes of a pool, which breaks it."""
    processes = _processes(pool)
    reader, results = (getattr(pool, name, None) for name in ("_executor_manager_thread", "_result_queue"))
    for process in processes:
        with contextlib.suppress(OSError, ValueError):
            process.terminate()
    for process in processes:
        with contextlib.suppress(OSError, ValueError, AssertionError):
            process.join(timeout=5)
    if reader is not None:
        reader.join(timeout=1)
        if reader.is_alive():
            # A worker was ended in the middle of a large result. The pool's thread reads on and sees no end, as this
            # process has the pipe's other end open too; and Python waits for that thread before it exits.
            with contextlib.suppress(OSError, AttributeError):
                results._writer.close()  # type: ignore[union-attr]
            reader.join(timeout=5)


def _processes(pool: Executor) -> list[Any]:
    """The worker processes; none where the executor has none of its own."""
    return list((getattr(pool, "_processes", None) or {}).values())
