"""A strategy that is asked again only where it was asked before gives the table that asking everything gives."""

from __future__ import annotations

import random
from typing import Any

import pytest

from experiments.asked_again import first_asked
from experiments.pairing import tables
from sim.business import Business, load_business, plain, presets
from sim.config import InputError, merged, validated
from sim.remedy import Case, Remedy, Strategy, tabulate
from strategies.registry import find, names


def repriced(business: Business, luck: random.Random) -> Business:
    """The business with another price of its service and every cost on the menu another."""
    data = plain(business)
    menu = {name: {key: value * luck.uniform(0.4, 2.5) for key, value in measure.items()
                   if key.startswith("cost_") and isinstance(value, float) and key != "cost_when_redeemed"}
            for name, measure in data["menu"].items()}
    spend = business.people.spend_per_encounter * luck.uniform(0.5, 2)
    return validated(Business, merged(data, {"menu": menu, "people": {"spend_per_encounter": spend}}))


@pytest.mark.parametrize("name", presets())
def test_prices_change_the_tables_as_asking_everything_does(name: str) -> None:
    """With any prices, one after the other, the tables that are remembered are those of `tabulate`, to the last bit."""
    luck = random.Random(name)
    business = load_business(name)
    for _ in range(3):
        firm = repriced(business, luck)
        spellings = tuple(luck.sample(names(), 3))
        for spelling, table in zip(spellings, tables(firm, spellings), strict=True):
            assert table.identity == tabulate(find(spelling), firm, spelling).identity


def test_dearer_remedies_need_no_asking_anew() -> None:
    """Where all remedies become dearer by one factor, each answer of a ladder is the same, and is found to be so."""
    business = load_business("hotel")
    dearer = validated(Business, merged(plain(business), {"menu": {
        name: {"cost_share": m.cost_share * 1.4} for name, m in business.menu.items() if m.cost_share}}))
    known = first_asked(find("ladder"), business, "ladder")
    assert len(known.answers) < known.table.table.size / 100
    priced = known.priced(dearer)
    assert priced is not None and priced.identity == tabulate(find("ladder"), dearer, "ladder").identity
    assert priced.identity != known.table.identity


class Careful(Strategy):
    """Gives money only where it is cheap, and to the valuable where it is dear."""

    def respond(self, case: Case) -> Remedy:
        refund = case.menu.best("refund")
        cheap = refund is not None and refund.cost < 1.05
        return Remedy([refund] if cheap or case.value == "high" else [])


def test_a_strategy_that_looks_at_prices_is_asked_anew() -> None:
    """Where a price changes an answer, or what is read for it, nothing that was remembered is used."""
    business = load_business("hotel")
    known = first_asked(Careful(), business, "careful")
    dear: dict[str, Any] = {name: {"cost_share": 3.0} for name, m in business.menu.items() if m.role == "refund"}
    assert known.priced(business) is not None
    assert known.priced(validated(Business, merged(plain(business), {"menu": dear}))) is None


class Fussy(Strategy):
    """Fails where money is dear."""

    def respond(self, case: Case) -> Remedy:
        refund = case.menu.best("refund")
        if refund is not None and refund.cost > 2:
            raise ValueError("too dear")
        return Remedy([refund])


def test_a_strategy_that_fails_at_new_prices_is_told_as_ever() -> None:
    """What goes wrong only with the new prices is left to `tabulate`, which says in which case."""
    business = load_business("hotel")
    dear = validated(Business, merged(plain(business), {"menu": {
        name: {"cost_share": 3.0} for name, m in business.menu.items() if m.role == "refund"}}))
    assert first_asked(Fussy(), business, "fussy").priced(dear) is None
    with pytest.raises(InputError, match="too dear"):
        tabulate(Fussy(), dear, "fussy")
