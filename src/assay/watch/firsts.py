"""What was never seen before: a tool that is called for the first time after the reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assay.domain.trace import Trace
from assay.domain.watched import Alarm

MOST = 10_000
"""Names that are remembered; a program that makes up names raises no more alarms beyond them."""


class Firsts:
    """Tools that were called so far.

    Examples:
        >>> from assay.domain.sample import ToolCall
        >>> from assay.domain.trace import Step
        >>> step = Step(id="2" * 16, kind="tool", name="run", call=ToolCall(name="delete_order"))
        >>> firsts = Firsts(["find_order"])
        >>> [alarm.evidence["tool"] for alarm in firsts.seen(Trace(id="1" * 32, steps=(step,)))]
        ['delete_order']
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.known = set(known)

    def learn(self, trace: Trace) -> None:
        """Take a trace of the reference for granted."""
        self.known.update(_tools(trace))

    def seen(self, trace: Trace) -> Iterator[Alarm]:
        """An alarm for each tool that was never called before; each is raised once."""
        for name, step in _tools(trace).items():
            if name in self.known or len(self.known) >= MOST:
                continue
            self.known.add(name)
            yield Alarm(
                metric="new_tool",
                segment=(),
                at_ns=trace.start_ns,
                since_ns=trace.start_ns,
                since_low_ns=trace.start_ns,
                since_high_ns=trace.start_ns,
                before=0.0,
                now=1.0,
                low=1.0,
                high=1.0,
                n=1,
                detector="first call of a tool since the reference",
                examples=(trace.id,),
                closed_ns=trace.start_ns,
                severity="high",
                evidence={"tool": name, "category": name, "span": step},
            )


def _tools(trace: Trace) -> dict[str, str]:
    """Tools that were run or asked for, with the step of each."""
    run = {step.call.name: step.id for step in trace.of("tool") if step.call is not None and step.call.name}
    asked = {
        call.name: step.id
        for step in trace.of("model")
        for turn in step.output
        for call in turn.tool_calls
        if call.name
    }
    return {**asked, **run}
