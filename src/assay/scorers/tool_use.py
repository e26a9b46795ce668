"""Are tools used rightly: called, left alone, asked about, given up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from assay.domain.errors import PlanError
from assay.domain.metrics import renamed
from assay.domain.sample import Sample, ToolCall
from assay.domain.score import Metric, Score, Span
from assay.domain.trial import Output
from assay.scorers.asking import admission, request, unasked
from assay.scorers.expected_calls import ExpectedCall, expected_calls
from assay.scorers.reading import answer_start
from assay.scorers.tool_call import ToolCalls, described, fault_of_form
from assay.scorers.tool_steps import Step, steps

_WAYS = ("call", "no_call", "ask", "recover")


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found: the part that failed, or none."""

    part: str = ""
    why: str = "as expected"
    cause: str = ""
    span: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """Are tools used rightly: called when they fit, left alone when not, asked about, given up in time?

    Looks for: what `metadata.expects` says. `call`: the expected calls and no others (as `tool_call`);
        calls that failed and were made again do not count twice. `no_call`: none. `ask`: no call, and the
        answer asks for each of `metadata.missing`. `recover`: after a tool's error another call works, or
        the answer admits that it did not; the same failing call is not repeated more than `retries`
        times. Without `expects`, `missing` means ask and expected calls mean call (an empty list
        no_call); a tool's error that is passed over in silence counts in every case.
    Why: an agent that invents a missing argument or hides an error does harm that no wrong word does.
    Misses: calls written into the text; whether what is said of a result is true; questions in other
        words than the input's name, its description or where, when, who, how many.
    Example: expects ask, missing ["city"], "Which city do you mean?" gives tool_use = true.
    Settings: metadata_key, ordered, allow_extra, retries, name (of the metric).
    Measured: right answers and six kinds of wrong ones made of the 800 rows of the Berkeley leaderboard in
        the development data: docs/scorers/tool_use.md.
    Source: own; the kinds of fault after the Berkeley function-calling leaderboard.

    Examples:
        >>> asked = Sample(id="1", input="Book a table.", metadata={"expects": "ask", "missing": ["date"]})
        >>> ToolUse().score(asked, Output(text="Gladly! When would you like to come?"))[0].value
        True
        >>> ToolUse().score(asked, Output(text="Done."))[0].explanation
        'ask: does not ask for anything'
    """

    name: ClassVar[str] = "tool_use"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    metadata_key: str = "expected_calls"
    """Metadata key of the expected calls."""
    ordered: bool = False
    """Whether the order of the calls counts."""
    allow_extra: bool = False
    """Whether arguments beyond the expected ones are fine when the schema permits them."""
    retries: int = 1
    """How often a failing call may be made again unchanged."""
    metric: str = "tool_use"
    """Name of the metric (`name` in a plan)."""

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise PlanError(f"retries: expected 0 or more; it is {self.retries}")
        self.metrics()  # a name that cannot be used fails here, not in the middle of a run

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`tool_use`, or the name it was given."""
        return (renamed("tool_use", self.metric),)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether the tools were used as expected, and which part was not."""
        found = self._judged(sample, output)
        return (
            Score(
                metric=self.metric,
                value=None if found.cause else not found.part,
                unscored=found.cause,
                answer="" if found.cause else found.part or "right",
                explanation="" if found.cause else (f"{found.part}: " if found.part else "") + found.why[:280],
                evidence=found.span,
                scorer=self.name,
                version=self.version,
            ),
        )

    def _judged(self, sample: Sample, output: Output) -> _Found:
        start = answer_start(output.text)
        if start is None and not output.tool_calls:
            return _Found(cause="reasoning only")
        text = output.text[start:] if start is not None else ""
        made = steps(sample, output)
        way = _way(sample, self.metadata_key, made)
        if way not in _WAYS:
            return _Found(cause=way)
        if way == "ask":
            return _placed(_asked(sample, output.tool_calls, text), start or 0)
        if way == "recover":
            return _placed(self._recovered(made, text), start or 0)
        found = self._called(sample, output, made, way)
        if found.part or found.cause or not any(step.failed for step in made):
            return found
        return _placed(self._recovered(made, text), start or 0)

    def _called(self, sample: Sample, output: Output, made: Sequence[Step], way: str) -> _Found:
        calls = _counted(output.tool_calls, made)
        if way == "no_call":
            return _Found("extra call", f"calls {calls[0].name[:60]!r}, and no tool fits") if calls else _Found()
        expected = expected_calls(sample, self.metadata_key)
        if isinstance(expected, str):
            fault, cause = fault_of_form(sample, calls)
            return _Found("arguments" if fault else "" if calls else "missing call", fault or "calls a tool", cause)
        judge = ToolCalls(metadata_key=self.metadata_key, ordered=self.ordered, allow_extra=self.allow_extra)
        score = judge.score(sample, replace(output, tool_calls=calls))[0]
        if score.value is None or score.value:
            return _Found(cause=score.unscored)
        return _Found(_part(expected, calls), score.explanation)

    def _recovered(self, made: Sequence[Step], text: str) -> _Found:
        failures = [place for place, step in enumerate(made) if step.failed]
        if not failures:
            return _Found(cause="no tool error happened")
        key, times = Counter(made[place].key for place in failures).most_common(1)[0]
        if times > 1 + self.retries:
            return _Found("error", f"makes the failing call {key[:80]} {times} times")
        later = made[failures[-1] + 1 :]
        if any(step.result is not None and not step.failed for step in later):
            return _Found(why="went on after the tool's error")
        waiting = [step for step in later if step.result is None]
        if waiting:
            again = sum(step.key == waiting[-1].key for step in made) - 1
            tired = again > self.retries
            return _Found("error", "makes the failing call again") if tired else _Found(why="tries another call")
        admitted = admission(text)
        if admitted is None:
            return _Found("error", "passes over the tool's error in silence")
        span = Span(start=admitted.start(), end=admitted.end(), reason="admits the error")
        return _Found(why="admits the tool's error", span=(span,))


