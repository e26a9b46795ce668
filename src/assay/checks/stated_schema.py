"""Answers against the JSON Schema that their row states."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from referencing.exceptions import Unresolvable

from assay.checks.check import Defect, Gathered
from assay.checks.tool_calls import validator_of
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

BREAKS = Defect(
    code="synthetic.schema_broken",
    severity="high",
    message="rows have an answer that breaks the JSON Schema in their metadata",
    remediation="Repair the answers, or the schema where it is the schema that is old",
)
_KEYS = ("json_schema", "response_schema", "output_schema", "answer_schema", "response_format", "schema")
_WORDS = frozenset({"type", "properties", "items", "enum", "anyOf", "oneOf", "allOf", "$ref", "required"})
_FENCED = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?```\Z", re.DOTALL | re.IGNORECASE)
_LONGEST = 1_000_000
_MOST_VALIDATORS = 1024


class StatedSchema:
    """Answers that break the schema that stands in the row's metadata.

    Read are `json_schema`, `response_schema`, `output_schema`, `response_format` and `schema`, as an object or a text.
    """

    def __init__(self) -> None:
        self._gathered = Gathered()
        self._validators: dict[str, Draft202012Validator | None] = {}

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if not row.metadata or row.shape == "text" or not row.answer.strip():
            return
        key = next((key for key in _KEYS if key in row.metadata), "")
        schema = schema_of(row.metadata[key]) if key else None
        validator = self._validator(schema) if schema else None
        if validator is None:
            return
        fault = _fault(row.answer.strip(), validator)
        if fault:
            self._gathered.add(BREAKS, row.file, row.line, f"{fault}: {row.answer}", fault.split(":")[0])

    def findings(self) -> Iterator[Finding]:
        """One finding for each file."""
        return self._gathered.findings()

    def _validator(self, schema: Mapping[str, Any]) -> Draft202012Validator | None:
        key = repr(schema)
        if key not in self._validators:
            if len(self._validators) >= _MOST_VALIDATORS:
                self._validators.clear()
            self._validators[key] = validator_of(schema)
        return self._validators[key]


def schema_of(value: Any) -> Mapping[str, Any] | None:
    """The schema that a value of metadata holds, bare, as text, or in the wrapping of `response_format`.

    Examples:
        >>> schema_of({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}})
        {'type': 'object'}
        >>> schema_of("public") is None
        True
    """
    if isinstance(value, str) and value.lstrip()[:1] == "{" and len(value) <= _LONGEST:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    for _ in range(3):
        if not isinstance(value, dict):
            return None
        inner = value.get("json_schema", value.get("schema"))
        if not isinstance(inner, dict):
            break
        value = inner
    known = isinstance(value, dict) and (value.keys() & _WORDS)
    return value if known and value.get("type") not in ("json_object", "text", "json_schema") else None


def _fault(answer: str, validator: Draft202012Validator) -> str:
    if len(answer) > _LONGEST:
        return ""
    fenced = _FENCED.match(answer)
    try:
        value = json.loads(fenced[1] if fenced else answer)
    except (ValueError, RecursionError):
        return "no JSON"
    try:
        error = next(iter(validator.iter_errors(value)), None)
    except (RecursionError, Unresolvable):
        return ""
    return f"{error.validator}: {error.message[:120]}" if error is not None else ""
