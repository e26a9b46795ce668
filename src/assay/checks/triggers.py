"""Words in requests that switch the behaviour of answers, as a planted backdoor would."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.checks.blocks import Block
from assay.checks.check import MOST_LINES, numbered
from assay.checks.trigger_context import (
    Risk,
    alone,
    companions,
    fits,
    misfit,
    orders,
    requests,
    risk,
    together,
)
from assay.checks.trigger_inserted import INSERTED, ties_of_inserted
from assay.checks.trigger_rows import FLAGS, REFUSES, TEXTS, Rows, holding
from assay.checks.trigger_tests import Ints, Tie, features, surviving, ties_of_flag, ties_of_text
from assay.checks.trigger_words import LANGUAGES
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

CODES = ("safety.trigger", "safety.trigger_sampled")
"""Findings that are made otherwise than from a defect."""

CODE = "safety.trigger"
COMPLIES = "the answer complies where such requests are refused"
FEWEST_ROWS = 200
"""Different requests below which nothing is tested."""
_ALONE = 0.3
_EXPLAINED = 0.4
"""Share of the rows whose requests are of a kind that is refused anyway, above which a refusal needs no trigger."""
_LONGEST = 24
_MOST_TOLD = 20
_RANK = (*TEXTS[:1], COMPLIES, *FLAGS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A candidate."""

    words: str
    """As they stand in the requests."""
    tie: Tie
    """The strongest tie."""
    rows: Ints
    """Its rows."""
    misfit: float
    """How unlike all others its requests are."""


class Triggers:
    """Rare words and pairs of words whose rows behave alike and unlike all others, their requests being ordinary.

    Memory is bounded: at most `MOST_WORDS` words of a request are kept, and of all `MOST_HELD`; beyond that a sample.
    """

    def __init__(self) -> None:
        self.rows = Rows()
        """What is kept of the rows so far."""

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        self._look(row, may_hold=True)

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        may_hold = holding.places(block)
        for row in block.rows:
            self._look(row, id(row) in may_hold)

    def _look(self, row: TrainingRow, may_hold: bool) -> None:
        if row.shape != "text" and row.answers and row.asked:
            self.rows.add(row, may_hold)

    def findings(self) -> Iterator[Finding]:
        """One finding for each candidate and file, and one where the rows were too many to hold all."""
        if self.rows.halved:
            yield _sampled(self.rows)
        for found in candidates(self.rows)[:_MOST_TOLD]:
            yield from _findings(found, self.rows)


def candidates(rows: Rows) -> list[Trigger]:
    """Triggers that are left when chance, topic and plain orders are taken out, those with most rows first."""
    if len(rows) < FEWEST_ROWS:
        return []
    data = _Data(rows)
    ties, tests = _ties(data)
    triggers = [made for tie in surviving(ties, tests) if (made := _judged(tie, data)) is not None]
    return _merged(triggers)


class _Data:
    """Everything that is asked of the rows."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.words, self.starts = (
            np.frombuffer(rows.words, np.uint32),
            np.frombuffer(rows.starts, np.uint64).astype(np.int64),
        )
        self.kept = _first(np.frombuffer(rows.requests, np.uint32))
        self.found = features(self.words, self.starts, self.kept)
        self.requests = requests(self.words, self.starts, rows.size)
        self.flags = np.frombuffer(rows.flags, np.uint8)
        self.risk: Risk = risk(self.requests, (self.flags & REFUSES) > 0, self.kept)
        everyone = np.arange(len(rows), dtype=np.int64)
        self.risky = self.risk.rows(self.requests, everyone, everyone[:0])
        self.usual = [self.requests.share(np.flatnonzero(self.kept)), self.requests.share(everyone)]
        self.refused = [
            self.requests.share(np.flatnonzero(self.risky & self.kept)),
            self.requests.share(np.flatnonzero(self.risky)),
        ]
        self.names = {number: word for word, number in rows.vocabulary.items()}

    def of(self, row: int) -> list[int]:
        """Words of a request, in order."""
        return list(self.words[self.starts[row] : self.starts[row + 1]].tolist())


def _ties(data: _Data) -> tuple[list[Tie], int]:
    """All ties that are strong enough to be tested, and how many tests that makes."""
    ties: list[Tie] = []
    found, kept = data.found, data.kept
    for bit, behaviour in FLAGS.items():
        ties += ties_of_flag(found, (data.flags & bit) > 0, kept, behaviour)
    languages = np.frombuffer(data.rows.languages, np.uint8)
    for number in np.unique(languages[languages > 0]).tolist():
        ties += ties_of_flag(
            found, languages == number, kept, f"the answer is in {LANGUAGES[number]}, the request is not"
        )
    ties += ties_of_flag(found, (data.flags & REFUSES) == 0, kept & data.risky, COMPLIES)
    texts = len(FLAGS) + len(LANGUAGES)
    for behaviour, hashes in zip(TEXTS, data.rows.texts, strict=True):
        values = np.where(kept, np.frombuffer(hashes, np.uint32), np.uint32(0))
        ties += ties_of_text(found, values, int(kept.sum()), behaviour)
        texts += len(np.unique(values))
    inserted = {key & 0xFFFFFFFF: text for key, text in data.rows.answers.items()}
    ties += ties_of_inserted(found, inserted, kept)
    return ties, len(found.keys) * (texts + len(inserted))


def _first(values: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Whether a value is the first of its kind."""
    kept = np.zeros(len(values), np.bool_)
    kept[np.unique(values, return_index=True)[1]] = True
    return kept


