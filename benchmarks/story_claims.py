"""What the four stories claim, each answered with a number and its interval.

    python -m benchmarks.story_claims            the table of docs/stories.md
    python -m benchmarks.story_claims empathy    only the rows whose name has that in it

Two kinds of measurement. In a *case*, the same failure strikes every customer of a business
at once, in worlds that differ in one thing only, and the opinions afterwards are compared
person by person. In *money*, whole worlds of 1,000 people are played with the same luck,
and what the firm is worth in one is held against the other, per 1,000 customers at the
start. Every number is a mean over runs with its 95 % t interval.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np

from experiments.estimates import Estimate, estimate
from experiments.story.stages import stage
from sim import ledger
from sim.business import Business, load_business
from sim.chance import run_seed
from sim.config import parse_settings
from sim.model import RecoveryModel
from sim.psychology import Psychology
from sim.remedy import Case, Remedy, Strategy, Tabulated, tabulate
from sim.run import Nothing
from strategies.fix_first import repair
from strategies.minimum import Minimum
from strategies.registry import find
from strategies.store_credit import StoreCredit

RUNS = 16
MASTER_SEED = 1
PEOPLE_IN_MONEY, PEOPLE_IN_CASE = 1000, 1500
STRUCK_IN = 3
"""The period, from 1, in which the failure of a case strikes."""
BUSINESSES = ("hotel", "tv-retailer", "diy-store", "car-dealer", "telecom", "saas")

Settings = tuple[str, ...]
Nature = tuple[tuple[str, float], ...]


# Strategies that nobody would play, but that keep all but one thing the same


class Sincere(Strategy):
    """True words and nothing else."""

    def respond(self, case: Case) -> Remedy:
        return Remedy([case.menu.best("acknowledge"), case.menu.best("apologise")])


class SincereOnce(Sincere):
    """True words for the first failure within memory, silence for another."""

    def respond(self, case: Case) -> Remedy:
        return Remedy() if case.apologised_before else super().respond(case)


class Hollow(Strategy):
    """The least sincere apology of the house and nothing else."""

    def respond(self, case: Case) -> Remedy:
        return Remedy([min(case.menu.of("apologise"), key=lambda m: m.sincerity)])


class EmptyPromise(Minimum):
    """The promise at the sale, and the minimum behind it."""

    promise: bool = True


class NoProblem(StoreCredit):
    """The words of the rule book; the board's price on the other card at the first word."""

    def respond(self, case: Case) -> Remedy:
        words = [m for m in super().respond(case).measures if not m.is_goods]
        return Remedy([*words, repair(case.menu)])


AT_ONCE = "ladder:at_once=true,proactive=false"
"""All that `minimum` would give in the end, with the same curt words, at the first word; not unasked."""
OWN: dict[str, Strategy] = {"silence": Nothing(), "sincere": Sincere(), "sincere-once": SincereOnce(),
                            "hollow": Hollow(), "empty-promise": EmptyPromise(), "no-problem": NoProblem()}


# Worlds


@dataclass(frozen=True)
class World:
    """A business under a strategy, with changes to the business and to human nature."""

    business: str
    strategy: str
    settings: Settings = ()
    nature: Nature = ()
    years: float = 10


@cache
def firm(name: str, settings: Settings) -> Business:
    """A preset with changes."""
    return load_business(name, parse_settings(settings))


@cache
def answers(strategy: str, name: str, settings: Settings) -> Tabulated:
    """A strategy's answers in a business."""
    return tabulate(OWN.get(strategy) or find(strategy), firm(name, settings))


def model(world: World, run: int, people: int, keep_cases: bool = False) -> RecoveryModel:
    """A world at its beginning."""
    return RecoveryModel(
        firm(world.business, world.settings), answers(world.strategy, world.business, world.settings),
        psychology=Psychology(**dict(world.nature)), rng=run_seed(MASTER_SEED, run), people=people, years=world.years,
        keep_cases=keep_cases)


