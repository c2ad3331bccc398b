"""Asking questions of many worlds: design, run, keep, compare, show.

    from experiments import compare

    answer = compare("hotel", ["minimum", "full"])
    print(answer.verdict)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.comparison import Answer, compare
    from experiments.experiment import Experiment

__all__ = ["Answer", "Experiment", "compare"]


def __getattr__(name: str) -> Any:
    # Looked up late, so that `amends --help` does not wait for NumPy and the rest.
    if name in __all__:
        from experiments import comparison, experiment

        return getattr(experiment if name == "Experiment" else comparison, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
