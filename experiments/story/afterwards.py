"""What became of somebody after the case: stayed, left, came back, and how it ended."""

from __future__ import annotations

import numpy as np

from experiments.story import Story
from experiments.story.past import monthly
from experiments.story.replay import NEVER, Replay
from experiments.story.speech import Clock, times
from experiments.words import a_or_an


def stayed(story: Story, life: Replay) -> str:
    """Whether they came again, how often, whether they left and came back, and where they are at the end."""
    who = a_or_an(story.asked.point.business.customer_word)
    if life.status_before != 1:
        return f"Was no longer {who} when it struck. " + _back(story, life, life.period)
    if life.left == NEVER:
        return _until_the_end(story, life, who)
    return f"{_until_leaving(story, life)} {_back(story, life, life.left)}"


def _until_the_end(story: Story, life: Replay, who: str) -> str:
    clock, visits = Clock.of(story.asked.point.business), life.came
    rest = len(life.rows) - 2 - life.period
    if not rest:
        return f"Still {who} when the run ends."
    if monthly(story, life):
        return f"Stays; still {who} when the run ends, {clock.span(rest)} later."
    if not visits:
        return f"Does not come again in the last {clock.span(rest)} of the run, though still counted as {who}."
    start = clock.span(visits[0] - life.period)
    return f"Comes {times(len(visits))} more, {'first ' * (len(visits) > 1)}after {start}; still {who} at the end."


def _until_leaving(story: Story, life: Replay) -> str:
    clock = Clock.of(story.asked.point.business)
    visits = [k for k in life.came if k <= life.left]
    if life.left == life.period:
        return "Leaves at once, all the same." if life.case["accepted"] else "Leaves at once."
    after = clock.span(life.left - life.period)
    if monthly(story, life):
        return f"Stays another {after}, then leaves."
    if not visits:
        return f"Does not come again; leaves after {after}."
    if visits == [life.left]:
        return f"Comes once more, after {after}, and then leaves."
    start = clock.span(visits[0] - life.period)
    return f"Comes {times(len(visits))} more, {'first ' * (len(visits) > 1)}after {start}; leaves after {after}."


def _back(story: Story, life: Replay, since: int) -> str:
    """What follows once somebody is gone."""
    clock, who = Clock.of(story.asked.point.business), a_or_an(story.asked.point.business.customer_word)
    if life.returned == NEVER:
        free = [k for k in life.came if k > since]
        return (f"Comes {times(len(free))} more, free of charge, but does not become {who} again." if free
                else "Does not come back.")
    visits = [k for k in life.came if k > life.returned]
    status = life.rows["status"][life.returned + 1:]
    leaves = int(((status[1:] == 2) & (status[:-1] == 1)).sum())
    here = status[-1] == 1
    later = clock.span(life.returned - since)
    back = f"Comes back {later} later" if visits or monthly(story, life) else f"Becomes {who} again {later} later"
    came = "" if monthly(story, life) else f", comes {times(len(visits))} more" if visits else ", does not come"
    end = (f" and is still {who} at the end" if here and not leaves else
           f", leaves {times(leaves)} more and is {who} again at the end" if here else
           f" and leaves again after {clock.span(int(np.nonzero(status == 2)[0][0]))}" if leaves == 1 else
           f", leaves {times(leaves)} more and is gone at the end")
    return f"{back}{came}{end}."
