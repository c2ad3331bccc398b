"""A strategy's answers where only prices of the business changed: it is asked again where it was asked before.

`sim.remedy.tabulate` goes through all cases, tens of thousands of them, though it asks about only some
hundred: cases alike in what the strategy reads are answered alike. Those hundred are remembered here. If each of
them, with the new prices on the menu, is answered by the same measures after reading the same fields, then so is
every other case, and only what the measures cost and are worth is new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from sim.business import Business
from sim.remedy import Case, Menu, Remedy, Strategy, Tabulated, menus, table_shape, tabulate

FIELDS = tuple(field.name for field in fields(Case))


@dataclass(frozen=True)
class _Answer:
    """A case as it was asked, the fields that were read for the answer, and the answer."""

    case: Case
    read: tuple[str, ...]
    measures: tuple[str, ...]
    manager: bool


class _Reading(Case):
    """A case that notes which of its fields are read, and reads them from another that may do so too."""

    __slots__ = ("_from", "_read")

    def __getattribute__(self, name: str) -> Any:
        if name not in FIELDS:
            return object.__getattribute__(self, name)
        object.__getattribute__(self, "_read").setdefault(name)
        return getattr(object.__getattribute__(self, "_from"), name)


class _Overheard(Strategy):
    """A strategy whose answers are written down."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self.promise, self.proactive = strategy.promise, strategy.proactive
        self.ease, self.check = strategy.ease, strategy.check
        self.answers: list[_Answer] = []

    def respond(self, case: Case) -> Remedy | None:
        remedy, read = _asked(self.strategy, case)
        # Past the watch that `tabulate` keeps: that we look is not the strategy's reading.
        plain = Case(*(object.__getattribute__(case, name) for name in FIELDS))
        if isinstance(remedy, Remedy) and not (self.answers and self.answers[-1].case == plain):
            self.answers.append(_Answer(plain, read, tuple(m.name for m in remedy.measures), remedy.manager))
        return remedy


def _asked(strategy: Strategy, case: Case) -> tuple[Remedy | None, tuple[str, ...]]:
    """The answer to a case, an empty remedy for None, and the fields read for it, in order."""
    reading = object.__new__(_Reading)
    read: dict[str, None] = {}
    object.__setattr__(reading, "_from", case)
    object.__setattr__(reading, "_read", read)
    remedy = strategy.respond(reading)
    return Remedy() if remedy is None else remedy, tuple(read)


@dataclass(frozen=True)
class Known:
    """A strategy tabulated in one business, and what it was asked for that."""

    strategy: Strategy
    table: Tabulated
    answers: tuple[_Answer, ...]

    def priced(self, business: Business) -> Tabulated | None:
        """What `tabulate` would give in a business that differs in its prices; None where it must be asked anew.

        Names, roles, forms and kinds on the menu, the kinds of failure, their floors and severities, and who may ask
        for what must be the same: that is for the caller to know.
        """
        if table_shape(business) != self.table.shape:
            return None
        menu_of = menus(business)
        try:
            same = all(self._same(answer, menu_of) for answer in self.answers)
        except Exception:
            # Told by `tabulate`, with the case in which it happened.
            return None
        return self.table.priced(business) if same else None

    def _same(self, answer: _Answer, menu_of: Mapping[str, Menu]) -> bool:
        menu = menu_of[answer.case.kind]
        remedy, read = _asked(self.strategy, replace(answer.case, menu=menu))
        return (isinstance(remedy, Remedy) and read == answer.read and remedy.manager == answer.manager
                and tuple(m.name for m in remedy.measures) == answer.measures and all(map(menu.has, remedy.measures)))


def first_asked(strategy: Strategy, business: Business, spelling: str) -> Known:
    """Tabulate a strategy and remember what it was asked; InputError as from `tabulate`."""
    overheard = _Overheard(strategy)
    table = tabulate(overheard, business, spelling)
    return Known(strategy, table, tuple(overheard.answers))
