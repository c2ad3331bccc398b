"""The paired difference of two strategies as a function of one number, under common random numbers.

No twin is played here: the difference of net present values does not need one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.business import Business
from sim.psychology import Psychology
from sim.remedy import Tabulated, tabulate

if TYPE_CHECKING:
    from sim.population import Population


@dataclass(frozen=True)
class Asked:
    """Two strategies in one world, and how often it is played: what stays the same while one number moves."""

    business: Business
    psychology: Psychology
    strategies: tuple[str, str]
    people: int
    years: float
    seed: int
    runs: int


def tables(business: Business, spellings: tuple[str, ...]) -> tuple[Tabulated, ...]:
    """The strategies' answers in this business; kept, as most numbers of a business change none of them."""
    from sim.business import plain

    data = plain(business)
    data["sources"] = {}
    for table in ("quality", "leaving", "joining", "talk", "opportunists", "finance", "events"):
        data[table] = None
    data["people"] = {key: data["people"][key] for key in ("wants", "spend_per_encounter")}
    data["front_desk"] = {"max_pushes": data["front_desk"]["max_pushes"]}
    data["failures"].pop("per_encounter")
    for kind in data["failures"].values():
        for key in ("share", "margin_kept_share", "lag_months"):
            kind.pop(key, None)
        for key in ("watched_share", "detected_share"):
            kind[key] = bool(kind.get(key))
    return _tables(repr(data) + "".join(map(_files, spellings)), spellings, _Kept(business))


def _files(spelling: str) -> str:
    """What the files named in a spelling hold: an edited one must not get the answers of before."""
    named = (Path(part).expanduser() for part in re.split(r"[:,=]", spelling) if "." in part)
    return "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in named if path.is_file())


class _Kept:
    """A business that a cache does not look at: what tells them apart is said beside it."""

    def __init__(self, business: Business) -> None:
        self.business = business

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=256)
def _tables(_key: str, spellings: tuple[str, ...], kept: _Kept) -> tuple[Tabulated, ...]:
    from dataclasses import replace

    from strategies.registry import find

    return tuple(replace(tabulate(find(spelling), kept.business, spelling), remedies=()) for spelling in spellings)


def differences(business: Business, psychology: Psychology, spellings: tuple[str, ...], *, people: int, years: float,
                seed: int, runs: range) -> np.ndarray:
    """Net present value of the second strategy minus that of the first, one number per run."""
    from sim.chance import run_seed
    from sim.ledger import net_present_value
    from sim.population import populate
    from sim.run import Run

    answers = tables(business, spellings)
    result = []
    for run in runs:
        luck = run_seed(seed, run)
        start: Population = populate(business, psychology, luck, people)
        values = [net_present_value(Run(business, answer, psychology=psychology, rng=luck, people=people,
                                        years=years, start=start).run().accounts()) for answer in answers]
        result.append(values[1] - values[0])
    return np.array(result)
