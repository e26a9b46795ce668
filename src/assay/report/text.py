"""The page on a terminal: decision, what to do, the rules that decided, flips, what was not tested, the run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from assay.domain.audit import Audit
from assay.domain.findings import UNDER_COVERED
from assay.report.facts import run_facts
from assay.report.fliplines import flip_lines
from assay.report.grid import Cell, cells, fit, grid, pad, stacked, wrap
from assay.report.inert import one_line
from assay.report.noise import noise_lines
from assay.report.rules import worst_first
from assay.report.ruletable import decision_cell, rule_lines
from assay.report.words import LOOKS

FLIPS = 3
"""Flips shown on a terminal."""
LACKING = 4
"""Slices that the training data lack, shown on a terminal."""
REASONS = 4
"""Reasons shown on a terminal."""


def text(audits: Sequence[Audit], *, colour: bool, width: int, page: str = "", run: str = "RUN") -> str:
    """The report for people at a terminal, worst candidate first.

    Args:
        audits: One audit per candidate, at least one.
        colour: Whether terminal colours may be used; they never carry meaning alone.
        width: Columns of the terminal; less than 60 is treated as 60.
        page: Where the HTML page is, when there is one.
        run: The run's folder, for the commands that are named.

    Returns:
        Lines ending in a line break, the first the decision and why, the second what to do next.
    """
    width, folder = max(width, 60), shlex.quote(one_line(run, 300))
    ordered = worst_first(audits)
    blocks = _one(ordered[0], colour, width, folder) if len(ordered) == 1 else _several(ordered, colour, width, folder)
    blocks += [_limits(ordered, width), *(_run(audit, width, len(ordered) > 1) for audit in ordered)]
    if page:
        blocks.append([f"Page  {one_line(page, 1000)}"])
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks if block) + "\n"


def _one(audit: Audit, colour: bool, width: int, run: str) -> list[list[str]]:
    head = [*_decision(audit, _why(audit), colour, width), *_more(audit, width)]
    rules = rule_lines(audit, audit.verdict.reasons[:REASONS], colour, width, run)
    noise = noise_lines(audit, width)
    return [
        head,
        wrap(_title(audit), width),
        noise,
        rules,
        flip_lines(audit, FLIPS, width, run),
        _lacking(audit, width),
    ]


def _lacking(audit: Audit, width: int) -> list[str]:
    """Slices that the training data hardly hold, beside the suites that regressed."""
    found = [one for one in audit.verdict.findings if one.code == UNDER_COVERED]
    return _listed("Training data", [one_line(one.message, 300) for one in found[:LACKING]], width)


def _several(audits: Sequence[Audit], colour: bool, width: int, run: str) -> list[list[str]]:
    """The worst decision, all decisions in a table, then each candidate."""
    worst = audits[0]
    head = _decision(worst, f"{_name(worst)}: {_why(worst)}", colour, width)
    table = [
        [
            decision_cell(each.verdict.decision, colour),
            Cell(one_line(each.candidate.identity.name, 40)),
            Cell(_why(each)),
        ]
        for each in audits
    ]
    overview = grid(table, width, indent=2, shrink=2) or stacked(table, width, indent=2)
    blocks = [head, [f"Candidates  {len(audits)}, worst first", *overview]]
    for audit in audits:
        first, *rest = _one(audit, colour, width, run)
        blocks += [[*wrap(f"== {_title(audit)}", width, rest="   "), *first], *rest[1:]]
    return blocks


def _decision(audit: Audit, why: str, colour: bool, width: int) -> list[str]:
    """The decision and why on one line, and what to do next."""
    look = LOOKS[audit.verdict.decision]
    first = fit(f"{look.word}  {why}", width)
    lines = [first.replace(look.word, f"\x1b[1;{look.sgr}m{look.word}\x1b[0m", 1) if colour else first]
    return lines + wrap(one_line(audit.verdict.next_step, 600), width, first="Next  ", rest="      ")


def _more(audit: Audit, width: int) -> list[str]:
    """The reason where one line cut it, further ones, and what else stands between this decision and a release."""
    verdict = audit.verdict
    cut = cells(f"{LOOKS[verdict.decision].word}  {_why(audit)}") > width
    said = [("Why   ", _why(audit))] if cut else []
    said += [("Also  ", one_line(reason, 400)) for reason in verdict.reasons[1:REASONS]]
    if verdict.hold:
        said.append(("Hold  ", "a second approver must sign before this candidate goes anywhere"))
    if verdict.exploratory:
        said.append(("Note  ", f"exploratory, not the registered decision: {one_line(verdict.exploratory, 400)}"))
    return [line for name, words in said for line in wrap(words, width, first=name, rest="      ")]


def _why(audit: Audit) -> str:
    return one_line(audit.verdict.reasons[0], 400) if audit.verdict.reasons else LOOKS[audit.verdict.decision].title


def _name(audit: Audit) -> str:
    return one_line(audit.candidate.identity.name, 40)


def _title(audit: Audit) -> str:
    names = (one_line(each, 60) for each in (audit.candidate.identity.name, audit.reference.identity.name))
    return f"{one_line(audit.name, 60)}: {' against '.join(names)}"


def _limits(audits: Sequence[Audit], width: int) -> list[str]:
    """What was not tested, what the risk context changed, and the error rates of the worst verdict."""
    verdicts = [audit.verdict for audit in audits]
    lines = _listed("Not tested", [each for verdict in verdicts for each in verdict.not_tested], width)
    effects = _listed("Risk context", [each for verdict in verdicts for each in verdict.effects], width)
    lines += ["", *effects] if lines and effects else effects
    people = _listed("People", [each for verdict in verdicts for each in verdict.people], width)
    lines += ["", *people] if lines and people else people
    promise = one_line(verdicts[0].error_statement, 800)
    return [*lines, "", *wrap(promise, width, first="Error rates  ", rest="  ")] if promise else lines


def _listed(title: str, sentences: Sequence[str], width: int) -> list[str]:
    """A heading and each sentence once; nothing without sentences."""
    points = [wrap(one_line(each, 300), width, first="  - ", rest="    ") for each in dict.fromkeys(sentences)]
    return [title, *(line for point in points for line in point)] if points else []


def _run(audit: Audit, width: int, several: bool) -> list[str]:
    """What was asked, what failed, what it took, and the digests."""
    lines = [f"Run of {one_line(audit.candidate.identity.name, 60)}" if several else "Run"]
    for name, value in run_facts(audit):
        lines += wrap(value, width, first="  " + pad(name, 13), rest=" " * 15)
    return lines
