"""A regression dataset: failures as samples, each with its parents, and the lines that make a suite of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from assay.domain.sample import Message, Sample


def sample_row(sample: Sample) -> dict[str, Any]:
    """A sample as a row that `read_dataset` reads as the same sample, of the same digest."""
    row: dict[str, Any] = {"id": sample.id}
    row["input"] = sample.input if isinstance(sample.input, str) else [_turn(turn) for turn in sample.input]
    if sample.target is not None:
        row["target"] = sample.target if isinstance(sample.target, str) else list(sample.target)
    for name in ("choices", "tools", "context"):
        if getattr(sample, name):
            row[name] = [dict(one) if isinstance(one, Mapping) else one for one in getattr(sample, name)]
    if sample.metadata:
        row["metadata"] = dict(sample.metadata)
    return row


def _turn(turn: Message) -> dict[str, Any]:
    told: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.tool_calls:
        told["tool_calls"] = [
            {"id": call.id, "function": {"name": call.name, "arguments": call.raw}} for call in turn.tool_calls
        ]
    if turn.tool_call_id:
        told["tool_call_id"] = turn.tool_call_id
    return told


def lines_of(samples: Sequence[Sample]) -> str:
    """Samples as JSON Lines."""
    return "".join(json.dumps(sample_row(one), ensure_ascii=False, allow_nan=False) + "\n" for one in samples)


def suite_line(name: str, dataset: str, sha256: str, scorers: Sequence[Mapping[str, Any]]) -> str:
    """The suite of a regression dataset, as a line of a plan; role dev, and no part of other figures."""
    listed = ", ".join(_scorer(spec) for spec in scorers)
    return (
        f"  - {{name: {_word(name)}, dataset: {_word(dataset)}, sha256: {_word(sha256)}, role: dev, apart: true, "
        f"scorers: [{listed}]}}"
    )


def rule_line(metric: str, suite: str, flag: str = "", at_least: float | None = None) -> str:
    """The rule that every row must pass, as a line of a plan.

    Args:
        metric: What was failed.
        suite: Name of the suite.
        flag: Metadata key of the rows that failed this metric; empty when all did.
        at_least: What each row must reach, for a share.
    """
    level = "" if at_least is None else f", at_least: {at_least:g}"
    only = f", {_word(flag)}: true" if flag else ""
    return f"    - {{metric: {_word(metric)}, kind: all{level}, slice: {{suite: {_word(suite)}{only}}}}}"


def _scorer(spec: Mapping[str, Any]) -> str:
    return _word(str(spec["type"])) if set(spec) == {"type"} else json.dumps(spec, ensure_ascii=False, default=list)


def _word(text: str) -> str:
    """A word as YAML takes it: bare where it can only be a word, else in quotes."""
    bare = text.replace("_", "").replace("-", "").replace("/", "").replace(".", "")
    return (
        text if bare.isalpha() and bare.isascii() and text[0].isalpha() and bare not in _NOT_WORDS else json.dumps(text)
    )


_NOT_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "True", "False", "Null"})
