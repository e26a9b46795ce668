"""Of a null run: how often the reference said the same again, word for word."""

from __future__ import annotations

from assay.domain.plan import SubjectSpec
from assay.domain.trial import Trial
from assay.domain.verdict import Finding
from assay.engine.journal import Journal
from assay.engine.references import counterpart, key_of
from assay.engine.schedule import Key


def repeated(journal: Journal, spec: SubjectSpec) -> tuple[Finding, ...]:
    """A finding without weight that counts the pairs of answers, and those of equal words.

    Of recorded outputs it says that both are one file: that they agree shows nothing.

    Args:
        journal: The trials of the run.
        spec: The copy of the reference.
    """
    if spec.kind == "recorded":
        return (
            _told(
                "null.recorded",
                "recorded outputs were compared with themselves: they are noise-free by construction, so the noise "
                "floor holds what so many prompts can resolve, and nothing of the model's own noise",
                {},
                "Record the reference twice, and audit one recording against the other.",
            ),
        )
    said: dict[Key, int] = {}
    pairs = equal = 0
    for trial, _ in journal.trials():
        if trial.output is None or trial.subject not in ("reference", spec.name):
            continue
        key = key_of(trial) if trial.subject == "reference" else counterpart(trial)
        other = said.pop(key, None)
        if other is None:
            said[key] = _words(trial)
        else:
            pairs += 1
            equal += other == _words(trial)
    if not pairs:
        return ()
    text = f"the reference said the same again, word for word, to {equal} of {pairs} prompts"
    warning = "" if spec.kind != "callable" or equal < pairs else "; a workflow that keeps its answers would look so"
    return (_told("null.answers", text + warning, {"pairs": pairs, "equal": equal}, ""),)


def _words(trial: Trial) -> int:
    output = trial.output
    assert output is not None
    return hash((output.text, tuple((call.name, call.raw) for call in output.tool_calls), output.choice_logprobs))


def _told(code: str, message: str, evidence: dict[str, int], remediation: str) -> Finding:
    return Finding(code=code, severity="info", message=message, evidence=evidence, remediation=remediation)
