"""One audit as the words and tables of a page; the template only places them."""

from __future__ import annotations

from typing import Any

from assay.domain.audit import Audit
from assay.report import plot, tables
from assay.report.exhibits import shelves
from assay.report.facts import cost, judges, notes, saved
from assay.report.inert import one_line
from assay.report.noise import noise_table
from assay.report.rules import rule_rows
from assay.report.words import LOOKS, UNKNOWN, duration, percent

TABLE = 400
"""Most lines in the table of categories."""
FINDINGS = 100
"""Most findings in their table."""


def view(audit: Audit, number: int, share: int) -> dict[str, Any]:
    """What the template needs of one candidate.

    Args:
        audit: The candidate's audit.
        number: Its place on the page, from 1.
        share: Candidates on the page.
    """
    verdict, defects = audit.verdict, tables.defects(audit)
    slices = [each for each in audit.comparisons if each.slice]
    return {
        "id": f"c{number}",
        "name": one_line(audit.candidate.identity.name, 80),
        "reference": one_line(audit.reference.identity.name, 80),
        "look": verdict.decision.word,
        "title": LOOKS[verdict.decision].title,
        "why": one_line(verdict.reasons[0], 600) if verdict.reasons else "",
        "also": [one_line(each, 600) for each in verdict.reasons[1:6]],
        "next_step": one_line(verdict.next_step, 600),
        "hold": verdict.hold,
        "exploratory": one_line(verdict.exploratory, 400),
        "facts": _facts(audit),
        "level": _level(audit),
        "wide": plot.drawn(audit, narrow=False),
        "narrow": plot.drawn(audit, narrow=True),
        "bands": plot.legend(audit, overall=True),
        "category_bands": plot.legend(audit, overall=False) if slices else [],
        "noise": noise_table(audit),
        "rules": rule_rows(audit, parts=False),
        "overall": [tables.compared(audit, each) for each in audit.comparisons if not each.slice],
        "categories": [tables.compared(audit, each) for each in plot.largest_first(audit, slices)[:TABLE]],
        "categories_hidden": max(0, len(slices) - TABLE),
        "shelves": shelves(audit, share),
        "unscored": tables.unscored(audit),
        "errors": tables.errors(audit),
        "power": tables.power(audit),
        "not_tested": [one_line(each, 400) for each in verdict.not_tested],
        "effects": [one_line(each, 400) for each in verdict.effects],
        "people": [one_line(each, 400) for each in verdict.people],
        "warnings": [one_line(each, 400) for each in notes(audit)],
        "error_statement": one_line(verdict.error_statement, 1000),
        "behaviour": tables.behaviour(audit),
        "findings": tables.findings(defects[:FINDINGS]),
        "findings_hidden": max(0, len(defects) - FINDINGS),
        "digests": tables.digests(audit),
        "config": tables.config(audit),
    }


def _facts(audit: Audit) -> list[tuple[str, str]]:
    counts = audit.counts
    facts = [
        ("Prompts", f"{counts.get('samples', 0):,}"),
        ("Trials", f"{counts.get('trials', 0):,}"),
        ("Errors", f"{counts.get('errors', 0):,}"),
        ("Unscored", f"{counts.get('unscored', 0):,}"),
        ("Time", duration(audit.elapsed_s)),
        ("Cost", cost(audit)),
        *(("Judge", words) for words in judges(audit)),
        ("Calls saved", percent(saved(audit) / audit.saved["planned"]) if saved(audit) else UNKNOWN),
        ("Owner", one_line(next((each.owner for each in audit.verdict.findings if each.owner), ""), 60) or UNKNOWN),
        ("Valid until", one_line(audit.verdict.valid_until, 30) or UNKNOWN),
    ]
    return [(name, said) for name, said in facts if said not in (UNKNOWN, "no price known")]


def _level(audit: Audit) -> str:
    """Confidence level of the intervals, as `95 %`."""
    return next((f"{100 * each.drop.level:.4g} %" for each in audit.comparisons), "")
