"""Word forms: what counts as the same word, and which words carry nothing. English."""

from __future__ import annotations

from functools import lru_cache


def word_set(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(text.split())


FUNCTION = word_set("""
    a an the this that these those of in on at by for with from to into onto as and or but nor so if then than
    because while although though when where which who whom whose what how why is are was were be been being am
    do does did doing done has have had having will would shall should can could may might must i you he she it we
    they me him her us them my your his its our their mine yours hers ours theirs myself yourself himself herself
    itself themselves there here not no yes yeah ok okay well just also too very really quite rather even still yet
    such own same other another some any each every all both few more most much many about over under up down out
    off again once only s t d m re ve ll n don didn doesn isn aren wasn weren hasn haven hadn won wouldn couldn
    shouldn ain one oh ah um uh hmm
    """)
"""Words that tie other words together; on their own they claim nothing."""

SELF = word_set("i me my mine myself we us our ours im ive")
"""The speaker."""
OTHER = word_set("you your yours yourself")
"""The one spoken to."""
OPINION = word_set("""
    love like enjoy think guess feel favorite favourite wish hope prefer hate wonder bet believe cool awesome great
    amazing fun nice interesting beautiful wonderful funny sad sorry glad happy agree thanks thank hello hi hey bye lol
    haha wow sure definitely probably maybe good bad best heard seen watched
    """)
"""Talk: liking, greeting, agreeing."""
HEDGE = word_set("sure know idea maybe probably perhaps guess think might unsure remember")
"""Words of doubt about the speaker's own knowledge."""
LIGHT = word_set("""
    actually surely sure yea yep yup definitely certainly indeed interestingly apparently honestly basically obviously
    literally totally course probably maybe exactly well right true correct wow called call named known know knew
    considered used use using lot lots kind kinds sort sorts type types different various including include includes
    sometimes usually often generally typically mainly mostly primarily especially around back go goes going went come
    comes came get gets getting got make makes made making become became start started way ways thing things something
    someone anything everything part term example fact since ever eventually originally say says said think thought
    guess hear heard read see seen look looks looking like great cool nice awesome interesting amazing fun agree pretty
    far able bit little big always never people now today however
    """)
"""Words that say little: an answer that adds them to what the passages hold hardly claims more."""
NEGATION = word_set("not no never none nobody nothing neither nor without cannot cant t hardly")
"""Words that turn a claim round; `t` is what is left of "don't"."""
ASKING = word_set("who what where when why how which do does did is are was were have has can could would will")
"""Words that open a question."""

MALE = word_set("he him his himself")
"""Pronouns of a man."""
FEMALE = word_set("she her hers herself")
"""Pronouns of a woman."""

MONTHS = word_set("january february march april may june july august september october november december")
"""Names of months."""
DAYS = word_set("monday tuesday wednesday thursday friday saturday sunday")
"""Names of days."""

_SCALES = (
    "all every each always whole entire entirely everyone everything",
    "most mostly usually majority mainly generally",
    "many some several sometimes often various certain",
    "few rarely seldom little",
    "none never no nobody",
    "only solely exclusively",
    "both",
)
QUANTIFIER = {word: rank for rank, scale in enumerate(_SCALES) for word in scale.split()}
"""Words of amount without a number, by the step of their scale."""

_IRREGULAR = {
    form: base
    for base, forms in {
        "begin": "began begun", "write": "wrote written", "give": "gave given", "take": "took taken",
        "go": "went gone goes going", "come": "came", "become": "became", "make": "made", "know": "knew known",
        "grow": "grew grown", "see": "saw seen", "eat": "ate eaten", "fall": "fell fallen", "hold": "held",
        "keep": "kept", "lead": "led", "leave": "left", "lose": "lost", "meet": "met", "pay": "paid", 
        "rise": "rose risen",
        "run": "ran", "say": "said", "sell": "sold", "send": "sent", "sing": "sang sung", "speak": "spoke spoken",
        "spend": "spent", "stand": "stood", "teach": "taught", "tell": "told", "think": "thought", "win": "won",
        "buy": "bought", "bring": "brought", "build": "built", "choose": "chose chosen", "draw": "drew drawn",
        "drive": "drove driven", "fight": "fought", "find": "found", "fly": "flew flown", "get": "got gotten",
        "hear": "heard", "wear": "wore worn", "break": "broke broken", "die": "dying died dies", "man": "men",
        "woman": "women", "child": "children", "person": "persons", "foot": "feet", "tooth": "teeth", "mouse": "mice",
        "good": "better", "bad": "worse", "life": "lives", "wife": "wives", "half": "halves", "leaf": "leaves",
        "feel": "felt", "mean": "meant", "show": "shown", "swim": "swam swum", "throw": "threw thrown",
        "understand": "understood", "catch": "caught", "sleep": "slept", "sit": "sat", "seek": "sought",
        "forbid": "forbade forbidden", "freeze": "froze frozen", "hide": "hid hidden", "forget": "forgot forgotten",
        "steal": "stole stolen", "shrink": "shrank shrunk", "sink": "sank sunk", "wake": "woke woken", "lend": "lent",
        "bear": "bore borne", "bind": "bound", "bite": "bit bitten", "bleed": "bled", "blow": "blew blown",
        "breed": "bred", "deal": "dealt", "dig": "dug", "drink": "drank drunk", "feed": "fed", "flee": "fled",
        "forgive": "forgave forgiven", "hang": "hung", "lay": "laid", "ride": "rode ridden", "ring": "rang rung",
        "shake": "shook shaken", "shine": "shone", "shoot": "shot", "slide": "slid", "spread": "spreads",
        "stick": "stuck", "strike": "struck stricken", "swear": "swore sworn", "sweep": "swept", "tear": "tore torn",
        "withdraw": "withdrew withdrawn", "overtake": "overtook overtaken", "arise": "arose arisen",
        "undergo": "underwent undergone", "speed": "sped", "use": "used using uses",
        "age": "aged aging ageing", "owe": "owed owing", "ice": "iced icing", "tie": "tied tying", "lie": "lied lying",
        "ski": "skis skied", "taxi": "taxis",
    }.items()
    for form in forms.split()
}  # fmt: skip

_CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
NUMBERS = {word: str(value) for value, word in enumerate(_CARDINALS.split())} | {
    word: str(value * 10) for value, word in enumerate(_TENS.split(), start=2)
}
"""Number words as digits."""
NUMBERS |= {word: str(value) for value, word in enumerate(_ORDINALS.split(), start=3)}
NUMBERS |= {"hundred": "100", "thousand": "1000", "million": "1000000", "billion": "1000000000", "dozen": "12"}

_VOWELS = frozenset("aeiouy")


def _stripped(word: str) -> str:
    """The word without its ending: a light stem, right often enough to match forms of one word.

    Examples:
        >>> [_stripped(word) for word in ("cities", "running", "used", "glasses", "nations", "quickly")]
        ['citi', 'run', 'used', 'glass', 'nation', 'quick']
    """
    root = _root(word)
    return f"{root[:-1]}i" if len(root) > 2 and root[-1] == "y" and root[-2] not in _VOWELS else root


def _root(word: str) -> str:
    size = len(word)
    if size <= 3:
        return word
    if word.endswith(("ies", "ied")) and size > 4:
        word, size = word[:-3] + "y", size - 2
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word, size = word[:-1], size - 1
    for ending in ("ing", "ed", "ly"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 3 and not _VOWELS.isdisjoint(root):
            doubled = len(root) > 3 and root[-1] == root[-2] and root[-1] not in "aeiouyls"
            return root[:-1] if doubled else root
    return word[:-1] if size > 3 and word.endswith("e") else word


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The form under which a lower-case word is looked up.

    Examples:
        >>> stem("invented") == stem("invents") == stem("invent")
        True
    """
    return _stripped(_IRREGULAR.get(word, word))
