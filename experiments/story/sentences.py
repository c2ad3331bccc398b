"""What a story says, sentence by sentence, for whoever lays it out: a terminal, a page."""

from __future__ import annotations

from collections.abc import Iterator

from experiments import words
from experiments.story import Story
from experiments.story.afterwards import stayed
from experiments.story.past import past, pays
from experiments.story.replay import NEVER, Replay, Round
from experiments.story.speech import Clock, count, money
from sim.psychology import STATUS

WANTED = {"fix": "wants it put right", "replace": "wants a replacement", "refund": "wants the money back",
          "credit": "wants a credit", "extra": "wants something extra"}


def heading(story: Story) -> str:
    """Where, and what kind of case."""
    return f"{story.asked.point.business.title}: a case of {story.kind}"


def opening(story: Story) -> str:
    """Whom it befell, and what."""
    business = story.asked.point.business
    first = story.lives[0]
    kind, case, row = business.failures.kinds[story.kind], first.case, first.rows[story.period]
    who = business.customer_word
    wants = list(business.people.wants)[int(row["wants"])] if row["wants"] >= 0 else ""
    said = [_before(story), f"Then, in {Clock.of(business).date(story.period)} of the run, this: \"{kind.title}.\"",
            f"What is lost is worth {money(case['loss'], business)}."]
    if wants:
        known_word = ", and knows to ask for it by name" if row["asks"] > 0 else ""
        said.append(f"The {who} {WANTED.get(wants, 'wants ' + wants)}{known_word}.")
    if case["watched"]:
        said.append("Others look on.")
    return " ".join(said)


def _before(story: Story) -> str:
    """Who it is; where the strategies had parted the worlds before, under each of them."""
    who = story.asked.point.business.customer_word
    told = [(past(story, life) + pays(story, life) + ". " + _not_the_first(int(life.case["failures_before"]))).strip()
            for life in story.lives]
    name = f"{who.capitalize()} {story.name}"
    if len(set(told)) == 1:
        return f"{name} {told[0]}"
    return " ".join([f"The strategies had parted the life of {who} {story.name} before.", *(
        f"Under {life.strategy.spelling} the {who} {was}" for life, was in zip(story.lives, told, strict=True))])


def _not_the_first(failures: int) -> str:
    return "" if not failures else ("An earlier failure is not forgotten." if failures == 1 else
                                    f"{failures} earlier failures are not forgotten.")


def begin(story: Story, life: Replay) -> str:
    """Who speaks first, and whether the clerk has hardened."""
    who, case = story.asked.point.business.customer_word, life.case
    hard = f" The clerk has hardened ({life.hardness:.2f} of 1)." if life.hardness >= 0.1 else ""
    if case["detected"]:
        return ("The firm sees it and speaks first." if not case["voiced"] else
                f"The firm sees it and speaks before the {who} has to complain.") + hard
    if case["voiced"]:
        return f"The {who} complains." + hard
    return f"The {who} says nothing, and nobody asks."


def again(number: int) -> str:
    """How often the customer has asked."""
    return {1: "once more", 2: "twice more"}.get(number, f"{number} times more")


def said(story: Story, life: Replay, number: int) -> Iterator[tuple[bool, str]]:
    """What the desk does and says in a round: whether it is spoken, and the words."""
    menu = story.asked.point.business.menu
    before: Round | None = life.rounds[number - 1] if number else None
    this = life.rounds[number]
    had = {m.name for m in before.remedy.measures} if before else set()
    has = [m.name for m in this.remedy.measures]
    new = [name for name in has if name not in had]
    if this.remedy.manager and not (before and before.remedy.manager):
        yield False, "A manager comes."
    if not has:
        yield False, "Nothing is said and nothing given."
        return
    if before and not new:
        yield False, "The same again." if len(has) == len(had) else "Less than before."
        return
    if before:
        yield False, "As before, and:" if had <= set(has) else "Now:"
        new = new if had <= set(has) else has
    for name in new:
        yield True, menu[name].words


def reaction(story: Story, life: Replay, number: int) -> str:
    """What the customer does after a round."""
    who, case = story.asked.point.business.customer_word, life.case
    if number < case["pushes"]:
        return f"The {who} pushes."
    if case["accepted"]:
        return f"The {who} accepts."
    goods = any(m.is_goods for m in life.rounds[number].remedy.measures)
    if not case["voiced"]:
        return f"The {who} does not object, and is not satisfied."
    return (f"The {who} gives up and takes what there is, unsatisfied." if goods else
            f"The {who} gives up, with nothing.")


