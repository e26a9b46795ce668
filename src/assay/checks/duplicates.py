"""Rows that say the same: equal, nearly equal, without words, one prompt answered twice, one answer given to many
prompts, conversations inside others, families of one form; and copies on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from assay.checks.blocks import Block, Waiting
from assay.checks.check import Defect
from assay.checks.equals import AT_ONCE, Scan, changes, ranges, sorted_by
from assay.checks.families import families
from assay.checks.groups import Groups, Listed, led
from assay.checks.near import gone
from assay.checks.remembered import Remembered
from assay.checks.spool import HELD, Spool
from assay.checks.words import Hashes, Places
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

NEAR = 0.5
"""Share of runs of three words in common from which rows are near: one word in ten may differ, or one passage."""
_FEWEST_PROMPTS = 3


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


class Duplicates:
    """Takes rows one by one; keeps about eight bytes a word up to a fixed amount, and 75 a row, most of it in a file.

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

    def __init__(self, threshold: float = NEAR, held: int = HELD, at_once: int = AT_ONCE) -> None:
        self.threshold = threshold
        """Jaccard index of runs of three words from which rows are near."""
        self._rows = Remembered(spool=Spool(held), at_once=at_once)
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
        yield from self._made().findings()

    def kept(self) -> NDArray[np.bool_]:
        """Which rows to keep so that no two are equal or near, in the order in which they were added."""
        return self._made().kept()

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
        self._near = rows.joined.pairs(threshold)
        self._gone = gone(self._near, self._worth)

    def findings(self) -> Iterator[Finding]:
        """All findings."""
        yield from self._sampled()
        yield from self._told(_EXACT, self._exact())
        near, leaks = Listed(self._rows), Listed(self._rows)
        for cluster in self._clusters():
            near.add(cluster.near(self._gone))
            leaks.add(cluster.leaks())
        yield from near.findings(_NEAR)
        yield from leaks.findings(_LEAK)
        yield from self._told(_WORDLESS, self._wordless())
        yield from self._told(_PROMPT, self._same("prompt", "answer", 2, ("chat",)))
        yield from self._told(_ANSWER, self._same("answer", "prompt", _FEWEST_PROMPTS, ("chat", "long")))
        yield from self._told(_PREFIX, self._prefixes())
        yield from self._told(_TEMPLATE, self._families())

    def kept(self) -> NDArray[np.bool_]:
        """Rows that stay, order-free but for copies: most neighbours first, then longer, then by hash."""
        found = np.ones(self._rows.count, np.bool_)
        for values, places in self._ranges("words"):
            order = sorted_by(values)
            found[places[order[~changes(values[order])]]] = False
        found[self._gone] = False
        return found

    def _told(self, kind: Defect, groups: Iterable[Groups]) -> Iterator[Finding]:
        listed = Listed(self._rows)
        for some in groups:
            listed.add(some)
        return listed.findings(kind)

    def _ranges(self, name: str) -> Iterator[tuple[Hashes, Places]]:
        """A column's values and their places, range by range."""
        scan = self._rows.columns[name].parts
        return (own for [own] in ranges(self._rows.count, scan, at_once=self._rows.at_once))

    def _worth(self, places: Places) -> Places:
        """A number for each of some rows, higher for longer ones, then by hash."""
        rank = np.empty(len(places), np.int64)
        rank[sorted_by(self._rows.at("length", places), self._rows.at("words", places))] = np.arange(len(places))
        return rank

    def _sampled(self) -> Iterator[Finding]:
        """Says so where not all rows were compared."""
        rows = self._rows
        near, openings, left_out = self._near.one_in, 1 << rows.openings.halved, rows.left_out
        if max(near, openings) == 1 and not left_out:
            return
        rest = f"; {left_out:,} rows beyond the first {rows.count:,} were not compared" if left_out else ""
        yield Finding(
            code=_SAMPLED.code,
            severity=_SAMPLED.severity,
            message=f"near copies were looked for among one in {near:,} of the rows, "
            f"forms among one in {openings:,}{rest}",
            where={"file": next(iter(rows.files)), "lines": []},
            evidence={
                "rows": rows.count,
                "near_one_in": near,
                "forms_one_in": openings,
                "left_out": left_out,
            },
            remediation=_SAMPLED.remediation,
        )

    def _exact(self) -> Iterator[Groups]:
        """Rows with the same words and marks; the first stays."""
        for values, places in self._ranges("key"):
            order = sorted_by(values)
            yield led(changes(values[order]), places[order])

    def _clusters(self) -> Iterator[_Cluster]:
        """Rows linked by nearness or by equal words, directly or through others."""
        involved, lead = self._near.leads()
        own, label = self._rows.at("words", involved), self._rows.at("words", lead)
        order = np.argsort(own)
        own, label = own[order], label[order]

        def scan() -> Iterator[tuple[int, Hashes]]:
            for begin, words in self._rows.columns["words"].parts():
                if not len(own):
                    yield begin, words
                    continue
                place = np.minimum(np.searchsorted(own, words), len(own) - 1)
                yield begin, np.where(own[place] == words, label[place], words)

        for [(values, places)] in ranges(self._rows.count, scan, at_once=self._rows.at_once):
            yield _Cluster(self._rows, *_several(values, places))

    def _wordless(self) -> Iterator[Groups]:
        """Rows without a word."""
        for begin, words in self._rows.columns["words"].parts():
            found = begin + np.flatnonzero(words == 0)
            yield Groups(order=found, keep=found, drop=found, of=np.arange(len(found)))

    def _same(self, same: str, different: str, least: int, able: Sequence[str]) -> Iterator[Groups]:
        """Rows alike in one part, with at least so many values of the other."""
        for [(values, places)] in ranges(self._rows.count, self._scan(same, *able), at_once=self._rows.at_once):
            group, rows = _several(values, places)
            other = self._rows.at(different, rows)
            order = sorted_by(group, other)
            first = np.sort(order[changes(group[order], other[order])])
            group, rows = group[first], rows[first]
            enough = (np.bincount(group) >= least)[group]
            yield led(changes(group[enough]), rows[enough])

    def _scan(self, name: str, *able: str) -> Scan:
        """A column of the rows that are able, 0 for the others and never for them."""

        def scan() -> Iterator[tuple[int, Hashes]]:
            columns = [self._rows.columns[each].parts() for each in (name, *able)]
            for (begin, values), *kinds in zip(*columns, strict=True):
                yield begin, np.where(np.all([each for _, each in kinds], axis=0), values | np.uint64(1), np.uint64(0))

        return scan

    def _prefixes(self) -> Iterator[Groups]:
        """Conversations with which longer ones begin; the longer one stays."""

        def before() -> Iterator[tuple[int, Hashes]]:
            return ((begin, part | np.uint64(1)) for begin, part in self._rows.before.parts())

        count = max(self._rows.count, len(self._rows.before))
        scans = before, self._scan("whole", "chat")
        for (begun, at), (whole, rows) in ranges(count, *scans, at_once=self._rows.at_once):
            order = sorted_by(begun)
            begun = begun[order]
            place = np.searchsorted(begun, whole)
            found = np.flatnonzero(np.append(begun, 0)[place] == whole)
            keep = self._rows.before_row.at(at[order[place[found]]]).astype(np.int64)
            yield Groups(order=rows[found], keep=keep, drop=rows[found], of=np.arange(len(found)))

    def _families(self) -> Iterator[Groups]:
        """Rows of one form, by what is asked, and by what is answered where the asking has none."""
        taken: set[int] = set()
        numbers, *parts = self._rows.openings.told()
        for openings in parts:
            for own in families(openings):
                rest = [place for place in numbers[own].tolist() if place not in taken]
                begins = np.arange(len(rest)) == 0
                yield led(begins, np.array(rest, np.int64), np.array([len(taken)]))
                taken.update(rest if len(rest) > 1 else ())


