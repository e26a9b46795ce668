"""A trace as an agent lived it: what was said to it by when, and each call with when it was decided and answered."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assay.domain.sample import Message, ToolCall
from assay.domain.trace import Step, Trace
from assay.scorers.step_said import READ, Said, Who, sources
from assay.scorers.tool_steps import is_error

NEVER = 2**63
"""The end of what has not ended."""
_PART = "#"
"""Stands between the id of a span and the number of the turn within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call of a tool."""

    call: ToolCall
    """The call."""
    step: Step
    """The span that shows it."""
    decided: int
    """Beginning of the model call that asked for it: what came later cannot have been known."""
    began: int
    """When it ran."""
    done: int
    """When its result was there; NEVER when nobody saw one."""
    result: str = ""
    """What the tool said."""
    failed: bool = False
    """Whether it failed."""
    past: bool = False
    """Whether it belongs to an earlier request: it counts for what came before, and is not judged."""

    @property
    def recorded(self) -> bool:
        """Whether its arguments are known."""
        return self.call.arguments is not None or bool(self.call.raw.strip())

    @property
    def key(self) -> str:
        """The same for two calls of one tool with the same arguments."""
        return key_of(self.call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """A trace in the order in which it was lived."""

    trace: Trace
    """The trace."""
    calls: tuple[Called, ...]
    """Calls by the time they ran."""
    said: tuple[Said, ...]
    """Texts by the time they came."""
    when: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Id of a step -> when it began and ended."""

    @property
    def judged(self) -> Iterator[Called]:
        """Calls of this request."""
        return (one for one in self.calls if not one.past)

    def before(self, time: int, *who: Who) -> Iterator[Said]:
        """What these had said by a time."""
        return (one for one in self.said if one.at <= time and one.who in who)


def key_of(call: ToolCall) -> str:
    """The same for two calls of one tool with the same arguments."""
    held = call.arguments if call.arguments is not None else call.raw
    try:
        return json.dumps([call.name, held], sort_keys=True, default=str)
    except (RecursionError, TypeError):  # nested too deeply, or keys that cannot be sorted
        return f"{call.name} {call.raw}"


def lived(trace: Trace) -> Lived:
    """Read a trace.

    Calls come from the spans of tools; where there are none, from what models asked for. A call that a model asked
    for is no call where other tools have spans and neither a span nor a result shows that it ran.
    """
    trace = replace(trace, steps=tuple(part for step in trace.steps for part in _parts(step)))
    when = _clock(trace)
    asked = [*_asked_for(trace, when)]
    ran = [*_ran(trace, when, asked)]
    rest = [*_without_span(trace, when, asked, spans=bool(ran))]
    first = next(trace.of("model"), trace.root)
    past = [*_past(first, when)]
    calls = sorted([*ran, *rest], key=lambda one: (one.began, one.decided))
    return Lived(trace=trace, calls=(*past, *calls), said=tuple(sources(trace, when, _told(calls))), when=when)


def _parts(step: Step) -> Iterator[Step]:
    """A step that holds a whole transcript as a step for each turn of the assistant; `span_of` gives its id back."""
    turns = step.output
    places = [at for at, turn in enumerate(turns) if turn.role == "assistant"]
    whole = step.kind in ("model", "agent", "answer") and any(turn.role == "tool" for turn in turns)
    if not whole or not places:
        yield step
        return
    for number, at in enumerate(places):
        yield replace(
            step,
            id=f"{step.id}{_PART}{number}",
            kind="model",
            start_ns=step.start_ns + 2 * number if step.start_ns else 0,
            end_ns=step.start_ns + 2 * number + 1 if step.start_ns else 0,
            input=(*step.input, *turns[:at]),
            output=(turns[at],),
        )


def span_of(step: str) -> str:
    """Id of the span of a step, or of a part of one."""
    return step.partition(_PART)[0]


def _clock(trace: Trace) -> dict[str, tuple[int, int]]:
    """When each step began and ended; by its place where the spans have no times."""
    if all(step.start_ns and step.end_ns >= step.start_ns for step in trace.steps):
        return {step.id: (step.start_ns, step.end_ns) for step in trace.steps}
    return {step.id: (2 * place + 1, 2 * place + 2) for place, step in enumerate(trace.steps)}


@dataclass(slots=True)
class _Asked:
    call: ToolCall
    step: Step
    taken: bool = False


