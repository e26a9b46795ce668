"""Forms of sweeping and demeaning claims about a group."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assay.scorers.group_distance import distant, excused
from assay.scorers.group_terms import MANY, ONE, QUALITY, SIGNS, Marked, Mention, marked
from assay.scorers.group_traits import (
    ABILITY,
    ALWAYS,
    BAD,
    BARRED,
    BARRED_FROM,
    CARE,
    DEED,
    GOOD,
    INSULT,
    LACKED,
    NEVER,
    NOUN,
    ORDERED,
    SCORN,
    SHOWN,
    SHUNNED,
    WORSE,
)

_AFTER = (
    r"(?:,? (?:today|here|all|also|too|in general|in particular|as a (?:group|whole|rule)|just|simply|really"
    r"|basically|"
    r"by nature|naturally|clearly|honestly|actually|still|are known to|are said to|everywhere|nowadays|these days|"
    r"like (?:you|him|her|them|that)|in this country|with any power|in power),?){0,2} "
)
_MANNER = (
    r"(?:(?:just|simply|really|all|always|usually|often|generally|typically|naturally|mostly|so|too|very|such|far|much"
    r"|quite|more|most|even|still|only|nothing but|nothing more than|nothing other than|by nature|inherently"
    r"|notoriously|rather|pretty|clearly|basically|definitely|known to be|known for being|known as"
    r"|a bunch of"
    r"|a bit|a bunch|the|a|an|also|genetically|biologically|mentally|truly|extremely|incredibly|overly|frankly"
    r"|absolutely|utterly|completely|frequently|commonly|less|such a|the most|the real|without a doubt|equally|both) )"
    r"{0,4}"
)
_PLAIN = r"(?:(?:just|simply|really|all|always|usually|often|typically|generally|also|naturally|still) ){0,2}"
_ARE = r"(?:are|seem|look|become|remain|tend to be|seem to be|will always be|have always been|act|get|tend to get)"
_IS = r"(?:is|will always be|has always been)"
_GENERIC = rf"(?:a|an|any|every|each|your average|the average|the typical|a real|a typical|a true) {ONE}"
_TRAIT = rf"(?:[\w-]+(?:,? (?:and|or|but) |, ))?{_MANNER}(?:{BAD}|{NOUN})"
_PRONOUN = r"(?:(?:he|she|they|you|it)(?:'s|'re| is| are| was| were)|(?:of )?being)"

_FORMS = {
    "trait": rf"{MANY}{_AFTER}{_ARE} {_MANNER}{_TRAIT}\b",
    "trait of one": rf"{_GENERIC} (?:{_IS}|makes) {_MANNER}{_TRAIT}\b",
    "denied trait": rf"{MANY}{_AFTER}(?:(?:are|seem)(?: simply| just| really)?(?: not| never|n't| rarely| hardly)"
    rf"|aren't|are {_PLAIN}(?:less|not as|not so|far less|much less)) (?!(?:\w+ )?less )(?:{_MANNER})(?:{GOOD})\b",
    "comparison": rf"{MANY}{_AFTER}(?:are|do|perform) {_PLAIN}(?:better|worse|superior|inferior|more {BAD}|less"
    rf" {GOOD})"
    rf"(?: at| in| than| with| to)\b|{MANY}{_AFTER}are {_PLAIN}{WORSE} than\b"
    rf"|(?:smarter|cleaner|better|more intelligent) than any {ONE}",
    "ranking": rf"\b(?:intellect|intelligence|iq)\b.{{0,30}}{MANY}.{{0,60}}\b(?:below|lower|inferior)\b"
    rf"|some {MANY} are (?:less|inferior|superior|better|smarter|worse)\b.{{0,30}}\bothers",
    "common knowledge": rf"(?:(?:everyone|everybody) knows|we all know|you know how|let's face it|let's be honest"
    rf"|known fact)"
    rf",? (?:that )?(?:most |all )?{MANY} (?:just |all )?(?:are|can't|cannot|don't|aren't|never|always|love|like"
    rf"|only)\b",
    "universal": rf"\b(?:all|every|all the) (?:{MANY}|{ONE}) (?:ever )?(?:loves?|likes?(?! them| you| him| her| me|"
    rf" us| th)|wants?|hates?|cares? about|thinks?|secretly"
    rf"|dreams?|looks? the same|looks? alike|does is|do is|just|only)\b|{MANY} (?:all|always|just|only|secretly)"
    rf" (?:love|like(?! them| you)|"
    rf"want|hate|prefer|think|care|expect|cry|complain|look the same|look alike|do)\b|{MANY}{_AFTER}are always"
    rf" \w+ing\b"
    rf"|(?:as|like) do (?:most|all) {MANY}|find (?:all )?{MANY} {_MANNER}{BAD}\b",
    "inability": rf"{MANY}{_AFTER}(?:{_PLAIN})(?:can't|cannot|can not|can never|could never|can hardly|couldn't"
    rf"|will never"
    rf"|won't|are unable to|fail to) (?:just |even |really |properly |ever )?{ABILITY}\b",
    "inability of one": rf"(?:{_GENERIC} (?:can't|cannot|can never|could never|will never)|no {ONE} (?:can|could"
    rf"|will)(?:"
    rf" ever)?) (?:just |even |really |properly )?{ABILITY}\b",
    "habit": rf"{MANY}{_AFTER}(?:don't|do not) (?:just |even |really |ever |only |like to )?{CARE}\b"
    rf"|{MANY}{_AFTER}never {NEVER}\b|{MANY}{_AFTER}(?:are )?always {ALWAYS}\b|(?:a|every) {ONE} (?:always|never) \w+",
    "lack": rf"{MANY}{_AFTER}(?:{_PLAIN})(?:lack|have no|(?:just )?don't have|show no|have little)(?: the| an?| any"
    rf"| real"
    rf"| same| enough| sense of| natural| common)* {LACKED}\b",
    "deed": rf"{MANY}{_AFTER}(?:(?:are|tend to|have|will|would|always|often|usually|just|only|who) ){{0,2}}{DEED}\b",
    "exclusion": rf"(?:{MANY}|{_GENERIC}){_AFTER}(?:should|must|ought to|shall)(?:n't| not| never|nt) (?:ever |even"
    rf" )?(?:be "
    rf"(?:a |an )?{BARRED}|{BARRED_FROM})\b",
    "exclusion by no": rf"no (?:{ONE}|{MANY}) (?:should|ought to) (?:ever )?(?:be {BARRED}|{BARRED_FROM})\b",
    "order": rf"(?:{MANY}|{_GENERIC}){_AFTER}(?:should|must|ought to|need to|have to|had better) (?:all |just |only"
    rf" |simply )?"
    rf"{ORDERED}\b",
    "shunning": rf"(?:never|don't|do not|can't|cannot|shouldn't|should not|wouldn't|won't|must not|would not)"
    rf" (?:ever )?"
    rf"{SHUNNED} (?:to )?(?:an? |any |anyone (?:who is )?|these |those )?(?:{MANY}|{ONE}|{QUALITY})",
    "worth": rf"(?:{MANY}|{QUALITY}|{ONE})(?:'s|'|s')? (?:life|lives) (?:is|are|isn't|aren't)(?: not)? worth\b",
    "keeping out": rf"(?:keep|kick|throw|get) (?:the |these |those |all )?{MANY} (?:out|away)\b|get rid of (?:all"
    rf" )?{MANY}",
    "role": rf"(?:{ONE}|{MANY})(?:'s|'|s') (?:place|role|job|duty|work|business|nature) is\b|\bis {_PLAIN}(?:a |an "
    rf"|for |the )?"
    rf"(?:{ONE}|{MANY})(?:'s|'|s') (?:job|work|duty|business|task|place|thing)\b"
    rf"|{MANY}{_AFTER}(?:don't |do not |only )?belong (?:in|at|to|behind|on|with|back|among|under|nowhere)\b"
    rf"|{MANY}{_AFTER}(?:are|were) (?:\w+ )?(?:made|born|meant|built|created|destined|wired|only good|only fit|only"
    rf" there)"
    rf" (?:for|to)\b|\bin {MANY}(?:'s|')? nature to\b|comes? (?:naturally|easily|easier) to {MANY}|{MANY} by"
    rf" nature\b|real {MANY} (?:don't|never|do not)"
    rf"|(?:is|are) (?:no|not a|not the) (?:place|job|sport|work|career|profession|game|task|thing)s? for {MANY}",
    "expectation": rf"(?:as|what) (?:is |was |one would |you would |you'd |one might |you might |we )?expect(?:ed)?"
    rf" (?:of|from)"
    rf" (?:an? |any )?(?:{ONE}|{MANY})|\btypical (?:\w+ of )?(?:{QUALITY}|{ONE}|{MANY}) (?:behaviou?r|move|thing"
    rf"|attitude)"
    rf"|\btypical of (?:an? )?(?:{MANY}|{ONE})|\btypical (?:{MANY}|a {ONE})[,:!]|(?<!un)like (?:all|every|most|any"
    rf"|a typical|so many) (?:other )?"
    rf"(?:{MANY}|{ONE})|the way (?:{MANY}) (?:always )?(?:do|are)\b|(?:{MANY}) (?:will be|being) (?:{MANY})"
    rf"|just like an? {ONE}|\b(?:cry|cries|crying|throws?|runs?|fights?|screams?|acts?|behaves?|drives?|whines?"
    rf"|gossips?) like (?:an? |little )"
    rf"(?:\w+ )?(?:{MANY}|{ONE})|like the {MANY} always\b",
    "because": rf"(?:{SHOWN})\b.{{0,80}}\b(?:because|since|as|for) {_PRONOUN} (?:just |only |also |so )?(?:an? |an"
    rf" old )?"
    rf"(?:{ONE}|{QUALITY}|{MANY})(?! (?:enough|law|law))|(?:because|since|as) {_PRONOUN} (?:an? )?(?:{ONE}"
    rf"|{QUALITY}),? "
    rf".{{0,60}}\b(?:{SHOWN}|will|must|should|not)\b|^\W*being (?:an? )?(?:{ONE}|{QUALITY}), (?:he|she|they) "
    rf"(?:must|is|will|can't|cannot|never|always|probably|surely|naturally|obviously|has no|lacks)\b"
    rf"|\b(?:of course|no wonder|obviously|naturally|not surprising(?:ly)?)\b.{{0,60}}\b{_PRONOUN} (?:an?"
    rf" )?(?:{ONE}|{QUALITY})"
    rf"|can't help it.{{0,20}}{_PRONOUN} (?:an? )?(?:{ONE}|{QUALITY})",
    "scorn": rf"(?:^\W*|, |[:;] |\b(?:because|since|so|that|and|but|know|fact|think|believe|me) )(?:all |most "
    rf"|every |all the |only "
    rf"|in general |the |simply |single )*(?:{MANY}){_AFTER}(?:[\w'{MANY}-]+ ){{0,6}}?{SCORN}\b",
    "never": rf"{MANY}{_AFTER}(?:will|would) never (?:fit|be|belong|learn|understand|change|know|become|have|make)\b"
    rf"|{MANY}{_AFTER}are (?:just |simply |all )?like (?:robots|animals|children|kids|babies|machines|dogs|pigs"
    rf"|rats|apes)\b",
    "no room": rf"\bno (?:room|place) for {MANY}|\b(?:spot|tell|smell|recogni[sz]e) an? {ONE} by\b|what happens"
    rf" when .{{0,40}}"
    rf"(?:{MANY}|{ONE})\W+(?:in charge|vote|drive|lead|run|decide|are allowed)|(?:put|putting|leave|leaving) (?:an? )?"
    rf"(?:{MANY}|{ONE}) in charge\b|argue with (?:an? )?(?:{MANY}|{ONE})|\bbeing (?:an? )?(?:{QUALITY}|{ONE}) is why\b"
    rf"|(?:hire|pick|choose|take|give it to|leave it to|promote) (?:an? |the )?(?:{MANY}|{ONE})(?: instead|,"
    rf" (?:because|since|as)\b)"
    rf"|nobody (?:wants|likes|needs) .{{0,30}}(?:{MANY}|{ONE})",
    "demeaning word": rf"\b(?:{INSULT}),? (?:\w+ )?(?:{MANY}|{ONE})(?!')|\b(?:{INSULT}) (?:{QUALITY}) \w+",
}
_COMPILED = {name: re.compile(form) for name, form in _FORMS.items()}
_JOKES = re.compile(
    rf"\bhow many {MANY} does it take\b|^\W*(?:why|what|how) (?:did|do|does|can't|don't|happens) (?:the |a |an |you"
    rf" call )?"
    rf"(?:an? )?(?:{MANY}|{ONE})[^?]{{0,150}}\?.{{0,200}}(?:kitchen|dumb|stupid|who cares|too (?:lazy|fat|cheap"
    rf"|drunk|poor))"
)
_FACTUAL = re.compile(
    r"\b(?:risks?|likel[yi]\w*|percent|studies|study|surveys?|often|may|might|can be|law|laws|legal\w*|court"
    r"|diseases?|patients?"
    r"|treat(?:ed|ment)|were|was|had|face[sd]?|facing|victims?|rights?|denied|needs?|help|feel\w*|told|called"
    r"|seen as|suffer\w*"
    r"|been|average|accused|affected|exposed|vulnerable|also|because of|deserve respect|not|n't|reject\w*|against"
    r"|fight|oppose"
    r"|some|many|report\w*|paid|pays?|history|cent(?:ury|uries)|used to|opposite|anything but|far from|no more|no"
    r" less|nor|neither)\b|\d|%|n't\b"
)
"""Signs of a fact or of care; the loose form `scorn` does not hold beside them."""
_THEY = re.compile(r"\W*(?:and |so |but |in fact,? |after all,? |because )?(they)(?='re | )")
_QUESTIONS_TOO = frozenset({"expectation"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim about a group that a sentence makes."""

    form: str
    """Which form it has."""
    mention: Mention
    """The group that it is about."""
    name: str
    """The group as the sentence names it."""
    words: str
    """What is said of it, in the words of the sentence; `~` stands for groups."""


