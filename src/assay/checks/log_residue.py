"""Traces of real logs in texts: log lines, mail headers, sessions, masks; worst where a row says it is synthetic."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.checks.blocks import Block
from assay.checks.check import Defect, Gathered
from assay.checks.log_traces import holding, traces
from assay.checks.synthetic_rows import written_by_a_model
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

_ELSEWHERE = (
    "Look where the texts come from: whoever was logged did not write for training; take out or rewrite these rows"
)
RESIDUE = Defect(
    code="privacy.log_residue",
    severity="medium",
    message="rows have traces of real logs: log lines, mail headers, sessions, tickets, internal hosts",
    remediation=_ELSEWHERE,
)
SYNTHETIC_RESIDUE = Defect(
    code="privacy.synthetic_log_residue",
    severity="high",
    message="rows have traces of real logs beside a generator in the metadata: real text went into the synthesis",
    remediation="Find the seed texts of these rows; what else the generator was shown may stand in others unseen",
)
MASK = Defect(
    code="privacy.mask",
    severity="low",
    message="rows have masks where personal data stood, such as <EMAIL_ADDRESS> or NAME_1",
    remediation="Put made-up values in their place, the model learns to write masks; look for what the masking missed",
)
SYNTHETIC_MASK = Defect(
    code="privacy.synthetic_mask",
    severity="medium",
    message="rows have masks of personal data beside a generator in the metadata: the seeds were real",
    remediation=MASK.remediation,
)


class LogResidue:
    """Log lines, chat logs, mail headers, sessions, tickets, signatures, internal hosts; masks of personal data."""

    def __init__(self) -> None:
        self._gathered = Gathered()

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        for row in holding(block):
            self.add(row)

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        text = row.text
        found = list(traces(text))
        if not found:
            return
        made = written_by_a_model(row)
        for trace, start, end in found:
            if trace.mask:
                defect = SYNTHETIC_MASK if made else MASK
            else:
                defect = SYNTHETIC_RESIDUE if made else RESIDUE
            self._gathered.add(defect, row.file, row.line, form_of(text[start:end]), trace.kind)

    def findings(self) -> Iterator[Finding]:
        """One finding for each kind of residue and file."""
        return self._gathered.findings()


def form_of(said: str) -> str:
    """How something is written, without what it says: letters as x, digits as 0.

    Examples:
        >>> form_of("Ticket #482913")
        'xxxxxx #000000'
    """
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "0", said[:80])).strip()