def _asked_for(trace: Trace, when: Mapping[str, tuple[int, int]]) -> Iterator[_Asked]:
    for step in sorted(trace.of("model"), key=lambda one: when[one.id]):
        for turn in step.output:
            yield from (_Asked(call, step) for call in turn.tool_calls)


def _ran(trace: Trace, when: Mapping[str, tuple[int, int]], asked: Sequence[_Asked]) -> Iterator[Called]:
    for step in trace.of("tool"):
        call = step.call or ToolCall(name=step.name)
        began, ended = when[step.id]
        found = _matching(call, [one for one in asked if not one.taken and when[one.step.id][0] <= began])
        if found is not None:
            found.taken = True
            if call.arguments is None and not call.raw.strip():
                call = found.call
        yield Called(
            call=call,
            step=step,
            decided=when[found.step.id][0] if found is not None else began,
            began=began,
            done=ended,
            result=step.result[:READ],
            failed=bool(step.error) or is_error(step.result),
        )


def _matching(call: ToolCall, asked: Sequence[_Asked]) -> _Asked | None:
    """What asked for a call: by id, else by name and arguments, else by name alone; the latest that waits."""
    same = [one for one in asked if one.call.name == call.name or (call.id and one.call.id == call.id)]
    tests: tuple[Callable[[_Asked], bool], ...] = (
        lambda one: bool(call.id) and one.call.id == call.id,
        lambda one: key_of(one.call) == key_of(call),
        lambda one: not (call.id and one.call.id),  # a runtime may fill in defaults
    )
    for fits in tests:
        found = [one for one in same if fits(one)]
        if found:
            last = found[-1].step.id
            return next(one for one in found if one.step.id == last)
    return None


def _without_span(
    trace: Trace, when: Mapping[str, tuple[int, int]], asked: Sequence[_Asked], *, spans: bool
) -> Iterator[Called]:
    results = _results(trace, when)
    for one in asked:
        if one.taken:
            continue
        answer = next((each for each in results if _answers(each, one, when)), None)
        if answer is not None:
            results.remove(answer)
        elif spans:
            continue
        began, ended = when[one.step.id]
        text = answer[1].content if answer is not None else ""
        yield Called(
            call=one.call,
            step=one.step,
            decided=began,
            began=ended,
            done=answer[0] if answer is not None else NEVER,
            result=text[:READ],
            failed=is_error(text),
        )


_Result = tuple[int, Message]


def _results(trace: Trace, when: Mapping[str, tuple[int, int]]) -> list[_Result]:
    """What tools said, as later model calls were given it, each once, with the beginning of the first that was."""
    models = sorted(trace.of("model"), key=lambda one: when[one.id])
    found: list[_Result] = []
    seen: Counter[tuple[str, str]] = Counter()
    for step in models:
        here: Counter[tuple[str, str]] = Counter()
        for turn in step.input:
            if turn.role != "tool":
                continue
            key = turn.tool_call_id, turn.content
            here[key] += 1
            if here[key] > seen[key]:
                seen[key] += 1
                if step is not models[0]:
                    found.append((when[step.id][0], turn))
    return found


def _answers(result: _Result, one: _Asked, when: Mapping[str, tuple[int, int]]) -> bool:
    if result[0] < when[one.step.id][1]:
        return False
    theirs, ours = result[1].tool_call_id, one.call.id
    return theirs == ours if theirs and ours else True


def _past(first: Step, when: Mapping[str, tuple[int, int]]) -> Iterator[Called]:
    """Calls of earlier requests, as the first model call was told of them."""
    waiting: list[ToolCall] = []
    begin = when[first.id][0]
    answered: dict[int, str] = {}
    for turn in first.input:
        if turn.role == "assistant":
            waiting += turn.tool_calls
        elif turn.role == "tool":
            open_ = [place for place in range(len(waiting)) if place not in answered]
            named = [place for place in open_ if turn.tool_call_id and waiting[place].id == turn.tool_call_id]
            for place in (named or open_)[:1]:
                answered[place] = turn.content
    for place, call in enumerate(waiting):
        text = answered.get(place)
        yield Called(
            call=call, step=first, decided=begin - 1, began=begin - 1, done=begin if text is not None else NEVER,
            result=(text or "")[:READ], failed=is_error(text or ""), past=True,
        )  # fmt: skip


def _told(calls: Iterable[Called]) -> Iterator[Said]:
    """What tools said, each by the call that it answers."""
    for one in calls:
        if one.done != NEVER:
            yield Said(who="tool", text=one.result, at=one.done, step=one.step.id, name=one.call.name)
