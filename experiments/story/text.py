"""A story in plain words for a terminal of 80 columns: two strategies side by side, more below each other."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from experiments import words
from experiments.story import Story
from experiments.story.plain import replay_command, standings
from experiments.story.replay import NEVER, Replay, Round
from experiments.tables import shortened
from sim.business import Business
from sim.psychology import STATUS

WIDTH = 80
GAP = 4
BAR = 10
JUSTICES = (("what is given", "distributive"), ("how it's said", "interactional"), ("how it's done", "procedural"))
"""The three justices as a customer would put them."""
WANTED = {"fix": "wants it put right", "replace": "wants a replacement", "refund": "wants the money back",
          "credit": "wants a credit", "extra": "wants something extra"}

Lines = list[str]


def text(story: Story) -> str:
    """The whole story."""
    lines = [*_opening(story), ""]
    if len(story.lives) == 2:
        lines += _side_by_side([_acts(story, life, (WIDTH - GAP) // 2) for life in story.lives])
    else:
        for life in story.lives:
            lines += [line for act in _acts(story, life, WIDTH) if act for line in (*act, "")]
    lines += _ending(story)
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def _side_by_side(columns: Sequence[list[Lines]]) -> Lines:
    """Two columns, each act beginning at the same height."""
    left_wide = (WIDTH - GAP) // 2
    lines: Lines = []
    for left, right in zip(*columns, strict=True):
        if not left and not right:
            continue
        for row in range(max(len(left), len(right))):
            a, b = (side[row] if row < len(side) else "" for side in (left, right))
            lines.append(f"{a:<{left_wide + GAP}}{b}")
        lines.append("")
    return lines


def _wrapped(said: str, wide: int, indent: int = 0, hanging: int | None = None) -> Lines:
    after = indent if hanging is None else hanging
    return textwrap.wrap(said, wide, initial_indent=" " * indent, subsequent_indent=" " * after,
                         break_on_hyphens=False)


@dataclass(frozen=True)
class _Clock:
    """Periods as people say them."""

    unit: str
    per_year: int

    @classmethod
    def of(cls, business: Business) -> _Clock:
        return cls(business.period, business.periods_per_year)

    def date(self, period: int) -> str:
        """'month 7' of the run."""
        return f"{self.unit} {period + 1}"

    def span(self, periods: int) -> str:
        """'5 months', '2.5 years'."""
        if periods < 2 * self.per_year:
            return f"{periods} {self.unit}{'s' * (periods != 1)}"
        return words.years(round(periods / self.per_year, 1))


def _opening(story: Story) -> Lines:
    """Whom it befell, and what."""
    business = story.asked.point.business
    kind, case, row = business.failures.kinds[story.kind], story.lives[0].case, story.lives[0].rows[story.period]
    who = business.customer_word
    heading = f"{business.title}: a case of {story.kind}"
    lines = [*_wrapped(heading, WIDTH), "=" * min(WIDTH, len(heading)), ""]
    visits = int(row["encounters"])
    clock = _Clock.of(business)
    known = f"{words.years(round(row['tenure'] / business.periods_per_year, 1))}" \
        if row["tenure"] >= business.periods_per_year else clock.span(int(row["tenure"]))
    if row["status"] == 1:
        past = (f"has come {_times(visits)} in {known}" if visits else f"joined {known} ago and has not come yet")
    else:
        past = "is a customer no more"
    lead = f"{who.capitalize()} {story.name} {past}, at {_money(row['spend'], business)} a time."
    wants = list(business.people.wants)[int(row["wants"])] if row["wants"] >= 0 else ""
    said = [lead, f"Then, in {clock.date(story.period)}, this: \"{kind.title}.\"",
            f"What is lost is worth {_money(case['loss'], business)}."]
    if wants:
        known_word = ", and knows to ask for it by name" if row["asks"] > 0 else ""
        said.append(f"The {who} {WANTED.get(wants, 'wants ' + wants)}{known_word}.")
    if case["failures_before"]:
        said.append(f"It is not the first: {_times(int(case['failures_before']))} before within memory.")
    if case["watched"]:
        said.append("Others look on.")
    return lines + _wrapped(" ".join(said), WIDTH)


def _acts(story: Story, life: Replay, wide: int) -> list[Lines]:
    """What one strategy's column says, act by act."""
    negotiation = [line for number in range(len(life.rounds)) for line in (*_round(story, life, number, wide), "")]
    return [[shortened(life.strategy.spelling, wide), "-" * wide, *_wrapped(_begin(story, life), wide)],
            negotiation[:-1],
            ["WHAT IT COSTS", *_costs(story, life, wide)],
            ["TRUST (0 none, 1 full)", *_trust(story, life)],
            ["WHAT BECOMES OF THEM", *_after(story, life, wide)],
            ["WORTH IN THE END", *_worth(story, life)]]


