"""`amends status`: what lies in the results, and how far it is."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.cli import options


@click.command("status")
@options.RESULTS
def command(out: Path) -> None:
    """List the folders of results: finished or not, runs kept, runs that failed."""
    from experiments.archive import entries

    found = entries(out)
    if not found:
        click.echo(f"No results in {out}.")
        return
    wide = max(len(entry.folder.name) for entry in found) + 2
    for entry in found:
        click.echo(f"{entry.folder.name:<{wide}}{entry.status}, {entry.played:,} of {entry.planned} runs")
        for failed in entry.failed[:5]:
            click.echo(f"  failed: amends replay {failed}")
        if len(entry.failed) > 5:
            click.echo(f"  and {len(entry.failed) - 5} more failed, see {entry.folder / 'failed'}")
    if any(entry.status == "begun, not finished" for entry in found):
        click.echo("\nWhat is not finished goes on where it was when its command is given again.")
