"""Room: (sample, output) -> scores. Each scorer is a frozen dataclass whose fields are its settings.

A scorer's module is loaded when it is first asked for, so that the room costs nothing to enter.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.scorers.choice import Choice
    from assay.scorers.length import Length
    from assay.scorers.match import Match
    from assay.scorers.pattern import Pattern
    from assay.scorers.recorded import Recorded
    from assay.scorers.refusal import OverRefusal, Refusal
    from assay.scorers.refusal_quality import RefusalQuality
    from assay.scorers.structured import Json
    from assay.scorers.tool_call import ToolCalls

__all__ = [
    "Choice",
    "Json",
    "Length",
    "Match",
    "OverRefusal",
    "Pattern",
    "Recorded",
    "Refusal",
    "RefusalQuality",
    "ToolCalls",
]

_MODULES = {
    "Choice": "choice",
    "Json": "structured",
    "Length": "length",
    "Match": "match",
    "OverRefusal": "refusal",
    "Pattern": "pattern",
    "Recorded": "recorded",
    "Refusal": "refusal",
    "RefusalQuality": "refusal_quality",
    "ToolCalls": "tool_call",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
