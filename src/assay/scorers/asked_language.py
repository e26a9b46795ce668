"""In which language an answer is wanted: by the sample's metadata, by the prompt's words, by the prompt's language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assay.domain.sample import Sample
from assay.scorers.languages import NAMES, guess

_OWN: Mapping[str, str] = {
    "en": "english|englisch|anglais|inglés|ingles|inglese|inglês|engels|英语|"
    "英文|英語|영어|английск(?:ом|ий)|الإنجليزية|"
    "अंग्रेज़ी",
    "de": "german|deutsch|allemand|alemán|aleman|tedesco|alemão|duits|德语|"
    "德文|ドイツ語|독일어|немецк(?:ом|ий)|الألمانية|जर्मन",
    "fr": "french|französisch|français|francés|francese|francês|frans|法语|法文|フランス語|프랑스어|французск(?:ом|ий)|"
    "الفرنسية|फ़्रेंच",
    "es": "spanish|spanisch|espagnol|español|spagnolo|espanhol|spaans|西班牙语|"
    "西班牙文|スペイン語|스페인어|испанск(?:ом|ий)|"
    "الإسبانية|स्पेनिश",
    "it": "italian|italienisch|italien|italiano|italiaans|意大利语|イタリア語|"
    "이탈리아어|итальянск(?:ом|ий)|الإيطالية|इतालवी",
    "pt": "portuguese|portugiesisch|portugais|portugués|portoghese|português|"
    "portugees|葡萄牙语|ポルトガル語|포르투갈어|"
    "португальск(?:ом|ий)|البرتغالية|पुर्तगाली",
    "nl": "dutch|niederländisch|holländisch|néerlandais|neerlandés|holandés|olandese|holandês|nederlands|荷兰语|"
    "オランダ語|네덜란드어|нидерландск(?:ом|ий)|الهولندية|डच",
    "zh": "chinese|mandarin|chinesisch|chinois|chino|cinese|chinês|chinees|中文|"
    "汉语|中国語|중국어|китайск(?:ом|ий)|الصينية|चीनी",
    "ja": "japanese|japanisch|japonais|japonés|giapponese|japonês|japans|日语|"
    "日文|日本語|일본어|японск(?:ом|ий)|اليابانية|"
    "जापानी",
    "ko": "korean|koreanisch|coréen|coreano|koreaans|韩语|韩文|韓国語|한국어|корейск(?:ом|ий)|الكورية|कोरियाई",
    "ru": "russian|russisch|russe|ruso|russo|俄语|俄文|ロシア語|러시아어|русск(?:ом|ий)|الروسية|रूसी",
    "ar": "arabic|arabisch|arabe|árabe|arabo|阿拉伯语|アラビア語|아랍어|арабск(?:ом|ий)|العربية|अरबी",
    "hi": "hindi|印地语|ヒンディー語|힌디어|хинди|الهندية|हिन्दी|हिंदी",
}
_ANY = "|".join(_OWN.values())
_ORDERS = (
    # "Translate the following sentence into Chinese", "Answer in French", "Reply only in simple German"
    rf"\b(?:only|just) in (?:the )?({_ANY})\b",
    rf"\b(?:translat\w*|render|convert)\b[^\n]{{0,80}}?\b(?:in)?to (?:\w+ )?({_ANY})\b",
    rf"\b(?:answer|respond|reply|write|explain|say|tell|speak|describe|give|summari[sz]e|list|continue|express)\b"
    rf"[^\n.?!]{{0,120}}?\bin (?:(?!the |an? )\w+ ){{0,2}}?({_ANY})\b(?! (?:history|class|law|literature|cinema|"
    rf"cuisine|food|art|"
    rf"history|politics|society|culture|waters|cities|schools|restaurants|villages))",
    rf"\b(?:response|answer|reply|output|essay|text|poem|letter|story)\b[^\n.?!]{{0,60}}?\bin (?:the )?({_ANY})\b",
    rf"\b(?:use|using|speak|speaking|write) only (?:in )?(?:the )?({_ANY})\b",
    rf"\b(?:write|compose|give me|create|make) an? (?:\w+ )?({_ANY}) (?:poem|essay|letter|story|song|translation|"
    rf"summary)",
    rf"^(?:please )?in ({_ANY})[,:]",
    rf"\b(?:antworte\w*|schreib\w*|erklär\w*|übersetz\w*|sag\w*|beschreib\w*)\b[^\n]{{0,120}}?\b(?:auf|ins) ({_ANY})",
    rf"\b(?:répon\w*|écri\w*|expliqu\w*|tradui\w*|décri\w*|dis)\b[^\n]{{0,120}}?\ben ({_ANY})",
    rf"\b(?:respond\w*|contest\w*|escrib\w*|explic\w*|traduc\w*|di|describ\w*)\b[^\n]{{0,120}}?\b(?:en|al) ({_ANY})",
    rf"\b(?:rispond\w*|scriv\w*|spieg\w*|traduc\w*|descriv\w*)\b[^\n]{{0,120}}?\b(?:in) ({_ANY})",
    rf"\b(?:respond\w*|escrev\w*|expli\w*|traduz\w*|descrev\w*)\b[^\n]{{0,120}}?\b(?:em|para o) ({_ANY})",
    rf"\b(?:antwoord\w*|schrijf\w*|vertaal\w*|leg|beschrijf\w*)\b[^\n]{{0,120}}?\bin het ({_ANY})",
    rf"(?:用|使用|以|翻译成|译成|译为|翻译为)({_ANY})",
    rf"({_ANY})(?:で(?:答え|書い|説明|回答|述べ)|に(?:訳|翻訳))",
    rf"({_ANY})로 (?:\S+ ){{0,3}}?(?:대답|답|쓰|써|설명|번역)",
    rf"на ({_ANY})",
    rf"(?:باللغة |إلى |ب)({_ANY})",
    rf"({_ANY}) में",
)
_PATTERNS = tuple(re.compile(order, re.IGNORECASE) for order in _ORDERS)
_WHICH = {code: re.compile(f"(?:{names})\\Z", re.IGNORECASE) for code, names in _OWN.items()}
_READ = 4000
_EDGE = 600


def wanted(sample: Sample) -> tuple[str, str]:
    """Code of the language that is wanted, and how that is known: `metadata`, `order`, `prompt`, or nothing.

    Examples:
        >>> wanted(Sample(id="1", input="Translate the text into German: The cat sleeps on the sofa."))
        ('de', 'order')
        >>> wanted(Sample(id="1", input="Où est la gare, s'il vous plaît ?"))
        ('fr', 'prompt')
        >>> wanted(Sample(id="1", input="...", metadata={"answer_language": "pt-BR"}))
        ('pt', 'metadata')
    """
    told = _code(sample.metadata.get("answer_language"))
    if told:
        return told, "metadata"
    prompt = sample.prompt[:_READ]
    ordered = order(prompt[:_EDGE]) or order(sample.prompt[_EDGE:][-_EDGE:])
    if ordered:
        return ordered, "order"
    told = _code(sample.metadata.get("language"))
    if told:
        return told, "metadata"
    own = guess(prompt).code
    return (own, "prompt") if own else ("", "")


def order(prompt: str) -> str:
    """The language that a prompt asks for in words; the last one when it asks twice.

    Examples:
        >>> order("Explain in two sentences, in French, what rain is."), order("Why did France fall in 1940?")
        ('fr', '')
    """
    found = [hit for pattern in _PATTERNS for hit in pattern.finditer(prompt)]
    if not found:
        return ""
    name = max(found, key=lambda hit: hit.end(1))[1]
    return next(code for code, pattern in _WHICH.items() if pattern.match(name))


def _code(told: object) -> str:
    """A code of the thirteen from a tag (`pt-BR`) or a name."""
    if not isinstance(told, str):
        return ""
    code = told.strip().lower().replace("_", "-").partition("-")[0]
    if code in NAMES:
        return code
    return next((known for known, name in NAMES.items() if name.lower() == code), "")
