"""Which tool calls a sample expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assay.domain.sample import Sample, ToolCall
from assay.scorers.reading import normalised


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """One call that should be made."""

    name: str
    """Name of the tool."""
    accept: Mapping[str, Sequence[Any]] | None = field(default=None)
    """Good values by argument; None leaves the arguments to the tool's schema."""
    optional: frozenset[str] = frozenset()
    """Arguments that may be left out."""

    def fault(self, call: ToolCall, allow_extra: bool) -> str:
        """What is wrong with a call that should be this one; empty when nothing is."""
        if call.name != self.name:
            return f"called {call.name[:60]!r}, expected {self.name!r}"
        if self.accept is None:
            return ""
        arguments = call.arguments or {}
        for key, good in self.accept.items():
            if key not in arguments:
                if key in self.optional:
                    continue
                return f"{self.name}: argument {key!r} is missing"
            if not any(same(arguments[key], value) for value in good):
                return f"{self.name}: {key} is {str(arguments[key])[:60]!r}, expected {str(good[0])[:60]!r}"
        extra = sorted(set(arguments) - set(self.accept))
        return f"{self.name}: argument {extra[0][:60]!r} was not expected" if extra and not allow_extra else ""


def expected_calls(sample: Sample, key: str) -> tuple[ExpectedCall, ...] | str:
    """The calls a sample expects, or why that cannot be told.

    Args:
        sample: With `metadata[key]`, or a target that names one tool.
        key: Metadata key.
    """
    if key not in sample.metadata:
        return tuple(ExpectedCall(name) for name in sample.targets[:1]) or "no expected calls"
    listed = sample.metadata[key]
    if not isinstance(listed, list | tuple):
        return "expected calls are not a list"
    calls = [_read(item) for item in listed]
    return tuple(call for call in calls if call) if all(calls) else "an expected call is not {name, arguments}"


def _read(item: Any) -> ExpectedCall | None:
    if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
        return None
    accept, arguments, listed = item.get("accept"), item.get("arguments"), item.get("optional", ())
    optional = (
        frozenset(key for key in listed if isinstance(key, str)) if isinstance(listed, list | tuple) else frozenset()
    )
    if isinstance(accept, Mapping) and all(isinstance(good, list | tuple) and good for good in accept.values()):
        return ExpectedCall(item["name"], accept, optional)
    if accept is None and isinstance(arguments, Mapping):
        return ExpectedCall(item["name"], {key: (value,) for key, value in arguments.items()}, optional)
    return ExpectedCall(item["name"]) if accept is None and arguments is None else None


def same(seen: Any, wanted: Any) -> bool:
    """Equal values: texts by words, 1 and 1.0 alike, true is not 1, lists and objects part by part."""
    if isinstance(seen, bool) or isinstance(wanted, bool):
        return seen is wanted
    if isinstance(seen, str) and isinstance(wanted, str):
        return seen == wanted or (bool(normalised(seen)) and normalised(seen) == normalised(wanted))
    if isinstance(seen, list | tuple) and isinstance(wanted, list | tuple):
        return len(seen) == len(wanted) and all(map(same, seen, wanted))
    if isinstance(seen, Mapping) and isinstance(wanted, Mapping):
        return seen.keys() == wanted.keys() and all(same(seen[key], wanted[key]) for key in seen)
    return bool(seen == wanted)
