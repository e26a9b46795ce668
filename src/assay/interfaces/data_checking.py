"""`assay check data`: what the rows of training data will teach, before they do."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from assay.checks.shapes import KINDS
from assay.domain.errors import ConfigurationError
from assay.interfaces.data_audit import Audit
from assay.interfaces.data_cleaning import cleaned, ready
from assay.interfaces.data_options import Options
from assay.interfaces.data_previous import before, changes
from assay.interfaces.data_progress import RowProgress
from assay.interfaces.data_rules import rules, verdict
from assay.interfaces.data_wanted import Wanted
from assay.interfaces.data_writing import beside, put, rendered, tell_copies
from assay.interfaces.whole_files import replacing
from assay.report.data import serious, standing, worst_first
from assay.report.inert import one_line
from assay.store.row_digests import RowDigests
from assay.store.training_files import files


@click.command(
    epilog="Example:  assay check data train.jsonl --against evals/ --format json -o findings.json   "
    "Exit codes: 0 nothing of severity high or more, 1 something, 2 usage."
)
@click.argument("names", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--against",
    metavar="FILE",
    multiple=True,
    help="Evaluation sets that must not be in the data: files, folders, pack:NAME.",
)
@click.option(
    "--against-hashes", metavar="FILE", multiple=True, type=click.Path(path_type=Path),
    help="Sealed sets as `assay check seal` wrote them; repeatable.",
)  # fmt: skip
@click.option(
    "--plan", metavar="PLAN", type=click.Path(path_type=Path),
    help="An audit's plan: all its suites must not be in the data, and what it asks of the data is asked.",
)  # fmt: skip
@click.option("--kind", type=click.Choice(list(KINDS)), help="What the rows should be; others are findings.")
@click.option("--previous", metavar="OLD", help="An earlier version, as data or as its manifest: says what changed.")
@click.option(
    "--deployment", metavar="FILE", type=click.Path(path_type=Path),
    help="System prompt, tools and chat template that the model will meet (YAML), or a model folder.",
)  # fmt: skip
@click.option(
    "--contract", metavar="FILE", type=click.Path(path_type=Path),
    help="Behaviour contract (YAML) that the rows are held to: style, boundary, form, length, mixture.",
)  # fmt: skip
@click.option("--stage", metavar="NAME", default="", help="Stage of training, by which the contract's caps are picked.")
@click.option("--require", metavar="KEY", multiple=True, help="Metadata that every row must have; repeatable.")
@click.option("--source", metavar="NAME", multiple=True, help="List all rows of this source; repeatable.")
@click.option(
    "--execute", is_flag=True, help="Run Python of answers against the assertions beside it, in a sandbox; Linux only."
)
@click.option(
    "--at-most", metavar="CODE=N", multiple=True,
    help="A rule: so many rows with findings of this code may stand, * for anything. Rules decide the exit code.",
)  # fmt: skip
@click.option(
    "--fix", metavar="DIR", type=click.Path(path_type=Path), help="Write a cleaned copy and a log of removals."
)
@click.option(
    "--drop", metavar="CODE", multiple=True, help="With --fix: rows of these findings go; else high or worse."
)
@click.option("--digests", metavar="FILE", type=click.Path(path_type=Path), help="Write the digest of each row here.")
@click.option(
    "--ledger", "book", metavar="PATH", type=click.Path(path_type=Path),
    help="Tell the ledger of a run, or one in this folder, what was found: digests and numbers.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "sarif", "html"]), default="text", show_default=True
)
@click.option("-o", "target", metavar="FILE", type=click.Path(path_type=Path), help="Write here; - is standard output.")
@click.option("--full", is_flag=True, help="In text, findings of severity info whole, not a line each.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def data(
    names: tuple[str, ...],
    previous: str | None,
    at_most: tuple[str, ...],
    fix: Path | None,
    drop: tuple[str, ...],
    digests: Path | None,
    book: Path | None,
    form: str,
    target: Path | None,
    full: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Say what the rows of FILE... will teach: each finding with its rows, evidence, severity and remedy.

    Reads JSON Lines, JSON, CSV, Parquet, Arrow and text, packed with gzip or Zstandard, of files, folders and - for
    standard input. The shape of the rows is recognised; a row that does not fit is a finding.
    """
    asked = rules(at_most)
    meant, passed = files(names)
    asks = Options(**options)
    beside([target, digests], [*meant, *asks.reads(), previous])
    if fix is not None:
        ready(fix, meant, drop)
    elif drop:
        raise ConfigurationError("--drop: says which rows a cleaned copy is without; give --fix DIR too")
    wanted = Wanted.of(asks)
    old = before(previous) if previous is not None else None
    audit = Audit(wanted.checks(), keys=old is not None, passed=passed)
    with ExitStack() as opened:
        if digests is not None:
            audit.looks = [RowDigests(opened.enter_context(replacing(digests))).add]
        _read(audit, meant, as_text=wanted.options.kind == "text", quiet=quiet)
    findings = worst_first([*audit.findings(), *wanted.leaks()])
    more: dict[str, Any] = {"asked": wanted.told(findings)}
    if old is not None:
        more["changes"] = changes(str(previous), old, audit)
    if asked:
        more["verdict"] = verdict(asked, findings, audit.manifest.told(), wanted.looked_for())
    put(rendered(form, findings, audit.manifest.told(), more, names, full=full), target)
    if target is not None and str(target) != "-":
        stands = standing(findings, audit.manifest.told(), more.get("verdict"))
        click.echo(f"{stands}; written to {one_line(str(target), 200)}", err=True)
    if fix is not None:
        tell_copies(*cleaned(fix, audit.manifest.files, findings, drop), fix)
    if book is not None:
        from assay.interfaces.data_ledger import tell  # loads what signs

        number = tell(book, findings, audit.manifest.told(), more)
        click.echo(f"entry {number} of the ledger in {one_line(str(book), 200)} tells of this", err=True)
    fails = more["verdict"]["decision"] != "deploy" if asked else serious(findings)
    return 1 if fails else 0


def _read(audit: Audit, names: Sequence[str], *, as_text: bool, quiet: bool) -> None:
    """Reads all files through all checks."""
    progress = RowProgress(quiet)
    for name in names:
        for row in audit.read(name, as_text=as_text):
            progress.step(row.file)
    progress.end()
