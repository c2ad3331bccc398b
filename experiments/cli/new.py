"""`amends new`: a file to begin with."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("new")
def command() -> None:
    """Write a commented experiment, or a business of your own after five questions."""


def _write(path: Path, text: str) -> None:
    from sim.config import InputError

    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{path}: is there already; give another name or move it away") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None


def _named(name: str) -> str:
    import re

    from sim.config import InputError

    name = name.removesuffix(".toml")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", name):
        raise InputError(f"{name}: a name has small letters, digits and hyphens, such as my-hotel")
    return name


@command.command("experiment")
@click.argument("name")
def experiment(name: str) -> None:
    """Write NAME.toml, a commented experiment."""
    from experiments import starters

    name = _named(name)
    _write(Path(f"{name}.toml"), starters.experiment(name))
    click.echo(f"Written: {name}.toml\nNext: amends check {name}.toml\n      amends run {name}.toml")


@command.command("business")
@click.argument("name")
@click.option("--from", "source", default="hotel", show_default=True, metavar="BUSINESS",
              help="The business to start from.")
@click.option("--customers", type=int, help="How many customers you have.")
@click.option("--visits", type=float, help="How often one comes, a year.")
@click.option("--margin", type=float, help="What of the price stays with you, in percent.")
@click.option("--failures", type=float, help="How many visits in a hundred fail.")
@click.option("--remedy", type=float, help="What a complete remedy costs you on average.")
@click.option("--keep-joining", is_flag=True, help="Do not balance joining again (half a minute).")
def business(name: str, source: str, keep_joining: bool, **answers: float | None) -> None:
    """Write NAME.toml, a business of your own; what no option says is asked."""
    from experiments import starters
    from sim.business import load_business
    from sim.config import InputError

    name = _named(name)
    if Path(f"{name}.toml").exists():
        _write(Path(f"{name}.toml"), "")
    start = load_business(source)
    known = starters.asked_of(start)
    asked = {"customers": "How many customers have you", "visits": "How often does one come, a year",
             "margin": "What of the price stays with you, in percent", "failures": "How many visits in a hundred fail",
             "remedy": f"What does a complete remedy cost you on average, in {start.currency}"}
    for key, question in asked.items():
        if answers[key] is None:
            default = getattr(known, key)
            try:
                answers[key] = click.prompt(question, default=default, type=int if key == "customers" else float,
                                            err=True)
            except click.Abort as abort:
                # Ctrl-C means no; where nobody can answer, the options must.
                if not isinstance(abort.__context__, EOFError):
                    raise
                click.echo(err=True)
                missing = ", ".join(f"--{one}" for one in asked if answers[one] is None)
                raise InputError(f"nobody answers the questions here; give {missing}") from None
    five = starters.Five(**answers)  # type: ignore[arg-type]
    text = starters.business(name, source, five, balance=not keep_joining,
                             tell=lambda sentence: click.echo(sentence, err=True))
    _write(Path(f"{name}.toml"), text)
    click.echo(f"Written: {name}.toml, titled '{starters.title_of(name)}'\n"
               + starters.next_steps(f"{name}.toml", starters.people_for(five.customers, start.people.customer_share)))
