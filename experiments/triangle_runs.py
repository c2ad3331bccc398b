"""Where customers stand over the years, and how hard the staff become: the numbers behind two pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.design import Comparison
from experiments.estimates import Estimate, estimate
from sim.chance import run_seed
from sim.population import populate
from sim.run import Run

SHOWN = 1000
"""People drawn as dots, those of the first run."""


@dataclass(frozen=True)
class Course:
    """One strategy over all runs: what became of those who were customers at the start, left or not."""

    strategy: str
    path: np.ndarray
    """(runs, years + 1, 3): mean belief, disbelief and uncertainty, at the start and after every year"""
    people: np.ndarray
    """(people, 3): the opinions at the end of some customers of the first run"""
    stayed: np.ndarray
    """(people,): whether these are customers at the end"""
    share_stayed: np.ndarray
    """(runs,): share who are customers at the end"""
    hardness: np.ndarray
    """(runs, periods): mean hardness of the staff"""

    @property
    def end(self) -> np.ndarray:
        """Mean belief, disbelief and uncertainty at the end."""
        return np.asarray(self.path[:, -1].mean(axis=0))


@dataclass(frozen=True)
class Courses:
    """All strategies, over the same runs."""

    asked: Comparison
    start: np.ndarray
    """(people, 3): the opinions at the start of the same customers"""
    courses: tuple[Course, ...]

    def apart(self, values: Callable[[Course], np.ndarray], a: int, b: int) -> Estimate:
        """The paired difference of a number per run between two strategies."""
        return estimate(values(self.courses[a]) - values(self.courses[b]))

    def late_hardness(self, course: Course) -> np.ndarray:
        """Mean hardness over the last year, per run."""
        return np.asarray(course.hardness[:, -self.asked.point.business.periods_per_year:].mean(axis=1))


def opinions(rows: np.ndarray) -> np.ndarray:
    """Belief, disbelief and uncertainty of people, shape (people, 3)."""
    evidence = rows["good"] + rows["bad"] + 2
    return np.column_stack((rows["good"] / evidence, rows["bad"] / evidence, 2 / evidence))


def played(asked: Comparison, progress: Callable[[int, int], None] = lambda done, total: None) -> Courses:
    """Play every run of every strategy, in this process."""
    point = asked.point
    ppy = point.business.periods_per_year
    found: list[list[tuple[np.ndarray, ...]]] = [[] for _ in point.strategies]
    first = np.zeros((0, 3))
    for run in range(asked.runs):
        seed = run_seed(point.seed, run)
        start = populate(point.business, point.psychology, seed, point.people, point.market)
        regular = start.people["status_at_start"] == 1
        if run == 0:
            first = opinions(start.people[regular])[:SHOWN]
        for strategy, runs in zip(point.strategies, found, strict=True):
            model = Run(point.business, strategy, psychology=point.psychology, rng=seed, people=point.people,
                        years=point.years, start=start)
            path = [opinions(model.people_table[regular]).mean(axis=0)]
            while model.period < model.periods:
                model.step()
                if model.period % ppy == 0 or model.period == model.periods:
                    path.append(opinions(model.people_table[regular]).mean(axis=0))
            people = model.people_table[regular]
            runs.append((np.array(path), opinions(people)[:SHOWN] if run == 0 else first[:0],
                         people["status"] == 1, model.series["hardness"].copy()))
        progress(run + 1, asked.runs)
    courses = tuple(
        Course(strategy.spelling, np.array([run[0] for run in runs]), runs[0][1], runs[0][2][:SHOWN],
               np.array([run[2].mean() for run in runs]), np.array([run[3] for run in runs]))
        for strategy, runs in zip(point.strategies, found, strict=True))
    return Courses(asked, first, courses)
