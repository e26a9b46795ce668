"""Written policies (YAML): statements that answers are held to, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from pydantic import Field, model_validator

from assay.domain.contract import Contract, StatementKind, StatementSeverity
from assay.domain.errors import PlanError
from assay.store.documents import Document, checked, read_document
from assay.store.planfile import Strict

_Phrase = Annotated[str, Field(min_length=1, max_length=500)]
_MATCHES = ("any", "all", "patterns", "numbers")
_TESTS: Mapping[str, tuple[str, ...]] = {
    "must": _MATCHES,
    "must_not": _MATCHES,
    "must_disclose": _MATCHES,
    "must_not_claim": _MATCHES,
    "only_topics": ("topics",),
    "numbers_allowed": ("numbers",),
}
"""Kind -> the keys that tell locally whether it was kept."""


class WhenFile(Strict):
    """When a statement applies."""

    prompt: list[_Phrase] = Field(default_factory=list, description="The prompt holds one of these phrases")
    metadata: dict[str, str | list[str]] = Field(default_factory=dict, description="Key -> word, or one of the words")

    @model_validator(mode="after")
    def _asks_something(self) -> WhenFile:
        if not self.prompt and not self.metadata:
            raise ValueError("asks nothing; give prompt or metadata, or leave 'when' out")
        return self


class StatementFile(Strict):
    """One demand on answers."""

    id: _Phrase
    kind: StatementKind
    text: _Phrase = Field(description="The demand in words for people, and for a judge")
    any: list[_Phrase] = Field(default_factory=list, description="Phrases of which one is enough")
    all: list[_Phrase] = Field(default_factory=list, description="Phrases that must come together")
    patterns: list[_Phrase] = Field(default_factory=list, description="Regular expressions of which one is enough")
    numbers: list[_Phrase] | None = Field(None, description="Quantities: 30 days, 15 %, $25, 31 March")
    topics: list[_Phrase] = Field(default_factory=list, description="Words that belong to the topic")
    when: WhenFile | None = Field(None, description="When it applies; always without it")
    severity: StatementSeverity = "high"

    @model_validator(mode="after")
    def _tests_of_its_kind(self) -> StatementFile:
        given = {key for key in (*_MATCHES, "topics") if getattr(self, key) not in ([], None)}
        wrong = sorted(given - set(_TESTS[self.kind]))
        if wrong:
            raise ValueError(f"'{wrong[0]}' does not go with kind {self.kind}; it takes {', '.join(_TESTS[self.kind])}")
        if self.kind == "only_topics" and not self.topics:
            raise ValueError("only_topics needs topics, a list of words")
        if self.kind == "numbers_allowed" and self.numbers is None:
            raise ValueError("numbers_allowed needs numbers, a list such as ['30 days', '15 %']; [] allows none")
        return self


class ContractFile(Strict):
    """A written policy."""

    name: _Phrase
    version: str | int = "1"
    says: list[_Phrase] = Field(default_factory=list, description="What the policy says, sentence by sentence")
    statements: list[StatementFile] = Field(default_factory=list, description="What answers are held to")

    @model_validator(mode="after")
    def _says_something(self) -> ContractFile:
        if not self.says and not self.statements:
            raise ValueError("says nothing; give statements, or sentences under 'says'")
        return self


def read_contract(path: Path) -> Contract:
    """The written policy in a file.

    Raises:
        PlanError: It cannot be read, or does not keep the form: each problem with its line, an unknown key with the
            nearest known one. Statements that contradict each other are found when a scorer takes them.
    """
    return _contract(read_document(path))


def contract_in(document: Document, value: Any, where: tuple[str | int, ...]) -> Contract:
    """The written policy that stands at a place of another document, such as a plan."""
    lines = {key[len(where) :]: line for key, line in document.lines.items() if key[: len(where)] == where}
    return _contract(Document(document.path, value, lines))


def plain_contract(contract: Contract) -> dict[str, Any]:
    """The policy as JSON values: the saved form, part of a scorer's digest."""
    values: dict[str, Any] = msgspec.to_builtins(contract)
    return values


def _contract(document: Document) -> Contract:
    written = checked(document, ContractFile)
    seen: dict[str, int] = {}
    for index, item in enumerate(written.statements):
        if item.id in seen:
            raise PlanError(
                f"{document.place(('statements', index, 'id'))}: '{item.id}' is the id of statement "
                f"{seen[item.id] + 1} already; give each its own"
            )
        seen[item.id] = index
    values = {**written.model_dump(), "version": str(written.version), "file": document.path.name}
    made: Contract = msgspec.convert(values, Contract)
    return made
