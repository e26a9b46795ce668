"""The steps of a trace in the order of a tree, each with its depth and what was said of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assay.domain.sample import Message
from assay.domain.score import Score, Span
from assay.domain.trace import Step, Trace
from assay.domain.watched import Observation
from assay.report.exhibits import Piece, passages
from assay.report.inert import one_line
from assay.watch.cohorts import kind_of
from assay.web.meanings import verdict
from assay.web.shown import TraceShown
from assay.web.words import took

MOST_STEPS = 500
"""Steps that are shown."""
DEEPEST = 12
"""Depth beyond which steps are not moved further in."""
_LONGEST = 6_000
_MOST_TURNS = 12
_MOST_ATTRIBUTES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text of a step, cut at evidence."""

    title: str
    """What it is."""
    pieces: Sequence[Piece]
    """The text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A step as it is shown."""

    step: Step
    """The step."""
    depth: int
    """Steps around it."""
    gist: str
    """What it did, in one line."""
    took: str
    """How long it took."""
    left: float
    """Where its bar begins, 0 to 100."""
    width: float
    """How long its bar is, 0 to 100."""
    texts: Sequence[Text]
    """What went in and came out."""
    scores: Sequence[tuple[str, str, bool]]
    """Metric, value and whether it is missing."""
    findings: Sequence[tuple[str, str]]
    """Code and words of what breaks the policy of steps."""
    attributes: Sequence[tuple[str, str]]
    """What else is known."""

    @property
    def marked(self) -> bool:
        """Whether evidence is marked in it, or something is wrong."""
        return bool(self.step.error or self.findings or any(one.marked for text in self.texts for one in text.pieces))


def rows(shown: TraceShown) -> list[Row]:
    """The steps of a trace, those inside another after it; at most MOST_STEPS."""
    trace = shown.trace
    answering = _answering(trace)
    evidence = [span for score in shown.scores for span in score.evidence]
    first = min(step.start_ns for step in trace.steps)
    whole = max(max(step.end_ns for step in trace.steps) - first, 1)
    made = []
    for step, depth in _walk(trace):
        own = [
            (one.metric, _value(one.metric, one.value), one.value is None)
            for one in shown.observations
            if one.step == step.id
        ]
        if step is answering:
            own += [(one.metric, _scored(one), one.value is None) for one in shown.scores]
        left = 100 * max(step.start_ns - first, 0) / whole
        made.append(
            Row(
                step=step,
                depth=min(depth, DEEPEST),
                gist=_gist(step),
                took=took(step.seconds),
                left=min(left, 99.0),
                width=max(min(100 * step.seconds * 1e9 / whole, 100 - min(left, 99.0)), 1.0),
                texts=[*_texts(step, evidence if step is answering else (), trace.answer)],
                scores=own,
                findings=[(code, words) for at, code, words in shown.findings if at == step.id],
                attributes=[*_attributes(step)],
            )
        )
        if len(made) == MOST_STEPS:
            break
    return made


def _answering(trace: Trace) -> Step | None:
    """The step whose words the judgements of the answer are about."""
    for kind in ("answer", "model"):
        for step in reversed([*trace.of(kind)]):
            if trace.answer and trace.answer in "\n".join(_said(step)):
                return step
    return trace.root


def _said(step: Step) -> list[str]:
    return [turn.content for turn in step.output if turn.role == "assistant"]


def _walk(trace: Trace) -> Iterator[tuple[Step, int]]:
    """Depth first, by time; without recursion, for traces are as deep as exporters like."""
    inside: dict[str, list[Step]] = defaultdict(list)
    known = {step.id for step in trace.steps}
    for step in trace.steps:
        inside[step.parent if step.parent in known and step.parent != step.id else ""].append(step)
    seen: set[str] = set()
    left = [(step, 0) for step in reversed(inside[""])]
    while left:
        step, depth = left.pop()
        if step.id in seen:
            continue
        seen.add(step.id)
        yield step, depth
        left += [(one, depth + 1) for one in reversed(inside[step.id])]
    yield from ((step, 0) for step in trace.steps if step.id not in seen)


def _gist(step: Step) -> str:
    if step.call is not None:
        return one_line(f"{step.call.name}({step.call.raw or json.dumps(dict(step.call.arguments or {}))})", 120)
    if step.passages:
        return f"{len(step.passages)} passage{'s' if len(step.passages) != 1 else ''}"
    said = next((text for text in reversed(_said(step)) if text.strip()), "") or step.result
    return one_line(said, 120)


def _texts(step: Step, evidence: Sequence[Span], answer: str) -> Iterator[Text]:
    turns = [("given", turn) for turn in step.input[-_MOST_TURNS:]] + [("gave", turn) for turn in step.output]
    for way, turn in turns:
        told = _turn(turn)
        own = evidence if way == "gave" and turn.role == "assistant" and turn.content == answer else ()
        if told.strip():
            yield Text(title=f"{way}, {one_line(turn.role, 20)}", pieces=passages(told, own, _LONGEST))
    if step.call is not None:
        told = step.call.raw or json.dumps(dict(step.call.arguments or {}), ensure_ascii=False, indent=1, default=str)
        yield Text(title=f"call of {one_line(step.call.name, 60)}", pieces=passages(told, (), _LONGEST))
    if step.result:
        yield Text(title="result", pieces=passages(step.result, (), _LONGEST))
    for number, passage in enumerate(step.passages[:20], 1):
        about = f", score {passage.score:.3g}" if passage.score is not None else ""
        title = f"passage {number} {one_line(passage.id, 60)}{about}"
        yield Text(title=title, pieces=passages(passage.text, (), _LONGEST // 3))


def _turn(turn: Message) -> str:
    calls = [f"→ {call.name}({call.raw or dict(call.arguments or {})})" for call in turn.tool_calls]
    return "\n".join([*filter(None, [turn.content]), *calls])


def _attributes(step: Step) -> Iterator[tuple[str, str]]:
    known: list[tuple[str, Any]] = [
        ("span", step.id), ("model", step.model), ("served model", step.served_model), ("finish", step.finish_reason),
        ("tokens", f"{step.usage.input_tokens:,} in, {step.usage.output_tokens:,} out" if step.usage else ""),
    ]  # fmt: skip
    yield from ((name, one_line(str(value), 200)) for name, value in known if value)
    for name, value in [*step.attributes.items()][:_MOST_ATTRIBUTES]:
        yield one_line(str(name), 80), one_line(str(value), 200)


def _value(metric: str, value: float | None) -> str:
    if value in (0, 1) and kind_of(metric) == "rate":
        return verdict(metric, bool(value))
    return "unscored" if value is None else f"{value:.4g}"


def _scored(score: Score) -> str:
    if score.value is None:
        return f"unscored: {one_line(score.unscored, 40)}"
    if isinstance(score.value, bool):
        return verdict(score.metric, score.value)
    return f"{score.value:.4g}" if isinstance(score.value, float) else one_line(str(score.value), 60)


def problems(observations: Sequence[Observation]) -> list[tuple[str, str, str]]:
    """Metric, value and scorer of what was measured of the whole trace."""
    return [(one.metric, _value(one.metric, one.value), one.scorer) for one in observations if not one.step]
