"""What a cut JSON text says, and which faults going on could not mend."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Sample
from assay.domain.trial import Output
from assay.scorers.beginnings import beginning
from assay.scorers.schemas import Schema
from assay.scorers.structured import Json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "tags"],
    "properties": {"id": {"type": "integer"}, "tags": {"type": "array", "maxItems": 2, "minItems": 2}},
    "additionalProperties": False,
}


@given(st.lists(VALUES, max_size=4) | st.dictionaries(st.text(max_size=3), VALUES, max_size=4), st.data())
def test_whatever_is_cut_a_good_value_is_never_called_broken(value: Any, data: st.DataObject) -> None:
    """The law of the judgement: a schema that the whole value keeps is not broken by any beginning of it."""
    text = json.dumps(value)
    begun = beginning(text[: data.draw(st.integers(1, len(text)))])
    assert begun is not None
    assert not begun.twice
    for schema in ({"const": value}, {"enum": [value]}, _shape(value)):
        assert Schema(schema).fault_so_far(begun) == ""


def _shape(value: Any) -> dict[str, Any]:
    """A strict schema that holds for this value alone."""
    if isinstance(value, dict):
        return {
            "type": "object",
            "properties": {key: _shape(inner) for key, inner in value.items()},
            "required": list(value),
            "additionalProperties": False,
        }
    if isinstance(value, list):
        many = len(value)
        return {"type": "array", "prefixItems": [_shape(v) for v in value] or [{}], "minItems": many, "maxItems": many}
    return {"const": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"id": 1, "tags": ["a", ', None),
        ('{"id": 1', None),
        ('{"id": "1", "ta', False),
        ('{"id": 1, "name": ', None),
        ('{"id": 1, "name": "x", "ta', False),
        ('{"id": 1, "tags": [1, 2, 3, ', False),
        ('{"id": 1, "id": 2, "tags', False),
        ("[1, 2", False),
        ('{"id": 1, "tags": {"a": ', False),
        ('```json\n{"id": 1, "na": [', False),
        ('{"a', None),
    ],
)
def test_a_cut_answer_is_judged_only_when_nothing_could_mend_it(text: str, value: bool | None) -> None:
    (score,) = Json(schema=SCHEMA).score(Sample(id="1", input="?"), Output(text=text, finish_reason="length"))
    assert score.value is value
    assert (score.unscored == "truncated") is (value is None)
    if value is False:
        assert score.explanation.startswith("cut off, and already broken: ")


def test_deep_and_long_beginnings_are_read_in_one_pass() -> None:
    assert beginning("[" * 100_000) is not None
    assert beginning('{"a": [' + '"x", ' * 200_000) is not None
    (score,) = Json(schema=SCHEMA).score(
        Sample(id="1", input="?"), Output(text='{"tags": ' + "[" * 5000, finish_reason="length")
    )
    assert score.unscored == "truncated" or score.value is False
