"""On Dask's workers over TCP: the same bytes, also where one is killed in the middle. Needs the extra `cluster`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.experiment import Experiment
from tests import sweeps

pytest.importorskip("distributed")
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.kill]
EXPERIMENT = sweeps.SMALL.replace("people = 60", "people = 1000").replace("replications = 6", "replications = 40")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers as processes of their own, over TCP on loopback."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    here = str(Path(__file__).parents[1])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])}

    def begin(part: str, *more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", f"distributed.cli.{part}", "--host", "127.0.0.1",
                                 "--no-dashboard", *more], env=env, **quiet)  # type: ignore[call-overload, no-any-return]

    scheduler = begin("dask_scheduler", "--port", str(port))
    workers = [begin("dask_worker", address, "--nthreads", "1", "--no-nanny") for _ in range(2)]
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path: Path, cluster: tuple[str, list]) -> None:  # type: ignore[type-arg]
    """The same bytes as at home, with one of two workers killed after the first parts."""
    from distributed import Client

    from experiments.cluster import cluster_pool

    address, workers = cluster
    path = sweeps.write(tmp_path, EXPERIMENT)
    with Client(address, timeout="30s") as client:
        client.wait_for_workers(2, timeout=60)
    killed: list[int] = []

    def progress(done: int, total: int) -> None:
        if done >= total // 4 and not killed:
            os.kill(workers[0].pid, signal.SIGKILL)
            killed.append(done)

    far = Experiment.load(path).run(out=tmp_path / "far", workers=2, make_executor=cluster_pool(address),
                                    progress=progress)
    assert killed and 0 < killed[0] < 160
    home = Experiment.load(path).run(out=tmp_path / "home", workers=1)
    assert sweeps.tables(far.folder) == sweeps.tables(home.folder)
    assert not far.failures


def test_no_scheduler_is_a_sentence() -> None:
    """An address where nobody answers ends in one sentence."""
    from experiments.cluster import cluster_pool
    from sim.config import InputError

    with pytest.raises(InputError, match="no scheduler answers there"):
        cluster_pool(f"tcp://127.0.0.1:{free_port()}")


def test_as_many_tasks_as_threads(cluster: tuple[str, list]) -> None:  # type: ignore[type-arg]
    """Where nobody says how many, as many tasks are under way as the cluster's workers have threads."""
    from distributed import Client

    from experiments.cluster import cluster_pool, cluster_threads

    address, _ = cluster
    with Client(address, timeout="30s") as client:
        client.wait_for_workers(2, timeout=60)
    assert cluster_threads(cluster_pool(address)) == 2