@cache
def worth(world: World, run: int) -> float:
    """Net present value per 1,000 customers at the start."""
    played = model(world, run, PEOPLE_IN_MONEY).run()
    customers = int((played.people_table["status_at_start"] == 1).sum())
    return 1000 * ledger.net_present_value(played.accounts()) / customers


@cache
def hardness(world: World, run: int) -> float:
    """Mean hardness of the desk over the last quarter of the first year."""
    year = firm(world.business, world.settings).periods_per_year
    played = model(replace(world, years=1), run, PEOPLE_IN_MONEY).run()
    return float(played.series["hardness"][-(year // 4):].mean())


def harder(world: World, other: World, run: int) -> float:
    """By how much the first desk is harder than the second."""
    return hardness(world, run) - hardness(other, run)


@cache
def struck(world: World, kind: str, run: int, evidence: str = "", times: int = 1) -> np.ndarray:
    """The cases of one failure that strikes all customers in one period, and nothing else fails.

    `evidence` makes everybody "new" (at the first encounter, knowing nothing) or "established".
    With `times`, it strikes again in the next periods; the cases are those of the last one.
    """
    blows = [f"events.blow-{n}={{period={STRUCK_IN + n}, kind='{kind}'}}" for n in range(times)]
    changed = replace(world, settings=(*world.settings, "failures.per_encounter=0", "opportunists.share=0", *blows))
    played = model(changed, run, PEOPLE_IN_CASE, keep_cases=True)
    for _ in range(STRUCK_IN - 1):
        played.step()
    people = played.people_table
    if evidence == "new":
        for column in ("good", "bad", "encounters", "tenure"):
            people[column] = 0
    elif evidence == "established":
        people["encounters"] = 50
    for _ in range(times):
        played.step()
    cases = played.cases
    return np.asarray(cases[cases["period"] == STRUCK_IN + times - 2])


def shared(a: np.ndarray, b: np.ndarray, where: Callable[[np.ndarray], np.ndarray] | None = None
           ) -> tuple[np.ndarray, np.ndarray]:
    """The cases of those who are in both tables (and for whom `where` holds in both), in the same order."""
    if where is not None:
        a, b = a[where(a)], b[where(b)]
    both = np.intersect1d(a["person"], b["person"])
    return a[np.isin(a["person"], both)], b[np.isin(b["person"], both)]


def voiced(cases: np.ndarray) -> np.ndarray:
    """Who complained."""
    return np.asarray(cases["voiced"] == 1)


@cache
def opinions(quality: tuple[float, float], exponent: float, business: str, run: int) -> dict[str, float]:
    """Trust, uncertainty and share of amazed of customers after three years without a failure.

    All come equally often, nobody leaves, and nobody talks, so that only quality is at work.
    """
    mean, spread = quality
    world = World(business, "silence", (
        f"quality.mean={mean}", f"quality.spread={spread}", "failures.per_encounter=0", "opportunists.share=0",
        "talk.volume=0", "leaving.at_typical=1e-6", "leaving.at_none=1e-6", "people.encounters_spread=0"),
        (("quality_exponent", exponent),), 3)
    people = model(world, run, PEOPLE_IN_CASE).run().people_table
    people = people[people["status_at_start"] == 1]
    unknown = 2 / (people["good"] + people["bad"] + 2)
    belief, disbelief = people["good"] / 2 * unknown, people["bad"] / 2 * unknown
    stages = [stage(*opinion) for opinion in zip(belief, disbelief, unknown, strict=True)]
    return {"trust": float((belief + Psychology().base_rate * unknown).mean()), "uncertainty": float(unknown.mean()),
            "amazed": float(np.mean([s == "amazement" for s in stages]))}


# Claims


@dataclass(frozen=True)
class Claim:
    """What is asked to be above 0, and how it is measured in one run."""

    name: str
    text: str
    unit: str
    measure: Callable[[int], float]

    def values(self, runs: int) -> np.ndarray:
        """One number per run."""
        return np.array([self.measure(run) for run in range(runs)])


def money(name: str, text: str, better: World, worse: World) -> Claim:
    """One world is worth more than the other."""
    currency = firm(better.business, better.settings).currency
    return Claim(name, text, currency, lambda run: worth(better, run) - worth(worse, run))


def pair(business: str, better: str, worse: str, settings: Settings = (), nature: Nature = (),
         years: float = 10) -> tuple[World, World]:
    """Two worlds that differ in the strategy."""
    world = World(business, better, settings, nature, years)
    return world, replace(world, strategy=worse)


def trust_left(name: str, text: str, kind: str, worlds: tuple[World, World],
               where: Callable[[np.ndarray], np.ndarray] | None = voiced, times: int = 1) -> Claim:
    """After the same failure, the first world's people are left with more trust than the second's."""
    def measure(run: int) -> float:
        a, b = (struck(world, kind, run, times=times) for world in worlds)
        a, b = shared(a, b, where)
        return float((a["trust_after"] - b["trust_after"]).mean())

    return Claim(name, text, "trust", measure)


def change(name: str, text: str, kind: str, world: World, columns: tuple[str, str], accepted: bool | None = None,
           unit: str = "uncertainty") -> Claim:
    """In one world, a column of the cases less another one."""
    def measure(run: int) -> float:
        cases = struck(world, kind, run)
        if accepted is not None:
            cases = cases[cases["accepted"] == accepted]
        return float((cases[columns[0]] - cases[columns[1]]).mean())

    return Claim(name, text, unit, measure)


def reservation() -> Iterator[Claim]:
    """Story 1, the lost reservation."""
    everything = pair("hotel", "full", "minimum")
    yield money("hotel-full", "everything at once against the minimum, hotel, ten years", *everything)
    yield money("hotel-full-first-year", "the same, in the first year alone",
                *pair("hotel", "full", "minimum", years=1))
    yield money("hotel-full-refilled", "the same, ten years, where every lost guest is replaced by another",
                *pair("hotel", "full", "minimum", ("finance.refill_share=1.0",)))
    yield money("hotel-full-five-steps", "everything at once against the five steps, which add no money",
                *pair("hotel", "full", "five-steps"))
    lost = "lost-reservation"
    yield trust_left("reservation-full", "trust left by the lost reservation, everything against the minimum", lost,
                     everything, where=None)
    yield change("reservation-whole", "trust after the lost reservation against before, everything done", lost,
                 World("hotel", "full"), ("trust_after", "trust_before"), unit="trust")
    for business in BUSINESSES:
        yield money(f"at-once-{business}", f"what the minimum gives in the end, given at the first word, {business}",
                    *pair(business, AT_ONCE, "minimum"))
    yield money("at-once-first-year", "the same, hotel, in the first year alone",
                *pair("hotel", AT_ONCE, "minimum", years=1))

    def same_money(run: int) -> float:
        a, b = (struck(world, "noise", run) for world in pair("hotel", AT_ONCE, "minimum"))
        a, b = shared(a, b, voiced)
        same = (b["pushes"] > 0) & np.isclose(a["cost"], b["cost"]) & (a["cost"] > 0)
        return float((a["trust_after"] - b["trust_after"])[same].mean())

    yield Claim("at-once-trust", "trust left by the same money, given at once against fought for, hotel", "trust",
                same_money)


def words() -> Iterator[Claim]:
    """What words alone are worth."""
    for manner in ("sincere", "hollow"):
        yield trust_left(f"words-{manner}-trust", f"trust left by {manner} words alone against silence, hotel, noise",
                         "noise", pair("hotel", manner, "silence"))
        for business in BUSINESSES:
            yield money(f"words-{manner}-{business}", f"{manner} words alone against silence, {business}",
                        *pair(business, manner, "silence"))
    for hollow in (0.1, 0.8):
        yield money(f"words-hollow-at-{hollow}", f"sincere words alone, hotel, where {hollow:.0%} of them count",
                    *pair("hotel", "sincere", "silence", nature=(("hollow", hollow),)))
    yield trust_left("words-again", "trust left by a second mere apology within the year against silence, hotel, noise",
                     "noise", pair("hotel", "sincere", "sincere-once"), times=2)


def television() -> Iterator[Claim]:
    """Story 2, the problem is not the problem."""
    kind, tv = "broke-in-month-six", "tv-retailer"
    yield change("fix-first-whole", "trust after the repair against before the failure, not a word said", kind,
                 World(tv, "fix-first"), ("trust_after", "trust_before"), unit="trust")
    yield change("trust-first-whole", "the same with empathy first", kind,
                 World(tv, "trust-first"), ("trust_after", "trust_before"), unit="trust")
    first, late = pair(tv, "trust-first", "fix-first"), pair(tv, "empathy-last", "fix-first")
    order = pair(tv, "trust-first", "empathy-last")
    yield trust_left("empathy-first-trust", "trust left by the same repair, empathy first against none", kind, first)
    yield trust_left("empathy-last-trust", "the same, empathy last against none", kind, late)
    yield trust_left("empathy-order-trust", "the same, empathy first against last", kind, order)
    for value in (0.2, 1.0):
        nature = (("late_apology", value),)
        yield trust_left(f"empathy-order-at-{value}", f"first against last, where {value:.0%} of late words count",
                         kind, pair(tv, "trust-first", "empathy-last", nature=nature))
    for business in BUSINESSES:
        yield money(f"empathy-first-{business}", f"the same repair, empathy first against none, {business}",
                    *pair(business, "trust-first", "fix-first"))
    yield money("empathy-last-tv-retailer", "the same repair, empathy last against none, tv-retailer", *late)
    yield money("empathy-order-tv-retailer", "the same repair, empathy first against last, tv-retailer", *order)
    inert = ("leaving.at_none=0.2", "joining.at_none_per_year=0.1")
    yield money("empathy-first-inert", "empathy first against none, tv-retailer, where nobody acts on trust",
                *pair(tv, "trust-first", "fix-first", inert))
    yield money("empathy-first-refilled", "the same, where every lost customer is replaced by another",
                *pair(tv, "trust-first", "fix-first", ("finance.refill_share=1.0",)))


def promise() -> Iterator[Claim]:
    """Story 2, the problem solved before the problem."""
    without = (("promise_evidence", 0.0),)
    nobody_joins = ("joining.at_typical_per_year=1e-9", "joining.at_none_per_year=1e-9")
    for business in BUSINESSES:
        yield money(f"promise-{business}", f"the promise against the same remedy unpromised, {business}",
                    *pair(business, "promise", "full"))
        yield money(f"promise-believed-by-none-{business}", "the same, where the promise itself is no evidence",
                    *pair(business, "promise", "full", nature=without))
    yield money("promise-half-believed-car-dealer", "the promise, car-dealer, where it is half as much evidence",
                *pair("car-dealer", "promise", "full", nature=(("promise_evidence", 0.25),)))
    yield money("promise-no-joining-car-dealer", "the promise, car-dealer, where nobody can join",
                *pair("car-dealer", "promise", "full", nobody_joins))
    for business in ("hotel", "car-dealer"):
        yield money(f"promise-empty-{business}", f"an empty promise: the minimum, promised against not, {business}",
                    *pair(business, "empty-promise", "minimum"))
    yield trust_left("promise-empty-trust", "trust left in unresolved complaints, promised against not, car-dealer",
                     "days-in-the-workshop", pair("car-dealer", "empty-promise", "minimum"),
                     where=lambda cases: (cases["voiced"] == 1) & (cases["accepted"] == 0))


def counter() -> Iterator[Claim]:
    """Story 3, the counter as a battlefield."""
    yield money("counter-full", "everything at once against store credit, diy-store",
                *pair("diy-store", "full", "store-credit"))
    yield money("counter-no-problem", "the real remedy at the first word against store credit, same curt words",
                *pair("diy-store", "no-problem", "store-credit"))
    yield money("counter-gives-in-early", "store credit, giving in at the first push against the third",
                *pair("diy-store", "store-credit:gives_in_at=1", "store-credit"))
    for strategy in ("store-credit", "minimum", "full"):
        queue = World("diy-store", strategy)
        unseen = replace(queue, settings=("front_desk.witnesses=0",))
        yield money(f"queue-{strategy}", f"a queue of 4 that watches against nobody, under {strategy}", queue, unseen)
        crowd = replace(queue, settings=("front_desk.witnesses=20",))
        yield money(f"queue-of-20-{strategy}", f"a queue of 20 against nobody, under {strategy}", crowd, unseen)
    queue_full, queue_credit = pair("diy-store", "full", "store-credit")
    full, credit = pair("diy-store", "full", "store-credit", ("front_desk.witnesses=0",))
    yield Claim("queue-both", "what the queue adds to the advantage of full over store credit", "USD",
                lambda run: worth(queue_full, run) - worth(queue_credit, run) - worth(full, run) + worth(credit, run))
    for business in ("diy-store", "hotel"):
        for strategy in ("store-credit", "full"):
            yield Claim(f"hard-{strategy}-{business}", f"hardness after a year of {strategy}, {business}", "hardness",
                        partial(hardness, World(business, strategy)))
        yield Claim(f"hard-{business}", f"hardness after a year, store credit less full, {business}", "hardness",
                    partial(harder, *pair(business, "store-credit", "full")))
    soft = (("hardening", 0.0),)
    for strategy in ("store-credit", "full"):
        hard = World("diy-store", strategy)
        yield money(f"hard-costs-{strategy}", f"what hardened staff cost under {strategy}, diy-store",
                    replace(hard, nature=soft), hard)
    yield Claim("hard-costs-both", "what hardened staff cost more under store credit than under full", "USD",
                lambda run: worth(replace(queue_credit, nature=soft), run) - worth(queue_credit, run)
                - worth(replace(queue_full, nature=soft), run) + worth(queue_full, run))


STEADY, ERRATIC, MUCH_HIGHER = (0.3, 0.1), (0.5, 1.0), (0.8, 1.0)


def steadiness() -> Iterator[Claim]:
    """Story 4, always a little above average."""
    def row(column: str, sign: int, rival: tuple[float, float], c: float, business: str = "diy-store"
            ) -> Callable[[int], float]:
        def apart(run: int) -> float:
            steady, erratic = (opinions(quality, c, business, run)[column] for quality in (STEADY, rival))
            return sign * (steady - erratic)

        return apart

    for c in (0.2, 0.5, 0.8, 1.0):
        yield Claim(f"steady-trust-{c}", f"trust, steady (0.3, 0.1) less erratic (0.5, 1.0), c = {c}", "trust",
                    row("trust", 1, ERRATIC, c))
    for c in (0.2, 0.5, 1.0):
        yield Claim(f"steady-much-higher-{c}", f"trust, steady (0.3, 0.1) less erratic (0.8, 1.0), c = {c}", "trust",
                    row("trust", 1, MUCH_HIGHER, c))
    for c in (0.2, 0.5, 1.0):
        yield Claim(f"steady-certain-{c}", f"certainty, steady (0.3, 0.1) less erratic (0.5, 1.0), c = {c}",
                    "uncertainty", row("uncertainty", -1, ERRATIC, c))
    for c in (0.2, 0.5, 0.8, 1.0):
        yield Claim(f"steady-amazed-{c}", f"share of the amazed, steady less erratic, c = {c}", "share",
                    row("amazed", 1, ERRATIC, c))
    yield Claim("steady-amazed-hotel", "share of the amazed, steady less erratic, c = 0.5, two stays a year", "share",
                row("amazed", 1, ERRATIC, 0.5, "hotel"))


def uncertainty() -> Iterator[Claim]:
    """Story 4, thrown back into uncertainty, and brought home or not (V17)."""
    at, after = ("uncertainty_shaken", "uncertainty_before"), ("uncertainty_after", "uncertainty_before")
    places = (("telecom", "wrong-bill"), ("diy-store", "no-card"), ("hotel", "noise"), ("hotel", "lost-reservation"))
    for business, kind in places:
        often = f"{firm(business, ()).people.encounters_per_year:g} visits a year"
        yield change(f"uncertain-at-{kind}", f"uncertainty at the failure less before, {kind} ({often})", kind,
                     World(business, "five-steps"), at)
        yield change(f"uncertain-bad-{kind}", "the same, after it was met with silence, less before", kind,
                     World(business, "silence"), after)
        yield change(f"uncertain-well-{kind}", "the same, after the five steps were accepted, less before", kind,
                     World(business, "five-steps"), after, accepted=True)
        yield change(f"home-{kind}", "trust after the five steps were accepted, less before the failure", kind,
                     World(business, "five-steps"), ("trust_after", "trust_before"), accepted=True, unit="trust")

    def worse_sure(run: int) -> float:
        cases = struck(World("telecom", "silence"), "wrong-bill", run)
        base = Psychology().base_rate
        disbelief = {when: 1 - cases[f"trust_{when}"] - (1 - base) * cases[f"uncertainty_{when}"]
                     for when in ("before", "after")}
        return float((disbelief["after"] - disbelief["before"]).mean())

    yield Claim("sure-of-the-worst", "disbelief after silence less before, wrong-bill", "disbelief", worse_sure)


def ahead(world: World, kind: str, since_before: bool, run: int) -> float:
    """How much more trust a failure leaves those who are established than the same people were they new."""
    old, new = shared(struck(world, kind, run, "established"), struck(world, kind, run, "new"))
    after = float((old["trust_after"] - new["trust_after"]).mean())
    return after - float((old["trust_before"] - new["trust_before"]).mean()) if since_before else after


def tenure() -> Iterator[Claim]:
    """Story 4, trust already built holds at the next failure."""
    for business, kind in (("diy-store", "no-card"), ("hotel", "lost-reservation")):
        for strategy in ("silence", "full"):
            world = World(business, strategy)
            yield Claim(f"old-after-{kind}-{strategy}",
                        f"trust after {kind}, established less new customers, {strategy}", "trust",
                        partial(ahead, world, kind, False))
            yield Claim(f"old-fall-{kind}-{strategy}", "the same, how much less the established lost", "trust",
                        partial(ahead, world, kind, True))


CHAPTERS = {"The lost reservation": reservation, "Words alone": words, "The problem is not the problem": television,
            "Solved before the problem": promise, "The counter as a battlefield": counter,
            "Steady against erratic": steadiness, "Uncertainty before, at and after a failure": uncertainty,
            "Established against new customers": tenure}


@cache
def claims() -> dict[str, Claim]:
    """Every claim by name."""
    return {claim.name: claim for chapter in CHAPTERS.values() for claim in chapter()}


def answer(found: Estimate) -> str:
    """Whether what was asked to be above 0 is so."""
    if found.high - found.low < 1e-9 and abs(found.mean) < 1e-9:
        return "no difference"
    return {1: "yes", -1: "no, below", 0: "not clear"}[found.sign]


def number(value: float, unit: str) -> str:
    """Money to the hundred, shares to the third digit."""
    # adding 0 makes 0 of -0
    return f"{round(value, -2) + 0:,.0f}" if unit.isupper() else f"{round(value, 3) + 0:.3f}"


def table(chapter: str, wanted: str = "", runs: int = RUNS) -> str:
    """The rows of a chapter whose names contain a word, as Markdown."""
    rows = ["| name | is this above 0? | mean | 95 % interval | | answer |", "| --- | --- | ---: | ---: | --- | --- |"]
    for claim in CHAPTERS[chapter]():
        if wanted in claim.name:
            found = estimate(claim.values(runs))
            mean, low, high = (number(value, claim.unit) for value in (found.mean, found.low, found.high))
            rows.append(f"| `{claim.name}` | {claim.text} | {mean} | {low} to {high} | {claim.unit} "
                        f"| {answer(found)} |")
    return "\n".join(rows) if len(rows) > 2 else ""


def main(wanted: str = "") -> int:
    """Print the tables, chapter by chapter."""
    for chapter in CHAPTERS:
        if rows := table(chapter, wanted):
            print(f"### {chapter}\n\n{rows}\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
