"""What customers meet: encounters, failures, quality."""

from __future__ import annotations

from sim.chance import EVENT, ROUTINE, VISIT, block, jump, key, normal, uniform
from sim.compiled import compiled
from sim.opinion import belief, cast_doubt, confidence, trust, uncertainty

EVERYONE, NEW, ESTABLISHED, LOW, MIDDLE, HIGH = range(6)
"""Whom a scheduled event is meant for."""


@compiled
def draw_routine(world, t):
    """Everybody's routine draws of a period in one loop, which the compiler does several people at a time."""
    routine = world.routine
    for i in range(routine.shape[1]):
        words = block(world.seed, ROUTINE, i, t, 0)
        routine[0, i], routine[1, i] = uniform(words[0]), uniform(words[1])
        routine[2, i], routine[3, i] = uniform(words[2]), uniform(words[3])


@compiled
def encounter(world, rules, person, now, t):
    """Phase 2: who comes, pays, and hears the promise."""
    now.u_encounter, now.u_quality = world.routine[0, now.row], world.routine[1, now.row]
    now.u_failure, now.u_stay = world.routine[2, now.row], world.routine[3, now.row]
    # The rare condition first, here and in other phases: a test that is as often true as not costs a misprediction.
    if now.u_encounter < person.rate * rules.keenest and person.status == 1:
        now.present = now.paid = _comes(rules, person, now.u_encounter)
    if len(world.events) > 0 and person.status == 1:
        for number in range(len(world.events)):
            event = world.events[number]
            if event.period == t and _meant_for(rules, event, person) and (
                uniform(block(world.seed, EVENT, now.row, t, number)[0]) < event.share
            ):
                now.scheduled = event.kind
                if world.kinds[event.kind].lag_periods == 0:
                    now.present = now.paid = 1
                break
    if person.voucher_period == t:
        now.present, now.paid = 1, 0
        now.remedies += person.voucher_cost
        person.voucher_period, person.voucher_cost = -1, 0.0
    person.present = now.present
    if now.present:
        person.encounters += 1
    if now.paid:
        now.margin = person.spend * rules.margin_share
        if rules.promise:
            now.promise += rules.promise_cost
            if person.promise == 0:
                person.promise = 1
                person.good += rules.promise_evidence


@compiled
def _comes(rules, person, u):
    """Whether a customer comes in this period: more often the more confident."""
    keen = (confidence(rules, person.good, person.bad) / rules.typical_confidence) ** rules.elasticity
    return u < person.rate * keen


@compiled
def _meant_for(rules, event, person):
    if event.whom == EVERYONE:
        return True
    if event.whom == NEW:
        return person.encounters < rules.established_after_encounters
    if event.whom == ESTABLISHED:
        return person.encounters >= rules.established_after_encounters
    return person.tier == event.whom - LOW


@compiled
def meet_worker(world, now, t):
    """Which worker serves this person in this period, and the chance of ordinary talk."""
    words = block(world.seed, VISIT, now.row, t, 0)
    now.worker = jump(key(words[0], words[1]), len(world.workers))
    now.u_talk = uniform(words[2])


@compiled
def failure(world, rules, person, now, t):
    """Phase 3: what fails, or how good it is; what that does to the opinion."""
    if not world.twin:
        _what_fails(world, rules, person, now, t)
    if now.present or now.kind >= 0:
        meet_worker(world, now, t)
    if now.present and not now.failed_here:
        _quality(world, rules, person, now)
    if now.kind >= 0:
        now.trust_before = trust(rules, person.good, person.bad)
        now.uncertainty_before = uncertainty(person.good, person.bad)
        _shake(world.kinds[now.kind], rules, person, now, t)


@compiled
def _what_fails(world, rules, person, now, t):
    if person.due_period == t:
        now.kind = person.due_kind
        person.due_period, person.due_kind = -1, -1
    elif now.scheduled >= 0:
        now.kind = now.scheduled
        now.failed_here = world.kinds[now.kind].lag_periods == 0
    elif now.present and now.u_failure < rules.failures_per_encounter:
        v = now.u_failure / rules.failures_per_encounter
        drawn = 0
        while drawn < len(world.kinds) - 1 and v >= world.kinds[drawn].cumulative_share:
            drawn += 1
        lag = world.kinds[drawn].lag_periods
        if lag == 0:
            now.kind, now.failed_here = drawn, 1
        elif person.due_period < 0:
            person.due_period, person.due_kind = t + lag, drawn


@compiled
def _quality(world, rules, person, now):
    q = rules.quality_mean + rules.quality_spread * normal(now.u_quality)
    q -= rules.hardness_quality_loss * world.workers[now.worker].hardness
    now.quality = q
    if q > 0.0:
        person.good += rules.encounter_weight * q**rules.quality_exponent
    else:
        person.bad += rules.encounter_weight * rules.asymmetry * (-q) ** rules.quality_exponent


@compiled
def _shake(kind, rules, person, now, t):
    if now.failed_here:
        now.margin *= kind.margin_kept_share
    now.failures_before = person.failures
    repeated = person.failures > 0 and person.last_kind == now.kind
    now.unbelief = 1.0 - belief(person.good, person.bad)
    person.bad += now.unbelief * rules.failure_weight * kind.severity * (rules.repeat_blame if repeated else 1.0)
    shield = rules.promise_shield if person.promise == 1 else 0.0
    now.shaken = cast_doubt(person, rules.shake * min(1.0, kind.severity) * (1.0 - shield))
    person.failures += 1
    person.last_failure, person.last_kind = t, now.kind
