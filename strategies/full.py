"""Put everything right at once, unasked.

Mean the apology, make the repair without discussion, insist on paying, add something
nobody asked for, ask what else would help. It is the advice of the service recovery
literature (Hart, Heskett & Sasser 1990) and of every guest who tells the story
afterwards. Whether it pays is the question of this project.
"""

from __future__ import annotations

from strategies.ladder import Ladder


class Full(Ladder):
    """Every remedy of the menu at the first word or before it, sincerely and without delay."""

    generosity: float = 10.0
    sincere: bool = True
    prompt: bool = True
    at_once: bool = True