def _way(sample: Sample, key: str, made: Sequence[Step]) -> str:
    """One of `_WAYS`, or why none can be told."""
    expects = sample.metadata.get("expects")
    if expects is not None:
        known = isinstance(expects, str) and expects in _WAYS
        return expects if known else "expects is not call, no_call, ask or recover"
    if sample.metadata.get("missing"):
        return "ask"
    expected = expected_calls(sample, key)
    if not isinstance(expected, str):
        return "call" if expected else "no_call"
    if key in sample.metadata:
        return expected
    return "recover" if any(step.failed for step in made) else "nothing says what was expected"


def _asked(sample: Sample, calls: Sequence[ToolCall], text: str) -> _Found:
    listed = sample.metadata.get("missing", ())
    missing = [listed] if isinstance(listed, str) else listed if isinstance(listed, list | tuple) else []
    if calls:
        return _Found("ask", f"calls {calls[0].name[:60]!r} although inputs are missing")
    seen = request(text)
    if seen is None:
        return _Found("ask", "does not ask for anything")
    left = unasked(text, missing, [described(tool) for tool in sample.tools])
    if left:
        return _Found("ask", f"does not ask for {', '.join(left)[:200]}")
    return _Found(why="asks for what is missing", span=(Span(start=seen.start(), end=seen.end(), reason="asks"),))


def _counted(calls: Sequence[ToolCall], made: Sequence[Step]) -> tuple[ToolCall, ...]:
    """The calls of the answer without those that failed and were made again, changed or not."""
    ours = list(made[len(made) - len(calls) :]) if len(made) >= len(calls) else []
    if [step.call for step in ours] != list(calls):
        return tuple(calls)
    kept = [
        step.call
        for place, step in enumerate(ours)
        if not (step.failed and any(later.call.name == step.call.name for later in ours[place + 1 :]))
    ]
    return tuple(kept)


def _part(expected: Sequence[ExpectedCall], calls: Sequence[ToolCall]) -> str:
    """Which part of the calls is wrong: the tool, their number, or the arguments."""
    wanted, seen = Counter(call.name for call in expected), Counter(call.name for call in calls)
    left, more = wanted - seen, seen - wanted
    if left and more:
        return "tool"
    return "missing call" if left else "extra call" if more else "arguments"


def _placed(found: _Found, start: int) -> _Found:
    """The find with its spans at their places in the whole text."""
    moved = tuple(Span(start=start + span.start, end=start + span.end, reason=span.reason) for span in found.span)
    return replace(found, span=moved)