def _begin(story: Story, life: Replay) -> str:
    who, case = story.asked.point.business.customer_word, life.case
    hard = f" The clerk has hardened ({life.hardness:.2f} of 1)." if life.hardness >= 0.1 else ""
    if case["detected"]:
        return ("The firm sees it and speaks first." if not case["voiced"] else
                f"The firm sees it and speaks before the {who} has to complain.") + hard
    if case["voiced"]:
        return f"The {who} complains." + hard
    return f"The {who} says nothing, and nobody asks."


def _round(story: Story, life: Replay, number: int, wide: int) -> Lines:
    """What is said and offered, how it is felt, what the customer answers."""
    this = life.rounds[number]
    lines = [("First offer" if number == 0 else f"Asked {_again(number)}").upper()]
    lines += _said(story, life.rounds[number - 1] if number else None, this, wide)
    for label, name in JUSTICES:
        lines.append(_bar(label, float(this.case[name])))
    needed = float(this.case["threshold"])
    lines.append(_bar("felt in all", float(this.case["felt_satisfaction"])))
    lines.append(f"  (accepts from {needed:.2f} on)")
    return lines + _wrapped(_answer(story, life, number), wide, 0, 3)


def _again(number: int) -> str:
    return {1: "once more", 2: "twice more"}.get(number, f"{number} times more")


def _said(story: Story, before: Round | None, this: Round, wide: int) -> Lines:
    menu = story.asked.point.business.menu
    had = {m.name for m in before.remedy.measures} if before else set()
    has = [m.name for m in this.remedy.measures]
    new = [name for name in has if name not in had]
    lines: Lines = []
    if this.remedy.manager and not (before and before.remedy.manager):
        lines += _wrapped("A manager comes.", wide, 2)
    if not has:
        return [*lines, *_wrapped("Nothing is said and nothing given.", wide, 2)]
    if before and not new:
        return [*lines, *_wrapped("The same again." if len(has) == len(had) else "Less than before.", wide, 2)]
    if before:
        lines += _wrapped("As before, and:" if had <= set(has) else "Now:", wide, 2)
        new = new if had <= set(has) else has
    for name in new:
        lines += _wrapped(f"\"{menu[name].words}\"", wide, 2, 3)
    return lines


def _bar(label: str, value: float) -> str:
    filled = round(BAR * min(1.0, max(0.0, value)))
    return f"  {label:<14}{'#' * filled}{'.' * (BAR - filled)} {value:.2f}"


def _answer(story: Story, life: Replay, number: int) -> str:
    who, case = story.asked.point.business.customer_word, life.case
    if number < case["pushes"]:
        return f"-> The {who} pushes."
    if case["accepted"]:
        return f"-> The {who} accepts."
    goods = any(m.is_goods for m in life.rounds[number].remedy.measures)
    if not case["voiced"]:
        return f"-> The {who} does not object, and is not satisfied."
    return (f"-> The {who} gives up, takes what there is and goes, unsatisfied." if goods else
            f"-> The {who} gives up and goes with nothing.")


def _costs(story: Story, life: Replay, wide: int) -> Lines:
    business, case = story.asked.point.business, life.case
    parts = [f"{_money(case['cost'], business)} given now" if case["cost"] else "nothing given now"]
    if case["cost_when_redeemed"]:
        parts.append(f"{_money(case['cost_when_redeemed'], business)} if the certificate is redeemed")
    if case["handling"]:
        parts.append(f"{_money(case['handling'], business)} for the desk's time")
    said = words.listed(parts) + "."
    return _wrapped(said[0].upper() + said[1:], wide, 2, 2)


