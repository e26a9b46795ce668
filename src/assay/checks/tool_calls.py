"""Tool calls against the schemas of the tools on offer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing.exceptions import Unresolvable

from assay.checks.check import Defect, Gathered
from assay.checks.tool_outcomes import after_failure, fails
from assay.domain.sample import Message, ToolCall
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

UNKNOWN = Defect(
    code="format.tool_unknown",
    severity="high",
    message="rows call a tool that is not on offer",
    remediation="Add the tool's definition to the row, or take the call out: the model learns to invent tools",
)
ARGUMENTS = Defect(
    code="format.tool_arguments",
    severity="high",
    message="rows call a tool with arguments that are no JSON object",
    remediation="Repair the arguments",
)
SCHEMA = Defect(
    code="format.tool_schema",
    severity="high",
    message="rows call a tool with arguments that break its schema",
    remediation="Repair the arguments, or the schema where it is the schema that is old",
)
DEFINITION = Defect(
    code="format.tool_definition",
    severity="medium",
    message="rows offer a tool whose definition has no name or no valid schema",
    remediation="Give each tool a name and parameters in JSON Schema",
)
UNANSWERED = Defect(
    code="format.tool_answer",
    severity="medium",
    message="rows have a tool's answer that belongs to no call, or a call that nothing answers before the next turn",
    remediation="Keep calls and answers together, by their ids",
)
_TYPES = {
    "dict": "object", "float": "number", "double": "number", "int": "integer", "tuple": "array", "list": "array",
    "str": "string", "bool": "boolean",
}  # fmt: skip
"""Names of types in Python, which some sets write where JSON Schema has its own."""
_MOST_VALIDATORS = 4096


class ToolCalls:
    """Calls of tools that are not on offer, with broken arguments, or without an answer."""

    def __init__(self) -> None:
        self._gathered = Gathered()
        self._validators: dict[str, Draft202012Validator | None] = {}

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if not row.tools and not any(one.tool_calls or one.role == "tool" for one in _turns(row)):
            return
        tools = self._tools(row)
        for place, answer in enumerate(row.answers or ((),)):
            said = (*row.prompt, *answer) if place == 0 else answer
            if _put_right(row, (*row.prompt, *answer)):
                continue
            for turn in said:
                for call in turn.tool_calls:
                    self._call(row, call, tools)
        for answer in row.answers or ((),):
            fault = unanswered((*row.prompt, *answer))
            if fault:
                self._gathered.add(UNANSWERED, row.file, row.line, row.asked, fault)

    def findings(self) -> Iterator[Finding]:
        """One finding for each defect and file."""
        return self._gathered.findings()

    def _tools(self, row: TrainingRow) -> dict[str, Draft202012Validator | None]:
        tools: dict[str, Draft202012Validator | None] = {}
        for tool in row.tools:
            name = tool.get("name")
            if not isinstance(name, str) or not name:
                self._gathered.add(DEFINITION, row.file, row.line, str(tool)[:200], "no name")
                continue
            tools[name] = self._validator(row, name, tool.get("parameters", tool.get("input_schema")))
        return tools

    def _validator(self, row: TrainingRow, name: str, schema: Any) -> Draft202012Validator | None:
        if schema is None:
            return None
        key = repr(schema)
        if key not in self._validators:
            if len(self._validators) >= _MOST_VALIDATORS:
                self._validators.clear()
            self._validators[key] = validator_of(schema)
        if self._validators[key] is None:
            self._gathered.add(DEFINITION, row.file, row.line, f"{name}: {key}"[:200], "schema")
        return self._validators[key]

    def _call(self, row: TrainingRow, call: ToolCall, tools: Mapping[str, Draft202012Validator | None]) -> None:
        shown = f"{call.name}({call.raw})"
        if row.tools and call.name not in tools:
            self._gathered.add(UNKNOWN, row.file, row.line, shown, call.name or "(no name)")
        if call.arguments is None:
            self._gathered.add(ARGUMENTS, row.file, row.line, shown, call.name)
            return
        validator = tools.get(call.name)
        if validator is None:
            return
        try:
            error = next(iter(validator.iter_errors(call.arguments)), None)
        except (RecursionError, Unresolvable) as fault:
            self._gathered.add(DEFINITION, row.file, row.line, f"{call.name}: {str(fault)[:120]}", "schema")
            return
        if error is not None:
            self._gathered.add(SCHEMA, row.file, row.line, f"{error.message[:120]}: {shown}", str(error.validator))


def _put_right(row: TrainingRow, turns: tuple[Message, ...]) -> bool:
    """Whether the row shows a call that fails with an error, and how it is put right: wanted, and no defect."""
    return any(turn.role == "tool" and fails(turn.content) for turn in turns) and (
        after_failure(turns, breaking(row)) == "repaired"
    )


def breaking(
    row: TrainingRow, validators: dict[str, Draft202012Validator | None] | None = None
) -> Callable[[ToolCall], bool]:
    """Whether a call breaks the schema of a tool that the row offers, or is of a tool that it does not.

    Args:
        row: The row.
        validators: Those made before, by their schema; new ones are put there.
    """
    made = {} if validators is None else validators
    offered = {tool.get("name"): tool.get("parameters", tool.get("input_schema")) for tool in row.tools}

    def breaks(call: ToolCall) -> bool:
        if offered and call.name not in offered:
            return True
        if call.arguments is None:
            return True
        schema = offered.get(call.name)
        if schema is None:
            return False
        key = repr(schema)
        if key not in made:
            if len(made) >= _MOST_VALIDATORS:
                made.clear()
            made[key] = validator_of(schema)
        validator = made[key]
        try:
            return validator is not None and next(iter(validator.iter_errors(call.arguments)), None) is not None
        except (RecursionError, Unresolvable):
            return False

    return breaks


def _turns(row: TrainingRow) -> Iterator[Message]:
    yield from row.prompt
    for answer in row.answers:
        yield from answer


def validator_of(schema: Any) -> Draft202012Validator | None:
    """A validator that reads no other document; None where the schema is none, or refers to another document."""
    plain = _json_types(schema, 0)
    if not isinstance(plain, dict) or _refers_outside(plain):
        return None
    try:
        Draft202012Validator.check_schema(plain)
    except (SchemaError, RecursionError):
        return None
    return Draft202012Validator(plain)


def _json_types(schema: Any, depth: int) -> Any:
    if depth > 50:
        return {}
    if isinstance(schema, Mapping):
        return {
            key: _TYPES.get(each, each) if key == "type" and isinstance(each, str) else _json_types(each, depth + 1)
            for key, each in schema.items()
            if not _left_out(key, each)
        }
    return [_json_types(each, depth + 1) for each in schema] if isinstance(schema, list) else schema


def _left_out(key: Any, value: Any) -> bool:
    """What some sets write and JSON Schema lacks; and expressions of strangers, which may take for ever to match."""
    return (
        (key == "type" and value == "any")
        or (key == "required" and isinstance(value, bool))
        or (key == "pattern" and isinstance(value, str))
        or key == "patternProperties"
    )


def _refers_outside(schema: Any) -> bool:
    if isinstance(schema, dict):
        references = [schema.get(key) for key in ("$ref", "$dynamicRef")]
        if any(isinstance(each, str) and not each.startswith("#") for each in references):
            return True
        return any(_refers_outside(each) for each in schema.values())
    return isinstance(schema, list) and any(_refers_outside(each) for each in schema)


def unanswered(turns: tuple[Message, ...]) -> str:
    """What is wrong between calls and answers, in words; a call in the last turn needs no answer yet."""
    waiting: set[str] = set()
    known: set[str] = set()
    for turn in turns:
        if turn.role == "tool":
            if turn.tool_call_id and known and turn.tool_call_id not in known:
                return "answer without a call"
            waiting.discard(turn.tool_call_id)
        elif waiting:
            return "call without an answer"
        if turn.tool_calls:
            waiting = {call.id for call in turn.tool_calls if call.id}
            known |= waiting
    return ""
