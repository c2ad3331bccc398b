"""`amends compare`: strategies against each other in one business."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from experiments.cli import options


@click.command("compare")
@click.argument("business")
@click.argument("strategies", nargs=-1, metavar="[STRATEGY]...")
@options.RUNS
@options.PEOPLE
@options.YEARS
@options.SEED
@options.WORKERS
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE",
              help="Change a number of the business (or psychology.KEY), as in finance.margin_share=0.2. Repeatable.")
@click.option("--customers", type=click.Path(path_type=Path), metavar="FILE.csv",
              help="Your customers: customer,encounters_per_period,spend_per_encounter[,status,good,bad].")
@options.NETWORK
@click.option("--fixed", is_flag=True, help="Keep every number as written, so that intervals are of luck "
              "alone; without it, what is not known is drawn for every two runs.")
@options.OUT
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True,
              help="What is printed; csv has one line per quantity with its interval.")
@click.pass_context
def command(ctx: click.Context, business: str, strategies: tuple[str, ...], runs: int, people: int | None,
            years: float, seed: int, workers: int | None, settings: tuple[str, ...], customers: Path | None,
            network: Path | None, fixed: bool, out: Path | None, form: str) -> None:
    """Compare what strategies cost a firm, in remedies and in churn.

    BUSINESS is a name (amends list businesses) or a .toml file; each STRATEGY a name, NAME:key=value,
    or FILE.py:Class. Without strategies: minimum full.
    """
    from experiments.comparison import RunsFailed, answer
    from experiments.design import ask

    question = ask(business, strategies or ("minimum", "full"), runs=runs, people=people, years=years, seed=seed,
                   settings=settings, customers=customers, network=network, draw=not fixed)
    try:
        with progress_bar() as progress:
            found = answer(question, out=out, workers=workers, progress=progress,
                           tell=lambda sentence: click.echo(sentence, err=True))
    except RunsFailed as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(3)
    from experiments import tables

    if form == "json":
        import json

        click.echo(json.dumps(found.to_dict(), indent=2, ensure_ascii=False, allow_nan=False))
    elif form == "csv":
        click.echo(tables.csv(found), nl=False)
    else:
        from experiments.text_chart import signs_for, terminal_width

        click.echo(tables.table(found, terminal_width(), signs_for(sys.stdout)), nl=False)
    if found.failures:
        first, place = found.failures[0], found.folder / "failed"
        click.echo(f"Error: {len(found.failures)} of {runs} runs failed and are left out (see {place}); "
                   f"the first, run {first.run} with seed {first.run_seed}: {first.message}", err=True)
        ctx.exit(3)


@contextmanager
def progress_bar(doing: str = "Playing", of: str = "runs") -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr that vanishes when done; nothing at all where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TextColumn(of), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
