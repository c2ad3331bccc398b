"""What an experiment costs beside the model: overhead per run, memory, bytes on the wire, parallel efficiency.

    python -m benchmarks.overhead [RUNS]

Memory is what this process holds at a moment, one process playing everything (Linux; elsewhere its peak so far).

10,000 short runs (a small shop, 60 people, one year) in ten points. The overhead is the processor's time of one process
less that of the model alone; a busy machine blurs the efficiency, not the overhead.
"""

from __future__ import annotations

import pickle
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

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
        walls, paces = [], []
        for workers in (1, 2):
            walls.append(command(runs, Path(folder), workers))
            used = time.process_time()
            moments = play_through(experiment, Path(folder) / str(workers), workers)
            paces.append(pace(moments))
            if workers == 1:
                overhead, memory = (time.process_time() - used) / runs - model, moments
    print(f"model {model * 1e3:.2f} ms a run; overhead {overhead * 1e3:.2f} ms a run "
          f"(promise: under {AT_MOST * 1e3:g})")
    print(f"on the wire: {wire / 1e3:.1f} KB a run in blocks of 300")
    print("memory: " + ", ".join(f"{at(memory, share * runs):.0f} MB after {share * runs:,.0f} runs"
                                 for share in (0.25, 0.5, 1)))
    print(f"2 processes: efficiency {paces[1] / paces[0] / 2:.0%} once they run; the command {walls[0]:.1f} s on 1 and "
          f"{walls[1]:.1f} s on 2, its start and the tables at the end among it: {walls[0] / walls[1] / 2:.0%}")
    return 0 if overhead < AT_MOST else 1


def experiment_of(runs: int, folder: Path) -> Experiment:
    """So many short runs, in ten points."""
    return Experiment.load(sweeps.write(folder, TEXT.format(runs=runs // 10)))


def command(runs: int, folder: Path, workers: int) -> float:
    """Seconds that the whole command takes on so many processes, from a fresh start of Python."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "from experiments.cli import main; main()", "run",
                    str(sweeps.write(folder, TEXT.format(runs=runs // 10))), "--workers", str(workers),
                    "--out", str(folder / f"command-{workers}")], check=True, capture_output=True)
    return time.perf_counter() - begun


class Moment(NamedTuple):
    """Runs done, when, and the megabytes that this process held then."""

    done: int
    seconds: float
    megabytes: float


def play_through(experiment: Experiment, out: Path, workers: int) -> list[Moment]:
    """Run it; a moment whenever a part was done, the first of them before any."""
    moments: list[Moment] = []
    experiment.run(out=out, workers=workers,
                   progress=lambda done, total: moments.append(Moment(done, time.perf_counter(), resident())))
    return moments


def at(moments: list[Moment], runs: float) -> float:
    """The megabytes held when so many runs were done."""
    return max(moment for moment in moments if moment.done <= runs).megabytes


def pace(moments: list[Moment]) -> float:
    """Runs a second from the second part to the last; before it processes start."""
    first, last = moments[2], moments[-1]
    return (last.done - first.done) / (last.seconds - first.seconds)


def resident() -> float:
    """Megabytes of memory that this process holds now."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
