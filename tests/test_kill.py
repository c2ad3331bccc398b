"""Killed at any moment, an experiment goes on where it was and ends with the same bytes: `pytest -m kill`."""

from __future__ import annotations

import contextlib
import os
import random
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
