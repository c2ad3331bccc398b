"""A story can be true of a person: nothing absurd, nothing that the tables deny, in any business."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from experiments.cli import main
from experiments.design import ask
from experiments.replication import play
from experiments.story import Asked, Story, resolve, sentences, tell
from experiments.story.past import LONG_YEARS, monthly, past
from experiments.story.plain import standings
from experiments.story.replay import NEVER
from experiments.story.stages import STAGES, Standing
from experiments.story.text import text
from sim.business import presets

PEOPLE, YEARS, MOST = 150, 6, 12
WELL = {STAGES[stage] for stage in ("experience", "ownership", "amazement")}


@cache
def asked_of(business: str, strategies: tuple[str, ...] = ("minimum", "full"), seed: int = 5) -> Asked:
    return resolve(business, list(strategies), people=PEOPLE, years=YEARS, seed=seed)


@cache
def stories(business: str) -> tuple[Story, ...]:
    """Cases that all strategies share, spread over the run and the people, first ones and later ones."""
    asked, found = asked_of(business), []
    lives = [{(int(c["person"]), int(c["period"]), int(c["kind"])) for c in world.run().cases if not c["false_claim"]}
             for world in asked.worlds(0)]
    shared = sorted(set.intersection(*lives), key=lambda case: (case[1], case[0]))
    # one of the former too, if any: a failure can lie in wait
    for person, period, _ in shared[::max(1, len(shared) // MOST)]:
        found.append(tell(asked, customer=str(person), run=0, period=period + 1))
    assert len(found) >= 5
    return tuple(found)


@pytest.mark.parametrize("business", presets())
def test_no_story_is_longer_than_a_life(business: str) -> None:
    """No span of years goes beyond the run and a history of ten years, and none is nothing."""
    for story in stories(business):
        said = " ".join([sentences.opening(story), sentences.luck(story),
                         *(part for life in story.lives for part in sentences.after(story, life))])
        spans = [float(years) for years in re.findall(r"(\d[\d.]*) years?\b", said)]
        assert max(spans) <= LONG_YEARS + YEARS, said
        assert not re.search(r"(?<![\d.])(0 (week|month|year|time)s?|1 (weeks|months|years|times))\b", said), said


@pytest.mark.parametrize("business", presets())
def test_what_is_told_of_the_past_is_in_the_rows(business: str) -> None:
    """A return, a number of visits and a first visit are those of the person's rows."""
    for story in stories(business):
        for life in story.lives:
            said, status = past(story, life), life.rows["status"][:story.period + 1]
            had_left = bool((status == 2).any()) and status[-1] == 1
            assert ("came back" in said) == had_left, said
            assert ("left in" in said) == bool(((status[1:] == 2) & (status[:-1] == 1)).any())
            came = life.rows["encounters"][story.period]
            if "not come" in said or "first time" in said:
                assert came == 0
            if "has come" in said:
                number = re.search(r"has come (once|twice|(\d+) times)", said)
                assert number and came == ({"once": 1, "twice": 2}.get(number[1]) or int(number[2]))
            if "first time" in said:
                assert life.rows["present"][story.period + 1] == 1
            if monthly(story, life):
                assert "come" not in said.replace("became", "").replace("has only just become", "")


@pytest.mark.parametrize("business", presets())
def test_nobody_who_has_left_counts_on_anything(business: str) -> None:
    """The stages are of customers; of who is none any more, the words say so, and only of those."""
    for story in stories(business):
        for life in story.lives:
            end = standings(story, life)["end"]
            assert end.words.startswith("left, ") == (life.status_at_end != 1)
            assert life.status_at_end == 1 or end.words.removeprefix("left, ") not in WELL


@pytest.mark.parametrize("business", presets())
def test_what_becomes_of_somebody_ends_where_the_rows_end(business: str) -> None:
    """The last that is said of staying is what the last row is, and no visit is left out."""
    for story in stories(business):
        for life in story.lives:
            said = sentences.after(story, life)[0]
            here = any(words in said for words in ("till a", "still counted as", "again at the end"))
            assert here == (life.status_at_end == 1), said
            if "not come again" in said or "not come back" in said:
                assert not [k for k in life.came if k > life.left] or life.status_at_end == 1, said
            counted = [{"once": 1, "twice": 2}.get(one) or int(many) for one, many in re.findall(
                r"[Cc]omes (once|twice|(\d+) times) more", said)]
            if not monthly(story, life):
                between = [k for k in life.came if life.left != NEVER and life.returned != NEVER
                           and life.left < k <= life.returned]
                assert sum(counted) + len(between) == len(life.came), said


