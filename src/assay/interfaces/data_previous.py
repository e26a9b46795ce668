"""An earlier version of training data, and what changed since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assay.checks.manifest import SCHEMA, moved
from assay.checks.versions import Keys, difference
from assay.interfaces.data_audit import Audit
from assay.store.training_files import files

Before = tuple[Mapping[str, Any], Keys | None]


def before(previous: str) -> Before:
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


def changes(previous: str, old: Before, audit: Audit) -> dict[str, Any]:
    earlier, keys = old
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
