"""A story is the simulation itself: its numbers are the run's tables, its luck the same for every strategy."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from experiments.cli import main
from experiments.story import Asked, Story, resolve, tell
from experiments.story.plain import plain_story
from experiments.story.replay import _copied
from experiments.story.scene import _seen
from experiments.story.stages import STAGES, Standing, stage
from experiments.story.text import text
from sim.chance import run_seed
from sim.model import RecoveryModel
from sim.period import play
from sim.recovery import _judge, _loss
from sim.remedy import tabulate
from strategies.registry import find
from tests.businesses import small_business_toml

YEARS, PEOPLE = 4, 400


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("shop") / "shop.toml"
    path.write_text(small_business_toml())
    return str(path)


@pytest.fixture(scope="module")
def asked(shop: str) -> Asked:
    return resolve(shop, ["minimum", "full"], people=PEOPLE, years=YEARS, seed=3)


@pytest.fixture(scope="module")
def story(asked: Asked) -> Story:
    return tell(asked, case="broken")


@pytest.fixture(scope="module")
def worlds(asked: Asked, story: Story) -> dict[str, RecoveryModel]:
    """The same worlds, played by the model without the story's help."""
    business, seed = asked.point.business, run_seed(3, story.run)
    return {name: RecoveryModel(business, tabulate(find(name), business, name), rng=seed, people=PEOPLE, years=YEARS,
                                keep_cases=True).run() for name in ("minimum", "full")}


