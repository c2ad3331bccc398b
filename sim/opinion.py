"""Trust as a subjective-logic opinion (Jøsang), W = 2."""

from __future__ import annotations

from sim.compiled import compiled

W = 2.0
"""Weight of not knowing: so many pieces of evidence make half an opinion."""


@compiled
def uncertainty(good, bad):
    """Share of the opinion that is not known."""
    return W / (good + bad + W)


@compiled
def belief(good, bad):
    """Share of the opinion that speaks for the firm."""
    return good / (good + bad + W)


@compiled
def cast_doubt(person, share):
    """This share of the good evidence counts no longer, until the doubt lifts; how much that is."""
    lost = person.good * share
    person.good -= lost
    person.doubted += lost
    return lost


@compiled
def trust(rules, good, bad):
    """Belief, and the base rate where one does not know."""
    return (good + rules.base_rate * W) / (good + bad + W)


@compiled
def confidence(rules, good, bad):
    """Trust less what uncertainty itself costs; decisions use this."""
    return (good + (rules.base_rate - rules.caution) * W) / (good + bad + W)


@compiled
def fade(rules, person, t):
    """Phase 1, age: evidence and a raised aspiration fade, doubt lifts, old failures and apologies are forgotten."""
    person.good *= rules.memory_good
    person.bad *= rules.memory_bad
    person.doubted *= rules.memory_good
    lifted = person.doubted * (1.0 - rules.memory_bad)
    person.good += lifted
    person.doubted -= lifted
    person.raised *= rules.memory_raise
    person.tenure += person.status == 1
    if person.failures > 0 and t - person.last_failure > rules.failure_memory:
        person.failures, person.last_kind = 0, -1
    if person.apologies > 0 and t - person.last_apology > rules.failure_memory:
        person.apologies = 0
