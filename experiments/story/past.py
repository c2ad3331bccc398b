"""Who somebody was when the failure struck, said so that it can be true of a person.

What happened in the run is told to the period. What lies before the run is a construction: the
model draws how long each customer has been one, in a few cases up to fifty years, to settle how much
evidence there is. So a long history is told as long, without a number, and that of the people of a file
of customers not at all, as the file does not say it.
"""

from __future__ import annotations

import numpy as np

from experiments import words
from experiments.story import Story
from experiments.story.replay import NEVER, Life
from experiments.story.speech import Clock, money, times

LONG_YEARS = 10
"""A history longer than that is told without a number."""


def past(story: Story, life: Life) -> str:
    """What can be said of somebody before the failure, to follow 'Guest 12': 'has come 3 times in 2.1 years'."""
    business = story.asked.point.business
    who, clock = words.a_or_an(business.customer_word), Clock.of(business)
    row, status = life.rows[story.period], life.rows["status"][:story.period + 1]
    joined, left = turned(status, 1), turned(status, 2)
    if row["status"] != 1:
        ago = clock.span(story.period - left) if left != NEVER else ""
        return (f"left in {clock.date(left)}, {ago} before" if left != NEVER
                else "had left before the run began" if row["status"] == 2 else f"was never {who}")
    if joined != NEVER:
        return _joined(story, life, joined, left)
    if _of_file(story):
        came = int(row["encounters"] - life.rows["encounters"][0])
        return f"was {who} when the run began" + (f" and has come {times(came)} since" if came and not monthly(
            story, life) else "")
    periods, came = int(row["tenure"]) + 1, int(row["encounters"])
    if periods > LONG_YEARS * clock.per_year:
        long = f"has been {who} for more than {words.years(LONG_YEARS)}"
        return long if monthly(story, life) else f"{long} and comes {_often(float(row['rate']) * clock.per_year)}"
    known = clock.span(periods)
    if row["tenure"] == 0:
        return f"has only just become {who}"
    if monthly(story, life):
        return f"has been {who} for {known}"
    return f"has come {times(came)} in {known}" if came else (
        f"has been {who} for {known} and {'comes for the first time' if _comes(story, life) else 'has not come yet'}")


def pays(story: Story, life: Life) -> str:
    """What somebody pays, to follow `past`: ', at EUR 300 a time', or 'a month' where everybody pays every month."""
    business = story.asked.point.business
    each = f"{money(life.rows['spend'][0], business)} a {business.period if monthly(story, life) else 'time'}"
    return f", at {each}" if life.rows["status"][story.period] == 1 else f", having paid {each}"


def monthly(story: Story, life: Life) -> bool:
    """Whether this person, as a customer, has an encounter in every period: a bill, a month of use."""
    return bool(life.rows["rate"][0] >= 1 and story.asked.point.psychology.elasticity == 0)


def turned(status: np.ndarray, into: int, last: bool = True) -> int:
    """The last (or first) period in which the status, as it stood before each period, became `into`; -1 if none."""
    found = np.nonzero((status[1:] == into) & (status[:-1] != into))[0]
    return int(found[-1 if last else 0]) if len(found) else NEVER


def _joined(story: Story, life: Life, joined: int, left: int) -> str:
    """Somebody who became a customer in the run, perhaps not for the first time."""
    business = story.asked.point.business
    clock, before = Clock.of(business), int(life.rows["status"][joined])
    ago, came = story.period - joined, int(life.rows["encounters"][story.period])
    when = f"last {clock.unit}" if ago == 1 else f"{clock.span(ago)} ago"
    if before != 2:
        began = f"became {words.a_or_an(business.customer_word)} {when}"
    elif left != NEVER:
        began = f"left in {clock.date(left)}, came back {when}"
    else:
        began = f"had left before the run began, came back {when}"
    if monthly(story, life):
        return began.replace(", came", " and came")
    since = (f"has come {times(came)} since" if came else
             "comes for the first time since" if _comes(story, life) else "has not come since")
    return f"{began}{',' * (before == 2)} and {since}"


def _comes(story: Story, life: Life) -> bool:
    """Whether the failure strikes at an encounter, and not some time after one."""
    return bool(life.rows["present"][story.period + 1])


def _of_file(story: Story) -> bool:
    market = story.asked.point.market
    return market is not None and market.rate is not None and story.person < len(market.rate)


def _often(per_year: float) -> str:
    if per_year >= 1.5:
        return f"about {times(round(per_year))} a year"
    return "about once a year" if per_year >= 0.75 else f"about once in {words.years(round(1 / per_year))}"
