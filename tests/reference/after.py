"""What follows: sections 4.7 leave, 4.8 talk, 4.9 join, 4.10 claims, 4.11 front desk, 4.12 refill of docs/model.md."""

from __future__ import annotations

import math

from tests.reference.chance import CASE_TALK, CLAIM, TALK, WITNESS, WORKER, count, jump, pair, uniform
from tests.reference.formulas import logistic, logit
from tests.reference.persons import CUSTOMER, FORMER, NO_PROMISE, ReferencePerson, Today
from tests.reference.recovery import Recovery

QUANTUM = 2.0**-20


def quanta(evidence: float) -> int:
    """Evidence in whole quanta of 2^-20."""
    return math.floor(evidence * 2.0**20 + 0.5)


class Afterwards(Recovery):
    """Who leaves, tells, joins and cheats, and what a period does to the front desk and the rest of the market."""

    def decision(self, person: ReferencePerson, good: float, at_typical: float, at_none: float) -> float:
        """The probability to leave (or join) at this confidence; exact at both anchors."""
        typical = self.derived.typical_confidence
        confidence = self.opinion.confidence(good, person.bad)
        return logistic(logit(at_typical) + (logit(at_none) - logit(at_typical)) * person.sensitivity
                        * (typical - confidence) / typical)

    def leave(self, person: ReferencePerson, today: Today) -> None:
        """4.7: customers decide at encounters or renewals."""
        if not today.was_customer:
            return
        leaving = self.business.leaving
        if leaving.when == "at_encounter":
            decides = today.came
        else:
            person.until_renewal -= 1.0
            decides = person.until_renewal <= 1e-9
            if decides:
                person.until_renewal += self.derived.contract
        if decides and today.u_routine[3] < self.decision(person, person.good, leaving.at_typical, leaving.at_none):
            person.status = FORMER
            person.tenure = person.encounters = 0
            self.now["leavers"] += 1

    def talk(self, person: ReferencePerson, today: Today) -> None:
        """4.8: a case worth telling is told for a while, an ordinary encounter once; others look on."""
        c, volume, t = self.psychology, self.business.talk.volume, self.period
        if today.case is not None:
            excess = today.case["felt_satisfaction"] - today.case["threshold"]
            if abs(excess) > c.talk_margin:
                told = c.told_after_good_case if excess > 0.0 else c.told_after_bad_case
                if excess < 0.0 and not today.voiced:
                    told *= c.silent_weight
                person.talk_until = t + self.derived.talk_periods
                person.talk_valence = 1 if excess > 0.0 else -1
                person.talk_rate = told * volume / self.derived.talk_periods
            if (today.voiced or today.detected) and today.watched and not self.muted:
                self.witnesses(person, self.kinds[today.kind].severity, today.case["accepted"])
        if t < person.talk_until and not self.muted:
            for j in range(count(person.talk_rate, self.chance.uniforms(CASE_TALK, person.index, t, 0)[0])):
                self.tell(person, person.talk_valence > 0, self.chance.block(CASE_TALK, person.index, t, 1 + j))
        if today.quality is not None:
            tellings = c.told_per_encounter * abs(today.quality) * volume
            for j in range(count(tellings, uniform(today.visit[2]))):
                self.tell(person, today.quality > 0.0, self.chance.block(TALK, person.index, t, j))

    def tell(self, person: ReferencePerson, good: bool, words: tuple[int, int, int, int]) -> None:
        """One telling reaches a tie or anyone."""
        self.now["told_good" if good else "told_bad"] += 1
        c, key, strength = self.psychology, pair(words[1], words[2]), 1.0
        if uniform(words[0]) < self.business.talk.weak_share:
            listener = self.persons[jump(key, len(self.persons))]
            strength = c.weak_tie_strength
        elif person.ties:
            listener = self.persons[person.ties[jump(key, len(person.ties))]]
        else:
            return
        if listener is person:
            return
        heard = quanta(c.talk_weight * (1.0 - self.opinion.uncertainty(person.good, person.bad)) * strength)
        if good:
            listener.heard_good += heard
        else:
            listener.heard_bad += heard

    def witnesses(self, person: ReferencePerson, severity: float, good: bool) -> None:
        """Who may have seen the case; only those who turn out to be present did."""
        people, t = self.business.people, self.period
        presence = people.customer_share * self.derived.mean_rate
        seen = quanta(self.psychology.witness_weight * severity)
        for j in range(math.floor(min(200.0, self.business.front_desk.witnesses / presence) + 0.5)):
            words = self.chance.block(WITNESS, person.index, t, j // 2)
            key = pair(words[2], words[3]) if j % 2 else pair(words[0], words[1])
            witness = self.persons[jump(key, len(self.persons))]
            if witness is person:
                continue
            if good:
                witness.seen_good += seen
            else:
                witness.seen_bad += seen

    def take_in(self) -> None:
        """End of 4.8: what was heard, and by those present what was seen, becomes evidence."""
        for person in self.persons:
            person.good += person.heard_good * QUANTUM
            person.bad += person.heard_bad * QUANTUM
            if person.present:
                person.good += person.seen_good * QUANTUM
                person.bad += person.seen_bad * QUANTUM
            person.aware = person.aware or person.heard_good > 0
            person.heard_good = person.heard_bad = person.seen_good = person.seen_bad = 0
            person.present = False

    def join(self, person: ReferencePerson, today: Today) -> None:
        """4.9: who was not a customer may hear of the firm and join."""
        if today.was_customer:
            return
        joining, d = self.business.joining, self.derived
        if today.u_routine[0] < d.hazard(joining.advertising_per_year):
            person.aware = True
        if not person.aware:
            return
        good = person.good
        if self.promises and person.promise == NO_PROMISE:
            good += self.psychology.promise_evidence
        p = self.decision(person, good, d.hazard(joining.at_typical_per_year), d.hazard(joining.at_none_per_year))
        if person.status == FORMER:
            p *= joining.winback
        if today.u_routine[3] < p:
            person.status = CUSTOMER
            person.tenure = person.encounters = 0
            person.until_renewal = d.contract
            today.money["acquisition"] += self.business.finance.acquisition_cost
            self.now["joins"] += 1

    def claims(self, person: ReferencePerson, today: Today) -> None:
        """4.10: an opportunist may claim a failure that did not happen."""
        if self.twin or not (person.opportunist and today.was_customer and today.came and today.kind < 0):
            return
        c = self.psychology
        u0, u1, u2, u3 = self.chance.uniforms(CLAIM, person.index, self.period, 0)
        justice = person.reward if person.reward >= 0.0 else self.opinion.trust(person.good, person.bad)
        p = logistic(logit(self.business.opportunists.claims_per_encounter) - c.claim_justice * (justice - 0.5)
                     + c.claim_ease * math.log(self.ease_for(person)))
        if u0 >= p:
            return
        self.now["claims"] += 1
        if u1 < self.check:
            today.money["false_claims"] += self.business.front_desk.contact_cost
            return
        outcome = self.negotiate(
            person, self.claimed_kind, today.worker, person.aspiration + person.raised + c.temperature * logit(u2),
            self.pushes_in(person, u3), voiced=True, detected=False, watched=False, failures_before=person.failures)
        offer, loss = outcome.offer, self.kinds[self.claimed_kind].loss(person.spend)
        given = offer["cost_share"] * loss + offer["cost_money"]
        certificate = offer["redeemed_share"] * (offer["redeem_cost_share"] * loss + offer["redeem_cost_money"])
        today.money["false_claims"] += outcome.handling + given + certificate
        self.now["claims_paid"] += bool(offer["goods"])

    def front_desk(self) -> None:
        """4.11: pushes harden, time softens, the hardened quit."""
        c, desk = self.psychology, self.business.front_desk
        for worker in self.workers:
            hardened = 1.0 - (1.0 - worker.hardness) * (1.0 - c.hardening) ** worker.pushed
            worker.hardness = hardened * self.derived.softening
            worker.pushed = 0
            u0 = self.chance.uniforms(WORKER, worker.index, self.period, 0)[0]
            if u0 < 1.0 - math.exp(-c.hardness_quits_per_year * worker.hardness / self.derived.ppy):
                worker.hardness = 0.0
                self.now["staff"] += desk.replacement_cost

    def refill(self, demand: float) -> None:
        """4.12: others take up part of the demand that was lost."""
        finance = self.business.finance
        self.now["refill"] += finance.refill_share * finance.margin_share * (self.demand_at_start - demand)
