"""`amends show`: a business or a strategy, so that its owner would recognise it."""

from __future__ import annotations

import click


@click.command("show")
@click.argument("name")
@click.option("--business", metavar="BUSINESS", help="For a strategy: its answers to every case in this business.")
def command(name: str, business: str | None) -> None:
    """Show a business (facts, failures, menu) or a strategy (what it stands for, and its rules).

    NAME is spelled as for compare: a name, a .toml file, NAME:key=value, FILE.py:Class.
    """
    from experiments.cards import business_card, rule_card, strategy_card
    from sim.business import load_business, presets
    from sim.config import InputError, nearest
    from strategies import registry

    if name in presets() or name.endswith(".toml"):
        click.echo(business_card(load_business(name)), nl=False)
        return
    bare = name.partition(":")[0]
    known = [*presets(), *registry.names()]
    if not bare.endswith(".py") and bare not in known:
        hint = nearest(bare, known) or f"; there are {', '.join(known)}, or give the path of a .toml or .py file"
        raise InputError(f"no business or strategy is called '{bare}'{hint}")
    strategy = registry.find(name)
    card = strategy_card(name, strategy, registry.docstring(name))
    if business is not None:
        card += "\n" + rule_card(strategy, load_business(business), name)
    click.echo(card, nl=False)
