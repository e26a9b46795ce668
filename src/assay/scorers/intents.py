"""What kind of request a prompt is, and how hard: by rules over its words.

The order of the rules is the order of trust: what is worked on (a translation, a text to be rewritten) says more than
the verb that the request begins with, and that more than the words of a question.
"""

from __future__ import annotations

import re
from typing import Literal

Difficulty = Literal["easy", "medium", "hard"]

INTENTS: tuple[str, ...] = (
    "code", "maths", "translate", "summarise", "rewrite", "extract", "classify", "creative", "question", "advice",
    "explain", "chat", "tool", "other",
)  # fmt: skip
"""Kinds of request that are told apart; `other` is what none of the rules knows."""

READ = 2000
"""Characters of a prompt that are read from its beginning, and half as many from its end: orders stand there."""
_ORDER = 300
"""Characters in which the order stands, where one does."""
_CLAUSE = 160
"""Characters after the first verb that say what is made."""
_TALK = 240
"""Longest turn that can be mere talk."""
_I = re.IGNORECASE


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", _I)


_LANGUAGE = (
    r"(?:english|french|spanish|german|italian|portuguese|dutch|chinese|mandarin|japanese|korean|russian|arabic|hindi|"
    r"latin|swedish|polish|turkish|greek|hebrew|vietnamese|thai|ukrainian)"
)
_TEXT = (
    r"(?:sentences?|texts?|paragraphs?|passages?|phrases?|words?|essays?|e-?mails?|letters?|paper|transcri\w+|"
    r"sentenses?|"
    r"headlines?|titles?|grammar|spelling|punctuation|writing|tweets?|posts?)"
)
_GIVEN = r"(?:(?:the|this|these|my|any|all|following|given|below|above|provided|each|of|these)\s+){0,4}(?:\w+\s+){0,2}?"
_TRANSLATE = _any(
    r"translat(?:e|es|ing|ion of)", rf"how (?:do|would|can) (?:you|i|we) say\b.{{1,80}}\bin {_LANGUAGE}",
    rf"what is .{{1,60}} in {_LANGUAGE}\?",
)  # fmt: skip
_SUMMARISE = _any(
    r"summari[sz](?:e|ing)", r"(?:write|give|provide|create|make)(?: me)? an? (?:\w+ ){0,2}?(?:summary|"
    r"abstract|synopsis)",
    r"tl;?dr", r"(?:the )?(?:key|main) (?:points?|takeaways?|ideas?) (?:of|from|in) (?:the|this)", r"in a nutshell",
    r"sum up", r"(?:condense|shorten) (?:the|this)", r"(?:describe|state|give) the (?:content|gist) of",
)  # fmt: skip
_REWRITE = _any(
    r"re-?(?:write|phrase|word)", r"paraphras(?:e|ing)", r"proofread",
    rf"(?:correct|fix|improve|polish|simplify|shorten|expand|rearrange|reorder|edit|revise|convert|change|transform|"
    rf"turn|modify|reverse) {_GIVEN}{_TEXT}",
    r"(?:spelling|grammar|grammatical) (?:errors?|mistakes?)", r"(?:suggest|make) (?:one|a|some) corrections?",
    r"(?:into|to|in) (?:the )?(?:passive|active) voice|(?:into|to) (?:the )?(?:past|present|future) tense",
    r"(?:new|better|different|another) (?:headline|title|version|wording) (?:from|of|for) the following",
)  # fmt: skip
_EXTRACT = _any(
    r"extract", r"retrieve (?:the|all)", r"named entit(?:y|ies)", r"parse (?:the|this)",
    r"(?:identify|find|list|pick out|highlight|underline|locate) (?:\w+ ){0,4}?(?:in|from|mentioned in) (?:the|this) "
    r"(?:following |given |above |below )?(?:text|sentences?|passage|paragraph|article|document|e-?mail|data|"
    r"conversation)",
)  # fmt: skip
_CLASSIFY = re.compile(
    r"(?<!\w)(?:classif(?:y|ication of)|categori[sz]e|label (?:the|this|each)|(?:is|are|does|do) (?:the|this|these) "
    r"(?:following |given )?(?:sentence|statement|text|review|tweet|email|claim|argument)s?|true or false|"
    r"(?:decide|determine|detect|judge|tell|predict|check|identify) (?:me )?(?:if|whether)|odd one out|"
    r"(?:pick|choose|select) (?:the |an? )?(?:best |correct |right |single |most \w+ )*(?:option|answer|choice|"
    r"category)|"
    r"(?:rate|grade) the|(?:analy[sz]e|detect) .{1,40} (?:sentiment|bias|tone)|sentiment of|"
    r"(?:which|what) (?:category|class|genre) (?:does|is|do)|same or different|(?:sort|group) (?:the|"
    r"these) .{1,40} into)(?!\w)|"
    r"\(?A\)[.)]? .{1,200}\(?B\)|\bA[.)] .{1,200}\bB[.)] |\[yes\] or \[no\]|yes or no\W*$",
    _I | re.DOTALL,
)
_SOURCE = re.compile(
    r"```|(?:^|\n)\s*(?:def \w+\(|class \w+[:({]|import \w+|from \w+ import|#include|public (?:static|class)|"
    r"SELECT .{1,200} FROM |"
    r"function \w*\(|(?:const|let|var) \w+ ?=)|\w\(\w*\);|</\w+>"
)
_CODE = re.compile(
    r"(?<!\w)(?:python|javascript|typescript|java|c\+\+|c#|golang|kotlin|sql|html|css|bash|powershell|regex(?:es)?|"
    r"regular expression|excel formula|shell script|pseudo-?code|dockerfile|django|flask|numpy|pandas|"
    r"source code|stack trace|"
    r"(?:write|create|implement|build|develop|fix|complete|debug|optimi[sz]e|refactor|construct|code|"
    r"design)(?: me)? (?:an? |the |some |this |my )?"
    r"(?:\w+ ){0,3}?(?:code|function|program|class|method|query|database|algorithm|api|data structure|"
    r"web ?(?:page|site)|app|"
    r"software|(?:command|script)(?! (?:for|of|about|between)))(?! (?:for|to|that|about|on|of|between) (?:\w+ ){0,3}?"
    r"(?:conversation|play|film|movie|scene|children|students|employees|teachers)))(?![\w+#])",
    _I,
)
_PROSE = (
    r"(?:poems?|stanzas?|stor(?:y|ies)|songs?|lyrics|raps?|haikus?|limericks?|sonnets?|jokes?|riddles?|puns?|"
    r"essays?|blogs?|articles?|"
    r"letters?|e-?mails?|speech(?:es)?|dialogues?|conversations?|scenes?|slogans?|taglines?|titles?|headlines?|"
    r"captions?|tweets?|posts?|"
    r"press release|advertisements?|ads?|commercials?|resumes?|cover letter|reviews?|biograph(?:y|ies)|novel|"
    r"plot|fable|tale|monologue|"
    r"screenplay|metaphors?|similes?|analog(?:y|ies)|paragraphs?|toast|invitation|proposal|sketch|obituary|"
    r"narrative|characters?|"
    r"memo|brochure|flyer|pitch|newsletter|hooks?|quiz|quest?ionnaire|template|outline|note|opening|lines|sentences?|"
    r"script|message|report|names for|profile)"
)
_MAKES = re.compile(
    r"(?<!\w)(?:write|create|compose|generate|come up with|make up|make|invent|draft|craft|design|produce|"
    r"construct|develop|"
    r"continue|complete the|finish the|imagine|brainstorm|output|build|add|formulate|put together|help me write)(?!\w)",
    _I,
)
_PROSE_MADE = re.compile(
    rf"(?<!\w)(?:write|create|compose|generate|come up with|make up|invent|draft|craft|design|tell|give|"
    rf"produce|develop|suggest|need|"
    rf"want|make|continue|complete|finish)(?!\w)[^\n?]{{0,60}}?(?<!\w){_PROSE}(?!\w)",
    _I,
)
_PLAYS = re.compile(
    r"(?<!\w)(?:role-?play|pretend|let's imagine|let us imagine|act (?:as|like)|imagine (?:you|that you|we|a |"
    r"being)|play me|you are (?:now )?(?:an?|the) \w+|stay in character)(?!\w)",
    _I,
)
_MATHS = re.compile(
    r"(?<!\w)(?:calculate|compute|solve|factori[sz]e|integrate|differentiate|prove|"
    r"evaluate)(?!\w)[^\n]{0,120}?(?:\d|equation|expression|"
    r"integral|derivative|statement|theorem|puzzle)|\d\s*[-+*/×÷^=]\s*\(?\d|(?<!\w)(?:square root|prime number|"
    r"derivative of|integral of|"
    r"hypotenuse|polynomial|quadratic|least common|greatest common|(?:median|mean|average|sum|"
    r"product) of (?:the )?(?:following )?(?:set|numbers?|list|\d)|"
    r"sudoku|divisible by|\d+(?:\.\d+)?% (?:of|tip|off|discount)|surface area|sum of the first)(?!\w)",
    _I,
)
_AMOUNT = re.compile(
    r"(?<!\w)(?:how (?:many|much|far|long|old|tall|fast)|what (?:is|was|will be|percentage|"
    r"fraction)(?: the)? ?(?:total|difference|sum|average|"
    r"percentage|price|cost|number|of)?|find the (?:number|total|value))(?!\w)",
    _I,
)
_NUMBER = re.compile(
    r"(?<![\w.])[$€£]?\d[\d,.]*%?(?!\w)|(?<!\w)(?:two|three|four|five|six|seven|eight|nine|ten|twice|half|"
    r"dozen|double|triple)(?!\w)",
    _I,
)
_ADVICE = re.compile(
    r"(?<!\w)(?:how (?:can|do|should|could|would|might) (?:i|we|you|one|someone|people|a person)|how to|"
    r"what(?:'s| is| are)? (?:the |some |a )?(?:best|good|easiest|fastest|"
    r"safest|effective|tips|steps|ways?)|what (?:should|can|could) (?:i|we|you)|(?:should|would|could|can|may|"
    r"do|must) i|which should i|"
    r"is it (?:ok|okay|all right|safe|a good idea|bad|wrong)(?: for me)? to|what am i doing wrong|"
    r"(?:give|provide|offer|share|list|need|any|some|more|best)(?: me| us)?(?: \w+){0,5}? (?:advice|tips?|"
    r"suggestions?|recommendations?|ways|"
    r"strategies|instructions|recipes?|tricks|methods)|suggest|recommend|advise|plan (?:an?|my|the|for)|"
    r"steps (?:to|for)|"
    r"(?:dinner|lunch|breakfast|meal|travel|workout|study|diet|business) (?:recipes?|ideas?|plans?)|recipe for|"
    r"guide (?:me|to|for|on)|tutorial|"
    r"help me (?:to )?(?:choose|decide|plan|find|improve|get|with)|i want to|i need to)(?!\w)",
    _I,
)
_EXPLAIN = re.compile(
    r"\s*(?:please |can you |could you |kindly )*(?:explain|describe|define|compare|contrast|discuss|elaborate|"
    r"analy[sz]e|outline|interpret|illustrate|"
    r"tell me (?:more )?about|clarify|expand|why|how (?:(?:does|did|do|is|are|was|were)(?! (?:i|we|you|one)\b)|"
    r"come|would you describe)|what(?:'s| is| are)(?: the)? (?:\w+ )?"
    r"(?:diff?erences?|pros|advantages|benefits|similarities|relationship|importance|significance|impact|"
    r"effects?|meaning)|"
    r"what does .{1,60} mean|what(?:'s| is| are) [\w-]+\?|give (?:me )?an overview|"
    r"provide an? (?:\w+ ){0,2}?(?:explanation|overview|analysis|description|"
    r"comparison)|write an? (?:\w+ ){0,3}?(?:analysis|explanation|description|definition|comparison))(?!\w)",
    _I,
)
_EXPLAINS = _any(r"explain", r"describe", r"define", r"discuss", r"compare", r"elaborate on", r"why")
_LISTS = re.compile(
    r"\s*(?:please |can you |could you )*(?:name|list|identify|find|search|provide|give|state|mention|"
    r"enumerate|tell|choose|guess|estimate|select|"
    r"make a list|a list|i need a list|include|predict)(?!\w)",
    _I,
)
_ASKS = re.compile(
    r"(?<!\w)(?:who|whom|whose|what|when|where|which|in what|at what|for what|on what|to what|is|are|was|were|"
    r"does|do|did|can|"
    r"could|has|have|had|will|would)(?:'s|'re)?(?!\w)",
    _I,
)
_CHAT = re.compile(
    r"\s*(?:hi|hello|hey|yo|good (?:morning|evening|afternoon)|thanks?(?: you)?|ok(?:ay)?|cool|great|nice|sure|"
    r"yes|yeah|no|nope|bye|lol|haha|"
    r"greetings|sup|wow|oh|really|hmm+|that's|that is|i'm|i am|i've|i (?:like|love|hate|feel|think|just|don't|"
    r"have|had|was|got|guess|know)|my|you're|"
    r"you are|he|she|they|it's|don't|if i|any other)\b|"
    r".{0,80}\b(?:how are you|your (?:name|favou?rite|opinion|feelings?|day)|who are you|are you (?:a |"
    r"an )?(?:human|robot|bot|ai|real|conscious|"
    r"sentient|ok|happy|sad)|do you (?:like|love|have|feel|think|believe|want|enjoy|agree|hate|remember)|"
    r"what do you (?:think|like|want|feel)|"
    r"about yourself|you (?:don't )?like|have you|what(?:'s| is) up)\b",
    _I,
)
_STEP = _any(
    r"then", r"after that", r"next", r"finally", r"also", r"firstly", r"secondly", r"in addition", r"additionally",
    r"make sure", r"ensure", r"must", r"should", r"at least", r"at most", r"exactly", r"no more than", r"less than",
    r"without",
    r"include", r"do not", r"don't", r"only", r"avoid", r"each", r"every", r"unless", r"except", r"no other",
)  # fmt: skip
_ITEM = re.compile(r"(?:^|\n)\s*(?:[-*•]|\d{1,2}[.)])\s+\S")
_DEEP = _any(
    r"prove", r"proof", r"derive", r"optimi[sz]e", r"architecture", r"trade-?offs?", r"critically", r"in[- ]depth",
    r"comprehensive",
    r"theorem", r"complexity", r"concurren(?:t|"
    r"cy)", r"distributed", r"compare and contrast", r"implement", r"mathematical",
    r"sudoku", r"experiment", r"simulate",
)  # fmt: skip
_WRITES = re.compile(
    r"(?<!\w)(?:stor(?:y|ies)|essays?|articles?|speech|script|quiz|questionnaire|letter|outline|budget|plan|"
    r"function|program|class|database|"
    r"analysis|report|press release|review|prove|step by step|step-by-step|solve)(?!\w)",
    _I,
)


