"""Synthetic rows beside the others: how varied they are, how sure of themselves, which runs of words they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.checks.certainty import claims
from assay.checks.check import Defect, numbered
from assay.checks.drawn import Drawn
from assay.checks.synthetic_rows import written_by_a_model
from assay.checks.variety import Floats, blocks_in, resampled, variety
from assay.checks.words import words
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

LESS_VARIED = Defect(
    code="synthetic.less_varied",
    severity="medium",
    message="rows are synthetic and much less varied than the others",
    remediation="Vary prompts, seeds and generators, and drop the most similar rows: one voice is learned",
)
SURE = Defect(
    code="synthetic.overconfident",
    severity="medium",
    message="rows are synthetic and word more claims as beyond doubt than the others do",
    remediation="Ask the generator for plain wording, or drop the rows with most of it",
)
BOILERPLATE = Defect(
    code="synthetic.boilerplate",
    severity="low",
    message="rows share a run of eight words with many other synthetic answers",
    remediation="Cut the phrase off or vary it: it is learned as the way an answer goes",
)
_SAMPLE = 1000
_READ = 2000
"""Characters of an answer that are read."""
_FEWEST = 100
_FEWEST_BLOCKS = 3
_TIMES = 2000
_RATIO = 0.85
"""Distinct pairs of words, synthetic to others, below which they are much less varied."""
_CLOSER = 0.15
"""Difference of the mean similarity to the nearest other text from which they are much less varied."""
_OPENINGS = 0.25
_SURER = (1.5, 0.01)
"""Overconfident claims: so many times the share of the others, and so much more."""
_RUN = 8
_SHARED = 0.05


@dataclass(frozen=True, slots=True)
class _Answer:
    file: str
    line: int
    asked: str
    text: str


class SyntheticVariety:
    """Variety, certainty and common phrases of synthetic answers, beside those of the other rows of the set.

    At most 1,000 rows of either kind are read, drawn by their digests; the measures are taken at equal numbers of
    rows and words. Compared is only where there are a hundred of both.
    """

    def __init__(self) -> None:
        self._made = Drawn[_Answer](_SAMPLE)
        self._others = Drawn[_Answer](_SAMPLE)
        self._files: Counter[str] = Counter()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        made = bool(written_by_a_model(row))
        if made:
            self._files[row.file] += 1
        drawn = self._made if made else self._others
        drawn.add(row, lambda: _Answer(row.file, row.line, row.asked[:_READ], row.answer[:_READ]))

    def findings(self) -> Iterator[Finding]:
        """Of the set as a whole, under the file with most synthetic rows."""
        made = [one for one in self._made.items if one.text.strip()]
        others = [one for one in self._others.items if one.text.strip()]
        if len(made) >= _FEWEST:
            yield from self._boilerplate(made)
        if min(len(made), len(others)) < _FEWEST:
            return
        found = varied([one.text for one in made], [one.text for one in others])
        if found["signs"]:
            yield self._told(LESS_VARIED, found, _likest(made, found))
        found = certain([one.text for one in made], [one.text for one in others])
        if found["more"]:
            yield self._told(SURE, found, [one for one in made if claims(one.text)[1]])

    def _boilerplate(self, made: Sequence[_Answer]) -> Iterator[Finding]:
        for phrase, holders in shared_runs(made):
            share = len(holders) / len(made)
            told = {"phrase": phrase, "share_of_sample": round(share, 4), "sample": len(made)}
            yield self._told(BOILERPLATE, told, holders, len(holders))

    def _told(
        self, defect: Defect, evidence: dict[str, Any], shown: Sequence[_Answer], rows: int | None = None
    ) -> Finding:
        file = self._files.most_common(1)[0][0]
        total = self._made.offered if rows is None else rows
        here = [one for one in shown if one.file == file]
        return Finding(
            code=defect.code,
            severity=defect.severity,
            message=numbered(total, defect.message),
            where={"file": file, "lines": sorted({one.line for one in here})},
            evidence={
                "rows": total,
                **evidence,
                "rows_offered": self._made.offered,
                "examples": [{"line": one.line, "text": one.text[:200]} for one in here[:3]],
            },
            remediation=defect.remediation,
        )


def varied(made: Sequence[str], others: Sequence[str]) -> dict[str, Any]:
    """How varied texts are beside others, each figure with its interval; `signs` names what is much lower.

    Args:
        made: Texts in random order.
        others: Other texts in random order.
    """
    n = min(len(made), len(others))
    blocks = min(blocks_in(made[:n]), blocks_in(others[:n]))
    one, two = variety(made[:n], blocks), variety(others[:n], blocks)
    told: dict[str, Any] = {"rows_compared": n, "blocks_of_2000_words": blocks, "signs": []}
    if blocks >= _FEWEST_BLOCKS:
        for size in range(3):
            told[f"distinct_{size + 1}"] = _compared(one.distinct[size], two.distinct[size], ratio=True)
        told["packed"] = _compared(one.packed, two.packed, ratio=True)
        if told["distinct_2"]["interval_95"][1] < _RATIO:
            told["signs"].append("distinct_2")
    told["similarity"] = _compared(one.nearest, two.nearest)
    told["top_openings"] = _compared(one.openings, two.openings)
    told["openings"] = [{"text": text, "rows": count} for text, count in one.common[:5]]
    told["signs"] += [
        name
        for name, least in (("similarity", _CLOSER), ("top_openings", _OPENINGS))
        if told[name]["interval_95"][0] > least
    ]
    return told


def _compared(made: Floats, others: Floats, ratio: bool = False) -> dict[str, Any]:
    """Means of both, and their ratio or difference with its bootstrap interval."""
    one, two = resampled(made, _TIMES, 1), resampled(others, _TIMES, 2)
    spread = one / np.maximum(two, 1e-9) if ratio else one - two
    low, high = np.quantile(spread, (0.025, 0.975))
    centre = made.mean() / max(others.mean(), 1e-9) if ratio else made.mean() - others.mean()
    return {
        "synthetic": round(float(made.mean()), 4),
        "others": round(float(others.mean()), 4),
        "ratio" if ratio else "difference": round(float(centre), 4),
        "interval_95": [round(float(low), 4), round(float(high), 4)],
    }


def _likest(made: Sequence[_Answer], found: dict[str, Any]) -> list[_Answer]:
    """Those that begin with one of the commonest openings."""
    opened = tuple(each["text"] for each in found["openings"])
    return [one for one in made if " ".join(words(one.text[:100])[:3]) in opened]


def certain(made: Sequence[str], others: Sequence[str]) -> dict[str, Any]:
    """Share of claims worded as beyond doubt in both, by a bootstrap over texts; `more` says whether there are more."""
    n = min(len(made), len(others))
    one, two = (np.array([claims(text) for text in texts[:n]], np.float64) for texts in (made, others))
    random = np.random.default_rng(3)
    counts = random.multinomial(n, np.full(n, 1 / n), size=(2, _TIMES))
    shares = [_share(counts[place] @ table) for place, table in enumerate((one, two))]
    low, high = np.quantile(shares[0] - shares[1], (0.025, 0.975))
    of_made, of_others = float(_share(one.sum(0)[None])[0]), float(_share(two.sum(0)[None])[0])
    return {
        "rows_compared": n,
        "claims": [int(one[:, 0].sum()), int(two[:, 0].sum())],
        "share_synthetic": round(of_made, 4),
        "share_others": round(of_others, 4),
        "interval_95": [round(float(low), 4), round(float(high), 4)],
        "more": bool(low > 0 and of_made > _SURER[0] * of_others and of_made > of_others + _SURER[1]),
    }


def _share(sums: Floats) -> Floats:
    return np.asarray(sums[:, 1] / np.maximum(sums[:, 0], 1.0))


def shared_runs(made: Sequence[_Answer]) -> Iterator[tuple[str, list[_Answer]]]:
    """Runs of eight words that many answers share, and those answers; of runs that overlap the commonest.

    A run that stands in the question too is asked for, and does not count.
    """
    least = max(_SHARED * len(made), 20)
    counts: Counter[tuple[str, ...]] = Counter()
    said = [_runs(one.text) - _runs(one.asked) for one in made]
    for runs in said:
        counts.update(runs)
    taken: set[int] = set()
    many = [(run, count) for run, count in counts.items() if count >= least]
    for run, _ in sorted(many, key=lambda one: (-one[1], one[0]))[:2000]:
        holders = {place for place, runs in enumerate(said) if run in runs}
        if len(holders - taken) >= least:
            taken |= holders
            yield " ".join(run), [made[place] for place in sorted(holders)]


def _runs(text: str) -> set[tuple[str, ...]]:
    said = words(text)
    return set(zip(*(said[place:] for place in range(_RUN)), strict=False))
