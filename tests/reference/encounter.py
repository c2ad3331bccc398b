"""From one encounter to a complaint: sections 4.2 age, 4.3 encounter, 4.4 failure and 4.5 voice of docs/model.md."""

from __future__ import annotations

import math

from tests.reference.chance import CASE, EVENT, normal
from tests.reference.formulas import logistic, logit
from tests.reference.persons import CUSTOMER, MADE, NO_PROMISE, ReferencePerson, Today
from tests.reference.start import Start


class Encounter(Start):
    """What a person meets in a period, up to the words said about it."""

    def age(self, person: ReferencePerson) -> None:
        """4.2: evidence fades, failures and apologies are forgotten."""
        d, t = self.derived, self.period
        person.good *= d.memory_good
        person.bad *= d.memory_bad
        person.doubted *= d.memory_good
        lifted = person.doubted * (1.0 - d.memory_bad)
        person.good += lifted
        person.doubted -= lifted
        person.raised *= d.memory_raise
        if person.status == CUSTOMER:
            person.tenure += 1
        if t - person.last_failure > d.failure_memory:
            person.failures, person.last_kind = 0, -1
        if t - person.last_apology > d.failure_memory:
            person.apologies = 0

    def encounter(self, person: ReferencePerson, today: Today) -> None:
        """4.3: who comes, by habit, for an event or with a certificate."""
        finance, t = self.business.finance, self.period
        if today.was_customer:
            confidence = max(0.0, self.opinion.confidence(person.good, person.bad))
            drawn = (confidence / self.derived.typical_confidence) ** self.psychology.elasticity
            today.came = today.u_routine[0] < min(1.0, person.rate * drawn)
            today.event = self.event(person)
            if today.event >= 0 and self.derived.lag_periods[today.event] == 0:
                today.came = True
        on_certificate = person.voucher_period == t
        today.came = today.came or on_certificate
        person.present = today.came
        if not today.came:
            return
        person.encounters += 1
        self.now["encounters"] += 1
        if on_certificate:
            today.money["remedies"] += person.voucher_cost
            person.voucher_period, person.voucher_cost = -1, 0.0
            return
        today.money["margin"] = person.spend * finance.margin_share
        if self.promises:
            today.money["promise"] += finance.promise_cost
            if person.promise == NO_PROMISE:
                person.promise = MADE
                person.good += self.psychology.promise_evidence

    def event(self, person: ReferencePerson) -> int:
        """The kind of the first scheduled event of this period that strikes the customer, or -1."""
        established = person.encounters >= self.business.people.established_after_encounters
        groups = {"customers", "established" if established else "new", ("low", "middle", "high")[person.tier]}
        for number, event in enumerate(self.business.events.values()):
            if event.period - 1 == self.period and event.whom in groups:
                u0 = self.chance.uniforms(EVENT, person.index, self.period, number)[0]
                if u0 < event.share:
                    return self.business.kind_names.index(event.kind)
        return -1

    def failure(self, person: ReferencePerson, today: Today) -> None:
        """4.4: what fails, how the encounter was if it did not, and what the failure does."""
        c, t = self.psychology, self.period
        at_encounter = False
        if not self.twin:
            if person.due_period == t:
                today.kind = person.due_kind
                person.due_period, person.due_kind = -1, -1
            elif today.event >= 0:
                today.kind = today.event
                at_encounter = self.derived.lag_periods[today.kind] == 0
            elif today.came:
                drawn = self.drawn_kind(today.u_routine[2])
                if drawn >= 0 and self.derived.lag_periods[drawn] > 0:
                    if person.due_period < 0:
                        person.due_period, person.due_kind = t + self.derived.lag_periods[drawn], drawn
                elif drawn >= 0:
                    today.kind, at_encounter = drawn, True
        if today.came and not at_encounter:
            self.quality(person, today)
        if today.kind < 0:
            return
        kind = self.kinds[today.kind]
        if at_encounter:
            today.money["margin"] *= kind.margin_kept_share
        today.trust_before = self.opinion.trust(person.good, person.bad)
        today.failures_before = person.failures
        blame = c.repeat_blame if person.last_kind == today.kind else 1.0
        today.unbelief = 1.0 - person.good / (person.good + person.bad + 2.0)
        person.bad += today.unbelief * c.failure_weight * kind.severity * blame
        shield = c.promise_shield if person.promise == MADE else 0.0
        today.shaken = self.cast_doubt(person, c.shake * min(1.0, kind.severity) * (1.0 - shield))
        person.failures += 1
        person.last_failure = t
        person.last_kind = today.kind
        self.now["failures"] += 1

    def cast_doubt(self, person: ReferencePerson, share: float) -> float:
        """A share of the good evidence is put in doubt."""
        lost = share * person.good
        person.good -= lost
        person.doubted += lost
        return lost

    def drawn_kind(self, u: float) -> int:
        """The kind of failure that chance brings to an encounter, or -1."""
        failures = self.business.failures
        if failures.per_encounter == 0.0:
            return -1
        v = u / failures.per_encounter
        if v >= 1.0:
            return -1
        cumulative = 0.0
        for number, kind in enumerate(self.kinds):
            cumulative += kind.share
            if cumulative > v:
                return number
        return len(self.kinds) - 1

    def quality(self, person: ReferencePerson, today: Today) -> None:
        """An encounter that did not fail leaves good or bad evidence."""
        c, quality = self.psychology, self.business.quality
        z = normal(today.u_routine[1])
        q = quality.mean + quality.spread * z - c.hardness_quality_loss * today.worker.hardness
        person.good += c.encounter_weight * max(0.0, q) ** c.quality_exponent
        person.bad += c.encounter_weight * c.asymmetry * max(0.0, -q) ** c.quality_exponent
        today.quality = q

    def ease_for(self, person: ReferencePerson) -> float:
        return self.ease * (self.psychology.promise_ease if person.promise == MADE else 1.0)

    def voice(self, person: ReferencePerson, today: Today) -> None:
        """4.5: does the customer complain, does the firm ask first, do others look on?"""
        if today.kind < 0:
            return
        c, kind = self.psychology, self.kinds[today.kind]
        u0, u1, u2, u3 = self.chance.uniforms(CASE, person.index, self.period, 0)
        x = (c.voice_base + c.voice_severity * kind.severity + c.voice_money * kind.money_at_stake
             + c.voice_trust * (self.opinion.trust(person.good, person.bad) - 0.5)
             + c.voice_ease * math.log(self.ease_for(person)))
        if person.reward >= 0.0:
            x += c.voice_reward * (person.reward - 0.5)
        today.voiced = u0 < logistic(x)
        today.detected = self.proactive and u1 < kind.detected_share
        today.watched = u2 < kind.watched_share
        today.threshold = person.aspiration + person.raised + c.temperature * logit(u3)
        self.now["voiced"] += today.voiced
        self.now["detected"] += today.detected
        self.now["silent"] += not (today.voiced or today.detected)
