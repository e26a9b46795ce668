"""Answers against the schema in their row's metadata."""

from __future__ import annotations

from typing import Any

import pytest

from assay.checks.stated_schema import StatedSchema
from assay.domain.sample import Message
from assay.domain.training import TrainingRow

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def found(answer: str, **told: Any) -> list[str]:
    check = StatedSchema()
    answers = ((Message(role="assistant", content=answer),),)
    check.add(TrainingRow(file="a", line=1, shape="chat", answers=answers, metadata=told))
    return [kind for one in check.findings() for kind in one.evidence["kinds"]]


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        ('{"a": 1}', []),
        ('```json\n{"a": 1}\n```', []),
        ('{"a": "x"}', ["type"]),
        ("{}", ["required"]),
        ("Sure!", ["no JSON"]),
    ],
)
def test_answers_against_their_schema(answer: str, kinds: list[str]) -> None:
    assert found(answer, json_schema=SCHEMA) == kinds
    assert (
        found(answer, response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}) == kinds
    )
    assert (
        found(answer, output_schema='{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}')
        == kinds
    )


@pytest.mark.parametrize(
    "value", ["public", None, 5, {"type": "json_object"}, {"type": 7}, {"$ref": "http://x/y"}, [], "{", {"name": "n"}]
)
def test_what_is_no_schema_is_passed_over(value: Any) -> None:
    assert found("Sure!", schema=value) == []
