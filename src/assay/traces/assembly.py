"""Spans and log records, in any order and with holes, as traces."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from assay.domain.span import Event, Span
from assay.domain.trace import Trace
from assay.traces.kinds import dialect_of
from assay.traces.steps import step_of

MOST_STEPS = 5_000
"""Steps of one trace that are kept, the first by time; a loop that never ends must not fill the memory."""
UNDATED = "undated"
"""Problem of a trace that does not say when it began."""
SKEW_NS = 1_000_000_000
"""A step that begins so long before the step around it comes from a clock that is wrong."""


def traces_of(spans: Iterable[Span], logs: Iterable[Event] = ()) -> tuple[Trace, ...]:
    """Traces by the time they began."""
    of: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        of[span.trace].append(span)
    beside: dict[str, list[Event]] = defaultdict(list)
    for event in logs:
        beside[event.trace].append(event)
    made = [trace_of(held, beside.get(name, ())) for name, held in of.items()]
    return tuple(sorted(made, key=lambda trace: (trace.start_ns, trace.id)))


def trace_of(spans: Sequence[Span], logs: Sequence[Event] = ()) -> Trace:
    """The trace of these spans, all of one id.

    A span that came twice counts once, the longer of the two. What is odd is said in `problems`: `parent_missing`,
    `several_roots`, `clock_skew`, `ends_before_it_begins`, `circle`, `too_many_steps`, `repeated_span`, `undated`,
    `unknown_dialect` (spans of no family that is known, none of which tells what it does).
    """
    problems: Counter[str] = Counter()
    kept: dict[str, Span] = {}
    for span in spans:
        other = kept.get(span.id)
        if other is not None:
            problems["repeated_span"] += 1
        if other is None or span.end_ns - span.start_ns > other.end_ns - other.start_ns:
            kept[span.id] = span
    depths = _depths(kept)
    ordered = sorted(kept.values(), key=lambda span: (span.start_ns, depths[span.id], span.id))
    if len(ordered) > MOST_STEPS:
        problems["too_many_steps"] += 1
        ordered = ordered[:MOST_STEPS]
    known = {span.id: span for span in ordered}
    parents = {span.id: _parent(span, known, problems) for span in ordered}
    if sum(not parent for parent in parents.values()) > 1:
        problems["several_roots"] += 1
    of: dict[str, list[Event]] = defaultdict(list)
    for event in logs:
        of[event.span].append(event)
    said = Counter(name for span in ordered if (name := dialect_of(span)))
    steps = tuple(step_of(_hung(span, parents[span.id]), of.get(span.id, ())) for span in ordered)
    if not said and all(step.kind == "other" for step in steps):
        problems["unknown_dialect"] += 1
    if ordered[0].start_ns <= 0:
        problems[UNDATED] += 1
    return Trace(
        id=ordered[0].trace,
        steps=steps,
        resource=next((span.resource for span in ordered if span.resource), {}),
        dialect=said.most_common(1)[0][0] if said else "",
        problems=tuple(sorted(problems)),
    )


def _parent(span: Span, known: dict[str, Span], problems: Counter[str]) -> str:
    """Id of the parent that is there and is no descendant."""
    if span.end_ns < span.start_ns:
        problems["ends_before_it_begins"] += 1
    if not span.parent:
        return ""
    parent = known.get(span.parent)
    if parent is None:
        problems["parent_missing"] += 1
        return ""
    if span.start_ns + SKEW_NS < parent.start_ns:
        problems["clock_skew"] += 1
    seen, at = {span.id}, parent
    while at is not None and at.parent:
        if at.id in seen:
            problems["circle"] += 1
            return ""
        seen.add(at.id)
        at = known.get(at.parent)  # type: ignore[assignment]
    return span.parent


def _depths(known: Mapping[str, Span]) -> dict[str, int]:
    """Spans around each; of two that begin at once the outer one comes first. A circle is cut where it is entered."""
    depths: dict[str, int] = {}
    for span in known.values():
        path: list[str] = []
        within: set[str] = set()
        at: Span | None = span
        while at is not None and at.id not in depths and at.id not in within:
            path.append(at.id)
            within.add(at.id)
            at = known.get(at.parent)
        depth = depths[at.id] + 1 if at is not None and at.id in depths else 0
        for id in reversed(path):
            depths[id] = depth
            depth += 1
    return depths


def _hung(span: Span, parent: str) -> Span:
    if parent == span.parent:
        return span
    return Span(
        trace=span.trace, id=span.id, name=span.name, parent=parent, start_ns=span.start_ns, end_ns=span.end_ns,
        failed=span.failed, status=span.status, attributes=span.attributes, events=span.events,
        resource=span.resource, scope=span.scope,
    )  # fmt: skip
