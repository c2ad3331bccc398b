"""What the firm does about a failure, and how that is felt: section 4.6 of docs/model.md."""

from __future__ import annotations

import math
from typing import Any

from tests.reference.chance import CASE
from tests.reference.encounter import Encounter
from tests.reference.formulas import clip, logistic, logit
from tests.reference.persons import BROKEN, MADE, NO_PROMISE, Outcome, ReferencePerson, ReferenceWorker, Today


class Recovery(Encounter):
    """A negotiation and what it leaves behind, or silence."""

    def pushes_in(self, person: ReferencePerson, u: float) -> int:
        """How often the person would push; ease helps each time."""
        ease = self.psychology.voice_ease * math.log(self.ease_for(person))
        persistence = logistic(logit(person.persistence) + ease)
        return min(self.business.front_desk.max_pushes, math.floor(math.log(u) / math.log(persistence)))

    def offer(self, person: ReferencePerson, kind: int, failures_before: int, watched: bool, detected: bool,
              pushes: int) -> dict[str, float]:
        """What the strategy's table says to a case."""
        established = person.encounters >= self.business.people.established_after_encounters
        position = (kind, person.tier, int(established), min(2, failures_before), int(person.apologies > 0),
                    int(person.promise != NO_PROMISE), int(watched), int(detected), person.asks if pushes else 0,
                    pushes)
        index = 0
        for part, size in zip(position, self.strategy.shape, strict=True):
            index = index * size + part
        return self.offers[int(self.strategy.table[index])]

    def negotiate(self, person: ReferencePerson, kind: int, worker: ReferenceWorker, threshold: float, pushes: int,
                  *, voiced: bool, detected: bool, watched: bool, failures_before: int) -> Outcome:
        """4.6: rounds of offers until one is accepted or the person stops pushing."""
        desk, handling, n = self.business.front_desk, 0.0, 0
        while True:
            offer = self.offer(person, kind, failures_before, watched, detected, n)
            handling += desk.contact_cost + offer["minutes"] * desk.wage_per_minute
            if offer["manager"]:
                handling += desk.manager_cost
            outcome = self.felt(person, kind, worker, offer, n, detected)
            outcome.accepted = outcome.felt_satisfaction >= threshold and (voiced or bool(offer["goods"]))
            outcome.handling = handling
            if outcome.accepted or n >= pushes:
                return outcome
            worker.pushed += 1
            self.now["pushes"] += 1
            n += 1

    def felt(self, person: ReferencePerson, kind_number: int, worker: ReferenceWorker, offer: dict[str, float],
             n: int, detected: bool) -> Outcome:
        """The justice felt in the offer of round n."""
        c, kind = self.psychology, self.kinds[kind_number]
        loss = kind.loss(person.spend)
        wants_cash = person.wants >= 0 and self.wanted_roles[person.wants] == "refund"
        credit_value = c.credit_value_to_who_wants_cash if wants_cash else c.credit_value
        x = (offer["cash_share"] * loss + offer["cash_money"]
             + c.goods_value * (offer["goods_share"] * loss + offer["goods_money"])
             + credit_value * (offer["credit_share"] * loss + offer["credit_money"])) / loss
        promptness = math.exp(-max(0.0, offer["days"] - c.tolerance_days) / c.delay_fall_days)
        distributive = promptness * self.distributive(min(x, 1.5), kind.rejected)
        procedural = promptness * (1.0 - c.push_fall) ** n * (1.0 - c.check_burden * self.check)
        sincerity = max(offer["sincerity_prompt"], c.late_apology * offer["sincerity_late"])
        warmth = 1.0 if offer["manager"] else 1.0 - worker.hardness
        interactional = sincerity * warmth
        if detected and offer["anything"]:
            interactional += c.initiative_bonus
        interactional = min(1.0, interactional)
        effective = interactional * (c.hollow + (1.0 - c.hollow) * min(1.0, distributive))
        if offer["apology"] and not offer["goods"] and person.apologies > 0:
            effective = 0.0
        g = (1.0 - c.grudge) ** n
        satisfaction = (c.satisfaction_distributive * distributive * g
                        + c.satisfaction_interactional * effective * g + c.satisfaction_procedural * procedural)
        trust = (c.trust_distributive * distributive * g + c.trust_interactional * effective * g
                 + c.trust_procedural * procedural)
        return Outcome(offer, False, n, 0.0, distributive, effective, procedural, satisfaction, trust)

    def distributive(self, y: float, rejected: bool) -> float:
        """The justice of getting y of the loss back."""
        c = self.psychology
        if not rejected:
            return (1.0 - math.exp(-c.accepted_curvature * y)) / (1.0 - math.exp(-c.accepted_curvature))

        def curve(share: float) -> float:
            return 1.0 / (1.0 + math.exp(-c.rejected_steepness * (share - c.rejected_midpoint)))

        return (curve(y) - curve(0.0)) / (curve(1.0) - curve(0.0))

    def recovery(self, person: ReferencePerson, today: Today) -> None:
        """4.6: the negotiation and what it leaves behind, or silence."""
        if today.kind < 0:
            return
        if today.voiced or today.detected:
            self.negotiated(person, today)
        else:
            self.silent(person, today)
        assert today.case is not None
        today.case["trust_after"] = self.opinion.trust(person.good, person.bad)
        self.cases.append(today.case)

    def record(self, person: ReferencePerson, today: Today, outcome: Outcome, cost: float) -> dict[str, Any]:
        return {"period": self.period, "person": person.index, "kind": today.kind, "voiced": today.voiced,
                "detected": today.detected, "watched": today.watched, "pushes": outcome.pushes,
                "accepted": outcome.accepted, "threshold": today.threshold,
                "felt_satisfaction": outcome.felt_satisfaction, "felt_trust": outcome.felt_trust,
                "distributive": outcome.distributive, "interactional": outcome.interactional,
                "procedural": outcome.procedural, "trust_before": today.trust_before, "trust_after": 0.0,
                "cost": cost, "handling": outcome.handling}

    def silent(self, person: ReferencePerson, today: Today) -> None:
        """Nobody said anything: as unresolved as a prompt nothing."""
        c, severity = self.psychology, self.kinds[today.kind].severity
        felt_nothing = c.trust_procedural
        person.bad += today.unbelief * c.silent_weight * c.unresolved_weight * severity
        self.cast_doubt(person, c.silent_weight * c.shake_unresolved * min(1.0, severity) * (1.0 - felt_nothing))
        nothing = Outcome({}, False, 0, 0.0, 0.0, 0.0, 1.0, c.satisfaction_procedural, felt_nothing)
        today.case = self.record(person, today, nothing, 0.0)

    def negotiated(self, person: ReferencePerson, today: Today) -> None:
        """A case that was opened by the customer or the firm."""
        c, kind, t = self.psychology, self.kinds[today.kind], self.period
        severity, loss = kind.severity, kind.loss(person.spend)
        u0, _, u2, u3 = self.chance.uniforms(CASE, person.index, t, 1)
        outcome = self.negotiate(
            person, today.kind, today.worker, today.threshold, self.pushes_in(person, u0) if today.voiced else 0,
            voiced=today.voiced, detected=today.detected, watched=today.watched,
            failures_before=today.failures_before)
        for _ in range(outcome.pushes):
            person.bad += today.unbelief * c.fight_weight * severity
        offer, felt = outcome.offer, outcome.felt_trust
        cost = offer["cost_share"] * loss + offer["cost_money"]
        today.money["remedies"] += cost
        today.money["handling"] += outcome.handling
        today.case = self.record(person, today, outcome, cost)

        weight = 1.0 if today.voiced else c.silent_weight
        if outcome.accepted:
            self.now["accepted"] += 1
            person.bad += today.unbelief * c.resolved_weight * severity * max(0.0, 1.0 - felt)
        else:
            injustice = clip((1.0 - felt) / (1.0 - c.trust_procedural), 0.0, 1.0)
            person.bad += today.unbelief * weight * c.unresolved_weight * severity * injustice
            self.cast_doubt(person, weight * c.shake_unresolved * min(1.0, severity) * max(0.0, 1.0 - felt))
            if today.voiced and person.promise == MADE:
                person.bad += today.unbelief * c.broken_promise_weight * severity
                person.promise = BROKEN
        regained = min(c.recovery_weight * severity * max(0.0, felt - person.aspiration - person.raised),
                       today.shaken + c.encounter_weight)
        person.good += regained
        person.doubted = max(0.0, person.doubted - regained)
        if offer["apology"]:
            if not offer["goods"] and person.apologies > 0:
                person.bad += today.unbelief * c.repeated_apology_weight * severity
            person.apologies += 1
            person.last_apology = t
        person.reward = felt
        if outcome.accepted and felt > person.aspiration + person.raised:
            risen = min(c.aspiration_rise_limit, person.raised + c.aspiration_rise)
            person.raised = max(person.raised, risen)
        if u2 < offer["redeemed_share"]:
            person.voucher_cost += offer["redeem_cost_share"] * loss + offer["redeem_cost_money"]
            if person.voucher_period < 0:
                person.voucher_period = t + 1 + math.floor(u3 * self.derived.ppy)
