"""Who knows whom: strong ties, generated person by person or read from a file."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from sim.chance import TIES, block, count, jump, key, uniform
from sim.compiled import compiled


class Ties(NamedTuple):
    """Person i knows `to[start[i]:start[i + 1]]`, in ascending order."""

    start: np.ndarray
    to: np.ndarray


def ties_of(seed: int, people: int, mean_ties: float, edges: np.ndarray | None = None) -> Ties:
    """The ties of a run: those of `edges` (pairs of rows) if given, else generated.

    Generated, person i meets about mean_ties / 2 of those before; so one more person
    adds ties and changes none.
    """
    if edges is None:
        edges = _meet(np.uint64(seed), people, mean_ties / 2)
    one, other = edges[:, 0], edges[:, 1]
    # each end as one number, so that sorting and dropping doubles are fast; np.unique takes three times as long
    ends = np.sort(np.concatenate([one * people + other, other * people + one]))
    ends = ends[np.diff(ends, prepend=-1) > 0]
    start = np.zeros(people + 1, np.int64)
    np.cumsum(np.bincount(ends // people, minlength=people), out=start[1:])
    return Ties(start, ends % people)


@partial(compiled, allocates=True)
def _meet(seed, people, mean):
    total = 0
    for i in range(1, people):
        total += count(mean, uniform(block(seed, TIES, i, 0, 0)[3]))
    edges = np.empty((total, 2), np.int64)
    n = 0
    for i in range(1, people):
        for j in range(count(mean, uniform(block(seed, TIES, i, 0, 0)[3]))):
            words = block(seed, TIES, i, 0, 1 + j)
            edges[n, 0] = i
            edges[n, 1] = jump(key(words[0], words[1]), i)
            n += 1
    return edges
