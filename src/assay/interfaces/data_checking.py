"""`assay check data`: what the rows of training data will teach, before they do."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click

from assay import __version__
from assay.checks.blocks import Block, Waiting
from assay.checks.catalogue import CHECKS, made
from assay.checks.check import Check, TakesBlocks
from assay.checks.fit import Fit
from assay.checks.interface import Interface
from assay.checks.manifest import SCHEMA, Keys, Manifest, difference, moved
from assay.checks.provenance import Provenance, Source
from assay.checks.shapes import KINDS, Kind
from assay.domain.errors import DataError
from assay.domain.training import TrainingRow, Unfit
from assay.domain.verdict import Finding
from assay.interfaces.data_cleaning import cleaned, rules, verdict
from assay.interfaces.runs import replacing
from assay.report.data import data_text, rows_of, serious, worst_first
from assay.report.data_html import data_html
from assay.report.inert import one_line
from assay.report.machine import plain
from assay.report.sarif import findings_sarif
from assay.store.deployments import read_deployment
from assay.store.training_copy import Copied
from assay.store.training_files import TrainingFile, files

_QUIET_S = 2.0


@click.command(
    epilog="Example:  assay check data train.jsonl --against evals/ --format json -o findings.json   "
    "Exit codes: 0 nothing of severity high or more, 1 something, 2 usage."
)
@click.argument("names", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--against", metavar="FILE", multiple=True, help="Evaluation sets that must not be in the data; repeatable."
)
@click.option("--kind", type=click.Choice(list(KINDS)), help="What the rows should be; others are findings.")
@click.option("--previous", metavar="OLD", help="An earlier version, as data or as its manifest: says what changed.")
@click.option(
    "--deployment", metavar="FILE", type=click.Path(path_type=Path),
    help="System prompt, tools and chat template that the model will meet (YAML), or a model folder.",
)  # fmt: skip
@click.option("--require", metavar="KEY", multiple=True, help="Metadata that every row must have; repeatable.")
@click.option("--source", metavar="NAME", multiple=True, help="List all rows of this source; repeatable.")
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
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "sarif", "html"]), default="text", show_default=True
)
@click.option("-o", "target", metavar="FILE", type=click.Path(path_type=Path), help="Write here; - is standard output.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def data(
    names: tuple[str, ...],
    against: tuple[str, ...],
    kind: str | None,
    previous: str | None,
    deployment: Path | None,
    require: tuple[str, ...],
    source: tuple[str, ...],
    at_most: tuple[str, ...],
    fix: Path | None,
    drop: tuple[str, ...],
    form: str,
    target: Path | None,
    quiet: bool,
) -> int:
    """Say what the rows of FILE... will teach: each finding with its rows, evidence, severity and remedy.

    Reads JSON Lines, JSON, CSV, Parquet, Arrow and text, packed with gzip or Zstandard, of files, folders and - for
    standard input. The shape of the rows is recognised; a row that does not fit is a finding.
    """
    asked = rules(at_most)
    before = _before(previous) if previous is not None else None
    progress = _Progress(quiet)
    meant, passed = files(names)
    held = _held(against)
    audit = Audit({**made(held), **_wanted(kind, deployment, require, source)}, keys=before is not None)
    for name in meant:
        for row in audit.read(name, as_text=kind == "text"):
            progress.step(row.file)
    progress.end()
    if passed:
        click.echo(
            f"warning: passed over {len(passed)} files of other formats, first {one_line(passed[0], 80)}", err=True
        )
    findings = worst_first(list(audit.findings()))
    manifest = audit.manifest.told()
    more: dict[str, Any] = {}
    if before is not None:
        more["changes"] = _changes(str(previous), before, audit)
    if asked:
        more["verdict"] = verdict(asked, findings)
    _put(_rendered(form, findings, manifest, more, names), target)
    if fix is not None:
        _fixed(*cleaned(fix, audit.manifest.files, findings, drop), fix)
    blocked = more["verdict"]["decision"] == "block" if asked else serious(findings)
    return 1 if blocked else 0


def _wanted(
    kind: str | None, deployment: Path | None, require: Sequence[str], source: Sequence[str]
) -> dict[str, Check]:
    """Checks that the user asks for by options."""
    found: dict[str, Check] = {}
    if kind is not None:
        found["kind"] = Kind(kind)
    if deployment is not None:
        found["interface"] = Interface(read_deployment(deployment))
    if require:
        found["provenance"] = Provenance(require)
    if source:
        found["source"] = Source(source)
    return found


def _fixed(made: Sequence[Copied], left: int, folder: Path) -> None:
    """Says what was written."""
    for one in made:
        click.echo(f"{one_line(one.file, 80)}: {one.kept:,} rows kept, {one.removed:,} removed", err=True)
    click.echo(f"The copy and removed.jsonl are in {one_line(str(folder), 200)}", err=True)
    if left:
        click.echo(f"warning: {left:,} more rows should go; check the copy again with --fix", err=True)


@dataclass(slots=True)
class Audit:
    """All checks over all files."""

    checks: dict[str, Check]
    keys: bool = False
    """Whether rows are remembered to be compared with another version."""
    manifest: Manifest = field(default_factory=Manifest)
    remembered: Keys | None = None
    _fit: Fit = field(default_factory=Fit)

    def __post_init__(self) -> None:
        found = self.checks.get("fit")
        if isinstance(found, Fit):
            self._fit = found
        if self.keys:
            self.remembered = Keys()

    def read(self, name: str, as_text: bool = False) -> Iterator[TrainingRow | Unfit]:
        """Reads a file through all checks; gives what was read, for those who count."""
        file = TrainingFile(name, as_text=as_text)
        takes = [check.take for check in self.checks.values() if isinstance(check, TakesBlocks)]
        looks = [check.add for check in self.checks.values() if not isinstance(check, TakesBlocks)]
        looks.append(self.manifest.add)
        if self.remembered is not None:
            looks.append(self.remembered.add)
        waiting = Waiting()
        for row in file.rows():
            if isinstance(row, Unfit):
                self._fit.add_unfit(row)
                self.manifest.add_unfit(row)
            else:
                for look in looks:
                    look(row)
                for block in waiting.add(row):
                    _given(block, takes)
            yield row
        for block in waiting.rest():
            _given(block, takes)
        if file.facts is not None:
            self.manifest.add_file(file.facts)

    def findings(self) -> Iterator[Finding]:
        """What all checks found."""
        for check in self.checks.values():
            yield from check.findings()


def _given(block: Block, takes: Sequence[Callable[[Block], None]]) -> None:
    for take in takes:
        take(block)


class _Progress:
    """Rows so far on standard error, now and then."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty()
        self._told = self._begun = time.monotonic()
        self._rows = 0

    def step(self, file: str) -> None:
        """A row more."""
        self._rows += 1
        if self._quiet or self._rows % 1000:
            return
        now = time.monotonic()
        if now - self._told < (0.2 if self._live else _QUIET_S):
            return
        self._told = now
        line = f"{self._rows:,} rows  {self._rows / (now - self._begun):,.0f}/s  {one_line(file, 50)}"
        click.echo(f"\r{line:<100}" if self._live else line, err=True, nl=not self._live)

    def end(self) -> None:
        """Clears the line."""
        if self._live and not self._quiet:
            click.echo("\r" + " " * 100 + "\r", err=True, nl=False)


