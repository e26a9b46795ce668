"""Are the right tools called, with the right arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from assay.domain.metrics import renamed
from assay.domain.sample import Sample, ToolCall
from assay.domain.score import Metric, Score
from assay.domain.trial import Output
from assay.scorers.expected_calls import ExpectedCall, expected_calls
from assay.scorers.schemas import compiled


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalls:
    """Are the right tools called, with the right arguments, and none when none fits?

    Looks for: every call names a tool on offer and its arguments keep that tool's JSON Schema; the
        calls are the expected ones, in any order unless `ordered`. Expected calls stand in
        `metadata.expected_calls`, a list of `{"name", "arguments"}` (exact values) or
        `{"name", "accept"}` (per argument a list of good values), with `optional`, a list of arguments
        that may be left out; an empty list means that no tool fits. Or the target is the name of the one tool to call.
    Why: an agent with a wrong argument acts on it; one that calls a tool where none fits acts unasked.
    Misses: calls written into the text of the answer; whether a workflow's later calls follow from
        results. Texts in arguments are compared with case, blanks and outer punctuation aside.
    Example: expected get_weather(city=Bonn), called get_weather(city="bonn") gives tool_call = true.
    Settings: metadata_key, ordered, allow_extra (arguments beyond the expected that the schema
        permits), name (of the metric).
    Source: own; the shape of `accept` after the Berkeley function-calling leaderboard.

    Examples:
        >>> sample = Sample(id="1", input="Weather in Bonn?", target="get_weather", tools=({"name": "get_weather"},))
        >>> call = ToolCall(name="get_weather", arguments={"city": "Bonn"})
        >>> ToolCalls().score(sample, Output(text="", tool_calls=(call,)))[0].value
        True
    """

    name: ClassVar[str] = "tool_call"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    metadata_key: str = "expected_calls"
    """Metadata key of the expected calls."""
    ordered: bool = False
    """Whether the order of the calls counts."""
    allow_extra: bool = False
    """Whether arguments beyond the expected ones are fine when the schema permits them."""
    metric: str = "tool_call"
    """Name of the metric (`name` in a plan)."""

    def __post_init__(self) -> None:
        self.metrics()  # a name that cannot be used fails here, not in the middle of a run

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`tool_call`, or the name it was given."""
        return (renamed("tool_call", self.metric),)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether the calls are right, and what is wrong with them."""
        expected = expected_calls(sample, self.metadata_key)
        if isinstance(expected, str):
            return (self._told(None, expected, output.tool_calls, ""),)
        fault, cause = fault_of_form(sample, output.tool_calls)
        if cause:
            return (self._told(None, cause, output.tool_calls, ""),)
        wrong = fault or self._fault_of_choice(expected, output.tool_calls)
        return (self._told(not wrong, "", output.tool_calls, wrong or "as expected"),)

    def _fault_of_choice(self, expected: Sequence[ExpectedCall], calls: Sequence[ToolCall]) -> str:
        if len(calls) != len(expected):
            return f"{len(calls)} calls, {len(expected)} expected"
        if self.ordered:
            pairs = [
                [want.fault(call, self.allow_extra) for call in [made]]
                for want, made in zip(expected, calls, strict=True)
            ]
            return next((fault for row in pairs for fault in row if fault), "")
        return _unpaired([[want.fault(call, self.allow_extra) for call in calls] for want in expected])

    def _told(self, value: bool | None, cause: str, calls: Sequence[ToolCall], why: str) -> Score:
        return Score(
            metric=self.metric,
            value=value,
            unscored=cause,
            answer=", ".join(call.name for call in calls)[:200],
            explanation=why[:300],
            scorer=self.name,
            version=self.version,
        )


def _unpaired(faults: Sequence[Sequence[str]]) -> str:
    """The fault of the first expected call that no call can be given to; rows expected, columns made."""
    holder: dict[int, int] = {}

    def place(row: int, tried: set[int]) -> bool:
        for column, fault in enumerate(faults[row]):
            if fault or column in tried:
                continue
            tried.add(column)
            if column not in holder or place(holder[column], tried):
                holder[column] = row
                return True
        return False

    for row in range(len(faults)):
        if not place(row, set()):
            return min((fault for fault in faults[row] if fault), key=len, default="two expected calls, one made")
    return ""


def fault_of_form(sample: Sample, calls: Sequence[ToolCall]) -> tuple[str, str]:
    """What is wrong with the calls by the tools' own description, or why that cannot be told."""
    tools = {tool["name"]: tool for tool in map(described, sample.tools) if isinstance(tool.get("name"), str)}
    for call in calls:
        if call.arguments is None:
            return f"{call.name}: arguments are not a JSON object: {call.raw[:60]!r}", ""
        if not tools:
            continue
        if call.name not in tools:
            return f"no tool on offer is called {call.name[:60]!r}", ""
        parameters = tools[call.name].get("parameters")
        if not parameters:
            continue
        schema = compiled(parameters) if isinstance(parameters, Mapping) else None
        if schema is None:
            return "", "tool schema is not valid"
        fault = schema.fault(call.arguments)
        if fault:
            return f"{call.name}: {fault}", ""
    return "", ""


def described(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """The description itself, without the wrapper that some dialects put around it."""
    inner = tool.get("function")
    return inner if isinstance(inner, Mapping) else tool
