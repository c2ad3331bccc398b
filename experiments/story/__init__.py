"""One customer's case under several strategies, with the same luck: what `amends story` tells.

Picking the scene is `story.scene`, replaying it `story.replay`, the stages of trust
`story.stages`; `story.text` and `story.plain` tell it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.design import Point, ask, tabulated
from experiments.story.replay import Life, Replay, live, replay
from experiments.story.scene import Picked, Scene, find, pick
from sim.chance import run_seed
from sim.config import InputError, nearest
from sim.population import populate
from sim.remedy import Tabulated
from sim.run import Run


@dataclass(frozen=True)
class Asked:
    """A business and its strategies, resolved and checked; nothing is played yet."""

    point: Point
    strategies: tuple[Tabulated, ...]
    """with the words of their remedies, which the point leaves out"""
    spelling: str
    """the business as the user spelled it"""
    options: tuple[str, ...]
    """what else a command needs to ask the same"""

    def seed(self, run: int) -> int:
        """The seed of a run, the same as in `amends compare`."""
        return run_seed(self.point.seed, run)

    def worlds(self, run: int) -> Iterator[Run]:
        """The worlds of a run, one per strategy, with the same people; not yet played."""
        point = self.point
        start = populate(point.business, point.psychology, self.seed(run), point.people, point.market)
        for strategy in self.strategies:
            yield Run(point.business, strategy, psychology=point.psychology, rng=self.seed(run),
                                people=point.people, years=point.years, start=start, keep_cases=True)

    def twin(self, run: int) -> Run:
        """The world of a run in which nothing fails."""
        point = self.point
        return Run(point.business, psychology=point.psychology, rng=self.seed(run), people=point.people,
                             years=point.years, market=point.market, twin=True)


@dataclass(frozen=True)
class Story:
    """One person's case under every strategy, and the same person where nothing fails."""

    asked: Asked
    run: int
    person: int
    name: str
    """the person's name in the user's file, else the row"""
    period: int
    """from 0"""
    picked: Picked | None
    lives: tuple[Replay, ...]
    twin: Life

    @property
    def kind(self) -> str:
        """The kind of failure."""
        return self.asked.point.business.kind_names[int(self.lives[0].case["kind"])]


def resolve(business: str, strategies: Sequence[str], *, people: int | None, years: float, seed: int,
            settings: Iterable[str] = (), customers: Path | None = None, network: Path | None = None) -> Asked:
    """Check what is asked; raises InputError."""
    settings = tuple(settings)
    question = ask(business, strategies, runs=2, people=people, years=years, seed=seed, settings=settings,
                   customers=customers, network=network)
    tables = tabulated(strategies, question.point.business, readable=True)
    options = [("--people", people), ("--years", None if years == 10 else f"{years:g}"),
               *(("--set", setting) for setting in settings), ("--customers", customers), ("--network", network)]
    return Asked(question.point, tables, business,
                 tuple(word for name, value in options if value is not None for word in (name, str(value))))


def tell(asked: Asked, *, case: str | None = None, customer: str | None = None, run: int | None = None,
         period: int | None = None) -> Story:
    """Find the scene and replay it under every strategy.

    Without a customer one is picked whom `case` (else the business's first kind of
    failure) strikes; a customer's own first failure is replayed, or that of a period
    (from 1). Raises InputError where there is no such scene.
    """
    kinds = asked.point.business.kind_names
    if case is not None and case not in kinds:
        raise InputError(f"no failure of {asked.point.business.name} is called '{case}'"
                         + (nearest(case, kinds) or f"; there are {', '.join(kinds)}"))
    if customer is None:
        if period is not None or run is not None:
            raise InputError(f"--{'run' if period is None else 'period'} goes with --customer: without one, "
                             "somebody is picked")
        kind = kinds.index(case) if case else 0
        scene = pick(asked.worlds, kind, kinds[kind])
    else:
        scene = _named(asked, customer, run or 0, kinds.index(case) if case else None, period)
    lives = tuple(replay(model, scene.person, scene.period) for model in asked.worlds(scene.run))
    return Story(asked, scene.run, scene.person, _name(asked, scene.person), scene.period, scene.picked, lives,
                 live(asked.twin(scene.run), scene.person))


def _named(asked: Asked, customer: str, run: int, kind: int | None, period: int | None) -> Scene:
    business, word = asked.point.business, asked.point.business.customer_word
    if not 0 <= run < 2**32:
        raise InputError(f"--run {run}: must be a whole number from 0")
    if period is not None and period < 1:
        raise InputError(f"--period {period}: counts from 1, each a {business.period}")
    return find(asked.worlds, run, _row(asked, customer), kind, None if period is None else period - 1,
                f"{word} {customer} of run {run}", business.period, business.kind_names)


def _row(asked: Asked, customer: str) -> int:
    """The row of a customer given as in the user's file, or by row."""
    market, people = asked.point.market, asked.point.people
    if market is not None and customer in market.ids:
        return market.ids.index(customer)
    if customer.isascii() and customer.isdigit() and int(customer) < people:
        return int(customer)
    hint = nearest(customer, market.ids) if market is not None else ""
    raise InputError(f"--customer {customer}: there is no such person"
                     + (hint or f"; rows go from 0 to {people - 1}"))


def _name(asked: Asked, person: int) -> str:
    market = asked.point.market
    return market.ids[person] if market is not None and person < len(market.ids) else str(person)
