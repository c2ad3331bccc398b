"""Who leaves and who joins: one logistic rule between two anchors."""

from __future__ import annotations

from math import exp

from sim.compiled import compiled
from sim.opinion import confidence


@compiled
def hazard(rules, logit_typical, logit_none, sensitivity, confident):
    """A probability exact at both anchors for sensitivity 1: typical confidence, and none."""
    doubt = sensitivity * (rules.typical_confidence - confident) / rules.typical_confidence
    return 1.0 / (1.0 + exp(-(logit_typical + (logit_none - logit_typical) * doubt)))


@compiled
def leave(rules, person, now):
    """Phase 6: a customer decides, at the encounter or at renewal."""
    if rules.leave_at_renewal:
        person.until_renewal -= person.status == 1
        if person.until_renewal > 1e-9 or person.status != 1:
            return
        person.until_renewal += rules.contract_periods
    elif not now.present or person.status != 1:
        return
    confident = confidence(rules, person.good, person.bad)
    if now.u_stay < hazard(rules, rules.leave_logit_typical, rules.leave_logit_none, person.sensitivity, confident):
        person.status = 2
        person.tenure = person.encounters = 0
        now.left = 1


@compiled
def join(rules, person, now):
    """Phase 8: who is no customer may hear of the firm; who knows of it may join."""
    if now.u_encounter < rules.advertising_per_period and now.status_before != 1:
        person.aware = 1
    # One test of three, not three in turn: each alone is a coin toss to the processor.
    if not (now.u_stay < rules.join_at_most) & (now.status_before != 1) & (person.aware != 0):
        return
    reassured = rules.promise_evidence if rules.promise and person.promise == 0 else 0.0
    confident = confidence(rules, person.good + reassured, person.bad)
    likely = hazard(rules, rules.join_logit_typical, rules.join_logit_none, person.sensitivity, confident)
    if now.u_stay < likely * (rules.winback if person.status == 2 else 1.0):
        person.status = 1
        person.tenure = person.encounters = 0
        person.until_renewal = rules.contract_periods
        now.joined = 1
        now.acquisition += rules.acquisition_cost
