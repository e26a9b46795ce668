"""`assay checks`: what is looked for in training data."""

from __future__ import annotations

import importlib
import inspect
import json

import click

from assay.checks.catalogue import CHECKS
from assay.checks.check import Defect
from assay.domain.errors import PlanError


@click.command(epilog="Example:  assay checks truncated")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def checks(name: str | None, form: str) -> int:
    """What `assay check data` looks for; with NAME what that check finds, its findings and first remedies."""
    if name is not None:
        click.echo(page(name), nl=False)
        return 0
    if form == "json":
        click.echo(json.dumps([{"name": key, "finds": entry.line} for key, entry in CHECKS.items()]))
        return 0
    width = max(map(len, CHECKS))
    for key, entry in CHECKS.items():
        click.echo(f"{key:<{width}}  {entry.line}")
    click.echo("\nA page each:  assay checks NAME")
    return 0


def page(name: str) -> str:
    """A check's page: what it looks for, and what it can find.

    Raises:
        PlanError: No check has that name.
    """
    if name not in CHECKS:
        raise PlanError(f"no check is called '{name}'. Known: {', '.join(CHECKS)}")
    module, kind = CHECKS[name].target.split(":")
    loaded = importlib.import_module(module)
    about = [f"{name}: {CHECKS[name].line}", "", inspect.getdoc(getattr(loaded, kind)) or ""]
    return "\n".join(about).rstrip() + "\n" + _defects(loaded)


def _defects(module: object) -> str:
    """The kinds of findings that a module declares, worst first as they stand."""
    declared = [value for value in vars(module).values() if isinstance(value, Defect)]
    inside = [each for value in vars(module).values() if isinstance(value, dict) for each in value.values()]
    declared += [each for each in inside if isinstance(each, Defect)]
    lines = [f"{one.severity:<8}  {one.code}  {one.message}\n{'':<10}{one.remediation}" for one in declared]
    return "\n" + "\n".join(lines) + "\n" if lines else ""