def test_a_file_says_nothing_of_the_past(tmp_path: Path) -> None:
    """Of people of a file no history before the run is told: the model only makes one up."""
    file = tmp_path / "people.csv"
    file.write_text("customer,encounters_per_period,spend_per_encounter\n"
                    + "".join(f"c{n},0.9,50\n" for n in range(120)))
    asked = resolve("hotel", ["minimum", "full"], people=None, years=4, seed=1, customers=file)
    for world in list(asked.worlds(0))[:1]:
        early = world.run().cases
        for case in early[(early["period"] < 6) & (early["person"] < 120) & (early["false_claim"] == 0)][:10]:
            told = tell(asked, customer=f"c{case['person']}", run=0, period=int(case["period"]) + 1)
            assert re.match(rf"Guest c{case['person']} (was a guest when the run began|left in|became|The str)",
                            sentences.opening(told)), sentences.opening(told)


def test_the_worth_of_everybody_is_that_of_compare() -> None:
    """What a story holds one person against is the net present value of the same run in `amends compare`."""
    story = stories("hotel")[0]
    question = ask("hotel", ["minimum", "full"], runs=2, people=PEOPLE, years=YEARS, seed=5)
    rows = play(question.tasks(range(2), 1)[0]).rows
    npv = {row["arm"]: row["net_present_value"] for row in rows if row["run"] == 0 and row["role"] == "strategy"}
    assert {life.strategy.spelling: life.firm for life in story.lives} == npv


def test_a_person_against_the_rest_is_said_so() -> None:
    """Exactly where one person's worth speaks for another strategy than everybody's, a sentence says so."""
    seen = set()
    for business in presets():
        for story in stories(business):
            one, other = story.lives
            person, rest = one.worth.total - other.worth.total, one.firm - other.firm
            against = person * rest < 0 and min(abs(person), abs(rest)) >= 0.5
            assert bool(sentences.contrary(story)) == against
            assert not against or "One person is not the average" in " ".join(text(story).split())
            seen.add(against)
    assert seen == {True, False}


def test_who_is_picked_has_an_ordinary_past() -> None:
    """By default a story is told of somebody who has come before and never left, where there is one."""
    for business in ("hotel", "telecom"):
        story = tell(resolve(business, ["minimum", "full"], people=400, years=6, seed=2))
        first, life = story.lives[0].rows[0], story.lives[0]
        assert story.picked is not None and story.picked.ordinary
        assert first["tenure"] < 5 * 12 and life.rows["encounters"][story.period] > 0
        assert not (life.rows["status"][:story.period + 1] == 2).any()


def test_worlds_that_had_parted_are_told_apart() -> None:
    """Where somebody's past differs between the strategies, each past is told under its own."""
    parted = [story for business in presets() for story in stories(business)
              if len({past(story, life) for life in story.lives}) > 1]
    assert parted
    for story in parted:
        opening = sentences.opening(story)
        for life in story.lives:
            assert f"Under {life.strategy.spelling} the" in opening and past(story, life) in opening


@pytest.mark.parametrize(("good", "bad", "customer", "words"), [
    (1, 9, True, "let down"), (4, 5, True, "in two minds"), (9, 0.5, True, "amazed"),
    (9, 0.5, False, "left, thinks well"),
    (1, 9, False, "left, let down"), (0, 0, False, "left, uncertain"),
])
def test_words_of_a_standing(good: float, bad: float, customer: bool, words: str) -> None:
    """The words say whether belief or disbelief outweighs, and whether it is a customer's."""
    row = np.array([(good, bad, 0, 1 if customer else 2)],
                   [("good", float), ("bad", float), ("promise", int), ("status", int)])[0]
    assert Standing.of_row(row, 0.7).words == words


@pytest.mark.parametrize("strategies", [["ladder:opening=1,step=2,sincere=true"], ["playbook", "tiered", "promise"]])
def test_own_strategies_are_told(strategies: list[str]) -> None:
    """Strategies with parameters, one or three, are told at 80 columns as well."""
    done = CliRunner().invoke(main, ["story", "hotel", *strategies, "--people", "300", "--years", "5"])
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80
    assert all(strategy in done.stdout for strategy in strategies)
