"""Small experiments for tests, and stand-ins for the world that play them in no time."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from experiments.replication import Failure
from experiments.sweep_play import Part, PartTask
from sim.chance import run_seed
from tests import dice
from tests.businesses import small_business_toml

SMALL = """\
title = "A small experiment"
business = "shop.toml"
strategies = ["minimum", "ladder"]
people = 60
years = 1
seed = 7
replications = 6
keep = ["totals", "series", "cases"]

[uncertainties]
"finance.margin_share" = [0.2, 0.4]
"failures.per_encounter" = { range = [0.05, 0.2], levels = 2 }

[levers]
"ladder.opening" = [0, 1]
"""

PRECISE = """\
business = "shop.toml"
strategies = ["minimum", "full"]
people = 60
years = 1
replications = { outcome = "net_present_value", of = "full", minus = "minimum", half_width = 0.6, at_most = 300 }
"""


def write(folder: Path, text: str = SMALL, name: str = "small.toml") -> Path:
    """An experiment file with its business beside it."""
    (folder / "shop.toml").write_text(small_business_toml())
    path = folder / name
    path.write_text(text)
    return path


def play(task: PartTask) -> Part:
    """A block by dice: totals only."""
    part = Part(task.first, task.runs, point=task.number)
    for run in range(task.first, task.first + task.runs):
        seed = int(run_seed(task.point.seed, run))
        part.rows += [{"point": task.number, **dice.row(s.spelling, "strategy", run, seed, task.point.years)}
                      for s in task.point.strategies]
    return part


def play_but_run_3_fails(task: PartTask) -> Part:
    """The same, but run 3 of point 1 cannot be played."""
    part = play(task)
    if task.number == 1 and task.first <= 3 < task.first + task.runs:
        part.rows = [row for row in part.rows if row["run"] != 3]
        part.failures = [Failure(3, int(run_seed(task.point.seed, 3)), "FloatingPointError: overflow", "trace", 1)]
    return part


@dataclass(frozen=True)
class Heavy:
    """A task whose result is larger than what a pipe between processes holds."""

    once: str = ""
    """a file: while it is not there, the worker makes it and dies in the middle of sending its result"""
    runs = 1

    def singly(self) -> list[Heavy]:
        return [self]

    def result(self) -> bytes:
        if self.once and not Path(self.once).exists():
            Path(self.once).touch()
            Connection._send = _dies  # type: ignore[attr-defined]
        return bytes(64_000_000)


def _dies(connection: Connection, data: bytes) -> None:
    os.write(connection.fileno(), data[:100])
    os.kill(os.getpid(), signal.SIGKILL)


def tables(folder: Path) -> dict[str, bytes]:
    """Every table at the end, as bytes."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*"))
            if path.suffix in (".csv", ".parquet") and path.is_file()}


