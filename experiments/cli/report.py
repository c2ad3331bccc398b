"""`amends report`: a page to mail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli import options

if TYPE_CHECKING:
    from experiments.comparison import Answer

ASKED = ("runs", "people", "years", "seed", "settings", "customers", "network", "fixed")
"""Options that ask a question, and so go with a business."""


@click.command("report")
@click.argument("what", required=False, metavar="[RESULT|BUSINESS]")
@click.argument("strategies", nargs=-1, metavar="[STRATEGY]...")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE",
              help="Where it goes; for svg and png a folder.  [default: beside the result]")
@click.option("--format", "form", type=click.Choice(["html", "pdf", "svg", "png"]), default="html", show_default=True,
              help="A page, its PDF (needs Chromium, Chrome or Edge), or every figure with its numbers as CSV.")
@options.RUNS
@options.PEOPLE
@options.YEARS
@options.SEED
@click.option("--workers", type=int, help="Processes; the report is the same for any number.  [default: all "
              "processors]")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE",
              help="Change a number of the business (or psychology.KEY), as for compare. Repeatable.")
@options.CUSTOMERS_AS_FOR_COMPARE
@options.NETWORK
@click.option("--fixed", is_flag=True, help="Keep every number as written, as for compare.")
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True, metavar="DIR",
              help="Where the folders of results are.")
@click.pass_context
def command(ctx: click.Context, /, what: str | None, strategies: tuple[str, ...], out: Path | None, form: str,
            results: Path, workers: int | None, **asked: Any) -> None:
    """Write a report of a comparison: one HTML file that needs nothing else.

    Of a BUSINESS (a name or a .toml file), the strategies (minimum and full, if none is named) are compared
    first, unless that is among the results. A RESULT is a folder of amends compare and is shown as it is;
    without either it is the newest one.
    """
    from experiments.cli.compare import progress_bar
    from experiments.comparison import RunsFailed
    from experiments.report.files import check, write
    from experiments.report.footing import missing_runs
    from experiments.report.report import Report

    check(form, out)
    try:
        answer = _answer(ctx, what, strategies, results, workers, asked)
    except RunsFailed as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(3)
    with progress_bar("Making the report", "steps") as bar:
        report = Report.of(answer, workers, bar)
        written = write(report, form, out)
    click.echo(report.headline.sentence)
    click.echo(f"\nWritten to {written[0]}")
    if missing := missing_runs(answer):
        click.echo(f"Error: {missing}", err=True)
        ctx.exit(3)


def _answer(ctx: click.Context, what: str | None, strategies: tuple[str, ...], results: Path, workers: int | None,
            asked: dict[str, Any]) -> Answer:
    from experiments.cli.compare import progress_bar
    from experiments.comparison import answer
    from experiments.design import ask
    from experiments.report.report import enough
    from experiments.report.source import from_folder, is_business, newest
    from sim.config import InputError

    if what is not None and is_business(what, results):
        question = ask(what, strategies or ("minimum", "full"), draw=not asked.pop("fixed"), **asked)
        enough(question.arms)
        with progress_bar() as bar:
            return answer(question, out=results, workers=workers, progress=bar,
                          tell=lambda sentence: click.echo(sentence, err=True))
    given = [name for name in ASKED if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE]
    if strategies or given:
        named = {"settings": "set"}
        word = f"--{named.get(given[0], given[0])}" if given else f"'{strategies[0]}'"
        raise InputError(f"{word}: goes with a business; a result is shown as it is")
    return from_folder(str(newest(results)) if what is None else what, results)
