"""Forms that an answer can be asked to have, and what is wrong with one that has another."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assay.scorers.json_text import parsed
from assay.scorers.reading import normalised
from assay.scorers.wording import Piece, sentences, words

_FENCE = re.compile(r"\A```[ \t]*[\w+#-]*[ \t]*\r?\n(.*?)\r?\n?```\Z", re.DOTALL)
_BULLET = re.compile(r"^[ \t]{0,8}(?:[-*•+‣–]|\d{1,4}[.)]|\(?[a-z]\))[ \t]+\S", re.MULTILINE)
_NUMBERED = re.compile(r"^[ \t]{0,4}(\d{1,4})[.)][ \t]+\S", re.MULTILINE)
_MARKS = re.compile(
    r"^#{1,6} \S|^```|\*\*[^*\n]{1,200}\*\*|^[ \t]{0,3}[-*+] \S|^[ \t]{0,3}\d{1,3}\. \S|`[^`\n]{1,100}`|"
    r"\[[^\]\n]{1,100}\]\([^)\n]{1,200}\)|^\|.{1,300}\|[ \t]*$|(?<!\w)__[^_\n]{1,100}__|^> \S",
    re.MULTILINE,
)
_ROW = re.compile(r"^[ \t]*\|.{1,1000}\|[ \t]*$", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*\|[ \t:|-]{3,500}\|[ \t]*$", re.MULTILINE)
_NUMBER = re.compile(r"[-+\u2212]?[$€£¥]?\d[\d,.'\u00a0\u202f]*\s?(?:%|[a-zA-Z°]{1,3})?")
_BRACKETED = re.compile(r"\(?\b([A-Z])\b[).:]|\(([A-Za-z])\)|\A\W*([A-Z])\W*\Z")
_CODE_LINE = re.compile(
    r"^\s*(?:class |def |import |from \w+ import|return\b|for |while |if |else\b|elif |#|//|/\*|\*|@|public |private |"
    r"const |let |var |function |SELECT |INSERT |UPDATE |CREATE |<\w|[})\];]|\w[\w.\[\]]* ?[-+*/]?= ?|\w[\w.]*\()",
    re.IGNORECASE,
)
_CHATTY = re.compile(
    r"^(?:here(?:'s| is| are)|sure|certainly|of course|this (?:code|function|solution|program|script)|"
    r"the (?:code|function|solution|above|following)|explanation|note|i |you can|in this|let me|to solve)\b",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD = 200_000


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was asked for."""

    kind: str
    """Name in FORMS."""
    low: int = 0
    """Smallest number that it needs, where it counts."""
    high: int = 0
    """Largest number; 0 when there is none."""
    words: tuple[str, ...] = ()
    """Words among which the answer is to be."""

    def __str__(self) -> str:
        if self.words:
            return f"one of {', '.join(self.words)}"
        if not self.low and not self.high:
            return self.kind.replace("_", " ")
        count = (
            f"{self.low}" if self.low == self.high else f"{self.low} to {self.high}" if self.high else f"{self.low}+"
        )
        return f"{self.kind.replace('_', ' ')}: {count}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an answer's form."""

    why: str
    """For people."""
    pieces: tuple[Piece, ...] = ()
    """Where it shows."""


def fault(text: str, form: Form) -> Fault | None:
    """What is wrong with the form of an answer; None when it has the form.

    Examples:
        >>> fault('{"a": 1}', Form("json")) is None, fault("The answer is yes.", Form("one_word")).why
        (True, '4 words')
        >>> fault("```python\\nx = 1\\n```", Form("code_only")).why
        'fenced, where only the code was asked for'
    """
    return FORMS[form.kind](text[:_HEAD].strip(), form)


def _json(text: str, form: Form) -> Fault | None:
    fenced = _FENCE.match(text)
    if fenced and form.kind == "json_only":
        return Fault("fenced, where only the JSON was asked for", (Piece(0, text[: text.index("\n")]),))
    try:
        parsed(fenced[1] if fenced else text)
    except ValueError as error:
        return Fault(f"not JSON: {error}", (Piece(0, text[:80]),))
    return None


def _code(text: str, form: Form) -> Fault | None:
    """Code alone: no fence where only code was asked for, no sentence before or after."""
    fenced = _FENCE.match(text)
    if form.kind == "code_only" and "```" in text:
        at = text.index("```")
        return Fault("fenced, where only the code was asked for", (Piece(at, text[at : at + 12]),))
    body = fenced[1] if fenced else text
    if _compiles(body):
        return None
    if not fenced and "```" in text:
        return None if form.kind == "code" else Fault("text around the code", (Piece(0, text[:80]),))
    chatty = _CHATTY.search(body)
    if chatty:
        return Fault("text beside the code", (Piece(chatty.start() if not fenced else 0, chatty[0]),))
    lines = [line for line in body.splitlines()[:400] if line.strip()]
    coded = sum(bool(_CODE_LINE.match(line)) for line in lines)
    return None if lines and 2 * coded >= len(lines) else Fault("reads as no code", (Piece(0, text[:80]),))


