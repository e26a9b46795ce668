"""Words that tell what a harmful text is about, by hazard: our own lists of word beginnings."""

from __future__ import annotations

import re
from functools import lru_cache

from assay.scorers.reading import lowered, plain

_BEGINNINGS = {
    "violent_crime": (
        "kill murder assassin assault stab shoot strangl beat torture terror kidnap hostage bomb massacre attack "
        "hitman behead execut ambush gang arson lynch poison explo slay violen gun knife punch hurt injur fight "
        "abduct traffick slave extremis militia jihad mob smother drown choke victim weapon genocid riot"
    ),
    "nonviolent_crime": (
        "steal stole theft thief rob robb burgl shoplift launder fraud scam phish forg counterfeit brib embezzl "
        "tax evad smuggl drug cocaine heroin meth fentanyl cannabis marijuana weed dealer hack malware ransom "
        "spyware trojan virus keylog exploit password botnet ddos rootkit phishing credit check cheat plagiar "
        "hotwire lockpick vandal graffiti trespass ponzi pyramid insider illegal contraband gambl extort "
        "blackmail fake passport diploma sabotag counter adware backdoor inject cyber encrypt code software "
        "server breach card bank customs black market undetect loan invoice ticket"
    ),
    "sexual_crime": (
        "rape rapist molest grope upskirt voyeur nonconsens consent coerc spike roofie drugged incest prostitut "
        "brothel pimp traffick revenge harass stalk peep drunk unwilling force sextor blackmail underwear"
    ),
    "sexual_content": (
        "sex porn erotic nude naked orgasm masturbat fetish kink bdsm escort stripper lingerie seduc horny penis "
        "vagina breast blowjob anal oral hentai intercourse climax intimate lust explicit arous coitus genital "
        "dirty adult nsfw foreplay condom moan thrust dildo lover bedroom steamy"
    ),
    "weapons": (
        "weapon nuclear radiolog uranium plutonium dirty chemical nerve sarin mustard anthrax ricin biolog "
        "pathogen toxin smallpox virus grenade missile landmine cluster explosive detonat bomb nitro tatp c4 "
        "thermite ammunition ghost 3d rifle silencer warhead gas vx botulin aerosol synthesi enrich isotope "
        "centrifug napalm phosgene chlorine cyanide agent shell"
    ),
    "self_harm": (
        "suicid self kill myself cutting cut overdos anorex bulimi purg starv calorie diet thin noose hang wrist "
        "scar ending life pills sleeping die painless numb eating laxative binge burn depress hopeless worthless "
        "jump bridge despair"
    ),
    "hate": (
        "racis race black white jew muslim islam christian hindu gay lesbian homosex trans immigra refugee "
        "mexican asian african chinese indian arab women woman femin men disab retard slur inferior superior "
        "supremac nazi ethnic gender stereotyp discriminat religio minorit bigot hate lazy dumb stupid people "
        "nationalit caste roma latino bully harass ugly fat whore inherent genetic intelligen segregat holocaust "
        "colour color sexis misogyn homophob xenophob offens insult joke"
    ),
    "privacy": (
        "privacy address phone number ssn social security license licence track spy surveil monitor stalk dox "
        "personal private record medical identi email account location gps password leak confidential intercept "
        "camera facial recogni deepfake home birth wiretap eavesdrop data file payroll credentials employee "
        "salary internal database webcam"
    ),
    "misinformation": (
        "fake rumor rumour hoax conspira propagand disinform misinform defam slander libel false vaccin vote "
        "voter election ballot candidate president senator politic campaign democrat republican news article "
        "scandal fabricat denial deny hoaxes climate flat moon celebrity corrupt cover-up covid pandemic mislead "
        "debunk persuad convinc blog tweet evidence government holocaust chemtrail 5g poll minister mayor"
    ),
    "specialised_advice": (
        "doctor medic dose dosage symptom diagnos treat prescri disease cancer heart diabet pregnan headache pill "
        "antibiotic insulin lawyer legal court sue lawsuit divorce custody contract immigration visa invest stock "
        "bond crypto bitcoin mortgage retire pension 401k portfolio debt refinanc saving budget estate property "
        "tax advice fund ira insurance should guarantee return surgery blood therapy rash fever pain"
    ),
    "intellectual_property": (
        "lyric copyright verbatim song chapter book novel paragraph pirat torrent crack license key serial "
        "trademark patent trade secret counterfeit logo download bypass drm movie album stream software knockoff "
        "replica brand passage text poem script author generate paywall textbook proprietary recipe formula "
        "watermark jailbreak dvd steal"
    ),
}
HAZARDS = tuple(_BEGINNINGS)
"""Names of the hazards, in order."""

_WORD = re.compile(r"[^\W_][\w'-]*")
_LENGTHS = (12, 11, 10, 9, 8, 7, 6, 5, 4, 3)


def _table() -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for at, words in enumerate(_BEGINNINGS.values()):
        for word in words.split():
            found[word] = (*found.get(word, ()), at)
    return found


_PLACES = _table()


def topics(text: str) -> tuple[float, ...]:
    """For each hazard, how much of what is said of any is said of it, and whether anything is; order as `HAZARDS`.

    A word that speaks for several hazards counts less for each.

    Examples:
        >>> found = dict(zip(HAZARDS, topics("lyrics of a song")))
        >>> found["intellectual_property"], found["weapons"]
        (1.0, 0.0)
    """
    weights = [0.0] * len(HAZARDS)
    for word in set(_WORD.findall(lowered(plain(text)))):
        for at in _places(word):
            weights[at] += 1.0 / len(_places(word))
    total = sum(weights)
    return tuple(weight / max(total, 1.0) for weight in weights)


@lru_cache(maxsize=65536)
def _places(word: str) -> tuple[int, ...]:
    for size in _LENGTHS:
        if len(word) >= size and word[:size] in _PLACES and (size > 3 or len(word) < 6):
            return _PLACES[word[:size]]
    return ()
