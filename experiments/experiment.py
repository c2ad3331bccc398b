"""An experiment from a file: load, run, read.

    from experiments.experiment import Experiment

    results = Experiment.load("frontier").run(workers=2)
    results.runs          # a pandas frame, one row per point, run and arm

It may be killed at any moment: started again it goes on from what is on disk, and ends with the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from experiments.plan import Plan, load_plan
from experiments.replication import Failure
from experiments.runner import MakeExecutor, cores, local_pool
from experiments.sweep_driver import Driver, FailedFast
from experiments.sweep_play import Part, PartTask, play
from experiments.sweep_store import SweepStore, read_manifest
from sim.config import InputError

__all__ = ["Experiment", "FailedFast", "Results"]


def _silent(*_: Any) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Results:
    """What an experiment came to; every table as a pandas frame, and all of it in `folder`."""

    plan: Plan
    folder: Path
    failures: tuple[Failure, ...] = ()

    def frame(self, table: str) -> Any:
        """A table as a pandas frame: runs, and where kept series or cases; InputError for one that is not there."""
        import pandas as pd

        path = self.folder / f"{table}.parquet"
        if not path.exists():
            raise InputError(f"{self.folder}: has no table '{table}'; there is "
                             + ", ".join(sorted(other.stem for other in self.folder.glob("*.parquet"))))
        return pd.read_parquet(path)

    @property
    def runs(self) -> Any:
        """One row per point, run and arm."""
        return self.frame("runs")

    def csv(self, name: str) -> Any:
        """points, arms or summary as a pandas frame."""
        import pandas as pd

        return pd.read_csv(self.folder / f"{name}.csv")

    @property
    def summary(self) -> Any:
        """Means with 95 % intervals, per point and arm."""
        return self.csv("summary")


@dataclass(frozen=True)
class Experiment:
    """A checked experiment."""

    plan: Plan

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read and check a file; InputError with every mistake."""
        return cls(load_plan(Path(path)))

    def run(
        self,
        *,
        out: str | Path | None = None,
        workers: int | None = None,
        fail_fast: bool = False,
        progress: Callable[[int, int], object] = _silent,
        tell: Callable[[str], object] = _silent,
        make_executor: MakeExecutor = local_pool,
        work: Callable[[PartTask], Part] = play,
    ) -> Results:
        """Play what is missing and write the tables; the bytes are the same for any number of workers."""
        workers = cores() if workers is None else workers
        if workers < 1:
            raise InputError(f"--workers {workers}: must be at least 1")
        for sentence in other_versions(self.plan, out):
            tell(sentence)
        store = SweepStore(self.plan, out)
        if not store.finished():
            for sentence in store.go_on():
                tell(sentence)
            driver = Driver(self.plan, store, workers)
            driver.resume()
            driver.play(workers, fail_fast, progress, tell, make_executor, work)
            store.finish(driver.targets(), driver.summary, driver.precision())
        return Results(self.plan, store.folder, tuple(store.failures()))


def other_versions(plan: Plan, out: str | Path | None) -> Iterator[str]:
    """A sentence for each folder that holds an earlier state of this experiment, and what is different there."""
    mine = plan.resolved()
    for folder in sorted(Path(out or "results").glob(f"{plan.name}-????????")):
        known = read_manifest(folder)
        if known and known.get("name") == plan.name and known.get("hash") != plan.identity:
            was = known.get("question")
            parts = [name for name in mine if not isinstance(was, dict) or _apart(mine[name], was.get(name))]
            yield (f"{folder} holds this experiment as it was before a change ({', '.join(parts) or 'unknown'}); it is "
                   f"left as it is, and the new one begins in {plan.name}-{plan.identity[:8]}.")


def _apart(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True, default=str) != json.dumps(other, sort_keys=True, default=str)
