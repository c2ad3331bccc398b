"""The complaint: who speaks, what is offered round by round, how it is felt, what stays."""

from __future__ import annotations

from math import exp, log

from sim.chance import CASE, block, uniform
from sim.compiled import compiled
from sim.opinion import cast_doubt, trust, uncertainty
from sim.talk import talk_of_case, witnessed


@compiled
def logistic(x):
    return 1.0 / (1.0 + exp(-x))


@compiled
def logit(p):
    return log(p / (1.0 - p))


@compiled
def ease_felt(rules, person):
    """How easy it is for this person to complain."""
    return rules.ease * (rules.promise_ease if person.promise == 1 else 1.0)


@compiled
def voice(world, rules, person, now, t):
    """Phase 4: complain, stay silent, or be asked first by a firm that saw it."""
    kind, case = world.kinds[now.kind], world.case[0]
    words = block(world.seed, CASE, now.row, t, 0)
    likely = (rules.voice_base + rules.voice_severity * kind.severity + rules.voice_money * kind.money_at_stake
              + rules.voice_trust * (trust(rules, person.good, person.bad) - 0.5)
              + rules.voice_ease * log(ease_felt(rules, person)))
    if person.reward >= 0.0:
        likely += rules.voice_reward * (person.reward - 0.5)
    case.period, case.person, case.kind, case.false_claim = t, now.row, now.kind, 0
    case.voiced = uniform(words[0]) < logistic(likely)
    case.detected = rules.proactive and uniform(words[1]) < kind.detected_share
    case.watched = uniform(words[2]) < kind.watched_share
    case.failures_before = now.failures_before
    case.severity = kind.severity
    case.threshold = person.aspiration + person.raised + rules.temperature * logit(uniform(words[3]))
    case.trust_before, case.uncertainty_before = now.trust_before, now.uncertainty_before
    case.trust_shaken = trust(rules, person.good, person.bad)
    case.uncertainty_shaken = uncertainty(person.good, person.bad)


@compiled
def recover(world, rules, person, now, t):
    """Phase 5: the negotiation, and what it leaves in the opinion."""
    case = world.case[0]
    if case.voiced or case.detected:
        words = block(world.seed, CASE, now.row, t, 1)
        pushes = pushes_in(rules, person, uniform(words[0])) if case.voiced else 0
        negotiate(world, rules, person, now, pushes)
        now.handling += case.handling
        _settle(world, rules, person, now, uniform(words[2]), uniform(words[3]))
        if case.watched and not world.muted:
            witnessed(world, rules, now, case, t)
    else:
        case.offer, case.pushes, case.accepted = -1, 0, 0
        case.loss = _loss(world.kinds[now.kind], person)
        case.cost = case.cost_when_redeemed = case.handling = 0.0
        case.distributive = case.interactional = 0.0
        case.procedural = 1.0
        case.felt_satisfaction, case.felt_trust = rules.satisfaction_procedural, rules.trust_procedural
        _leave_unresolved(rules, person, now, case, rules.silent_weight)
    talk_of_case(rules, person, case, t)
    case.trust_after = trust(rules, person.good, person.bad)
    case.uncertainty_after = uncertainty(person.good, person.bad)


@compiled
def _loss(kind, person):
    return kind.loss_share * person.spend + kind.loss_money


@compiled
def pushes_in(rules, person, u):
    """How often this person would push: a geometric number; what makes the first word easier makes each easier."""
    odds = person.persistence / (1.0 - person.persistence) * ease_felt(rules, person) ** rules.voice_ease
    return int(min(float(rules.max_pushes), log(u) / log(odds / (1.0 + odds))))


@compiled
def negotiate(world, rules, person, now, pushes_in_person):
    """Offer by offer, until one is accepted or the customer stops pushing and takes the last.

    Fills the case's outcome. A false claim leaves the claimant's own opinion alone.
    """
    case = world.case[0]
    kind = world.kinds[case.kind]
    case.tier, case.worker, case.asks = person.tier, now.worker, person.asks
    case.established = person.encounters >= rules.established_after_encounters
    case.apologies_before, case.promised = person.apologies, person.promise > 0
    case.loss, case.handling, case.pushes, case.accepted = _loss(kind, person), 0.0, 0, 0
    while True:
        case.offer = world.table[_index(rules, case)]
        offer = world.offers[case.offer]
        _judge(world, rules, kind, person, case, offer)
        case.handling += rules.contact_cost + rules.wage_per_minute * offer.minutes + rules.manager_cost * offer.manager
        if case.felt_satisfaction >= case.threshold and (case.voiced or offer.goods):
            case.accepted = 1
            break
        if case.pushes >= pushes_in_person:
            break
        case.pushes += 1
        world.workers[now.worker].pushes += 1
        if not case.false_claim:
            person.bad += now.unbelief * rules.fight_weight * case.severity
    case.cost = offer.cost_share * case.loss + offer.cost_money
    case.cost_when_redeemed = offer.redeem_cost_share * case.loss + offer.redeem_cost_money


