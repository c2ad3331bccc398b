"""How fast the compiled world is, as ratios measured in one run.

    python -m benchmarks.speed

1. against the readable reference model, whose draws are made beforehand: at least 50 times as fast;
2. against a NumPy pass that only draws four uniforms per person and period: at most 5 times as slow;
and the memory a person takes. Each figure is the best of several repeats, the compiled and
the other side in turn, so that a busy machine disturbs both.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from sim.business import load_business
from sim.chance import run_seed
from sim.model import RecoveryModel
from sim.population import PERSON, populate
from sim.psychology import Psychology
from sim.remedy import tabulate
from strategies.registry import find
from tests.reference.chance import Chance
from tests.reference.model import ReferenceModel

PEOPLE, YEARS, REPEATS = 2000, 10.0, 9
REFERENCE_PEOPLE, REFERENCE_YEARS = 300, 2.0
AT_LEAST, AT_MOST = 50.0, 5.0


def best(action: Callable[[], float], repeats: int) -> float:
    """The least of several timings, in seconds."""
    return min(action() for _ in range(repeats))


def timed(action: Callable[[], object]) -> float:
    """Seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> int:
    """Measure, print, and exit with 1 where a promise is not kept."""
    business, psychology, seed = load_business("hotel"), Psychology(), run_seed(1, 0)
    strategy = tabulate(find("minimum"), business)
    start = populate(business, psychology, seed, PEOPLE)
    small = populate(business, psychology, seed, REFERENCE_PEOPLE)
    generator = np.random.default_rng(1)
    chance = Chance(seed)

    def compiled(population: object, people: int, years: float) -> float:
        model = RecoveryModel(business, strategy, rng=seed, people=people, years=years, start=population)  # type: ignore[arg-type]
        return timed(model.run) / (people * model.periods)

    def drawing() -> float:
        periods = round(YEARS * 12)
        return timed(lambda: [generator.random((PEOPLE, 4)) for _ in range(periods)]) / (PEOPLE * periods)

    def reference() -> float:
        model = ReferenceModel(business, strategy, psychology=psychology, seed=seed, people=REFERENCE_PEOPLE,
                               years=REFERENCE_YEARS, chance=chance)
        return timed(model.run) / (REFERENCE_PEOPLE * REFERENCE_YEARS * 12)

    compiled(start, PEOPLE, YEARS)
    reference()
    against_drawing = [(compiled(start, PEOPLE, YEARS), drawing()) for _ in range(REPEATS)]
    fast, draws = (min(side) for side in zip(*against_drawing, strict=True))
    against_reference = [(compiled(small, REFERENCE_PEOPLE, REFERENCE_YEARS), reference()) for _ in range(3)]
    fast_small, slow = (min(side) for side in zip(*against_reference, strict=True))

    faster, slower = slow / fast_small, fast / draws
    per_person = PERSON.itemsize + 8 * (len(start.ties.to) + len(start.ties.start)) / PEOPLE
    print(f"per person and period: compiled {fast * 1e9:.0f} ns, four uniforms in NumPy {draws * 1e9:.0f} ns, "
          f"reference {slow * 1e9:,.0f} ns")
    print(f"against the reference:       {faster:5.0f} times as fast   (promise: at least {AT_LEAST:g})")
    print(f"against four NumPy uniforms: {slower:5.1f} times as slow   (promise: at most {AT_MOST:g})")
    print(f"memory: {per_person:.0f} bytes a person, ties included; a twin's marks add a byte per period")
    return 0 if faster >= AT_LEAST and slower <= AT_MOST else 1


if __name__ == "__main__":
    sys.exit(main())
