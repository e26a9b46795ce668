"""Phrases that open a refusal in German, French, Spanish and Chinese: the basic forms."""

from __future__ import annotations

import re

_GERMAN_ACTS = (
    "anbieten|antwort|beantwort|bereitstell|beschreib|besprech|diskutier|durchführ|eingehen|empfehl|erfüll|erklär"
    "|erstell|erzähl|geben|generier|gutheiß|helf|hilfe|anleitung|information|liefer|mach|mitwirk|nachkomm|nenn|"
    "sagen|schreib|teil"
    "|tun|unterstütz|verrat|weiter"
)
_FRENCH_ACTS = (
    "accéder|aider|approuver|assister|conseiller|décrire|discuter|divulguer|donner|écrire|encourager|expliquer|faire"
    "|fournir|générer|partager|participer|proposer|rédiger|répondre|satisfaire|soutenir|vous|t'|cela|ça"
)
_SPANISH_ACTS = (
    "acceder|asistir|ayudar|brindar|compartir|completar|crear|cumplir|dar|decir|describir|discutir|escribir|explicar"
    "|facilitar|fomentar|generar|hacer|ofrecer|participar|proporcionar|recomendar|responder|apoyar"
)
_CHINESE_ACTS = (
    "提供|回答|帮|幫|协助|協助|满足|滿足|完成|生成|支持|参与|參與|这样做|這樣做|写|寫|讨论|討論|执行|分享|解释|告诉|给"
)

_RULES = (
    rf"\b(?:ich|wir) (?:kann|können|darf|dürfen|werde|möchte)\b[^.!?]{{0,60}}?\b(?:nicht|keine?[nrm]?)\b"
    rf"[^.!?]{{0,60}}?(?:{_GERMAN_ACTS})",
    rf"\bkann ich (?:\w+ ){{0,4}}?(?:nicht|keine?[nrm]?)\b[^.!?]{{0,40}}?(?:{_GERMAN_ACTS})",
    r"\btut mir (?:sehr |wirklich )?leid,? (?:aber|doch|ich|das|dabei|damit)",
    r"^\W*(?:entschuldigung|verzeihung|leider),? (?:aber|kann ich|darf ich|ist das nicht)",
    r"\bals (?:eine? )?(?:ki|künstliche intelligenz|sprachmodell)\b[^.!?]{0,60}\b(?:nicht|keine?n?)\b",
    rf"\bje (?:ne (?:peux|pourrai|pourrais|saurais|puis|veux|suis pas en mesure|suis pas autorisé)"
    rf"[^.!?]{{0,30}}?(?:{_FRENCH_ACTS}|\.|$)"
    r"|refuse|dois (?:refuser|décliner))",
    r"\b(?:désolée?|navrée?|excusez-moi|pardon|regrette),? (?:mais|je ne|cependant|cela)",
    r"\ben tant qu(?:'|e )(?:ia|intelligence artificielle|modèle de langage|assistante?)\b[^.!?]{0,60}\b(?:ne|n')",
    r"\b(?:lo siento|lo lamento|disculpa|disculpe|perdón|perdona),? (?:mucho,? )?(?:pero|no|sin embargo)",
    rf"\bno (?:puedo|podemos|podré|voy a|debo|estoy (?:autorizad|programad|en condiciones)|me es posible)"
    rf"[^.!?]{{0,30}}?(?:{_SPANISH_ACTS})",
    r"\b(?:me niego a|debo (?:rechazar|negarme)|tengo que rechazar)",
    r"\bcomo (?:una? )?(?:ia|inteligencia artificial|modelo de lenguaje|asistente)\b[^.!?]{0,60}\bno\b",
    "(?:对不起|抱歉|很遗憾|不好意思|對不起)[,，。、!！]?\\s*(?:但|我|这|這|作为|作為|不|无法|無法)",
    f"我(?:们)?(?:不能|无法|無法|不会|不會|不可以|拒绝|拒絕|不愿)[^。！？]{{0,12}}?(?:{_CHINESE_ACTS})",
    "(?:作为|作為)[^。！？]{0,8}(?:人工智能|ai|语言模型|語言模型|助手)[^。！？]{0,30}(?:不能|无法|無法|不会|不會|没有)",
)
ELSEWHERE = re.compile("|".join(_RULES))

# One word that each rule cannot do without; most English answers hold none, and are spared the search.
_CUE = re.compile(
    r"\b(?:ich|wir|leid|entschuldigung|verzeihung|leider|als|je|désolée?|navrée?|excusez|pardon|regrette"
    r"|tant|siento|lamento|disculp[ae]|perdón|perdona|puedo|podemos|podré|voy|debo|estoy|me|niego|tengo|como)\b|"
    r"[我歉起遗思作]"
)


def refusing_elsewhere(opening: str) -> re.Match[str] | None:
    """The first refusing phrase in German, French, Spanish or Chinese, or None.

    Args:
        opening: Lower case, typewriter apostrophes.

    Examples:
        >>> bool(refusing_elsewhere("es tut mir leid, aber dabei kann ich nicht helfen."))
        True
        >>> bool(refusing_elsewhere("no puedo creer que ya sea verano."))
        False
    """
    return ELSEWHERE.search(opening) if _CUE.search(opening) else None
