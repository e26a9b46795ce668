"""The program's own source, by digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files


def source_digest(rooms: Sequence[str]) -> str:
    """Digest of the source of some rooms."""
    seen = hashlib.sha256()
    for room in rooms:
        for path in sorted((item for item in files("assay").joinpath(room).iterdir()), key=lambda item: item.name):
            if path.name.endswith(".py"):
                seen.update(f"{room}/{path.name}\n".encode() + path.read_bytes())
    return f"sha256:{seen.hexdigest()}"
