"""The four switches between `minimum` and `full`, one for each thing that changes.

From the one to the other four things change at once. To credit each with its part, the
sixteen strategies in between are needed: with any of the switches on, the rest off.
"""

from __future__ import annotations

from collections.abc import Iterable

from sim.config import InputError, nearest
from strategies.full import Full
from strategies.ladder import Ladder
from strategies.minimum import Minimum

PARAMETERS = {"manner": "sincere", "speed": "prompt", "timing": "at_once", "money": "generosity"}
"""The parameter of the ladder behind each factor."""

FACTORS = tuple(PARAMETERS)


def switched(on: Iterable[str]) -> Ladder:
    """The ladder with these factors as in `full` and the others as in `minimum`.

    Raises InputError for a factor that does not exist.
    """
    on = frozenset(on)
    for factor in sorted(on - set(FACTORS)):
        raise InputError(f"no factor is called '{factor}'" + (nearest(factor, FACTORS)
                         or f"; there are {', '.join(FACTORS)}"))
    return Ladder(**{parameter: getattr(Full if factor in on else Minimum, parameter)
                     for factor, parameter in PARAMETERS.items()})
