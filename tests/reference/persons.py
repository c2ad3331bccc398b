"""Who is in the world, what one person meets in one period, and how a negotiation ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import mesa

PROSPECT, CUSTOMER, FORMER = 0, 1, 2
NO_PROMISE, MADE, BROKEN = 0, 1, 2
NEVER = -1000000
MONEY = ("margin", "refill", "remedies", "handling", "promise", "staff", "false_claims", "acquisition")


class ReferencePerson(mesa.Agent):
    """A prospect, customer or former customer."""

    def __init__(self, model: mesa.Model, index: int) -> None:
        super().__init__(model)
        self.index = index
        self.status = PROSPECT
        self.aware = False
        self.good = self.bad = self.doubted = 0.0
        self.rate = self.spend = 0.0
        self.aspiration = self.raised = 0.0
        self.persistence = self.sensitivity = 0.0
        self.opportunist = False
        self.wants, self.asks = -1, 0
        self.tier = 1
        self.encounters = self.tenure = 0
        self.until_renewal = 0.0
        self.failures, self.last_failure, self.last_kind = 0, NEVER, -1
        self.apologies, self.last_apology = 0, NEVER
        self.promise = NO_PROMISE
        self.reward = -1.0
        self.due_period, self.due_kind = -1, -1
        self.voucher_period, self.voucher_cost = -1, 0.0
        self.talk_until, self.talk_valence, self.talk_rate = 0, 0, 0.0
        self.margin_pv = self.acquisition_pv = self.remedies_pv = 0.0
        self.ties: list[int] = []
        # what others do to this person in a period, in whole quanta, until the period ends
        self.heard_good = self.heard_bad = self.seen_good = self.seen_bad = 0
        self.present = False


class ReferenceWorker(mesa.Agent):
    """Somebody at the front desk."""

    def __init__(self, model: mesa.Model, index: int) -> None:
        super().__init__(model)
        self.index = index
        self.hardness = 0.0
        self.pushed = 0


@dataclass
class Today:
    """What one person meets and does in one period."""

    was_customer: bool
    u_routine: tuple[float, float, float, float]
    visit: tuple[int, int, int, int]
    worker: ReferenceWorker
    came: bool = False
    event: int = -1
    """the kind of failure scheduled for this person today"""
    quality: float | None = None
    kind: int = -1
    """the kind of failure met today"""
    failures_before: int = 0
    trust_before: float = 0.0
    unbelief: float = 1.0
    shaken: float = 0.0
    voiced: bool = False
    detected: bool = False
    watched: bool = False
    threshold: float = 0.0
    case: dict[str, Any] | None = None
    money: dict[str, float] = field(default_factory=lambda: dict.fromkeys(MONEY, 0.0))


@dataclass
class Outcome:
    """How a negotiation ended."""

    offer: dict[str, float]
    accepted: bool
    pushes: int
    handling: float
    distributive: float
    interactional: float
    procedural: float
    felt_satisfaction: float
    felt_trust: float
