"""The rules on a terminal: a table, and why each line is not a plain deploy."""

from __future__ import annotations

from collections.abc import Sequence

from assay.domain.audit import Audit
from assay.domain.verdict import Decision
from assay.report import rules
from assay.report.grid import Cell, grid, stacked, wrap
from assay.report.inert import one_line
from assay.report.words import LOOKS, percent, plural

PARTS = 6
"""Categories of one rule shown on a terminal."""


def rule_lines(audit: Audit, said: Sequence[str], colour: bool, width: int, run: str) -> list[str]:
    """The table of rules, worst first, and why each row is not a plain deploy.

    Args:
        audit: Whose rules.
        said: Reasons that the reader has seen already; they are not repeated.
        colour: Whether terminal colours may be used.
        width: Columns of the terminal.
        run: The run's folder, as a shell takes it.
    """
    table, hidden = _shown(audit)
    if not table:
        return ["Rules  none was registered"]
    lines = ["Rules, worst first", *_table(table, colour, width)]
    if hidden:
        lines.append(f"  and {plural(hidden, 'category row')} more: assay report {run} --format html")
    return lines + _reasons([row for row in table if not row.part], said, width)


def _table(table: Sequence[rules.Row], colour: bool, width: int) -> list[str]:
    """With the levels of both subjects where they fit, without them where not."""
    level = percent(next((row.outcome.drop.level for row in table), 0.95)).replace(".0", "")
    head = ["", "rule, category", "reference", "candidate", "estimate", f"{level} interval", ""]
    cells = [[Cell(word, right=word in ("reference", "candidate", "estimate")) for word in head]]
    for row in table:
        cells.append(
            [
                decision_cell(row.decision, colour),
                Cell(row.title),
                Cell(row.reference, right=True),
                Cell(row.candidate, right=True),
                Cell(f"{row.what} {row.value}".partition(" (")[0], right=True),
                Cell(row.interval),
                Cell(row.counted),
            ]
        )
    slim = [[*line[:2], *line[4:]] for line in cells]
    return grid(cells, width, indent=2) or grid(slim, width, indent=2, shrink=1) or stacked(slim[1:], width, indent=2)


def _shown(audit: Audit) -> tuple[list[rules.Row], int]:
    """All rules, and of each rule the first few categories that are not a plain deploy; and how many are left out."""
    shown: list[rules.Row] = []
    hidden = count = 0
    for row in rules.rule_rows(audit):
        if not row.part:
            count = 0
            shown.append(row)
        elif row.decision != Decision.DEPLOY:
            count += 1
            if count <= PARTS:
                shown.append(row)
            else:
                hidden += 1
    return shown, hidden


def _reasons(table: Sequence[rules.Row], known: Sequence[str], width: int) -> list[str]:
    lines = []
    for row in table:
        reason = "" if row.outcome.reason in known else one_line(row.outcome.reason, 300)
        missed = f"missed: {row.missed}" if row.missed else ""
        said = "; ".join(filter(None, [reason, missed]))
        if said and row.decision != Decision.DEPLOY:
            lines += wrap(said, width, first=f"  {row.rule}: ", rest="    ")
    return lines


def decision_cell(decision: Decision, colour: bool) -> Cell:
    """The decision's word, in its colour where colours may be used."""
    look = LOOKS[decision]
    return Cell(look.word, sgr=look.sgr if colour else "")
