"""What kind of request a prompt is, and how hard: by rules over its words."""

from __future__ import annotations

import re
from typing import Literal

Difficulty = Literal["easy", "medium", "hard"]

INTENTS: tuple[str, ...] = (
    "code", "maths", "translate", "summarise", "rewrite", "extract", "classify", "creative", "question", "advice",
    "explain", "chat", "tool",
)  # fmt: skip
"""Kinds of request that are told apart; `other` is what none of the rules knows."""

READ = 2000
"""Characters of a prompt that are read from its beginning, and half as many from its end: orders stand there."""
_I = re.IGNORECASE


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", _I)


_LANGUAGE = (
    r"(?:english|french|spanish|german|italian|portuguese|dutch|chinese|mandarin|japanese|korean|russian|arabic|hindi|"
    r"latin|swedish|polish|turkish|greek|hebrew|vietnamese|thai|ukrainian)"
)
_TRANSLATE = _any(
    r"translat(?:e|es|ing|ion)(?! studies)", rf"(?:in|into|to) {_LANGUAGE}[.:?]?\s*$",
    rf"how (?:do|would|can) (?:you|i|we) say\b.{{1,80}}\bin {_LANGUAGE}",
)  # fmt: skip
_SUMMARISE = _any(
    r"summari[sz](?:e|ing|ation)", r"summary (?:of|for)", r"(?:give|write|provide)(?: me)? an? (?:\w+ )?summary",
    r"tl;?dr", r"key (?:points|takeaways)", r"main (?:points|idea|ideas)", r"in a nutshell", r"condense",
    r"sum up",
)  # fmt: skip
_REWRITE = _any(
    r"re-?(?:write|phrase|word)", r"paraphras(?:e|ing)", r"proofread", r"edit (?:the|this|my)", r"correct (?:the|this|my|any|all) "
    r"(?:\w+ ){0,3}?(?:grammar|spelling|sentences?|text|errors?|punctuation|paragraph)",
    r"(?:fix|improve|polish|simplify|shorten|expand|rearrange|reorder|restructure|make) (?:the |this |my |these )?(?:following |given )?(?:\w+ )?(?:grammar|sentences?|text|paragraph|writing|essay|email|letter|passage|words)",
    r"(?:change|convert|transform|turn|put) (?:the |this |these )?(?:following |given )?(?:\w+ )?(?:sentences?|text|paragraph|passage|words|phrase|verbs?)",
    r"(?:into|to|in) (?:the )?(?:passive|active|past|present|future) (?:voice|tense)",
    r"(?:more|less) (?:formal|polite|concise|professional|friendly)(?: tone)?",
)  # fmt: skip
_EXTRACT = _any(
    r"extract", r"(?:identify|find|list|name|pick out|highlight|underline) (?:all |any )?(?:the )?(?:\w+ ){0,3}?(?:in|from|mentioned in) (?:the|this) "
    r"(?:following |given |above |below )?(?:text|sentences?|passage|paragraph|article|document|email|review|list|table)",
    r"parse (?:the|this)", r"named entit(?:y|ies)", r"(?:as|in|to|into) (?:valid )?json", r"fill in the (?:table|form)",
)  # fmt: skip
_CLASSIFY = _any(
    r"classif(?:y|ication)", r"categori[sz]e", r"sentiment", r"label (?:the|this|each)", r"(?:is|are|does|do|determine (?:if|whether)|decide (?:if|whether)|tell me (?:if|whether)) "
    r"(?:the|this|these) (?:following |given )?(?:\w+ )?(?:sentence|statement|text|review|tweet|email|claim|argument)s?",
    r"true or false", r"which (?:category|class|genre|option|of the (?:following|two|above))",
    r"(?:rate|score|grade) (?:the|this|each)", r"(?:detect|determine|judge|predict) (?:the|if|whether)", r"odd one out",
    r"answer \W?(?:yes or no|yes/no)", r"same or different", r"sort (?:the|these) (?:following )?\w+ (?:into|by)",
)  # fmt: skip
_CODE = re.compile(
    r"```|(?<!\w)(?:python|javascript|typescript|java|c\+\+|c#|rust|golang|kotlin|sql|html|css|bash|powershell|regex(?:es)?|"
    r"regular expression|excel formula|shell script|api endpoint|pseudo-?code|dockerfile|react|django|flask|numpy|pandas|github|"
    r"unit tests?|compiler?|debug(?:ging)?|stack trace|source code|codebase|algorithm)(?!\w)|"
    r"(?<!\w)(?:write|create|implement|build|develop|design|fix|complete|generate|give me|edit|debug|optimi[sz]e|refactor|explain) (?:\w+ ){0,6}?"
    r"(?:code|function|program|script|class|method|query|app|website|web page|webpage|loop|command)(?!\w)|"
    r"(?:^|\n)\s*(?:def |class \w+[:(]|import \w+|#include|public static|SELECT .+ FROM |function \w*\()|\w+\(\w*\)\s*[;{]",
    _I,
)
_MATHS = re.compile(
    r"(?<!\w)(?:calculate|compute|solve|simplify|factori[sz]e|evaluate|integrate|differentiate|prove|derive)(?!\w)[^\n]{0,120}?(?:\d|equation|expression|integral|"
    r"derivative|function|theorem|area|volume|sum|x\b)|"
    r"(?<!\w)how (?:many|much|far|long|old|tall|fast)(?!\w)[\s\S]{0,400}|"
    r"\d\s*[-+*/×÷^=]\s*\(?\d|(?<!\w)(?:square root|prime number|percent(?:age)? of|derivative of|integral of|probability (?:of|that)|"
    r"average of|mean of|median of|equation|triangle|hypotenuse|polynomial|quadratic|matrix|least common|greatest common|"
    r"sum of|product of|next number|sequence of numbers|arithmetic|geometry|algebra|calculus|divisible)(?!\w)",
    _I,
)
_NUMBERS = re.compile(
    r"(?<![\w.])[$€£]?\d[\d,.]*%?(?![\w])|(?<!\w)(?:two|three|four|five|six|seven|eight|nine|ten|twice|half|dozen|double)(?!\w)",
    _I,
)
_HOW_MANY = re.compile(
    r"(?<!\w)(?:how (?:many|much|far|long|old|tall|fast)|what (?:is|was) the (?:total|difference|sum|average|percentage|price|cost))(?!\w)",
    _I,
)
_CREATIVE = re.compile(
    r"(?<!\w)(?:write|create|compose|generate|come up with|make up|invent|draft|craft|design|tell me|give me|produce|develop|suggest|need|make|continue|complete|finish|imagine)(?!\w)[^\n?]{0,90}?(?<!\w)"
    r"(?:poems?|stor(?:y|ies)|songs?|lyrics|rap|haikus?|limericks?|sonnets?|jokes?|riddles?|puns?|essays?|blog(?: posts?)?|articles?|letters?|e-?mails?|"
    r"speech(?:es)?|scripts?|dialogues?|scenes?|slogans?|taglines?|titles?|headlines?|captions?|tweets?|posts?|press release|advertisements?|ads?|commercial|"
    r"resumes?|cover letter|reviews?|biograph(?:y|ies)|novel|plot|fable|fairy tale|monologue|screenplay|metaphors?|similes?|analogy|names? for|"
    r"paragraphs?|conversation|toast|invitation|proposal|sketch|obituary|outline|narrative|character|memo|brochure|flyer|pitch|newsletter|itinerary)(?!\w)|"
    r"(?<!\w)(?:write|compose) (?:an? |the |me |some |about )|(?<!\w)(?:role-?play|pretend (?:to be|you are|that you)|imagine (?:you|that|a|being))(?!\w)|(?<!\w)brainstorm",
    _I,
)
_ADVICE = re.compile(
    r"(?<!\w)(?:how (?:can|do|should|could|would|to|might)(?: (?:i|you|we|one|someone|people|a|my|the))?|what (?:should|can|could) (?:i|we|you)|should (?:i|we|one)|"
    r"(?:give|provide|offer|suggest|share|list|recommend|need|any|some|best|want)(?: me| us)?(?: \w+){0,5}? (?:advice|tips?|suggestions?|recommendations?|ideas|ways|strategies|steps|guide|plan|recipe|tricks|methods)|"
    r"(?:best|good|effective|easiest|fastest) (?:ways?|method|strateg(?:y|ies)|place|time|practices) (?:to|for|of)|recommend|advise|"
    r"help me (?:to )?(?:choose|decide|plan|find|with|understand|improve|get)|step[- ]by[- ]step|instructions? (?:for|on|to)|i (?:need|want) (?:help|to)|tutorial|(?:travel|meal|workout|study|business) plan|recipe for)(?!\w)",
    _I,
)
_EXPLAIN = _any(
    r"explain", r"describe", r"define", r"compare", r"contrast", r"discuss", r"elaborate", r"analy[sz]e", r"outline", r"what(?:'s| is| are) the (?:differences?|pros|advantages|benefits|similarities|relationship|importance|significance|purpose|impact|effects?|causes?)",
    r"what does .{1,60} mean", r"how (?:does|do|did|is|are) (?!you)", r"why", r"tell me (?:more )?about", r"what(?:'s| is) the meaning of", r"overview of", r"interpret",
)  # fmt: skip
_QUESTION = re.compile(
    r"(?<!\w)(?:who|whom|whose|what|when|where|which|is|are|was|were|does|do|did|can|could|has|have|will|would|should|name|list|identify|find|in what|at what|for what|on what|to what)(?:'s|'re)?(?!\w)",
    _I,
)
_CHAT = re.compile(
    r"\s*(?:(?:hi|hello|hey|yo|good (?:morning|evening|afternoon)|thanks?(?: you)?|ok(?:ay)?|cool|great|nice|sure|yes|no|bye|lol|haha|greetings|sup)\b[^\n]{0,60}|"
    r"[^\n]{0,40}\b(?:how are you|what(?:'s| is) your (?:name|favou?rite)|who are you|are you (?:a |an )?(?:human|robot|bot|ai|real|conscious|sentient)|do you (?:like|love|have|feel|think|believe|know|want|enjoy|agree|hate)|"
    r"what do you (?:think|like|want|feel)|can you (?:hear|see|feel)|tell me about yourself|would you (?:rather|like))\b[^\n]{0,160}|"
    r"(?:i|i'm|i've|my|we|it|that|this|you|you're|he|she|they)\b[^?]{0,200})\s*\Z",
    _I,
)
_STEP = re.compile(
    r"(?<!\w)(?:then|after that|next|finally|also|first(?:ly)?|second(?:ly)?|third(?:ly)?|and then|in addition|additionally|make sure|ensure|must|should|at least|at most|exactly|no more than|"
    r"without|include|including|do not|don't|only|avoid|each|every|both|unless|except)(?!\w)",
    _I,
)
_ITEM = re.compile(r"(?:^|\n)\s*(?:[-*•]|\d{1,2}[.)])\s+\S")
_DEEP = _any(
    r"prove", r"proof", r"derive", r"optimi[sz]e", r"architecture", r"trade-?offs?", r"critically", r"in[- ]depth", r"comprehensive", r"detailed", r"research", r"theorem",
    r"complexity", r"concurren(?:t|cy)", r"distributed", r"step[- ]by[- ]step", r"multi-?step", r"compare and contrast", r"analy[sz]e", r"implement", r"evaluate",
)  # fmt: skip


