"""Answers in another script than their prompt."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.checks.check import Defect, Gathered
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

OTHER_SCRIPT = Defect(
    code="format.other_script",
    severity="medium",
    message="rows have an answer in another script than the prompt, which asks for no translation",
    remediation="Read the rows: mixed languages teach the model to switch; keep them only where that is meant",
)
_SCRIPTS = {
    "Latin": re.compile(r"[A-Za-z\u00c0-\u024f]"),
    "Cyrillic": re.compile(r"[\u0400-\u052f]"),
    "Greek": re.compile(r"[\u0370-\u03ff]"),
    "Arabic": re.compile(r"[\u0600-\u06ff]"),
    "Hebrew": re.compile(r"[\u0590-\u05ff]"),
    "Devanagari": re.compile(r"[\u0900-\u097f]"),
    "Thai": re.compile(r"[\u0e00-\u0e7f]"),
    "Hangul": re.compile(r"[\uac00-\ud7af]"),
    "Han and kana": re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]"),
}
_OTHER = re.compile("[\u0370-\u052f\u0590-\u06ff\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
"""A letter of a script that is not Latin; where neither side has one, both are Latin or in none."""
_MEANT = re.compile(
    r"translat|language|in english|\b(?:english|chinese|mandarin|japanese|korean|russian|ukrainian|arabic|hebrew|greek"
    r"|hindi|thai|persian|urdu|bulgarian|serbian)\b|kanji|hiragana|katakana|cyrillic|alphabet|emoji|перев|翻译|翻訳|英語|英语|번역|ترجم",
    re.IGNORECASE,
)
_READ = 600
"""Characters of each side that are looked at; code is mostly further down."""
_FEWEST = 20
_MOST = 0.8
_CODE = ("```", "{", "<", "def ", "import ")


class Scripts:
    """Prompt and answer in different scripts, where each is clearly in one.

    Requests that speak of languages or translation are passed over, and answers that begin as code.
    """

    def __init__(self) -> None:
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if row.shape == "text":
            return
        asked, answer = row.asked, row.answer
        if asked.isascii() and answer.isascii():
            return
        asked, answer = asked[:_READ], answer[:_READ]
        if not (_OTHER.search(asked) or _OTHER.search(answer)):
            return
        said, told = script(asked), script(answer)
        if said and told and said != told and not _MEANT.search(row.text) and not answer.lstrip().startswith(_CODE):
            self._gathered.add(OTHER_SCRIPT, row.file, row.line, f"{asked[:90]} → {answer[:90]}", f"{said} -> {told}")

    def findings(self) -> Iterator[Finding]:
        """One finding for each file."""
        return self._gathered.findings()


def script(text: str) -> str:
    """The script that most letters of a text are of; empty where none is, or letters are few.

    Examples:
        >>> script("Wie spät ist es jetzt in Zürich?"), script("Который сейчас час в Москве?"), script("42")
        ('Latin', 'Cyrillic', '')
    """
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    counts["Han and kana"] *= 3  # a sign says as much as several letters
    best = max(counts, key=lambda name: counts[name])
    total = sum(counts.values())
    return best if total >= _FEWEST and counts[best] >= _MOST * total else ""