def costs(story: Story, life: Replay) -> str:
    """What the case costs the firm."""
    business, case = story.asked.point.business, life.case
    parts = [f"{money(case['cost'], business)} given now" if case["cost"] else "nothing given now"]
    if case["cost_when_redeemed"]:
        parts.append(f"{money(case['cost_when_redeemed'], business)} if the {voucher(story, life)} is redeemed")
    if case["handling"]:
        parts.append(f"{money(case['handling'], business)} for the desk's time")
    told = words.listed(parts) + "." if len(parts) > 1 or case["cost"] else "nothing."
    return told[0].upper() + told[1:]


def voucher(story: Story, life: Replay) -> str:
    """What the desk itself calls what is redeemed later."""
    menu = story.asked.point.business.menu
    given = [menu[m.name].words.lower() for m in life.rounds[-1].remedy.measures if menu[m.name].cost_when_redeemed]
    found = {word for text in given for word in ("certificate", "voucher", "credit") if word in text}
    return found.pop() if len(found) == 1 else "voucher"


def after(story: Story, life: Replay) -> list[str]:
    """What becomes of the customer."""
    told, clock = [stayed(story, life)], Clock.of(story.asked.point.business)
    own = bool(life.case["cost_when_redeemed"])
    if life.certificate != NEVER:
        what = f"the {voucher(story, life)}" if own else "a voucher of another case"
        told.append(f"Redeems {what} after {clock.span(life.certificate - life.period)}.")
    elif own:
        told.append(f"Does not redeem the {voucher(story, life)} within the run.")
    if life.failures_after:
        told.append(f"Meets {count(life.failures_after, 'more failure')}.")
    return [*told, _told(story, life)]


def _told(story: Story, life: Replay) -> str:
    told, who = life.told, story.asked.point.business.customer_word
    if not told.valence:
        return "Does not talk about it."
    how = "well" if told.valence > 0 else "ill"
    if not told.people:
        return f"Would speak {how} of it, but reaches nobody."
    groups = [(len(told.friends), "friend"), (len(told.strangers), "stranger")]
    heard = words.listed(count(n, noun) for n, noun in groups if n)
    own, which = len(told.customers), f"{who}s"
    if told.people == 1:
        return f"Speaks {how} of it to {heard}" + (f", {words.a_or_an(who)}." if own else ".")
    if own == told.people:
        return f"Speaks {how} of it to {heard}, {'both' if own == 2 else 'all'} of them {which}."
    return f"Speaks {how} of it to {heard}, {own or 'none'} of them {which if own != 1 else words.a_or_an(who)}."


def luck(story: Story) -> str:
    """Whose luck it is, and what worth means."""
    point = story.asked.point
    who = point.business.customer_word
    same = (f"Both columns are the same {who} with the same luck" if len(story.lives) == 2 else
            f"It is the same {who} with the same luck throughout")
    return (f"{same}; only the firm's answer differs. Worth is over all {words.years(point.years)} of the run, in "
            f"money of its first day; 'nothing failed' is the same {who} where no service ever fails. Numbers rest "
            f"on {STATUS}.")


def contrary(story: Story) -> str:
    """Where this person's worth speaks for another strategy than everybody's in the same run; else ''."""
    business = story.asked.point.business
    own = max(story.lives, key=lambda life: life.worth.total)
    best = max(story.lives, key=lambda life: life.firm)
    here, over_all = own.worth.total - best.worth.total, best.firm - own.firm
    if here < 0.5 or over_all < 0.5:
        return ""
    return (f"With this {business.customer_word} the firm ends {money(here, business)} better under "
            f"{own.strategy.spelling}; with everybody in the same run it ends {money(over_all, business)} better under "
            f"{best.strategy.spelling}. One person is not the average; amends compare tells what holds over all.")


def anecdote(story: Story) -> str:
    """That one case is no mean, and how this one was picked."""
    picked = story.picked
    if not picked:
        return "One case shows no average; amends compare tells the means."
    business, n = story.asked.point.business, picked.candidates
    who, under = f"{business.customer_word}s", "either strategy" if len(story.lives) == 2 else "every strategy"
    ordinary = "the past is an ordinary one, " * picked.ordinary
    return (f"This is a single case, not an average. In {count(picked.runs, 'run')}, {n} {who} met this as their first "
            f"failure and would not be silent about it, in the same {business.period} under {under}. This one was "
            f"picked because {ordinary}the lives part and there is something to tell; for {picked.alike} of the {n} "
            f"the strategy made no difference to whether they accepted, came again, were {who} at the end, or spoke "
            "well or ill of it. How all of them fared:")
