"""`amends breakeven`: where the answer flips."""

from __future__ import annotations

import click

from experiments.cli import options


@click.command("breakeven")
@click.argument("business")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option("--parameter", "only", multiple=True, metavar="KEY",
              help="Move only this number, as in finance.margin_share. Repeatable.  [default: all with a range]")
@click.option("--psychology", is_flag=True, help="Move the constants of human nature too.")
@click.option("--runs", type=int, default=40, show_default=True, help="Paired runs at each value; at least 4.")
@click.option("--people", type=int, default=1000, show_default=True, help="People in the market.")
@options.YEARS
@options.SEED
@options.WORKERS
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE",
              help="Change a number of the business (or psychology.KEY) for all of it. Repeatable.")
@options.TABLE_OR_JSON
def command(business: str, one: str, other: str, only: tuple[str, ...], psychology: bool, runs: int, people: int,
            years: float, seed: int, workers: int | None, settings: tuple[str, ...], form: str) -> None:
    """Find the values at which the answer flips between strategies A and B, and what a complaint is worth.

    Every number with a range in [sources] is moved alone, with the same people and the same luck.
    BUSINESS, A and B are spelled as for compare.
    """
    from experiments.breakeven import breakeven
    from experiments.cli.compare import progress_bar

    with progress_bar("Searching", "steps") as progress:
        found = breakeven(business, one, other, only=only, with_psychology=psychology, runs=runs, people=people,
                          years=years, seed=seed, workers=workers, settings=settings, progress=progress)
    if form == "json":
        import json

        click.echo(json.dumps(found.to_dict(), indent=2, ensure_ascii=False, allow_nan=False))
        return
    from experiments.breakeven_text import text

    click.echo(text(found), nl=False)
