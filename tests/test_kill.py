"""Killed at any moment, an experiment goes on where it was and ends with the same bytes: `pytest -m kill`."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.experiment import Experiment
from tests import sweeps

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills process groups")
EXPERIMENT = sweeps.SMALL.replace("people = 60", "people = 400").replace("replications = 6", "replications = 60")
KILLS = 12


def start(folder: Path, *, limit: int = 0, workers: int = 2) -> subprocess.Popen[str]:
    """`amends run` in a process group of its own; `limit`: the most bytes a file may have."""
    code = "from experiments.cli import main; main()"
    if limit:
        code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n{code}"
    return subprocess.Popen([sys.executable, "-c", code, "run", "small.toml", "--workers", str(workers)], cwd=folder,
                            start_new_session=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def kill_after(folder: Path, seconds: float) -> bool:
    """Start, wait until it writes, then kill the whole group so many seconds later; whether it was still at it."""
    process = start(folder)
    seen = len(list(folder.glob("results/*/runs/part-*")))
    deadline = time.time() + 60
    while process.poll() is None and len(list(folder.glob("results/*/runs/part-*"))) <= seen and time.time() < deadline:
        time.sleep(0.01)
    time.sleep(seconds)
    alive = process.poll() is None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return alive


@pytest.mark.kill
def test_killed_at_a_dozen_random_moments(tmp_path: Path) -> None:
    """SIGKILL to the group, again and again, in every phase; a truncated part beside it; then the same bytes."""
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
        sweeps.write(tmp_path / name, EXPERIMENT)
    process = start(tmp_path / "whole")
    _, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    [whole] = (tmp_path / "whole" / "results").iterdir()
    luck, hits = random.Random(20), 0
    for number in range(40):
        hits += kill_after(tmp_path / "killed", luck.choice((0.0, 0.05, 0.2, 0.5)) * luck.random())
        parts = sorted((tmp_path / "killed").glob("results/*/*/part-*.parquet"))
        if number == 5:
            parts[len(parts) // 2].write_bytes(parts[len(parts) // 2].read_bytes()[:-77])
        if hits >= KILLS:
            break
        if list((tmp_path / "killed").glob("results/*/runs.parquet")):
            # It came to its end between two kills: half of it is taken away, to be played again.
            for part in parts[::2]:
                part.unlink()
            for table in (tmp_path / "killed").glob("results/*/runs.*"):
                table.unlink()
    assert hits >= KILLS
    process = start(tmp_path / "killed")
    _, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    [killed] = (tmp_path / "killed" / "results").iterdir()
    assert sweeps.tables(killed) == sweeps.tables(whole)
    assert killed.name == whole.name


def test_killed_once(tmp_path: Path) -> None:
    """The short form for every day: killed after its first part, the end is the same bytes."""
    text = EXPERIMENT.replace("people = 400", "people = 200").replace("replications = 60", "replications = 12")
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
        path = sweeps.write(tmp_path / name, text)
    kill_after(tmp_path / "killed", 0.0)
    killed = Experiment.load(path).run(out=tmp_path / "killed" / "results", workers=1).folder
    whole = Experiment.load(tmp_path / "whole" / "small.toml").run(out=tmp_path / "whole" / "results", workers=1).folder
    assert sweeps.tables(killed) == sweeps.tables(whole)


def test_a_full_disk_is_a_sentence_and_loses_nothing(tmp_path: Path) -> None:
    """Where a file cannot be written whole (a limit on its size), it says so; with room again it goes on."""
    text = EXPERIMENT.replace("people = 400", "people = 200").replace("replications = 60", "replications = 12")
    path = sweeps.write(tmp_path, text)
    process = start(tmp_path, limit=45_000, workers=1)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2 and "cannot be written" in err and "goes on from there" in err, err
    assert "Traceback" not in err and not list(tmp_path.rglob("*.tmp"))
    cut = Experiment.load(path).run(out=tmp_path / "results", workers=1).folder
    whole = Experiment.load(path).run(out=tmp_path / "whole", workers=1).folder
    assert sweeps.tables(cut) == sweeps.tables(whole)


SMALL_DISK = """\
mount -t tmpfs -o size=$1 tmpfs results || exit 77
shift
for size in "$@"; do
    {python} -c 'from experiments.cli import main; main()' run small.toml --workers 2 2> said-$size
    echo $? > code-$size
    find results -name '*.tmp' > left-$size
    mount -o remount,size=$size tmpfs results || exit 77
