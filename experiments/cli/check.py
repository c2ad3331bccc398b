"""`amends check`: whether a file can be used, and everything that is wrong with it."""

from __future__ import annotations

import click


@click.command("check")
@click.argument("file")
def command(file: str) -> None:
    """Check a business or an experiment file; every mistake is told, with its line and the nearest right key."""
    from pathlib import Path

    from experiments.plan import is_experiment, ready
    from sim.business import load_business, presets
    from sim.config import InputError, nearest, read_toml

    path, known = Path(file), [*presets(), *ready()]
    if file not in known:
        if not path.suffix and not path.exists():
            raise InputError(f"no business or experiment is called '{file}'" + (nearest(file, known)
                             or f"; there are {', '.join(known)}, or give the path of a .toml file"))
        if not read_toml(path)[0]:
            raise InputError(f"{file}: is empty; amends new business NAME or amends new experiment NAME writes one to "
                             "begin with")
    named = file in ready() and not path.exists()
    if named or (file not in presets() and is_experiment(read_toml(path)[0])):
        from experiments.experiment import Experiment

        plan = Experiment.load(file).plan
        points, arms = len(plan.scenarios), len(plan.arms)
        click.echo(f"{file} is ok: {arms} strateg{'ies' if arms != 1 else 'y'} in {plan.business.title}, "
                   f"{points:,} point{'s' * (points != 1)}.")
        return
    business = load_business(file)
    kinds, menu = len(business.failures.kinds), len(business.menu)
    click.echo(f"{file} is ok: {business.title}, {kinds} kind{'s' * (kinds != 1)} of failure, "
               f"{menu} measure{'s' * (menu != 1)} on the menu.")
