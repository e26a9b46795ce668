"""The page: one HTML file without scripts or outside parts, under a strict content security policy."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from assay.domain.audit import Audit
from assay.report.icons import icon
from assay.report.inert import one_line, visible
from assay.report.page import view
from assay.report.rules import worst_first
from assay.report.words import LOOKS

_MINUS = re.compile(r"(?<![\w.-])-(?=\d)")
_PERCENT = re.compile(r"(?<=\d) %")


def html(audits: Sequence[Audit]) -> str:
    """The report as one HTML file, worst candidate first.

    Texts of models, datasets and servers are escaped, and what hides or commands in
    them is shown as its code; the policy forbids scripts, network and outside styles.

    Args:
        audits: One audit per candidate, at least one.
    """
    ordered = worst_first(audits)
    style = resource("report.css")
    page = (
        environment()
        .get_template("report.html")
        .render(
            title=one_line(ordered[0].name, 120),
            version=one_line(ordered[0].assay_version, 40),
            style=Markup(style),
            policy=content_policy(style),
            worst=ordered[0].verdict.decision.word,
            worst_title=LOOKS[ordered[0].verdict.decision].title,
            candidates=[view(audit, number, len(ordered)) for number, audit in enumerate(ordered, 1)],
        )
    )
    return page + "\n"


@cache
def environment() -> Environment:
    """Templates that escape every value and make every text harmless on its way out."""
    environment = Environment(
        loader=FunctionLoader(resource),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["icon"] = icon
    environment.filters["set"] = typeset
    return environment


def typeset(words: str) -> str:
    """Our own words with a true minus before numbers, and percent signs that stay with theirs.

    Examples:
        >>> typeset("drop -8.9 %") == "drop \u22128.9\u00a0%"
        True
    """
    return _MINUS.sub("\u2212", _PERCENT.sub("\u00a0%", words))


def _finalize(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def content_policy(style: str) -> str:
    """The content security policy of a page with that style: no scripts, no network, no other styles."""
    return f"default-src 'none'; style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"


def resource(name: str) -> str:
    """A file of the folder of templates."""
    return (files("assay.report") / "templates" / name).read_text(encoding="utf-8")


def _hash(style: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
