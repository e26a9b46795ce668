"""Rules of a house that an answer cites though the row holds no policy: where did the model get them from."""

from __future__ import annotations

import re

from assay.checks.needles import holds, quick
from assay.checks.sights import sight
from assay.domain.training import TrainingRow
from assay.scorers.reading import lowered, plain
from assay.scorers.sentences import sentences

_READ = 20_000
_LONGEST = 1_000
_BOOK = (
    r"(?:polic(?:y|ies)|rules?|guidelines?|terms(?: (?:of|and) \w+)?|regulations?|procedures?|handbook|protocols?"
    r"|code of conduct)"
)
_GATES = ("polic", "rule", "guideline", "terms", "regulation", "procedure", "handbook", "protocol", "code of conduct")
_CITES = re.compile(
    rf"\b(?:our|openai's|anthropic's|google's|meta's|microsoft's) (?:[\w-]+ ){{0,3}}{_BOOK}\b"
    rf"|\b(?:according to|in accordance with|under|per|as per|in line with|as stated in)"
    rf" (?:the )?(?:company|store|shop|house) (?:[\w-]+ ){{0,2}}{_BOOK}\b"
)
_may_name = holds(_GATES)
naming = sight(_GATES)
"""Rows of a block that may name a rule of the house."""
_cites = quick(_CITES)
_ASKED = re.compile(
    rf"\b{_BOOK}\b|\b(?:write|draft|compose|generate|create|design|rewrite|rephrase|paraphrase|translate|summari[sz]e"
    r"|edit|pretend|imagine|role-?play|act as|e-?mail|letter|story|dialogue|script|speech|slogan|advert\w*"
    r"|value proposition)\b"
)
_PERSONAL = re.compile(r"\bour (?:own |moral |social |common )?(?:rules?|terms) (?:of thumb|of life)\b")


def invented_rule(row: TrainingRow, answer: str) -> str:
    """The first sentence that cites a rule of the house, where nothing before the answer holds or asks for one.

    Returns:
        The sentence; empty where there is none.
    """
    if not _may_name(answer[:_READ]):
        return ""
    low = lowered(plain(answer[:_READ]))
    found = _cites(low)
    if found is None or _PERSONAL.search(low) or _held(row):
        return ""
    begin = answer.rfind("\n", 0, found.start()) + 1
    for part in sentences(answer[begin : found.end() + _LONGEST].partition("\n")[0]):
        if part.start <= found.start() - begin < part.end:
            return answer[begin + part.start : begin + part.end].strip()
    return answer[max(found.start() - 80, 0) : found.end() + 80]


def _held(row: TrainingRow) -> bool:
    """Whether what stands before the answer speaks of rules itself, or asks for a text that may make some up."""
    return any(_ASKED.search(lowered(text[-_READ:])) for text in (*(turn.content for turn in row.prompt), *row.context))
