"""What a probe says, for machines and for people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from assay.domain.probed import PROBE_CODES, Probed
from assay.report.inert import one_line


def probe_plain(told: Probed) -> dict[str, Any]:
    """A probe as JSON."""
    return {
        "schema": "assay/probe/1",
        "result": told.result,
        "exit_code": PROBE_CODES[told.result],
        "changed": [one_line(one, 300) for one in told.changed],
        "unknown": [one_line(one, 300) for one in told.unknown],
        "noted": list(told.noted),
        "number": told.number,
        "alpha": _number(told.alpha),
        "asked": told.asked,
        "answered": told.answered,
        "same_words": list(told.same_words),
        "served": {"released": list(told.served[0]), "live": list(told.served[1])},
        "figures": [
            {
                "figure": one.figure,
                **{name: _number(getattr(one, name)) for name in ("released", "live", "low", "high", "p")},
                "n": one.n,
                "bounded": one.bounded,
                "samples": list(one.samples),
            }
            for one in told.tests
        ],
    }


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def probe_text(told: Mapping[str, Any]) -> str:
    """A probe for a terminal."""
    same, pairs = told["same_words"]
    lines = [
        f"{told['result'].upper()}   probe {told['number']}: {told['answered']} of {told['asked']} questions answered",
        *(f"  - {one}" for one in (told["changed"] or told["unknown"])),
        *(f"  noted: {one}" for one in told["noted"]),
        "",
        f"  word for word as released  {same} of {pairs}",
        f"  served model               {_names(told['served']['live'])}; released {_names(told['served']['released'])}",
    ]
    if told["figures"]:
        lines += [
            "",
            f"  {'figure':<28}  {'released':>9}  {'now':>9}  {'change, 95 %':>19}  {'pairs':>6}  {'p':>8}",
        ]
    for one in told["figures"]:
        limits = "" if one["low"] is None else f"{one['low']:+.3g} to {one['high']:+.3g}"
        lines.append(
            f"  {one_line(one['figure'], 28):<28}  {_shown(one['released']):>9}  {_shown(one['live']):>9}  "
            f"{limits:>19}  {one['n']:>6}  {one['p']:>8.2g}"
        )
    lines.append(f"\n  a change is told at p {told['alpha']:.2g} or less in this probe")
    return "\n".join(lines) + "\n"


def _names(names: list[str]) -> str:
    return one_line(", ".join(names) or "not said", 80)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
