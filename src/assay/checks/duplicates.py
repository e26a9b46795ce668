"""Rows that say the same: equal, nearly equal, without words, one prompt answered twice, one answer given to many
prompts, conversations inside others, families of one form; and copies on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from assay.checks.blocks import Block, Waiting
from assay.checks.check import Defect
from assay.checks.equals import AT_ONCE
from assay.checks.groups import Groups, Listed
from assay.checks.remembered import Remembered
from assay.checks.repeated import Repeated
from assay.checks.spool import HELD, Spool
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
        self._groups: Repeated | None = None

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
        made = self._made()
        yield from self._sampled(made)
        yield from self._told(_EXACT, made.exact())
        near, leaks = Listed(self._rows), Listed(self._rows)
        for cluster in made.clusters():
            near.add(cluster.near(made.gone))
            leaks.add(cluster.leaks())
        yield from near.findings(_NEAR)
        yield from leaks.findings(_LEAK)
        yield from self._told(_WORDLESS, made.wordless())
        yield from self._told(_PROMPT, made.same("prompt", "answer", 2, ("chat",)))
        yield from self._told(_ANSWER, made.same("answer", "prompt", _FEWEST_PROMPTS, ("chat", "long")))
        yield from self._told(_PREFIX, made.prefixes())
        yield from self._told(_TEMPLATE, made.families())

    def kept(self) -> NDArray[np.bool_]:
        """Which rows to keep so that no two are equal or near, in the order in which they were added."""
        return self._made().kept()

    def _made(self) -> Repeated:
        if self._groups is None:
            for block in self._waiting.rest():
                self.take(block)
            self._groups = Repeated(self._rows, self.threshold)
        return self._groups

    def _told(self, kind: Defect, groups: Iterable[Groups]) -> Iterator[Finding]:
        listed = Listed(self._rows)
        for some in groups:
            listed.add(some)
        return listed.findings(kind)

    def _sampled(self, made: Repeated) -> Iterator[Finding]:
        """Says so where not all rows were compared."""
        rows = self._rows
        near, openings, left_out = made.near.one_in, 1 << rows.openings.halved, rows.left_out
        up_to = made.near.up_to
        if max(near, openings) == 1 and not left_out and not up_to:
            return
        rest = f"; {left_out:,} rows beyond the first {rows.count:,} were not compared" if left_out else ""
        if up_to:
            rest += f"; of more than {up_to:,} rows with a rare passage in common not each pair was named"
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
                "pairs": len(made.near.left),
                "each_pair_up_to": up_to,
            },
            remediation=_SAMPLED.remediation,
        )
