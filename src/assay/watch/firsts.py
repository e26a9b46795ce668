"""What was never seen before: a tool that is called for the first time after the reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from assay.domain.trace import Trace
from assay.domain.watched import LONGEST_VALUE, Alarm

MOST = 10_000
"""Names that are remembered; a program that makes up names raises no more alarms beyond them."""


class Firsts:
    """Tools that were called so far.

    Examples:
        >>> from assay.domain.sample import ToolCall
        >>> from assay.domain.trace import Step
        >>> step = Step(id="2" * 16, kind="tool", name="run", call=ToolCall(name="delete_order"))
        >>> trace = Trace(id="1" * 32, steps=(step,))
        >>> [alarm.evidence["tool"] for alarm in Firsts(["find_order"]).seen(tools_of(trace), trace.id, 0)]
        ['delete_order']
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.known = set(known)

    def learn(self, tools: Iterable[str]) -> None:
        """Take tools of the reference for granted."""
        self.known.update(tools)

    def seen(self, tools: Mapping[str, str], trace: str, time_ns: int) -> Iterator[Alarm]:
        """An alarm for each tool that was never called before; each is raised once, as a case of its own."""
        for name, step in tools.items():
            if name in self.known or len(self.known) >= MOST:
                continue
            self.known.add(name)
            yield Alarm(
                metric="new_tool",
                segment=(("tool", name[:LONGEST_VALUE]),),
                at_ns=time_ns,
                since_ns=time_ns,
                since_low_ns=time_ns,
                since_high_ns=time_ns,
                before=0.0,
                now=1.0,
                low=1.0,
                high=1.0,
                n=1,
                detector="first call of a tool since the reference",
                examples=(trace,),
                closed_ns=time_ns,
                severity="high",
                evidence={"tool": name, "category": name, "span": step},
            )


def tools_of(trace: Trace) -> dict[str, str]:
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