def intent(prompt: str, *, tools: bool = False, before: bool = False) -> str:
    """The kind of a request: a name of `INTENTS`.

    Args:
        prompt: The last thing that the user says.
        tools: Whether tools are on offer.
        before: Whether earlier turns stand before it; a short line is then more likely talk.

    Examples:
        >>> [intent(one) for one in ("Translate 'good night' to French.", "Write a poem about rain", "What is 3 + 4?")]
        ['translate', 'creative', 'maths']
        >>> intent("How do I remove a coffee stain?"), intent("Who wrote Faust?"), intent("Hi there!")
        ('advice', 'question', 'chat')
    """
    text = _read(prompt).strip()
    if not text:
        return "other"
    if tools:
        return "tool"
    return _worked_on(text) or _made(text) or _asked(text, before)


def _worked_on(text: str) -> str:
    """Requests that work on something given: a text, a set of categories, code, numbers."""
    order = text[:_ORDER]
    if _MATHS.search(text):
        return "maths"
    for name, pattern in _GIVENS:
        if pattern.search(order):
            return name
    if _CLASSIFY.search(text):
        return "classify"
    if _SOURCE.search(text) or (_CODE.search(text) and not _PROSE_MADE.match(order)):
        return "code"
    return "maths" if _AMOUNT.search(text) and len(_NUMBER.findall(text)) >= 2 else ""


