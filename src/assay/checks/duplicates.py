"""Rows that say the same: equal, nearly equal, without words, one prompt answered twice, one answer given to many
prompts, conversations inside others, families of one form; and copies on both sides of a split."""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.checks.check import numbered
from assay.checks.families import families
from assay.checks.near import Joined, Near, keep
from assay.checks.words import BLOCK, Hashes, Places, Words, digests, hashed
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding, Severity

NEAR = 0.5
"""Share of runs of three words in common from which rows are near: one word in ten may differ, or one passage."""
_FEWEST_PROMPTS = 3
_FEWEST_WORDS = 5
_MOST_LINES = 10_000
_EXAMPLES = 5
_CUT = 160
_OPENING = 32
_MARKS = bytes(code for code in range(256) if code not in b"+-/=<>^%&|~$\\")
_SPLIT = re.compile(r"(?:^|[^a-z])(train|test|dev|valid|validation|eval|holdout)(?:[^a-z]|$)")
_ALL = (1 << 64) - 1
_STEP = 0xD6E8FEB86659FD93


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    code: str
    severity: Severity
    message: str
    remediation: str


_EXACT = _Kind(
    code="duplicate.exact",
    severity="medium",
    message="rows repeat another row, up to case, blanks and punctuation",
    remediation="Keep the row named as `keep` of each group; repeated rows are learned by heart and weigh double",
)
_NEAR = _Kind(
    code="duplicate.near",
    severity="low",
    message="rows nearly repeat another row",
    remediation="Read the groups, largest first, and keep one row of each, or as many as the variation is worth",
)
_WORDLESS = _Kind(
    code="duplicate.wordless",
    severity="low",
    message="rows have no word at all",
    remediation="Look whether text was lost on the way; drop the rows if nothing is meant to be learned from them",
)
_PROMPT = _Kind(
    code="duplicate.prompt",
    severity="low",
    message="rows answer a prompt that another row answers differently",
    remediation="Check that the answers do not contradict each other; keep the better one, or make preference pairs",
)
_ANSWER = _Kind(
    code="duplicate.answer",
    severity="low",
    message="rows give an answer that rows with other prompts give too",
    remediation="Look for boilerplate and refusals by rote; keep the answer only where it fits its prompt",
)
_PREFIX = _Kind(
    code="duplicate.prefix",
    severity="low",
    message="rows are the beginning of a longer conversation in another row",
    remediation="Keep the longer conversation and drop its beginnings, unless each turn is trained on by itself",
)
_TEMPLATE = _Kind(
    code="duplicate.template",
    severity="info",
    message="rows belong to families of one form with other words filled in",
    remediation="Cap the size of each family: a form seen a thousand times is learned as one",
)
_LEAK = _Kind(
    code="contamination.split",
    severity="high",
    message="rows repeat or nearly repeat a row of another split",
    remediation="Take these rows out of the training split: what is measured on the other split is remembered",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows that belong together."""

    keep: int
    """Place of the row that stands for the others, in the order in which rows were added."""
    drop: tuple[int, ...]
    """Places of the others."""


class Duplicates:
    """Takes rows one by one; holds about 24 bytes a word and some 200 characters a row.

    Examples:
        >>> from assay.domain.sample import Message
        >>> def row(line, asked, said):
        ...     prompt, answer = Message(role="user", content=asked), Message(role="assistant", content=said)
        ...     return TrainingRow(file="a.jsonl", line=line, shape="chat", prompt=(prompt,), answers=((answer,),))
        >>> check = Duplicates()
        >>> for line, asked in enumerate(["Name a colour", "name a colour!", "Name a fish"], 1):
        ...     check.add(row(line, asked, "Blue"))
        >>> [(one.code, one.where["lines"]) for one in check.findings()]
        [('duplicate.exact', [2])]
    """

    def __init__(self, threshold: float = NEAR) -> None:
        self.threshold = threshold
        """Jaccard index of runs of three words from which rows are near."""
        self._rows = _Rows()
        self._waiting: list[TrainingRow] = []
        self._size = 0

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        self._waiting.append(row)
        self._size += sum(len(turn.content) for turn in _turns(row))
        if self._size >= BLOCK:
            self._flush()

    def findings(self) -> Iterator[Finding]:
        """One finding for each kind of repetition and file; the rows named are those that could go."""
        self._flush()
        found = _Found(self._rows, self.threshold)
        yield from found.told(_EXACT, found.exact)
        yield from found.told(_NEAR, found.near)
        yield from found.told(_LEAK, found.leaks)
        yield from found.told(_WORDLESS, [Group(keep=place, drop=(place,)) for place in found.wordless])
        yield from found.told(_PROMPT, found.prompts)
        yield from found.told(_ANSWER, found.answers)
        yield from found.told(_PREFIX, found.prefixes)
        yield from found.told(_TEMPLATE, found.families)

    def kept(self) -> NDArray[np.bool_]:
        """Which rows to keep so that no two are equal or near, in the order in which they were added."""
        self._flush()
        return _Found(self._rows, self.threshold).kept

    def _flush(self) -> None:
        if self._waiting:
            self._rows.take(self._waiting)
        self._waiting, self._size = [], 0


class _Rows:
    """What is remembered of rows: hashes, places and an excerpt."""

    def __init__(self) -> None:
        self.joined = Joined()
        self.files: dict[str, int] = {}
        self.splits: dict[str, int] = {"": 0}
        self.file, self.split, self.line = array("l"), array("l"), array("q")
        self.length, self.answer_length = array("q"), array("q")
        self.key, self.words, self.prompt, self.answer, self.whole = (array("Q") for _ in range(5))
        self.chat = array("b")
        self.before, self.before_row = array("Q"), array("q")
        self.openings: list[NDArray[np.uint32]] = []
        self.replies: list[NDArray[np.uint32]] = []
        self.excerpts: list[str] = []

    def take(self, rows: Sequence[TrainingRow]) -> None:
        """Take in some rows."""
        turns = [list(_turns(row)) for row in rows]
        flat = [turn for own in turns for turn in own]
        found = hashed([turn.content for turn in flat])
        bounds = np.cumsum([0, *map(len, turns)])
        whole = Words(hashes=found.hashes, starts=found.starts[bounds], digits=found.digits)
        self.joined.add(whole)
        words = digests(whole)
        self.words.extend(words.tolist())
        self.length.extend(whole.counts.tolist())
        values = _said(flat, digests(found))
        for place, row in enumerate(rows):
            begin = int(bounds[place])
            self._one(row, values[begin : int(bounds[place + 1])], int(words[place]))
        self._parts(rows, found, bounds)

    def _one(self, row: TrainingRow, values: list[int], words: int) -> None:
        number = len(self.line)
        asked, said = len(row.prompt), len(row.answers[0]) if row.answers else 0
        total, sums = 0, [0]
        for value in values:
            total = (total * _STEP + value) & _ALL
            sums.append(total)
        self.prompt.append(sums[asked])
        self.whole.append(sums[asked + said])
        answer = 0
        for value in values[asked : asked + said]:
            answer = (answer * _STEP + value) & _ALL
        self.answer.append(answer)
        self.chat.append(row.shape in ("chat", "rated") and asked > 0 and said > 0)
        for place in range(1, asked + said):
            if place > asked or row.prompt[place - 1].role == "assistant":
                self.before.append(sums[place])
                self.before_row.append(number)
        self.key.append(words ^ _marks(row) if words else 0)
        self.file.append(self.files.setdefault(row.file, len(self.files)))
        self.split.append(self.splits.setdefault(_split(row), len(self.splits)))
        self.line.append(row.line)
        self.excerpts.append(_excerpt(row))

    def _parts(self, rows: Sequence[TrainingRow], found: Words, bounds: Places) -> None:
        counts = found.counts
        asked = np.array([_last_user(row) for row in rows])
        said = np.array([len(row.prompt) if row.answers and row.answers[0] and row.prompt else -1 for row in rows])
        for places, parts in ((asked, self.openings), (said, self.replies)):
            turn = np.where(places >= 0, bounds[:-1] + places, 0)
            parts.append(_first_words(found, turn, places >= 0))
        turn = np.where(said >= 0, bounds[:-1] + said, 0)
        self.answer_length.extend(np.where(said >= 0, counts[turn] if len(counts) else 0, 0).tolist())


class _Found:
    """Groups of rows, each kind made when it is asked for."""

    def __init__(self, rows: _Rows, threshold: float) -> None:
        self._rows = rows
        self._near: Near = rows.joined.near(threshold)
        self._length = np.array(rows.length, np.int64)
        self._key = np.array(rows.key, np.uint64)

    @cached_property
    def kept(self) -> NDArray[np.bool_]:
        """Rows that stay, order-free but for copies: most neighbours first, then longer, then by hash."""
        words = np.array(self._rows.words, np.uint64)
        rank = np.empty(len(words))
        rank[np.lexsort((words, self._length))] = np.arange(len(words))
        return keep(self._near, rank)

    @cached_property
    def exact(self) -> list[Group]:
        """Rows with the same words and marks; the first stays."""
        return [Group(keep=own[0], drop=tuple(own[1:])) for own in _equal(self._key) if len(own) > 1]

    @cached_property
    def near(self) -> list[Group]:
        """Rows linked by nearness without those that are equal to another; a kept row stands for all."""
        again = {place for group in self.exact for place in group.drop}
        cluster = self._near.cluster
        found = []
        for own in _equal((cluster + 1).astype(np.uint64)):
            different = [place for place in own if place not in again]
            if len(different) > 1:
                lead = next((place for place in different if self.kept[place]), different[0])
                found.append(Group(keep=lead, drop=tuple(place for place in different if place != lead)))
        return found

    @cached_property
    def leaks(self) -> list[Group]:
        """Rows of training splits that are linked with rows of others."""
        split = np.array(self._rows.split)
        if len(set(split.tolist()) - {0}) < 2:
            return []
        train = self._rows.splits.get("train", -1)
        found = []
        for own in _equal((self._near.cluster + 1).astype(np.uint64)):
            held = [place for place in own if split[place] not in (0, train)]
            learned = [place for place in own if split[place] == train]
            if held and learned:
                found.append(Group(keep=held[0], drop=tuple(learned)))
        return found

    @cached_property
    def wordless(self) -> list[int]:
        """Rows without a word."""
        return np.flatnonzero(self._near.first < 0).tolist()

    @cached_property
    def prompts(self) -> list[Group]:
        """One prompt, different answers."""
        return list(self._same(self._rows.prompt, self._rows.answer, 2))

    @cached_property
    def answers(self) -> list[Group]:
        """One answer, different prompts."""
        long = np.array(self._rows.answer_length, np.int64) >= _FEWEST_WORDS
        return list(self._same(self._rows.answer, self._rows.prompt, _FEWEST_PROMPTS, long))

    @cached_property
    def prefixes(self) -> list[Group]:
        """Conversations with which longer ones begin; the longer one stays."""
        chat = np.array(self._rows.chat, np.bool_)
        before = np.array(self._rows.before, np.uint64)
        order = np.argsort(before, kind="stable")
        whole = np.array(self._rows.whole, np.uint64)
        place = np.searchsorted(before[order], whole)
        place[place == len(before)] = 0
        if not len(before):
            return []
        found = np.flatnonzero(chat & (before[order][place] == whole))
        return [Group(keep=int(self._rows.before_row[order[place[one]]]), drop=(int(one),)) for one in found]

    @cached_property
    def families(self) -> list[Group]:
        """Rows of one form, by what is asked, and by what is answered where the asking has none."""
        found: list[Group] = []
        taken: set[int] = set()
        for parts in (self._rows.openings, self._rows.replies):
            openings = np.concatenate([np.zeros((0, _OPENING), np.uint32), *parts])
            for own in families(openings):
                rest = [place for place in own if place not in taken]
                if len(rest) > 1:
                    found.append(Group(keep=rest[0], drop=tuple(rest[1:])))
                    taken.update(rest)
        return found

    def told(self, kind: _Kind, groups: Sequence[Group]) -> Iterator[Finding]:
        """One finding per file with rows that could go, largest groups first in its examples."""
        files = list(self._rows.files)
        by_file: dict[int, list[tuple[int, Group]]] = {}
        for group in groups:
            for file in dict.fromkeys(self._rows.file[place] for place in group.drop):
                by_file.setdefault(file, []).append((file, group))
        for file, own in by_file.items():
            lines = sorted({self._rows.line[p] for _, g in own for p in g.drop if self._rows.file[p] == file})
            largest = sorted((group for _, group in own), key=lambda group: -len(group.drop))
            evidence: dict[str, Any] = {"rows": len(lines), "groups": len(own)}
            evidence["examples"] = [self._example(group, file) for group in largest[:_EXAMPLES]]
            if len(lines) > _MOST_LINES:
                evidence["lines_left_out"] = len(lines) - _MOST_LINES
            yield Finding(
                code=kind.code,
                severity=kind.severity,
                message=numbered(len(lines), kind.message),
                where={"file": files[file], "lines": lines[:_MOST_LINES]},
                evidence=evidence,
                remediation=kind.remediation,
            )

    def _example(self, group: Group, file: int) -> Mapping[str, Any]:
        other = next(place for place in group.drop if self._rows.file[place] == file)
        return {
            "keep": self._place(group.keep),
            "line": self._rows.line[other],
            "rows": len(group.drop) + (group.keep not in group.drop),
            "kept_text": self._rows.excerpts[group.keep],
            "text": self._rows.excerpts[other],
        }

    def _place(self, place: int) -> str:
        return f"{list(self._rows.files)[self._rows.file[place]]}:{self._rows.line[place]}"

    def _same(
        self, same: array[int], different: array[int], least: int, able: NDArray[np.bool_] | None = None
    ) -> Iterator[Group]:
        """Chat rows alike in one part, with at least so many values of the other."""
        chat = np.array(self._rows.chat, np.bool_)
        chat = chat if able is None else chat & able
        places = np.flatnonzero(chat)
        for own in _equal(np.array(same, np.uint64)[places] | np.uint64(1)):
            rows = places[own].tolist()
            first: dict[int, int] = {}
            for row in rows:
                first.setdefault(different[row], row)
            if len(first) >= least:
                lead, *rest = first.values()
                yield Group(keep=lead, drop=tuple(rest))


def _turns(row: TrainingRow) -> Iterator[Message]:
    yield from row.prompt
    for answer in row.answers:
        yield from answer


def _last_user(row: TrainingRow) -> int:
    return next((place for place in range(len(row.prompt) - 1, -1, -1) if row.prompt[place].role == "user"), -1)


def _said(turns: Sequence[Message], own: Hashes) -> list[int]:
    """One number per turn over its role and its words; over its characters where it has no word, or marks matter."""
    return [
        value
        ^ zlib.crc32(
            f"{turn.role}\0{_marked(turn.content) if value else turn.content.strip()}".encode("utf-8", "replace")
        )
        for value, turn in zip(own.tolist(), turns, strict=True)
    ]


def _marked(text: str) -> str:
    """Marks that change what is said though no word differs: 5+3 is not 5-3."""
    return text.encode("utf-8", "replace").translate(None, _MARKS).decode()


def _marks(row: TrainingRow) -> int:
    """A number from the marks of a row."""
    return zlib.crc32("\0".join(_marked(turn.content) for turn in _turns(row)).encode())


def _split(row: TrainingRow) -> str:
    named = row.metadata.get("split")
    return _split_named(named if isinstance(named, str) else row.file)


@lru_cache(maxsize=64)
def _split_named(name: str) -> str:
    found = _SPLIT.search(PurePath(name).name.lower())
    return found[1] if found else ""


def _excerpt(row: TrainingRow) -> str:
    asked, said = (" ".join(text[:_CUT].split()) for text in (row.asked, row.answer))
    return f"{asked} → {said}" if asked and said else asked or said or row.text[:_CUT]


def _first_words(found: Words, turn: Places, able: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """High halves of the hashes of the first words of some turns, 0 where there is none; shape (n, 32)."""
    if not len(found.hashes):
        return np.zeros((len(turn), _OPENING), np.uint32)
    places = found.starts[turn][:, None] + np.arange(_OPENING)
    there = (places < found.starts[turn + 1][:, None]) & able[:, None]
    high = (found.hashes[np.minimum(places, len(found.hashes) - 1)] >> np.uint64(32)).astype(np.uint32)
    return np.where(there, high | np.uint32(2), np.uint32(0))


def _equal(values: Hashes) -> Iterator[list[int]]:
    """Places of equal values, 0 aside; each group and the groups in order of their first place."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    cuts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    groups = [own for own in np.split(order, cuts) if len(own) > 1 and values[own[0]]]
    yield from (own.tolist() for own in sorted(groups, key=lambda own: int(own[0])))