def amends(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_the_case_is_the_row_of_the_table(story: Story, worlds: dict[str, RecoveryModel]) -> None:
    """Every column of the case told is that of the run's table of cases, and the last round is the case."""
    for life in story.lives:
        cases = worlds[life.strategy.spelling].cases
        row = cases[(cases["person"] == story.person) & (cases["period"] == story.period)]
        assert len(row) == 1 and row[0] == life.case
        assert life.rounds[-1].case == life.case and len(life.rounds) == life.case["pushes"] + 1
        assert sum(this.handling for this in life.rounds) == pytest.approx(float(life.case["handling"]))


def test_the_person_is_the_row_of_the_table(story: Story, worlds: dict[str, RecoveryModel]) -> None:
    """The last row of a life is the run's row of that person, and the worth is made of it."""
    for life in story.lives:
        row = worlds[life.strategy.spelling].people_table[story.person]
        assert life.rows[-1] == row
        assert (life.worth.margin, life.worth.remedies, life.worth.acquisition) == (
            row["margin_pv"], row["remedies_pv"], row["acquisition_pv"])
        standing = Standing.of_row(row, story.asked.point.psychology.base_rate)
        assert standing.belief == pytest.approx(row["good"] / (row["good"] + row["bad"] + 2))


def test_the_twin_is_the_same_person_where_nothing_fails(asked: Asked, story: Story) -> None:
    """The twin's worth is its row's margin less acquisition; nothing was given to it."""
    twin = RecoveryModel(asked.point.business, rng=run_seed(3, story.run), people=PEOPLE, years=YEARS, twin=True).run()
    row = twin.people_table[story.person]
    assert story.twin.worth.total == pytest.approx(row["margin_pv"] - row["acquisition_pv"])
    assert story.twin.worth.remedies == 0 and not len(story.twin.cases)


def test_luck_is_the_same(story: Story) -> None:
    """Person, period, kind, onlookers and, where nothing had parted the worlds, the threshold are the same."""
    first, second = (life.case for life in story.lives)
    for name in ("person", "period", "kind", "watched", "loss", "voiced"):
        assert first[name] == second[name]
    assert first["threshold"] == second["threshold"]
    assert first["trust_before"] == pytest.approx(second["trust_before"], abs=0.01)


def test_earlier_rounds_are_felt_as_the_rules_feel_them(asked: Asked) -> None:
    """Each round replayed has the justices that the rule of judgement gives its offer."""
    checked = 0
    for model in asked.worlds(0):
        model.run()
        hard = model.cases[(model.cases["pushes"] >= 2) & (model.cases["false_claim"] == 0)][:4]
        for case in hard:
            alone = resolve_one(asked, model.strategy.spelling)
            told = tell(alone, customer=str(case["person"]), run=0, period=int(case["period"]) + 1).lives[0]
            world = model._world
            for number, this in enumerate(told.rounds):
                person = told.rows[told.period]
                again = this.case.copy()
                again["pushes"], again["distributive"], again["felt_trust"] = number, -1.0, -1.0
                workers = world.workers.copy()
                workers["hardness"][again["worker"]] = told.hardness
                kind = world.kinds[int(again["kind"])]
                assert again["loss"] == _loss(kind, person)
                _judge(world._replace(workers=workers), world.rules[0], kind, person, again,
                       world.offers[int(again["offer"])])
                assert again == this.case, "a round is not what the rule gives"
                checked += 1
            before = [this.case["felt_satisfaction"] < case["threshold"] for this in told.rounds[:-1]]
            assert all(before), "who pushed had not been satisfied"
    assert checked >= 12


def resolve_one(asked: Asked, spelling: str) -> Asked:
    return resolve(asked.spelling, [spelling], people=PEOPLE, years=YEARS, seed=3)


def test_tellings_are_those_of_the_run(asked: Asked) -> None:
    """Silencing this person in the periods after the case takes that many tellings out of the run's count."""
    first = next(asked.worlds(0)).run()
    cases = first.cases[(first.cases["period"] < 20) & (first.cases["false_claim"] == 0)]
    alone, counted = resolve_one(asked, "minimum"), 0
    for case in cases[:15]:
        person, period = int(case["person"]), int(case["period"])
        told = tell(alone, customer=str(person), run=0, period=period + 1).lives[0].told
        model = next(asked.worlds(0))
        while model.period <= period:
            model.step()
        row = model.people_table[person:person + 1]
        until = int(row["talk_until"][0])
        if until != period + int(model._world.rules["talk_periods"][0]):
            assert told.valence == 0 and not told.times
            continue
        assert told.valence == row["talk_valence"][0]
        rate, taken = float(row["talk_rate"][0]), 0
        name = "told_good" if told.valence > 0 else "told_bad"
        while model.period < until:
            t, silent = model.period, _copied(model._world)
            silent.people["talk_until"][person] = 0
            play(silent, t, t + 1)
            model.step()
            if row["talk_until"][0] != until:
                break  # a newer case is told instead
            taken += int(model.series[name][t] - silent.series[name][t])
        assert told.times - math.ceil(rate) <= taken <= told.times
        assert told.people <= told.times and not told.friends & told.strangers
        counted += taken
    assert counted > 5


def test_friends_are_friends(asked: Asked) -> None:
    """About as many tellings reach strangers as the business says, not all."""
    friends = strangers = 0
    for model in list(asked.worlds(0))[:1]:
        model.run()
        cases = model.cases[(model.cases["false_claim"] == 0) & (model.cases["accepted"] == 0)]
        for case in cases[:15]:
            told = tell(resolve_one(asked, "minimum"), customer=str(case["person"]), run=0,
                        period=int(case["period"]) + 1).lives[0].told
            friends, strangers = friends + len(told.friends), strangers + len(told.strangers)
    assert friends > strangers > 0


def test_a_named_customer_is_replayed(asked: Asked, story: Story) -> None:
    """The command at the end tells the same story; only the note on picking is missing."""
    again = tell(asked, customer=str(story.person), run=story.run, period=story.period + 1)
    one, other = plain_story(story), plain_story(again)
    assert one.pop("picked") and other.pop("picked") is None
    assert one == other


def test_the_same_story_each_time(asked: Asked, story: Story) -> None:
    """Picking is settled by the seed."""
    assert text(tell(asked, case="broken")) == text(story)


def test_json_is_complete_and_stable(story: Story, shop: str) -> None:
    """The keys a reader may rely on, and nothing that JSON cannot hold."""
    plain = plain_story(story)
    assert list(plain) == ["schema_version", "business", "title", "customer_word", "currency", "period_length", "run",
                           "customer", "failure", "picked", "strategies", "twin", "replay"]
    for life in plain["strategies"].values():
        assert list(life) == ["outcome", "voiced", "detected", "pushes", "worker_hardness", "rounds", "cost", "trust",
                              "told", "afterwards", "worth", "worth_of_everybody_in_the_run", "case"]
        assert list(life["trust"]) == ["before", "shaken", "after", "end"]
        assert {at["stage"] for at in life["trust"].values()} <= set(STAGES)
    done = amends("story", shop, "--case", "broken", "--people", str(PEOPLE), "--years", str(YEARS), "--seed", "3",
                  "--format", "json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["strategies"] == json.loads(json.dumps(plain["strategies"]))


@pytest.mark.parametrize("strategies", [["minimum"], ["minimum", "full"], ["minimum", "promise", "ladder:step=2"]])
def test_the_text_reads_well_at_80_columns(shop: str, strategies: list[str]) -> None:
    """No line but the command is longer than 80 signs, and the words of the menu are there, unless cut by a line."""
    done = amends("story", shop, *strategies, "--people", str(PEOPLE), "--years", str(YEARS))
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert max(map(len, lines[:-1])) <= 80 and "\x1b" not in done.stdout and done.stdout.isascii()
    for part in ("FIRST OFFER", "WHAT IT COSTS", "TRUST", "WHAT BECOMES OF THEM", "a single case, not an average",
                 "what is given", "constants fitted"):
        assert part in " ".join(done.stdout.split()), part
    assert '"Sorry."' in done.stdout


def test_who_is_picked_is_told_with_how_the_others_fared(story: Story) -> None:
    """The shares beside the anecdote are those of all who were in the same scene."""
    assert story.picked is not None and story.picked.candidates >= 30
    assert set(story.picked.fared) == {"minimum", "full"}
    for fared in story.picked.fared.values():
        assert all(0 <= share <= 1 for share in (fared.accepted, fared.came_again, fared.customers))
    assert story.picked.alike < story.picked.candidates


def test_the_worth_of_all_is_reckoned_as_that_of_one(story: Story) -> None:
    """What everybody in a world is worth, for the mean beside the anecdote, is of one person what the replay says."""
    for model, life in zip(story.asked.worlds(story.run), story.lives, strict=True):
        assert _seen(model).worth[story.person] == pytest.approx(life.worth.total)


@pytest.mark.parametrize(("good", "bad", "promised", "expected"), [
    (0, 0, False, "uncertainty"), (0, 0, True, "alignment"), (0.6, 0.1, False, "experience"),
    (0.6, 0.9, False, "uncertainty"), (2.5, 0.5, True, "ownership"), (6, 0.5, False, "amazement"),
    (6, 2.0, False, "ownership"), (1, 9, False, "uncertainty"),
])
def test_stages(good: float, bad: float, promised: bool, expected: str) -> None:
    """From not knowing to amazement by pieces of evidence; a promise aligns who knows nothing."""
    whole = good + bad + 2
    assert stage(good / whole, bad / whole, 2 / whole, promised) == expected


def test_standing_from_a_case_and_from_a_row_agree() -> None:
    """Belief is recovered from trust and uncertainty."""
    row = np.array([(3.0, 1.0, 0, 1)],
                   [("good", float), ("bad", float), ("promise", int), ("status", int)])[0]
    standing = Standing.of_row(row, 0.697)
    assert (standing.belief, standing.disbelief) == (pytest.approx(0.5), pytest.approx(1 / 6))
    assert Standing.of(0.1, 0.1, 0.697, False).words == "let down"


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["hotle"], "did you mean 'hotel'?"),
    (["SHOP", "fulll"], "did you mean 'full'?"),
    (["SHOP", "--case", "brokn"], "no failure of small is called 'brokn'; did you mean 'broken'?"),
    (["SHOP", "--customer", "400"], "--customer 400: there is no such person; rows go from 0 to 399"),
    (["SHOP", "--customer", "bob"], "--customer bob: there is no such person"),
    (["SHOP", "--period", "2"], "--period goes with --customer"),
    (["SHOP", "--run", "2"], "--run goes with --customer"),
    (["SHOP", "--customer", "1", "--period", "0"], "--period 0: counts from 1"),
    (["SHOP", "--customer", "1", "--run", "-1"], "--run -1: must be"),
    (["SHOP", "full", "full"], "'full' is named twice"),
    (["SHOP", "--set", "finance.margin_shar=1"], "did you mean 'margin_share'?"),
    (["SHOP", "--customer", "3", "--period", "48", "--case", "late"], "has no 'late' in month 48"),
])
def test_a_mistake_is_one_sentence_and_exit_2(arguments: list[str], sentence: str, shop: str) -> None:
    """Wrong input ends with exit code 2 and one sentence; stdout stays empty."""
    done = amends("story", *(shop if word == "SHOP" else word for word in arguments), "--people", str(PEOPLE),
                  "--years", str(YEARS))
    assert done.exit_code == 2, done.output
    assert sentence in done.stderr and done.stderr.count("Error: ") == 1 and not done.stdout


def test_a_customer_of_a_file_goes_by_the_name_there(shop: str, tmp_path: Path) -> None:
    """With a file of customers its names are understood, and told."""
    file = tmp_path / "people.csv"
    file.write_text("customer,encounters_per_period,spend_per_encounter\n"
                    + "".join(f"c{n},0.9,50\n" for n in range(120)))
    options = ["--customers", str(file), "--years", str(YEARS)]
    picked = json.loads(amends("story", shop, "--case", "broken", *options, "--format", "json").stdout)
    name = picked["customer"]["id"]
    assert name.startswith("c")
    again = amends("story", shop, "--customer", name, "--run", str(picked["run"]["run"]), *options, "--format", "json")
    assert json.loads(again.stdout)["customer"] == picked["customer"]
    assert "did you mean 'c7'" in amends("story", shop, "--customer", "c7x", *options).stderr
