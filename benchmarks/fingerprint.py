"""One line that must be the same on every Python: the hash of a table of runs, then Python, then Mesa.

    python -m benchmarks.fingerprint

The table holds every outcome of a few runs of the preset hotel, to the last digit, muted
strategies and corners included. `.ci/matrix` compares the line between Pythons.
"""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version

from experiments.design import Task, ask
from experiments.replication import play

RUNS = 3


def fingerprint() -> str:
    """SHA-256 over all rows of a small comparison."""
    question = ask("hotel", ("minimum", "full"), runs=RUNS, people=400, years=5, seed=7)
    block = play(Task(question.played_point, 0, RUNS, RUNS))
    if block.failures:
        raise SystemExit(block.failures[0].message)
    digest = hashlib.sha256()
    for row in block.rows:
        # repr gives every digit of a number; NumPy spells its own numbers differently across versions
        plain = {key: value.item() if hasattr(value, "item") else value for key, value in row.items()}
        digest.update(repr(plain).encode())
    return digest.hexdigest()


if __name__ == "__main__":
    print(fingerprint(), platform.python_version(), version("mesa"))
