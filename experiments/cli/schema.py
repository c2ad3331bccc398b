"""`amends schema`: for editors."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument("what", type=click.Choice(["experiment", "business"]), default="experiment")
def command(what: str) -> None:
    """Print the JSON Schema of an experiment (or business) file, so that an editor completes and checks it.

    Editors that know taplo read it from a first line such as #:schema ./experiment.schema.json
    """
    import json

    from experiments.schema import schema

    click.echo(json.dumps(schema(what), indent=2, ensure_ascii=False))
