"""What rules over Python programs share: small questions to a call, and what text is SQL or a page with a value."""

from __future__ import annotations

import ast
import re

from assay.checks.python_shapes import WEB, Shape, shape
from assay.checks.python_walk import Seen

Found = tuple[int, ast.AST, Shape]
"""A weakness by its number, where it shows, and what took part."""
_SQL = re.compile(
    r"\b(?:SELECT\s.{0,400}?\sFROM|INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s.{0,80}?\sSET|DELETE\s+FROM|REPLACE\s+INTO)\b"
    r"|\b(?:select\s.{0,400}?\sfrom\s.{0,80}?\swhere|insert\s+into\s.{0,400}?\svalues"
    r"|update\s.{0,80}?\sset|delete\s+from)\b",
    re.DOTALL,
)
_SQL_VALUE = re.compile(
    r"(?:[=<>,(]|\b(?:like|in|and|or|limit|offset|values|between)\b)\s*[\"'(%]{0,3}\s{0,3}%?[\x02\x03\x04]",
    re.IGNORECASE,
)
TAG = re.compile(r"<(?:[a-zA-Z!][a-zA-Z0-9]{0,12}[\s>/]|/[a-zA-Z])")
_JSON = re.compile(r"^\s*[{\[\"]")
TOKEN = re.compile(
    r"token|otp|session_?id|secret|passw|reset|api_?key|csrf|salt|verification_?code|credential", re.IGNORECASE
)


def last(name: str) -> str:
    return name.rpartition(".")[2]


def option(node: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in node.keywords if each.arg == name), None)


def exactly(node: ast.AST | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def first(node: ast.Call, seen: Seen) -> Shape:
    return shape(node.args[0], seen.names) if node.args else Shape("")


def injects(text: str, run: bool) -> bool:
    """Whether a text is SQL with a value in it; where it is run, the name of a table from outside counts too.

    Examples:
        >>> injects("SELECT a FROM t WHERE b = '\\x02'", False), injects("SELECT a FROM \\x02", True)
        (True, False)
        >>> injects("SELECT a FROM \\x03", True), injects("Select one from \\x02, if any", False)
        (True, False)
    """
    found = _SQL.search(text)
    if found is None:
        return False
    after = text[found.start() :]
    if WEB in after and run:
        return True
    return _SQL_VALUE.search(after) is not None and bool(
        re.search(r"\b(?:where|values|set|limit|like|having)\b", after, re.IGNORECASE)
    )


def page(text: str) -> bool:
    return TAG.search(text) is not None or (not _JSON.match(text) and text.strip("\x01\x02\x03\x04") != "")
