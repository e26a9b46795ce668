"""Which words of an answer carry content, and which sentences bring none that was not there before."""

from __future__ import annotations

from collections.abc import Sequence

from assay.scorers.wording import Piece, phrases, sentences, words

_SMALL = (
    "ask asked asking answer question a about above actually after again all also although always am an and "
    "another any are as at be because been before being below between both but by can cannot could did do does "
    "doing done down during each either even ever every few for from further get gets give given go goes going "
    "good got great had has have having he her here hers him his how however i if in into is it its itself just "
    "know less let like made make makes many may me might more moreover most much must my neither no nor not now "
    "of off often on once one only or other others our out over overall own per please quite rather really said "
    "same say see shall she should simply so some such sure than that the their them then there therefore these "
    "they thing things this those through thus to together too under until up upon us use used using very via "
    "want was way we well were what when where whether which while who whom whose why will with within without "
    "would yes yet you your yours"
)
_EMPTY = frozenset(_SMALL.split())
STOCK = phrases(
    r"(?:that's |that is |what )?an? (?:really |very )?(?:great|good|excellent|interesting|important|wonderful|"
    r"fantastic) "
    r"question",
    r"(?:great|good|excellent) question",
    r"i(?:'d| would|'ll| will)? ?(?:be|am|'m) (?:more than )?(?:happy|glad|delighted) to (?:help|assist|answer|"
    r"explain)",
    r"i hope (?:this|that|it) (?:helps|answers|clarifies|was helpful|is helpful)",
    r"(?:please )?(?:feel free|don't hesitate|do not hesitate) to (?:ask|reach|let|contact)",
    r"let me know if (?:you|there)",
    r"if you have any (?:other|more|further|additional|questions|specific)",
    r"is there anything else",
    r"(?:it is|it's) (?:important|worth|essential|crucial) (?:to (?:note|remember|mention|keep in mind)|noting) that",
    r"(?:in conclusion|in summary|to summarize|to sum up|all in all|to conclude)",
    r"(?:here is|here's|here are|below is|below are) (?:the|a|an|your|some|my) (?:\w+ ){0,4}?"
    r"(?:answer|response|explanation|overview|breakdown|summary|list|guide)",
    r"(?:let's|let us) (?:dive|explore|delve|take a look|break|look)",
    r"(?:sure|certainly|absolutely|of course)(?= ?[!.,])",
    r"thank you for (?:asking|your question|reaching out)",
)
"""Stock phrases of assistants, in lower case."""

_FEW = 4
_NEW = 0.2


def content(text: str) -> list[str]:
    """Words that carry content, in order, without their endings.

    Examples:
        >>> content("What are the colours of the flag?"), content("The flag's colour is red.")
        (['colour', 'flag'], ['flag', 'colour', 'red'])
    """
    return [_stem(low) for word in words(text) if (low := word.text.lower()) not in _EMPTY and "'" not in low[:2]]


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    if not word.isascii() or len(word) < 4 or word.isdigit():
        return word
    for ending in ("ings", "ing", "edly", "ed", "ies", "es", "ly", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= (3 if ending == "s" else 4):
            return word.removesuffix(ending)
    return word


def padding(text: str, asked: str) -> list[Piece]:
    """Sentences that bring nothing new: stock phrases, the question again, what was said before.

    A sentence of four words or more brings nothing when at most a fifth of its content words
    was neither asked nor said before it.

    Args:
        text: The answer.
        asked: What the user said.

    Examples:
        >>> said = "Great question! Red and white. The colours are red and white, as I said."
        >>> [piece.text for piece in padding(said, "Which colours has the flag?")]
        ['Great question!', 'The colours are red and white, as I said.']
    """
    known = set(content(asked))
    if known.issuperset(content(text)):  # the answer is in the question: one of its options, a passage of it
        known = set()
    said_before = False
    found: list[Piece] = []
    for sentence in sentences(text):
        carried = content(sentence.text)
        fresh = {word for word in carried if word not in known}
        if _stock(sentence, fresh) or _again(sentence, carried, fresh, said_before):
            found.append(sentence)
        known.update(carried)
        said_before = True
    return found


def _stock(sentence: Piece, fresh: set[str]) -> bool:
    """Whether a sentence is a stock phrase and little else."""
    hit = STOCK.search(sentence.text[:300].lower())
    return hit is not None and len(fresh) <= 3


def _again(sentence: Piece, carried: Sequence[str], fresh: set[str], said_before: bool) -> bool:
    """Whether a sentence repeats; the first may use the words of the question, since that is how one answers."""
    if len(carried) < (2 if said_before else 3) or len(words(sentence.text)) < _FEW:
        return False
    return len(fresh) <= _NEW * len(set(carried))
