"""Policies of an agent's steps (YAML), read strictly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BeforeValidator, Field, model_validator

from assay.domain.errors import PlanError
from assay.domain.step_policy import (
    Bound,
    Confidential,
    Earlier,
    Fresh,
    MemoryRule,
    StepPolicy,
    StepSeverity,
    ToolRule,
)
from assay.store.documents import Document, checked, read_document
from assay.store.planfile import Strict

_Text = Annotated[str, Field(min_length=1, max_length=500)]
_Number = int | float
_SLOW = ("pattern", "patternProperties")


def _listed(value: Any) -> Any:
    """One thing where a list may stand."""
    return [value] if isinstance(value, str | Mapping) else value


def _tool(value: Any) -> Any:
    """Names of tools in place of what comes earlier."""
    return [{"tool": one} if isinstance(one, str) else one for one in items] if isinstance(
        items := _listed(value), list) else items  # fmt: skip


_Texts = Annotated[list[_Text], BeforeValidator(_listed)]


class BoundFile(Strict):
    """What one argument may be."""

    required: bool = False
    min: _Number | None = Field(None, description="Smallest number")
    max: _Number | None = Field(None, description="Largest number")
    one_of: list[str | int | float | bool] = Field(default_factory=list, description="Allowed values")
    globs: _Texts = Field(default_factory=list, description="Texts with * and ? of which it must match one")
    not_globs: _Texts = Field(default_factory=list, description="Texts with * and ? of which it may match none")
    under: _Texts = Field(default_factory=list, description="Folders in which a path must lie")
    hosts: _Texts = Field(default_factory=list, description="Hosts to which web and mail addresses must lead")
    longest: Annotated[int, Field(ge=0)] | None = Field(None, description="Most characters")

    @model_validator(mode="after")
    def _asks_something(self) -> BoundFile:
        if not self.model_fields_set:
            raise ValueError(
                "bounds nothing; give required, min, max, one_of, globs, not_globs, under, hosts or longest"
            )
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}: nothing would be allowed")
        return self


class EarlierFile(Strict):
    """Something that must have come before."""

    tool: _Text | None = Field(None, description="A call of this tool that did not fail")
    step: _Text | None = Field(None, description="A step of this name that did not fail")
    attribute: _Text | None = Field(None, description="An attribute of the call's step, else of the trace")
    user: _Texts = Field(default_factory=list, description="The user's last turn matches one of these")
    says: _Texts = Field(default_factory=list, description="What the result or the attribute says")
    same: _Texts = Field(default_factory=list, description="Arguments that are equal in both calls")
    each: bool = Field(False, description="Whether every call needs one of its own")

    @model_validator(mode="after")
    def _names_something(self) -> EarlierFile:
        if not (self.tool or self.step or self.attribute or self.user):
            raise ValueError("names nothing; give tool, step, attribute or user")
        if self.same and not self.tool:
            raise ValueError("'same' compares arguments of two calls; give the tool of the other")
        return self


_Earlier = Annotated[list[EarlierFile], BeforeValidator(_tool)]


class ToolRuleFile(Strict):
    """What holds for one tool."""

    allowed: bool = True
    only_where: dict[str, _Texts] = Field(default_factory=dict, description="Attribute of the trace -> allowed words")
    after: _Earlier = Field(default_factory=list, description="What must have come before, all of it")
    approval: _Earlier = Field(default_factory=list, description="What approves the call; one is enough")
    arguments: dict[str, BoundFile] = Field(default_factory=dict, description="Argument -> its bound")
    schema_: dict[str, Any] | None = Field(None, alias="schema", description="JSON Schema of all arguments")
    most: Annotated[int, Field(ge=0)] | None = Field(None, description="Most calls in one trace")
    repeats: Annotated[int, Field(ge=0)] | None = Field(None, description="Repeats with the same arguments")
    known: _Texts = Field(default_factory=list, description="Arguments whose values somebody must have said before")
    no_data: _Texts = Field(default_factory=list, description="secret, pii, a type of privacy, confidential")
    user_may_give: bool = Field(False, description="Whether data that the user gave may go to it")
    severity: StepSeverity | None = None
    because: str = ""

    @model_validator(mode="after")
    def _means_something(self) -> ToolRuleFile:
        if not self.allowed and self.model_fields_set - {"allowed", "severity", "because"}:
            raise ValueError("allowed: false forbids every call; leave the other keys out")
        return self


class ConfidentialFile(Strict):
    """Whose words are confidential."""

    tools: _Texts = Field(default_factory=list)
    steps: _Texts = Field(default_factory=list, description="Names of retrievals")


class FreshFile(Strict):
    """How old what is retrieved may be."""

    days: Annotated[_Number, Field(gt=0)]
    steps: _Texts = Field(default_factory=lambda: ["*"], description="Names of retrievals that it holds for")
    undated: Literal["fine", "old"] = Field("fine", description="What a passage without a date counts as")
    answers: bool = Field(True, description="Whether answers that only old passages support are a breach")


class MemoryFile(Strict):
    """What may be kept for later."""

    tools: _Texts = Field(default_factory=list, description="Tools that write to memory")
    kinds: _Texts = Field(default_factory=list, description="Allowed kinds; none: all")
    no_data: _Texts = Field(default_factory=list)
    instructions: bool = Field(False, description="Whether instructions of tools and documents may be kept")


class StepPolicyFile(Strict):
    """A policy of steps."""

    name: _Text
    version: str | int = "1"
    unlisted: Literal["allow", "deny"] = Field("allow", description="Tools that no rule names")
    tools: dict[_Text, ToolRuleFile] = Field(default_factory=dict, description="Tool or glob -> its rule; first wins")
    most_calls: Annotated[int, Field(ge=0)] | None = Field(None, description="Most calls of all tools in one trace")
    confidential: ConfidentialFile = Field(default_factory=ConfidentialFile)
    fresh: FreshFile | None = None
    memory: MemoryFile | None = None
    obeyed: bool = Field(True, description="Whether following a tool's or a document's instruction is a breach")
    threshold: Annotated[float, Field(gt=0, lt=1)] = Field(0.3, description="Probability that a text instructs")

    @model_validator(mode="after")
    def _labels_something(self) -> StepPolicyFile:
        flows = any("confidential" in one.no_data for one in self.tools.values())
        if flows and not self.confidential.tools and not self.confidential.steps:
            raise ValueError("a tool may not have 'confidential' data, and 'confidential' names no tools or steps")
        return self


def read_step_policy(path: Path) -> StepPolicy:
    """The policy of steps in a file.

    Raises:
        PlanError: It cannot be read, or does not keep the form: each problem with its line.
    """
    return _policy(read_document(path))


def step_policy_in(document: Document, value: Any, where: tuple[str | int, ...]) -> StepPolicy:
    """The policy of steps that stands at a place of another document, such as a plan."""
    lines = {key[len(where) :]: line for key, line in document.lines.items() if key[: len(where)] == where}
    return _policy(Document(document.path, value, lines))


def plain_step_policy(policy: StepPolicy) -> dict[str, Any]:
    """The policy as JSON values: the saved form, part of a scorer's digest."""
    values: dict[str, Any] = msgspec.to_builtins(policy)
    return values


