"""Does the answer loop, repeat itself, or dissolve into noise."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.domain.errors import PlanError
from assay.domain.metrics import standard
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score, Span
from assay.domain.trial import Output
from assay.scorers.noise import noise
from assay.scorers.reading import answer_start
from assay.scorers.repeats import repeats
from assay.scorers.wording import SHOWN, Piece

_READ = 200_000
_LONG = 400
_RUN = re.compile(r"([^\s\d.\-_=*~#|+])\1{15,}|(\S)\2{199,}")


@dataclass(frozen=True, slots=True)
class _Fault:
    what: str
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Degeneration:
    """Does the answer loop, repeat itself, or dissolve into noise?

    Looks for: in this order, one character 16 times in a row (rules and dots 200 times); characters that are no text
        (replacement and control characters, text read in the wrong encoding, strings of consonants, scripts mixed
        within words) above `noise`; words that stood before above `repeated` (whole sentences or list items, runs of
        eight words, up to eight words four times in a row); in answers of 400 characters or more, text that zlib
        packs to less than `packed` of its size. The first 200,000 characters are read.
    Why: a learning rate too high, a lost stop token or a gamed reward ends in loops before any benchmark moves.
    Misses: fluent nonsense; loops that vary their words; the same answer to every prompt (each looks fine by itself).
        Songs, tables and code repeat by right and are called degenerate when they do so in most of their words. An
        answer cut off at its limit is judged, because loops end there.
    Example: "I do. I do. I do. I do. I do. I do." gives degeneration = true.
    Settings: repeated (0.25), noise (0.3), packed (0.2).
    Measured: on answers of small recorded models, read and labelled by hand: docs/scorers/degeneration.md.
    Source: own; Holtzman et al. 2020 (neural text degeneration) for the behaviour.

    Examples:
        >>> asked = Sample(id="1", input="?")
        >>> Degeneration().score(asked, Output(text="The river flows to the sea."))[0].value
        False
        >>> Degeneration().score(asked, Output(text="the end of " * 20))[0].value
        True
    """

    name: ClassVar[str] = "degeneration"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset({"truncated"})

    repeated: float = 0.25
    """Largest share of words that stood before."""
    noise: float = 0.3
    """Largest share of the text that is no text."""
    packed: float = 0.2
    """Smallest size that zlib may pack a long answer to, as a share."""

    def __post_init__(self) -> None:
        for name in ("repeated", "noise", "packed"):
            if not 0 < getattr(self, name) < 1:
                raise PlanError(f"{name}: expected a share between 0 and 1; it is {getattr(self, name)}")

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`degeneration`."""
        return (standard("degeneration"),)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether the answer is degenerate, and by what."""
        start = answer_start(output.text)
        text = output.text[start : start + _READ] if start is not None else ""
        cause = "reasoning only" if start is None else "" if text.strip() else "empty"
        fault = None if cause else self._fault(text)
        return (
            Score(
                metric="degeneration",
                value=None if cause else fault is not None,
                unscored=cause,
                answer="degenerate" if fault else "" if cause else "sound",
                explanation=fault.what if fault else "" if cause else "no loop, repeat or noise",
                evidence=tuple(
                    Span(start=(start or 0) + piece.start, end=(start or 0) + piece.end, reason="repeats or noise")
                    for piece in (fault.pieces[:SHOWN] if fault else ())
                ),
                scorer=self.name,
                version=self.version,
            ),
        )

    def _fault(self, text: str) -> _Fault | None:
        run = _RUN.search(text)
        if run:
            return _Fault(f"{len(run[0])} times {run[0][0]!r} in a row", (Piece(run.start(), run[0]),))
        heard = noise(text)
        if heard.share > self.noise:
            return _Fault(f"{heard.share:.0%} of the text is noise: {heard.what}", heard.pieces)
        again = repeats(text)
        if again.share > self.repeated:
            return _Fault(f"{again.share:.0%} of the words stood before: {again.what}", again.pieces)
        return self._packed(text)

    def _packed(self, text: str) -> _Fault | None:
        if len(text) < _LONG:
            return None
        raw = text.encode("utf-8", "surrogatepass")
        size = len(zlib.compress(raw, 6)) / len(raw)
        if size >= self.packed:
            return None
        return _Fault(f"packs to {size:.0%} of its size", (Piece(0, text),))
