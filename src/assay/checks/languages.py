"""Answers in another language than their prompt, and rows in another language than most."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from assay.checks.check import MOST_LINES, Defect, Gathered, numbered
from assay.checks.scripts import script
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.scorers.languages import LITTLE, NAMES, guess

OTHER_LANGUAGE = Defect(
    code="format.other_language",
    severity="medium",
    message="rows have an answer in another language than the prompt, which asks for none",
    remediation="Read the rows: mixed languages teach the model to switch; keep them only where that is meant",
)
MINORITY = Defect(
    code="format.minority_language",
    severity="info",
    message="rows have an answer in another language than nearly all rows of the file",
    remediation="Nothing, where the model should know these languages; else take the rows out",
)
_READ = 400
"""Characters of each side that are looked at."""
_EXAMPLES = 3
_LEAST = 2.0
"""Points that tell a language: a little word is one, shared by those that have it."""
_LEAD = 1.3
_CLEAR = 6.0
"""Points from which a language needs no second reading."""
_FEWEST_SEEN = 100
_MAIN = 0.9
"""Share of one language, of those that can be told, from which the others are named."""
_BEGINNING = 160
"""Characters that are enough to see plain English."""
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+", re.DOTALL)
_BEGINS_AS_CODE = ("```", "{", "[", "<", "def ", "import ", "from ", "class ", "#include", "//", "SELECT ")
_EDGES = ".,;:!?¡¿\"'()[]{}*_-–—…“”„«»"
_MEANT = re.compile(
    r"translat|language|spell|pronunc|quot[ei]|lyrics|loanword|word for\b|"
    r"\b(?:english|german|french|spanish|italian|portuguese|dutch|latin|greek|chinese|mandarin|japanese|korean|russian"
    r"|arabic|hindi|swedish|norwegian|danish|polish|turkish|romanian|catalan|galician|brazilian|mexican)\b|"
    r"tradu[czi]|tradui|idiom[ae]|langue|lengua|língua|lingua|inglés|ingles[ea]?\b|inglês|anglais|español|espanol|"
    r"französ|français|francés|deutsch|alemán|allemand|italiano|português|portugues|englisch|spanisch|sprache|übersetz|"
    r"vertaal|engels|taal\b|翻译|翻訳|译|英文|英语|英語|中文|汉语|日本語|语言|言語|перев|язык|английск|번역|영어|ترجم|अनुवाद",
    re.IGNORECASE,
)
_BEYOND = re.compile(r"[\u0370-\u1fff\u2c00-\ufaff]")
"""Letters of scripts other than Latin; typography lies between."""


def _shares() -> dict[str, tuple[tuple[str, float], ...]]:
    """Each little word with its languages; a word of several counts less in each."""
    holders: dict[str, list[str]] = {}
    for code, listed in LITTLE.items():
        for word in set(listed.split()):
            holders.setdefault(word, []).append(code)
    return {word: tuple((code, 1.0 / len(codes)) for code in codes) for word, codes in holders.items()}


_SHARES: Mapping[str, tuple[tuple[str, float], ...]] = _shares()


_ENGLISH = frozenset(word for word, held in _SHARES.items() if held == (("en", 1.0),))
_OTHERS = frozenset(word for word, held in _SHARES.items() if len(word) > 1 and "en" not in dict(held))
_ENGLISH_TOO = frozenset(word for word, held in _SHARES.items() if "en" in dict(held)) | {"a", "an", "the"}
_FEWEST_WORDS = 4
_FEWEST_POINTS = 1.0
_PLAIN = 4
"""English words from which, beside at most one of another language, a text is English without counting on."""


class Languages:
    """Answers in another language than asked in, and languages that few rows of a file have.

    Read are the last question and the answer, the first 400 characters of each. A row that speaks of languages,
    translation or quotations is passed over.
    """

    def __init__(self) -> None:
        self._gathered = Gathered()
        self._files: dict[str, dict[str, _Spoken]] = defaultdict(lambda: defaultdict(_Spoken))

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        answer = row.answer[:_READ]
        told = "" if answer.lstrip().startswith(_BEGINS_AS_CODE) else quick(answer) or short(answer)
        if not told:
            return
        self._files[row.file][told].add(row.line, answer)
        asked = row.asked[:_READ]
        if row.shape == "text" or not asked or not _may_differ(asked, told):
            return
        pair = astray(asked, answer)
        if pair and not _MEANT.search(_around(row)):
            names = f"{NAMES[pair[0]]} -> {NAMES[pair[1]]}"
            self._gathered.add(OTHER_LANGUAGE, row.file, row.line, f"{asked[:90]} → {answer[:90]}", names)

    def findings(self) -> Iterator[Finding]:
        """One finding for each defect and file."""
        yield from self._gathered.findings()
        for file, spoken in self._files.items():
            yield from _minorities(file, spoken)


@dataclass(slots=True)
class _Spoken:
    """Rows of one file with answers in one language."""

    count: int = 0
    lines: array[int] = field(default_factory=lambda: array("q"))
    examples: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, answer: str) -> None:
        self.count += 1
        if len(self.lines) < MOST_LINES:
            self.lines.append(line)
        if len(self.examples) < _EXAMPLES:
            self.examples.append((line, answer[:200]))


def _minorities(file: str, spoken: Mapping[str, _Spoken]) -> Iterator[Finding]:
    total = sum(each.count for each in spoken.values())
    main = max(spoken, key=lambda code: spoken[code].count)
    few = total - spoken[main].count
    if total < _FEWEST_SEEN or few == 0 or spoken[main].count < _MAIN * total:
        return
    others = {code: each for code, each in spoken.items() if code != main}
    yield Finding(
        code=MINORITY.code,
        severity=MINORITY.severity,
        message=numbered(few, MINORITY.message),
        where={"file": file, "lines": sorted(line for each in others.values() for line in each.lines)[:MOST_LINES]},
        evidence={
            "rows": few,
            "rows_read": total,
            "languages": {
                NAMES[code]: each.count for code, each in sorted(spoken.items(), key=lambda it: -it[1].count)
            },
            "examples": [{"line": line, "text": text} for each in others.values() for line, text in each.examples],
        },
        remediation=MINORITY.remediation,
    )


def astray(asked: str, answer: str) -> tuple[str, str] | None:
    """Languages of a question and its answer where both can be told and differ, but for those that `scripts` finds.

    Examples:
        >>> astray("What is the capital of France?", "La capital de Francia es París, que está en el norte del país.")
        ('en', 'es')
    """
    told, wanted = guess(_prose(answer)).code, guess(_prose(asked)).code
    if not told or not wanted or told == wanted:
        return None
    for text, code in ((asked, wanted), (answer, told)):
        # Short English with few little words passes for German or Dutch, so another language must be sure of itself.
        if code not in (quick(_prose(text)), short(_prose(text))) and (code != "en" or _no_english(text)):
            return None
    one, other = script(asked), script(answer)
    return None if one and other and one != other else (wanted, told)


def quick(text: str) -> str:
    """The language of a text by its little words alone; empty in doubt.

    Many times as fast as reading letters and endings too, and enough for texts of a sentence or more.

    Examples:
        >>> quick("The house that they built is by the river."), quick("Wo ist das Haus, und wer hat es gebaut?")
        ('en', 'de')
        >>> quick("OK, done")
        ''
    """
    text = text[:_READ]
    if not text.isascii():
        beyond = _BEYOND.search(text)
        if beyond and len(_BEYOND.findall(text)) > 0.3 * len(text):
            return guess(text).code
    for end in (_BEGINNING, _READ) if len(text) > _BEGINNING else (_READ,):
        said = set(text[:end].lower().replace("’", "'").split())
        if len(said & _ENGLISH) >= _PLAIN and len(said & _OTHERS) <= 1:
            return "en"
    points: dict[str, float] = {}
    for word in said:
        for code, weight in _SHARES.get(word) or _SHARES.get(word.strip(_EDGES), ()):
            points[code] = points.get(code, 0.0) + weight
    if not points:
        return ""
    best = max(points, key=lambda code: points[code])
    most = points[best]
    if most < _LEAST or any(_LEAD * other > most for code, other in points.items() if code != best):
        return ""
    return best if best == "en" or most >= _CLEAR or guess(text).code == best else ""


def short(text: str) -> str:
    """The language of a text of few words, where none of them is English; empty in doubt.

    Little words count in lower case, or as the first word: "Los Angeles" is a name.

    Examples:
        >>> short("Wie kocht man Reis?"), short("Review La La Land"), short("I am desperate!")
        ('de', '', '')
    """
    said = {word.strip(_EDGES) for word in (text[:1].lower() + text[1:]).replace("’", "'").split()}
    if len(said) < _FEWEST_WORDS or said.isdisjoint(_OTHERS) or not said.isdisjoint(_ENGLISH_TOO):
        return ""
    found = guess(text).code
    own = [weight for word in said for code, weight in _SHARES.get(word, ()) if code == found]
    return found if found != "en" and sum(own) >= _FEWEST_POINTS and (len(own) > 1 or not text.isascii()) else ""


def _no_english(text: str) -> bool:
    return _ENGLISH.isdisjoint(word.strip(_EDGES) for word in text.lower().replace("’", "'").split())


def _may_differ(asked: str, told: str) -> bool:
    """Whether the question may be in another language than the answer, by little words alone."""
    said = quick(asked)
    if said:
        return said != told
    return told != "en" or bool(short(asked))


def _prose(text: str) -> str:
    return _CODE.sub(" ", text)


def _around(row: TrainingRow) -> str:
    """What the row asks, and the beginning of what it answers: where it would say that another language is meant."""
    return "\n".join(turn.content[:4000] for turn in row.prompt) + "\n" + row.answer[:_READ]
