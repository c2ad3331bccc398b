"""One period of the world, compiled: every person in turn, then what they did to each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.compiled import compiled
from sim.encounters import draw_routine, encounter, failure
from sim.frontdesk import claim, harden, may_claim
from sim.loyalty import join, leave
from sim.opinion import W, fade, uncertainty
from sim.recovery import recover, voice
from sim.talk import take_in, talk

NOW = np.dtype([(name, np.int64) for name in (
    "row", "status_before", "present", "paid", "scheduled", "kind", "failed_here", "failures_before", "worker",
    "left", "joined",
)] + [(name, np.float64) for name in (
    "u_encounter", "u_quality", "u_failure", "u_stay", "u_talk", "quality", "unbelief", "shaken", "trust_before",
    "uncertainty_before", "margin", "remedies", "handling", "promise", "false_claims", "acquisition",
)], align=True)
"""What one person lives through in one period; wiped before the next person."""

PAID, JOINED = 4, 8
"""Flags in a world's marks, beside the status (0-2) at the start of the period."""


class World(NamedTuple):
    """Everything the rules read and write; arrays of one record stand for single records."""

    seed: np.uint64
    twin: bool
    """nothing fails here"""
    muted: bool
    """cases are neither told nor watched"""
    keep_cases: bool
    rules: np.ndarray
    kinds: np.ndarray
    events: np.ndarray
    offers: np.ndarray
    table: np.ndarray
    discount: np.ndarray
    """present value of one unit booked at the end of period t"""
    people: np.ndarray
    workers: np.ndarray
    tie_start: np.ndarray
    tie_to: np.ndarray
    routine: np.ndarray
    """this period's draws of encounter, quality, failure and staying, (4, people)"""
    now: np.ndarray
    case: np.ndarray
    series: np.ndarray
    cases: np.ndarray
    """cases of the period, if kept"""
    cases_kept: np.ndarray
    """how many of them there are (one number)"""
    marks: np.ndarray
    """what this world's people were and did, (periods, people) bytes; empty unless twin"""
    against: np.ndarray
    """the twin's marks; empty in a twin"""
    lost: np.ndarray
    """present value lost to leaving, to coming less, to never joining"""


@compiled
def play(world, first, last):
    """Play periods first ... last - 1."""
    for t in range(first, last):
        _one_period(world, t)


@compiled
def _one_period(world, t):
    rules, now, row = world.rules[0], world.now[0], world.series[t]
    world.cases_kept[0] = 0
    draw_routine(world, t)
    demand = 0.0
    for i in range(len(world.people)):
        person = world.people[i]
        _begin(now, person, i)
        demand += (person.status == 1) * person.rate * person.spend
        fade(rules, person, t)                                  # 1 age
        encounter(world, rules, person, now, t)                 # 2 encounter
        failure(world, rules, person, now, t)                   # 3 failure or quality
        if now.kind >= 0:
            voice(world, rules, person, now, t)                 # 4 voice
            recover(world, rules, person, now, t)               # 5 recovery
            _count_case(world, row)
        leave(rules, person, now)                               # 6 leave
        talk(world, rules, person, now, row, t)                 # 7 talk
        join(rules, person, now)                                # 8 join
        if may_claim(world, person, now) and claim(world, rules, person, now, row, t):  # 9 claims
            _keep(world)
        _book(world, rules, person, now, row, t)                # 10 book
    row.refill = rules.refill_share * rules.margin_share * (rules.demand_at_start - demand)
    harden(world, rules, row, t)
    _close(world, rules, row)


@compiled
def _begin(now, person, i):
    now.row, now.status_before = i, person.status
    now.present = now.paid = now.failed_here = now.left = now.joined = 0
    now.scheduled = now.kind = -1
    now.margin = now.remedies = now.handling = now.promise = now.false_claims = now.acquisition = 0.0
    now.shaken = now.quality = 0.0


@compiled
def _count_case(world, row):
    case = world.case[0]
    row.failures += 1
    row.voiced += case.voiced
    row.detected += case.detected
    row.silent += case.offer < 0
    row.accepted += case.accepted
    row.pushes += case.pushes
    _keep(world)


@compiled
def _keep(world):
    if world.keep_cases:
        world.cases[world.cases_kept[0]] = world.case[0]
        world.cases_kept[0] += 1


@compiled
def _book(world, rules, person, now, row, t):
    """Phase 10: each flow to its account; what the twin would have had is held against it."""
    value = world.discount[t]
    if now.present or now.kind >= 0 or now.joined or now.left:
        row.margin += now.margin
        row.remedies += now.remedies
        row.handling += now.handling
        row.promise += now.promise
        row.false_claims += now.false_claims
        row.acquisition += now.acquisition
        row.encounters += now.present
        row.joins += now.joined
        row.leavers += now.left
        person.margin_pv += value * now.margin
        person.acquisition_pv += value * now.acquisition
        person.remedies_pv += value * now.remedies
    if world.twin:
        world.marks[t, now.row] = now.status_before + PAID * now.paid + JOINED * now.joined
    elif len(world.against) > 0:
        _compare(world, rules, person, now, world.against[t, now.row], value)


@compiled
def _compare(world, rules, person, now, mark, value):
    """Lost margin goes to what the person is: 0 left, 1 comes less, 2 never joined."""
    twin_status = mark & 3
    if not (now.paid or now.joined or mark & (PAID | JOINED)):
        return
    margin = (person.spend * rules.margin_share if mark & PAID else 0.0) - now.margin
    status = now.status_before if now.status_before != 1 else twin_status
    lost = 0 if status == 2 else (1 if status == 1 else 2)
    world.lost[lost] += value * margin
    if now.joined:
        world.lost[0 if now.status_before == 2 else 2] += value * rules.acquisition_cost
    if mark & JOINED:
        world.lost[0 if twin_status == 2 else 2] -= value * rules.acquisition_cost


@compiled
def _close(world, rules, row):
    """Take in what was heard and seen; the state of the customers at the end of the period."""
    sum_belief = sum_disbelief = sum_uncertainty = 0.0
    customers = 0
    for i in range(len(world.people)):
        person = world.people[i]
        take_in(person)
        # counted as 0 or 1 times: a branch here would be mispredicted for every other person
        here = person.status == 1
        customers += here
        unknown = here * uncertainty(person.good, person.bad)
        sum_uncertainty += unknown
        sum_belief += person.good / W * unknown
        sum_disbelief += person.bad / W * unknown
    row.customers = customers
    if customers > 0:
        row.belief, row.disbelief = sum_belief / customers, sum_disbelief / customers
        row.uncertainty = sum_uncertainty / customers
        row.trust = row.belief + rules.base_rate * row.uncertainty