def _held(names: Sequence[str]) -> list[TrainingRow]:
    """The rows of the evaluation sets; what cannot be read of them is said."""
    if not names:
        return []
    rows: list[TrainingRow] = []
    unfit: Counter[str] = Counter()
    for name in files(names)[0]:
        for row in TrainingFile(name, as_text=True).rows():
            if isinstance(row, Unfit):
                unfit[row.cause] += 1
            else:
                rows.append(row)
    if unfit:
        told = ", ".join(f"{cause} {count}" for cause, count in unfit.most_common())
        click.echo(f"warning: not compared with rows of --against that cannot be read: {told}", err=True)
    if not rows:
        raise DataError(f"{', '.join(names)}: no row to hold the data against")
    if not any(entry.against for entry in CHECKS.values()):
        click.echo("warning: no check that compares with --against is part of this version", err=True)
    return rows


_Before = tuple[Mapping[str, Any], Keys | None]


def _before(previous: str) -> _Before:
    """The manifest of an earlier version, and its rows where it is data."""
    found = _manifest(previous)
    if found is not None:
        return found, None
    audit = Audit({}, keys=True)
    for name in files([previous])[0]:
        for _ in audit.read(name):
            pass
    return audit.manifest.told(), audit.remembered


def _manifest(previous: str) -> Mapping[str, Any] | None:
    """The manifest in a file, alone or as part of what this command wrote; None when the file is data."""
    path = Path(previous)
    if not path.is_file() or path.stat().st_size > 64 * 1024 * 1024:
        return None
    try:
        told = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
    inside = told.get("manifest", told) if isinstance(told, dict) else None
    return inside if isinstance(inside, dict) and inside.get("schema") == SCHEMA else None


def _changes(previous: str, before: _Before, audit: Audit) -> dict[str, Any]:
    earlier, keys = before
    now = audit.manifest.told()
    told: dict[str, Any] = {
        "previous": previous,
        "rows": [earlier.get("rows", 0), now["rows"]],
        "same_rows": earlier.get("digest") == now["digest"],
        "files": _files(earlier, now),
        "moved": moved(earlier, now),
    }
    if keys is not None and audit.remembered is not None:
        told |= asdict(difference(keys, audit.remembered))
    return told


def _files(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, list[str]]:
    """Files by their digests: same, came, went, and changed under one name."""
    old = {Path(each["file"]).name: each["digest"] for each in before.get("files", ())}
    new = {Path(each["file"]).name: each["digest"] for each in now["files"]}
    return {
        "same": sorted(name for name in new if old.get(name) == new[name]),
        "changed": sorted(name for name in new if name in old and old[name] != new[name]),
        "came": sorted(set(new) - set(old)),
        "went": sorted(set(old) - set(new)),
    }


def _rendered(
    form: str,
    findings: Sequence[Finding],
    manifest: Mapping[str, Any],
    more: Mapping[str, Any],
    names: Sequence[str],
) -> str:
    if form == "text":
        return data_text(findings, manifest, more)
    if form == "html":
        return data_html(findings, manifest, more, __version__)
    if form == "sarif":
        return findings_sarif([(f"data {' '.join(names)}", findings, __version__)])
    told = {
        "findings": [asdict(one) for one in findings],
        "counts": {
            "rows": manifest["rows"],
            "unfit": manifest["unfit"],
            "files": len(manifest["files"]),
            "findings": len(findings),
            "by_severity": dict(Counter(one.severity for one in findings)),
            "by_code": _by_code(findings),
        },
        "manifest": manifest,
        **more,
    }
    return json.dumps(plain(told), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _by_code(findings: Sequence[Finding]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for one in findings:
        counts[one.code] += rows_of(one)
    return dict(counts.most_common())


def _put(text: str, target: Path | None) -> None:
    if target is None or str(target) == "-":
        with contextlib.suppress(BrokenPipeError):
            click.echo(text, nl=False)
        return
    with replacing(target) as stream:
        stream.write(text.encode("utf-8", "replace"))