done
cp -R results kept
"""
"""Play on a small disk of its own, then make room, and again; what is there at the end is copied out."""


@pytest.mark.kill
def test_a_disk_that_is_really_full_is_a_sentence_and_loses_nothing(tmp_path: Path) -> None:
    """On a small tmpfs the run ends in one sentence, at any of four fillings; with room, it ends in the same bytes."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here: a small disk cannot be mounted")
    text = EXPERIMENT.replace("people = 400", "people = 200").replace("replications = 60", "replications = 12")
    path = sweeps.write(tmp_path, text)
    whole = Experiment.load(path).run(out=tmp_path / "whole", workers=1).folder
    pages = sum(-(-file.stat().st_size // 4096) for file in whole.rglob("*") if file.is_file())
    # The first size is what the first run has, and so on; the last run has plenty.
    sizes = [*(f"{int(pages * share) * 4}k" for share in (0.03, 0.3, 0.6, 0.9)), "64m", "65m"]
    (tmp_path / "results").mkdir()
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", SMALL_DISK.format(python=sys.executable), "sh", *sizes],
        cwd=tmp_path, capture_output=True, text=True, timeout=300)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    codes = [int((tmp_path / f"code-{size}").read_text()) for size in sizes[1:]]
    assert codes == [2, 2, 2, 2, 0], codes
    for size in sizes[1:-1]:
        said = (tmp_path / f"said-{size}").read_text()
        assert said.count("Error: ") == 1 and "No space left on device" in said and "Traceback" not in said, said
        assert not (tmp_path / f"left-{size}").read_text()
    assert sweeps.tables(tmp_path / "kept" / whole.name) == sweeps.tables(whole)


HEAVY = """\
from collections import deque
from contextlib import closing
from experiments.runner import spread
from tests.sweeps import Heavy
if __name__ == "__main__":
    tasks = deque([Heavy({once!r})] * {tasks})
    with closing(spread(tasks, workers=2, work=Heavy.result, killed=lambda task: b"")) as results:
        {then}
"""


def heavy(then: str, tasks: int, once: str = "") -> tuple[int, str, str]:
    """Play tasks with large results in a process of its own; its exit code and what it says, within a minute."""
    process = subprocess.Popen([sys.executable, "-c", HEAVY.format(then=then, tasks=tasks, once=once)], text=True,
                               cwd=Path(__file__).parents[1], start_new_session=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    try:
        out, err = process.communicate(timeout=60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, out, err


def test_workers_stopped_in_the_middle_of_a_large_result_hang_nothing() -> None:
    """Whatever ends a run while workers send results larger than a pipe holds, the process ends too."""
    for _ in range(2):
        assert heavy("next(results); raise SystemExit(7)", 8) == (7, "", "")


def test_a_worker_killed_in_the_middle_of_a_large_result_is_replaced(tmp_path: Path) -> None:
    """The half of a result is not waited for: the pool is started again and every task yields its result."""
    assert heavy("print([len(result) // 10**6 for result in results])", 3, str(tmp_path / "died")) == (
        0, "[64, 64, 64]\n", "")


def test_two_processes_on_one_folder_do_no_harm(tmp_path: Path) -> None:
    """Started twice at once, both end well, with the same bytes as one alone."""
    text = EXPERIMENT.replace("people = 400", "people = 200").replace("replications = 60", "replications = 8")
    path = sweeps.write(tmp_path, text)
    both = [start(tmp_path, workers=1) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    [folder] = (tmp_path / "results").iterdir()
    alone = Experiment.load(path).run(out=tmp_path / "alone", workers=1).folder
    assert sweeps.tables(folder) == sweeps.tables(alone)
