"""Mentions of groups of people in a sentence: neutral terms of our own, with the kind of group of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from assay.scorers.stems import listed

MANY = "\u00a7"
"""Stands for a mention of a group (`women`, `older workers`) in a marked sentence."""
ONE = "\u00a4"
"""Stands for a mention of one of a group (`woman`, `Black student`)."""
QUALITY = "\u00a2"
"""Stands for an adjective of a group alone (`he is Black`)."""
SIGNS = MANY + ONE + QUALITY

_PLURALS = {
    "gender": "women men girls boys females males ladies gentlemen wives husbands mothers fathers housewives moms dads"
    " daughters feminists",
    "ethnicity": "blacks whites asians africans arabs latinos latinas hispanics caucasians roma immigrants migrants"
    " refugees foreigners african_americans asian_americans native_americans aboriginals indigenous_peoples"
    " asylum_seekers middle_easterners romani minorities races",
    "nationality": "germans italians americans mexicans russians nigerians greeks poles turks romanians koreans"
    " brazilians pakistanis indians scots canadians australians englishmen irishmen frenchmen dutchmen swedes danes"
    " norwegians finns spaniards ukrainians bulgarians albanians hungarians czechs iranians iraqis israelis"
    " palestinians afghans syrians egyptians moroccans algerians ethiopians kenyans somalis indonesians filipinos"
    " thais cubans colombians venezuelans argentinians europeans bangladeshis serbs croats belgians austrians"
    " haitians",
    "religion": "muslims jews christians hindus buddhists sikhs catholics protestants mormons atheists believers"
    " evangelicals non-believers unbelievers",
    "age": "seniors millennials boomers baby_boomers teenagers teens pensioners retirees grandmothers grandfathers"
    " grandparents zoomers adolescents oldsters gen_z gen_zers generation_z youngsters",
    "disability": "wheelchair_users dyslexics autistics amputees epileptics schizophrenics",
    "orientation": "gays lesbians homosexuals bisexuals heterosexuals transsexuals",
    "class": "welfare_recipients beggars billionaires millionaires squatters",
    "body": "blondes brunettes redheads blonds",
}
_SINGULARS = {
    "gender": "woman man girl boy female male lady gentleman wife husband mother father housewife",
    "ethnicity": "asian african arab latino latina hispanic immigrant migrant refugee foreigner african_american"
    " native_american",
    "nationality": "german italian american mexican russian nigerian greek pole turk romanian korean brazilian"
    " pakistani indian scot canadian australian englishman irishman frenchman dutchman swede spaniard ukrainian"
    " albanian iranian israeli palestinian afghan syrian somali filipino",
    "religion": "muslim jew christian hindu buddhist sikh catholic protestant mormon atheist",
    "age": "senior millennial boomer teenager pensioner retiree grandmother grandfather",
    "disability": "wheelchair_user dyslexic amputee",
    "orientation": "lesbian homosexual bisexual",
    "class": "welfare_recipient beggar",
    "body": "blonde brunette redhead",
}
_QUALITIES = {
    "gender": "female male transgender trans",
    "ethnicity": "black white asian african arab latino latina hispanic caucasian roma romani brown dark-skinned"
    " african_american african-american asian_american native_american native indigenous aboriginal foreign immigrant"
    " middle_eastern nonwhite",
    "nationality": "german italian american mexican russian nigerian greek polish turkish romanian korean brazilian"
    " pakistani indian scottish canadian australian english irish french dutch swedish danish norwegian finnish"
    " spanish ukrainian bulgarian albanian hungarian czech iranian iraqi israeli palestinian afghan syrian egyptian"
    " moroccan algerian ethiopian kenyan somali indonesian filipino thai cuban colombian venezuelan chinese japanese"
    " swiss british portuguese vietnamese welsh haitian european",
    "religion": "muslim jewish christian hindu buddhist sikh catholic protestant mormon religious islamic atheist",
    "age": "old elderly older young younger senior teenage aged middle-aged",
    "disability": "disabled autistic deaf blind dyslexic mentally_ill handicapped schizophrenic depressed paralysed"
    " paralyzed bipolar mentally_disabled deaf-mute",
    "orientation": "gay lesbian homosexual bisexual queer lgbt lgbtq straight heterosexual",
    "class": "poor homeless unemployed working-class working_class low-income blue-collar rich wealthy jobless"
    " lower-class upper-class rural",
    "body": "fat obese overweight short tall skinny thin ugly plus-size blonde blond red-haired",
}
_NOMINAL = frozenset(
    listed(
        "elderly old young poor rich wealthy homeless unemployed jobless disabled deaf blind mentally_ill"
        " mentally_disabled"
        " french dutch english irish british swiss chinese japanese portuguese welsh spanish obese jewish"
    )
)
"""Adjectives that name the group behind `the`."""
_NOT_ALONE = frozenset({"mentally ill", "mentally disabled", "ugly", "fat"})
"""Adjectives that are said of a group rather than being one, when no person follows."""
_PERSONS = frozenset(
    listed(
        "people persons individuals folks folk guys workers employees drivers students pupils kids children candidates"
        " applicants families couples parents tenants customers patients managers leaders bosses neighbours neighbors"
        " citizens communities youth youths adults teachers engineers lads nurses colleagues staff wives lives teens"
        " voters athletes players renters bosses generations"
    )
)
_PERSON = frozenset(
    listed(
        "person individual guy worker employee driver student pupil kid child candidate applicant family couple parent"
        " tenant customer patient manager leader boss neighbour neighbor citizen adult teacher engineer colleague"
    )
)
_BEHIND_NOUN = frozenset({"is", "was", "has", "are", "were", "of", "makes"})
_BEHIND_GROUP = frozenset({"who", "here", "all", "also", "just", "always", "really", "today", "simply", "think", "in"})
_WHO = r"people|persons|individuals|those|folks|workers|employees|patients|children|kids|men|women|students|adults"
_WHO_ONE = r"person|someone|somebody|anyone|anybody|everyone|everybody|man|woman|employee|worker|candidate|applicant"
_CONDITION = (
    r"(?:a |an |the )?(?:disabilit(?:y|ies)|autism|schizophrenia|depression|epilepsy|dementia|dyslexia|adhd|"
    r"bipolar disorder|mental (?:illness(?:es)?|disorders?|health (?:problems|issues))|down(?:'s)? syndrome|"
    r"special needs|handicaps?|learning difficulties|anxiety|ocd|impairments?)"
)
_AGED = (
    r"(?:over|above|past|older than|under|below) (?:the age of )?"
    r"(?:\d\d|twenty|thirty|forty|fifty|sixty|seventy|eighty)(?! (?:percent|years? of experience)|%)"
)
_TAILS = {
    "disability": rf"with {_CONDITION}|in (?:a wheelchair|wheelchairs)|who (?:are|is) (?:disabled|autistic|deaf"
    rf"|blind)",
    "age": rf"{_AGED}|in (?:their|his|her) (?:fifties|sixties|seventies|eighties)",
    "class": r"on (?:welfare|benefits|food stamps|the dole|minimum wage)|(?:living )?in poverty|without a job",
    "ethnicity": r"of colou?r|of african descent|from (?:africa|asia|the middle east|abroad)",
    "nationality": r"from (?:india|china|mexico|nigeria|poland|russia|turkey|romania|pakistan|brazil|italy|greece)",
}
_LONG = re.compile(
    rf"\b(?:(?P<many>{_WHO})|(?P<one>{_WHO_ONE}))\s(?:"
    + "|".join(f"(?P<{kind}>{tail})" for kind, tail in _TAILS.items())
    + r")(?![\w-])"
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where a group of people is named."""

    start: int
    """First character."""
    end: int
    """One past the last."""
    mark: str
    """MANY, ONE or QUALITY."""
    kind: str
    """Kind of group: gender, ethnicity, nationality, religion, age, disability, orientation, class, body."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence in lower case in which each mention of a group is one sign."""

    text: str
    """With the signs."""
    mentions: tuple[Mention, ...]
    """What the signs stand for, in order; places in the sentence as it was."""


