"""`assay check runs`: may the figures of two runs be held against each other?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from assay.interfaces.runs import made_scorer
from assay.report.inert import one_line
from assay.store.comparable import Difference, Drawn, differences, drawn
from assay.store.runs import RunFile

_SPOILS = {
    "answers": "The answers are not comparable",
    "scores": "The scores are not comparable",
    "decision": "The decisions were made by other rules or another program",
}


@click.command(
    epilog="Example:  assay check runs runs/v3 runs/v4   Exit codes: 0 comparable, 1 not comparable, 2 usage, "
    "5 a run is damaged."
)
@click.argument("first", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("second", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def runs(first: Path, second: Path, form: str) -> int:
    """Say whether two runs are comparable, or exactly what is not.

    Candidates may be different models: that is what runs are compared for. How they were
    asked, the reference, the rows, the judges, scorers and their coefficients, the policy
    and the code must be the same.
    """
    found = differences(_drawn(first), _drawn(second))
    if form == "json":
        told = {
            "comparable": not found,
            "runs": [str(first), str(second)],
            "differences": [asdict(one) for one in found],
        }
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo("comparable" if not found else "\n".join(["not comparable", *listed(found)]))
    return 1 if found else 0


def _drawn(folder: Path) -> Drawn:
    run = RunFile(folder, write=False)
    try:
        return drawn(run, made_scorer)
    finally:
        run.close()


def listed(found: tuple[Difference, ...]) -> list[str]:
    """The differences as lines, under what they spoil."""
    lines: list[str] = []
    for affects, title in _SPOILS.items():
        inside = [one for one in found if one.affects == affects]
        if inside:
            lines += [f"{title}:", *(f"  {line(one)}" for one in inside)]
    return lines


def line(one: Difference) -> str:
    """One difference in one line."""
    where = f" ({one_line(one.where, 80)})" if one.where else ""
    return f"{one.topic}{where}: {one_line(one.what, 300)}"
