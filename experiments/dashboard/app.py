"""The web application: the page, its data, and who may ask for them."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import shlex
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from experiments.dashboard import course, downloads
from experiments.dashboard.kitchen import Kitchen
from experiments.dashboard.view import LIMITS, MOST_STRATEGIES, View, command, read
from experiments.words import pretty
from sim.config import InputError
from sim.psychology import STATUS

STATIC = Path(__file__).parent / "static"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """Lets in only who may come, and puts the strict headers on everything that goes out.

    On this machine alone (no `token`) the page must have been asked for by a name of this
    machine: another site that makes its own name point here is refused. Elsewhere the token
    must be in the query.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self.app, self.token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with a sentence, or pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.decode() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((name.encode(), value.encode())
                                      for name, value in HEADERS.items() if name not in present)]
            await send(message)

        refusal = self._refusal(Headers(scope=scope), scope)
        await (refusal or self.app)(scope, receive, sealed)

    def _refusal(self, headers: Headers, scope: Scope) -> Response | None:
        if self.token is None:
            if headers.get("host", "").rpartition(":")[0] not in LOOPBACK and headers.get("host") not in LOOPBACK:
                return PlainTextResponse("This dashboard answers only under the address it was started with, such as "
                                         "http://127.0.0.1:PORT.\n", 421)
        elif not scope["path"].startswith("/static/"):
            given = QueryParams(scope["query_string"]).get("token", "")
            if not hmac.compare_digest(given.encode(), self.token.encode()):
                return PlainTextResponse("The address lacks its token: take the whole address that "
                                         "`amends dashboard` printed.\n", 403)
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and scope["path"] != "/":
            return PlainTextResponse("Another site may not ask for this.\n", 403)
        return None


class Stream(Response):
    """Events as lines of JSON; stopped as soon as the other side hangs up."""

    def __init__(self, events: AsyncIterator[dict[str, Any]], closing: asyncio.Event) -> None:
        self.events, self.closing = events, closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until there are no more or nobody listens."""
        headers = [(b"content-type", b"application/x-ndjson; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        sending = asyncio.create_task(self._send(send))
        tasks = {sending, asyncio.create_task(self._gone(receive)), asyncio.create_task(self.closing.wait())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self.closing.is_set():
            with contextlib.suppress(OSError):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send) -> None:
        with contextlib.suppress(OSError):
            try:
                async for event in self.events:
                    await send({"type": "http.response.body", "body": _line(event), "more_body": True})
            except Exception as error:
                traceback.print_exc(file=sys.stderr)
                sentence = f"This could not be played: {type(error).__name__}: {error}"
                await send({"type": "http.response.body", "more_body": True,
                            "body": _line({"kind": "problem", "sentences": [sentence]})})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    @staticmethod
    async def _gone(receive: Receive) -> None:
        """Return when the other side has hung up."""
        while (await receive())["type"] != "http.disconnect":
            pass


def _line(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def application(kitchen: Kitchen, token: str | None = None,
                lifespan: Callable[[Starlette], Any] | None = None) -> ASGIApp:
    """The application; `token` where others than this machine may ask."""
    house = kitchen.house

    def view_of(request: Request) -> tuple[View, list[str]]:
        return read(request.query_params.multi_items(), house)

    async def page(request: Request) -> Response:
        return FileResponse(STATIC / "index.html", media_type="text/html")

    async def file(request: Request) -> Response:
        known = {path.name: path for path in STATIC.iterdir() if path.is_file()}
        path = known.get(request.path_params["name"])
        return FileResponse(path) if path else PlainTextResponse("There is no such file.\n", 404)

    async def setup(request: Request) -> Response:
        return JSONResponse(await asyncio.to_thread(_setup, *view_of(request), kitchen))

    async def more(request: Request) -> Response:
        view, _ = view_of(request)
        found = await asyncio.to_thread(house.others, view.business)
        return JSONResponse([slider.to_dict() for slider in found])

    async def answer(request: Request) -> Response:
        view, _ = view_of(request)
        return Stream(course.answers(view, kitchen, object()), kitchen.closing)

    async def download(request: Request) -> Response:
        view, problems = view_of(request)
        if problems:
            return PlainTextResponse("\n".join(problems) + "\n", 400)
        return await downloads.download(request.path_params["name"], view, kitchen)

    app = Starlette(routes=[
        Route("/", page), Route("/static/{name}", file), Route("/api/setup", setup), Route("/api/more", more),
        Route("/api/answer", answer), Route("/download/{name}", download),
    ], lifespan=lifespan)
    return Guard(app, token)


def _setup(view: View, problems: list[str], kitchen: Kitchen) -> dict[str, Any]:
    """What the page needs to build itself."""
    from strategies.registry import names, summary

    house = kitchen.house
    business = house.business(view.business)
    shown = house.shown(view.business)
    moved = dict(view.moved)
    also = [house.slider(view.business, key) for key in moved if key not in {slider.key for slider in shown}]
    known = list(dict.fromkeys([*names(), *view.strategies]))
    return {
        "problems": problems,
        "view": {"business": view.business, "strategies": view.strategies, "moved": moved,
                 **{name: str(getattr(view, name)) for name in LIMITS}},
        "usual": {"strategies": View.strategies, **{name: str(getattr(View, name)) for name in LIMITS}},
        "limits": {name: [str(end) for end in ends] for name, ends in LIMITS.items()},
        "businesses": house.titles,
        "strategies": [{"name": name, "label": pretty(name), "summary": summary(name)} for name in known],
        "most_strategies": MOST_STRATEGIES,
        "title": business.title, "summary": business.summary, "noun": business.customer_word,
        "currency": business.currency,
        "sliders": [slider.to_dict() for slider in (*shown, *also)],
        "status": STATUS,
        "command": _command(view, kitchen),
    }


def _command(view: View, kitchen: Kitchen) -> str:
    """The command that prints the page's numbers; "" where it is not known yet how many pairs they will rest on."""
    try:
        pairs, known = course.pairs_of(view, course.question_of(view, kitchen.house), kitchen)
    except InputError:
        return ""
    if view.runs > pairs and not known:
        return ""
    return shlex.join(command(replace(view, runs=pairs), kitchen.house))
