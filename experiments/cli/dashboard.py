"""`amends dashboard`: a local web page on which the answer follows while an assumption is dragged."""

from __future__ import annotations

import click


@click.command("dashboard")
@click.argument("business", required=False)
@click.argument("strategies", nargs=-1)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="Where to listen. Elsewhere than on this machine alone, the address gets a random token.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="a free one", help="Port to listen on.")
@click.option("--open/--no-open", "open_page", default=True, show_default=True, help="Open the page in the browser.")
def command(business: str | None, strategies: tuple[str, ...], host: str, port: int, open_page: bool) -> None:
    """Open a page on which the answer follows while you drag an assumption.

    BUSINESS is a name (amends list businesses) or a .toml file; without it the page begins with the hotel.
    STRATEGIES are two to five names (amends list strategies); without them it begins with minimum and full.
    The page needs no internet. Needs the extra 'dashboard'.
    """
    from sim.config import InputError

    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise InputError('the dashboard needs two more packages: pip install "amends[dashboard]"') from None
    from experiments.dashboard.serve import serve

    serve(business, strategies, host, port, open_page, lambda sentence: click.echo(sentence))
