"""What an experiment costs beside the model: overhead per run, memory, bytes on the wire, parallel efficiency.

    python -m benchmarks.overhead [RUNS]

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
        experiment = Experiment.load(sweeps.write(Path(folder), TEXT.format(runs=runs // 10)))
        point = experiment.plan.point(0)
        play(PartTask(point, 0, 3))
        begun = time.process_time()
        block = play(PartTask(point, 0, 300))
        model = (time.process_time() - begun) / 300
        wire = (len(pickle.dumps(PartTask(point, 0, 300))) + len(pickle.dumps(block))) / 300
        walls, memory = [], list[int]()
        for workers in (1, 2):
            begun, used = time.perf_counter(), time.process_time()
            experiment.run(out=Path(folder) / str(workers), workers=workers,
                           progress=lambda done, total: memory.append(
                               resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))
            walls.append(time.perf_counter() - begun)
            if workers == 1:
                overhead = (time.process_time() - used) / runs - model
    print(f"model {model * 1e3:.2f} ms a run; overhead {overhead * 1e3:.2f} ms a run "
          f"(promise: under {AT_MOST * 1e3:g})")
    print(f"on the wire: {wire / 1e3:.1f} KB a run in blocks of 300")
    print(f"memory: {memory[len(memory) // 10]} MB after a tenth of it, {memory[-1]} MB at the end")
    print(f"1 process {walls[0]:.1f} s, 2 processes {walls[1]:.1f} s: efficiency {walls[0] / walls[1] / 2:.0%}, "
          "the start of the processes included")
    return 0 if overhead < AT_MOST else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