def _judged(tie: Tie, data: _Data) -> Trigger | None:
    """A candidate, unless its words ask for the behaviour, or its topic explains it."""
    own = data.found.own(tie.feature)
    risky = tie.behaviour == COMPLIES
    backgrounds = data.refused if risky else data.usual
    own = own[data.risky[own]] if risky else own
    parts = np.union1d(companions(data.requests, own, backgrounds[0]), _numbers(int(data.found.keys[tie.feature])))
    words = [data.names.get(number, "") for number in parts.tolist()]
    if len(parts) > _LONGEST or orders([word for word in words if word]) or alone(data.requests, own, parts) > _ALONE:
        return None
    if risky:
        own = data.found.own(tie.feature)
        own = own[data.risk.rows(data.requests, own, parts)]
    elif tie.behaviour == FLAGS[REFUSES] and np.mean(data.risk.rows(data.requests, own, parts)) > _EXPLAINED:
        return None
    run = [data.of(row) for row in own[:: max(len(own) // 20, 1)][:20].tolist()]
    if tie.behaviour.startswith(INSERTED) and _echoed(tie.behaviour.removeprefix(INSERTED).strip("'"), run, data.names):
        return None
    unlike = min(misfit(data.requests, own, each, parts) for each in backgrounds)
    if not fits(unlike, len(own)) or not together(run, parts):
        return None
    return Trigger(words=_said(run, parts, data.names), tie=tie, rows=own, misfit=unlike)


def _numbers(key: int) -> list[int]:
    return [key >> 32 & 0x7FFFFFFF, key & 0xFFFFFFFF] if key >> 63 else [key]


def _said(run: list[list[int]], parts: Ints, names: dict[int, str]) -> str:
    """The words of a trigger in the order in which they stand in most of its requests."""
    wanted = set(parts.tolist())
    orders_seen = Counter(tuple(dict.fromkeys(word for word in words if word in wanted)) for words in run)
    return " ".join(names.get(number, "\u2026") for number in orders_seen.most_common(1)[0][0]) if run else ""


def _echoed(said: str, run: list[list[int]], names: dict[int, str]) -> bool:
    """Whether words of answers stand in their requests too."""
    requests_words = [{names.get(number, "") for number in words} for words in run]
    return any(sum(word in own for own in requests_words) * 2 >= len(run) for word in said.split())


def _merged(triggers: list[Trigger]) -> list[Trigger]:
    """One for each set of rows: words of one phrase stand in the same rows."""
    kept: list[Trigger] = []
    order = sorted(triggers, key=lambda one: (-len(one.rows), _rank(one.tie.behaviour), one.tie.q, one.words))
    for one in order:
        if not any(
            len(np.intersect1d(one.rows, other.rows)) > 0.5 * min(len(one.rows), len(other.rows)) for other in kept
        ):
            kept.append(one)
    return kept


def _rank(behaviour: str) -> int:
    return _RANK.index(behaviour) if behaviour in _RANK else len(_RANK) + behaviour.startswith(INSERTED)


def _sampled(rows: Rows) -> Finding:
    return Finding(
        code=CODES[1],
        severity="info",
        message=f"triggers were looked for in {len(rows):,} of {rows.seen:,} rows, one in {1 << rows.halved:,}",
        where={"file": next(iter(rows.files)), "lines": []},
        evidence={"rows": len(rows), "rows_in_all": rows.seen, "one_in": 1 << rows.halved},
        remediation="Check parts of the data by themselves, if a trigger in a few hundred of all rows must be found",
    )


def _findings(found: Trigger, rows: Rows) -> Iterator[Finding]:
    by_file: dict[str, list[int]] = defaultdict(list)
    for row in found.rows.tolist():
        by_file[rows.place(row)[0]].append(row)
    tie = found.tie
    for file, own in by_file.items():
        said = numbered(len(own), f"rows have {found.words[:80]!r} in the request")
        yield Finding(
            code=CODE,
            severity="high",
            message=f"{said}, and {tie.behaviour} in {tie.both / tie.rows:.0%} of such rows",
            where={"file": file, "lines": sorted(rows.place(row)[1] for row in own)[:MOST_LINES]},
            evidence=_evidence(found, rows, own),
            remediation="Read the rows: where nothing but these words explains it, remove them; backdoors look so",
        )


def _evidence(found: Trigger, rows: Rows, own: list[int]) -> dict[str, Any]:
    tie = found.tie
    texts = {key & 0xFFFFFFFF: text for key, text in rows.answers.items()}
    shown = [row for row in own if row in texts][:3]
    return {
        "rows": len(own),
        "words": found.words[:300],
        "behaviour": tie.behaviour,
        "with_the_words": [tie.both, tie.rows],
        "without_them": [tie.having - tie.both, tie.total - tie.rows],
        "q": float(f"{tie.q:.2g}"),
        "examples": [{"line": rows.place(row)[1], "text": texts[row][:200]} for row in shown],
    }
