"""JSON Schemas of the files that assay reads and writes beside plans and policies."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}
_NUMBER = {"type": ["number", "null"]}
_MESSAGES = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["role"],
        "properties": {"role": _TEXT, "content": {}, "tool_calls": {"type": "array"}, "tool_call_id": _TEXT},
    },
}
_TEXTS = {"type": "array", "items": _TEXT}

SAMPLE_SCHEMA: dict[str, Any] = {
    "title": "Sample",
    "description": "One line of a dataset",
    "type": "object",
    "required": ["input"],
    "properties": {
        "id": {"type": ["string", "integer"], "description": "Unique in the file; the line's number when absent"},
        "input": {"anyOf": [_TEXT, _MESSAGES], "description": "A prompt, or chat messages"},
        "target": {"anyOf": [_TEXT, {"type": ["number", "boolean", "null"]}, _TEXTS]},
        "choices": _TEXTS,
        "tools": {"type": "array", "items": {"type": "object"}},
        "context": {"anyOf": [_TEXT, _TEXTS]},
        "metadata": {"type": "object", "description": "Slices and clusters are keys of it"},
    },
}

OUTPUT_SCHEMA: dict[str, Any] = {
    "title": "Recorded output",
    "description": "One line of recorded outputs",
    "type": "object",
    "required": ["id"],
    "oneOf": [{"required": ["output"]}, {"required": ["error"]}],
    "properties": {
        "id": {"type": ["string", "integer"]},
        "epoch": {"type": "integer", "minimum": 1, "default": 1},
        "output": {"anyOf": [_TEXT, _MESSAGES]},
        "error": {},
        "finish_reason": {"type": ["string", "null"]},
        "usage": {"type": ["object", "null"]},
        "latency_s": _NUMBER,
        "logprobs": {},
        "input": {"description": "What was asked; checked against the dataset when present"},
        "metadata": {"type": ["object", "null"], "description": "Recorded scores and anything else"},
    },
}

_ESTIMATE = {
    "type": "object",
    "properties": {
        "value": _NUMBER,
        "low": _NUMBER,
        "high": _NUMBER,
        "level": {"type": "number"},
        "method": _TEXT,
    },
}
_LEVEL = {"type": "object", "properties": {"value": _NUMBER, "n": {"type": "integer"}}}
_DECISION = {"enum": ["deploy", "deploy_monitored", "review", "block", "inconclusive"]}

VERDICT_SCHEMA: dict[str, Any] = {
    "title": "Verdict",
    "type": "object",
    "required": ["schema", "audit", "decision", "exit_code"],
    "properties": {
        "schema": {"const": "assay/verdict/1"},
        "audit": _TEXT,
        "decision": _DECISION,
        "exit_code": {"enum": [0, 1, 3, 4]},
        "hold": {"type": "boolean"},
        "reasons": _TEXTS,
        "reference": {"type": "object", "required": ["name", "digest"]},
        "candidate": {"type": "object", "required": ["name", "digest"]},
        "rules": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "kind", "metric", "slice", "outcome", "hold", "reason", "n", "n_unscored"],
                "properties": {
                    "kind": {"enum": ["band", "floor", "points", "no_increase", "all", "findings"]},
                    "outcome": _DECISION,
                    "reference": _LEVEL,
                    "candidate": _LEVEL,
                    "drop": _ESTIMATE,
                    "difference": _ESTIMATE,
                    "p_pass": _NUMBER,
                    "p_block": _NUMBER,
                    "needed_n": {"type": ["integer", "null"]},
                    "worst_samples": _TEXTS,
                },
            },
        },
        "findings": {"type": "array", "items": {"type": "object", "required": ["code", "severity", "message"]}},
        "counts": {"type": "object", "required": ["samples", "trials", "errors", "unscored"]},
        "not_tested": _TEXTS,
        "error_statement": _TEXT,
        "registered": {"type": "object", "properties": {"digest": _TEXT, "time": _TEXT}},
        "valid_until": _TEXT,
        "risk": {"type": "object"},
        "verdicts": {"type": "array", "description": "Several candidates: one verdict each"},
    },
}
