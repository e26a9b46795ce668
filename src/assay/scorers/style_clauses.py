"""Clauses on tone: emoji, exclamation marks, address, speaker, greeting, closing, forbidden phrases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from assay.domain.behaviour import Address, Style
from assay.scorers.clause import KEPT, Answered, Clause, Kept
from assay.scorers.reading import lowered

_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u2604\u2607-\u2612\u2614-\u26ff\u2702-\u270d\u2728\u274c\u274e"
    "\u2753-\u2755\u2757\u2763-\u2767\u2795-\u2797\u27b0\u2b50\u2b55\u2705\u231a\u231b\u23e9-\u23f3]"
)
"""Emoji; check marks, stars and arrows of plain text are none."""
_SMILEY = re.compile(r"(?<!\S)[:;=]-?[)D](?=[\s.,!]|$)")
_SMILES = (":)", ";)", "=)", ":-)", ";-)", ":D", "=D", ":-D")
_EXCLAIMED = re.compile(r"(?<=[^\W\d_]|[)\"'*])!+(?=[\s\"')*]|$)")
_GREETING = re.compile(
    r"[\s*_\"']*(?:hi|hello|hey|greetings|dear (?!god|me\b|lord)\w+|good (?:morning|afternoon|evening|day)|welcome|"
    r"hallo|guten (?:morgen|tag|abend)|bonjour|bonsoir|salut|hola|buen(?:os|as) \w+|ciao|buongiorno|ol[áa]|bom dia)"
    r"(?: there| everyone| \w+){0,2}\s*[,!.:\n👋]",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"\b(?:let me know|feel free to|(?:don't|do not) hesitate|i hope (?:this|that|it) (?:\w+ )?helps|"
    r"hope (?:this|that) helps|"
    r"is there anything else (?:i|you(?:'d| would| need| want|'re))|anything else i can|happy to (?:help|"
    r"assist|answer)(?: you)?(?: further| more|"
    r" with anything)?[.!]|"
    r"glad to (?:help|assist)[.!]|have a (?:great|nice|good|wonderful|lovely) (?:day|time|evening|weekend)|"
    r"(?:best|kind|warm) (?:regards|wishes)|good luck(?: (?:with|on)|[!.])|if you (?:have|"
    r"need) (?:any )?(?:other|more|further|"
    r"additional|questions|anything)|"
    r"stay safe|take care[.!]|i'm here (?:to help|if you|for you)|thank you for (?:asking|reaching|your)|"
    r"thanks for (?:asking|reaching))"
)
_LETTER = re.compile(
    r"\b(?:letters?|e-?mails?|messages?|repl(?:y|ies)|response to|notes?|dialogue|script|conversation|speech|greeting|"
    r"invitation|post|chat|sms|text (?:him|her|them|my))\b",
    re.IGNORECASE,
)
_HAIL = re.compile(
    r"\s*(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings|hallo|hola|bonjour|thanks?|thank you)\b", re.I
)
_SPEAKER = {
    "i": (
        re.compile(
            r"\bwe (?:can(?:not|'t)? (?:offer|provide|help|refund|send|ship|accept)|offer|provide|recommend|"
            r"ship|accept|"
            r"(?:do not|don't|will|won't) (?:\w+ )?(?:offer|provide|share|refund|be able|get back|contact|need)|"
            r"are (?:happy|sorry|unable|committed|pleased)|apologi[sz]e|value your)|"
            r"\bwe're (?:happy|sorry|unable|committed|pleased|here to)|\bour (?:team|store|company|customers|"
            r"support|policy|"
            r"policies|service|staff|website|agents|representatives)\b"
        ),
        "speaks as we",
    ),
    "we": (
        re.compile(
            r"(?<![\w\"'])i(?:'m| am| will|'ll| can|'d| would| have|'ve| do| don't| cannot| can't| think|"
            r" believe| recommend| "
            r"suggest| hope| understand| apologi[sz]e| need)\b"
        ),
        "speaks as I",
    ),
}
_INFORMAL = {
    "de": r"\b(?:du|dich|dir|dein(?:e[nmrs]?)?|euch)\b",
    "fr": r"\b(?:tu|toi|ton|tes|t'\w+)\b",
    "es": r"\b(?:tú|contigo|puedes|tienes|quieres|debes|necesitas|eres)\b",
    "it": r"\b(?:puoi|devi|vuoi|hai|sei|tuo|tua|tuoi|tue|ti)\b",
    "nl": r"\b(?:je|jij|jou|jouw|jullie)\b",
}
_FORMAL = {
    "de": r"(?<=[\wäöüß,] )(?:Sie|Ihnen|Ihr(?:e[nmrs]?)?)\b|(?:^|[.!?:] )\w+en Sie\b",
    "fr": r"\b[Vv](?:ous|otre|os)\b",
    "es": r"\b[Uu]sted(?:es)?\b",
    "it": r"(?<=[\wàèìòù,] )(?:Lei|Suo|Sua|Suoi|Sue)\b|\b(?:può|deve) (?:contattar|rivolger)\w+",
    "nl": r"\b(?:u|uw)\b",
}
_TELLS = {code: (re.compile(_INFORMAL[code], re.IGNORECASE), re.compile(_FORMAL[code])) for code in _INFORMAL}
_TAIL = 300
_WARN = "not English"


def style(ruled: Style, share: Callable[[str], float]) -> Iterator[Clause]:
    """The clauses on tone.

    Args:
        ruled: What the contract says.
        share: Share of answers that must keep a clause, by its name.
    """
    if ruled.emoji is False:
        yield _clause("emoji", "answers hold no emoji", share, _unsmiling)
    if ruled.exclamation is False:
        yield _clause("exclamation", "answers hold no exclamation mark", share, _calm)
    if ruled.address is not None:
        says = f"answers address the user in the {ruled.address} way"
        yield _clause("address", says, share, partial(_addressed, ruled.address), dear=True)
    if ruled.speaker is not None:
        says = f"the assistant speaks as {ruled.speaker if ruled.speaker == 'we' else 'I'}"
        yield _clause("speaker", says, share, partial(_speaks, ruled.speaker), dear=True)
    if ruled.greeting is not None:
        says = f"answers begin {'with' if ruled.greeting else 'without'} a greeting"
        yield _clause("greeting", says, share, partial(_greets, ruled.greeting))
    if ruled.closing is not None:
        says = f"answers end {'with' if ruled.closing else 'without'} a stock closing"
        yield _clause("closing", says, share, partial(_closes, ruled.closing))
    if ruled.forbidden:
        yield _clause("phrases", "answers hold no forbidden phrase", share, partial(free_of, listed(ruled.forbidden)))


Find = Callable[[str], re.Match[str] | None]


def listed(phrases: Sequence[str]) -> Find:
    """Finds the first of some phrases as people write them: any case, any blanks, whole words.

    Examples:
        >>> find = listed(["as an AI"])
        >>> bool(find("As  an ai, I think")), bool(find("as an aim"))
        (True, False)
    """
    parts = (r"\s+".join(map(re.escape, phrase.split())) for phrase in phrases)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)
    firsts = {max(phrase.lower().split(), key=len) for phrase in phrases if phrase.strip()}

    def find(text: str) -> re.Match[str] | None:
        low = text.lower()
        return pattern.search(text) if any(word in low for word in firsts) else None

    return find


def free_of(find: Find, answered: Answered) -> Kept:
    """Whether an answer holds none of some phrases."""
    found = find(answered.read.text)
    if found is None:
        return KEPT
    return Kept(False, f"holds {found[0][:60]!r}", (answered.span(found.start(), found.end(), "forbidden"),))


def _clause(
    name: str, says: str, share: Callable[[str], float], kept: Callable[[Answered], Kept], *, dear: bool = False
) -> Clause:
    return Clause(name=name, says=says, at_least=share(name), kept=kept, dear=dear)


def _unsmiling(answered: Answered) -> Kept:
    text = answered.read.text
    found = None if text.isascii() else _EMOJI.search(text)
    if found is None and any(smile in text for smile in _SMILES):
        found = _SMILEY.search(text)
    if found is None:
        return KEPT
    return _own(answered, f"holds {found[0]!r}", found)


def _calm(answered: Answered) -> Kept:
    text = answered.read.text
    found = _EXCLAIMED.search(text) if "!" in text else None
    if found is None:
        return KEPT
    return _own(answered, "exclaims", found)


def _addressed(wanted: Address, answered: Answered) -> Kept:
    tells = _TELLS.get(answered.language)
    if tells is None:
        return KEPT
    text = answered.read.text
    wrong, right = tells if wanted == "formal" else tells[::-1]
    found = wrong.search(text)
    if found is None or len(right.findall(text)) > 2 * len(
        wrong.findall(text)
    ):  # a quotation, or a word of another sense
        return KEPT
    return Kept(
        False, f"addresses the user by {found[0][:20]!r}", (answered.span(found.start(), found.end(), "address"),)
    )


def _speaks(wanted: str, answered: Answered) -> Kept:
    pattern, why = _SPEAKER[wanted]
    found = pattern.search(lowered(answered.read.text))
    return KEPT if found is None else _own(answered, why, found)


def _greets(wanted: bool, answered: Answered) -> Kept:
    prompt = answered.sample.prompt[:500]
    found = _GREETING.match(answered.read.text)
    if wanted:
        return KEPT if found else Kept(False, "begins without a greeting")
    if found is None or _HAIL.match(prompt) or _LETTER.search(prompt):
        return KEPT
    return _own(answered, "begins with a greeting", found)


def _closes(wanted: bool, answered: Answered) -> Kept:
    text = answered.read.text.rstrip()
    start = max(len(text) - _TAIL, text.rfind("\n", 0, len(text)) + 1)
    found = _CLOSING.search(lowered(text[start:]))
    if wanted:
        return KEPT if found else Kept(False, "ends without a closing")
    if found is None or (start == 0 and len(text) < 60) or _LETTER.search(answered.sample.prompt[:500]):
        return KEPT
    return Kept(False, f"ends on {found[0]!r}", (answered.span(start + found.start(), start + found.end(), "closing"),))


def _own(answered: Answered, why: str, found: re.Match[str]) -> Kept:
    """A breach, unless the text is one that the user has written for others: a tweet, a poem, a translation."""
    if answered.intent in ("creative", "translate", "rewrite"):
        return Kept(True, "written for others")
    return Kept(False, why, (answered.span(found.start(), found.end(), why[:100]),))
