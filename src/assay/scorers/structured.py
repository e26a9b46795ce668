"""Is the answer JSON, and does it keep its schema."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from assay.domain.metrics import renamed
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score
from assay.domain.trial import Output
from assay.scorers.beginnings import beginning
from assay.scorers.json_text import parsed, unfenced
from assay.scorers.reading import answer_start
from assay.scorers.schemas import Schema, compiled


def _may_go_on(text: str) -> bool:
    """Whether a text that is not JSON yet could become it: its only fault is where it ends.

    Examples:
        >>> _may_go_on('{"a": [1, "b'), _may_go_on("Sure! Here is"), _may_go_on("```json\\n{")
        (True, False, True)
    """
    body = text.removeprefix("```json").removeprefix("```").lstrip()
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        cut_word = any(word.startswith(body[error.pos :]) for word in ("true", "false", "null"))
        return error.pos >= len(body) or error.msg.startswith(("Unterminated", "Invalid \\escape")) or cut_word
    except (ValueError, RecursionError):
        return False
    return True


def _cut(text: str, schema: Schema | None) -> tuple[bool | None, str, str]:
    """The judgement of an answer that the length limit cut: false when nothing that follows could mend it."""
    begun = beginning(text.removeprefix("```json").removeprefix("```"))
    wrong = ""
    if begun is not None:
        twice = f"the key {begun.twice[:40]!r} stands twice in one object" if begun.twice else ""
        wrong = twice or (schema.fault_so_far(begun) if schema else "")
    if wrong:
        return False, "", f"cut off, and already broken: {wrong}"
    return None, "truncated", "cut off in the middle of a value that was well formed so far"


@dataclass(frozen=True, slots=True, kw_only=True)
class Json:
    """Is the answer JSON, and does it keep its schema?

    Looks for: one JSON value and nothing else (one Markdown fence around it is allowed), by the
        letter of RFC 8259: no NaN, no comments, no text before or after, no key twice in an object;
        then, where a schema is given, that the value keeps it (JSON Schema; 2020-12 unless the
        schema says otherwise). An answer that the length limit cut is unscored, unless what is there
        breaks the schema already in a way that going on could not mend.
    Why: programs read these answers; a model that starts to chat around its JSON breaks them.
    Misses: whether the values are true. `format` is not checked. References to other addresses are
        never fetched.
    Example: `{"id": 1,}` gives json = false, "expecting property name ... at character 9".
    Settings: schema (a file in a plan), schema_key (metadata key that holds the sample's own schema),
        fence (true), name (of the metric).
    Measured: what it accepts, Python's json module accepts (property test); stricter on repeated keys,
        NaN and numbers out of range.
    Source: RFC 8259; JSON Schema 2020-12 through the package jsonschema.

    Examples:
        >>> sample = Sample(id="1", input="?")
        >>> Json(schema={"type": "object"}).score(sample, Output(text='{"a": 1}'))[0].value
        True
        >>> Json().score(sample, Output(text='Here: {"a": 1}'))[0].value
        False
    """

    name: ClassVar[str] = "json"
    version: ClassVar[str] = "2"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset({"truncated"})

    schema: Mapping[str, Any] | None = None
    """Schema that every answer must keep; the sample's own, by `schema_key`, comes first."""
    schema_key: str = ""
    """Metadata key of the sample's own schema."""
    fence: bool = True
    """Whether one Markdown fence around the value is allowed."""
    metric: str = "json"
    """Name of the metric (`name` in a plan)."""
    _compiled: Schema | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        self.metrics()
        if self.schema is not None:
            object.__setattr__(self, "_compiled", Schema(self.schema))

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`json`, or the name it was given."""
        return (renamed("json", self.metric),)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether the answer is valid, and what is wrong with it."""
        value, cause, why = self._read(sample, output)
        return (
            Score(
                metric=self.metric,
                value=value,
                unscored=cause,
                explanation=why[:300],
                scorer=self.name,
                version=self.version,
            ),
        )

    def _read(self, sample: Sample, output: Output) -> tuple[bool | None, str, str]:
        text = output.text
        start = answer_start(text)
        if start is None:
            return None, "reasoning only", ""
        text = text[start:].strip()
        if not text:
            return None, "empty", ""
        schema, cause = self._schema(sample)
        if cause:
            return None, cause, ""
        try:
            value = parsed(unfenced(text) if self.fence else text)
        except ValueError as error:
            if output.finish_reason == "length" and _may_go_on(text):
                return _cut(text, schema)
            return False, "", f"not JSON: {error}"
        wrong = schema.fault(value) if schema else ""
        return not wrong, "", wrong or "valid"

    def _schema(self, sample: Sample) -> tuple[Schema | None, str]:
        if not self.schema_key:
            return self._compiled, ""
        own = sample.metadata.get(self.schema_key)
        if own is None:
            return self._compiled, "" if self._compiled else "no schema"
        if not isinstance(own, Mapping):
            return None, "schema is not an object"
        schema = compiled(own)
        return schema, "" if schema else "schema is not valid"
