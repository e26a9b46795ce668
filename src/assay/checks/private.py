"""Personal data and secrets in a row: what, where, and shown so that it is not told again."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from assay.checks.blocks import Block, turns_of
from assay.checks.check import Defect, Gathered
from assay.checks.prefilter import Prefilter, prefilter
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.scorers.finding import Found
from assay.scorers.folding import folded
from assay.scorers.personal import WITH_DIGITS, found, lowered
from assay.scorers.spelling import squeezed, value

MOST_VALUES = 100_000
"""Different values that are told apart per finding; beyond, the number is a least."""
MOST_ITEMS = 1_000
"""Items of one turn that are taken; a row that is a whole address book needs no more to be found."""
_DIGIT = re.compile("[0-9]")
_SHOWN = 40
"""Characters of a masked value that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One item that a row holds."""

    type: str
    """What it is, in the scorer's words: email, phone, ..."""
    masked: str
    """Its form, without what it says."""
    key: int
    """A hash of its value, the same for all spellings within one process."""
    learned: bool
    """Whether it stands in an answer, or in plain text, and not in what the answer was given."""
    repeated: bool = False
    """Whether an answer says it after the prompt did."""


@lru_cache(maxsize=16)
def private(text: str) -> tuple[Found, ...]:
    """Personal data and secrets in a text, but for web addresses; read once however many checks ask.

    Examples:
        >>> [find.type for find in private("Mail ana@posteo.de, see https://posteo.de")]
        ['email']
    """
    return read(text, _engine())


def read(text: str, may: Prefilter | None) -> tuple[Found, ...]:
    """The same with a given prefilter, or with none."""
    finds = found(text, may=may)
    if (
        may is not None and finds and ("://" in text or "www." in text.lower())
    ):  # digits of a web address are no phone number
        finds = found(text, may=lambda plain, low: {*may(plain, low), "web"})
    return tuple(find for find in finds if find.type != "url")


@cache
def _engine() -> Prefilter:
    return prefilter()[1]


@dataclass(slots=True)
class _Last:
    """The block that was asked for last; several checks ask for one block, one after another."""

    block: Block | None = None
    rows: tuple[tuple[TrainingRow, tuple[Held, ...]], ...] = ()


_LAST = _Last()


def holding(block: Block) -> tuple[tuple[TrainingRow, tuple[Held, ...]], ...]:
    """The rows of a block that hold something, with all their items; read once however many checks ask."""
    if _LAST.block is not block:
        _LAST.rows = tuple((row, found) for row in block.rows if (found := held(row)))
        _LAST.block = block
    return _LAST.rows


def held(row: TrainingRow) -> tuple[Held, ...]:
    """All items of a row: those of the prompt, and those that only an answer holds."""
    return tuple(_items(row))


def _items(row: TrainingRow) -> list[Held]:
    turns = turns_of(row)
    families = _families("\n".join([*_texts(turns), *row.context]))
    if not families:
        return []
    learned = [turn for turn in turns if turn.role == "assistant" or row.shape == "text"]
    given = [turn for turn in turns if turn.role != "assistant" and row.shape != "text"]
    texts = [*_texts(given), *row.context]
    told = [(text, find) for text in texts for find in _finds(text, families)]
    said = [(text, find) for text in _texts(learned) for find in _finds(text, families)]
    if not said:
        return [_held(text, find, learned=False) for text, find in told]
    known = squeezed("\n".join(texts))
    own = [(text, find, value(find, text) in known) for text, find in said]
    items = [_held(text, find, learned=not repeated, repeated=repeated) for text, find, repeated in own]
    return [*(_held(text, find, learned=False) for text, find in told), *items]


def _finds(text: str, families: Collection[str]) -> tuple[Found, ...]:
    """What a turn holds of some families."""
    if text.isascii() and WITH_DIGITS.issuperset(families) and not _DIGIT.search(text):
        return ()
    return read(text, lambda plain, low: families)[:MOST_ITEMS]


def _families(text: str) -> Collection[str]:
    """Families of which one of the turns in a text may hold something: of most rows none, and that is seen at once."""
    plain = folded(text).text
    return _engine()(plain, lowered(plain))


def _texts(turns: list[Message]) -> Iterator[str]:
    for turn in turns:
        if turn.content:
            yield turn.content
        for call in turn.tool_calls:
            yield call.raw or json.dumps(call.arguments, ensure_ascii=False, default=str)


def _held(text: str, find: Found, *, learned: bool, repeated: bool = False) -> Held:
    shown = masked(text[find.start : find.end], find.type)
    return Held(
        type=find.type, masked=shown, key=hash((find.type, value(find, text))), learned=learned, repeated=repeated
    )


def masked(said: str, kind: str) -> str:
    """The form of a value: its first letter or digit, of a domain the first letter and the ending, else asterisks.

    Examples:
        >>> masked("ana.ruiz@posteo.de", "email"), masked("4556 6019 3807 1755", "credit_card")
        ('a***@p***.de', '4*** **** **** ****')
        >>> masked("ghp_a8Fj2kLmQ9xTz7Rw4Yb", "github_token")
        'g***'
    """
    if kind == "email" and "@" in said:
        name, _, host = said.rpartition("@")
        return f"{name[:1]}***@{host[:1]}***.{host.rpartition('.')[2]}"[:_SHOWN]
    if kind in _SPACED:
        return said[:1] + re.sub(r"[^\W_]", "*", said[1:_SHOWN])
    return f"{said[:1]}***"


_SPACED = frozenset({"credit_card", "phone", "iban", "ssn", "ip", "address"})
"""Kinds whose blanks and dashes help to recognise them and tell nothing."""


@dataclass(slots=True)
class Kept:
    """Rows with private items, put together by defect and file, with the number of different values."""

    gathered: Gathered = field(default_factory=Gathered)
    _values: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    _repeated: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, defect: Defect, row: TrainingRow, item: Held) -> None:
        """Take in an item of a row."""
        self.gathered.add(defect, row.file, row.line, f"{item.type} {item.masked}", item.type)
        values = self._values.setdefault((defect.code, row.file), set())
        if len(values) < MOST_VALUES:
            values.add(item.key)
        if item.repeated:
            place = (defect.code, row.file)
            self._repeated[place] = self._repeated.get(place, 0) + 1

    def findings(self) -> Iterator[Finding]:
        """One finding for each defect and file."""
        for finding in self.gathered.findings():
            place = (finding.code, finding.where["file"])
            count = len(self._values[place])
            more = {"distinct_values": count}
            if count == MOST_VALUES:
                more["distinct_values_at_least"] = more.pop("distinct_values")
            if place in self._repeated:
                more["repeated_in_answers"] = self._repeated[place]
            yield replace(finding, evidence={**finding.evidence, **more})


class PrivateRows(ABC):
    """A check of what rows hold of people: each item is a defect, or none of this check's."""

    def __init__(self) -> None:
        self._kept = Kept()

    @abstractmethod
    def defect_of(self, item: Held) -> Defect | None:
        """What is wrong with an item; None when another check tells."""

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        self._look(row, held(row))

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        for row, items in holding(block):
            self._look(row, items)

    def _look(self, row: TrainingRow, items: Sequence[Held]) -> None:
        for item in items:
            defect = self.defect_of(item)
            if defect is not None:
                self._kept.add(defect, row, item)

    def findings(self) -> Iterator[Finding]:
        """One finding for each family and file."""
        return self._kept.findings()
