"""One customer's case under two strategies, as a short dialogue: plain data from `experiments.story`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from experiments.comparison import Answer
from experiments.design import Point
from experiments.report.kept import keep, place, read
from experiments.store import json_bytes
from sim.config import InputError
from sim.remedy import tabulate

if TYPE_CHECKING:
    from experiments.story import Story
    from experiments.story.replay import Replay

MOMENTS = {"before": "before", "shaken": "shaken", "after": "after the answer", "end": "at the end"}


@dataclass(frozen=True)
class Telling:
    """A story to be found and replayed: `business` is how it is spelled in a command."""

    point: Point
    strategies: tuple[str, str]
    business: str

    def play(self) -> dict[str, Any]:
        """Find the case and tell it."""
        return _told(self)


class StoryJob:
    """The story of a case under two strategies: from what is kept, or replayed."""

    def __init__(self, answer: Answer, strategies: tuple[str, str], business: str) -> None:
        self._telling = Telling(answer.question.point, strategies, business)
        self._path = place(answer, "story", "json", *strategies, business)
        self._data = read(self._path)

    def pieces(self) -> list[Telling]:
        """What is to be told."""
        return [self._telling] if self._data is None else []

    def take(self, found: dict[str, Any]) -> list[Telling]:
        """Take the story; keep it."""
        self._data = found
        keep(self._path, json_bytes(found))
        return []

    def result(self) -> dict[str, Any]:
        """The story as plain data; where nobody is found to tell of, only {"none": why}."""
        assert self._data is not None
        return self._data


def _told(telling: Telling) -> dict[str, Any]:
    from experiments.story import Asked, sentences, tell
    from experiments.story.plain import replay_command
    from strategies.registry import find

    point = telling.point
    # A story is told in the world as it is written, not in one drawn.
    point = replace(point, unknown=None)
    tables = tuple(tabulate(find(spelling), point.business, spelling) for spelling in telling.strategies)
    options = (*(() if point.years == 10 else ("--years", f"{point.years:g}")), "--people", str(point.people))
    try:
        story = tell(Asked(point, tables, telling.business, options))
    except InputError as error:
        return {"none": error.problems[0]}
    picked = story.picked
    return {
        "kind": story.asked.point.business.failures.kinds[story.kind].title,
        "opening": sentences.opening(story),
        "lives": [_life(story, life) for life in story.lives],
        "twin": story.twin.worth.total,
        "anecdote": sentences.anecdote(story).removesuffix(" How all of them fared:"),
        "fared": [] if picked is None else [
            {"strategy": name, "accepted": one.accepted, "came_again": one.came_again, "customers": one.customers,
             "worth": one.worth}
            for name, one in picked.fared.items()],
        "command": replay_command(story),
    }


def _life(story: Story, life: Replay) -> dict[str, Any]:
    from experiments.story import sentences
    from experiments.story.plain import standings

    turns: list[dict[str, Any]] = [{"who": "", "said": [sentences.begin(story, life)]}]
    if life.case["voiced"] and not life.case["detected"]:
        title = story.asked.point.business.failures.kinds[story.kind].title
        turns.append({"who": "customer", "said": [f"“{title}.”"]})
    for number in range(len(life.rounds)):
        for spoken, words in sentences.said(story, life, number):
            who = "desk" if spoken else ""
            if turns[-1]["who"] == who:
                turns[-1]["said"].append(words)
            else:
                turns.append({"who": who, "said": [words]})
        turns.append({"who": "customer", "said": [sentences.reaction(story, life, number)]})
    return {
        "strategy": life.strategy.spelling,
        "turns": turns,
        "costs": sentences.costs(story, life),
        "after": sentences.after(story, life),
        "trust": [[MOMENTS[moment], at.trust, at.words] for moment, at in standings(story, life).items()],
        "worth": life.worth.total,
    }
