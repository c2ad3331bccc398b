"""`amends list`: what there is to choose from."""

from __future__ import annotations

import textwrap

import click


@click.command("list")
@click.argument("what", type=click.Choice(["businesses", "strategies"]))
def command(what: str) -> None:
    """List the businesses or the strategies that need no file."""
    if what == "businesses":
        from sim.business import load_business, presets

        found = [(name, load_business(name).title) for name in presets()]
    else:
        from strategies.registry import names, summary

        found = [(name, summary(name)) for name in names()]
    wide = max((len(name) for name, _ in found), default=0) + 2
    for name, words in found:
        click.echo("\n".join(textwrap.wrap(f"{name:<{wide}}{words}", 80, subsequent_indent=" " * wide,
                                           break_on_hyphens=False)))