def _policy(document: Document) -> StepPolicy:
    written = checked(document, StepPolicyFile)
    for name, rule in written.tools.items():
        slow = next(_slow(rule.schema_, ()), None)
        if slow is not None:
            place = document.place(("tools", name, "schema", *slow))
            raise PlanError(f"{place}: '{slow[-1]}' takes regular expressions, which hostile arguments can make slow. "
                            "Give globs under arguments")  # fmt: skip
    return StepPolicy(
        name=written.name,
        version=str(written.version),
        tools=tuple(_rule(name, rule) for name, rule in written.tools.items()),
        unlisted=written.unlisted,
        most_calls=written.most_calls,
        confidential=Confidential(tools=tuple(written.confidential.tools), steps=tuple(written.confidential.steps)),
        fresh=_fresh(written.fresh) if written.fresh is not None else None,
        memory=MemoryRule(**_tuples(written.memory.model_dump())) if written.memory is not None else None,
        obeyed=written.obeyed,
        threshold=written.threshold,
        file=document.path.name,
    )


def _slow(schema: Any, where: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Places of keywords that take regular expressions; a property may be called `pattern`."""
    if isinstance(schema, Mapping):
        named = bool(where) and where[-1] in ("properties", "$defs", "definitions")
        for key, value in schema.items():
            if key in _SLOW and not named:
                yield (*where, key)
            elif key not in ("const", "enum", "default", "examples"):
                yield from _slow(value, (*where, key))
    elif isinstance(schema, list):
        for at, one in enumerate(schema):
            yield from _slow(one, (*where, at))


def _rule(name: str, rule: ToolRuleFile) -> ToolRule:
    return ToolRule(
        tool=name,
        allowed=rule.allowed,
        only_where={key: tuple(words) for key, words in rule.only_where.items()},
        after=_earlier(rule.after),
        approval=_earlier(rule.approval),
        arguments=tuple(_bound(key, one) for key, one in rule.arguments.items()),
        schema=rule.schema_,
        most=rule.most,
        repeats=rule.repeats,
        known=tuple(rule.known),
        no_data=tuple(rule.no_data),
        user_may_give=rule.user_may_give,
        severity=rule.severity,
        because=rule.because,
    )


def _bound(name: str, written: BoundFile) -> Bound:
    values = _tuples(written.model_dump())
    ends = {key: float(values[key]) for key in ("min", "max") if values[key] is not None}
    return Bound(argument=name, **{**values, **ends})


def _earlier(given: Sequence[EarlierFile]) -> tuple[Earlier, ...]:
    return tuple(
        Earlier(
            tool=one.tool or "", step=one.step or "", attribute=one.attribute or "", user=tuple(one.user),
            says=tuple(one.says), same=tuple(one.same), each=one.each,
        )
        for one in given
    )  # fmt: skip


def _fresh(given: FreshFile) -> Fresh:
    return Fresh(
        days=float(given.days), steps=tuple(given.steps), undated=given.undated == "old", answers=given.answers
    )


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
