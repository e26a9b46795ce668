"""What is watched, as a file says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.domain.watched import Monitor


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPlan:
    """What is watched, by whom it is judged, and what is promised."""

    name: str = "watch"
    """For people."""
    run: str = ""
    """Folder of the released run, where one is named."""
    segments: tuple[str, ...] = ()
    """Keys of cohorts."""
    most_segments: int = 50
    """Values of a key that are watched by name."""
    baseline_s: float = 7 * 86_400.0
    """How long the beginning of the stream is the reference, seconds."""
    scorers: tuple[str | Mapping[str, Any], ...] = ()
    """Who judges."""
    steps: str = ""
    """File of the policy of an agent's steps, where one is named."""
    monitors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Metric -> what of its monitor differs from the default; empty mapping: as it is."""
    off: frozenset[str] = frozenset()
    """Metrics that are not watched."""
    values_between: float = 6_500.0
    """Values of each stream between false alarms, at the tolerated rate."""
    streams: int = 50
    """Streams that share that promise."""
    look_every_s: float = 86_400.0
    """Time between looks at distributions, seconds."""
    silence_s: float | None = None
    """Seconds without a span that raise an alarm; None: that is shown, and raises none."""
    looks_alpha: float = 0.05
    """Chance of any false alarm of all looks."""

    def monitor(self, default: Monitor) -> Monitor | None:
        """A monitor as the plan wants it; None where it is off."""
        if default.metric in self.off:
            return None
        fields = {name: getattr(default, name) for name in default.__dataclass_fields__}
        return Monitor(**{**fields, **self.monitors.get(default.metric, {})})
