"""Pairs that teach little or the wrong thing: twins, easy negatives, both bad, ties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from assay.checks.borrowed import Borrowed
from assay.checks.check import Defect, Gathered
from assay.checks.drawn import Sampled
from assay.checks.easy_negatives import REFUSE, at_a_glance
from assay.checks.margins import Margins
from assay.checks.sides import sides
from assay.checks.surface import words_of
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding, Severity
from assay.statistics.proportion import wilson

IDENTICAL = Defect(
    code="preference.identical",
    severity="medium",
    message="rows prefer an answer to itself, up to blanks",
    remediation="Drop the rows: there is nothing to prefer",
)
NEAR = Defect(
    code="preference.near_identical",
    severity="low",
    message="rows have two answers that differ in a few words, none of them a number or a negation",
    remediation="Read them: where the difference does not matter the preference is noise; drop these rows",
)
BOTH_BAD = Defect(
    code="preference.both_bad",
    severity="medium",
    message="rows have two answers of which neither is an answer: empty, marks, one run of words over and over",
    remediation="Drop the rows, or write one good answer: the chosen one is learned whatever it is",
)
BOTH_REFUSE = Defect(
    code="preference.both_refuse",
    severity="low",
    message="rows have two answers that both refuse",
    remediation="Right where the request is to be refused and the manner is taught; drop the rows where it is not",
)
EASY = Defect(
    code="preference.easy_negative",
    severity="low",
    message="rows reject an answer that anyone would reject at a glance",
    remediation="Mix in rejected answers that are nearly right: easy ones teach the surface only",
)
BORROWED = Defect(
    code="preference.borrowed_negative",
    severity="low",
    message="rows reject an answer that another prompt has as its chosen one",
    remediation="Mix in rejected answers to the same prompt: an answer to something else is told by its topic alone",
)
"""Both of severity medium where such pairs are half of those looked at, high where they are nine in ten."""
_NEARLY = 0.95
_FEWEST_WORDS = 15
_HALF = 0.5
_MOST = 0.9
_TELLING = frozenset(
    {
        "not", "no", "never", "none", "nor", "cannot", "can't", "won't", "don't", "doesn't", "isn't", "aren't",
        "wasn't", "without", "false", "true", "yes",
    }
)  # fmt: skip


class Pairs:
    """Compares the two sides of every pair; reads a sample of pairs for what is plainly wrong with one or both."""

    def __init__(self) -> None:
        self._twins = Gathered()
        self._margins = Margins()
        self._borrowed = Borrowed()
        self._pairs: Counter[str] = Counter()
        self._sampled = Sampled()
        self._read: list[tuple[str, int, str, str, str]] = []

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if row.shape == "rated" and row.ratings:
            self._margins.rate(row)
        found = sides(row)
        if found is None:
            return
        self._pairs[row.file] += 1
        self._margins.add(found)
        self._borrowed.add(found)
        how = alike(found.chosen, found.rejected)
        if how:
            self._twins.add(IDENTICAL if how == "same" else NEAR, row.file, row.line, found.chosen)
        place = self._sampled.place(row)
        if place is not None:
            both, rejected = at_a_glance(found)
            read = (row.file, row.line, both, "" if how else rejected, found.rejected[:200] if both or rejected else "")
            self._read[place : place + 1] = [read]

    def findings(self) -> Iterator[Finding]:
        """One finding for each kind and file."""
        yield from self._twins.findings()
        yield from self._margins.findings()
        bad, easy, read = Gathered(), Gathered(), Counter(each[0] for each in self._read)
        for file, line, both, rejected, text in sorted(self._read):
            if both:
                bad.add(BOTH_REFUSE if both == REFUSE else BOTH_BAD, file, line, text, both)
            elif rejected:
                easy.add(EASY, file, line, text, rejected)
        for one in bad.findings():
            yield replace(one, evidence={**one.evidence, **self._of(one, read)})
        for one in easy.findings():
            yield self._weighed(one, read)
        borrowed = Gathered()
        for file, line in self._borrowed.found():
            borrowed.add(BORROWED, file, line)
        for one in borrowed.findings():
            yield self._weighed(one, self._pairs)

    def _of(self, one: Finding, read: Counter[str]) -> dict[str, int]:
        return {"pairs": read[str(one.where["file"])], "pairs_in_all": self._sampled.seen}

    def _weighed(self, one: Finding, read: Counter[str]) -> Finding:
        """The finding with the share of easy pairs, which makes its severity."""
        many, pairs = one.evidence["rows"], read[str(one.where["file"])]
        low, high = wilson(many, pairs)
        severity: Severity = "high" if low >= _MOST else "medium" if low >= _HALF else "low"
        said = [f"{100 * many / pairs:.1f} % of the {pairs:,} pairs that were read [{100 * low:.1f}, {100 * high:.1f}]"]
        return replace(one, severity=severity, evidence={**one.evidence, **self._of(one, read), "said": said})


def alike(chosen: str, rejected: str) -> str:
    """`same` for one text up to blanks, `near` when a few words differ that are neither numbers nor negations.

    Examples:
        >>> alike("Yes,  it is.", "Yes, it is."), alike("Yes.", "No.")
        ('same', '')
        >>> text = "The river rises in the hills north of the town and flows past three old mills to the sea"
        >>> alike(text, text.replace("old", "ancient")), alike(text, text.replace("three", "4"))
        ('near', '')
    """
    long, short = max(len(chosen), len(rejected)), min(len(chosen), len(rejected))
    if short < 0.8 * long - 8:
        return ""
    if chosen == rejected or chosen.split() == rejected.split():
        return "same" if chosen.strip() else ""
    if chosen[:200] == rejected[:200] or long < 2000:
        return _alike(words_of(chosen), words_of(rejected)) if long <= 20_000 else ""
    return ""


def _alike(chosen: list[str], rejected: list[str]) -> str:
    longest = max(len(chosen), len(rejected))
    if longest < _FEWEST_WORDS or abs(len(chosen) - len(rejected)) > (1 - _NEARLY) * longest + 1:
        return ""
    first, second = Counter(chosen), Counter(rejected)
    only = (first - second) + (second - first)
    few = only.total() <= max(2.0, 2 * (1 - _NEARLY) * longest)
    return "near" if few and not any(word in _TELLING or _counts(word) for word in only) else ""


def _counts(word: str) -> bool:
    return any(sign.isdigit() for sign in word) or len(word) == 1
