"""What a canary counted already: traces once for all, keys once in a step."""

from __future__ import annotations

from typing import Literal, Protocol

from assay.domain.canary import Arm

Known = Literal["new", "known", "crossed"]
"""A key of this step: seen for the first time, seen before, or served by the other arm before (told once)."""


class Seen(Protocol):
    """What was counted already; rests on a disk, or in memory."""

    def trace(self, trace: str) -> bool:
        """Whether a trace is new; it is noted."""
        ...

    def key(self, key: str, arm: Arm) -> Known:
        """What is known of a key in this step; it is noted."""
        ...

    def forget_keys(self) -> None:
        """A new step begins."""
        ...


class SeenHere:
    """What was counted, in memory."""

    def __init__(self) -> None:
        self._traces: set[str] = set()
        self._keys: dict[str, Arm | None] = {}

    def trace(self, trace: str) -> bool:
        """Whether a trace is new."""
        new = trace not in self._traces
        self._traces.add(trace)
        return new

    def key(self, key: str, arm: Arm) -> Known:
        """What is known of a key."""
        if key not in self._keys:
            self._keys[key] = arm
            return "new"
        if self._keys[key] in (arm, None):
            return "known"
        self._keys[key] = None
        return "crossed"

    def forget_keys(self) -> None:
        """A new step begins."""
        self._keys.clear()
