"""What of recorded traffic could not be read, in words."""

from __future__ import annotations

from collections.abc import Mapping

from assay.report.inert import one_line

_WORDS = {
    "not_json": "not JSON",
    "not_an_object": "not an object",
    "nothing_asked": "without a question",
    "nothing_said": "without an answer",
    "not_otlp": "not OTLP",
    "malformed": "malformed",
    "trace_id": "without a trace id that is one",
    "span_id": "without a span id that is one",
    "time": "without a time that is one",
    "log_without_span": "log records without a span",
    "repaired_characters": "with characters that had to be repaired",
}
"""Cause -> what is said of that many."""


def unread(causes: Mapping[str, int], places: Mapping[str, str] | None = None) -> str:
    """How many were not read and why, the commonest cause first; empty where all were.

    Args:
        causes: Cause -> how many.
        places: Cause -> the first place, where it is told.

    Examples:
        >>> unread({"not_json": 1, "nothing_said": 423}, {"not_json": "a.jsonl:2", "nothing_said": "a.jsonl:7"})
        '423 without an answer, first a.jsonl:7; 1 not JSON, first a.jsonl:2'
    """
    told = []
    for cause, count in sorted(causes.items(), key=lambda one: -one[1]):
        first = f", first {one_line(places[cause], 200)}" if places and cause in places else ""
        told.append(f"{count:,} {_WORDS.get(cause, cause.replace('_', ' '))}{first}")
    return "; ".join(told)
