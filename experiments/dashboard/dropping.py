"""Stopping work in another process that nobody waits for any more.

A process cannot be stopped from outside without losing what it has warmed up. So the work looks, every few
milliseconds of it, at a byte that it shares with the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableSequence
from typing import Any, TypeVar

T = TypeVar("T")

_bytes: MutableSequence[int] = []
_place: int | None = None


class Dropped(BaseException):
    """Nobody waits for this work any more. Not an Exception: it is no failure of a run."""


def begin(shared: MutableSequence[int], prepare: Callable[[int], object], niceness: int) -> None:
    """Make a fresh process ready; `shared` holds a byte for each piece of work that can be under way."""
    global _bytes
    _bytes = shared
    prepare(niceness)


def carry_out(place: int, do: Callable[..., T], arguments: tuple[Any, ...]) -> T | None:
    """Do a piece of work; None where it was dropped meanwhile. Its byte is the one at `place`."""
    global _place
    _place = place
    try:
        still_wanted()
        return do(*arguments)
    except Dropped:
        return None
    finally:
        _place = None


def still_wanted() -> None:
    """Raise Dropped where nobody waits for what this process is doing; elsewhere than in `carry_out` do nothing."""
    if _place is not None and _bytes[_place]:
        raise Dropped


def goes_on(steps: Iterable[T]) -> Iterator[T]:
    """The same steps, as long as somebody waits for them."""
    for step in steps:
        still_wanted()
        yield step
