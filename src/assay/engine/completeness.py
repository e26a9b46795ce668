"""Does every failed or unscored item say what a reader needs to follow it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assay.domain.audit import Side
from assay.domain.plan import Plan
from assay.domain.trial import Failure, Trial
from assay.domain.verdict import Finding
from assay.engine.journal import Journal
from assay.engine.queue import failed, item_id, state_of

NEEDED = ("answer", "model", "prompt", "row", "scorer", "version", "reason", "owner")
"""What each item must say; a trace only where there is one, and a state it always has."""
TRACES = ("trace_id", "traceparent", "trace")
"""Keys of an output's metadata that name a trace."""
PROMPTS = ("system_prompt", "template", "chat_template", "prompt", "wording")
"""Parts of an identity that tell which prompt was in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One failed or unscored item, with all that leads to it."""

    subject: str
    """Whose answer."""
    suite: str
    """Suite."""
    sample: str
    """Sample id."""
    epoch: int
    """Which repeat."""
    metric: str
    """Which judgement; empty when the trial itself failed."""
    failed: str
    """failed, unscored, or the cause of the trial's failure."""
    model: str
    """Model version: digest of the subject, and what the server said it served."""
    prompt: str
    """Prompt version: label, or digests of system prompt and template; `none` when there is none."""
    row: str
    """Dataset row: digest of the sample."""
    scorer: str
    """Scorer."""
    version: str
    """Its version."""
    reason: str
    """Why."""
    trace: str
    """Trace id, where there is one."""
    owner: str
    """Who takes care."""
    state: str
    """open, confirmed, dismissed, disputed or unsure."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Which of NEEDED it does not say."""
        return tuple(name for name in NEEDED if not getattr(self, name))

    @property
    def answer(self) -> bool:
        """Whether the question was asked at all."""
        return self.failed != "missing"


def evidence(plan: Plan, journal: Journal, labels: Mapping[str, Mapping[str, str]] | None = None) -> Iterator[Evidence]:
    """Every failed, unscored or missing item of a run, of reference and candidates.

    Where the plan stops as soon as its test has an answer, questions that were not asked are not missing.
    """
    sides, words = journal.sides(), labels or {}
    metrics = {m.name: m for task in plan.tasks for scorer in task.scorers for m in scorer.metrics()}
    subjects = {"reference", *(spec.name for spec in plan.candidates)}
    asked = set()
    for trial, scores in journal.trials():
        if trial.subject not in subjects:
            continue
        asked.add((trial.subject, trial.task, trial.sample_id, trial.epoch))
        side = sides.get(trial.subject)
        if trial.failure is not None:
            cause = trial.failure.cause
            yield _item(plan, trial, side, cause, trial.failure.message, ("engine", "1", ""), words)
            continue
        for score in scores:
            if score.value is None:
                told = score.explanation or score.unscored
                yield _item(plan, trial, side, "unscored", told, (score.scorer, score.version, score.metric), words)
            elif score.metric in metrics and failed(metrics[score.metric], score):
                told = score.explanation or score.answer
                yield _item(plan, trial, side, "failed", told, (score.scorer, score.version, score.metric), words)
    if plan.stopping == "fixed":
        for lost in _unasked(plan, subjects, asked):
            yield _item(plan, lost, sides.get(lost.subject), "missing", "was not asked", ("engine", "1", ""), words)


def _unasked(plan: Plan, subjects: set[str], asked: set[tuple[str, str, str, int]]) -> Iterator[Trial]:
    """Trials that the plan wants and nobody recorded."""
    nothing = Failure(cause="missing", message="was not asked")
    for task in plan.tasks:
        for sample in task.dataset.samples:
            for epoch in range(1, task.epochs + 1):
                for name in sorted(subjects):
                    if (name, task.name, sample.id, epoch) not in asked:
                        yield Trial(
                            subject=name,
                            task=task.name,
                            sample_id=sample.id,
                            sample_digest=sample.digest,
                            epoch=epoch,
                            failure=nothing,
                        )


def _item(
    plan: Plan,
    trial: Trial,
    side: Side | None,
    how: str,
    reason: str,
    judged: tuple[str, str, str],
    words: Mapping[str, Mapping[str, str]],
) -> Evidence:
    scorer, version, metric = judged
    item = item_id(trial.subject, trial.task, trial.sample_id, trial.epoch, metric)
    output = trial.output
    served = f"; served {output.served_model} {output.fingerprint}".rstrip() if output and output.served_model else ""
    trace = next((str(output.metadata[key]) for key in TRACES if key in output.metadata), "") if output else ""
    return Evidence(
        subject=trial.subject,
        suite=trial.task,
        sample=trial.sample_id,
        epoch=trial.epoch,
        metric=metric,
        failed=how,
        model=(side.identity.digest if side else "") + served,
        prompt=_prompt(side) if side else "",
        row=trial.sample_digest,
        scorer=scorer,
        version=version,
        reason=" ".join(reason.split())[:300],
        trace=trace,
        owner=plan.owner,
        state=state_of(words.get(item, {})),
    )


def _prompt(side: Side) -> str:
    """The prompt version of a subject; of recorded outputs it is not known unless they say so."""
    identity = side.identity
    parts = [f"{name} {identity.details[name]}" for name in PROMPTS if name in identity.details]
    if identity.prompt or parts:
        return "; ".join([identity.prompt, *parts] if identity.prompt else parts)
    return "" if identity.kind == "recorded" else "none"


def incomplete(items: Iterator[Evidence]) -> list[Finding]:
    """One finding for each thing that items do not say, with how many and which."""
    counts: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    for one in items:
        for name in one.missing:
            counts[name] += 1
            if len(examples.setdefault(name, [])) < 10 and one.sample not in examples[name]:
                examples[name].append(one.sample)
    return [
        Finding(
            code=f"evidence.{name}",
            severity="medium",
            message=(
                f"{count} questions have no answer"
                if name == "answer"
                else f"{count} failed, unscored or missing items do not say their {name}"
            ),
            where={"samples": examples[name]},
            evidence={"count": count},
            remediation=_REMEDY[name],
        )
        for name, count in sorted(counts.items())
    ]


_REMEDY = {
    "answer": "Go on with the run: `assay audit PLAN -o RUN` asks what is missing.",
    "model": "Let the subject name its model, or the recorded file its source.",
    "prompt": "Give the subject a `prompt_version` (the version of its system prompt and template).",
    "row": "Record the outputs with the digest of the sample they answer.",
    "scorer": "Name the scorer of the recorded scores.",
    "version": "Give the scorer a version.",
    "reason": "Let the scorer explain its judgement.",
    "owner": "Name an `owner` in the plan.",
}
