"""A client for a web application in this process: what it would send over the wire, without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlencode


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Asks an application, one request after the other, in a loop of its own."""

    def __init__(self, app: Any, host: str = "127.0.0.1:8000") -> None:
        self.app, self.host = app, host
        self.runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None,
                 ) -> None:
        self.runner.close()

    def get(self, target: str, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None,
            ) -> Answer:
        """The answer to a GET of a path with its query."""
        return self.runner.run(self._get(target, params, {"host": self.host, **(headers or {})}))

    async def _get(self, target: str, params: Mapping[str, Any] | None, headers: Mapping[str, str]) -> Answer:
        path, _, query = target.partition("?")
        if params:
            query = urlencode(params, doseq=True)
        scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
                 "method": "GET", "scheme": "http", "path": unquote(path), "raw_path": path.encode(), "root_path": "",
                 "query_string": query.encode(), "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
                 "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000)}
        asked, sent = [{"type": "http.request", "body": b"", "more_body": False}], list[dict[str, Any]]()

        async def receive() -> dict[str, Any]:
            if asked:
                return asked.pop()
            await asyncio.Event().wait()  # it never hangs up
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start, *rest = sent
        return Answer(start["status"], {k.decode().lower(): v.decode() for k, v in start["headers"]},
                      b"".join(part.get("body", b"") for part in rest))
