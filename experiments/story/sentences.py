"""What a story says, sentence by sentence, for whoever lays it out: a terminal, a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from experiments import words
from experiments.story import Story
from experiments.story.replay import NEVER, Replay, Round
from sim.business import Business
from sim.psychology import STATUS

WANTED = {"fix": "wants it put right", "replace": "wants a replacement", "refund": "wants the money back",
          "credit": "wants a credit", "extra": "wants something extra"}


@dataclass(frozen=True)
class Clock:
    """Periods as people say them."""

    unit: str
    per_year: int

    @classmethod
    def of(cls, business: Business) -> Clock:
        """Of a business."""
        return cls(business.period, business.periods_per_year)

    def date(self, period: int) -> str:
        """'month 7' of the run."""
        return f"{self.unit} {period + 1}"

    def span(self, periods: int) -> str:
        """'5 months', '2.5 years'."""
        if periods < 2 * self.per_year:
            return f"{periods} {self.unit}{'s' * (periods != 1)}"
        return words.years(round(periods / self.per_year, 1))


def heading(story: Story) -> str:
    """Where, and what kind of case."""
    return f"{story.asked.point.business.title}: a case of {story.kind}"


def opening(story: Story) -> str:
    """Whom it befell, and what."""
    business = story.asked.point.business
    kind, case, row = business.failures.kinds[story.kind], story.lives[0].case, story.lives[0].rows[story.period]
    who = business.customer_word
    visits = int(row["encounters"])
    clock = Clock.of(business)
    known = f"{words.years(round(row['tenure'] / business.periods_per_year, 1))}" \
        if row["tenure"] >= business.periods_per_year else clock.span(int(row["tenure"]))
    if row["status"] == 1:
        past = (f"has come {_times(visits)} in {known}" if visits else f"joined {known} ago and has not come yet")
    else:
        past = "is a customer no more"
    lead = f"{who.capitalize()} {story.name} {past}, at {money(row['spend'], business)} a time."
    wants = list(business.people.wants)[int(row["wants"])] if row["wants"] >= 0 else ""
    said = [lead, f"Then, in {clock.date(story.period)}, this: \"{kind.title}.\"",
            f"What is lost is worth {money(case['loss'], business)}."]
    if wants:
        known_word = ", and knows to ask for it by name" if row["asks"] > 0 else ""
        said.append(f"The {who} {WANTED.get(wants, 'wants ' + wants)}{known_word}.")
    if case["failures_before"]:
        said.append(f"It is not the first: {_times(int(case['failures_before']))} before within memory.")
    if case["watched"]:
        said.append("Others look on.")
    return " ".join(said)


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
    return (f"The {who} gives up, takes what there is and goes, unsatisfied." if goods else
            f"The {who} gives up and goes with nothing.")


def costs(story: Story, life: Replay) -> str:
    """What the case costs the firm."""
    business, case = story.asked.point.business, life.case
    parts = [f"{money(case['cost'], business)} given now" if case["cost"] else "nothing given now"]
    if case["cost_when_redeemed"]:
        parts.append(f"{money(case['cost_when_redeemed'], business)} if the certificate is redeemed")
    if case["handling"]:
        parts.append(f"{money(case['handling'], business)} for the desk's time")
    told = words.listed(parts) + "."
    return told[0].upper() + told[1:]


def after(story: Story, life: Replay) -> list[str]:
    """What becomes of the customer."""
    told = [_stayed(story, life)]
    if life.certificate != NEVER:
        clock = Clock.of(story.asked.point.business)
        told.append(f"Redeems the certificate after {clock.span(life.certificate - life.period)}.")
    elif life.case["cost_when_redeemed"]:
        told.append("Never redeems the certificate.")
    if life.failures_after:
        told.append(f"Meets {count(life.failures_after, 'more failure')}.")
    return [*told, _told(story, life)]


def _stayed(story: Story, life: Replay) -> str:
    """Whether they came back, how often, and when they left."""
    business = story.asked.point.business
    clock, visits, who = Clock.of(business), life.visits, business.customer_word
    later = [k for k in visits if life.returned != NEVER and k > life.returned]
    back = ""
    if life.returned != NEVER and (life.left != NEVER or life.status_before != 1):
        after = clock.span(life.returned - (life.left if life.left != NEVER else life.period))
        back = f" Won back {after} later" + (f", comes {_times(len(later))} more." if later else ".")
    if life.status_before != 1:
        return f"Was {_a(who)} no more when it struck." + (back or " Does not come back.")
    first = visits[:len(visits) - len(later)]
    if life.left == life.period:
        return "Leaves at once." + (back or " Does not come back.")
    start = clock.span(first[0] - life.period) if first else ""
    if len(first) == 1 and life.left == first[0]:
        return f"Comes once more, after {start}, and then leaves.{back}"
    came = (f"Comes {_times(len(first))} more, {'first ' * (len(first) > 1)}after {start}" if first
            else "Does not come again")
    if life.left == NEVER:
        return f"{came}; still {_a(who)} at the end." if first else f"{came}, though still counted as {_a(who)}."
    return f"{came}; leaves after {clock.span(life.left - life.period)}.{back}"


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
        return f"Speaks {how} of it to {heard}" + (f", {_a(who)}." if own else ".")
    if own == told.people:
        return f"Speaks {how} of it to {heard}, {'both' if own == 2 else 'all'} of them {which}."
    return f"Speaks {how} of it to {heard}, {own or 'none'} of them {which if own != 1 else _a(who)}."


def luck(story: Story) -> str:
    """Whose luck it is, and what worth means."""
    point = story.asked.point
    who = point.business.customer_word
    same = (f"Both columns are the same {who} with the same luck" if len(story.lives) == 2 else
            f"It is the same {who} with the same luck throughout")
    return (f"{same}; only the firm's answer differs. Worth is over {words.years(point.years)}, in today's money; "
            f"'nothing failed' is the same person where no service ever fails. Numbers rest on {STATUS}.")


def anecdote(story: Story) -> str:
    """That one case is no mean, and how this one was picked."""
    picked = story.picked
    if not picked:
        return "One case is an anecdote and no mean; amends compare tells the means."
    who = f"{story.asked.point.business.customer_word}s"
    return (f"This is an anecdote and no mean. In {count(picked.runs, 'run')} this was the first failure of "
            f"{picked.candidates} {who} who complained of it under every strategy at the same time. This one was "
            f"picked because the lives part and there is something to tell; {picked.alike} of them would have fared "
            "alike. How all of them fared:")


def money(value: float, business: Business) -> str:
    """An amount; with decimals where it is small."""
    number = float(value)
    return f"{business.currency} {number:.2f}" if 0 < number < 10 else words.money(number, business.currency)


def count(number: int, noun: str) -> str:
    """'1 run', '3 runs'."""
    return f"{number} {noun}{'s' * (number != 1)}"


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
