"""The family between the least and everything: goods in rungs, climbed push by push.

Where the firm has several things it could give, somebody decides which comes first.
The common answer is the cheapest, and the next one only for a customer who insists.
`ladder` makes that habit adjustable: how high it starts, how fast it climbs, where it
ends, and whether it comes with true words, with haste, and unasked.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sim.config import InputError
from sim.remedy import Case, Measure, Menu, Remedy, Strategy

ROUNDING = 1e-9
"""Shares such as 0.9 + 0.1 must not miss the ceiling by the last bit."""


class Ladder(Strategy):
    """Goods in rungs, the cheapest for the firm first, one `step` higher with every push."""

    opening: int = 0
    """rungs given before the customer has pushed"""
    step: int = 1
    """rungs more for each push"""
    generosity: float = 1.0
    """the most that is given in sum, as a share of the loss (MONEY)"""
    sincere: bool = False
    """whether somebody listens, apologises and means it, explains, and asks afterwards (MANNER)"""
    prompt: bool = False
    """whether somebody hurries (SPEED)"""
    at_once: bool = False
    """whether the whole ladder is given at the first word, and unasked where the firm sees the failure (TIMING);
    `proactive=false` beside it waits for the complaint all the same"""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        said = "proactive" in parameters or any("proactive" in vars(c) for c in type(self).__mro__ if c is not Strategy)
        if self.at_once and not said:
            # "At once" counts from the failure, not from the complaint.
            self.proactive = True
        for key in ("opening", "step", "generosity"):
            if getattr(self, key) < 0:
                raise InputError(f"strategy {self.label()}: {key} = {getattr(self, key)} must not be below 0")

    def respond(self, case: Case) -> Remedy:
        menu = case.menu
        if self.sincere:
            before = [menu.best("acknowledge"), menu.best("apologise"), menu.best("explain")]
            after = [menu.best("follow_up")]
        else:
            before, after = [_least_sincere(menu)], []
        if self.prompt or case.asked == "hurry":
            before.append(menu.best("hurry"))
        return Remedy([*before, *self._goods(case), *after])

    def _goods(self, case: Case) -> tuple[Measure, ...]:
        """What the customer holds by now; another push never makes it worth less."""
        climb = _climb(case.menu, None if self.at_once else self.opening, self.generosity, case.asked)
        return climb[-1] if self.at_once else climb[min(self.step * case.pushes, len(climb) - 1)]


def _least_sincere(menu: Menu) -> Measure | None:
    return min(menu.of("apologise"), key=lambda m: (m.sincerity, m.minutes, m.cost, m.name), default=None)


@lru_cache(maxsize=1024)
def _climb(menu: Menu, opening: int | None, generosity: float, asked: str | None) -> list[tuple[Measure, ...]]:
    """The goods held at the opening (None: all rungs) and after each further rung.

    What is asked for by name comes right after the opening, where the first push is, so that
    it is given from then on and nothing given before has to be taken back for it.
    """
    goods = sorted((m for m in menu.measures if m.is_goods), key=lambda m: (m.cost, m.worth, m.minutes, m.name))
    states = _states({}, goods, generosity)
    held = states[-1] if opening is None else states[min(opening, len(states) - 1)]
    if asked:
        named = sorted(menu.of(asked), key=lambda m: (-m.worth, m.cost, m.name))
        # The first that fits is the best that fits.
        held = next(iter(_states(held, named, generosity)[1:]), held)
    return [tuple(state.values()) for state in _states(held, goods, generosity)]


def _states(held: dict[str, Measure], rungs: Iterable[Measure], generosity: float) -> list[dict[str, Measure]]:
    """What is held, by role, at first and after each rung that gives more within the ceiling.

    A rung replaces what it supersedes, the lesser measure of its role. Rungs that give
    nothing more, or too much, are passed over, so every rung climbed is felt.
    """
    states = [held]
    for rung in rungs:
        held = states[-1]
        climbed = {**held, rung.role: rung}
        more = rung.worth > (held[rung.role].worth if rung.role in held else 0.0)
        if more and sum(m.worth for m in climbed.values()) <= generosity + ROUNDING:
            states.append(climbed)
    return states
