"""Flips on a terminal: the prompt and both answers, a line each."""

from __future__ import annotations

from assay.domain.audit import Audit, Example
from assay.report import examples
from assay.report.grid import fit
from assay.report.inert import one_line


def flip_lines(audit: Audit, most: int, width: int, run: str) -> list[str]:
    """How many answers changed, and the first few of them; `run` is the folder that has all, for a shell."""
    count = {kind: examples.total(audit, kind) for kind in ("regressed", "fixed", "unscored")}
    if not any(count.values()):
        scored = any(each.n for each in audit.comparisons)
        return ["Flips  none: both were judged alike on every pair"] if scored else []
    lines = [f"Flips  {count['regressed']:,} regressed, {count['fixed']:,} fixed, {count['unscored']:,} unscored"]
    shown = [each for kind in ("regressed", "unscored", "fixed") for each in examples.flips(audit, kind)][:most]
    for each in shown:
        lines += _flip(each, width)
    if sum(count.values()) > len(shown):
        lines.append(f"  all of them: assay show {run} --failing")
    return lines


def _flip(example: Example, width: int) -> list[str]:
    said = [f"{example.kind} on {one_line(example.metric, 40)}", examples.where(example)]
    room = width - 15
    return [
        fit(f"  {one_line(example.sample_id, 40)}  {', '.join(filter(None, said))}", width),
        f"    prompt     {fit(one_line(example.prompt, room), room)}",
        f"    reference  {fit(examples.answer(example, 'reference', room), room)}",
        f"    candidate  {fit(examples.answer(example, 'candidate', room), room)}",
    ]
