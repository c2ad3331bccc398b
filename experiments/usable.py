"""What of an experiment file can be used in spite of its mistakes, so that all of them are told at once.

A mistake of form (an unknown key, a word for a number) is noted, and what it stands in is left out: a key, or one of
the uncertainties. What remains is looked at again, until it can be used; what it says of the world is then checked as
if it were the file. Whatever would look wrong only because something was left out is left out too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from experiments.experiment_file import ExperimentFile, flat
from experiments.mistakes import Mistakes
from sim.config import InputError, validated

LEANING: dict[str, dict[str, Any]] = {
    # Any business knows this strategy.
    "strategies": {"strategies": ["minimum"], "levers": {}, "replications": 30},
    "levers": {"levers": {}, "replications": 30},
    # Which outcomes there are depends on the horizon.
    "years": {"replications": 30},
    # A grid of too many points may be meant as a sample.
    "design": {"design": {"method": "random", "points": 1}},
    "customers": {"network": None},
    "network": {"customers": None},
}
"""What else cannot be judged where a key is left out, and what stands in for it."""


def usable(data: Mapping[str, Any], wrong: Mistakes) -> ExperimentFile:
    """The file, or what of it can be used; its mistakes of form are in `wrong`. InputError where too little is left."""
    left = dict(data)
    if isinstance(left.get("uncertainties"), Mapping):
        left["uncertainties"] = dict(flat(left["uncertainties"]))
    while True:
        try:
            return ExperimentFile.model_validate(left)
        except ValidationError as error:
            at_fault = {tuple(map(str, detail["loc"][:2])) for detail in error.errors(include_url=False)}
        try:
            validated(ExperimentFile, left, where=str(wrong.path), text=wrong.text)
        except InputError as error:
            wrong.read(error)
        if any(not keys or keys[0] == "business" for keys in at_fault):
            wrong.told()
        before = dict(left)
        for key, *inner in at_fault:
            if key == "uncertainties" and inner:
                left[key] = {name: one for name, one in left[key].items() if name != inner[0]}
            elif inner == ["outcome"] and isinstance(left.get(key), Mapping):
                # Whose outcome it is, is looked at all the same; there is always this one.
                left[key] = {**left[key], "outcome": "net_present_value"}
            else:
                left.pop(key, None)
            left |= LEANING.get(key, {})
        if left == before:
            wrong.told()