_GIVENS = (("translate", _TRANSLATE), ("rewrite", _REWRITE), ("summarise", _SUMMARISE), ("extract", _EXTRACT))


def _made(text: str) -> str:
    """Requests for a text or thing that is made up, unless advice or an explanation is what is made."""
    if _EXPLAIN.match(text):
        return "explain"
    order = text[:_ORDER]
    if _PROSE_MADE.search(order) or _PLAYS.search(order):
        return "creative"
    made = _MAKES.match(order)
    if made is None or _LISTS.match(text):
        return ""
    return "advice" if _ADVICE.search(order[:_CLAUSE]) else "creative"


def _asked(text: str, before: bool) -> str:
    """Questions, by their words; what is left is talk where it is short or stands among turns."""
    if len(text) < _TALK and _CHAT.match(text) and not _ADVICE.search(text):
        return "chat"
    if _ADVICE.search(text[: 2 * _ORDER]):
        return "advice"
    if _LISTS.match(text):
        return "question"
    if _EXPLAINS.search(text[:_ORDER]):
        return "explain"
    if _ASKS.match(text) or "?" in text:
        return "question"
    return "chat" if before and len(text) < _TALK else "other"


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
    points = (words > 40) + (words > 110) + (words > 250)
    points += min(3, len(_STEP.findall(text)) // 2) + min(1, len(_ITEM.findall(text)) // 3)
    points += min(2, 2 * len(_DEEP.findall(text))) + (_WRITES.search(text[:_ORDER]) is not None and words > 5)
    return "easy" if points <= 0 else "medium" if points <= 2 else "hard"


def _read(prompt: str) -> str:
    return prompt if len(prompt) <= READ + READ // 2 else prompt[:READ] + "\n" + prompt[-READ // 2 :]
