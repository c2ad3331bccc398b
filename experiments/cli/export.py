"""`amends export`: results in other formats."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.cli import options


@click.command("export")
@click.argument("folder")
@click.option("--table", default="runs", show_default=True,
              type=click.Choice(["runs", "course", "series", "cases", "draws", "summary", "points", "arms", "columns"]),
              help="Which table; course and draws are of comparisons.")
@click.option("--format", "form", type=click.Choice(["csv", "parquet", "xlsx"]), default="csv", show_default=True,
              help="xlsx needs the extra 'excel'.")
@click.option("--to", "target", type=click.Path(path_type=Path), metavar="FILE",
              help="The file to write.  [default: TABLE.FORMAT here]")
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@options.RESULTS
def command(folder: str, table: str, form: str, target: Path | None, force: bool, out: Path) -> None:
    """Write a table of a folder of results as CSV, Parquet or Excel.

    FOLDER is a path, a name as amends status shows it, or the beginning of one.
    """
    from experiments.archive import exported, known_folder
    from sim.config import InputError

    place, _ = known_folder(folder, out)
    target = target or Path(f"{table}.{form}")
    if target.exists() and not force:
        raise InputError(f"{target}: is there already; --to names another file, --force writes over it")
    exported(place, table, form, target)
    click.echo(f"Written: {target}")