def _trust(story: Story, life: Replay) -> Lines:
    labels = {"before": "before", "shaken": "shaken", "after": "after", "end": "at the end"}
    return [f"  {labels[moment]:<11}{at.trust:.2f}  {at.words}" for moment, at in standings(story, life).items()]


def _after(story: Story, life: Replay, wide: int) -> Lines:
    said = [_stayed(story, life)]
    if life.certificate != NEVER:
        clock = _Clock.of(story.asked.point.business)
        said.append(f"Redeems the certificate after {clock.span(life.certificate - life.period)}.")
    elif life.case["cost_when_redeemed"]:
        said.append("Never redeems the certificate.")
    if life.failures_after:
        said.append(f"Meets {_count(life.failures_after, 'more failure')}.")
    said.append(_told(story, life))
    return [line for sentence in said for line in _wrapped(sentence, wide, 2, 2)]


def _stayed(story: Story, life: Replay) -> str:
    """Whether they came back, how often, and when they left."""
    business = story.asked.point.business
    clock, visits, who = _Clock.of(business), life.visits, business.customer_word
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
    heard = words.listed(_count(n, noun) for n, noun in groups if n)
    own, which = len(told.customers), f"{who}s"
    if told.people == 1:
        return f"Speaks {how} of it to {heard}" + (f", {_a(who)}." if own else ".")
    if own == told.people:
        return f"Speaks {how} of it to {heard}, {'both' if own == 2 else 'all'} of them {which}."
    return f"Speaks {how} of it to {heard}, {own or 'none'} of them {which if own != 1 else _a(who)}."


def _worth(story: Story, life: Replay) -> Lines:
    business, worth = story.asked.point.business, life.worth
    rows = [("margin", worth.margin), ("remedies", -worth.remedies), ("desk's time", -worth.handling)]
    if life.strategy.promise:
        rows.append(("promise", -worth.promise))
    if worth.acquisition:
        rows.append(("winning them", -worth.acquisition))
    rows.append(("left", worth.total))
    lines = [f"  {label:<16}{business.currency} {words.whole(value):>9}" for label, value in rows]
    return [*lines, f"  {'nothing failed':<16}{business.currency} {words.whole(story.twin.worth.total):>9}"]


def _ending(story: Story) -> Lines:
    """What the reader must know: whose luck, how picked, and that one case is no mean."""
    point = story.asked.point
    business, picked = point.business, story.picked
    luck = (f"Both columns are the same {business.customer_word} with the same luck" if len(story.lives) == 2 else
            f"It is the same {business.customer_word} with the same luck throughout")
    said = [f"{luck}; only the firm's answer differs. Worth is over {words.years(point.years)}, in today's money; "
            f"'nothing failed' is the same person where no service ever fails. Numbers rest on {STATUS}."]
    lines = _wrapped(" ".join(said), WIDTH)
    if picked:
        who = f"{business.customer_word}s"
        lines += ["", *_wrapped(
            f"This is an anecdote and no mean. In {_count(picked.runs, 'run')} this was the first failure of "
            f"{picked.candidates} {who} who complained of it under every strategy at the same time. This one was "
            f"picked because the lives part and there is something to tell; {picked.alike} of them would have fared "
            "alike. How all of them fared:", WIDTH), ""]
        wide = max(len(name) for name in picked.fared) + 2
        lines.append(f"  {'of all ' + str(picked.candidates):<{wide}}{'accepted':>12}{'came again':>14}"
                     f"{'still ' + who:>{max(16, len(who) + 9)}}")
        for name, share in picked.fared.items():
            lines.append(f"  {name:<{wide}}{words.percent(share.accepted):>12}{words.percent(share.came_again):>14}"
                         f"{words.percent(share.customers):>{max(16, len(who) + 9)}}")
    else:
        lines += ["", *_wrapped("One case is an anecdote and no mean; amends compare tells the means.", WIDTH)]
    lines += ["", "Once more: " + replay_command(story)]
    return lines


def _money(value: float, business: Business) -> str:
    """An amount; with a decimal where it is small."""
    number = float(value)
    return f"{business.currency} {number:.2f}" if 0 < number < 10 else words.money(number, business.currency)


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"

