"""`amends check`: whether a file can be used, and everything that is wrong with it."""

from __future__ import annotations

import click


@click.command("check")
@click.argument("file")
def command(file: str) -> None:
    """Check a business file; every mistake is told, with its line and the nearest right key."""
    from sim.business import load_business

    business = load_business(file)
    kinds, menu = len(business.failures.kinds), len(business.menu)
    click.echo(f"{file} is ok: {business.title}, {kinds} kind{'s' * (kinds != 1)} of failure, "
               f"{menu} measure{'s' * (menu != 1)} on the menu.")
