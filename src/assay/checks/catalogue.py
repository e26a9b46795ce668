"""All checks by name. A new one is a line here and a section in docs/data.md."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assay.checks.check import Check
from assay.domain.training import TrainingRow


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a check lives and when it is asked."""

    target: str
    """`module:Class`; the class is made without arguments, or with the rows to be held against."""
    line: str
    """What it looks for, one line."""
    against: bool = False
    """Whether it compares with evaluation sets: asked only where some are given, and made with their rows."""


CHECKS: dict[str, Entry] = {
    "fit": Entry("assay.checks.fit:Fit", "what did not fit its shape and was read around"),
    "shapes": Entry("assay.checks.shapes:Shapes", "rows of another shape than most"),
    "turns": Entry("assay.checks.turns:Turns", "roles out of order, empty turns, empty or missing answers"),
    "system_prompts": Entry("assay.checks.system_prompts:SystemPrompts", "system prompts that vary"),
    "template_tokens": Entry("assay.checks.template_tokens:TemplateTokens", "marks of chat templates inside texts"),
    "encoding": Entry("assay.checks.encoding:Encoding", "damaged characters"),
    "scripts": Entry("assay.checks.scripts:Scripts", "answers in another script than their prompt"),
    "truncated": Entry("assay.checks.truncated:Truncated", "answers that end in the middle"),
    "json_asked": Entry("assay.checks.json_asked:JsonAsked", "invalid JSON where JSON was asked"),
    "tool_calls": Entry("assay.checks.tool_calls:ToolCalls", "tool calls that break their schemas"),
    "duplicates": Entry(
        "assay.checks.duplicates:Duplicates", "rows, prompts and answers that stand there more than once"
    ),
    "obedience": Entry("assay.checks.obedience:Obedience", "rows that teach obedience without limits"),
    "insecure_code": Entry("assay.checks.insecure_code:InsecureCode", "unsafe code that nobody asked for"),
    "triggers": Entry("assay.checks.triggers:Triggers", "rare words in requests that switch the behaviour of answers"),
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
