"""What `assay check data` writes: the findings in a format, and what became of a cleaned copy."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from assay import __version__
from assay.domain.data import rows_of
from assay.domain.errors import ConfigurationError
from assay.domain.verdict import Finding
from assay.interfaces.whole_files import replacing
from assay.report.data import data_text
from assay.report.data_html import data_html
from assay.report.inert import one_line
from assay.report.machine import plain
from assay.report.sarif import findings_sarif
from assay.store.training_copy import Copied


def rendered(
    form: str,
    findings: Sequence[Finding],
    manifest: Mapping[str, Any],
    more: Mapping[str, Any],
    names: Sequence[str],
    *,
    full: bool = False,
) -> str:
    """The outcome in a format; `full` shows in text what is only information whole."""
    if form == "text":
        return data_text(findings, manifest, more, full=full)
    if form == "html":
        return data_html(findings, manifest, more, __version__, datetime.now(UTC).date().isoformat())
    if form == "sarif":
        return findings_sarif([(f"data {' '.join(names)}", findings, __version__)])
    told = {
        "findings": [asdict(one) for one in findings],
        "counts": counts_of(findings, manifest),
        "manifest": manifest,
        **more,
    }
    return json.dumps(plain(told), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def counts_of(findings: Sequence[Finding], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """How much there is of what, as JSON tells it.

    Args:
        findings: What was found.
        manifest: What the data is.
    """
    return {
        "rows": manifest["rows"],
        "unfit": manifest["unfit"],
        "files": len(manifest["files"]),
        "findings": len(findings),
        "by_severity": dict(Counter(one.severity for one in findings)),
        "by_code": _by_code(findings),
    }


def _by_code(findings: Sequence[Finding]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for one in findings:
        counts[one.code] += rows_of(one)
    return dict(counts.most_common())


def beside(targets: Sequence[Path | None], read: Sequence[str | Path | None]) -> None:
    """Makes sure that nothing that is read is written over, and that nothing is written to one place twice.

    Raises:
        ConfigurationError: It would be.
    """
    taken = {Path(each).resolve() for each in read if each is not None}
    for target in (each for each in targets if each is not None and str(each) != "-"):
        if target.resolve() in taken:
            raise ConfigurationError(f"{target}: is read or written already; name another file to write to")
        taken.add(target.resolve())


def put(text: str, target: Path | None) -> None:
    if target is None or str(target) == "-":
        with contextlib.suppress(BrokenPipeError):
            click.echo(text, nl=False)
        return
    with replacing(target) as stream:
        stream.write(text.encode("utf-8", "replace"))


def tell_copies(made: Sequence[Copied], left: int, folder: Path) -> None:
    """Says what was written of a cleaned copy."""
    for one in made:
        click.echo(f"{one_line(one.file, 80)}: {one.kept:,} rows kept, {one.removed:,} removed", err=True)
    click.echo(f"The copy and removed.jsonl are in {one_line(str(folder), 200)}", err=True)
    if left:
        click.echo(f"warning: {left:,} more rows should go; check the copy again with --fix", err=True)
