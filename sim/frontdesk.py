"""The people at the counter, and those who claim there what did not happen."""

from __future__ import annotations

from math import exp, log

from sim.chance import CLAIM, WORKER, block, uniform
from sim.compiled import compiled
from sim.opinion import trust, uncertainty
from sim.recovery import ease_felt, logistic, logit, negotiate, pushes_in


@compiled
def may_claim(world, person, now):
    """Whether this is an opportunist at an encounter where nothing failed."""
    return person.opportunist and now.status_before == 1 and now.present and now.kind < 0 and not world.twin


@compiled
def claim(world, rules, person, now, row, t):
    """Phase 9: an opportunist whom nothing befell may claim that something did.

    True where a claim was negotiated; it then stands in the world's case.
    """
    words = block(world.seed, CLAIM, now.row, t, 0)
    justice = person.reward if person.reward >= 0.0 else trust(rules, person.good, person.bad)
    likely = (rules.claim_logit - rules.claim_justice * (justice - 0.5)
              + rules.claim_ease * log(ease_felt(rules, person)))
    if uniform(words[0]) >= logistic(likely):
        return False
    row.claims += 1
    if uniform(words[1]) < rules.check:
        now.false_claims += rules.contact_cost
        return False
    case = world.case[0]
    case.period, case.person, case.kind, case.false_claim = t, now.row, rules.claim_kind, 1
    case.voiced, case.detected, case.watched = 1, 0, 0
    case.failures_before, case.severity = person.failures, world.kinds[rules.claim_kind].severity
    case.threshold = person.aspiration + person.raised + rules.temperature * logit(uniform(words[2]))
    case.trust_before = case.trust_shaken = case.trust_after = trust(rules, person.good, person.bad)
    case.uncertainty_before = case.uncertainty_shaken = case.uncertainty_after = uncertainty(person.good, person.bad)
    negotiate(world, rules, person, now, pushes_in(rules, person, uniform(words[3])))
    offer = world.offers[case.offer]
    row.claims_paid += offer.goods
    row.pushes += case.pushes
    now.false_claims += case.handling + case.cost + case.cost_when_redeemed * offer.redeemed_share
    return True


@compiled
def harden(world, rules, row, t):
    """End of the period: pushes harden, time softens, the hardened quit more often."""
    total = 0.0
    for number in range(len(world.workers)):
        worker = world.workers[number]
        worker.hardness = 1.0 - (1.0 - worker.hardness) * (1.0 - rules.hardening) ** worker.pushes
        worker.hardness *= rules.softening
        worker.pushes = 0
        quits = 1.0 - exp(-rules.hardness_quits_per_year * worker.hardness / rules.periods_per_year)
        if quits > 0.0 and uniform(block(world.seed, WORKER, number, t, 0)[0]) < quits:
            worker.hardness = 0.0
            worker.quits += 1
            row.staff += rules.replacement_cost
        total += worker.hardness
    row.hardness = total / len(world.workers)
