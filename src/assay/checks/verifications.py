"""Results of verifications that a row carries in its metadata: schema, execution, reference, critic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.checks.fields import Fields

_OUTCOMES = (
    "verification", "verification_passed", "verification_result", "verifier", "tests_passed", "test_passed",
    "passed_tests", "passes_tests", "tests_pass", "unit_tests_passed", "test_result", "passed", "schema_valid",
    "json_valid", "is_valid", "valid", "execution_passed", "execution_success", "execution_result", "execution_status",
    "executes", "exec_ok", "is_correct", "answer_correct", "correct", "reference_match", "matches_reference",
    "critic_passed", "critic_verdict", "critic", "judge_verdict", "filter_passed", "quality_passed",
)  # fmt: skip
"""Keys whose value says how a verification ended."""
_DONE = ("verified", "is_verified", "validated", "checked")
"""Keys that say whether there was one: false means that there was none, not that it failed."""
_SCORES = ("critic_score", "judge_score", "verifier_score", "reward_score", "quality_score", "pass_rate")
_BAD = frozenset({
    "fail", "failed", "failure", "false", "incorrect", "wrong", "invalid", "rejected", "reject", "error", "errored",
    "timeout", "timed out", "not passed", "no", "bad", "mismatch",
})  # fmt: skip
_GOOD = frozenset({
    "pass", "passed", "ok", "true", "correct", "right", "valid", "accepted", "accept", "success", "succeeded", "yes",
    "good", "match",
})  # fmt: skip


def verified(told: Mapping[str, Any]) -> dict[str, str]:
    """Each key that tells of a verification: `passed`, `failed`, `unverified`, `scored`.

    A value that cannot be read is left out, so a key such as `correct: "B"` tells nothing.

    Examples:
        >>> verified({"tests_passed": "3/5", "verified": True, "critic_score": 0.2, "correct": "B"})
        {'tests_passed': 'failed', 'verified': 'passed', 'critic_score': 'scored'}
    """
    found: dict[str, str] = {}
    for key in _telling(told):
        value = told[key]
        if key in _SCORES:
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                found[key] = "scored"
            continue
        outcome = _outcome(value, 0)
        if outcome is not None:
            found[key] = "passed" if outcome else "unverified" if key in _DONE else "failed"
    return found


_telling = Fields((*_OUTCOMES, *_DONE, *_SCORES))


def _outcome(value: Any, depth: int) -> bool | None:
    """Whether it ended well; of several, whether all did; None where that cannot be read."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _word(value)
    if depth > 2:
        return None
    parts = list(value.values())[:100] if isinstance(value, dict) else value[:100] if isinstance(value, list) else []
    read = [outcome for part in parts if (outcome := _outcome(part, depth + 1)) is not None]
    return all(read) if read else None


def _word(value: str) -> bool | None:
    word = value[:40].strip().lower()
    done, slash, of = word.partition("/")
    if slash and done.strip().isdecimal() and of.strip().isdecimal():
        return int(done) >= int(of) > 0
    return False if word in _BAD else True if word in _GOOD else None
