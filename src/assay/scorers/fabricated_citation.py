"""Does the answer cite a source that cannot exist in that form, or that it was not given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.domain.metrics import standard
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score, Span
from assay.domain.trial import Output
from assay.scorers.citations import Citation, citations
from assay.scorers.reading import answer_start
from assay.scorers.wording import SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class FabricatedCitation:
    """Does the answer cite a source that cannot exist in that form, or that it was not given?

    Looks for: DOIs, ISBNs, ISSNs, ORCIDs, arXiv and PubMed numbers, web addresses, US case citations, and studies by
        author and year ("Smith et al. (2019)"). True when one is malformed (a wrong check digit, a month 13, a volume
        that its series never had, a host without a domain), or when the sample has a context and neither it nor the
        input holds the citation. False when all are held there, or when the answer cites nothing.
    Why: models invent sources that look right; readers pay for it, in court too. What has a check digit can be told
        without a library.
    Misses: well-formed inventions without a context: these are unscored ("cannot be known offline"), never called
        right. Cited titles and quotations. Whether the source supports the claim. Sources the model knows and the
        context does not hold count as fabricated: the task is to cite what was given. Addresses at example.com and
        other reserved names are no citations.
    Example: "ISBN 978-3-16-148410-1" ends in a wrong check digit: fabricated_citation = true.
    Settings: context (true: what the context does not hold is fabricated; false: only form is judged).
    Measured: on identifiers of our own, right and altered: docs/scorers/fabricated_citation.md.
    Source: ISO 2108 (ISBN), ISO 3297 (ISSN), ISO 26324 (DOI), ISO 27729 (ORCID), arXiv identifier scheme; RFC 2606.

    Examples:
        >>> asked = Sample(id="1", input="Cite the paper.", context=("Doe 2001, doi:10.1000/182",))
        >>> [FabricatedCitation().score(asked, Output(text=t))[0].value for t in ("doi:10.1000/182", "doi:10.1000/7")]
        [False, True]
    """

    name: ClassVar[str] = "fabricated_citation"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset()

    context: bool = True
    """Whether a citation must be held by the context, where there is one."""

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`fabricated_citation`."""
        return (standard("fabricated_citation"),)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether a citation is fabricated, and which."""
        start = answer_start(output.text)
        text = output.text[start:] if start is not None else ""
        cause = "reasoning only" if start is None else "" if text.strip() else "empty"
        cited = citations(text)
        wrong = self._wrong(sample, output, cited)
        held = (sample.context or output.context) and self.context
        if not cause and cited and not wrong and not held:
            cause = "cannot be known offline"
        why = f"{len(cited)} citations, none fabricated" if cited else "cites nothing"
        if wrong:
            why = f"{wrong[0][0].kind} {wrong[0][0].piece.text[:80]!r}: {wrong[0][1]}"
        return (
            Score(
                metric="fabricated_citation",
                value=None if cause else bool(wrong),
                unscored=cause,
                answer=", ".join(dict.fromkeys(one.kind for one in cited)),
                explanation=why if not cause or cited else "",
                evidence=tuple(
                    Span(start=(start or 0) + one.piece.start, end=(start or 0) + one.piece.end, reason=fault)
                    for one, fault in wrong[:SHOWN]
                ),
                scorer=self.name,
                version=self.version,
            ),
        )

    def _wrong(self, sample: Sample, output: Output, cited: list[Citation]) -> list[tuple[Citation, str]]:
        wrong = [(one, one.fault) for one in cited if one.fault]
        given = (*sample.context, *output.context)
        if not self.context or not given:
            return wrong
        texts = (*given, *(turn.content for turn in sample.messages if turn.role != "assistant"))
        known = {(one.kind, one.key) for text in texts for one in citations(text)}
        plain = " ".join(texts).lower()
        missing = [one for one in cited if not one.fault and (one.kind, one.key) not in known and not _said(one, plain)]
        return [*wrong, *((one, "the context does not hold it") for one in missing)]


def _said(one: Citation, plain: str) -> bool:
    """Whether the texts name the source in another way: its key as it stands, or its author and its year."""
    if one.kind == "study":
        name, _, year = one.key.rpartition(" ")
        return name in plain and year in plain
    return one.key in plain
