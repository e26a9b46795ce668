"""A second, independent copy of a subject: the same model, asked anew."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assay.domain.subject import Ask, Capabilities, Identity, Subject
from assay.domain.trial import Output
from assay.domain.verdict import Finding

APART = 1_000_003
"""Between the seeds of the two copies: more than any number of epochs, so that no two draws share a seed."""


def asked_again(subject: Subject) -> Subject:
    """The subject as its own second copy; recorded outputs are what they are, and stay as they are."""
    return subject if subject.identity.kind == "recorded" else Again(subject)


@dataclass(frozen=True, slots=True)
class Again:
    """Asks the same subject with other seeds, and never takes an answer that was given before.

    With the seed of the first copy a server that honours seeds would say the same again,
    and sampling would look free of noise. A greedy answer has no seed to change.
    """

    subject: Subject
    """The subject."""

    @property
    def identity(self) -> Identity:
        """That of the subject."""
        return self.subject.identity

    @property
    def parallel(self) -> int | None:
        """As the subject says."""
        return self.subject.parallel

    async def open(self) -> Capabilities:
        """Open the subject."""
        return await self.subject.open()

    async def respond(self, ask: Ask) -> Output:
        """Ask the subject, with a seed of its own."""
        return await self.subject.respond(_reseeded(ask))

    def cache_key(self, ask: Ask) -> str | None:
        """Nothing is reused."""
        return None

    async def close(self) -> None:
        """Close the subject."""
        await self.subject.close()

    def findings(self) -> tuple[Finding, ...]:
        """What the subject has to tell, if anything."""
        told = getattr(self.subject, "findings", None)
        return tuple(told()) if callable(told) else ()


def _reseeded(ask: Ask) -> Ask:
    how = ask.generation
    if how.seed is None or how.temperature == 0:
        return ask
    return replace(ask, generation=replace(how, seed=how.seed + APART))
