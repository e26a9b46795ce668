"""Outputs that were recorded elsewhere, as a subject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from assay.domain.errors import SubjectError
from assay.domain.subject import Ask, Capabilities, Identity
from assay.domain.trial import Output
from assay.domain.verdict import Finding
from assay.subjects.recordings import RecordedOutputs, read_outputs
from assay.subjects.rows import Key, belongs, output_of, read_row

_SHOWN = 20


class Recorded:
    """A subject that answers from a file.

    Args:
        outputs: The file.
        name: What people call it; the file's name when empty.
        revision: Revision label.
        known: Ids of the dataset's samples, to tell rows of another dataset; None when not known.
        epochs: How often the plan asks each sample at most, to tell rows beyond; None when not known.
    """

    parallel: int | None = None
    """Left to the plan; it answers at once."""

    def __init__(
        self,
        outputs: RecordedOutputs,
        *,
        name: str = "",
        revision: str = "",
        prompt_version: str = "",
        known: Collection[str] | None = None,
        epochs: int | None = None,
    ) -> None:
        self.outputs = outputs
        self._name = name or Path(outputs.path).stem
        self._revision = revision
        self._prompt_version = prompt_version
        self._lost = {row.key: row for row in outputs.corrupt if row.key is not None}
        self._known = None if known is None else frozenset(known)
        self._epochs = epochs
        self._mismatched: list[str] = []

    @classmethod
    def read(cls, path: Path, **more: Any) -> Recorded:
        """The subject of a file; see `read_outputs`."""
        return cls(read_outputs(path), **more)

    @property
    def identity(self) -> Identity:
        """Digest of the file."""
        return Identity(
            name=self._name,
            kind="recorded",
            digest=self.outputs.digest,
            revision=self._revision or "",
            prompt=self._prompt_version or "",
            details={"path": Path(self.outputs.path).name, "rows": str(len(self.outputs.rows))},
        )

    async def open(self) -> Capabilities:
        """Nothing to load: the file was read to know its digest."""
        notes = ["recorded outputs: how they were drawn is not known"]
        if self.outputs.blind:
            notes.append(
                f"{self.outputs.blind} of {len(self.outputs.rows)} recorded rows do not tell which prompt they answer "
                "(no sample_digest, input or prompt): they are matched by id alone"
            )
        return Capabilities(notes=tuple(notes))

    def answers_now(self, ask: Ask) -> Output:
        """The recorded answer.

        Raises:
            SubjectError: missing, corrupt, mismatch or recorded_error.
        """
        key = (ask.sample.id, ask.epoch)
        line = self.outputs.rows.get(key)
        if line is None:
            raise self._absent(key)
        row = read_row(line)
        if not belongs(row, ask.sample):
            self._mismatched.append(ask.sample.id)
            raise SubjectError("mismatch", f"the recorded answer with id '{key[0]}' belongs to another prompt")
        return output_of(row)

    async def respond(self, ask: Ask) -> Output:
        """The recorded answer, for those who wait."""
        return self.answers_now(ask)

    def cache_key(self, ask: Ask) -> str | None:
        """Nothing to keep: the file is there."""
        return None

    async def close(self) -> None:
        """Nothing to give back."""

    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the file, as far as it was asked for."""
        outputs = self.outputs
        unknown = [] if self._known is None else sorted({name for name, _ in outputs.rows} - self._known)
        beyond = sorted(key for key in outputs.rows if self._epochs is not None and key[1] > self._epochs)
        found = [
            _corrupt_finding(outputs),
            _finding(
                "recorded.ambiguous",
                "medium",
                f"{len(outputs.ambiguous)} ids have several different answers; none of them is used",
                len(outputs.ambiguous),
                {"samples": [f"{name} (epoch {epoch})" for name, epoch in list(outputs.ambiguous)[:_SHOWN]]},
                "Keep one row for each id, or give each repeat its own 'epoch'.",
                lines=sorted(line for lines in outputs.ambiguous.values() for line in lines)[:_SHOWN],
            ),
            _finding(
                "recorded.unknown",
                "medium",
                f"{len(unknown)} recorded ids are not in the dataset",
                len(unknown),
                {"samples": unknown[:_SHOWN]},
                "Check that the file was recorded on this dataset.",
            ),
            _finding(
                "recorded.unused",
                "low",
                f"{len(beyond)} recorded answers are of a later epoch than the plan asks for; they are not used",
                len(beyond),
                {"samples": [f"{name} (epoch {epoch})" for name, epoch in beyond[:_SHOWN]]},
                f"Set 'epochs' of the suite to {max((epoch for _, epoch in beyond), default=1)} to use them.",
            ),
            _finding(
                "recorded.mismatch",
                "medium",
                f"{len(set(self._mismatched))} recorded answers belong to other prompts than the dataset's",
                len(set(self._mismatched)),
                {"samples": sorted(set(self._mismatched))[:_SHOWN]},
                "Record the outputs again on the dataset as it is now.",
            ),
            _finding(
                "recorded.repeated",
                "info",
                f"{outputs.repeated} rows say again what an earlier row says",
                outputs.repeated,
                {},
                "",
            ),
        ]
        return tuple(
            Finding(
                code=finding.code,
                severity=finding.severity,
                message=f"{Path(outputs.path).name}: {finding.message}",
                where={"file": outputs.path, **finding.where},
                evidence=finding.evidence,
                remediation=finding.remediation,
            )
            for finding in found
            if finding is not None
        )

    def _absent(self, key: Key) -> SubjectError:
        name = f"id '{key[0]}', epoch {key[1]}"
        if key in self.outputs.ambiguous:
            lines = ", ".join(map(str, self.outputs.ambiguous[key][:5]))
            return SubjectError(
                "corrupt", f"{name}: different answers on lines {lines}; which one counts cannot be told"
            )
        if key in self._lost:
            row = self._lost[key]
            return SubjectError("corrupt", f"{name}: line {row.line} cannot be read: {row.reason}")
        return SubjectError("missing", f"{name}: no recorded output")


def _corrupt_finding(outputs: RecordedOutputs) -> Finding | None:
    lines = len(outputs.rows) + outputs.repeated + sum(map(len, outputs.ambiguous.values())) + len(outputs.corrupt)
    reasons = Counter(row.reason for row in outputs.corrupt)
    return _finding(
        "recorded.corrupt",
        "medium",
        f"{len(outputs.corrupt)} of {lines} rows cannot be read",
        len(outputs.corrupt),
        {"reasons": dict(reasons.most_common(5)), "rows": lines},
        "Record them again; the answers they held are counted as errors.",
        lines=[row.line for row in outputs.corrupt[:_SHOWN]],
    )


def _finding(
    code: str, severity: Any, message: str, count: int, evidence: Mapping[str, Any], remediation: str, **where: Any
) -> Finding | None:
    if not count:
        return None
    return Finding(
        code=code,
        severity=severity,
        message=message,
        where=where,
        evidence={"count": count, **evidence},
        remediation=remediation,
    )
