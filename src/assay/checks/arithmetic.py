"""Sums in answers that are wrong."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from itertools import islice

from assay.checks.check import Defect, Gathered, around
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

WRONG = Defect(
    code="synthetic.wrong_arithmetic",
    severity="medium",
    message="rows state a sum that is wrong",
    remediation="Take the rows out or reckon anew: an answer that rests on a wrong step is learned with it",
)
_READ = 20_000
_MOST = 200
"""Equality signs that are looked at in one answer."""
_LEFT = re.compile(r"[\d$(][\d\s.,+\-*/×÷()$−x]{0,79}\Z")
_NO_BEGINNING = " \t\n\r\f\v\x1c\x1d\x1e\x1f.,+-*/)x"
_IN_SUMS = f"0123456789$({_NO_BEGINNING}"
_RIGHT = re.compile(r"=(?:\s*(?:about |approximately )?\$?\s*([-−]?\d[\d,]*(?:\.\d+)?))?")
"""An equality sign, and the number behind it, if one stands there."""
_AFTER = re.compile(
    r"\s*(?:[%^*/×÷+=<!_(\\x²³°:]|>(?!>)|[-−–]\s?[\d$(]|r\b|R\b|remainder|rem\b|with\b|mod\b|\(?mod|"
    r"and (?:a |the )?remainder|"
    r"(?:is |was )?(?:not|false|wrong|incorrect)|\.{2,}|…|e[+-]?\d|\d|[a-z]\b|\.\d|million|billion|thousand|hundred)"
)
_BEFORE = re.compile(r"(?:[\w%^_.\\=<>!/*×÷²³°√π}\]&|~]|[)\]}][\s]*|[+\-−*×]\s*)\Z")
_CASTS_DOUBT = re.compile(
    r"\b(?:not|never|if|suppose|assume|wrong|incorrect|false|mistake|instead|mod(?:ulo)?|claims?|base)\b", re.I
)
_STOP = re.compile(r"[.;!?](?=\s)|\n")
_WORD = re.compile(r"[A-Za-z][a-z]+\s\Z")
_PART_OF = re.compile(r"(?:%|percent|half|third|quarter|fourth|fifth|tenth)s? of \Z")
_DATE = re.compile(r"\d{1,4}([/-])\d{1,2}\1\d{1,4}\s*\Z")
_OPERATOR = re.compile(r"[\d)]\s*[+\-*/×÷−x]\s*[$(\d]")
_ITEM = re.compile(r"\A\s*\d{1,2}[.)]\s+(?=[\d$(])")
_NUMBER = r"((?:0|[1-9][0-9]{0,19})(?:\.[0-9]{1,20})?)"
_TWO = re.compile(rf"{_NUMBER} ?([-+*/]) ?{_NUMBER}")
_PLAIN = str.maketrans({"×": "*", "÷": "/", "−": "-", "x": "*", "$": "", ",": ""})


class Arithmetic:
    """Sums of numbers, such as `3 * 4 = 13`, that are wrong by more than rounding.

    Read are +, -, *, x, / and brackets between numbers, at most 80 characters, up to one equality sign and one number.
    A sum that the row doubts, that stands in its question, or that goes on after the number is passed over.
    """

    def __init__(self) -> None:
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        answer = row.answer
        if "=" not in answer or marked_as_bad(row):
            return
        for said, start, end in wrong(answer):
            if said not in row.asked:
                self._gathered.add(WRONG, row.file, row.line, around(answer, start, end), said)
                return

    def findings(self) -> Iterator[Finding]:
        """One finding for each file."""
        return self._gathered.findings()


def marked_as_bad(row: TrainingRow) -> bool:
    """Whether a rated row stands in the data as a bad example: `label` false, or a score of 0 or less."""
    return row.shape == "rated" and bool(row.ratings) and row.ratings[0] <= 0


def wrong(text: str) -> Iterator[tuple[str, int, int]]:
    """Wrong sums of a text with their places.

    Examples:
        >>> [said for said, _, _ in wrong("First 3 * 4 = 13 eggs, then 10 / 3 = 3.33 and 2x + 3 = 9.")]
        ['3 * 4 = 13']
    """
    text = text[:_READ]
    for right in islice(_RIGHT.finditer(text), _MOST):
        if right[1] is None or _AFTER.match(text, right.end()):
            continue
        left = _left(text, right.start())
        if left is None:
            continue
        start, sum_ = left
        if not agrees(sum_, right[1]) and not _doubted(text, start, right.end()):
            yield " ".join(text[start : right.end()].split()), start, right.end()


def _doubted(text: str, start: int, end: int) -> bool:
    """Whether the sentence around a sum says that it is none."""
    before = _STOP.split(text[max(start - 60, 0) : start])[-1]
    return bool(_CASTS_DOUBT.search(before) or _CASTS_DOUBT.search(_STOP.split(text[end : end + 40])[0]))


def _left(text: str, at: int) -> tuple[int, str] | None:
    """Where a sum before an equality sign begins, and the sum; None where it is none, or part of something else."""
    begin = max(at - 80, 0, text.rfind("\n", 0, at) + 1, text.rfind("=", 0, at) + 1)
    part = text[begin:at]
    item = _ITEM.match(part) if begin == 0 or text[begin - 1] == "\n" else None
    skipped = item.end() if item else 0
    found = _sum(part, skipped)
    if not _OPERATOR.search(found):
        return None
    start = at - len(found)
    if start == at - 80:
        return None
    if (text.endswith(" of ", 0, start) and _PART_OF.search(text, max(start - 12, 0), start)) or _DATE.match(found):
        return None
    before = text[max(start - 3, 0) : start]
    if before.endswith("<<"):  # a calculator's mark in GSM8K
        return start, found
    if not item and _BEFORE.search(before.rstrip(" ") or " ") and not before.endswith((": ", ", ", "; ")):
        words = _WORD.search(text[max(start - 12, 0) : start])
        if words is None:
            return None
    return start, found


def _sum(part: str, skipped: int) -> str:
    """The end of a text that holds nothing but numbers, operators and brackets, from its first number or bracket on."""
    if not part.isascii():
        found = _LEFT.search(part, skipped)
        return "" if found is None else found[0]
    part = part[skipped:]
    return part[len(part.rstrip(_IN_SUMS)) :].lstrip(_NO_BEGINNING)  # as `_LEFT` finds it, in a fifth of the time


def agrees(sum_: str, said: str) -> bool:
    """Whether a sum comes to what is said, up to the rounding of its last digit; true where it cannot be reckoned.

    A quotient may be cut or rounded up to a whole number.

    Examples:
        >>> agrees("10 / 3", "3.33"), agrees("7 * 8", "54"), agrees("17 / 5", "4")
        (True, False, True)
    """
    plain = sum_.translate(_PLAIN).strip()
    try:
        two = _TWO.fullmatch(plain)
        value = _of_two(two[1], two[2], two[3]) if two else _value(ast.parse(plain, mode="eval").body)
        stated = float(said.replace(",", "").replace("−", "-"))
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, RecursionError, MemoryError):
        return True
    if value is None or not math.isfinite(value):
        return True
    digits = len(said.partition(".")[2])
    off = abs(value - stated)
    if off <= 0.5000001 * 10.0**-digits or off <= 1e-6 * abs(value):
        return True
    return "/" in plain and (off < 10.0**-digits or off < 0.006 * abs(value))


def _of_two(left: str, sign: str, right: str) -> float:
    """The value of the commonest sum, without a parser."""
    one, two = float(left), float(right)
    if sign == "+":
        return one + two
    if sign == "-":
        return one - two
    return one * two if sign == "*" else one / two


def _value(node: ast.expr) -> float | None:
    """The value of a sum; None for anything else."""
    if isinstance(node, ast.Constant):
        return float(node.value) if isinstance(node.value, (int, float)) and not isinstance(node.value, bool) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        inner = _value(node.operand)
        return None if inner is None else -inner if isinstance(node.op, ast.USub) else inner
    if not isinstance(node, ast.BinOp):
        return None
    left, right = _value(node.left), _value(node.right)
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.Add):
        return left + right
    if isinstance(node.op, ast.Sub):
        return left - right
    if isinstance(node.op, ast.Mult):
        return left * right
    return left / right if isinstance(node.op, ast.Div) else None
