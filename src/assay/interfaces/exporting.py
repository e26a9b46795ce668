"""Reports that need more than the audits: all scores, the run folder, pages of scorers. Secrets are taken out last."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path, PurePath
from typing import IO, Any

from assay.domain.audit import Audit
from assay.domain.errors import PlanError, RunFailed
from assay.interfaces.runs import made_scorer
from assay.interfaces.whole_files import replacing
from assay.registry import page
from assay.store.mappings import frameworks
from assay.store.runs import RunFile
from assay.subjects.redaction import Redaction

BINARY = frozenset({"pack"})
"""Forms that no terminal can show."""
FROM_FOLDER = frozenset({"otel", "pack"})
"""Forms that are made from the run folder, not from the audits alone."""


def export(folder: Path, audits: Sequence[Audit], form: str, target: Path) -> None:
    """Writes a form of FROM_FOLDER, whole or not at all.

    Raises:
        RunFailed: It cannot be written, or a file of the run cannot be read.
    """
    clean = Redaction(secrets(audits))
    if str(target) == "-":
        _write(sys.stdout.buffer, folder, audits, form, clean)
        sys.stdout.flush()
        return
    with replacing(target) as whole:
        _write(whole, folder, audits, form, clean)


def _write(stream: IO[bytes], folder: Path, audits: Sequence[Audit], form: str, clean: Redaction) -> None:
    if form == "pack":
        stream.write(packed(folder, audits, clean))
        return
    for line in otel_lines(folder, audits):
        stream.write(clean.text(line).encode("utf-8", "backslashreplace") + b"\n")


def otel_lines(folder: Path, audits: Sequence[Audit]) -> Iterator[str]:
    """Every score of the run as OTLP/JSON."""
    from assay.report.otel import otel

    better = {one.metric.name: one.metric.higher_is_better for audit in audits for one in audit.comparisons}
    run = RunFile(folder, write=False)
    try:
        yield from otel(audits, run.trials(), better)
    finally:
        run.close()


def packed(folder: Path, audits: Sequence[Audit], clean: Redaction) -> bytes:
    """The evidence pack."""
    from assay.report.pack import pack_files, zipped

    kept = _run_files(folder)
    for name, content in kept.items():  # they are signed: cleaned ones would be worth nothing
        if clean.body(content) != content:
            raise RunFailed(f"{folder / name}: holds a secret that the plan names; it is not packed. Make the key anew")
    files = pack_files(audits, _cards(folder), frameworks(), kept)
    paths = sorted({path for audit in audits for path in _paths(audit.config)}, key=len, reverse=True)
    return zipped({name: kept.get(name) or _shared(clean.body(files[name]), paths) for name in files})


def _paths(held: Any) -> Iterator[str]:
    """Absolute paths in a configuration: where things lie on this machine concerns nobody who reads a pack."""
    if isinstance(held, Mapping):
        for value in held.values():
            yield from _paths(value)
    elif isinstance(held, list | tuple):
        for value in held:
            yield from _paths(value)
    elif isinstance(held, str) and len(held) > 1 and PurePath(held).is_absolute():
        yield held


def _shared(content: bytes, paths: Sequence[str]) -> bytes:
    """The content with names in place of absolute paths."""
    for path in paths:
        content = content.replace(path.encode("utf-8", "replace"), PurePath(path).name.encode("utf-8", "replace"))
    return content


def secrets(audits: Sequence[Audit]) -> list[str]:
    """Values of the environment variables that the plan names: no export may hold them."""
    names = {name for audit in audits for name in _variables(audit.config)}
    return [value for name in sorted(names) if (value := os.environ.get(name))]


def _variables(held: Any, key: str = "") -> Iterator[str]:
    if isinstance(held, Mapping):
        for name, value in held.items():
            yield from _variables(value, key if key.endswith("_env") else str(name))
    elif isinstance(held, list | tuple):
        for value in held:
            yield from _variables(value, key)
    elif isinstance(held, str) and key.endswith("_env"):
        yield held


def _cards(folder: Path) -> dict[str, str]:
    """The page of each scorer that judged in this run; of one that is not here any more, that it is not."""
    run = RunFile(folder, write=False)
    try:
        names = {str(spec["type"]) for task in run.plan(made_scorer).tasks for spec in task.scorer_specs}
    finally:
        run.close()
    cards = {}
    for name in sorted(names):
        try:
            cards[name] = page(name)
        except PlanError as error:
            cards[name] = f"{error}\n"
    return cards


def _run_files(folder: Path) -> dict[str, bytes]:
    """Ledger and attested verdicts, where the folder has them. The ledger is read as a whole, its journal included."""
    found: dict[str, bytes] = {}
    try:
        for name in ("verdict.dsse.json", "verdict.sigstore.json"):
            if (folder / name).is_file():
                found[name] = (folder / name).read_bytes()
        ledger = folder / "ledger.sqlite"
        if ledger.is_file():
            with closing(sqlite3.connect(f"{ledger.resolve().as_uri()}?mode=ro", uri=True)) as base:
                found[ledger.name] = base.serialize()
    except (OSError, sqlite3.Error) as error:
        raise RunFailed(f"{folder}: cannot be packed: {error}") from error
    return found
