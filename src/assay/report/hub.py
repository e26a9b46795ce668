"""Results in the form of model repositories on the Hugging Face Hub: entries for `.eval_results/*.yaml`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from assay.domain.audit import Audit
from assay.domain.estimate import Comparison
from assay.report.inert import one_line
from assay.report.words import short_digest

_HEAD = """\
# Results of an audit by assay, in the form of .eval_results/*.yaml of a model repository.
# `dataset.id` is a placeholder: put the id of the dataset on the Hub there (the Hub lists results of registered
# benchmarks only) and its commit as `dataset.revision`.
"""


def hub(audits: Sequence[Audit]) -> str:
    """The candidate's level on each metric as a YAML list of entries; several candidates one after the other."""
    parts = [_HEAD]
    for audit in audits:
        entries = [_entry(audit, one) for one in audit.comparisons if _shown(one)]
        name = one_line(audit.candidate.identity.name, 100)
        parts.append(f"# {name}, {short_digest(audit.candidate.identity.digest)}\n")
        if entries:
            parts.append(yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=100))
        else:
            parts.append("# no metric has a value\n")
    return "".join(parts)


def _shown(compared: Comparison) -> bool:
    return not compared.slice and compared.candidate.value is not None and compared.metric.kind != "label"


def _entry(audit: Audit, compared: Comparison) -> dict[str, Any]:
    value = compared.candidate.value
    assert value is not None
    entry: dict[str, Any] = {
        "dataset": {"id": f"local/{_slug(audit.name)}", "task_id": _slug(compared.metric.name)},
        "value": round(float(value), 6),
    }
    day = audit.registered.get("time", "")[:10]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        entry["date"] = day
    entry["notes"] = _notes(audit, compared)
    return entry


def _notes(audit: Audit, compared: Comparison) -> str:
    level = compared.candidate
    better = "higher" if compared.metric.higher_is_better else "lower"
    unit = f" {compared.metric.unit}" if compared.metric.unit else ""
    interval = ""
    if level.low is not None and level.high is not None:
        interval = f", {level.level:.0%} interval {level.low:.4f} to {level.high:.4f}"
    reference = compared.reference.value
    beside = "" if reference is None else f", reference {reference:.4f}"
    digest = short_digest(audit.registered.get("digest", ""))
    return one_line(
        f"{better} is better{unit}{interval}, n={compared.n}, unscored {compared.n_unscored}{beside}; audit decision "
        f"{audit.verdict.decision.word}; assay {audit.assay_version}, registered {digest}",
        400,
    )


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.") or "audit"
