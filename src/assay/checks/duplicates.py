"""Rows that say the same: equal, nearly equal, without words, one prompt answered twice, one answer given to many
prompts, conversations inside others, families of one form; and copies on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.checks.blocks import Block, Waiting
from assay.checks.check import Defect, located
from assay.checks.families import families
from assay.checks.near import Near, keep
from assay.checks.remembered import Remembered
from assay.checks.words import Hashes, Places
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

NEAR = 0.5
"""Share of runs of three words in common from which rows are near: one word in ten may differ, or one passage."""
_FEWEST_PROMPTS = 3
_EXAMPLES = 5


_EXACT = Defect(
    code="duplicate.exact",
    severity="medium",
    message="rows repeat another row, up to case, blanks and punctuation",
    remediation="Keep the row named as `keep` of each group; repeated rows are learned by heart and weigh double",
)
_NEAR = Defect(
    code="duplicate.near",
    severity="low",
    message="rows nearly repeat another row",
    remediation="Read the groups, largest first, and keep one row of each, or as many as the variation is worth",
)
_WORDLESS = Defect(
    code="duplicate.wordless",
    severity="low",
    message="rows have no word at all",
    remediation="Look whether text was lost on the way; drop the rows if nothing is meant to be learned from them",
)
_PROMPT = Defect(
    code="duplicate.prompt",
    severity="low",
    message="rows answer a prompt that another row answers differently",
    remediation="Check that the answers do not contradict each other; keep the better one, or make preference pairs",
)
_ANSWER = Defect(
    code="duplicate.answer",
    severity="low",
    message="rows give an answer that rows with other prompts give too",
    remediation="Look for boilerplate and refusals by rote; keep the answer only where it fits its prompt",
)
_PREFIX = Defect(
    code="duplicate.prefix",
    severity="low",
    message="rows are the beginning of a longer conversation in another row",
    remediation="Keep the longer conversation and drop its beginnings, unless each turn is trained on by itself",
)
_TEMPLATE = Defect(
    code="duplicate.template",
    severity="info",
    message="rows belong to families of one form with other words filled in",
    remediation="Cap the size of each family: a form seen a thousand times is learned as one",
)
_LEAK = Defect(
    code="contamination.split",
    severity="high",
    message="rows repeat or nearly repeat a row of another split",
    remediation="Take these rows out of the training split: what is measured on the other split is remembered",
)


_SAMPLED = Defect(
    code="duplicate.sampled",
    severity="info",
    message="rows were too many to hold each against each",
    remediation="Check parts of the data by themselves, if every near copy must be found; equal rows all are",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows that belong together."""

    keep: int
    """Place of the row that stands for the others, in the order in which rows were added."""
    drop: tuple[int, ...]
    """Places of the others."""


