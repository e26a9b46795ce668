"""A comment for a pull request that fits one screen; text of strangers cannot become markup, a mention or a link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from assay.domain.audit import Audit, Example
from assay.domain.verdict import Decision
from assay.report import examples, rules
from assay.report.facts import judges
from assay.report.inert import one_line
from assay.report.noise import noise_table
from assay.report.words import LOOKS, plural, short_digest

ROWS = 8
"""Lines of a candidate's table."""
FLIPS = 3
"""Flips in the fold."""

_MARKUP = re.compile(r"[\\`*_\[\]<>#|~&$]|:(?=//)|^[-+=]")
_LIST = re.compile(r"^(\d+)([.)])")
_WWW = re.compile(r"\bwww\.", re.IGNORECASE)
_CALLS = re.compile(r"([@#]|\b[gG][hH]-)(?=\S)")
_TICKS = re.compile("`+")


def markdown(audits: Sequence[Audit]) -> str:
    """The comment, worst candidate first, in GitHub's Markdown."""
    ordered = rules.worst_first(audits)
    if len(ordered) == 1:
        return "\n\n".join(_section(ordered[0], ROWS)) + "\n"
    look = LOOKS[ordered[0].verdict.decision]
    blocks = [f"## {look.sign} {look.title}: worst of {plural(len(ordered), 'candidate')}", _overview(ordered)]
    for audit in ordered:
        blocks += ["<details>", _summary(audit), *_section(audit, ROWS), "</details>"]
    return "\n\n".join(blocks) + "\n"


def prose(text: str, limit: int = 400) -> str:
    """A text as plain words: no markup, no mention, no reference to an issue, no link.

    Examples:
        >>> prose("a <b> *c*")
        'a \\\\<b\\\\> \\\\*c\\\\*'
    """
    said = _CALLS.sub("\\1\u200b", one_line(text, limit))
    return _WWW.sub(r"www\\.", _LIST.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", said)))


def code(text: str, limit: int = 200) -> str:
    """A text as a code span, which also stands in a table."""
    shown = one_line(text, limit).replace("|", "¦")
    if not shown:
        return ""
    fence = "`" * (max((len(run) for run in _TICKS.findall(shown)), default=0) + 1)
    space = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _section(audit: Audit, limit: int) -> list[str]:
    verdict = audit.verdict
    look = LOOKS[verdict.decision]
    hold = " (hold: a second approver must sign)" if verdict.hold else ""
    blocks = [
        f"## {look.sign} {look.title}{hold}",
        *map(prose, verdict.reasons[:1]),
        f"**Next:** {prose(verdict.next_step)}",
    ]
    if verdict.exploratory:
        blocks.append(f"_Exploratory, not the registered decision:_ {prose(verdict.exploratory)}")
    blocks += [f"_People:_ {prose(each)}" for each in verdict.people]
    blocks += [_noise(audit), _table(audit, limit), _flips(audit), _not_tested(audit), _facts(audit)]
    return [block for block in blocks if block]


def _summary(audit: Audit) -> str:
    look = LOOKS[audit.verdict.decision]
    return (
        f"<summary>{look.sign} {look.word} <code>{escape(one_line(audit.candidate.identity.name, 60))}</code></summary>"
    )


def _overview(audits: Sequence[Audit]) -> str:
    lines = ["| candidate | decision | why |", "|---|---|---|"]
    for audit in audits:
        why = audit.verdict.reasons[0] if audit.verdict.reasons else ""
        lines.append(
            f"| {code(audit.candidate.identity.name, 60)} | {_word(audit.verdict.decision)} | {prose(why, 160)} |"
        )
    return "\n".join(lines)


def _table(audit: Audit, limit: int) -> str:
    ranked = _ranked(audit)
    if not ranked:
        return "No rule was registered."
    lines = [
        "| outcome | rule | slice | reference | candidate | estimate | interval | n |",
        "|---|---|---|--:|--:|--:|---|---|",
    ]
    for row in ranked[:limit]:
        cells = (
            _word(row.decision),
            code(row.rule, 60),
            code(row.slice, 60),
            row.reference,
            row.candidate,
            f"{row.what} {row.value}",
            row.interval,
            row.counted,
        )
        lines.append("| " + " | ".join(cells) + " |")
    if len(ranked) > limit:
        lines.append(f"\nand {plural(len(ranked) - limit, 'row')} more in the full report.")
    return "\n".join(lines)


def _noise(audit: Audit) -> str:
    """The noise floor of a null run."""
    head, *rows = noise_table(audit) or [[]]
    if not rows:
        return ""
    lines = [f"| {' | '.join(head)} |", "|---|--:|--:|---|--:|--:|"]
    lines += [f"| {code(row[0], 80)} | {' | '.join(row[1:])} |" for row in rows[:ROWS]]
    return "\n".join(["**Noise floor**, the reference against itself:", "", *lines])


def _ranked(audit: Audit) -> list[rules.Row]:
    """Every rule, worst first, and after them the categories that are not a plain deploy."""
    everything = rules.rule_rows(audit)
    return [row for row in everything if not row.part] + [row for row in rules.deciding(everything) if row.part]


def _flips(audit: Audit) -> str:
    shown = [*examples.flips(audit, "regressed"), *examples.flips(audit, "unscored")][:FLIPS]
    if not shown:
        return ""
    count = f"{examples.total(audit, 'regressed'):,} regressed, {examples.total(audit, 'fixed'):,} fixed"
    lines = ["<details>", f"<summary>Answers that changed: {count}</summary>", ""]
    for each in shown:
        lines += [*_flip(each), ""]
    return "\n".join([*lines, "</details>"])


def _flip(example: Example) -> list[str]:
    where = examples.where(example)
    return [
        f"- {code(example.sample_id, 60)} {prose(example.metric, 40)} {code(where, 60)}".rstrip(),
        f"  - prompt: {code(example.prompt)}",
        f"  - reference: {code(examples.answer(example, 'reference', 200))}",
        f"  - candidate: {code(examples.answer(example, 'candidate', 200))}",
    ]


def _not_tested(audit: Audit) -> str:
    said = audit.verdict.not_tested
    return f"**Not tested:** {'; '.join(prose(each, 100) for each in said[:8])}" if said else ""


def _facts(audit: Audit) -> str:
    counts = audit.counts
    asked = plural(counts.get("samples", 0), "prompt"), plural(counts.get("errors", 0), "error")
    facts = [
        ", ".join([*asked, f"{counts.get('unscored', 0):,} unscored"]),
        f"reference {_subject(audit.reference.identity.name, audit.reference.identity.digest)}",
        f"candidate {_subject(audit.candidate.identity.name, audit.candidate.identity.digest)}",
    ]
    facts += [f"judge {prose(words, 200)}" for words in judges(audit)]
    if audit.registered.get("digest"):
        facts.append(f"registered {code(short_digest(audit.registered['digest']))}")
    return f"<sub>{' · '.join([*facts, f'assay {code(audit.assay_version, 20)}'])}</sub>"


def _subject(name: str, digest: str) -> str:
    return f"{code(name, 60)} {code(short_digest(digest))}".strip()


def _word(decision: Decision) -> str:
    look = LOOKS[decision]
    return f"{look.sign} {look.word}"
