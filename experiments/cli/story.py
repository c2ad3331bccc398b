"""`amends story`: one customer's case under each strategy."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.cli import options


@click.command("story")
@click.argument("business")
@click.argument("strategies", nargs=-1, metavar="[STRATEGY]...")
@click.option("--case", metavar="KIND", help="Which kind of failure.  [default: the business's first]")
@click.option("--customer", metavar="ID", help="Replay this very person: a row, or a name in your file of customers. "
              "[default: somebody is picked]")
@click.option("--run", type=int, metavar="K", help="With --customer: which run of the seed, from 0.  [default: 0]")
@click.option("--period", type=int, metavar="N", help="With --customer: the failure of period N, from 1.  "
              "[default: the first that all strategies share]")
@options.PEOPLE
@options.YEARS
@options.SEED_AS_FOR_COMPARE
@options.SETTINGS
@options.CUSTOMERS_AS_FOR_COMPARE
@options.NETWORK
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="What is printed.")
def command(business: str, strategies: tuple[str, ...], case: str | None, customer: str | None, run: int | None,
            period: int | None, people: int | None, years: float, seed: int, settings: tuple[str, ...],
            customers: Path | None, network: Path | None, form: str) -> None:
    """Tell one customer's case under each strategy: the same person, the same luck.

    What was said and offered, how it was felt, what it cost, and what became of the customer.
    BUSINESS and STRATEGY are spelled as for compare. Without strategies: minimum full.
    """
    from experiments.story import resolve, tell

    asked = resolve(business, strategies or ("minimum", "full"), people=people, years=years, seed=seed,
                    settings=settings, customers=customers, network=network)
    story = tell(asked, case=case, customer=customer, run=run, period=period)
    if form == "json":
        import json

        from experiments.story.plain import plain_story

        click.echo(json.dumps(plain_story(story), indent=2, ensure_ascii=False, allow_nan=False))
        return
    from experiments.story.text import text

    click.echo(text(story), nl=False)
