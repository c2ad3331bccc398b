"""`amends replay`: any single run again."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.cli import options


@click.command("replay")
@click.argument("run_id", metavar="RUN-ID")
@options.RESULTS
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
              help="What is printed; json has every column.")
@click.pass_context
def command(ctx: click.Context, run_id: str, out: Path, form: str) -> None:
    """Play one run again and hold it against what is kept.

    RUN-ID is FOLDER:POINT:RUN, such as frontier-1a2b3c4d:0:12 (of a comparison also FOLDER:RUN).
    """
    from experiments import words
    from experiments.archive import replay

    found = replay(run_id, out)
    if form == "json":
        import json
        import math

        rows = [{key: None if isinstance(value, float) and not math.isfinite(value) else value
                 for key, value in row.items()} for row in found.rows]
        click.echo(json.dumps({"rows": rows, "kept": found.kept, "different": list(found.different)}, indent=2))
    else:
        from experiments.words import shortened

        money = found.point.business.currency
        click.echo(f"{run_id}, seed {found.rows[0]['run_seed']}, {money}")
        click.echo(f"{'':<30}{'net present value':>18}{'cost of remedy':>16}{'cost of churn':>16}")
        for row in found.rows:
            if row["role"] == "strategy":
                numbers = [words.whole(row[key]) for key in ("net_present_value", "cost_of_remedy", "cost_of_churn")]
                click.echo(f"{shortened(row['arm'], 29):<30}{numbers[0]:>18}{numbers[1]:>16}{numbers[2]:>16}")
        click.echo("Not among the kept tables yet." if not found.kept else
                   "The same as kept, to the last digit." if not found.different else
                   f"NOT the same as kept: {', '.join(found.different)}")
    if found.different:
        ctx.exit(1)
