"""The command `amends`: one file per command, imported only when it is called.

Exit codes: 0 ok, 1 failed, 2 wrong input, 3 some runs failed, 130 interrupted.
"""

from __future__ import annotations

import io
import sys
from importlib import import_module
from typing import Any

import click

COMMANDS = (
    "compare", "report", "breakeven", "run", "status", "replay", "export", "story", "triangle", "dashboard", "list",
    "show", "check", "new", "schema", "calibrate", "validate")

FIRST_STEPS = """\
amends: what a failed customer costs a firm, in remedies and in churn.

Three commands to begin with:

  amends compare hotel       play "the bare minimum" against "full remedy at once"
  amends show hotel          what is assumed about that business
  amends list strategies     what else a firm could do

amends --help tells the rest."""


class Lazy(click.Group):
    """A group that imports the file of a command when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The object `command` of the file of that name."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"experiments.cli.{cmd_name}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a misspelled one is told the nearest (click looks only at commands already loaded)."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(COMMANDS)}"
            ctx.fail(f"no command is called '{args[0]}'; {hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; wrong input and interruptions become sentences and exit codes."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            click.echo("Interrupted. What was finished is kept; the same command goes on from there.", err=True)
            ctx.exit(130)
        except Exception as error:
            from sim.config import InputError

            if not isinstance(error, InputError):
                raise
            for problem in error.problems:
                click.echo(f"Error: {problem}", err=True)
            ctx.exit(2)


@click.command(cls=Lazy, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="amends")
@click.pass_context
def main(ctx: click.Context) -> None:
    """What a failed customer costs a firm, in remedies and in churn."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a sign shows another in its place; it does not end the command.
            stream.reconfigure(errors="replace")
    if ctx.invoked_subcommand is None:
        click.echo(FIRST_STEPS)
