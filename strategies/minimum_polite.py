"""The minimum, said by somebody kind.

The same offers in the same order at the same pushes, but with a true apology and without
delay. It stands for firms that train the voice and leave the rules alone, and it shows
how much of the difference between `minimum` and `full` is manner and haste, not money.
"""

from __future__ import annotations

from strategies.minimum import Minimum


class MinimumPolite(Minimum):
    """The ladder of `minimum`, with sincere words and haste."""

    sincere: bool = True
    prompt: bool = True
