"""One side of an earlier run, as a subject: its answers, without asking again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assay.domain.errors import SubjectError
from assay.domain.subject import Ask, Capabilities, Identity
from assay.domain.trial import Failure, Output
from assay.domain.verdict import Finding

Key = tuple[str, str, int]
"""Sample id, sample digest, epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a run holds of one side."""

    path: str
    """Folder of the run, for messages."""
    run: str
    """Id of the run."""
    side: str
    """Key of the side in it: `reference`, or a candidate's name."""
    registered: str
    """When the run was registered."""
    identity: Identity
    """Who answered there."""
    answers: Mapping[Key, Output | Failure]
    """By sample id, sample digest and epoch."""
    digest: str
    """Digest over all answers."""
    decision: str = ""
    """What was decided there of this side; empty of a run's reference, and where no decision is recorded."""
    ledger: str = ""
    """Digest of the run's ledger at its last checkpoint; empty when it is not signed."""
    standard: bool = False
    """Whether it is the reference now, so that another model is measured by it."""


_PASSED = ("deploy", "deploy_monitored")


class Earlier:
    """A subject that answers what one side of an earlier run answered.

    Latencies are left out: they were measured at another time, under another load.

    Args:
        past: The side.
        name: What people call it; its name in the run when empty.
        revision: Revision label; the one in the run when empty.
    """

    parallel: int | None = None
    """Left to the plan; it answers at once."""

    def __init__(self, past: Past, *, name: str = "", revision: str = "") -> None:
        self.past = past
        self._name = name or past.identity.name
        self._revision = revision or past.identity.revision

    @property
    def identity(self) -> Identity:
        """Digest of the answers; who gave them is in the details."""
        past = self.past
        told = {"run": past.run, "side": past.side, "registered": past.registered, "asked": past.identity.digest}
        told |= {name: value for name, value in (("decision", past.decision), ("ledger", past.ledger)) if value}
        return Identity(
            name=self._name,
            kind="recorded",
            digest=past.digest,
            revision=self._revision,
            prompt=past.identity.prompt,
            details={**past.identity.details, **told},
        )

    async def open(self) -> Capabilities:
        """Nothing to load."""
        past = self.past
        note = f"answers of {past.side} in run {past.run}, registered {past.registered}; it was not asked again"
        return Capabilities(notes=(note,))

    def answers_now(self, ask: Ask) -> Output:
        """The answer in the run.

        Raises:
            SubjectError: It was not asked there, or failed there with the cause that is told again.
        """
        found = self.past.answers.get((ask.sample.id, ask.sample.digest, ask.epoch))
        if found is None:
            raise SubjectError("missing", f"id '{ask.sample.id}', epoch {ask.epoch}: not asked in run {self.past.run}")
        if isinstance(found, Failure):
            raise SubjectError(found.cause, f"in run {self.past.run}: {found.message}")
        return replace(found, latency_s=None)

    async def respond(self, ask: Ask) -> Output:
        """The answer in the run, for those who wait."""
        return self.answers_now(ask)

    def cache_key(self, ask: Ask) -> str | None:
        """Nothing to keep: the run is there."""
        return None

    async def close(self) -> None:
        """Nothing to give back."""

    def findings(self) -> tuple[Finding, ...]:
        """That a candidate which its own run did not let through is the reference now."""
        past = self.past
        if not past.standard or past.side == "reference" or past.decision in _PASSED:
            return ()
        said = f"was decided as {past.decision} there" if past.decision else "was not decided there"
        return (
            Finding(
                code="reference.not_approved",
                severity="high",
                message=f"the reference is candidate '{past.side}' of run {past.run}, and {said}: what is measured by "
                "it is measured by a model that no gate let through",
                where={"run": past.path, "side": past.side},
                evidence={"decision": past.decision},
                remediation="Compare with a model that was approved, or say in the verdict's use why this one will do.",
            ),
        )
