"""Three small businesses, with human natures and strategies, that between them use every rule of the model.

The numbers are chosen so that rare things happen often; they describe no firm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from sim.business import Business
from sim.psychology import Psychology
from sim.remedy import Case, Measure, Remedy, Strategy, Tabulated, tabulate


class Rich(Strategy):
    """Reacts to everything it may know, and has every standing policy."""

    promise: bool = True
    proactive: bool = True
    ease: float = 1.7
    check: float = 0.3

    def respond(self, case: Case) -> Remedy:
        best, of = case.menu.best, case.menu.of
        sorry, goods = [best("acknowledge")], []
        if not case.apologised_before or case.pushes:
            sorry.append(best("apologise"))
        if case.asked is not None:
            goods.append(best(case.asked))
        elif case.pushes >= 1 or case.value == "high":
            goods.append(best("fix"))
        elif case.value == "middle":
            goods.extend(of("credit")[:1])
        if case.failures_before >= 1:
            goods.append(best("extra"))
        if case.failures_before >= 2 or case.severity == "major":
            goods.append(best("replace"))
        if case.watched or case.detected:
            goods.extend(of("credit")[:1])
        if case.promised:
            goods.append(best("hurry"))
        if case.tenure == "new":
            sorry.append(best("explain"))
        # words after goods count as late, which must be seen to happen too
        measures = [*goods, *sorry] if case.pushes % 2 else [*sorry, *goods]
        return Remedy(distinct(measures), manager=case.pushes >= 2)


class Wordy(Strategy):
    """Mostly words, again and again; gives something only to who keeps pushing. No standing policy."""

    ease: float = 0.8

    def respond(self, case: Case) -> Remedy | None:
        best = case.menu.best
        if case.pushes == 0 and case.value == "low" and not case.detected:
            return None
        measures = [best("apologise"), best("follow_up")]
        if case.pushes >= 1:
            measures.append(best(case.asked) if case.asked else best("credit"))
        return Remedy(distinct(measures), manager=case.pushes >= 3)


class Asking(Strategy):
    """Speaks first, promises nothing, checks nothing: certificates and little words."""

    proactive: bool = True

    def respond(self, case: Case) -> Remedy:
        best, of = case.menu.best, case.menu.of
        measures = [*of("credit"), best("apologise") if case.failures_before else None]
        return Remedy(distinct(measures), manager=case.pushes >= 2 and case.watched)


def distinct(measures: list[Measure | None]) -> list[Measure | None]:
    """Each measure once, in its first place."""
    return list(dict.fromkeys(measures))


def measure(role: str, form: str = "words", **more: Any) -> dict[str, Any]:
    """A measure of the menu, with what a table needs filled in."""
    filled = {"role": role, "words": role, "form": form, **more}
    if "worth_money" not in filled:
        filled.setdefault("worth_share", 0.0)
    if "cost_money" not in filled:
        filled.setdefault("cost_share", 0.0)
    return filled


def menu() -> dict[str, Any]:
    """A menu with every role, every form, amounts and shares, and certificates of both sorts."""
    return {
        "listen": measure("acknowledge", sincerity=0.4, minutes=1.0),
        "sorry": measure("apologise", sincerity=0.8, minutes=2.0, days=0.5),
        "sorry-by-letter": measure("apologise", sincerity=0.5, days=3.0, cost_money=0.7),
        "why": measure("explain", sincerity=0.3, minutes=1.5),
        "call-back": measure("follow_up", sincerity=0.6, minutes=4.0, days=9.0, cost_money=1.1),
        "express": measure("hurry", days_saved=4.0, cost_money=2.0),
        "repair": measure("fix", "service", worth_share=0.9, cost_share=0.3, days=6.0, minutes=5.0),
        "new-one": measure("replace", "goods", worth_share=1.1, cost_share=0.6, days=8.0, minutes=2.0),
        "money-back": measure("refund", "cash", worth_share=1.0, cost_share=1.0, days=2.0, minutes=3.0),
        "some-money": measure("refund", "cash", worth_money=5.0, cost_money=5.0, minutes=2.0),
        "certificate": measure("credit", "credit", worth_share=0.7, cost_share=0.4, cost_when_redeemed=True,
                               redeemed_share=0.6, minutes=0.5),
        "voucher": measure("credit", "credit", worth_money=9.0, cost_money=4.0, cost_when_redeemed=True,
                           redeemed_share=0.9),
        "balance": measure("credit", "credit", worth_share=0.3, cost_share=0.3),
        "gift": measure("extra", "goods", worth_money=3.0, cost_money=1.2),
    }


def weekly() -> Business:
    """Decides at encounters; accepted and rejected kinds, a lagged kind and a lagged event."""
    return Business.model_validate({
        "name": "weekly", "title": "Weekly", "currency": "USD", "period": "week",
        "people": {"customer_share": 0.5, "former_share": 0.2, "aware_share": 0.4, "encounters_per_year": 14.0,
                   "encounters_spread": 0.5, "spend_per_encounter": 30.0, "spend_spread": 0.4,
                   "established_after_encounters": 6, "wants": {"refund": 0.4, "replace": 0.3},
                   "wants_known_share": 0.7},
        "quality": {"mean": 0.25, "spread": 0.8},
        "failures": {
            "per_encounter": 0.25,
            "kinds": {
                "slow": {"title": "Slow", "share": 0.4, "loss_share": 0.3, "severity": 0.4, "watched_share": 0.6,
                         "detected_share": 0.4},
                "broken": {"title": "Broken", "share": 0.3, "loss_share": 1.0, "severity": 1.3,
                           "money_at_stake": True, "rejected": True, "watched_share": 0.2, "detected_share": 0.3,
                           "margin_kept_share": 0.2, "legal_floor": ["repair"]},
                "later": {"title": "Breaks later", "share": 0.2, "loss_money": 25.0, "severity": 0.9,
                          "money_at_stake": True, "rejected": True, "detected_share": 0.5, "lag_months": 1.2},
                "lost": {"title": "Lost", "share": 0.1, "loss_money": 60.0, "severity": 2.5,
                         "money_at_stake": True, "watched_share": 1.0, "margin_kept_share": 0.0,
                         "legal_floor": ["some-money", "listen"]},
            },
        },
        "menu": menu(),
        "leaving": {"when": "at_encounter", "at_typical": 0.01, "at_none": 0.3},
        "joining": {"advertising_per_year": 0.6, "at_typical_per_year": 0.7, "at_none_per_year": 0.05,
                    "winback": 0.6},
        "talk": {"ties": 5.0, "weak_share": 0.3, "volume": 1.5},
        "front_desk": {"workers_per_1000": 20.0, "wage_per_minute": 0.6, "contact_cost": 1.5, "manager_cost": 6.0,
                       "replacement_cost": 4000.0, "max_pushes": 4, "witnesses": 3.0},
        "opportunists": {"share": 0.3, "claims_per_encounter": 0.2, "kind": "broken"},
        "finance": {"margin_share": 0.55, "discount_rate_annual": 0.12, "acquisition_cost": 11.0,
                    "refill_share": 0.4, "promise_cost": 0.05},
        "events": {
            "flood": {"period": 5, "kind": "broken", "whom": "established", "share": 0.5},
            "strike": {"period": 5, "kind": "slow", "whom": "customers", "share": 0.6},
            "recall": {"period": 9, "kind": "later", "whom": "high", "share": 0.9},
            "newcomers": {"period": 14, "kind": "lost", "whom": "new", "share": 0.3},
        },
    })


def monthly() -> Business:
    """Renewals every 2.5 periods; two kinds with a lag, events for low and middle value."""
    return Business.model_validate({
        "name": "monthly", "title": "Monthly", "currency": "USD", "period": "month",
        "people": {"customer_share": 0.6, "former_share": 0.1, "aware_share": 0.5, "encounters_per_year": 4.2,
                   "encounters_spread": 0.4, "spend_per_encounter": 80.0, "established_after_encounters": 4,
                   "wants": {"replace": 0.5, "refund": 0.3, "credit": 0.1}, "wants_known_share": 0.5},
        "quality": {"mean": -0.1, "spread": 1.0},
        "failures": {
            "per_encounter": 0.35,
            "kinds": {
                "wrong-bill": {"title": "Wrong bill", "share": 0.5, "loss_share": 0.4, "severity": 0.6,
                               "money_at_stake": True, "detected_share": 0.6, "lag_months": 1.0},
                "outage": {"title": "Outage", "share": 0.3, "loss_share": 0.8, "severity": 1.0, "rejected": True,
                           "watched_share": 0.5, "detected_share": 0.9, "margin_kept_share": 0.7,
                           "legal_floor": ["balance"]},
                "wear": {"title": "Wears out", "share": 0.2, "loss_money": 50.0, "severity": 1.6,
                         "money_at_stake": True, "lag_months": 5.0, "watched_share": 0.3},
            },
        },
        "menu": {name: {**entry, "kinds": ["outage", "wear"]} if name == "new-one" else entry
                 for name, entry in menu().items()},
        "leaving": {"when": "at_renewal", "contract_months": 2.5, "at_typical": 0.03, "at_none": 0.5},
        "joining": {"advertising_per_year": 0.3, "at_typical_per_year": 0.5, "at_none_per_year": 0.1,
                    "winback": 0.9},
        "talk": {"ties": 7.0, "weak_share": 0.5, "volume": 0.8},
        "front_desk": {"workers_per_1000": 40.0, "wage_per_minute": 0.9, "contact_cost": 2.0, "manager_cost": 15.0,
                       "replacement_cost": 9000.0, "max_pushes": 3, "witnesses": 6.0},
        "opportunists": {"share": 0.3, "claims_per_encounter": 0.15},
        "finance": {"margin_share": 0.4, "discount_rate_annual": 0.08, "acquisition_cost": 40.0,
                    "refill_share": 0.7, "promise_cost": 0.2},
        "events": {
            "storm": {"period": 3, "kind": "outage", "whom": "low", "share": 0.8},
            "bad-batch": {"period": 7, "kind": "wear", "whom": "middle", "share": 0.7},
        },
    })


def quarterly() -> Business:
    """Renewals every 4/3 periods; everybody of middle value; nothing at stake in any kind."""
    return Business.model_validate({
        "name": "quarterly", "title": "Quarterly", "currency": "EUR", "period": "quarter",
        "people": {"customer_share": 0.4, "former_share": 0.3, "aware_share": 0.7, "encounters_per_year": 2.4,
                   "spend_per_encounter": 200.0, "established_after_encounters": 2},
        "quality": {"mean": 0.4, "spread": 0.3},
        "failures": {
            "per_encounter": 0.4,
            "kinds": {
                "rude": {"title": "Rude", "share": 0.6, "loss_share": 0.2, "severity": 0.8, "watched_share": 0.8,
                         "detected_share": 0.2},
                "poor": {"title": "Poor work", "share": 0.4, "loss_money": 90.0, "severity": 1.1, "rejected": True,
                         "detected_share": 0.5, "margin_kept_share": 0.5},
            },
        },
        "menu": menu(),
        "leaving": {"when": "at_renewal", "contract_months": 4.0, "at_typical": 0.05, "at_none": 0.6},
        "joining": {"advertising_per_year": 0.5, "at_typical_per_year": 0.4, "at_none_per_year": 0.02,
                    "winback": 0.5},
        "talk": {"ties": 3.0, "weak_share": 0.2, "volume": 2.0},
        "front_desk": {"workers_per_1000": 15.0, "wage_per_minute": 1.0, "contact_cost": 5.0, "manager_cost": 30.0,
                       "replacement_cost": 12000.0, "max_pushes": 5, "witnesses": 2.0},
        "opportunists": {"share": 0.3, "claims_per_encounter": 0.3},
        "finance": {"margin_share": -0.05, "discount_rate_annual": 0.0, "acquisition_cost": 100.0,
                    "promise_cost": 1.0},
        "events": {"scandal": {"period": 4, "kind": "rude", "whom": "customers", "share": 0.4}},
    })


@dataclass(frozen=True)
class Market:
    """Rows of a file of customers, and the ties of a network file."""

    ids: tuple[str, ...]
    rate: np.ndarray | None
    spend: np.ndarray | None
    status: np.ndarray | None
    good: np.ndarray | None
    bad: np.ndarray | None
    edges: np.ndarray | None


def market(rows: int, people: int, *, edges: bool = True) -> Market:
    """A made-up file of customers of every status, some with evidence, and a ring of ties with some chords."""
    number = np.arange(rows)
    ring = [(i, (i + 1) % people) for i in range(people)] + [(i, (7 * i + 3) % people) for i in range(0, people, 3)]
    ties = sorted({(min(a, b), max(a, b)) for a, b in ring if a != b})
    return Market(
        tuple(f"c{i}" for i in number), 0.05 + 0.9 * ((number * 37) % 101) / 101.0, 10.0 + (number * 53) % 97,
        np.where(number % 5 == 4, 2, np.where(number % 7 == 6, 0, 1)).astype(np.int64),
        np.where(number % 3 == 0, np.nan, 0.1 * (number % 11)), np.where(number % 3 == 0, np.nan, 0.07 * (number % 6)),
        np.array(ties, np.int64) if edges else None)


@dataclass(frozen=True)
class World:
    """A business, a human nature, and the strategies it is to be tried with."""

    business: Business
    psychology: Psychology
    strategies: dict[str, Tabulated]


NATURES: dict[str, Callable[[], Psychology]] = {
    "weekly": lambda: Psychology(caution=0.1, elasticity=0.3, quality_exponent=1.0, persistence_spread=0.0,
                                 hardening=0.1, hardness_quits_per_year=3.0, persistence_mean=0.6),
    "monthly": lambda: Psychology(quality_exponent=0.5, persistence_spread=0.5, elasticity=0.8, hardening=0.05),
    "quarterly": lambda: Psychology(caution=0.1, aspiration_spread=0.4, talk_margin=0.0, failure_memory_years=0.6,
                                    persistence_mean=0.7, talk_months=6.0, hardness_quits_per_year=3.0),
}


@cache
def world(name: str) -> World:
    """weekly, monthly or quarterly."""
    business = {"weekly": weekly, "monthly": monthly, "quarterly": quarterly}[name]()
    strategies: list[Strategy] = [Rich(), Wordy(), Asking()]
    return World(business, NATURES[name](), {s.label(): tabulate(s, business) for s in strategies})


WORLDS = ("weekly", "monthly", "quarterly")