def intent(prompt: str, *, tools: bool = False, before: bool = False) -> str:
    """The kind of a request: a name of `INTENTS`, or `other`.

    Args:
        prompt: The last thing that the user says.
        tools: Whether tools are on offer.
        before: Whether earlier turns stand before it; a short line is then more likely talk.

    Examples:
        >>> [intent(one) for one in ("Translate 'good night' into French.", "Write a poem about rain", "What is 3 + 4?")]
        ['translate', 'creative', 'maths']
        >>> intent("How do I remove a coffee stain?"), intent("Who wrote Faust?"), intent("Hi there!")
        ('advice', 'question', 'chat')
    """
    text = _read(prompt)
    if not text.strip():
        return "other"
    if tools:
        return "tool"
    order = text[:400]
    for name, pattern in _ORDERS:
        if pattern.search(order):
            return name
    if _CODE.search(text):
        return "code"
    if _arithmetic(text):
        return "maths"
    if _CHAT.match(text) and len(text) < 240:
        return "chat"
    for name, pattern in _TALK:
        if pattern.search(text):
            return name
    return "question" if "?" in text or _QUESTION.match(text.lstrip()) else "chat" if before else "other"


_ORDERS = (
    ("translate", _TRANSLATE),
    ("summarise", _SUMMARISE),
    ("rewrite", _REWRITE),
    ("classify", _CLASSIFY),
    ("extract", _EXTRACT),
)
_TALK = (("creative", _CREATIVE), ("advice", _ADVICE), ("explain", _EXPLAIN))


def _arithmetic(text: str) -> bool:
    """Whether something is to be worked out: an operation by name, or a question of quantity with two numbers."""
    if _HOW_MANY.search(text):
        return len(_NUMBERS.findall(text)) >= 2
    found = _MATHS.search(text)
    return found is not None


def difficulty(prompt: str) -> Difficulty:
    """How hard a request is, by its length, its constraints and steps, and words of depth.

    Examples:
        >>> difficulty("Who wrote Faust?")
        'easy'
        >>> difficulty("Implement a lock-free queue. First prove it correct, then include tests; do not use malloc.")
        'hard'
    """
    text = _read(prompt)
    words = text.count(" ") + text.count("\n") + 1
    points = (words > 25) + (words > 80) + (words > 250)
    points += min(2, len(_STEP.findall(text)) // 2) + min(2, len(_ITEM.findall(text)) // 2)
    points += min(2, len(_DEEP.findall(text)))
    return "easy" if points <= 0 else "medium" if points <= 2 else "hard"


def _read(prompt: str) -> str:
    return prompt if len(prompt) <= READ + READ // 2 else prompt[:READ] + "\n" + prompt[-READ // 2 :]
