"""The codes of findings that an audit can make."""

from __future__ import annotations

CODES = (
    "borderline.shift", "evidence.answer", "evidence.model", "evidence.owner", "evidence.prompt", "evidence.reason",
    "evidence.row", "evidence.scorer", "evidence.version", "judge.one_sided", "metric.unruled", "null.answers",
    "null.fault", "null.recorded", "null.thin", "pattern.slice", "pattern.suite", "pattern.template", "pattern.words",
    "recorded.ambiguous", "recorded.corrupt", "recorded.mismatch", "recorded.repeated", "recorded.unknown",
    "recorded.unused", "reference.not_approved", "slice.unruled", "subject.changed", "subject.identical",
    "subject.same",
)  # fmt: skip
"""Those that a rule `kind: findings` can count; findings of rules themselves (`rule.*`) are not among them."""
UNDER_COVERED = "data.under_covered"
"""A slice that the training data hardly hold, large in a suite that regressed; made where plan and data meet."""
CONTAMINATED_SUITE = "contamination.suite"
"""A suite whose items stand in the training data; made where plan and data meet, beside the codes of the checks."""
