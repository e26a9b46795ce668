"""A trace as a sample and its output, judged by the scorers that let the release out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from assay.domain.sample import Message, Sample
from assay.domain.score import Score, Scorer
from assay.domain.trace import Trace
from assay.domain.trial import Failure, Output, Trial, Usage
from assay.domain.watched import Observation
from assay.engine.score import score

NOTHING_TO_JUDGE = frozenset(("no context", "no claim", "no answer", "empty", "no words", "a label is no number"))
"""Causes of no value that are no failure: the trace holds nothing of the kind."""
SUBJECT = "production"
"""Who answered, in trials made of traces."""


def sample_of(trace: Trace) -> Sample:
    """What was asked, with the passages that were retrieved for it.

    Examples:
        >>> from assay.domain.trace import Step
        >>> step = Step(id="2" * 16, kind="model", name="chat", input=(Message(role="user", content="Hello"),))
        >>> sample_of(Trace(id="1" * 32, steps=(step,))).prompt
        'Hello'
    """
    return Sample(
        id=trace.id,
        input=trace.asked or "",
        context=tuple(passage.text for step in trace.of("retrieval") for passage in step.passages),
        metadata={key: value for key, value in trace.attributes.items() if isinstance(value, str | int | float | bool)},
    )


def output_of(trace: Trace) -> Output:
    """What the user was told, with the turns that led there and what it took."""
    models = [*trace.of("model")]
    last = models[-1] if models else None
    usages = [step.usage for step in models if step.usage is not None]
    return Output(
        text=trace.answer,
        tool_calls=tuple(step.call for step in trace.of("tool") if step.call is not None),
        transcript=_transcript(trace),
        context=tuple(passage.text for step in trace.of("retrieval") for passage in step.passages),
        finish_reason=last.finish_reason if last else "",
        usage=Usage(
            input_tokens=sum(one.input_tokens for one in usages), output_tokens=sum(one.output_tokens for one in usages)
        )
        if usages
        else None,
        served_model=last.served_model if last else "",
        latency_s=trace.root.seconds or None,
    )


def _transcript(trace: Trace) -> tuple[Message, ...]:
    """The turns after what was asked first: what later calls were given beyond it, and the last answer."""
    models = [*trace.of("model")]
    if len(models) < 2:
        return ()
    last = models[-1]
    begin = len(models[0].input)
    return (*last.input[begin:], *last.output)


def trial_of(trace: Trace, sample: Sample) -> Trial:
    """The trace as an attempt of production at what was asked: an output, or why there is none."""
    output = output_of(trace)
    error = next((step.error for step in reversed(trace.steps) if step.kind == "model" and step.error), "")
    failed = bool(error) and not output.text and not output.tool_calls
    return Trial(
        subject=SUBJECT,
        task=SUBJECT,
        sample_id=sample.id,
        sample_digest=sample.digest,
        output=None if failed else output,
        failure=Failure(cause="server_error", message=error[:500]) if failed else None,
    )


def judged(trace: Trace, scorers: Sequence[Scorer], share: float = 1.0) -> Iterator[Observation]:
    """What scorers say of a trace; what they cannot judge is an observation without a value.

    Args:
        trace: A trace.
        scorers: Whom to ask; those that ask a model judge as far as they can without one.
        share: Chance with which traces of its kind are judged.
    """
    if not scorers:
        return iter(())
    sample = sample_of(trace)
    return (_observed(trace, one, share) for one in score(sample, trial_of(trace, sample), scorers))


def unscored_name(metric: str) -> str:
    """Name of the rate of traces that a metric's scorer should have judged and could not."""
    return f"unscored_{metric}"


def lost(observations: Iterable[Observation]) -> Iterator[Observation]:
    """Whether each judgement has a value, as a rate of its own; what has nothing to judge does not count."""
    for one in observations:
        if one.scorer and one.unscored not in NOTHING_TO_JUDGE:
            yield one._replace(metric=unscored_name(one.metric), value=float(one.value is None), unscored="")


def _observed(trace: Trace, score: Score, share: float) -> Observation:
    value = score.value if isinstance(score.value, bool | int | float) else None
    return Observation(
        metric=score.metric,
        value=None if value is None else float(value),
        trace=trace.id,
        time_ns=trace.start_ns,
        unscored=score.unscored or ("" if value is not None else "a label is no number"),
        share=share,
        scorer=f"{score.scorer} {score.version}".strip(),
    )
