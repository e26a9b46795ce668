"""Rows against a behaviour contract, clause by clause: how many break it, and how sure that is of the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from assay.checks.asked import output_of, sample_of, waiting
from assay.checks.check import Defect, Gathered
from assay.checks.drawn import Drawn
from assay.domain.behaviour import Behaviour
from assay.domain.sample import Sample
from assay.domain.training import TrainingRow
from assay.domain.trial import Output
from assay.domain.verdict import Finding, Severity
from assay.scorers.clause import Answered, Clause
from assay.scorers.clauses import clauses
from assay.statistics.proportion import clopper_pearson

DRAWN = 5000
"""Most rows on which the clauses that ask a model are judged."""
_ROUNDING = 1e-9
_BOUNDARY = frozenset({"refuse", "answer", "escalate", "abstain"})
"""Clauses whose breach teaches the model to do what it must not."""
IDLE = Defect(
    code="contract.unmeasured",
    severity="info",
    message="clauses of the contract reach no row",
    remediation="Give the rows the metadata by which a clause knows its rows (docs/data/contract.md), or add such rows",
)


CODES = (
    "contract.emoji", "contract.exclamation", "contract.address", "contract.speaker", "contract.greeting",
    "contract.closing", "contract.phrases", "contract.refuse", "contract.answer", "contract.escalate",
    "contract.names_boundary", "contract.offers_alternative", "contract.no_lecture", "contract.markdown",
    "contract.lists", "contract.tables", "contract.headings", "contract.code_fences", "contract.asked_form",
    "contract.hedging", "contract.overconfidence", "contract.abstain", "contract.certain_words", "contract.words",
    "contract.median", "contract.language",
)  # fmt: skip
"""One for each clause; the medians of all kinds of request share one."""


@dataclass(slots=True)
class _Tally:
    """Rows that a clause was judged on."""

    judged: int = 0
    broken: int = 0
    files: Counter[str] = field(default_factory=Counter)
    gathered: Gathered = field(default_factory=Gathered)


class BehaviourRows:
    """Answers that break a clause of the contract; beyond what a clause allows they weigh more."""

    def __init__(self, contract: Behaviour, drawn: int = DRAWN) -> None:
        every = clauses(contract)
        self._contract = contract
        self._cheap = [one for one in every if not one.dear]
        self._dear = [one for one in every if one.dear]
        self._tallies = {one.name: _Tally() for one in every}
        self._waiting: Drawn[tuple[str, int, Sample, Output]] = Drawn(drawn)
        self._read = False

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if not row.answers or row.shape == "text" or not row.answer.strip():
            return
        if self._cheap:
            answered = Answered(sample_of(row), output_of(row))
            for clause in self._cheap:
                self._judge(clause, row.file, row.line, answered)
        if self._dear:
            self._waiting.add(row, lambda: waiting(row))

    def findings(self) -> Iterator[Finding]:
        """One finding for each clause and file with rows that break it."""
        self._read_waiting()
        for clause in (*self._cheap, *self._dear):
            yield from self._told(clause)
        idle = [name for name, tally in self._tallies.items() if not tally.judged]
        if idle and self._waiting.offered + sum(tally.judged for tally in self._tallies.values()):
            yield Finding(
                code=IDLE.code,
                severity=IDLE.severity,
                message=f"{len(idle)} {IDLE.message}: {', '.join(idle)}",
                where={"file": self._contract.file},
                evidence={"clauses": idle},
                remediation=IDLE.remediation,
            )

    def _read_waiting(self) -> None:
        if self._read:
            return
        self._read = True
        for file, line, sample, output in self._waiting.items:
            answered = Answered(sample, output)
            for clause in self._dear:
                self._judge(clause, file, line, answered)

    def _judge(self, clause: Clause, file: str, line: int, answered: Answered) -> None:
        kept = clause.kept(answered)
        if kept.value is None:
            return
        tally = self._tallies[clause.name]
        tally.judged += 1
        tally.files[file] += 1
        if kept.value:
            return
        tally.broken += 1
        tally.gathered.add(
            _defect(clause, "info"), file, line, _shown(answered, (kept.spans and kept.spans[0].start) or 0), ""
        )

    def _told(self, clause: Clause) -> Iterator[Finding]:
        tally = self._tallies[clause.name]
        if not tally.broken or (_is_median(clause) and tally.broken <= tally.judged / 2):
            return  # a median has as many on its other side
        low, high = clopper_pearson(tally.broken, tally.judged)
        allowed = 1 - clause.at_least
        share = tally.broken / tally.judged
        drawn = clause.dear and self._waiting.offered > len(self._waiting.items)
        severity = _severity(clause, share > allowed + _ROUNDING, not drawn or low > allowed)
        for one in tally.gathered.findings():
            told = {
                "clause": clause.says, "judged": tally.judged, "broken": tally.broken, "share": round(share, 4),
                "low": round(low, 4), "high": round(high, 4), "limit": round(allowed, 4),
                "read": f"{len(self._waiting.items):,} of {self._waiting.offered:,} rows" if drawn else "all rows",
            }  # fmt: skip
            said = f"{share:.1%} of {tally.judged:,} [{low:.1%}, {high:.1%}], at most {allowed:.1%} may"
            yield replace(
                one, severity=severity, message=f"{one.message} ({said})",
                evidence={**one.evidence, **told}, remediation=_remedy(severity),
            )  # fmt: skip


def _defect(clause: Clause, severity: Severity) -> Defect:
    return Defect(
        code="contract.median" if _is_median(clause) else f"contract.{clause.name}",
        severity=severity,
        message=f"rows break the contract, {clause.says}",
        remediation="",
    )


def _is_median(clause: Clause) -> bool:
    return clause.name.startswith("median_")


def _severity(clause: Clause, beyond: bool, sure: bool) -> Severity:
    if not beyond:
        return "info"
    if not sure:
        return "low"
    return "high" if clause.name in _BOUNDARY else "medium"


def _remedy(severity: Severity) -> str:
    if severity == "info":
        return "Nothing: the contract allows as many. The rows are listed for those who want them out"
    return "Rewrite or remove the listed rows, or change the clause if the rows are meant so"


def _shown(answered: Answered, start: int) -> str:
    text = answered.output.text
    return text[max(0, start - 60) : start + 140]
