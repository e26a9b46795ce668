"""What `assay check data` does with findings beside showing them: rules that decide, and a cleaned copy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from assay import __version__
from assay.domain.data import rows_of
from assay.domain.errors import ConfigurationError, DataError
from assay.domain.training import FileFacts
from assay.domain.verdict import Decision, Finding, Rule
from assay.store.sources import file_digest
from assay.store.training_copy import Copied, copied, target_of
from assay.store.transformations import TRANSFORMATIONS, transformations

LOG = "removed.jsonl"
"""Name of the log in the folder of a cleaned copy."""


def rules(written: Sequence[str]) -> tuple[Rule, ...]:
    """Rules from `CODE=N`: at most so many rows with findings of that code.

    Raises:
        ConfigurationError: Not of that form.
    """
    found = []
    for each in written:
        code, _, number = each.rpartition("=")
        if not code or not number.isdecimal():
            raise ConfigurationError(f"--at-most {each}: expected CODE=N, for example 'format.*=0'")
        found.append(Rule(id=f"data.{code}", kind="findings", code=code, at_most=float(number)))
    return tuple(found)


def verdict(asked: Sequence[Rule], findings: Sequence[Finding]) -> dict[str, Any]:
    """What the rules decide, by the gate's own `kind: findings`; each row counts once per finding."""
    from assay.gate.circumstances import Circumstances  # the gate, and scipy with it, only where there are rules
    from assay.gate.counted import counted

    weighed = tuple(replace(one, evidence={"count": rows_of(one)}) for one in findings)
    around = Circumstances(today=datetime.now(UTC).date(), findings=weighed)
    outcomes = [counted(rule, around) for rule in asked]
    worst = max((one.decision for one in outcomes), default=Decision.DEPLOY)
    return {
        "decision": worst.word,
        "rules": [
            {
                "id": one.rule.id,
                "kind": "findings",
                "code": one.rule.code,
                "at_most": int(one.rule.at_most or 0),
                "rows": one.n,
                "outcome": one.decision.word,
                "reason": one.reason,
            }
            for one in outcomes
        ],
    }


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
    targets = {facts.file: target_of(facts.file, folder) for facts in files}
    if len(set(targets.values())) < len(targets):
        raise DataError("two of the files have one name; make their cleaned copies one after another")
    log, steps = folder / LOG, folder / TRANSFORMATIONS
    for one in (log, steps):
        if one.exists():
            raise DataError(f"{one}: stands there already. Nothing is overwritten; choose an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    with log.open("x", encoding="utf-8") as stream:
        made = [copied(one.file, targets[one.file], stream, _reasons(one.file, gone), one.digest) for one in files]
    before = transformations(files).steps
    told = [*before, *(_step(one, facts, targets[facts.file], drop) for one, facts in zip(made, files, strict=True))]
    steps.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return made, sum(int(one.evidence.get("lines_left_out", 0)) for one in gone)


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
