"""Findings in training data as one HTML file, with pictures of what the data is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from assay.domain.data import rows_of
from assay.domain.verdict import Finding, Severity
from assay.report.bars import STYLE, Bar, Part, bars, drawn
from assay.report.data import (
    SEVERITIES,
    change_lines,
    counts_line,
    held_lines,
    held_of,
    next_step,
    word_of,
    worst_first,
)
from assay.report.data_findings import place_of
from assay.report.html import content_policy, environment, resource
from assay.report.inert import one_line

_LOOKS = {"critical": "block", "high": "block", "medium": "review", "low": "deploy_monitored", "info": "none"}
_WORDS = {"PASS": "deploy", "CLEAN": "deploy", "MINOR": "deploy_monitored", "INCONCLUSIVE": "review"}
_TITLES = {
    "shapes": "Shapes of rows",
    "forms": "Forms of rows",
    "sources": "Sources",
    "licences": "Licences",
    "languages": "Languages",
    "generators": "Generators",
    "answer_characters": "Characters of an answer",
    "prompt_characters": "Characters of a prompt",
    "turns": "Turns",
}
"""Part of the manifest that is drawn -> its heading."""
_NAMED = 3
"""Files that the head of the page names."""
_ORDERED = ("answer_characters", "prompt_characters", "turns")


@dataclass(frozen=True, slots=True)
class Picture:
    """A distribution."""

    title: str
    """Its heading."""
    drawn: Markup
    """Inline SVG."""


def data_html(
    findings: Sequence[Finding], manifest: Mapping[str, Any], more: Mapping[str, Any], version: str, day: str = ""
) -> str:
    """The page: how it stands, the findings worst first, distributions, files.

    Texts of the data are escaped, and what hides or commands in them is shown as its code; the policy forbids
    scripts, network and outside styles.

    Args:
        findings: What was found.
        manifest: What the data is.
        more: `changes` since an earlier version, the `verdict` of rules, and what it was `asked`, where there are some.
        version: Version of the program.
        day: When the data was read, such as 2026-03-31; empty where the page is to say nothing of it.
    """
    ordered = worst_first(findings)
    style = resource("report.css") + STYLE
    word = word_of(ordered, more.get("verdict"))
    page = (
        environment()
        .get_template("data.html")
        .render(
            style=Markup(style),
            policy=content_policy(style),
            word=word,
            look=_WORDS.get(word, "block"),
            told=counts_line(ordered),
            next=next_step(ordered),
            names=_names(manifest),
            day=day,
            held=held_lines(held_of(more)),
            rules=more["verdict"]["rules"] if "verdict" in more else [],
            findings=[_shown(one) for one in ordered],
            manifest=manifest,
            pictures=_pictures(ordered, manifest),
            changes=change_lines(more["changes"]) if "changes" in more else [],
            version=one_line(version, 40),
        )
    )
    return page + "\n"


def _names(manifest: Mapping[str, Any]) -> str:
    """The names of the first files."""
    names = [one_line(str(file["file"]), 80) for file in manifest["files"]]
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return ", ".join([*names[:_NAMED], *more])


def _shown(finding: Finding) -> dict[str, Any]:
    lines = list(finding.where.get("lines", ()))
    kinds = finding.evidence.get("kinds")
    examples = finding.evidence.get("examples")
    said = finding.evidence.get("said")
    return {
        "severity": finding.severity,
        "look": _LOOKS[finding.severity],
        "code": one_line(finding.code, 100),
        "rows": rows_of(finding),
        "message": one_line(finding.message, 300),
        "file": place_of(finding, 200),
        "lines": ", ".join(map(str, lines[:20])) + (", .." if len(lines) > 20 else ""),
        "kinds": ", ".join(f"{one_line(str(key), 60)} {value}" for key, value in list(kinds.items())[:12])
        if isinstance(kinds, Mapping)
        else "",
        "said": [one_line(str(each), 300) for each in (said[:100] if isinstance(said, list) else ())],
        "examples": [
            "\n".join(f"{key}: {one_line(str(value), 400)}" for key, value in example.items())
            for example in (examples if isinstance(examples, list) else [])[:5]
            if isinstance(example, Mapping)
        ],
        "picture": _drawn(finding),
        "remediation": one_line(finding.remediation, 300),
    }


def _pictures(findings: Sequence[Finding], manifest: Mapping[str, Any]) -> list[Picture]:
    found = [Picture("Rows with findings, by kind of check", drawn(_by_family(findings), "Rows with findings"))]
    return [
        *(found if findings else []),
        *(
            Picture(title, bars(manifest[key], title, ordered=key in _ORDERED))
            for key, title in _TITLES.items()
            if manifest.get(key) and set(manifest[key]) != {"(none)"}
        ),
    ]


def _by_family(findings: Sequence[Finding]) -> list[Bar]:
    """Rows by the first word of their findings' codes, worst findings first; a row counts once for each finding."""
    counts: dict[str, Counter[Severity]] = {}
    for one in findings:
        counts.setdefault(one.code.partition(".")[0], Counter())[one.severity] += max(rows_of(one), 1)
    ranked = sorted(counts.items(), key=lambda item: [-item[1][each] for each in SEVERITIES])
    return [
        Bar(
            label=family,
            parts=tuple(Part(count=own[each], look=_LOOKS[each], word=each) for each in SEVERITIES if own[each]),
        )
        for family, own in ranked
    ]


def _drawn(finding: Finding) -> Markup | None:
    """The distribution that a finding rests on, where it tells one."""
    told = finding.evidence.get("distribution")
    if not isinstance(told, Mapping):
        return None
    counts = {str(label): count for label, count in told.items() if type(count) is int and count > 0}
    return bars(counts, f"{finding.code}: distribution", ordered=True) if counts else None
