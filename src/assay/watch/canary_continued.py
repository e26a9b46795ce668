"""Whether a canary's state can be what became of its last decision: counts grow, evidence of harm stays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from assay.domain.canary import ARMS
from assay.watch.canary_progress import Progress

_DIGITS = 1e-5
"""Decisions tell p-values to six digits."""


def departs(progress: Progress, told: Mapping[str, Any]) -> str:
    """What of a state cannot be what became of a decision; empty where all can.

    Args:
        progress: The state.
        told: Its last decision, as JSON.
    """
    word, step = told["decision"], told["step"] - 1
    if progress.ended != (word if word in ("roll_back", "complete") else ""):
        return "whether it has ended"
    if progress.step != step + (word == "widen"):
        return "its step"
    if word != "widen" and any(progress.requests[arm] < told["requests"][arm] for arm in ARMS):
        return "its requests"
    for state, kept in zip(progress.guards, told["guards"], strict=True):
        if any(state.before[arm] + state.counts[arm].n < kept[arm]["n_all_steps"] for arm in ARMS):
            return f"the values of {state.guard.name}"
        if math.exp(-max(state.best, 0.0)) > kept["p_worse"] * (1 + _DIGITS):
            return f"the evidence against {state.guard.name}"
    return ""
