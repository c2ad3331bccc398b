"""`amends run`: an experiment from a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from experiments.cli import options


@click.command("run")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE.toml...")
@click.option("--workers", type=int, help="Processes; the results are the same for any number.  [default: all "
              "processors, with --cluster those of its workers]")
@options.OUT
@click.option("--fail-fast", is_flag=True, help="Stop at the first run that fails, instead of recording it.")
@click.option("--cluster", metavar="ADDRESS", help="Play on a Dask scheduler, as in tcp://host:8786 (extra 'cluster').")
@click.pass_context
def command(ctx: click.Context, files: tuple[Path, ...], workers: int | None, out: Path | None, fail_fast: bool,
            cluster: str | None) -> None:
    """Run experiments; killed at any moment, the same command goes on where it was.

    FILE may also be the name of one that comes with amends: two-strategies, frontier, market-sweep,
    sensitivity, story-claims. `amends new experiment NAME` writes a commented one.
    """
    from experiments.cli.compare import progress_bar
    from experiments.experiment import Experiment, FailedFast
    from experiments.runner import MakeExecutor, local_pool
    from experiments.sweep_text import text
    from experiments.text_chart import signs_for, terminal_width
    from sim.config import InputError

    make: MakeExecutor = local_pool
    if cluster:
        from experiments.cluster import cluster_pool, cluster_threads

        make = cluster_pool(cluster)
        workers = cluster_threads(make) if workers is None else workers
    experiments, problems = [], []
    for path in files:
        try:
            experiments.append(Experiment.load(path))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    failed = False
    for number, experiment in enumerate(experiments):
        try:
            with progress_bar() as progress:
                results = experiment.run(out=out, workers=workers, fail_fast=fail_fast, progress=progress,
                                         tell=lambda sentence: click.echo(sentence, err=True), make_executor=make)
        except FailedFast as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(3)
        click.echo(("\n" if number else "") + text(results, terminal_width(), signs_for(sys.stdout)), nl=False)
        if results.failures:
            first, failed = results.failures[0], True
            place = results.folder / "failed"
            click.echo(f"Error: {len(results.failures)} runs failed and are left out (see {place}); the first, "
                       f"point {first.point}, run {first.run} with seed {first.run_seed}: {first.message}", err=True)
    if failed:
        ctx.exit(3)
