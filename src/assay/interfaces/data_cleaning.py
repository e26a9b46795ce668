"""A cleaned copy of training data: without the rows of some findings, with a log of each removal, never in place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assay import __version__
from assay.domain.data import rows_of
from assay.domain.errors import DataError
from assay.domain.training import FileFacts
from assay.domain.verdict import Finding
from assay.interfaces.data_rules import known
from assay.store.sources import file_digest
from assay.store.training_copy import Copied, copied, target_of
from assay.store.transformations import TRANSFORMATIONS, transformations

LOG = "removed.jsonl"
"""Name of the log in the folder of a cleaned copy."""


def ready(folder: Path, names: Sequence[str], drop: Sequence[str]) -> dict[str, Path]:
    """Makes sure, before anything is read, that a cleaned copy can be written; gives the place of each file's copy.

    Args:
        folder: Where to.
        names: The files.
        drop: Codes whose rows go.

    Raises:
        ConfigurationError: A file is a pipe, two have one name, something stands where a copy would, or no check
            makes findings of a code.
    """
    for code in drop:
        known(code, "--drop")
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder}: is a file; --fix takes a folder")
    targets = {name: target_of(name, folder) for name in names}
    if len(set(targets.values())) < len(targets):
        raise DataError("two of the files have one name; make their cleaned copies one after another")
    for one in (folder / LOG, folder / TRANSFORMATIONS):
        if one.exists():
            raise DataError(f"{one}: stands there already. Nothing is overwritten; choose an empty folder")
    return targets


def cleaned(
    folder: Path, files: Sequence[FileFacts], findings: Sequence[Finding], drop: Sequence[str]
) -> tuple[list[Copied], int]:
    """Writes copies without the rows of some findings, and a log of each removal; never in place.

    Args:
        folder: Where to; made when it is not there.
        files: The files as they were checked.
        findings: What was found.
        drop: Codes whose rows go, `*` stands for anything; all of severity high or more when there is none.

    Returns:
        What became of each file, and how many rows should have gone but were not named by their findings.

    Raises:
        DataError: A file is no JSON Lines or a pipe, changed, or something stands where a copy would.
    """
    gone = [one for one in findings if _goes(one, drop)]
    for facts in files:
        if facts.format != "jsonl":
            raise DataError(f"{facts.file}: a cleaned copy is made of JSON Lines, not of {facts.format}")
    targets = ready(folder, [facts.file for facts in files], drop)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".unfinished") as unfinished:
            made = _written(Path(unfinished), files, gone, targets, drop)
            for one in sorted(Path(unfinished).iterdir()):
                one.rename(folder / one.name)
    except OSError as error:
        raise DataError(f"{folder}: a cleaned copy cannot be written there: {error.strerror or error}") from error
    return made, sum(max(rows_of(one) - len(one.where["lines"]), 0) for one in gone if one.where.get("lines"))


def _written(
    folder: Path,
    files: Sequence[FileFacts],
    gone: Sequence[Finding],
    targets: Mapping[str, Path],
    drop: Sequence[str],
) -> list[Copied]:
    """The copies, the log and the steps, in a folder from which they are moved when all of them are whole."""
    places = {name: folder / target.name for name, target in targets.items()}
    with (folder / LOG).open("x", encoding="utf-8") as stream:
        made = [copied(one.file, places[one.file], stream, _reasons(one.file, gone), one.digest) for one in files]
    steps = [_step(one, facts, places[facts.file], drop) for one, facts in zip(made, files, strict=True)]
    told = json.dumps([*transformations(files).steps, *steps], indent=2, ensure_ascii=False)
    (folder / TRANSFORMATIONS).write_text(told + "\n", encoding="utf-8")
    return made


def _step(made: Copied, facts: FileFacts, target: Path, drop: Sequence[str]) -> dict[str, Any]:
    """What was done to a file, as the manifest of the copy will tell it."""
    return {
        "what": "rows of findings were taken out",
        "by": f"assay {__version__} check data --fix",
        "drop": list(drop) or ["severity high or more"],
        "removed": dict(made.reasons),
        "from": {"file": Path(facts.file).name, "digest": facts.digest, "rows": made.kept + made.removed},
        "to": {"file": target.name, "digest": f"sha256:{file_digest(target)}", "rows": made.kept},
        "log": LOG,
    }


def _goes(finding: Finding, drop: Sequence[str]) -> bool:
    if drop:
        return any(fnmatchcase(finding.code, each) for each in drop)
    return finding.severity in ("high", "critical")


def _reasons(file: str, findings: Sequence[Finding]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for one in findings:
        if one.where.get("file") == file:
            for line in one.where.get("lines", ()):
                found.setdefault(line, []).append(one.code)
    return found
