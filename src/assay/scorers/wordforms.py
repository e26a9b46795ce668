"""Word forms: what counts as the same word, which words carry nothing, which words oppose each other. English."""

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

_OPPOSED = """
    increase decrease; rise fall; up down; high low; more less; large small; big little; old new; old young; early
    late; first last; before after; win lose; start end; begin finish; open close; allow forbid; allow ban; accept
    reject; accept refuse; approve deny; admit deny; confirm deny; agree disagree; love hate; like dislike; buy
    sell; give take; arrive leave; enter exit; include exclude; male female; man woman; boy girl; father mother;
    son daughter; brother sister; husband wife; king queen; north south; east west; northern southern; eastern
    western; left right; hot cold; warm cool; wet dry; light dark; black white; good bad; best worst; better worse;
    positive negative; success failure; succeed fail; pass fail; support oppose; attack defend; attack protect;
    save kill; alive dead; birth death; born die; live die; build destroy; create destroy; add remove; join leave;
    marry divorce; rich poor; cheap expensive; safe dangerous; legal illegal; possible impossible; true false;
    right wrong; easy difficult; strong weak; fast slow; long short; wide narrow; deep shallow; heavy light; hard
    soft; public private; domestic foreign; native foreign; major minor; majority minority; maximum minimum;
    natural artificial; common rare; same different; similar different; single multiple; temporary permanent;
    ancient modern; summer winter; spring autumn; morning evening; day night; inside outside; indoor outdoor; above
    below; top bottom; front back; near far; present absent; guilty innocent; hire dismiss; hire fire; lend borrow;
    teach learn; ask answer; push pull; import export; gain lose; profit loss; expand shrink; encourage discourage;
    praise criticise; praise criticize; permit prohibit; free paid; required optional; mandatory optional; full
    empty; active inactive; complete incomplete; known unknown; popular unpopular; usual unusual; likely unlikely;
    able unable; happy unhappy; happy sad; healthy sick; healthy ill; appear disappear; connect disconnect; cover
    uncover; lock unlock; even odd; urban rural; local global; national international; amateur professional; child
    adult; teacher student; doctor patient; employer employee; landlord tenant; upper lower; senior junior; former
    current; past future; include omit; keep discard; raise reduce; grow shrink; extend shorten; weekly daily;
    monthly yearly; annual monthly
"""

_ALIKE = """
    film movie picture; country nation; usa america; big large huge; small little tiny; start begin; found
    establish create; make produce create; buy purchase; show display; kind type sort; many several numerous
    multiple various; city town; also too; car automobile; doctor physician; kid child; person people human; large
    great; help assist aid; get obtain receive; use utilize utilise; need require; call name know; contain include
    comprise consist; origin originate; area region; part portion; usual common typical; main major primary chief;
    famous popular known; author writer; song track; job work; sell sold; live reside; end finish; quick fast
    rapid; old ancient; color colour; world global; british english uk; approximately about around roughly; near
    close; important significant; different various; company firm business; way method; study research; eat
    consume; look see; talk speak; build construct; let allow permit; show demonstrate; grow increase; win won;
    game match; role part; lot many; meat flesh; drink beverage; invent create; act perform; actor actress; base
    found; form shape; record register; release publish; relate associate; state claim
"""

_IRREGULAR = {
    form: base
    for base, forms in {
        "begin": "began begun", "write": "wrote written", "give": "gave given", "take": "took taken",
        "go": "went gone", "come": "came", "become": "became", "make": "made", "know": "knew known",
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
        ['city', 'run', 'us', 'glass', 'nation', 'quick']
    """
    size = len(word)
    if size <= 3:
        return word
    if word.endswith("ies") and size > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word, size = word[:-1], size - 1
    for ending in ("ing", "ed", "ly"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 2 and not _VOWELS.isdisjoint(root):
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


def _groups(text: str) -> list[list[str]]:
    return [[word if word in FUNCTION else stem(word) for word in group.split()] for group in text.split(";")]


_ANTONYMS: dict[str, set[str]] = {}
for _one, _two in _groups(_OPPOSED):
    _ANTONYMS.setdefault(_one, set()).add(_two)
    _ANTONYMS.setdefault(_two, set()).add(_one)

_SYNONYMS: dict[str, set[str]] = {}
for _group in _groups(_ALIKE):
    for _word in _group:
        _SYNONYMS.setdefault(_word, set()).update(set(_group) - {_word})

_NONE: frozenset[str] = frozenset()


def opposites(key: str) -> set[str] | frozenset[str]:
    """Stems that say the opposite.

    Examples:
        >>> stem("lost") in opposites(stem("wins"))
        True
    """
    return _ANTONYMS.get(key, _NONE)


def alike(key: str) -> set[str] | frozenset[str]:
    """Stems that say much the same.

    Examples:
        >>> stem("movie") in alike(stem("film"))
        True
    """
    return _SYNONYMS.get(key, _NONE)
