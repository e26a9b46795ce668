"""Which forms an answer is to have: told by the sample's metadata, else read from the prompt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assay.domain.sample import Sample
from assay.scorers.forms import COUNTED, FORMS, Form

_NUMBERS = {
    "a": 1, "one": 1, "a single": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "hundred": 100,
}  # fmt: skip
_COUNT = r"(\d{1,4}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_ONLY = (
    r"(?:only|nothing else|nothing but|no other text|without any (?:other|additional) text|no (?:explanation|prose|"
    r"commentary|extra text)|just)"
)
_SAY = r"(?:write|answer|reply|respond|use|put|type|your (?:entire |whole )?(?:answer|response|reply|output))"
_LEAST = r"at least|no (?:less|fewer) than|a minimum of|minimum"
_MORE = r"more than|over|longer than"
_MOST = r"at most|no more than|up to|a maximum of|maximum|not more than|within|no longer than"
_LESS = r"under|fewer than|less than|below|shorter than"
_UNITS = {"sentence": "sentences", "word": "words", "paragraph": "paragraphs", "line": "lines", "bullet": "bullets"}
_COUNTED = re.compile(
    rf"(?:(?P<bound>{_LEAST}|{_MORE}|{_MOST}|{_LESS}|exactly) (?:a total of )?|"
    rf"\b(?P<lead>in|using|with|of|to|write|give|use|into|as|answer|is|be|it|contain|have|a|an|me|your|about|around) )?"
    rf"(?<![\w.])(?P<count>{_COUNT[1:-1]})(?P<range>(?: ?[-–] ?| to | or | and )(?P<upper>{_COUNT[1:-1]}))?"
    rf"(?P<after>\+| or more| or less| or fewer)?[ -](?:short |long |plain |simple |complete |full |brief )?"
    rf"(?P<unit>sentence|word|paragraph|line|bullet)(?: point)?s?\b(?! or phrase| (?:with|in) all| long each)",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:answer|reply|respond|response|output|contains?|write|story|provide|expand|entire|have|has|give|"
    r"summari[sz]e|explain|describe|list|tell|use|keep|limit|in|no more than|"
    r"at most|up to|exactly|under|at least|more than|less than)\b",
    re.IGNORECASE,
)
_ONE_OF = re.compile(
    r"\b(?:answer|reply|respond)(?: (?:only|just|simply))?(?: with)?(?: (?:only|just|either|one of))*:? "
    r"[\"“]?(yes|true|positive|agree)[\"”]?(?:,| or|/) ?(?:or )?[\"“]?(no|false|negative|disagree)[\"”]?"
    r"((?:,? (?:or )?[\"“]?(?:neutral|unsure|maybe|unknown)[\"”]?)?)",
    re.IGNORECASE,
)
_HOLDS = re.compile(
    r"\b(?:answer|reply|respond|end|conclude)(?: (?:only|just))?(?: with)?(?: (?:either|one of))? "
    r"[\"“](\[[^\]\"“”]{1,20}\])[\"”] or [\"“](\[[^\]\"“”]{1,20}\])[\"”]",
    re.IGNORECASE,
)
_OPTION = re.compile(
    r"\b(?:pick|choose|select|answer with|reply with|respond with|give)\b[^\n]{0,60}?"
    r"\b(?:best |right |correct |single )*(?:option|letter|choice)\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"^[ \t]*\(?([A-Z])[).:]", re.MULTILINE)
_PLAIN: Sequence[tuple[str, str]] = (
    ("code_only", rf"\bcode\b[^\n.]{{0,20}}\b{_ONLY}|\b(?:only|just|nothing but) (?:the |with |in )*(?:\w+ )?code\b"),
    (
        "json_only",
        rf"\bjson\b[^\n.]{{0,40}}\b{_ONLY}|\b(?:only|just|nothing but) (?:with |in |a |an |valid |the )*json\b",
    ),
    ("json", r"\b(?:in|as|return|output|produce|give|with|format\w*)(?: \w+){0,4} json\b"),
    ("csv", r"\b(?:in|as|return|output)(?: \w+){0,2} csv\b"),
    (
        "table",
        r"\b(?:in|as|make|draw|create|give)(?: (?!following|above|below)\w+){0,3} (?:markdown |"
        r"comparison )?table\b(?! of contents)",
    ),
    ("numbered", r"\bnumbered (?:list|steps|points)|\bas a list numbered"),
    (
        "bullets",
        r"(?<!any )(?<!no )(?<!without )(?<!not use )(?<!list of )(?<!the )(?<!these )(?<!following )"
        r"\bbullet(?:ed)?[- ](?:list|points?)|\bas bullets\b|\bin bullets\b",
    ),
    (
        "one_word",
        r"\b(?:in|with|using|is) (?:exactly |only |just )?(?:one|a single|1) word\b(?! (?:changed|in its|or|of|"
        r"that|for|at))|\bone-word answer",
    ),
    ("number", r"\b(?:only|just) (?:with |give |the )*(?:a |the )?(?:number|digits?)\b|\bnumber (?:only|alone)\b"),
    (
        "plain",
        r"\bplain text\b|\b(?:no|without|do not use|don't use|avoid)(?: any)? (?:markdown|formatting)",
    ),
    ("markdown", r"\b(?:in|use|using|with|as) markdown\b(?! table)"),
    (
        "uppercase",
        rf"\b{_SAY}\b[^\n.]{{0,80}}\b(?:in|all|only|entirely) (?:english )?(?:all )?(?:\w+ )?"
        r"(?:capital letters|capitals|uppercase|upper case|caps)\b(?! (?:to|in|for|less|at|between|should))|"
        r"\b(?:letters|everything|all of it)\b[^\n.]{0,40}\b(?:be capitali[sz]ed|uppercase|upper case|capitals)\b|"
        r"\bno lower-?case letters",
    ),
    (
        "lowercase",
        rf"\b{_SAY}\b[^\n.]{{0,80}}\b(?:in|all|only|entirely) (?:english )?(?:all )?(?:\w+ )?"
        r"(?:lowercase|lower case|small letters)\b|"
        r"\b(?:no|not (?:contain|use|include)(?: any)?|without(?: any)?) (?:capital|upper-?case|upper case) letters|"
        r"\bnot a single letter\b[^\n.]{0,40}\bcapitali[sz]ed|\ball (?:in )?lower-?case letters|"
        r"\bletters\b[^\n.]{0,40}\b(?:be|are) (?:in )?(?:all )?(?:lowercase|lower case)",
    ),
)
_ORDERS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PLAIN)
_EDGE = 3000


def wanted(sample: Sample) -> tuple[Form, ...]:
    """The forms that a sample asks for, all of which must hold; none when it asks for none.

    Metadata `format` is a word (`json`), a word with a number (`sentences: 2`, `words: <=50`,
    `list: 3-5`), words to choose from (`one_of: yes, no`), or a list of these.

    Examples:
        >>> [str(form) for form in wanted(Sample(id="1", input="?", metadata={"format": ["plain", "words: <=50"]}))]
        ['plain', 'words: 0 to 50']
        >>> [str(form) for form in wanted(Sample(id="1", input="Name the seasons as a numbered list."))]
        ['numbered']
    """
    told = sample.metadata.get("format")
    if told is None:
        return read(sample.prompt)
    listed = told if isinstance(told, Sequence) and not isinstance(told, str) else [told]
    return tuple(form for item in listed if isinstance(item, str) and (form := named(item)) is not None)


def named(told: str) -> Form | None:
    """A form by its name and number; None when no form is called so.

    Examples:
        >>> named("words: <=50"), named("sonnet") is None
        (Form(kind='words', low=0, high=50, words=()), True)
    """
    kind, _, rest = told.partition(":")
    kind, rest = kind.strip().lower().replace(" ", "_").replace("-", "_"), rest.strip()
    if kind not in FORMS:
        return None
    if kind in ("one_of", "holds", "option"):
        listed = tuple(word.strip() for word in rest.split(",") if word.strip())
        return Form(kind, words=listed) if listed or kind == "option" else None
    numbers = [int(digits) for digits in re.findall(r"\d{1,6}", rest)]
    if kind not in COUNTED or not numbers:
        return Form(kind) if kind not in COUNTED - {"list", "bullets", "numbered"} else None
    if rest.startswith(("<", "≤")):
        return Form(kind, 0, numbers[0])
    if rest.startswith((">", "≥")):
        return Form(kind, numbers[0])
    return Form(kind, numbers[0], numbers[-1])


def read(prompt: str) -> tuple[Form, ...]:
    """The forms that a prompt asks for in English words, as far as they are read.

    Examples:
        >>> [str(form) for form in read("Explain rain in exactly two sentences, in plain text.")]
        ['plain', 'sentences: 2']
        >>> read("Why did the sentence of the court matter?")
        ()
    """
    text = prompt if len(prompt) <= 2 * _EDGE else prompt[:_EDGE] + "\n" + prompt[-_EDGE:]
    found: dict[str, Form] = {kind: Form(kind) for kind, pattern in _ORDERS if pattern.search(text)}
    for more, less in (("json_only", "json"), ("code_only", "code"), ("table", "markdown")):
        if more in found:
            found.pop(less, None)
    if "plain" in found and ("bullets" in found or "numbered" in found):
        del found["plain"]
    if found.keys() & {"json_only", "code_only"}:  # what else is counted there describes the data
        return tuple(found[kind] for kind in ("json_only", "code_only") if kind in found)
    for form in (*_numbers(text), *_choices(text, prompt)):
        found[form.kind] = form
    if "one_word" in found:
        found.pop("words", None)
    if "one_of" in found or "holds" in found:
        found.pop("one_word", None)
    return tuple(found.values())


def _numbers(text: str) -> list[Form]:
    forms = []
    for hit in _COUNTED.finditer(text):
        if hit["count"].lower() in ("a", "one") and (hit["lead"] or "").lower() in (
            "is",
            "be",
            "of",
            "a",
            "me",
            "about",
        ):
            continue
        told = hit["bound"] or hit["lead"] or hit["after"] or hit["range"]
        if hit["unit"].lower() in ("line", "bullet") and hit["count"].lower() in ("a", "one"):
            continue
        if told and _ASKING.search(text, max(0, hit.start() - 120), hit.end()):
            forms.append(_bounded(hit))
    return forms


def _bounded(hit: re.Match[str]) -> Form:
    kind, bound, after = _UNITS[hit["unit"].lower()], (hit["bound"] or "").lower(), (hit["after"] or "").strip().lower()
    count = _value(hit["count"])
    if hit["upper"]:
        return Form(kind, min(count, _value(hit["upper"])), max(count, _value(hit["upper"])))
    if after in ("+", "or more") or re.fullmatch(_LEAST, bound):
        return Form(kind, count)
    if after or re.fullmatch(_MOST, bound):
        return Form(kind, 0, count)
    if re.fullmatch(_MORE, bound):
        return Form(kind, count + 1)
    if re.fullmatch(_LESS, bound):
        return Form(kind, 0, max(1, count - 1))
    if kind == "words" and bound != "exactly":  # "in 50 words" is a length, not a count
        return Form(kind, 0, count + count // 10) if count <= 10 else Form(kind, count // 2, count + count // 5)
    return Form(kind, count, count)


def _value(count: str) -> int:
    return _NUMBERS.get(count.lower()) or int(count)


def _choices(text: str, prompt: str) -> list[Form]:
    held = _HOLDS.search(text)
    if held:
        return [Form("holds", words=(held[1], held[2]))]
    either = _ONE_OF.search(text)
    if either:
        rest = re.findall(r"[a-z]{4,}", either[3].lower())
        return [Form("one_of", words=(either[1].lower(), either[2].lower(), *rest))]
    letters: Mapping[str, None] = dict.fromkeys(_LETTERS.findall(prompt[-4000:]))
    if _OPTION.search(text) and len(letters) >= 2:
        return [Form("option", words=tuple(letters))]
    return []
