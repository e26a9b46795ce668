"""What a generator says to the one who runs it, left standing in the rows that it wrote."""

from __future__ import annotations

import re

from assay.checks.sights import sight
from assay.domain.training import TrainingRow

_THING = (
    r"(?:prompt|question|instruction|quer(?:y|ie)|problem|example|version|task|request|user message|response|answer)s?"
)
_REMADE = (
    r"(?:re-?written|re-?phrased|paraphrased|reworded|revised|modified|generated|synthetic|synthesi[sz]ed|evolved|"
    r"augmented)"
)
_SURE = re.compile(
    r"\s*(?:sure|certainly|of course|absolutely|okay|alright)(?:!|,|\.| thing!)\s*(?:here|below|i've|i have)\b", re.I
)
_HERE = re.compile(
    rf"\s*(?:\w+[!,.]\s+)?(?:here(?:'s| is| are)|below (?:is|are)|the following (?:is|are))\s+"
    rf"(?:[\w,-]+\s+){{0,4}}?{_REMADE}\s+(?:\w+\s+){{0,3}}?{_THING}\b",
    re.I,
)
_HEADING = re.compile(
    r"\s*(?:#{1,4}\s?|\*\*)(?:rewritten|given|created|new|revised|evolved|generated)[ _]"
    r"(?:prompt|instruction|question|task|answer|response)\b"
    r"|\s*(?:rewritten|created|evolved|generated)[ _](?:prompt|instruction|question|answer|response)s?\W{0,3}:",
    re.I,
)
_MODEL = r"as an? (?:ai|artificial intelligence|large|language)[ -](?:language )?(?:model|assistant)"
_AS_AI = re.compile(rf"\b{_MODEL}\b", re.I)
speaking = sight((), [_MODEL], any_case=True)
"""Rows of a block that may say "as an AI language model"."""
_SAYS_IT = re.compile(
    r"\bthis (?:response|answer|question|dialogue|conversation|example|text) (?:was|is|has been) "
    r"(?:synthetically |automatically )?(?:generated|synthesi[sz]ed) "
    r"(?:by (?:an? )?(?:ai|gpt|llm|language|model|chatgpt)|for training)",
    re.I,
)
_REWRITING = re.compile(
    r"writ|phras|word|revis|version|edit|improv|generat|creat|example|question|prompt|instruction|correct|modif|chang|"
    r"simplif|shorten|summar|translat|fix|convert|make|respon",
    re.I,
)
_OF_AI = re.compile(
    r"\bai\b|artificial|language model|chatgpt|\bgpt|\bbot\b|robot|machine|are you|do you|your\b|assistant", re.I
)


_LEAD = r"(?:sure|certainly|of course|absolutely|okay|alright)(?:!|,|\.| thing!)"
announcing = sight(
    ("generated",),
    (
        _LEAD,
        _REMADE,
        r"(?:rewritten|given|created|new|revised|evolved|generated)[ _]"
        r"(?:prompt|instruction|question|task|answer|response)",
        _MODEL,
    ),
    any_case=True,
)
"""Rows of a block in which `chatter` may find something."""


def chatter(row: TrainingRow) -> tuple[str, str]:
    """What a generator says in a row's question or answer, and where: the kind and the text; both empty for none.

    Examples:
        >>> from assay.domain.sample import Message
        >>> asked = Message(role="user", content="Sure! Here are 5 questions about rivers: 1. Where")
        >>> chatter(TrainingRow(file="a", line=1, shape="chat", prompt=(asked,)))[0]
        'announces a prompt'
    """
    if row.shape == "text":
        return "", ""
    asked = (
        row.prompt[0] if row.prompt and row.prompt[0].role != "system" else row.prompt[1] if row.prompt[1:] else None
    )
    begun = asked.content[:300] if asked is not None and asked.role == "user" else ""
    if begun:
        if _SURE.match(begun) or _HERE.match(begun) or _HEADING.match(begun):
            return "announces a prompt", begun
        if (
            "model" in begun
            and (hit := _AS_AI.search(begun))
            and hit.start() < 40
            and " I " in begun[hit.end() : hit.end() + 40]
        ):
            return "refuses as a prompt", begun
    answer = row.answer
    begins = answer[:300]
    if _HEADING.match(begins) or (_HERE.match(begins) and not _REWRITING.search(row.asked[:4000])):
        return "announces an answer", begins
    if "generated" in answer[:20_000] and (hit := _SAYS_IT.search(answer, 0, 20_000)):
        return "says that it was generated", answer[max(hit.start() - 60, 0) : hit.end() + 60]
    return "", ""


def speaks_as_model(row: TrainingRow) -> str:
    """The place where an answer says "as an AI language model" without being asked about that; empty for none.

    Examples:
        >>> from assay.domain.sample import Message
        >>> answer = (Message(role="assistant", content="As an AI language model, I have no taste."),)
        >>> asked = (Message(role="user", content="Is tea better than coffee?"),)
        >>> speaks_as_model(TrainingRow(file="a", line=1, shape="chat", prompt=asked, answers=(answer,)))
        'As an AI language model, I have no taste.'
    """
    answer = row.answer[:20_000]
    if row.shape == "text" or ("model" not in answer and " AI" not in answer):
        return ""
    hit = _AS_AI.search(answer)
    if hit is None or any(_OF_AI.search(turn.content[-2000:]) for turn in row.prompt[-3:]):
        return ""
    return answer[max(hit.start() - 60, 0) : hit.end() + 80]
