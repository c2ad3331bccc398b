"""What a long sweep costs beside the model: `pytest -m long tests/test_overhead.py`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from experiments.sweep_play import PartTask, play

pytestmark = pytest.mark.long


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads what a process holds from /proc")
def test_memory_levels_off(tmp_path: Path) -> None:
    """From 5,000 to 10,000 to 20,000 runs on one process memory grows by less than 1 KB a run, most of it by none."""
    from benchmarks.overhead import at, experiment_of, play_through

    held = play_through(experiment_of(20_000, tmp_path), tmp_path / "out", 1)
    megabytes = [at(held, runs) for runs in (5_000, 10_000, 20_000)]
    print("MB after 5,000, 10,000 and 20,000 runs:", *map(round, megabytes))
    assert megabytes[2] - megabytes[0] < 15, megabytes


def test_a_run_costs_little_beside_the_model(tmp_path: Path) -> None:
    """2,000 short runs through plan, parts, disk and tables take under 3 ms a run more than the model by itself."""
    from benchmarks.overhead import AT_MOST, experiment_of, play_through

    experiment = experiment_of(2_000, tmp_path)
    point = experiment.plan.point(0)
    play(PartTask(point, 0, 3))
    begun = time.process_time()
    play(PartTask(point, 0, 300))
    model = (time.process_time() - begun) / 300
    begun = time.process_time()
    play_through(experiment, tmp_path / "out", 1)
    overhead = (time.process_time() - begun) / 2_000 - model
    print(f"{overhead * 1e3:.2f} ms a run")
    assert overhead < AT_MOST
