"""What an experiment costs beside the model: overhead per run, memory, bytes on the wire, parallel efficiency.

    python -m benchmarks.overhead [RUNS]

Memory is what this process holds at a moment, one process playing everything (Linux; elsewhere its peak so far).

10,000 short runs (a small shop, 60 people, one year) in ten points. The overhead is the processor's time of one process
less that of the model alone; a busy machine blurs the efficiency, not the overhead.
"""

from __future__ import annotations

import pickle
import resource
import sys
import tempfile
import time
from pathlib import Path

from experiments.experiment import Experiment
from experiments.sweep_play import PartTask, play
from tests import sweeps

TEXT = """\
business = "shop.toml"
strategies = ["minimum", "full"]
people = 60
years = 1
replications = {runs}

[uncertainties]
"finance.margin_share" = {{ range = [0.2, 0.5], levels = 10 }}
"""
AT_MOST = 3e-3


def main(runs: int = 10_000) -> int:
    """Measure, print, and exit with 1 where the overhead is more than promised."""
    with tempfile.TemporaryDirectory() as folder:
        experiment = experiment_of(runs, Path(folder))
        point = experiment.plan.point(0)
        play(PartTask(point, 0, 3))
        begun = time.process_time()
        block = play(PartTask(point, 0, 300))
        model = (time.process_time() - begun) / 300
        wire = (len(pickle.dumps(PartTask(point, 0, 300))) + len(pickle.dumps(block))) / 300
        walls = []
        for workers in (1, 2):
            begun, used = time.perf_counter(), time.process_time()
            held = play_through(experiment, Path(folder) / str(workers), workers)
            walls.append(time.perf_counter() - begun)
            if workers == 1:
                overhead, memory = (time.process_time() - used) / runs - model, held
    print(f"model {model * 1e3:.2f} ms a run; overhead {overhead * 1e3:.2f} ms a run "
          f"(promise: under {AT_MOST * 1e3:g})")
    print(f"on the wire: {wire / 1e3:.1f} KB a run in blocks of 300")
    print("memory: " + ", ".join(f"{at(memory, share * runs):.0f} MB after {share * runs:,.0f} runs"
                                 for share in (0.25, 0.5, 1)))
    print(f"1 process {walls[0]:.1f} s, 2 processes {walls[1]:.1f} s: efficiency {walls[0] / walls[1] / 2:.0%}, "
          "the start of the processes included")
    return 0 if overhead < AT_MOST else 1


def experiment_of(runs: int, folder: Path) -> Experiment:
    """So many short runs, in ten points."""
    return Experiment.load(sweeps.write(folder, TEXT.format(runs=runs // 10)))


def play_through(experiment: Experiment, out: Path, workers: int) -> dict[int, float]:
    """Run it; the megabytes that this process holds, by runs done."""
    held: dict[int, float] = {}

    def progress(done: int, total: int) -> None:
        held[done] = resident()

    experiment.run(out=out, workers=workers, progress=progress)
    return held


def at(held: dict[int, float], runs: float) -> float:
    """The megabytes held when so many runs were done."""
    return held[max(done for done in held if done <= runs)]


def resident() -> float:
    """Megabytes of memory that this process holds now."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
