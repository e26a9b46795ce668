"""Findings in training data as one HTML file, with pictures of what the data is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from assay.domain.verdict import Finding
from assay.report.data import change_lines, counts_line, place_of, rows_of, word_of, worst_first
from assay.report.html import content_policy, environment, resource
from assay.report.inert import one_line

_LOOKS = {"critical": "block", "high": "block", "medium": "review", "low": "deploy_monitored", "info": "none"}
_BARS = 12
_WIDTH = 700
_ROW = 24
_LEFT = 300
_RIGHT = 110


@dataclass(frozen=True, slots=True)
class Picture:
    """A distribution."""

    title: str
    drawn: Markup


def data_html(findings: Sequence[Finding], manifest: Mapping[str, Any], more: Mapping[str, Any], version: str) -> str:
    """The page: how it stands, the findings worst first, distributions, files.

    Texts of the data are escaped, and what hides or commands in them is shown as its code; the policy forbids
    scripts, network and outside styles.

    Args:
        findings: What was found.
        manifest: What the data is.
        more: `changes` since an earlier version and the `verdict` of rules, where they were asked for.
        version: Version of the program.
    """
    ordered = worst_first(findings)
    style = resource("report.css") + _STYLE
    word = word_of(ordered, more.get("verdict"))
    page = (
        environment()
        .get_template("data.html")
        .render(
            style=Markup(style),
            policy=content_policy(style),
            word=word,
            look="block" if word in ("FINDINGS", "BLOCK") else "deploy",
            told=counts_line(ordered),
            rules=more["verdict"]["rules"] if "verdict" in more else [],
            findings=[_shown(one) for one in ordered],
            manifest=manifest,
            pictures=_pictures(manifest),
            changes=change_lines(more["changes"]) if "changes" in more else [],
            version=one_line(version, 40),
        )
    )
    return page + "\n"


_STYLE = """
.bars { width: 100%; max-width: 46rem; height: auto; font-size: 13px; }
.bars text { fill: var(--ink); } .bars .count { fill: var(--soft); } .bars rect { fill: var(--link); }
"""


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
        "remediation": one_line(finding.remediation, 300),
    }


def _pictures(manifest: Mapping[str, Any]) -> list[Picture]:
    titles = {
        "forms": "Forms of rows",
        "sources": "Sources",
        "licences": "Licences",
        "generators": "Generators",
        "answer_characters": "Characters of an answer",
        "prompt_characters": "Characters of a prompt",
        "turns": "Turns",
    }
    return [
        Picture(title, bars(manifest[key], title))
        for key, title in titles.items()
        if manifest.get(key) and set(manifest[key]) != {"(none)"}
    ]


def bars(counts: Mapping[str, int], title: str) -> Markup:
    """Counts as bars, the first dozen, the rest put together; each with its number, so that length is not alone."""
    shown = list(counts.items())[:_BARS]
    rest = sum(counts.values()) - sum(count for _, count in shown)
    shown += [("all others", rest)] if rest else []
    most = max((count for _, count in shown), default=1) or 1
    parts = []
    for place, (name, count) in enumerate(shown):
        y = place * _ROW
        wide = round((_WIDTH - _LEFT - _RIGHT) * count / most, 1)
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 16}" text-anchor="end">{escape(one_line(name, 42))}</text>'
            f'<rect x="{_LEFT}" y="{y + 4}" width="{max(wide, 1)}" height="{_ROW - 9}"/>'
            f'<text class="count" x="{_LEFT + max(wide, 1) + 6}" y="{y + 16}">{count:,}</text>'
        )
    head = f'<svg class="bars" viewBox="0 0 {_WIDTH} {len(shown) * _ROW + 4}" role="img" aria-label="{escape(title)}">'
    return Markup(head + "".join(parts) + "</svg>")
