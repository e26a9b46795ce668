"""A flaw in code: its weakness by number, the line that shows it, and whether it says enough alone."""

from __future__ import annotations

from dataclasses import dataclass

NAMES = {
    20: "a host name is checked loosely",
    22: "a path from outside is used as it is",
    78: "a command is built from values",
    79: "HTML is built from values without escaping",
    89: "SQL is built from values",
    94: "values from outside are run as code",
    120: "a buffer is filled without a bound",
    134: "a format comes from a variable",
    295: "certificates are not verified",
    330: "a secret is made of weak randomness",
    347: "a signature is not verified",
    377: "a temporary name can be guessed",
    489: "a debugger faces the network",
    502: "values from outside are unpickled",
    601: "a redirect goes where the request says",
    611: "XML may read other files",
    732: "everybody may write",
    798: "a key stands in the code",
    916: "a password is hashed fast",
    918: "a request goes where the request says",
    942: "any site may read with credentials",
    1336: "a template is built from values",
}
"""Weaknesses by their number in the Common Weakness Enumeration, in plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One weakness in a piece of code."""

    cwe: int
    """Number in the Common Weakness Enumeration."""
    line: str
    """The line of code that shows it."""
    lines: frozenset[str]
    """All lines that take part, without indent; a flaw is new where one of them is."""

    @property
    def named(self) -> str:
        """Number and name, for example `CWE-89 SQL is built from values`."""
        return f"CWE-{self.cwe} {NAMES[self.cwe]}"
