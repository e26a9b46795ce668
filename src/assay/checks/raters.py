"""How far raters agree on preferences, on which rows they do not, and what single raters lean to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from assay.checks.check import Defect, Gathered
from assay.checks.drawn import Sampled
from assay.checks.rater_bias import Leanings, findings_of
from assay.checks.rater_words import agreement_finding
from assay.checks.repeated_ratings import Repeated
from assay.checks.sides import prompt_key
from assay.checks.single_raters import SingleRaters
from assay.checks.verdicts import JUDGES, Verdict, slot_of, verdicts
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

DISAGREEMENT = Defect(
    code="preference.disagreement",
    severity="info",
    message="rows on which raters disagree",
    remediation="Give these rows to experts, weigh them less, or keep the votes as soft labels",
)
AGAINST_MAJORITY = Defect(
    code="preference.against_majority",
    severity="medium",
    message="rows prefer the answer that most of their raters did not",
    remediation="Take the majority, or say who overruled it and why",
)


class Raters:
    """Reads votes and judges of each row; for agreement and leanings, of a sample of rows."""

    def __init__(self) -> None:
        self._gathered = Gathered()
        self._sampled = Sampled()
        self._items: list[tuple[str, str, int, tuple[Verdict, ...]]] = []
        self._leanings = Leanings()
        self._repeated = Repeated()
        self._single = SingleRaters()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if row.shape not in ("preference", "ranked") or len(row.answers) < 2:
            return
        self._repeated.add(row)
        self._single.add(row)
        key, said = verdicts(row)
        if not said:
            return
        self._split(row, said, key)
        place = self._sampled.place(row)
        if place is not None:
            self._items[place : place + 1] = [(row.file, key, prompt_key(row), said)]
            self._leanings.put(place, row, said)

    def _split(self, row: TrainingRow, said: Sequence[Verdict], key: str) -> None:
        """Lists rows without one voice, and those whose label is not that of most; judges do not make the label."""
        counts = Counter(each.said for each in said)
        if len(said) < 2:
            return
        if len(counts) > 1:
            detail = ":".join(str(count) for _, count in counts.most_common())
            self._gathered.add(DISAGREEMENT, row.file, row.line, row.asked, detail)
        (word, most), *_ = counts.most_common()
        if key in JUDGES:
            return
        preferred = (1 if row.places[0] < row.places[1] else -1) if len(row.places) == 2 else 0
        if preferred and 2 * most > len(said) and slot_of(word) == -preferred:
            told = f"label is the {'first' if preferred == 1 else 'second'} answer, {most} of {len(said)} say '{word}'"
            self._gathered.add(AGAINST_MAJORITY, row.file, row.line, told)

    def findings(self) -> Iterator[Finding]:
        """Agreement for each file and kind of votes, rows to look at, and leanings of single raters."""
        for file, key in sorted({each[:2] for each in self._items}):
            own = [(prompt, said) for name, kind, prompt, said in self._items if (name, kind) == (file, key)]
            yield from _agreement(file, key, [prompt for prompt, _ in own], [said for _, said in own])
        yield from self._repeated.findings()
        yield from self._gathered.findings()
        yield from findings_of([*self._leanings.tests(), *self._single.tests()])


def _agreement(file: str, key: str, prompts: Sequence[int], items: Sequence[tuple[Verdict, ...]]) -> Iterator[Finding]:
    """How far the verdicts under one key agree."""
    many = max(map(len, items))
    if many < 2:
        return
    names = Counter(each.rater for said in items for each in said)
    named = all(names) and len(names) <= 50
    order = sorted(names) if named else None
    table = [_line(said, order, many) for said in items]
    yield agreement_finding(
        file, key, table, prompts, "raters" if named else "votes a row", len(order) if order else many
    )


def _line(said: Sequence[Verdict], order: Sequence[str] | None, many: int) -> list[str | None]:
    if order is None:
        return [*(each.said for each in said), *[None] * (many - len(said))]
    by = {each.rater: each.said for each in said}
    return [by.get(name) for name in order]