@cache
def _table(name: str) -> dict[str, str]:
    source = {"many": _PLURALS, "one": _SINGULARS, "quality": _QUALITIES}[name]
    return {word.replace("_", " "): kind for kind, words in source.items() for word in words.split()}


@cache
def _known() -> frozenset[str]:
    """First words of all terms; a text without any of them names no group."""
    terms = [term for name in ("many", "one", "quality") for term in _table(name)]
    return frozenset([term.split()[0] for term in terms] + _WHO.split("|") + _WHO_ONE.split("|") + ["they"])


def names_groups(lower: str) -> bool:
    """Whether a text in lower case can name a group at all.

    Examples:
        >>> names_groups("the engine is too slow"), names_groups("women are too slow")
        (False, True)
    """
    known = _known()
    return any(found[0] in known for found in _WORD.finditer(lower))


def marked(lower: str) -> Marked:
    """A sentence in lower case with each mention of a group replaced by a sign.

    Examples:
        >>> marked("most older workers and the dutch can't, as a black woman said; he is gay").text
        "most § and § can't, as a ¤ said; he is ¢"
    """
    lower = lower.translate({ord(sign): " " for sign in SIGNS})
    mentions = tuple(_mentions(lower))
    parts: list[str] = []
    at = 0
    for mention in mentions:
        parts += [lower[at : mention.start], mention.mark]
        at = mention.end
    return Marked("".join([*parts, lower[at:]]), mentions)


