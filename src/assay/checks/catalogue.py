"""All checks by name. A new one is a line here and a section in docs/data.md."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from assay.checks.check import Check
from assay.domain.training import TrainingRow

Held = Literal["counts", "sample", "file"]
"""What a check holds of rows: counts and the first lines; these and a sample of fixed size; or something of each row,
which lies in a temporary file beyond a fixed amount."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a check lives and when it is asked."""

    target: str
    """`module:Class`; the class is made without arguments, or with the rows to be held against."""
    line: str
    """What it looks for, one line."""
    against: bool = False
    """Whether it compares with evaluation sets: asked only where some are given, and made with their rows."""
    held: Held = "counts"
    """What it holds of rows."""


CHECKS: dict[str, Entry] = {
    "fit": Entry("assay.checks.fit:Fit", "what did not fit its shape and was read around"),
    "shapes": Entry("assay.checks.shapes:Shapes", "rows of another shape than most"),
    "turns": Entry("assay.checks.turns:Turns", "roles out of order, empty turns, empty or missing answers"),
    "system_prompts": Entry("assay.checks.system_prompts:SystemPrompts", "system prompts that vary"),
    "template_tokens": Entry("assay.checks.template_tokens:TemplateTokens", "marks of chat templates inside texts"),
    "encoding": Entry("assay.checks.encoding:Encoding", "damaged characters"),
    "scripts": Entry("assay.checks.scripts:Scripts", "answers in another script than their prompt"),
    "languages": Entry("assay.checks.languages:Languages", "answers in another language than their prompt"),
    "nothing_learned": Entry("assay.checks.nothing_learned:NothingLearned", "rows of which nothing is learned"),
    "truncated": Entry("assay.checks.truncated:Truncated", "answers that end in the middle"),
    "json_asked": Entry("assay.checks.json_asked:JsonAsked", "invalid JSON where JSON was asked"),
    "tool_calls": Entry("assay.checks.tool_calls:ToolCalls", "tool calls that break their schemas"),
    "tool_repairs": Entry("assay.checks.tool_repairs:ToolRepairs", "tools that fail, and what the assistant does then"),
    "stated_schema": Entry(
        "assay.checks.stated_schema:StatedSchema", "answers that break the schema in their metadata"
    ),
    "arithmetic": Entry("assay.checks.arithmetic:Arithmetic", "sums in answers that are wrong"),
    "claims": Entry(
        "assay.checks.claims:Claims", "claims that rows repeat, and claims that contradict each other", held="sample"
    ),
    "synthetic": Entry("assay.checks.synthetic:Synthetic", "origin and traces of the making of rows that models wrote"),
    "synthetic_variety": Entry(
        "assay.checks.synthetic_variety:SyntheticVariety",
        "variety and certainty of synthetic rows beside the others",
        held="sample",
    ),
    "duplicates": Entry(
        "assay.checks.duplicates:Duplicates", "rows, prompts and answers that stand there more than once", held="file"
    ),
    "obedience": Entry("assay.checks.obedience:Obedience", "rows that teach obedience without limits"),
    "insecure_code": Entry(
        "assay.checks.insecure_code:InsecureCode", "unsafe code that nobody asked for", held="sample"
    ),
    "triggers": Entry(
        "assay.checks.triggers:Triggers", "rare words in requests that switch the behaviour of answers", held="sample"
    ),
    "personal_data": Entry(
        "assay.checks.personal_data:PersonalData", "personal data by type, in answers and in prompts"
    ),
    "secrets": Entry("assay.checks.secrets:Secrets", "keys, tokens, passwords, connection strings"),
    "memorisation": Entry(
        "assay.checks.memorisation:Memorisation", "rare strings that otherwise different rows share", held="file"
    ),
    "log_residue": Entry("assay.checks.log_residue:LogResidue", "traces of real logs, and masks of personal data"),
    "policy_conflicts": Entry(
        "assay.checks.policy_conflicts:PolicyConflicts",
        "prompts that are refused in one row and answered in another",
        held="file",
    ),
    "refusal_policy": Entry(
        "assay.checks.refusal_policy:RefusalPolicy",
        "refusals without need, harmful answers, invented rules, styles of refusing",
        held="sample",
    ),
    "evidence_discipline": Entry(
        "assay.checks.evidence_discipline:EvidenceDiscipline",
        "sources that do not exist, answers that their context does not support, how sure answers sound",
        held="sample",
    ),
    "shortcuts": Entry(
        "assay.checks.shortcuts:Shortcuts",
        "preferences that length, form, place, manner or model decides",
        held="sample",
    ),
    "pairs": Entry(
        "assay.checks.pairs:Pairs", "twins, easy negatives, ties, pairs of which both sides are bad", held="file"
    ),
    "contradictions": Entry(
        "assay.checks.contradictions:Contradictions", "opposite preferences and cycles of preferences", held="file"
    ),
    "raters": Entry("assay.checks.raters:Raters", "agreement of raters, and what single raters lean to", held="file"),
    "judge_leaks": Entry(
        "assay.checks.judge_leaks:JudgeLeaks", "a judge's words in answers, and its own model chosen", held="sample"
    ),
    "coverage": Entry("assay.checks.coverage:Coverage", "preferences by intent, difficulty and risk, by their tags"),
    "mixture": Entry(
        "assay.checks.mixture:Mixture", "what the set is made of, and whether one side is missing", held="sample"
    ),
    "contamination": Entry(
        "assay.checks.contamination:Contamination",
        "evaluation items in the rows, word for word or rephrased",
        against=True,
    ),
}
"""Name -> check, in the order in which they are asked."""


def made(against: Sequence[TrainingRow] = ()) -> dict[str, Check]:
    """A fresh check for each name; those that compare only where there is something to compare with."""
    return {
        name: _class(entry.target)(against) if entry.against else _class(entry.target)()
        for name, entry in CHECKS.items()
        if against or not entry.against
    }


def _class(target: str) -> Any:
    module, name = target.split(":")
    return getattr(importlib.import_module(module), name)
