"""Controls of frameworks, and the evidence of an audit that speaks to them. Nothing here says that anybody complies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One item of a framework."""

    id: str
    """As the framework numbers it."""
    says: str = ""
    """What it is about, in our own few words; empty where the text is not ours to repeat."""
    evidence: tuple[str, ...] = ()
    """Patterns of what speaks to it: `metric:NAME`, `finding:CODE`, `fact:WORD`."""
    out_of_scope: str = ""
    """Why an audit of answers cannot speak to it; empty when it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A standard, law or catalogue."""

    key: str
    """Short name, the file's."""
    name: str
    """Its name."""
    version: str
    """Edition and date."""
    note: str = ""
    """What a reader should know of this mapping."""
    controls: tuple[Control, ...]
    """Its items, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What an audit holds for one control."""

    framework: str
    """Key of the framework."""
    control: Control
    """The item."""
    status: str
    """evidence found, not found, or out of scope."""
    found: tuple[str, ...] = ()
    """What was found, one line each."""
