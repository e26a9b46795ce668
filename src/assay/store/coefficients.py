"""Which trained coefficients the scorers of a plan read, by digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from assay.domain.plan import Plan


def coefficients(plan: Plan) -> dict[str, str]:
    """Digest of each file of coefficients by its name; scorers from elsewhere bring none that is known here."""
    names = {name for task in plan.tasks for one in task.scorers for name in _cards(one)}
    found = {name: _digest(name) for name in sorted(names)}
    return {name: value for name, value in found.items() if value}


def _cards(scorer: Any) -> Iterator[str]:
    """Names that a scorer, or one that it holds, states for its card."""
    name = getattr(scorer, "card", None)
    if isinstance(name, str) and name:
        yield name
    if is_dataclass(scorer):
        for field in fields(scorer):
            held = getattr(scorer, field.name, None)
            if is_dataclass(held) and hasattr(held, "score"):
                yield from _cards(held)


@cache
def _digest(name: str) -> str:
    path = files("assay") / "scorers" / "coefficients" / f"{name}.npz"
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" if path.is_file() else ""
