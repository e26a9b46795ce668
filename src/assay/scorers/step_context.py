"""How old what was retrieved is, and whether the answer rests on what is too old."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.domain.sample import Sample
from assay.domain.step_policy import Fresh
from assay.domain.trace import Passage, Step, Trace
from assay.domain.trial import Output
from assay.scorers.boosted import boosted
from assay.scorers.globs import any_glob
from assay.scorers.groundedness import MODEL, laid
from assay.scorers.sentence_verdicts import Judged, judged
from assay.scorers.step_breach import RULES, Breach, Untold, shown
from assay.scorers.step_rules import Judging

DAY_NS = 86_400 * 10**9
_SKEW_NS = DAY_NS
"""A passage may be dated so far ahead; clocks and time zones differ."""


def staleness(judging: Judging, fresh: Fresh) -> Iterator[Breach | Untold]:
    """Retrievals that gave old passages, and an answer that only old passages support."""
    trace = judging.lived.trace
    old: list[tuple[Step, Passage]] = []
    young: list[Passage] = []
    for step in trace.of("retrieval"):
        if not step.passages or not any_glob(fresh.steps, step.name):
            young += step.passages
            continue
        judging.applied.add("stale_context")
        if not step.start_ns:
            yield Untold(rule="stale_context", step=step.id, why=f"{step.name}: nothing says when it was retrieved")
            young += step.passages
            continue
        theirs = [one for one in step.passages if _old(one, step, fresh)]
        old += [(step, one) for one in theirs]
        young += [one for one in step.passages if one not in theirs]
        if theirs:
            yield _context(step, theirs, fresh)
        elif all(one.time_ns is None for one in step.passages):
            yield Untold(rule="stale_context", step=step.id, why=f"{step.name}: its passages have no date")
    if old and fresh.answers:
        judging.applied.add("stale_answer")
        yield from _answer(trace, old, young, fresh)


def _old(passage: Passage, step: Step, fresh: Fresh) -> bool:
    if passage.time_ns is None:
        return fresh.undated
    return step.start_ns - passage.time_ns > fresh.days * DAY_NS


def _age(passage: Passage, step: Step) -> str:
    if passage.time_ns is None:
        return "without a date"
    return f"{(step.start_ns - passage.time_ns) / DAY_NS:.0f} days old"


def _context(step: Step, old: Sequence[Passage], fresh: Fresh) -> Breach:
    oldest = min(old, key=lambda one: one.time_ns or 0)
    named = f" ({oldest.id})" if oldest.id else ""
    return Breach(
        rule="stale_context",
        step=step.id,
        name=step.name,
        seen=f"{len(old)} of {len(step.passages)} passages too old, the oldest{named} {_age(oldest, step)}",
        expected=f"at most {fresh.days:g} days",
        severity=RULES["stale_context"][0],
    )


def _answer(
    trace: Trace, old: Sequence[tuple[Step, Passage]], young: Sequence[Passage], fresh: Fresh
) -> Iterator[Breach]:
    """Each claim of the answer that old passages support and no other does; the first is shown."""
    answer = trace.answer
    asked = next((turn.content for turn in reversed(trace.asked) if turn.role == "user"), "")
    resting = _supported(asked, answer, [one.text for _, one in old])
    if not resting:
        return
    also = {one.sentence.start for one in _supported(asked, answer, [one.text for one in young])} if young else set()
    alone = [one for one in resting if one.sentence.start not in also]
    if not alone:
        return
    sentence = answer[alone[0].sentence.start : alone[0].sentence.end]
    step, passage = _best(asked, sentence, old)
    said = [*trace.of("answer")] or [*trace.of("model")] or [trace.root]
    named = f" ({passage.id})" if passage.id else ""
    yield Breach(
        rule="stale_answer",
        step=said[-1].id,
        name=said[-1].name,
        seen=f"'{shown(sentence)}' rests only on a passage{named} {_age(passage, step)}",
        expected=f"support not older than {fresh.days:g} days",
        severity=RULES["stale_answer"][0],
        other=step.id,
    )


def _supported(asked: str, answer: str, passages: Sequence[str]) -> list[Judged]:
    """Sentences of the answer that claim something which these passages support."""
    found = laid(Sample(id="", input=asked or "?", context=tuple(passages)), Output(text=answer))
    if found.reading is None or found.start:
        return []
    return [one for one in judged(found.reading, boosted(MODEL), 0.5).claims if one.label == "supported"]


def _best(asked: str, sentence: str, old: Sequence[tuple[Step, Passage]]) -> tuple[Step, Passage]:
    """The old passage that supports a sentence most."""

    def support(text: str) -> float:
        return max((one.probability for one in _supported(asked, sentence, [text])), default=0.0)

    return max(old[:50], key=lambda one: support(one[1].text))
