"""The same experiment on more than one machine: Dask's workers behind the standard library's interface.

`amends run FILE --cluster tcp://host:8786` needs the extra `cluster` here and on the workers, and the same
version of amends there. What is sent is a block's configuration (some 100 KB) and its rows back.
"""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Executor, Future
from importlib import import_module
from typing import Any

from experiments.runner import MakeExecutor
from sim.config import InputError


def cluster_pool(address: str) -> MakeExecutor:
    """A maker of executors on a Dask scheduler; InputError where there is none."""
    try:
        # By name: an extra that most do without, and that type checkers would miss.
        make_client = import_module("distributed").Client
    except ImportError:
        raise InputError("--cluster needs Dask: pip install 'amends[cluster]'") from None
    try:
        client = make_client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise InputError(f"--cluster {address}: no scheduler answers there: {error}") from None
    return lambda workers: _Cluster(client)


def cluster_threads(make: MakeExecutor) -> int:
    """How many tasks a scheduler's workers play at once; at least 1, as workers may join later."""
    pool = make(1)
    return max(1, pool.threads()) if isinstance(pool, _Cluster) else 1


class _Cluster(Executor):
    """Dask's own executor, whose dead workers are told in the standard library's words."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._pool = client.get_executor(pure=False)

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand work over; a task that killed its workers ends in BrokenExecutor."""
        inner = self._pool.submit(fn, *args, **kwargs)
        outer: Future[Any] = Future()

        def done(future: Future[Any]) -> None:
            error = future.exception()
            if error is None:
                outer.set_result(future.result())
            elif type(error).__name__ == "KilledWorker":
                outer.set_exception(BrokenExecutor(str(error)))
            else:
                outer.set_exception(error)

        inner.add_done_callback(done)
        return outer

    def threads(self) -> int:
        """Threads of all workers that the scheduler knows now."""
        return sum(int(threads) for threads in self._client.nthreads().values())

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let go of the tasks; the client stays, as the next executor needs it."""
        self._pool.shutdown(wait=wait)
