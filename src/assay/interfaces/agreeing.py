"""`assay stats agreement`: how far raters agree."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from assay.domain.errors import DataError, EvidenceError
from assay.statistics.agreement import Agreement, agreement

ID = "id"
"""Column that names the item and is no rater."""


@click.command("agreement", epilog="Example:  assay stats agreement labels.csv --rater anna --rater judge")
@click.argument("file", metavar="FILE")
@click.option("--rater", "raters", multiple=True, metavar="NAME", help="A column that holds ratings; repeatable.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def agreeing(file: str, raters: Sequence[str], form: str) -> int:
    """How far two or more raters agree: percent, Cohen's kappa, Gwet's AC1, Krippendorff's alpha.

    FILE is CSV with a header or JSON Lines: one row per item, one column per rater, and
    perhaps `id`. Words are compared as they stand; an empty cell or null was not rated.
    """
    rows = _rows(file)
    columns = list(raters) or [name for name in dict.fromkeys(key for row in rows for key in row) if name != ID]
    unknown = [name for name in raters if not any(name in row for row in rows)]
    if unknown:
        known = ", ".join(dict.fromkeys(key for row in rows for key in row))
        raise DataError(f"{file}: no column is called '{unknown[0]}'. Known: {known}")
    if len(columns) < 2:
        raise EvidenceError(f"{file}: {len(columns)} raters; agreement needs two columns of ratings")
    found = agreement([[_word(row.get(name)) for name in columns] for row in rows])
    if form == "json":
        click.echo(json.dumps({"raters": columns, **dataclasses.asdict(found), "prevalence": dict(found.prevalence)}))
    else:
        click.echo("\n".join([f"raters      {', '.join(columns)}", *told(found)]))
    return 0


def told(found: Agreement) -> list[str]:
    """The coefficients, a line each."""

    def shown(value: float | None) -> str:
        return "not defined" if value is None else f"{value:.3f}"

    limits = "" if found.ac1_low is None else f"  (95% {shown(found.ac1_low)} to {shown(found.ac1_high)})"
    common = sorted(found.prevalence, key=lambda pair: -pair[1])[:6]
    return [
        f"items       {found.n} that two or more judged",
        "percent     " + ("not defined" if found.percent is None else f"{100 * found.percent:.1f}"),
        f"AC1         {shown(found.ac1)}{limits}",
        f"alpha       {shown(found.alpha)}",
        f"kappa       {shown(found.kappa)}",
        "words       " + ", ".join(f"{word} {100 * share:.1f} %" for word, share in common),
    ]


def _word(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return value.strip() if isinstance(value, str) else json.dumps(value)


def _rows(file: str) -> list[Mapping[str, Any]]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror or error}") from error
    rows = _objects(file, text) if text.lstrip().startswith("{") else _table(file, text)
    if not rows:
        raise DataError(f"{file}: no rows")
    return rows


def _objects(file: str, text: str) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{file}:{number}: not JSON: {error}") from error
        if not isinstance(row, dict):
            raise DataError(f"{file}:{number}: not a JSON object; expected a rating for each rater by name")
        rows.append(row)
    return rows


def _table(file: str, text: str) -> list[Mapping[str, Any]]:
    reader = csv.DictReader(io.StringIO(text), restkey="", strict=True)
    try:
        rows: list[Mapping[str, Any]] = list(reader)
    except csv.Error as error:
        raise DataError(f"{file}:{reader.line_num}: not CSV: {error}") from error
    broken = next((at for at, row in enumerate(rows, 2) if "" in row), None)
    if broken is not None:
        raise DataError(f"{file}:{broken}: more cells than the header names")
    return rows
