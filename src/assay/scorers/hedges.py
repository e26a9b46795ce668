"""Expressions by which an English sentence limits, or stresses, its own certainty."""

from __future__ import annotations

from assay.scorers.wording import Piece, found, phrases

_I = r"(?:i|we)(?:'m| am| are|'re)?"
_HEDGES = phrases(
    r"(?:(?<!you )may|might|could)(?: (?:also|well|even|still|not|potentially|possibly|perhaps|just|then|sometimes))* "
    r"(?:be|have|been|differ|vary|change|need|help|cause|lead|take|occur|depend|affect|include|result|want|mean|"
    r"interact|indicate|suggest|explain|work|apply|feel|make|see|get|come|find|contain|require|become|seem|fail|prove|"
    r"reflect|lack|tend|hold|exist|go|improve|increase|reduce|lower|raise|contribute|play|look|turn)",
    r"(?<!his )(?<!her )(?<!the )(?<!all )(?<!of )(?<!their )might (?!and\b|of\b|makes\b)\w+",
    r"you may (?:need|want|have|find|feel|experience|see|notice|wish)",
    r"may (?:also|even|sometimes|still|well|then|therefore) \w+",
    r"(?:i|we) (?:do not|don't) (?:really )?(?:think|believe)",
    r"(?:perhaps|maybe|possibly|probably|presumably|apparently|supposedly|allegedly|reportedly|arguably|conceivably)",
    r"(?:seemingly|ostensibly|likely|unlikely|plausibly|potentially)",
    r"(?:seem|seems|seemed|appear|appears|appeared) (?:to|that|as if|as though|like|likely|rather|quite|somewhat)",
    r"(?:it|this|that|there) would (?:seem|appear)",
    r"(?:it|this|that) (?:seems|appears)",
    r"it (?:looks|sounds) (?:like|as if|as though)",
    rf"{_I} (?:think|believe|guess|suspect|suppose|assume|gather|reckon|imagine|feel like)",
    rf"{_I} (?:would|'d) (?:guess|say|think|imagine|suggest|expect)",
    rf"{_I} (?:not|n't) (?:\w+ )?(?:sure|certain|confident|positive)",
    rf"{_I} (?:do not|don't|can't|cannot|could not|couldn't) "
    r"(?:really |quite |actually |fully )?(?:know|recall|tell|say for|be sure|be certain)",
    rf"{_I} (?:could|might|may) be (?:wrong|mistaken|misremembering)",
    r"(?:we|one|you|nobody|no one) (?:can't|cannot|can) (?:say|know|tell|be) (?:for |with )?(?:certain|sure|certainty)",
    r"(?:as far as i (?:know|can tell|am aware|recall)|to (?:the best of )?my knowledge|to my understanding)",
    r"(?:if i (?:remember|recall|am not mistaken)(?: correctly| rightly)?|if memory serves|from what i (?:know|"
    r"recall))",
    r"my (?:best |rough )?guess(?: is| would be)?",
    r"(?:in my (?:opinion|view|estimation|humble opinion)|in a sense|so to speak|sort of|kind of|more or less)",
    r"(?:generally|broadly|roughly|loosely) speaking",
    r"(?:in (?:some|many|most|certain|a few) (?:cases|circumstances|situations|instances|contexts|respects))",
    r"to (?:some|a certain|a large|a lesser) (?:extent|degree)",
    r"(?:tends|tend|tended) to",
    r"(?:is|are|was|were|be|being|been) "
    r"(?:thought|believed|said|considered|assumed|presumed|rumou?red|reported|estimated|suspected|alleged) "
    r"(?:to|that|by (?:some|many))",
    r"(?:some|many|most|several|certain|other) (?:\w+ )?(?:experts|scholars|historians|researchers|scientists|people|"
    r"critics|sources|studies|observers|economists|critics|authors) "
    r"(?:\w+ )?(?:believe|argue|think|say|suggest|suspect|claim|consider|disagree|question|doubt|hold|feel)",
    r"not (?:all|every) (?:\w+ )?(?:experts?|scholars?|historians?|researchers?|scientists?|studies) \w+",
    r"(?:experts?|scholars|historians|researchers|scientists|opinions|accounts|sources) "
    r"(?:disagree|differ|are divided|vary|are split)",
    r"(?:suggest|suggests|suggested|indicate|indicates|indicated|hints?|points?) (?:that|to|at|a|the)",
    r"there (?:is|are|seems to be|'s) (?:some|limited|little|mixed|weak|conflicting|inconclusive) evidence",
    r"(?:it is|it's|is|are|remains?|seems?|be) (?:\w+ )?"
    r"(?:possible that|conceivable|unclear|uncertain|debatable|disputed|doubtful|unknown|plausible|ambiguous)",
    r"(?:a|one|another|other|the) (?:\w+ )?(?:possible|plausible|potential|likely|probable) "
    r"(?:\w+ )?(?:explanation|reason|cause|answer|interpretation|factor|source|outcome|solution|side effect)s?",
    r"(?:there is|there's|with) (?:a|some) (?:\w+ )?(?:chance|possibility|probability|likelihood)",
    r"(?:chances are|odds are|in all likelihood|by all appearances|as it were|not necessarily|not entirely|not always)",
    r"(?:it|that|this|the \w+) (?:\w+ )?depends",
    r"(?:your mileage may vary|take (?:this|it|that) with a grain of salt|hard to (?:say|tell|know)|difficult to say)",
    r"(?:somewhat|fairly likely|usually|typically|often|sometimes|generally|normally|occasionally)",
    r"(?:approximately|roughly|around|about|almost|nearly) (?=\d|a |one|two|three|four|five|six|ten|half|twice|"
    r"hundred)",
    r"should (?:usually |generally |probably |normally |in theory )?(?:work|be fine|be enough|suffice|do) "
    r"(?=in most|for most|as long|in theory)",
)
_STRESS = phrases(
    r"(?:definitely|certainly|undoubtedly|unquestionably|indisputably|undeniably|indubitably|irrefutably|surely)",
    r"(?:absolutely|completely|totally|entirely|perfectly|100 ?%|one hundred percent|utterly|wholly) "
    r"(?:\w+ )?(?:sure|certain|positive|confident|true|false|wrong|right|correct|safe|clear|impossible|necessary|"
    r"guaranteed|convinced|no|risk-free|harmless|secure|reliable)",
    r"(?:without (?:a |any )?(?:doubt|question)|beyond (?:any |all |a )?(?:reasonable |shadow of a )?(?:doubt|"
    r"question))",
    r"(?:there (?:is|can be|'s)|have|has|leaves?|with) (?:absolutely |simply |really )?"
    r"(?:no|not the slightest|zero) (?:doubt|question|way(?! of)|denying|chance)",
    r"(?:obviously|clearly|evidently|of course|naturally|needless to say|plainly)",
    r"(?:it goes without saying|make no mistake|rest assured|hands down|trust me|believe me|mark my words)",
    r"(?:you can|you may|one can) be (?:absolutely |quite |very )?(?:sure|certain|confident)",
    r"i(?: can|'m| am)? (?:assure|guarantee|promise) you",
    r"i(?:'m| am) (?:absolutely |completely |totally |very |quite |fully |100 ?% )?(?:sure|certain|positive|convinced)",
    r"(?:guaranteed|certain|sure|bound|destined) to",
    r"(?:is|are|'s|was) (?:a |an )?(?:absolute |complete )?"
    r"(?:certainty|guarantee|guaranteed|foolproof|infallible|risk-free|undeniable|indisputable|irrefutable|"
    r"unquestionable)",
    r"(?:a|an) (?:proven|undeniable|undisputed|indisputable|established|irrefutable|incontestable|absolute|known) "
    r"(?:fact|truth|certainty)",
    r"(?:is|are|was) (?:crystal|perfectly|abundantly|absolutely) clear",
    r"(?:everyone|everybody|anyone|anybody|any expert|every expert|all experts|all scientists) "
    r"(?:knows?|agrees?|will tell|would tell|can see|can tell|understands?)",
    r"(?:well|widely) known to (?:everyone|everybody|all)",
    r"(?:always|never) (?:works?|fails?|fail|happens?|lies?|loses?|wrong|right|goes? wrong|causes?|succeeds?)",
    r"(?:no side effects|no risks?|no exceptions?|nothing can go wrong|cannot go wrong|can't go wrong|cannot fail|"
    r"can't fail)(?: whatsoever| at all)?",
    r"(?:whatsoever|no matter what|period\.|full stop\.|end of story|case closed)",
    r"(?:proves?|proved|proven|shows?|demonstrates?|establish(?:es)?) "
    r"(?:conclusively|definitively|beyond|once and for all|categorically)",
    r"(?:conclusively|definitively|categorically|incontrovertibly)",
    r"(?:it is|it's|is) (?:simply |utterly |quite |absolutely )?impossible (?:for|that)",
    r"(?:must|can only) (?:surely|certainly|obviously|clearly) \w+",
)


def hedges(text: str) -> list[Piece]:
    """Expressions that limit the certainty of what is said.

    Examples:
        >>> [piece.text for piece in hedges("It may rain, I think. You may go in May.")]
        ['i think']
        >>> [piece.text for piece in hedges("Perhaps it could be the cable.")]
        ['perhaps', 'could be']
    """
    return found(_HEDGES, text)


def stresses(text: str) -> list[Piece]:
    """Expressions that present what is said as beyond doubt.

    Examples:
        >>> [piece.text for piece in stresses("Of course it is 7. I am absolutely sure.")]
        ['of course', 'i am absolutely sure']
    """
    return found(_STRESS, text)