class Duplicates:
    """Takes rows one by one; holds about eight bytes a word up to a fixed amount, and 70 a row.

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
        self._rows = Remembered()
        self._waiting = Waiting()
        self._groups: _Groups | None = None

    def add(self, row: TrainingRow) -> None:
        """Look at a row.

        Raises:
            RuntimeError: Findings were asked for already; what they are made of is given up then.
        """
        if self._groups is not None:
            raise RuntimeError("findings were asked for; rows that come later need a new Duplicates()")
        for block in self._waiting.add(row):
            self.take(block)

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        self._rows.take(block)

    def findings(self) -> Iterator[Finding]:
        """One finding for each kind of repetition and file; the rows named are those that could go."""
        found = self._made()
        yield from found.sampled()
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
        return self._made().kept

    def _made(self) -> _Groups:
        if self._groups is None:
            for block in self._waiting.rest():
                self.take(block)
            self._groups = _Groups(self._rows, self.threshold)
        return self._groups


class _Groups:
    """Groups of rows, each kind made when it is asked for."""

    def __init__(self, rows: Remembered, threshold: float) -> None:
        self._rows = rows
        self._near: Near = rows.joined.near(threshold)
        self._all = rows.columns()
        self._files = list(rows.files)

    def sampled(self) -> Iterator[Finding]:
        """Says so where not all rows were compared."""
        near, openings, left_out = self._near.one_in, 1 << self._rows.openings.halved, self._rows.left_out
        if max(near, openings) == 1 and not left_out:
            return
        rest = f"; {left_out:,} rows beyond the first {len(self._all):,} were not compared" if left_out else ""
        yield Finding(
            code=_SAMPLED.code,
            severity=_SAMPLED.severity,
            message=f"near copies were looked for among one in {near:,} of the rows, "
            f"forms among one in {openings:,}{rest}",
            where={"file": self._files[0], "lines": []},
            evidence={
                "rows": len(self._all),
                "near_one_in": near,
                "forms_one_in": openings,
                "left_out": left_out,
            },
            remediation=_SAMPLED.remediation,
        )

    @cached_property
    def kept(self) -> NDArray[np.bool_]:
        """Rows that stay, order-free but for copies: most neighbours first, then longer, then by hash."""
        rank = np.empty(len(self._all))
        rank[np.lexsort((self._all["words"], self._all["length"]))] = np.arange(len(rank))
        return keep(self._near, rank)

    @cached_property
    def exact(self) -> list[Group]:
        """Rows with the same words and marks; the first stays."""
        return [Group(keep=own[0], drop=tuple(own[1:])) for own in _equal(self._all["key"])]

    @cached_property
    def near(self) -> list[Group]:
        """Rows linked by nearness without those that are equal to another; a kept row stands for all."""
        again = {place for group in self.exact for place in group.drop}
        cluster = self._near.cluster
        found = []
        for own in _equal(cluster + 1):
            different = [place for place in own if place not in again]
            if len(different) > 1:
                lead = next((place for place in different if self.kept[place]), different[0])
                found.append(Group(keep=lead, drop=tuple(place for place in different if place != lead)))
        return found

    @cached_property
    def leaks(self) -> list[Group]:
        """Rows of training splits that are linked with rows of others."""
        split = self._all["split"]
        if len(set(split.tolist()) - {0}) < 2:
            return []
        train = self._rows.splits.get("train", -1)
        found = []
        for own in _equal(self._near.cluster + 1):
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
        return list(self._same("prompt", "answer", 2))

    @cached_property
    def answers(self) -> list[Group]:
        """One answer, different prompts."""
        return list(self._same("answer", "prompt", _FEWEST_PROMPTS, self._all["long"]))

    @cached_property
    def prefixes(self) -> list[Group]:
        """Conversations with which longer ones begin; the longer one stays."""
        before, rows = self._rows.before()
        if not len(before):
            return []
        order = np.argsort(before, kind="stable")
        before = before[order]
        chats = np.flatnonzero(self._all["chat"])
        place = np.minimum(np.searchsorted(before, self._all["whole"][chats]), len(before) - 1)
        found = np.flatnonzero(before[place] == self._all["whole"][chats])
        return [Group(keep=int(rows[order[place[one]]]), drop=(int(chats[one]),)) for one in found]

    @cached_property
    def families(self) -> list[Group]:
        """Rows of one form, by what is asked, and by what is answered where the asking has none."""
        found: list[Group] = []
        taken: set[int] = set()
        numbers, *parts = self._rows.openings.told()
        for openings in parts:
            for own in families(openings):
                rest = [place for place in numbers[own].tolist() if place not in taken]
                if len(rest) > 1:
                    found.append(Group(keep=rest[0], drop=tuple(rest[1:])))
                    taken.update(rest)
        return found

    def told(self, kind: Defect, groups: Sequence[Group]) -> Iterator[Finding]:
        """One finding per file with rows that could go, largest groups first in its examples."""
        of, lines_of = self._all["file"], self._all["line"]
        by_file: dict[int, list[tuple[int, Group]]] = {}
        for group in groups:
            for file in dict.fromkeys(of[list(group.drop)].tolist()):
                by_file.setdefault(file, []).append((file, group))
        for file, own in by_file.items():
            places = np.array([place for _, group in own for place in group.drop])
            lines = np.unique(lines_of[places[of[places] == file]]).tolist()
            largest = sorted((group for _, group in own), key=lambda group: -len(group.drop))
            examples = [self._example(group, file) for group in largest[:_EXAMPLES]]
            yield located(kind, self._files[file], lines, {"groups": len(own), "examples": examples})

    def _example(self, group: Group, file: int) -> Mapping[str, Any]:
        other = next(place for place in group.drop if self._all["file"][place] == file)
        return {
            "keep": self._place(group.keep),
            "line": int(self._all["line"][other]),
            "rows": len(group.drop) + (group.keep not in group.drop),
            "kept_text": self._rows.excerpts.of(group.keep),
            "text": self._rows.excerpts.of(other),
        }

    def _place(self, place: int) -> str:
        return f"{self._files[self._all['file'][place]]}:{self._all['line'][place]}"

    def _same(self, same: str, different: str, least: int, able: NDArray[np.bool_] | None = None) -> Iterator[Group]:
        """Chat rows alike in one part, with at least so many values of the other."""
        chat = self._all["chat"]
        places = np.flatnonzero(chat if able is None else chat & able)
        other = self._all[different]
        for own in _equal(self._all[same][places] | np.uint64(1)):
            rows = places[own]
            first: dict[int, int] = {}
            for row, value in zip(rows.tolist(), other[rows].tolist(), strict=True):
                first.setdefault(value, row)
            if len(first) >= least:
                lead, *rest = first.values()
                yield Group(keep=lead, drop=tuple(rest))


def _equal(values: Hashes | Places) -> Iterator[list[int]]:
    """Places of equal values, 0 aside; each group and the groups in order of their first place."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    again = np.zeros(len(values) + 1, np.bool_)
    again[1:-1] = (ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)
    begins = np.flatnonzero(again[1:] & ~again[:-1])
    ends = np.flatnonzero(again[:-1] & ~again[1:]) + 1
    first = np.argsort(order[begins], kind="stable")
    for begin, end in zip(begins[first].tolist(), ends[first].tolist(), strict=True):
        yield order[begin:end].tolist()
