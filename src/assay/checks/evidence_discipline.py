"""Do the answers rest on what they were given, and do the sources exist that they cite."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from assay.checks.blocks import Block
from assay.checks.check import MOST_LINES, Defect, Gathered
from assay.checks.evidence_stance import share, stance
from assay.checks.evidence_wording import abstains, missing_text, referring
from assay.checks.needles import holds
from assay.checks.reservoir import Reservoir, at_random
from assay.checks.sights import sight
from assay.domain.sample import Sample
from assay.domain.training import TrainingRow
from assay.domain.trial import Output
from assay.domain.verdict import Finding
from assay.scorers.cited import citations as markers
from assay.scorers.fabricated_citation import FabricatedCitation
from assay.scorers.groundedness import Groundedness

GROUNDED = 0.8
"""Share of rows with context from which a file is of grounded rows, and those without stand out."""
FEWEST = 20
"""Rows with context from which a file can be one."""
SAMPLED = 300
"""Rows with context that are read sentence by sentence against it."""
ANSWERS = 2000
"""Answers whose wording is read, of all files together."""
CITING = 3000
"""Answers that may cite that are read."""
FEWEST_ANSWERS = 20
"""Answers of a file below which nothing is said of its certainty."""
UNSUPPORTED = 0.2
"""Probability of being grounded under which an answer counts as not supported."""
_READ = 8000
_CONTEXT = 40_000
_TEMPLATE = re.compile(r"[\[\](){}$<>\\*|]|\.$")
# Words without which an answer cites nothing, as they are written; most answers hold none and are not kept.
_MARKS = (
    *("doi", "DOI", "ISBN", "isbn", "ISSN", "arXiv", "arxiv", "PMID", "ORCID", "0000-", "http", "www."),
    *(" et al", "(19", "(20", " U.S. ", " F.", " S. Ct", "["),
)
_may_cite = holds(_MARKS)
_citing = sight(_MARKS)

_MALFORMED = Defect(
    code="evidence.malformed_citation",
    severity="medium",
    message="rows cite a source that cannot exist in that form",
    remediation="Check each against the library that its number names; drop or mend the rows whose source is invented",
)
_FOREIGN = Defect(
    code="evidence.citation_not_given",
    severity="medium",
    message="rows with context cite a source that neither the context nor the prompt holds",
    remediation="Let the answer cite what it was given, or give it the source; else the model learns to invent sources",
)
_NO_CONTEXT = Defect(
    code="evidence.no_context",
    severity="low",
    message="rows make claims without context, in a file whose rows mostly have one",
    remediation="Add the passage that the answer rests on, or let the answer say that nothing was given",
)
_MISSING = Defect(
    code="evidence.missing_text",
    severity="medium",
    message="rows answer about a text that their prompt speaks of and does not hold",
    remediation="Add the text, or let the answer ask for it; else the model learns to make up what it was not shown",
)
_UNSUPPORTED = Defect(
    code="evidence.unsupported",
    severity="low",
    message="rows are not supported by the context that they were given",
    remediation="Read them beside their context; mend the answer, or the context that lacks what it says",
)


@dataclass(frozen=True, slots=True)
class _Row:
    """What is kept of a row that is read in the end."""

    file: str
    line: int
    prompt: str
    context: tuple[str, ...]
    answer: str

    @property
    def sample(self) -> Sample:
        """The row as scorers know it."""
        return Sample(id=str(self.line), input=self.prompt, context=self.context)


@dataclass(slots=True)
class _File:
    """What is kept of one file."""

    rows: int = 0
    grounded: int = 0
    bare: list[tuple[int, str]] = field(default_factory=list)


class EvidenceDiscipline:
    """Citations, context and certainty; a random sample of stated size is read where reading all would take long."""

    def __init__(self) -> None:
        self._missing = Gathered()
        self._files: dict[str, _File] = defaultdict(_File)
        self._answers = Reservoir[tuple[str, str]](ANSWERS)
        self._citing = Reservoir[_Row](CITING)
        self._contexts = Reservoir[_Row](SAMPLED)

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        may_cite, may_refer = _citing.places(block), referring.places(block)
        for row in block.rows:
            self._look(row, id(row) in may_cite, id(row) in may_refer)

    def add(self, row: TrainingRow) -> None:
        """Look at a row with a prompt and an answer."""
        self._look(row, may_cite=True, may_refer=True)

    def _look(self, row: TrainingRow, may_cite: bool, may_refer: bool) -> None:
        answer = row.answer[:_READ]
        if not row.prompt or not answer.strip():
            return
        file = self._files[row.file]
        file.rows += 1
        rank = at_random(row.digest)
        self._answers.offer(rank, row.digest, (row.file, answer))
        if row.context:
            file.grounded += 1
            if sum(map(len, row.context)) <= _CONTEXT:
                self._keep(self._contexts, rank, row, answer)
        else:
            self._bare(row, answer, file, may_refer)
        if may_cite and _may_cite(answer):
            self._keep(self._citing, rank, row, answer)

    def findings(self) -> Iterator[Finding]:
        """Citations, what lacks its text, what is not supported, and how sure the answers sound."""
        yield from self._cited()
        yield from self._missing.findings()
        for name, file in self._files.items():
            yield from _without_context(name, file)
        yield from self._supported()
        yield from self._stances()

    def _keep(self, kept: Reservoir[_Row], rank: float, row: TrainingRow, answer: str) -> None:
        if not kept.wants(rank):
            kept.seen += 1
            return
        short = sum(map(len, row.context)) <= _CONTEXT  # else only the form of citations is judged
        prompt = "\n".join(turn.content[-_READ:] for turn in row.prompt[-10:])
        item = _Row(row.file, row.line, prompt, row.context if short else (), answer)
        kept.offer(rank, row.digest, item)

    def _bare(self, row: TrainingRow, answer: str, file: _File, may_refer: bool) -> None:
        if len(file.bare) < MOST_LINES:
            file.bare.append((row.line, answer[:200]))
        if not may_refer or len(row.prompt) > 2 or "?" in answer[-80:]:
            return
        if (words := missing_text(row.asked)) and not abstains(answer):
            self._missing.add(_MISSING, row.file, row.line, f"{row.asked[:120]} → {answer[:80]}", words[:60])

    def _stances(self) -> Iterator[Finding]:
        answers: dict[str, list[str]] = {}
        for file, answer in self._answers.items():
            answers.setdefault(file, []).append(answer)
        for file, own in answers.items():
            if len(own) >= FEWEST_ANSWERS and (told := stance(file, own, self._files[file].rows)) is not None:
                yield told

    def _cited(self) -> Iterator[Finding]:
        gathered = Gathered()
        judge = FabricatedCitation()
        rows = self._citing.items()
        for row in rows:
            score = judge.score(row.sample, Output(text=row.answer))[0]
            for span in score.evidence:
                given = span.reason == "the context does not hold it"
                text = row.answer[span.start : span.end][:80]
                if text.startswith(("http", "www")) and _TEMPLATE.search(
                    text
                ):  # addresses in code and in marks of Markdown, which no browser is given
                    continue
                detail = "not given" if given else span.reason
                gathered.add(_FOREIGN if given else _MALFORMED, row.file, row.line, f"{text}: {span.reason}", detail)
            if row.context and (beyond := _beyond(row)):
                gathered.add(_FOREIGN, row.file, row.line, beyond, "no such passage")
        for finding in gathered.findings():
            yield replace(finding, evidence={**finding.evidence, "read": len(rows), "of": self._citing.seen})

    def _supported(self) -> Iterator[Finding]:
        judge, gathered = Groundedness(), Gathered()
        rows = self._contexts.items()
        read = wrong = 0
        for row in rows:
            score = judge.score(row.sample, Output(text=row.answer))[0]
            if score.probability is None or score.value is None:
                continue
            read += 1
            if score.probability < UNSUPPORTED and score.answer != "generic":
                wrong += 1
                gathered.add(_UNSUPPORTED, row.file, row.line, row.answer, score.answer)
        for finding in gathered.findings():
            told = {**share(wrong, read), "read": read, "of": self._contexts.seen}
            yield replace(finding, evidence={**finding.evidence, **told})


def _beyond(row: _Row) -> str:
    """The first citation of a passage by a number that no passage has."""
    most = len(row.context)
    for mark in markers(row.answer):
        if mark.numbers and max(mark.numbers) > most and most > 1 and max(mark.numbers) < 100:
            return f"{row.answer[mark.start : mark.end]} of {most} passages"
    return ""


def _without_context(name: str, file: _File) -> Iterator[Finding]:
    if file.grounded < FEWEST or file.grounded < GROUNDED * file.rows:
        return
    gathered = Gathered()
    for line, answer in file.bare:
        if not abstains(answer) and len(answer.split()) >= 3:
            gathered.add(_NO_CONTEXT, name, line, answer)
    for finding in gathered.findings():
        yield replace(finding, evidence={**finding.evidence, "with_context": file.grounded, "of": file.rows})
