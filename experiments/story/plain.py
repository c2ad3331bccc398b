"""A story as plain data, complete and with stable keys."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from experiments.story import Story
from experiments.story.replay import NEVER, Life, Replay, Round
from experiments.story.stages import Standing
from sim.records import CASES
from sim.remedy import TENURES, VALUES

SCHEMA_VERSION = 1
STATUS_WORDS = ("prospect", "customer", "former customer")
FELT = ("distributive", "interactional", "procedural", "felt_satisfaction", "felt_trust", "threshold")


def plain_story(story: Story) -> dict[str, Any]:
    """Everything the text tells, and the rows it rests on."""
    point = story.asked.point
    business = point.business
    case, row = story.lives[0].case, story.lives[0].rows[story.period]
    wants = list(business.people.wants)
    return {
        "schema_version": SCHEMA_VERSION,
        "business": business.name,
        "title": business.title,
        "customer_word": business.customer_word,
        "currency": business.currency,
        "period_length": business.period,
        "run": {"seed": point.seed, "run": story.run, "run_seed": story.asked.seed(story.run), "people": point.people,
                "years": point.years},
        "customer": {
            "id": story.name,
            "row": story.person,
            "status": STATUS_WORDS[int(row["status"])],
            "value": VALUES[int(row["tier"])],
            "tenure": TENURES[int(row["encounters"] >= business.people.established_after_encounters)],
            "encounters_before": int(row["encounters"]),
            "periods_before": int(row["tenure"]),
            "encounters_per_year": float(row["rate"]) * business.periods_per_year,
            "spend_per_encounter": float(row["spend"]),
            "wants": wants[int(row["wants"])] if row["wants"] >= 0 else None,
            "asks_by_name": bool(row["asks"] > 0),
        },
        "failure": {
            "kind": story.kind,
            "title": business.failures.kinds[story.kind].title,
            "period": story.period + 1,
            "severity": float(case["severity"]),
            "loss": float(case["loss"]),
            "watched": bool(case["watched"]),
        },
        "picked": asdict(story.picked) if story.picked else None,
        "strategies": {life.strategy.spelling: _life(story, life) for life in story.lives},
        "twin": {"worth": _worth(story.twin), "encounters": int(story.twin.paid.sum())},
        "replay": replay_command(story),
    }


def standings(story: Story, life: Replay) -> dict[str, Standing]:
    """The opinion before the failure, shaken by it, after the case, and when the run ends."""
    base_rate, case, promise = story.asked.point.psychology.base_rate, life.case, life.rows["promise"]
    stood = bool(case["promised"]) and promise[story.period] != 2
    moments = {"before": stood, "shaken": stood, "after": bool(promise[story.period + 1] == 1)}
    found = {moment: Standing.of(float(case[f"trust_{moment}"]), float(case[f"uncertainty_{moment}"]), base_rate,
                                 promised, life.status_before == 1) for moment, promised in moments.items()}
    return {**found, "end": Standing.of_row(life.rows[-1], base_rate)}


def replay_command(story: Story) -> str:
    """The command that tells this very story again."""
    given = [story.asked.spelling, *(life.strategy.spelling for life in story.lives), "--customer", story.name,
             "--seed", str(story.asked.point.seed), "--run", str(story.run), "--period", str(story.period + 1),
             *story.asked.options]
    return "amends story " + shlex.join(given)


def _life(story: Story, life: Replay) -> dict[str, Any]:
    case = life.case
    return {
        "outcome": "accepted" if case["accepted"] else "unresolved",
        "voiced": bool(case["voiced"]),
        "detected": bool(case["detected"]),
        "pushes": int(case["pushes"]),
        "worker_hardness": life.hardness,
        "rounds": [_round(story, this) for this in life.rounds],
        "cost": {name: float(case[name]) for name in ("cost", "cost_when_redeemed", "handling")},
        "trust": {moment: {**asdict(at), "words": at.words} for moment, at in standings(story, life).items()},
        "told": {"valence": life.told.valence, "times": life.told.times, "people": life.told.people,
                 "friends": len(life.told.friends), "strangers": len(life.told.strangers),
                 "customers": len(life.told.customers)},
        "afterwards": {
            "encounters": [k + 1 for k in life.visits],
            "left": _period(life.left),
            "won_back": _period(life.returned),
            "certificate_redeemed": _period(life.certificate),
            "failures": life.failures_after,
            "status_at_end": STATUS_WORDS[life.status_at_end],
        },
        "worth": _worth(life),
        "worth_of_everybody_in_the_run": life.firm,
        "case": _record(case),
    }


def _round(story: Story, this: Round) -> dict[str, Any]:
    menu = story.asked.point.business.menu
    return {
        "measures": [{"name": m.name, "role": m.role, "words": menu[m.name].words} for m in this.remedy.measures],
        "manager": this.remedy.manager,
        **{name: float(this.case[name]) for name in FELT},
        "handling": this.handling,
    }


def _period(period: int) -> int | None:
    return None if period == NEVER else period + 1


def _worth(life: Life) -> Mapping[str, float]:
    return {**asdict(life.worth), "total": life.worth.total}


def _record(case: np.void) -> dict[str, int | float]:
    return {column.name: case[column.name].item() for column in CASES}