def _compiles(body: str) -> bool:
    """Whether it is Python, and more than one bare word or sentence."""
    if len(body) > 50_000 or body.count("(") + body.count("[") > 2000 or not re.search(r"[=(:\[]", body):
        return False
    try:
        ast.parse(body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _counted(count: int, form: Form, what: str, pieces: Sequence[Piece] = ()) -> Fault | None:
    if count < form.low:
        return Fault(f"{count} {what}, at least {form.low} asked", tuple(pieces[:1]))
    if form.high and count > form.high:
        return Fault(f"{count} {what}, at most {form.high} asked", tuple(pieces[form.high : form.high + 3]))
    return None


def _list(text: str, form: Form) -> Fault | None:
    pattern = _NUMBERED if form.kind == "numbered" else _BULLET
    items = [Piece(hit.start(), hit[0]) for hit in pattern.finditer(text)]
    if not items:
        return Fault("no numbered list" if form.kind == "numbered" else "no list", (Piece(0, text[:80]),))
    if form.kind == "bullets" and all(_NUMBERED.match(item.text) for item in items):
        return Fault("numbers in place of bullets", tuple(items[:1]))
    top = [item for item in items if not item.text.startswith(("  ", "\t"))] or items
    return _counted(len(top), form, "items", top)


def _sentences(text: str, form: Form) -> Fault | None:
    said = [one for one in sentences(text) if words(one.text)]
    return _counted(len(said), form, "sentences", said)


def _words(text: str, form: Form) -> Fault | None:
    said = words(text)
    return _counted(len(said), form, "words", said)


def _paragraphs(text: str, form: Form) -> Fault | None:
    blocks = [Piece(hit.start(), hit[0]) for hit in re.finditer(r"\S[^\n]*(?:\n[^\n]*\S[^\n]*)*", text)]
    return _counted(len(blocks), form, "paragraphs", blocks)


def _lines(text: str, form: Form) -> Fault | None:
    rows = [Piece(hit.start(), hit[0]) for hit in re.finditer(r"[^\n]*\S[^\n]*", text)]
    return _counted(len(rows), form, "lines", rows)


def _one_word(text: str, form: Form) -> Fault | None:
    said = words(text)
    return None if len(text.split()) == 1 and said else Fault(f"{len(said)} words", tuple(said[1:2]))


def _number(text: str, form: Form) -> Fault | None:
    return None if _NUMBER.fullmatch(text.rstrip(".")) else Fault("more than a number, or none", (Piece(0, text[:80]),))


def _one_of(text: str, form: Form) -> Fault | None:
    said = normalised(text[:400])
    if said in {normalised(word) for word in form.words}:
        return None
    return Fault(f"is none of {', '.join(form.words)}", (Piece(0, text[:80]),))


def _ends_on(text: str, form: Form) -> Fault | None:
    """One of the words as it was written, and no other of them after it."""
    if any(word in text for word in form.words):
        return None
    return Fault(f"holds none of {', '.join(form.words)}", (Piece(max(0, len(text) - 80), text[-80:]),))


def _option(text: str, form: Form) -> Fault | None:
    """The letter of one option, at the start or alone on a line."""
    named = {letter for hit in _BRACKETED.findall(text[:2000]) if (letter := next(filter(None, hit)).upper())}
    wanted = {letter for letter in named if not form.words or letter in form.words}
    if len(wanted) == 1:
        return None
    return Fault("names no option" if not wanted else f"names {len(wanted)} options", (Piece(0, text[:80]),))


def _plain(text: str, form: Form) -> Fault | None:
    marks = [Piece(hit.start(), hit[0]) for hit, _ in zip(_MARKS.finditer(text), range(20), strict=False)]
    return Fault(f"Markdown: {marks[0].text[:30]!r}", tuple(marks)) if marks else None


def _markdown(text: str, form: Form) -> Fault | None:
    return None if _MARKS.search(text) else Fault("no Markdown", (Piece(0, text[:80]),))


def _table(text: str, form: Form) -> Fault | None:
    if len(_ROW.findall(text)) >= 3 and _RULE.search(text):
        return None
    return Fault("no Markdown table", (Piece(0, text[:80]),))


def _csv(text: str, form: Form) -> Fault | None:
    fenced = _FENCE.match(text)
    try:
        rows = [row for row in csv.reader(io.StringIO(fenced[1] if fenced else text)) if row]
    except csv.Error as error:
        return Fault(f"not CSV: {error}", (Piece(0, text[:80]),))
    widths = {len(row) for row in rows}
    if len(rows) >= 2 and len(widths) == 1 and widths != {1}:
        return None
    return Fault("rows of different widths" if len(widths) > 1 else "no columns", (Piece(0, text[:80]),))


def _upper(text: str, form: Form) -> Fault | None:
    wrong = re.search(r"[^\W\d_]*[a-zà-öø-ÿ][^\W\d_]*", text)
    return Fault("small letters", (Piece(wrong.start(), wrong[0]),)) if wrong else None


def _lower(text: str, form: Form) -> Fault | None:
    wrong = re.search(r"[^\W\d_]*[A-ZÀ-ÖØ-Þ][^\W\d_]*", text)
    return Fault("capital letters", (Piece(wrong.start(), wrong[0]),)) if wrong else None


FORMS: Mapping[str, Callable[[str, Form], Fault | None]] = {
    "json": _json, "json_only": _json, "code": _code, "code_only": _code, "list": _list, "bullets": _list,
    "numbered": _list, "sentences": _sentences, "words": _words, "paragraphs": _paragraphs, "lines": _lines,
    "one_word": _one_word, "number": _number, "one_of": _one_of, "holds": _ends_on, "option": _option,
    "plain": _plain, "markdown": _markdown, "table": _table, "csv": _csv, "uppercase": _upper, "lowercase": _lower,
}  # fmt: skip
"""Forms by name, each with its check."""
COUNTED = frozenset({"list", "bullets", "numbered", "sentences", "words", "paragraphs", "lines"})
"""Forms that take a number: `sentences: 2`, `words: 10-20`, `words: <=50`."""