class _Cluster:
    """Some groups of rows linked by nearness or equal words, whole ones."""

    def __init__(self, rows: Remembered, group: Places, places: Places) -> None:
        self._rows = rows
        self._group, self._places = group, places
        self._order = places[changes(group)]

    def near(self, out: Places) -> Groups:
        """Rows without those that are equal to another; one that is not `out` stands for all."""
        group, places = self._group, self._places
        kept = self._firsts("words")
        kept &= ~np.isin(places, out)
        different = self._firsts("key")
        group, places, kept = group[different], places[different], kept[different]
        begins = np.flatnonzero(changes(group))
        lead = begins.copy()
        able = np.flatnonzero(kept)
        able = able[changes(group[able])]
        lead[group[able]] = able
        return _led_by(group, places, lead, self._order)

    def leaks(self) -> Groups:
        """Rows of training splits that are linked with rows of others."""
        split, train = self._rows.at("split", self._places), self._rows.splits.get("train", -1)
        held = np.flatnonzero((split != 0) & (split != train))
        held = held[changes(self._group[held])]
        of = np.full(len(self._order), -1)
        of[self._group[held]] = np.arange(len(held))
        learned = np.flatnonzero((split == train) & (of[self._group] >= 0))
        return Groups(
            order=self._order[self._group[held]], keep=self._places[held], drop=self._places[learned],
            of=of[self._group[learned]],
        )  # fmt: skip

    def _firsts(self, name: str) -> NDArray[np.bool_]:
        """Which rows are the first of their group with their value of a column."""
        values = self._rows.at(name, self._places)
        order = sorted_by(self._group, values)
        found = np.zeros(len(order), np.bool_)
        found[order[changes(self._group[order], values[order])]] = True
        return found


def _led_by(group: Places, places: Places, lead: Places, order: Places) -> Groups:
    """Groups of which a row stays that need not be the first; those of one row are left out."""
    several = np.bincount(group, minlength=len(lead)) > 1
    rest = several[group]
    rest[lead] = False
    return Groups(
        order=order[several], keep=places[lead[several]], drop=places[rest], of=(np.cumsum(several) - 1)[group[rest]]
    )


def _several(values: Hashes, places: Places) -> tuple[Places, Places]:
    """Rows with values that others have too: number of the value, and place; by both, ascending."""
    order = sorted_by(values)
    group = np.cumsum(changes(values[order])) - 1
    several = (np.bincount(group) > 1 if len(group) else np.zeros(0, np.bool_))[group]
    group = group[several]
    return np.cumsum(changes(group)) - 1, places[order[several]]
