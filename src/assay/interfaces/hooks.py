"""Checks for pre-commit: `python -m assay.interfaces.hooks plan|dataset FILE...`; quiet where all is well."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import click

from assay.domain.errors import AssayError


@click.command(epilog="Exit codes: 0 all files can be used, 1 some cannot.")
@click.argument("what", type=click.Choice(["plan", "dataset"]))
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(path_type=Path))
def check(what: str, files: Sequence[Path]) -> int:
    """Read plans or datasets as an audit would, without network, and say what is wrong with each."""
    read = {"plan": _plan, "dataset": _dataset}[what]
    return max((_checked(read, path) for path in files), default=0)


def _checked(read: Callable[[Path], None], path: Path) -> int:
    from assay.report.inert import visible

    try:
        read(path)
    except AssayError as error:
        click.echo(visible(_placed(str(error), path)), err=True)
        return 1
    return 0


def _placed(message: str, path: Path) -> str:
    """The message with the whole path: several files may bear one name."""
    if str(path) in message:
        return message
    return f"{path}{message.removeprefix(path.name)}" if message.startswith(f"{path.name}:") else f"{path}: {message}"


def _plan(path: Path) -> None:
    """What `assay plan` does, up to its text: the plan is read, and forecast."""
    from assay.casting import prices
    from assay.checks.codes import codes
    from assay.engine.forecast import forecast
    from assay.interfaces.runs import made_scorer
    from assay.store.plans import read_plan

    plan = read_plan(path, made_scorer, codes=codes)
    forecast(plan, prices(plan), None)


def _dataset(path: Path) -> None:
    from assay.store.datasets import read_dataset

    read_dataset(path)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the check and ends the process; 2 is a mistake in the command."""
    try:
        outcome = check.main(list(arguments) if arguments is not None else None, "hooks", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    sys.exit(outcome if isinstance(outcome, int) else 0)


if __name__ == "__main__":
    main()
