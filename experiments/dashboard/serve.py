"""Starting the dashboard, and ending it."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import secrets
import signal
import socket
import webbrowser
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from experiments.dashboard.crew import Crew, WorkerDied
from experiments.dashboard.house import House
from experiments.dashboard.kitchen import Kitchen
from experiments.dashboard.view import opening
from experiments.runner import cores
from sim.config import InputError

QUICK = 2
"""Processes for first looks; the smallest machines have as many processors."""
MOST_SLOW = 4
POLITE = 15
"""Niceness of the processes that refine: a first look goes before them, even on the same processor."""


def kitchen_for(house: House) -> Kitchen:
    """The processes and all that requests share."""
    return Kitchen(house, Crew(QUICK), Crew(max(1, min(MOST_SLOW, cores())), POLITE))


@contextlib.asynccontextmanager
async def running(kitchen: Kitchen) -> AsyncIterator[None]:
    """Warm the processes up while the page loads, and end them at the end."""
    warming = asyncio.create_task(_warm(kitchen))
    try:
        yield
    finally:
        warming.cancel()
        kitchen.quick.close()
        kitchen.slow.close()


async def _warm(kitchen: Kitchen) -> None:
    await asyncio.to_thread(_imports)
    try:
        # One process first: where the rules are not compiled yet, it does that, and the others find them.
        await kitchen.quick.first()
        await kitchen.quick.warm()
    except WorkerDied:
        pass  # whoever asks is told so
    finally:
        kitchen.ready.set()
    await kitchen.slow.warm()


def _imports() -> None:
    """What the first answer would otherwise wait for."""
    from experiments.estimates import t_quantile

    t_quantile(3)


def serve(given: str | None, strategies: Sequence[str], host: str, port: int, open_page: bool,
          tell: Callable[[str], object]) -> None:
    """Serve until Ctrl-C; `tell` gets the address. InputError for what cannot be shown, or served there."""
    import uvicorn

    from experiments.dashboard.app import application

    house, shown = House(given), opening(strategies)
    # Whoever can reach another address is not known; whoever reaches this machine's own sits at it.
    token = None if is_loopback(host) else secrets.token_urlsafe(18)
    listening = listen(host, port)
    address = url(host, listening.getsockname()[1], token, shown)
    kitchen = kitchen_for(house)

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        async with running(kitchen):
            tell(f"Dashboard: {address}\n(Ctrl-C ends it)")
            if open_page:
                await asyncio.to_thread(webbrowser.open, address)
            yield

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # Pages that are being answered would otherwise be waited for.
            kitchen.closing.set()
            await super().shutdown(sockets)

    config = uvicorn.Config(application(kitchen, token, lifespan), log_level="warning", access_log=False,
                            server_header=False, timeout_graceful_shutdown=3)
    # uvicorn ends in good order and then repeats the signal; what the system does then would leave a mess.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            Server(config).run(sockets=[listening])
    finally:
        signal.signal(signal.SIGTERM, before)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; InputError where the address cannot be had."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM,
                                                              flags=socket.AI_PASSIVE)[0]
        found = socket.socket(family, kind, protocol)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(place)
            found.listen(128)
        except BaseException:
            found.close()
            raise
    except (OSError, OverflowError) as error:
        raise InputError(f"--host {host} --port {port}: cannot be used: "
                         f"{getattr(error, 'strerror', None) or error}") from None
    return found


def url(host: str, port: int, token: str | None, shown: Sequence[tuple[str, str]] = ()) -> str:
    """The address of the page, with what it is to show; of every address (0.0.0.0) the machine's name."""
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_unspecified:
            host = socket.gethostname()
    named = f"[{host}]" if ":" in host else host
    query = urlencode([*([("token", token)] if token else []), *shown])
    return f"http://{named}:{port}/" + (f"?{query}" if query else "")
