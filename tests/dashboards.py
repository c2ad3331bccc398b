"""The dashboard in this process: a kitchen without workers, what a page asks and what it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from experiments.dashboard import course
from experiments.dashboard.house import House
from experiments.dashboard.kitchen import Kitchen
from experiments.dashboard.view import View, read
from tests.asgi import Client

SMALL = "people=150&years=1&runs=10"
MOVED = f"business=hotel&{SMALL}&seed=3&finance.margin_share=0.55&remedy=1.4&failures.noise.share=0.4&talk.volume=1.3"
HOUSE = House()


class Here:
    """A crew without processes: the same interface, the work done in this process."""

    processes = 2

    async def play(self, owner: object, do: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.to_thread(do, *arguments)


def kitchen() -> Kitchen:
    crew: Any = Here()
    made = Kitchen(HOUSE, crew, crew)
    made.ready.set()
    return made


def view_of(query: str) -> View:
    view, problems = read(parse_qsl(query), HOUSE)
    assert not problems
    return view


def events(client: Client, query: str) -> list[dict[str, Any]]:
    """Everything the page is told for a view."""
    return [json.loads(line) for line in client.get(f"/api/answer?{query}").text.splitlines()]


def first(query: str) -> dict[str, Any]:
    """The first thing the page is told for a view; then it hangs up."""
    async def ask() -> dict[str, Any]:
        found = course.answers(read(parse_qsl(query), HOUSE)[0], kitchen(), object())
        try:
            return await anext(found)
        finally:
            await found.aclose()  # type: ignore[attr-defined]

    return asyncio.run(ask())


def only(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in found if event["kind"] == kind]
