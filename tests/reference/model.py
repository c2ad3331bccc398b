"""The model as docs/model.md tells it, one person and one phase at a time.

Nothing here is clever: whoever doubts a number of the fast engine reads the
section of the page and the method of the same name side by side. Only the
contracts are shared with the engine: the business, the constants of human
nature and a strategy's table.

One file for each part of the page, each a class that adds its phases to the
one before: `start`, `encounter`, `recovery`, `after`; here the order of the
phases (section 3) and the money (section 5).
"""

from __future__ import annotations

import math

from tests.reference.after import Afterwards
from tests.reference.chance import ROUTINE, VISIT, jump, pair
from tests.reference.persons import CUSTOMER, MONEY, ReferencePerson, Today

COUNTED = ("encounters", "failures", "voiced", "detected", "silent", "accepted", "pushes", "joins", "leavers",
           "told_good", "told_bad", "claims", "claims_paid")


class ReferenceModel(Afterwards):
    """One firm and the people around it."""

    def run(self) -> ReferenceModel:
        """Play all periods."""
        while self.period < self.periods:
            self.step()
        return self

    def step(self) -> None:
        """One period: for each person age, encounter, failure, voice, recovery, leave, talk, join, claims, book;
        then for all take in what was heard and seen, the front desk, refill, close."""
        self.now = dict.fromkeys((*MONEY, *COUNTED), 0)
        demand = self.demand()
        for person in self.order:
            visit = self.chance.block(VISIT, person.index, self.period, 0)
            today = Today(
                person.status == CUSTOMER, self.chance.uniforms(ROUTINE, person.index, self.period, 0), visit,
                self.workers[jump(pair(visit[0], visit[1]), len(self.workers))])
            self.age(person)
            self.encounter(person, today)
            self.failure(person, today)
            self.voice(person, today)
            self.recovery(person, today)
            self.leave(person, today)
            self.talk(person, today)
            self.join(person, today)
            self.claims(person, today)
            self.book(person, today)
        self.take_in()
        self.front_desk()
        self.refill(demand)
        self.close()

    def book(self, person: ReferencePerson, today: Today) -> None:
        """5: the person's money of this period, and what it is worth today."""
        for account, amount in today.money.items():
            self.now[account] += amount
        worth = self.discount()
        person.margin_pv += today.money["margin"] * worth
        person.remedies_pv += today.money["remedies"] * worth
        person.acquisition_pv += today.money["acquisition"] * worth

    def discount(self) -> float:
        """What money booked at the end of this period is worth today."""
        return (1.0 + self.business.finance.discount_rate_annual) ** (-(self.period + 1) / self.derived.ppy)

    def close(self) -> None:
        """The period's accounts are closed."""
        self.now["customers"] = sum(person.status == CUSTOMER for person in self.persons)
        self.now["hardness"] = math.fsum(worker.hardness for worker in self.workers) / len(self.workers)
        self.series.append(self.now)
        self.period += 1