@compiled
def _index(rules, case):
    """Where the strategy's answer to this case stands; the order of `sim.remedy.DIMENSIONS`."""
    index = case.kind * 3 + case.tier
    index = index * 2 + case.established
    index = index * 3 + min(2, case.failures_before)
    index = index * 2 + (case.apologies_before > 0)
    index = index * 2 + case.promised
    index = index * 2 + case.watched
    index = index * 2 + case.detected
    index = index * rules.asked_forms + (case.asks if case.pushes > 0 else 0)
    return index * (rules.max_pushes + 1) + case.pushes


@compiled
def distributive(rules, rejected, x):
    """Justice of an outcome worth x losses: S-shaped where the service was rejected, else concave.

    0 at 0, 1 at 1, flat from 1.5 (Gelbrich, Gäthke & Grégoire 2015; Haesevoets et al. 2017).
    """
    y = min(x, 1.5)
    if rejected:
        nothing = logistic(-rules.rejected_steepness * rules.rejected_midpoint)
        whole = logistic(rules.rejected_steepness * (1.0 - rules.rejected_midpoint))
        return (logistic(rules.rejected_steepness * (y - rules.rejected_midpoint)) - nothing) / (whole - nothing)
    return (1.0 - exp(-rules.accepted_curvature * y)) / (1.0 - exp(-rules.accepted_curvature))


@compiled
def worth(rules, person, offer, loss):
    """What an offer is worth to this person, as a share of the loss."""
    credit = rules.credit_value
    if person.wants >= 0 and person.wants == rules.refund_form:
        credit = rules.credit_value_to_who_wants_cash
    shares = offer.cash_share + rules.goods_value * offer.goods_share + credit * offer.credit_share
    money = offer.cash_money + rules.goods_value * offer.goods_money + credit * offer.credit_money
    return shares + money / loss


@compiled
def _judge(world, rules, kind, person, case, offer):
    """How the offer of this round is felt: three justices, weighed twice."""
    n = case.pushes
    prompt = exp(-max(0.0, offer.days - rules.tolerance_days) / rules.delay_fall_days)
    d = prompt * distributive(rules, kind.rejected, worth(rules, person, offer, case.loss))
    p = prompt * (1.0 - rules.push_fall) ** n * (1.0 - rules.check_burden * rules.check)
    sincerity = max(offer.sincerity_prompt, rules.late_apology * offer.sincerity_late)
    warmth = 1.0 if offer.manager else 1.0 - world.workers[case.worker].hardness
    i = sincerity * warmth
    if case.detected and offer.anything:
        i = min(1.0, i + rules.initiative_bonus)
    i *= rules.hollow + (1.0 - rules.hollow) * min(1.0, d)
    if offer.apology and not offer.goods and case.apologies_before > 0:
        i = 0.0
    fought = (1.0 - rules.grudge) ** n
    case.distributive, case.interactional, case.procedural = d, i, p
    case.felt_satisfaction = (rules.satisfaction_distributive * d * fought
                              + rules.satisfaction_interactional * i * fought + rules.satisfaction_procedural * p)
    case.felt_trust = (rules.trust_distributive * d * fought
                       + rules.trust_interactional * i * fought + rules.trust_procedural * p)


@compiled
def _settle(world, rules, person, now, u_redeem, u_when):
    """What the end of a negotiation does to opinion, memory, expectations and the firm's purse."""
    case = world.case[0]
    offer = world.offers[case.offer]
    felt, severity = case.felt_trust, case.severity
    expected = person.aspiration + person.raised
    if case.accepted:
        person.bad += now.unbelief * rules.resolved_weight * severity * max(0.0, 1.0 - felt)
    else:
        _leave_unresolved(rules, person, now, case, 1.0 if case.voiced else rules.silent_weight)
        if case.voiced and person.promise == 1:
            person.bad += now.unbelief * rules.broken_promise_weight * severity
            person.promise = 2
    regained = min(rules.recovery_weight * severity * max(0.0, felt - expected), now.shaken + rules.encounter_weight)
    person.good += regained
    person.doubted -= min(person.doubted, regained)
    if offer.apology:
        if person.apologies > 0 and not offer.goods:
            person.bad += now.unbelief * rules.repeated_apology_weight * severity
        person.apologies += 1
        person.last_apology = case.period
    person.reward = felt
    if case.accepted and felt > expected:
        person.raised = max(person.raised, min(rules.aspiration_rise_limit, person.raised + rules.aspiration_rise))
    now.remedies += case.cost
    if case.cost_when_redeemed > 0.0 and u_redeem < offer.redeemed_share:
        person.voucher_cost += case.cost_when_redeemed
        if person.voucher_period < 0:
            person.voucher_period = case.period + 1 + int(u_when * rules.periods_per_year)


@compiled
def _leave_unresolved(rules, person, now, case, weight):
    """An answer below the threshold, or none: bad evidence, and good evidence put in doubt."""
    injustice = (1.0 - case.felt_trust) / (1.0 - rules.trust_procedural)
    person.bad += now.unbelief * weight * rules.unresolved_weight * case.severity * min(1.0, max(0.0, injustice))
    cast_doubt(person, weight * rules.shake_unresolved * min(1.0, case.severity) * max(0.0, 1.0 - case.felt_trust))
