"""Playing what a report needs beyond its result, all of it over the same processes; what is kept is not played."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol, Self

from experiments.runner import spread
from sim.config import InputError


class Work(Protocol):
    """A piece of work, which worker processes can be sent."""

    def play(self) -> Any: ...


class Job(Protocol):
    """Something made of pieces of work that workers carry out."""

    def pieces(self) -> Sequence[Work]:
        """What is to be done first; nothing where all is kept."""
        ...

    def take(self, found: Any, /) -> Sequence[Work]:
        """Take the result of a piece, in any order; what is to be done because of it."""
        ...

    def result(self) -> Any:
        """What all came to."""
        ...


@dataclass(frozen=True)
class Piece:
    """A piece of work, and of which job it is."""

    job: int
    work: Work
    runs: int = 1

    def singly(self) -> Sequence[Self]:
        """It cannot be split."""
        return [self]


def played(jobs: Sequence[Job], workers: int, progress: Callable[[int, int], object]) -> list[Any]:
    """The results of the jobs; `progress(done, total)` counts pieces of work."""
    pieces = deque(Piece(number, work) for number, job in enumerate(jobs) for work in job.pieces())
    done, total = 0, len(pieces)
    if total:
        progress(0, total)
        with closing(spread(pieces, workers=workers, work=_perform, killed=_killed)) as results:  # type: ignore[type-var]
            for number, found in results:
                more = jobs[number].take(found)
                pieces.extendleft(Piece(number, work) for work in more)
                done, total = done + 1, total + len(more)
                progress(done, total)
    return [job.result() for job in jobs]


def _perform(piece: Piece) -> tuple[int, Any]:
    """Carry out one piece: what worker processes run."""
    return piece.job, piece.work.play()


def _killed(piece: Piece) -> tuple[int, Any]:
    raise InputError("the report could not be made: a worker process was killed, twice (out of memory?); fewer "
                     "--people or --workers need less")
