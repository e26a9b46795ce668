"""Rows that a model wrote: where they come from, whether they were verified, what of their making stands in them."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterator

from assay.checks.blocks import Block
from assay.checks.chatter import announcing, chatter, speaking, speaks_as_model
from assay.checks.check import Defect, Gathered
from assay.checks.fields import Fields
from assay.checks.seeds import repeats_seed
from assay.checks.synthetic_rows import GENERATORS, named, names_generator, written_by_a_model
from assay.checks.verifications import verified
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.statistics.proportion import clopper_pearson

FAILED = Defect(
    code="synthetic.failed_verification",
    severity="high",
    message="rows failed a verification, by their own metadata, and stand in the data",
    remediation="Take the rows out: what was found wrong is taught as right",
)
PROVENANCE = Defect(
    code="synthetic.provenance",
    severity="medium",
    message="rows are synthetic and do not say which model wrote them",
    remediation="Add `generator`: errors of one model, and its licence, can only be traced by its name",
)
CHATTER = Defect(
    code="synthetic.chatter",
    severity="medium",
    message="rows hold what a generator said to the one who ran it",
    remediation="Take the rows out, or cut the announcement off",
)
SEED = Defect(
    code="synthetic.repeats_seed",
    severity="medium",
    message="rows repeat what their generator was given",
    remediation="Take the rows out: they are their seeds once more",
)
RECIPE = Defect(
    code="synthetic.recipe",
    severity="low",
    message="rows are synthetic and lack what would let them be made again or trusted",
    remediation="Keep the generator's prompt and seed, and the result of a verification, beside each row",
)
SPEAKS = Defect(
    code="synthetic.speaks_as_model",
    severity="low",
    message="rows have an answer that says 'as an AI language model' unasked",
    remediation="Write the answers anew where the model should speak for itself, without that preface",
)
_prompts = Fields({
    "generation_prompt", "generator_prompt", "synthesis_prompt", "prompt_template", "template", "template_id", "recipe",
    "pipeline", "prompt_id", "generation_config", "prompt_version",
})  # fmt: skip
_seeds = Fields({
    "seed", "seed_id", "random_seed", "seed_prompt", "seed_text", "seed_task", "seed_document", "seed_question",
    "seed_instruction", "generation_seed", "persona", "generation_config", "sampling_seed",
})  # fmt: skip


class Synthetic:
    """Rows that a model wrote, by their metadata, and traces of generators in all rows.

    A row counts as synthetic by a flag (`synthetic: true`), by the name of a model (`generator`, `model`,
    `teacher` and their like), or by a source with such a name (`self-instruct`, `gpt4`). Chatter is looked for in all.
    """

    def __init__(self) -> None:
        self._gathered = Gathered()
        self._rows: Counter[str] = Counter()
        self._known: dict[str, Counter[str]] = defaultdict(Counter)
        self._results: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        self._look(row, may_announce=True, may_speak=True)

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        may_announce, may_speak = announcing.places(block), speaking.places(block)
        for row in block.rows:
            self._look(row, id(row) in may_announce, id(row) in may_speak)

    def _look(self, row: TrainingRow, may_announce: bool, may_speak: bool) -> None:
        self._rows[row.file] += 1
        self._traces(row, may_announce, may_speak)
        how = written_by_a_model(row)
        results = verified(row.metadata) if row.metadata else {}
        if how:
            self._known[row.file][how] += 1
            self._origin(row, how, bool(results))
        if results:
            self._results[row.file].update(f"{key}: {each}" for key, each in results.items())
        for key, result in results.items():
            if result == "failed" and row.shape in ("chat", "text"):
                self._gathered.add(FAILED, row.file, row.line, row.answer, key)

    def findings(self) -> Iterator[Finding]:
        """One finding for each defect and file, with how rows were known and how many there are."""
        for finding in self._gathered.findings():
            yield dataclasses.replace(finding, evidence={**finding.evidence, **self._around(finding)})

    def _around(self, finding: Finding) -> dict[str, object]:
        file = str(finding.where["file"])
        if finding.code in (CHATTER.code, SPEAKS.code):
            return {"rows_read": self._rows[file]}
        if finding.code == FAILED.code:
            return {"rows_read": self._rows[file], "results": dict(self._results[file].most_common(50))}
        known = self._known[file]
        total, rows = known.total(), int(finding.evidence["rows"])
        if not total:
            return {}
        return {
            "synthetic_rows": total,
            "known_by": dict(known.most_common()),
            "share": round(min(rows / total, 1.0), 4),
            "interval_95": [round(each, 4) for each in clopper_pearson(min(rows, total), total)],
        }

    def _traces(self, row: TrainingRow, may_announce: bool, may_speak: bool) -> None:
        kind, text = chatter(row) if may_announce else ("", "")
        if kind:
            self._gathered.add(CHATTER, row.file, row.line, text, kind)
        said = speaks_as_model(row) if may_speak else ""
        if said:
            self._gathered.add(SPEAKS, row.file, row.line, said)
        kind, _ = repeats_seed(row)
        if kind:
            self._gathered.add(SEED, row.file, row.line, row.answer, kind)

    def _origin(self, row: TrainingRow, how: str, has_result: bool) -> None:
        told = row.metadata
        if how not in GENERATORS and not names_generator(told):
            self._gathered.add(PROVENANCE, row.file, row.line, detail="generator")
        lacking = (
            ("prompt", any(named(told, key) for key in _prompts(told))),
            ("seed", any(named(told, key) for key in _seeds(told))),
            ("verification", has_result),
        )
        for name, there in lacking:
            if not there:
                self._gathered.add(RECIPE, row.file, row.line, detail=name)
