"""A canary's decision for machines and for people: every figure that it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from assay.domain.canary import ARMS, EXIT_CODES, Decided, GuardEvidence, Rollout
from assay.report.inert import one_line

SCHEMA = "assay/canary/1"
_TITLES = {
    "widen": "WIDEN", "complete": "COMPLETE", "wait": "WAIT", "hold": "HOLD, people look", "roll_back": "ROLL BACK",
}  # fmt: skip


def decision_plain(policy: Rollout, told: Decided, canary: str) -> dict[str, Any]:
    """The decision as JSON: what the file, the ledger and the webhook have.

    Args:
        policy: What was followed.
        told: What was decided.
        canary: Id of this canary.
    """
    return {
        "schema": SCHEMA,
        "canary": canary,
        "name": policy.name,
        "policy": policy.digest,
        "decision": told.word,
        "exit_code": EXIT_CODES[told.word],
        "step": told.step,
        "steps": len(policy.stages),
        "share": told.share,
        "codes": list(told.codes),
        "reasons": [one_line(reason, 400) for reason in told.reasons],
        "at": _moment(told.at_ns),
        "since": _moment(told.since_ns),
        "last_request": _moment(told.last_ns),
        "requests": dict(told.requests),
        "keys": dict(told.keys),
        "p_split": _number(told.p_split),
        "needs_split": policy.alpha_split,
        "left_out": dict(told.left_out),
        "guards": [_guard_plain(one) for one in told.guards],
    }


def _guard_plain(one: GuardEvidence) -> dict[str, Any]:
    return {
        "guard": one.guard,
        "worse": one.worse,
        "within": one.within,
        **{
            arm: {
                "n": one.n[arm],
                "n_all_steps": one.total[arm],
                "unscored": _number(one.unscored[arm]),
                **dict(zip(("value", "low", "high"), map(_number, one.rate[arm]), strict=True)),
            }
            for arm in ARMS
        },
        "allowed": _number(one.allowed),
        "p_worse": _number(one.p_worse),
        "e_worse": _number(one.e_worse),
        "needs_worse": _number(one.needs_worse),
        "p_within": _number(one.p_within),
        "needs_within": _number(one.needs_within),
    }


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _moment(time_ns: int) -> str | None:
    if time_ns <= 0:
        return None
    try:
        return datetime.fromtimestamp(time_ns / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return None


def decision_text(told: Mapping[str, Any]) -> str:
    """The decision with its evidence for a terminal."""
    lines = [
        f"{_TITLES[told['decision']]}   {one_line(told['name'], 80)}, step {told['step']} of {told['steps']}: "
        f"the canary gets {told['share']:.4g} of the keys",
        *(f"  - {reason}" for reason in told["reasons"]),
        "",
        f"Step since {told['since'] or 'never'}, last request {told['last_request'] or 'never'}",
        f"  requests  control {told['requests']['control']:,}, canary {told['requests']['canary']:,}",
        f"  keys      control {told['keys']['control']:,}, canary {told['keys']['canary']:,}; "
        f"split p {told['p_split']:.3g} (a mismatch at {told['needs_split']:.3g})",
    ]
    if told["left_out"]:
        lines.append("  left out  " + ", ".join(f"{cause} {count:,}" for cause, count in told["left_out"].items()))
    for one in told["guards"]:
        lines += ["", *_guard_lines(one)]
    return "\n".join(lines) + "\n"


def _guard_lines(one: Mapping[str, Any]) -> list[str]:
    state = "WORSE" if one["worse"] else "within its margin" if one["within"] else "open"
    return [
        f"{one_line(one['guard'], 60)}: {state}",
        f"  control  {_rate(one['control'])}",
        f"  canary   {_rate(one['canary'])}; allowed {_share(one['allowed'])}",
        f"  worse    p {one['p_worse']:.3g} (e {one['e_worse']:.3g}), rolls back at {one['needs_worse']:.3g}; "
        f"from {one['canary']['n_all_steps']:,} of all steps",
        f"  within   p {one['p_within']:.3g}, proved at {one['needs_within']:.3g}; "
        f"from {one['canary']['n']:,} of this step",
    ]


def _rate(arm: Mapping[str, Any]) -> str:
    told = f"{_share(arm['value'])} [{_share(arm['low'])}, {_share(arm['high'])}] of {arm['n']:,}"
    return told + (f", {arm['unscored']:.1%} unscored" if arm["unscored"] else "")


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"
