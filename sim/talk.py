"""Word of mouth, and who looks on at the counter."""

from __future__ import annotations

from sim.chance import CASE_TALK, TALK, WITNESS, block, count, jump, key, uniform
from sim.compiled import compiled
from sim.opinion import uncertainty

QUANTA = 1048576.0
"""Evidence for others is summed in quanta of 2^-20, so that order cannot matter."""


@compiled
def talk_of_case(rules, person, case, t):
    """A case that ended well above or below the threshold is told from now on; less by who never asked."""
    excess = case.felt_satisfaction - case.threshold
    if excess > rules.talk_margin:
        person.talk_valence, told = 1, rules.told_after_good_case
    elif excess < -rules.talk_margin:
        person.talk_valence, told = -1, rules.told_after_bad_case * (1.0 if case.voiced else rules.silent_weight)
    else:
        return
    person.talk_until = t + rules.talk_periods
    person.talk_rate = told * rules.talk_volume / rules.talk_periods


@compiled
def talk(world, rules, person, now, row, t):
    """Phase 7: cases are told for some periods, ordinary encounters now and then."""
    if not world.muted and t < person.talk_until and person.talk_valence != 0:
        first = block(world.seed, CASE_TALK, now.row, t, 0)
        times = count(person.talk_rate, uniform(first[0]))
        _tell(world, rules, person, now, row, person.talk_valence, times, CASE_TALK, 1, t)
    if now.present and not now.failed_here:
        times = count(rules.told_per_encounter * abs(now.quality) * rules.talk_volume, now.u_talk)
        _tell(world, rules, person, now, row, 1 if now.quality > 0.0 else -1, times, TALK, 0, t)


@compiled
def _tell(world, rules, person, now, row, valence, times, purpose, first_slot, t):
    if times == 0:
        return
    if valence > 0:
        row.told_good += times
    else:
        row.told_bad += times
    certainty = 1.0 - uncertainty(person.good, person.bad)
    for slot in range(first_slot, first_slot + times):
        words = block(world.seed, purpose, now.row, t, slot)
        chosen = key(words[1], words[2])
        if uniform(words[0]) < rules.weak_share:
            listener, strength = jump(chosen, len(world.people)), rules.weak_tie_strength
        else:
            start = world.tie_start[now.row]
            ties = world.tie_start[now.row + 1] - start
            if ties == 0:
                continue
            listener, strength = world.tie_to[start + jump(chosen, ties)], 1.0
        if listener == now.row:
            continue
        heard = int(rules.talk_weight * certainty * strength * QUANTA + 0.5)
        other = world.people[listener]
        other.told += 1
        if valence > 0:
            other.heard_good += heard
        else:
            other.heard_bad += heard


@compiled
def witnessed(world, rules, now, case, t):
    """A watched case is seen by some of those who are at an encounter in this period."""
    seen = int(rules.witness_weight * case.severity * QUANTA + 0.5)
    for slot in range(rules.witness_slots):
        words = block(world.seed, WITNESS, now.row, t, slot // 2)
        chosen = key(words[0], words[1]) if slot % 2 == 0 else key(words[2], words[3])
        onlooker = jump(chosen, len(world.people))
        if onlooker == now.row:
            continue
        other = world.people[onlooker]
        if case.accepted:
            other.seen_good += seen
        else:
            other.seen_bad += seen


@compiled
def take_in(person):
    """End of the period: what was heard, and for those present what was seen, becomes evidence."""
    if person.told > 0:
        if person.heard_good > 0:
            person.aware = 1
        person.good += person.heard_good / QUANTA
        person.bad += person.heard_bad / QUANTA
        person.told = person.heard_good = person.heard_bad = 0
    if person.seen_good + person.seen_bad > 0:
        if person.present:
            person.good += person.seen_good / QUANTA
            person.bad += person.seen_bad / QUANTA
        person.seen_good = person.seen_bad = 0