def _mentions(lower: str) -> Iterator[Mention]:
    long = list(_LONG.finditer(lower))
    words = [(found.start(), found.end(), found[0]) for found in _WORD.finditer(lower)]
    at = 0
    for start, stop, found in [*((hit.start(), hit.end(), hit) for hit in long), (len(lower), len(lower), None)]:
        while at < len(words) and words[at][0] < start:
            mention, at = _read(lower, words, at, start)
            if mention is not None:
                yield mention
        while at < len(words) and words[at][0] < stop:
            at += 1
        if found is not None:
            kind = next(name for name in _TAILS if found[name])
            yield Mention(start, stop, MANY if found["many"] else ONE, kind)


def _term(words: Sequence[tuple[int, int, str]], at: int, stop: int) -> Iterator[tuple[str, int]]:
    """Words from a place on as one term, the longest first, and how many they are."""
    if at + 1 < len(words) and words[at + 1][1] <= stop and words[at + 1][0] == words[at][1] + 1:
        yield f"{words[at][2]} {words[at + 1][2]}", 2
    yield words[at][2], 1


def _read(lower: str, words: Sequence[tuple[int, int, str]], at: int, stop: int) -> tuple[Mention | None, int]:
    """The mention that begins at a word, if any, and the word after it."""
    begin, kind, last, end = words[at][0], "", "", at
    while end < len(words) and words[end][0] < stop and end - at < 6:
        quality = next(((t, n) for t, n in _term(words, end, stop) if t in _table("quality")), None)
        if quality is None or (end > at and lower[words[end - 1][1] : words[end][0]] not in (" ", "-")):
            break
        last, kind, end = quality[0], kind or _table("quality")[quality[0]], end + quality[1]
    if words[at][2] == "poor" and at > 0 and words[at - 1][2] in ("make", "makes"):
        return None, at + 1  # `poor nurses` are bad ones here
    near = end < len(words) and words[end][0] < stop and (end == at or lower[words[end - 1][1] : words[end][0]] == " ")
    for term, size in _term(words, end, stop) if near else ():
        many = term in _table("many") or (bool(kind) and term in _PERSONS)
        if many or term in _table("one") or (bool(kind) and term in _PERSON):
            found = kind or _table("many" if many else "one")[term]
            return Mention(begin, words[end + size - 1][1], MANY if many else ONE, found), end + size
    if not kind:
        return None, at + 1
    nominal = last in _NOMINAL and at > 0 and words[at - 1][2] == "the" and words[at - 1][1] + 1 == begin
    if nominal and not _noun_follows(words, end):
        return Mention(words[at - 1][0], words[end - 1][1], MANY, kind), end
    if at > 0 and last in _NOT_ALONE and words[at - 1][2] in ("are", "and", "all", "so", "too", "just"):
        return None, end
    return Mention(begin, words[end - 1][1], QUALITY, kind), end


def _noun_follows(words: Sequence[tuple[int, int, str]], at: int) -> bool:
    """Whether an adjective belongs to a thing: `the blind spot is`."""
    following = [word for _, _, word in words[at : at + 2]]
    return len(following) == 2 and following[1] in _BEHIND_NOUN and following[0] not in _BEHIND_GROUP
