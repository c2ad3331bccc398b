"""What an experiment costs beside the model: overhead per run, memory, bytes on the wire, parallel efficiency.

    python -m benchmarks.overhead [RUNS [REPEATS]]

Memory is what this process holds at a moment, one process playing everything (Linux; elsewhere its peak so far).

10,000 short runs (a small shop, 60 people, one year) in ten points. The overhead is the processor's time of one process
less that of the model alone; a busy machine blurs the efficiency, not the overhead. The efficiency is that of the
whole command, its start and the tables at the end among it: the median of several repeats, and beside it what two
commands on one process each reach side by side, for no program gets more out of the machine than that.
"""

from __future__ import annotations

import pickle
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
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
EFFICIENT = 0.85


def main(runs: int = 10_000, repeats: int = 3) -> int:
    """Measure, print, and exit with 1 where the overhead is more than promised."""
    with tempfile.TemporaryDirectory() as folder:
        experiment = experiment_of(runs, Path(folder))
        point = experiment.plan.point(0)
        play(PartTask(point, 0, 3))
        begun = time.process_time()
        block = play(PartTask(point, 0, 300))
        model = (time.process_time() - begun) / 300
        wire = (len(pickle.dumps(PartTask(point, 0, 300))) + len(pickle.dumps(block))) / 300
        used = time.process_time()
        memory = play_through(experiment, Path(folder) / "one", 1)
        overhead = (time.process_time() - used) / runs - model
        print(f"model {model * 1e3:.2f} ms a run; overhead {overhead * 1e3:.2f} ms a run "
              f"(promise: under {AT_MOST * 1e3:g})")
        print(f"on the wire: {wire / 1e3:.1f} KB a run in blocks of 300")
        print("memory: " + ", ".join(f"{at(memory, share * runs):.0f} MB after {share * runs:,.0f} runs"
                                     for share in (0.25, 0.5, 1)), flush=True)
        walls = [(commands(runs, Path(folder), 1), commands(runs, Path(folder), 2), commands(runs, Path(folder), 1, 1))
                 for _ in range(repeats)]
    alone, two, beside = zip(*walls, strict=True)
    reached = [one / both / 2 for one, both in zip(alone, two, strict=True)]
    ceiling = median(one / both for one, both in zip(alone, beside, strict=True))
    print(f"the command: {median(alone):.1f} s on 1 process, {median(two):.1f} s on 2: efficiency "
          f"{median(reached):.0%} ({', '.join(f'{each:.0%}' for each in reached)}; promise: {EFFICIENT:.0%})")
    print(f"two commands on one process each, side by side: {ceiling:.0%}")
    return 0 if overhead < AT_MOST else 1


def experiment_of(runs: int, folder: Path) -> Experiment:
    """So many short runs, in ten points."""
    return Experiment.load(sweeps.write(folder, TEXT.format(runs=runs // 10)))


def commands(runs: int, folder: Path, *workers: int) -> float:
    """Seconds that commands started together take, each from a fresh start of Python, on so many processes."""
    files = [str(sweeps.write(folder, TEXT.format(runs=runs // 10)))] * len(workers)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=folder) as out:
        started = [subprocess.Popen([sys.executable, "-c", "from experiments.cli import main; main()", "run", file,
                                     "--workers", str(count), "--out", str(Path(out) / str(number))],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                   for number, (file, count) in enumerate(zip(files, workers, strict=True))]
        if any(command.wait() for command in started):
            raise RuntimeError("amends run failed")
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


def resident() -> float:
    """Megabytes of memory that this process holds now."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
