"""A story in plain words for a terminal of 80 columns: two strategies side by side, more below each other."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from experiments import words
from experiments.story import Story, sentences
from experiments.story.plain import replay_command, standings
from experiments.story.replay import Replay
from experiments.words import shortened

WIDTH = 80
GAP = 4
BAR = 10
JUSTICES = (("what is given", "distributive"), ("how it's said", "interactional"), ("how smoothly", "procedural"))
"""The three justices as a customer would put them."""
BARS = ("How each answer is felt, from 0 to 1: what is given (above 1: more than was lost), how it is said, and how "
        "smoothly it goes: without waiting and without asking again, as even an empty answer may. Felt in all weighs "
        "the three together.")

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


def _opening(story: Story) -> Lines:
    """Whom it befell, and what."""
    heading = sentences.heading(story)
    return [*_wrapped(heading, WIDTH), "=" * min(WIDTH, len(heading)), "",
            *_wrapped(sentences.opening(story), WIDTH), "", *_wrapped(BARS, WIDTH)]


def _acts(story: Story, life: Replay, wide: int) -> list[Lines]:
    """What one strategy's column says, act by act."""
    negotiation = [line for number in range(len(life.rounds)) for line in (*_round(story, life, number, wide), "")]
    after = [line for sentence in sentences.after(story, life) for line in _wrapped(sentence, wide, 2, 2)]
    return [[shortened(life.strategy.spelling, wide), "-" * wide, *_wrapped(sentences.begin(story, life), wide)],
            negotiation[:-1],
            ["WHAT IT COSTS", *_wrapped(sentences.costs(story, life), wide, 2, 2)],
            ["TRUST (0 none, 1 full)", *_trust(story, life)],
            ["WHAT BECOMES OF THEM", *after],
            [f"WORTH OVER {words.years(story.asked.point.years).upper()}", *_worth(story, life)]]


def _round(story: Story, life: Replay, number: int, wide: int) -> Lines:
    """What is said and offered, how it is felt, what the customer answers."""
    this = life.rounds[number]
    lines = [("First offer" if number == 0 else f"Asked {sentences.again(number)}").upper()]
    for spoken, words_ in sentences.said(story, life, number):
        lines += _wrapped(f"\"{words_}\"", wide, 2, 3) if spoken else _wrapped(words_, wide, 2)
    for label, name in JUSTICES:
        lines.append(_bar(label, float(this.case[name])))
    needed = float(this.case["threshold"])
    lines.append(_bar("felt in all", float(this.case["felt_satisfaction"])))
    lines.append(f"  (accepts from {needed:.2f} on)")
    return lines + _wrapped(f"-> {sentences.reaction(story, life, number)}", wide, 0, 3)


def _bar(label: str, value: float) -> str:
    filled = round(BAR * min(1.0, max(0.0, value)))
    return f"  {label:<14}{'#' * filled}{'.' * (BAR - filled)} {value:.2f}"


def _trust(story: Story, life: Replay) -> Lines:
    labels = {"before": "before", "shaken": "shaken", "after": "after", "end": "at the end"}
    return [f"  {labels[moment]:<11}{at.trust:.2f}  {at.words}" for moment, at in standings(story, life).items()]


def _worth(story: Story, life: Replay) -> Lines:
    business, worth = story.asked.point.business, life.worth
    rows = [("margin", worth.margin), ("remedies", -worth.remedies), ("desk's time", -worth.handling)]
    if life.strategy.promise:
        rows.append(("promise", -worth.promise))
    if worth.acquisition:
        rows.append(("winning them", -worth.acquisition))
    rows.append(("what remains", worth.total))
    lines = [f"  {label:<16}{business.currency} {words.whole(value):>9}" for label, value in rows]
    return [*lines, f"  {'nothing failed':<16}{business.currency} {words.whole(story.twin.worth.total):>9}"]


def _ending(story: Story) -> Lines:
    """What the reader must know: whose luck, how picked, and that one case is no mean."""
    picked = story.picked
    contrary = sentences.contrary(story)
    lines = [*([*_wrapped(contrary, WIDTH), ""] if contrary else []),
             *_wrapped(sentences.luck(story), WIDTH), "", *_wrapped(sentences.anecdote(story), WIDTH)]
    if picked:
        who = f"{story.asked.point.business.customer_word}s"
        last = max(16, len(who) + 9)
        names = {name: shortened(name, WIDTH - 30 - last) for name in picked.fared}
        wide = max(map(len, names.values())) + 2
        lines += ["", f"  {'of all ' + str(picked.candidates):<{wide}}{'accepted':>12}{'came again':>14}"
                      f"{'still ' + who:>{last}}"]
        for name, share in picked.fared.items():
            lines.append(f"  {names[name]:<{wide}}{words.percent(share.accepted):>12}"
                         f"{words.percent(share.came_again):>14}{words.percent(share.customers):>{last}}")
    return [*lines, "", "Once more: " + replay_command(story)]
