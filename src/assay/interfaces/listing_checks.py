"""`assay checks`: what is looked for in training data."""

from __future__ import annotations

import importlib
import inspect
import json
import re

import click

from assay.checks.catalogue import CHECKS
from assay.checks.check import Defect
from assay.domain.errors import PlanError
from assay.report.data import SEVERITIES


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
    about = re.split(r"\n+(?:Args|Raises|Examples):\n", inspect.getdoc(getattr(loaded, kind)) or "")[0]
    return f"{name}: {CHECKS[name].line}\n\n{about}".rstrip() + "\n" + _defects(loaded)


def _defects(module: object) -> str:
    """The kinds of findings that a module declares or takes from its parts, worst first; codes alone come last."""
    declared: dict[str, Defect] = {}
    alone: list[str] = []
    for name, value in vars(module).items():
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        declared |= {each.code: each for each in inside if isinstance(each, Defect)}
        if name in ("CODE", "CODES"):
            alone += [value] if isinstance(value, str) else value
    ranked = sorted(declared.values(), key=lambda one: SEVERITIES.index(one.severity))
    lines = [f"{one.severity:<8}  {one.code}  {one.message}\n{'':<10}{one.remediation}" for one in ranked]
    lines += [f"{'':<10}{code}" for code in alone if code not in declared]
    return "\n" + "\n".join(lines) + "\n" if lines else ""
