"""An audit of training data in a ledger: digests, numbers and versions; none of its texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assay.domain.data import DataOutcome
from assay.domain.digest import digest
from assay.domain.verdict import Finding
from assay.interfaces.ledger_entry import to_tell
from assay.interfaces.recording import AUDITED
from assay.report.data import word_of
from assay.report.machine import plain
from assay.store.ledger.book import Ledger
from assay.store.ledger.check import sound
from assay.store.ledger.keys import signing_key


def findings_digest(findings: Sequence[Finding]) -> str:
    """The digest of findings as `--format json` writes them."""
    return digest(plain([asdict(one) for one in findings]))


def tell(path: Path, findings: Sequence[Finding], manifest: Mapping[str, Any], more: Mapping[str, Any]) -> int:
    """Adds an entry to the ledger of a run, to another one, or to a new one in a folder; signs where a key is at hand.

    Args:
        path: A run folder, another folder, or a ledger's file.
        findings: What was found.
        manifest: What the data is.
        more: What was `asked`, and the `verdict` of rules where there are some.

    Returns:
        The number of the entry.

    Raises:
        RunFailed: The ledger was changed; nothing is added to it.
        RunConflict: Another key signs it.
    """
    signing_key()  # one that cannot be used is told before anything is written
    entry = (AUDITED, _entry(findings, manifest, more))
    with to_tell(path, "assay/data") as ledger:
        return _add(ledger, entry)


def _add(ledger: Ledger, entry: tuple[str, Mapping[str, Any]]) -> int:
    sound(ledger)
    added = ledger.append(*entry)
    key = signing_key()
    if key is not None:
        ledger.checkpoint(key)
    return added.seq


def _entry(findings: Sequence[Finding], manifest: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    verdict = more.get("verdict")
    return {
        "files": {str(one["file"]): one["digest"] for one in manifest["files"]},
        "rows": manifest["rows"],
        "unread": manifest["unfit"],
        "manifest": digest(plain(manifest)),
        "findings": findings_digest(findings),
        "found": len(findings),
        "verdict": word_of(findings, verdict).lower(),
        "rules": [f"{one['code']} at most {one['at_most']}: {one['outcome']}" for one in verdict["rules"]]
        if verdict is not None
        else [],
        "against": dict(more["asked"]["against"]),
        "code": dict(more["asked"]["program"]),
    }


def vouched(path: Path, findings: Sequence[Finding], outcome: DataOutcome) -> str:
    """Why a ledger does not vouch for an outcome; empty when it does.

    Args:
        path: The ledger, or a folder that holds it.
        findings: As the file of the outcome has them.
        outcome: The outcome.
    """
    with Ledger(path) as ledger:
        sound(ledger)
        wanted = (findings_digest(findings), outcome.manifest)
        if any((one.data.get("findings"), one.data.get("manifest")) == wanted for one in ledger.entries(AUDITED)):
            return ""
    return "no entry of the ledger knows the findings as they stand in the file"
