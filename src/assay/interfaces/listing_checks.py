"""`assay checks`: what is looked for in training data."""

from __future__ import annotations

import importlib
import inspect
import json
import re

import click

from assay.checks.catalogue import CHECKS
from assay.checks.check import Defect
from assay.checks.codes import codes_of
from assay.domain.errors import PlanError
from assay.report.data import SEVERITIES

_SECTION = re.compile(r"\n\s*(?:Args|Examples|Raises|Returns|Source):")
"""Where a docstring turns to those who call the class."""


@click.command(epilog="Example:  assay checks truncated")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def checks(name: str | None, form: str) -> int:
    """What `assay check data` looks for; with NAME what that check finds, its findings and first remedies.

    NAME may also be the code of a finding, such as policy.over_refusal.
    """
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

    Args:
        name: A check, or the code of a finding that one makes.

    Raises:
        PlanError: No check has that name or makes that code.
    """
    known = name if name in CHECKS else next((one for one in CHECKS if name in codes_of(_module(one))), None)
    if known is None:
        raise PlanError(f"no check is called '{name}', and none makes such a finding. Known: {', '.join(CHECKS)}")
    module = _module(known)
    loaded = importlib.import_module(module)
    described = inspect.getdoc(getattr(loaded, CHECKS[known].target.split(":")[1])) or ""
    about = f"{known}: {CHECKS[known].line}\n\n{_SECTION.split(described)[0]}"
    return about.rstrip() + "\n" + _defects(loaded, codes_of(module))


def _module(name: str) -> str:
    return CHECKS[name].target.split(":")[0]


def _defects(module: object, codes: tuple[str, ...]) -> str:
    """The kinds of findings that a module declares or takes from its parts, worst first; then other codes."""
    declared: dict[str, Defect] = {}
    for value in vars(module).values():
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        declared |= {each.code: each for each in inside if isinstance(each, Defect)}
    ranked = sorted(declared.values(), key=lambda one: SEVERITIES.index(one.severity))
    lines = [f"{one.severity:<8}  {one.code}  {one.message}\n{'':<10}{one.remediation}" for one in ranked]
    if further := [code for code in codes if code not in declared]:
        word = "also" if declared else "varying"
        lines.append(f"{word:<8}  {', '.join(further)}\n{'':<10}Severity, words and remedy depend on the rows")
    return "\n" + "\n".join(lines) + "\n" if lines else ""
