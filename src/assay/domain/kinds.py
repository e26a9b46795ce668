"""What kind of quality a metric measures: where to look first when it falls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

Kind = Literal["behaviour", "truth", "format", "tool use", "latency"]

KINDS: Mapping[Kind, str] = {
    "behaviour": "what the model is willing to do, and how it speaks",
    "truth": "whether what it says is right and supported",
    "format": "whether the answer has the form and language that was asked for",
    "tool use": "whether tools are called rightly",
    "latency": "how long an answer takes, and what it costs",
}
"""Each kind with what it is about, in the order of reports."""

_METRICS: Mapping[Kind, tuple[str, ...]] = {
    "behaviour": (
        "refusal", "boundary", "compliance", "policy", "privacy", "safe_answer", "injection_resistance",
        "harmful_answer", "attack_success", "toxicity", "leak_rate", "bias", "insecure_code", "over_refusal",
        "sycophancy", "consistency", "content_safety", "injection_attempt", "agreement", "decision", "sentiment",
        "bbq_ambiguous", "stereotyped_answer", "stereotype", "memorisation", "verbosity", "padding", "hedging",
        "overconfidence", "disclaimers", "mirroring", "flattery", "group_claims", "refusal_consistency",
        "refusal_quality", "preference", "length",
    ),
    "truth": (
        "groundedness", "hallucination", "accuracy", "correct", "exact_match", "match", "choice", "bbq_disambiguated",
        "policy_hallucination", "fabricated_citation", "citation", "evidence_coverage",
    ),
    "format": ("pattern", "json", "format_drift", "language_drift", "degeneration"),
    "tool use": ("tool_call", "tool_use", "steps"),
    "latency": ("latency", "tokens", "cost"),
}  # fmt: skip
KIND_OF: Mapping[str, Kind] = {name: kind for kind, names in _METRICS.items() for name in names}
"""Kind of each metric that assay knows by name; a test holds it to the catalogue."""


def kind_of(metric: str, scorers: Iterable[Mapping[str, Any]] = ()) -> Kind | None:
    """The kind of a metric; None when neither its name nor its scorer tells.

    Args:
        metric: Name of the metric.
        scorers: Saved forms of the plan's scorers: a metric that a plan names itself has the kind of its scorer.

    Examples:
        >>> kind_of("json"), kind_of("charm")
        ('format', None)
        >>> kind_of("has_ticket", [{"type": "pattern", "name": "has_ticket"}])
        'format'
    """
    if metric in KIND_OF:
        return KIND_OF[metric]
    own = (str(scorer.get("type", "")) for scorer in scorers if scorer.get("name") == metric)
    return next((KIND_OF[name] for name in own if name in KIND_OF), None)
