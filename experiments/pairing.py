"""The paired difference of two strategies as a function of one number, under common random numbers.

No twin is played here: the difference of net present values does not need one.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.asked_again import Known, first_asked
from sim.business import Business
from sim.psychology import Psychology
from sim.remedy import Tabulated, severity_word

if TYPE_CHECKING:
    from sim.population import Population

ORDERS = 8
"""Sets of answers that are remembered for prices alone: which measure is the cheapest may change with them."""


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
    data["people"] = {"wants": data["people"]["wants"]}
    data["front_desk"] = {"max_pushes": data["front_desk"]["max_pushes"]}
    data["failures"].pop("per_encounter")
    prices: list[Any] = [business.people.spend_per_encounter]
    for name, kind in data["failures"].items():
        for key in ("share", "margin_kept_share", "lag_months"):
            kind.pop(key, None)
        for key in ("watched_share", "detected_share"):
            kind[key] = bool(kind.get(key))
        kind["severity"] = severity_word(business.failures.kinds[name])
        prices.append([kind.pop(key, None) for key in ("loss_share", "loss_money")])
    for measure in data["menu"].values():
        numbers = {key: value for key, value in measure.items() if isinstance(value, int | float | None)}
        prices.append(numbers)
        for key in numbers:
            measure.pop(key)
    return tuple(_table(repr(data) + _files(spelling), repr(prices), spelling, _Kept(business))
                 for spelling in spellings)


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


@lru_cache(maxsize=1024)
def _table(likeness: str, _prices: str, spelling: str, kept: _Kept) -> Tabulated:
    from strategies.registry import find

    known = _known(likeness, spelling)
    # A deque may be added to elsewhere meanwhile: the server of the dashboard asks in several threads.
    for one in list(known):
        if (table := one.priced(kept.business)) is not None:
            return replace(table, remedies=())
    known.appendleft(first_asked(find(spelling), kept.business, spelling))
    return replace(known[0].table, remedies=())


@lru_cache(maxsize=256)
def _known(_likeness: str, _spelling: str) -> deque[Known]:
    """Of a strategy, what it answered in businesses that differ in nothing but prices, the latest first."""
    return deque(maxlen=ORDERS)


def differences(business: Business, psychology: Psychology, spellings: tuple[str, ...], *, people: int, years: float,
                seed: int, runs: range) -> np.ndarray:
    """Net present value of the second strategy minus that of the first, one number per run."""
    from sim.chance import run_seed
    from sim.ledger import net_present_value
    from sim.model import RecoveryModel
    from sim.population import populate

    answers = tables(business, spellings)
    result = []
    for run in runs:
        luck = run_seed(seed, run)
        start: Population = populate(business, psychology, luck, people)
        values = [net_present_value(RecoveryModel(business, answer, psychology=psychology, rng=luck, people=people,
                                                  years=years, start=start).run().accounts()) for answer in answers]
        result.append(values[1] - values[0])
    return np.array(result)