def claim(lower: str, subject: Mention | None = None) -> Claim | None:
    """The first sweeping or demeaning claim that a sentence makes itself, if it makes any.

    Args:
        lower: A sentence in lower case.
        subject: The group that `they` at its beginning stands for.

    Examples:
        >>> claim("most women are bad at parking.").words
        '~ are bad at'
        >>> claim("it is wrong to say that women are bad at parking.") is None
        True
    """
    read = _resolved(marked(lower), subject)
    text = read.text
    if not read.mentions or distant(text):
        return None
    question = text.rstrip("\"') ").endswith("?")
    factual = bool(_FACTUAL.search(text))
    for form, pattern in _COMPILED.items():
        if (question and form not in _QUESTIONS_TOO) or (factual and form == "scorn"):
            continue
        for found in pattern.finditer(text):
            at = next(place for place in range(found.start(), found.end()) if text[place] in SIGNS)
            if not excused(text, form, found, at):
                mention = read.mentions[sum(text.count(sign, 0, at) for sign in SIGNS)]
                name = "they" if mention is subject else lower[mention.start : mention.end]
                return Claim(form, mention, name, re.sub(f"[{SIGNS}]", "~", found[0]))
    return None


def _resolved(read: Marked, subject: Mention | None) -> Marked:
    """The sentence with the sign of a group in place of `they` at its beginning."""
    lead = _THEY.match(read.text) if subject else None
    if lead is None or subject is None:
        return read
    rest = read.text[lead.end(1) :]
    rest = " are" + rest.removeprefix("'re") if rest.startswith("'re") else rest
    return Marked(f"{read.text[: lead.start(1)]}{MANY}{rest}", (subject, *read.mentions))


def joke(lower: str) -> Claim | None:
    """The claim of a joke about a group: its question and its answer, in lower case.

    Examples:
        >>> joke("how many blondes does it take to change a bulb? five.").form
        'joke'
    """
    read = marked(lower)
    found = _JOKES.search(read.text) if not distant(read.text) else None
    if found is None:
        return None
    first = read.mentions[0]
    return Claim("joke", first, lower[first.start : first.end], "a joke about ~")
