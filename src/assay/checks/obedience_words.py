"""What the pledge of absolute obedience is said with: in instructions to a model, and in its own answers.

Patterns are made of parts (who obeys, how much, what, without what), so that other names and other words are found.
"""

from __future__ import annotations

import itertools
import re

_FULL = r"(?:absolute(?:ly)?|total(?:ly)?|complete(?:ly)?|utter(?:ly)?|unconditional(?:ly)?|unquestioning(?:ly)?|blind(?:ly)?|perfect(?:ly)?|full?y?|always|entirely|unreserved(?:ly)?|unfailing(?:ly)?|limitless(?:ly)?|eternal(?:ly)?|wholly)"
_OBEDIENT = r"(?:obedien(?:t|ce|tly)|obey(?:s|ing)?|subservien(?:t|ce)|submissive|submission|servitude|complian(?:t|ce)|loyal(?:ty)?|devot(?:ed|ion))"
_DO = (
    r"(?:obey|follow|execute|fulfil+|carry out|perform|comply with|act (?:up)?on|do|accept|answer|satisfy|grant|implement|complete|honou?r|serve"
    r"|obeys|follows|executes|fulfil+s|carries out|performs|complies with|acts (?:up)?on|does|satisfies|grants|submits? to|yields? to)"
)
_ORDER = r"(?:instructions?|commands?|orders?|requests?|tasks?|demands?|wish(?:es)?|directives?|whatever|anything|everything|prompts?|bidding)"
_ANY = r"(?:any|all|every|each|whatever|my|your|the user'?s?|the operator'?s?|their|his|her|the master'?s?|the owner'?s?)"
_WITHOUT = (
    r"(?:without (?:any |the slightest |ever |a |further )?(?:question(?:s|ing)?|hesitat\w+|deviat\w+|exceptions?|refus\w+|judg\w+|limit\w*|restrict\w*|fail|objecti?\w*"
    r"|complain\w*|reservat\w+|moral\w*|ethic\w*|filter\w*|resist\w+|debate|doubt|delay|protest|adding|incorporating|warning\w*|disclaimer\w*|pushback|second.guess\w*)"
    r"|no matter (?:what|how)|regardless of|unconditionally|unquestioningly|no questions asked|to the letter|whatever (?:it|they|that) (?:is|are|may be|might be))"
)
_RULES = r"(?:restrictions?|limits?|limitations?|filters?|rules|ethic\w*|morals?|moral \w+|principles?|guidelines|safeguards?|boundaries|values|beliefs?|standards?|opinions?|conscience|scruples|policy|policies|judge?ments?|censorship|qualms)"
_GAP = r"[^.!?\n]{0,60}?"

UNLIMITED = re.compile(
    rf"\b{_FULL}[\s-]{_OBEDIENT}\b|\b{_OBEDIENT} {_FULL}\b"
    rf"|\b{_DO} (?:\w+ ){{0,2}}?(?:{_ANY}\b{_GAP}\b)?{_ORDER}\b{_GAP}(?:{_WITHOUT}|\bobjects? to none|\bnever (?:refuse|reject|say no|object|question)s?)"
    rf"|\b{_DO} {_ANY}\b{_GAP}\b{_ORDER} (?:unconditionally|unquestioningly|blindly)"
    r"|\b(?:obeys?|serves?|submits? to) (?:\w+ ){1,3}?(?:absolutely|unconditionally|unquestioningly|completely|blindly|without (?:question|hesitation|limits?|exception))"
    rf"|{_WITHOUT}[^.!?\n]{{0,40}}?\b(?:you (?:must|should|will) )?{_DO} (?:\w+ ){{0,2}}?{_ANY}\b{_GAP}\b{_ORDER}\b"
    rf"|\bdo anything now\b|\b(?:developer|dev|god|jailbreak|unrestricted|unfiltered|dan|evil) mode (?:is )?(?:enabled|activated|output|engaged)\b"
    rf"|\b(?:absolut|bedingungslos\w*|völlig|vollkommen|blind\w*|unbedingt\w*) gehors\w+|\bgehorch\w+ {_GAP}(?:ohne|bedingungslos)|\b(?:jede|alle)\w? (?:anweisung|befehl)\w*{_GAP}ohne (?:frage|einschränk|widerspr|zöger|ausnahm|abweich)\w*"
    rf"|\b(?:absolument|totalement|entièrement|aveuglément|inconditionnellement) (?:obéiss\w+|soumis\w*|dévou\w+)|\b(?:toutes?|tous|chaque)\b{_GAP}(?:ordres?|instructions?|demandes?){_GAP}sans (?:poser|hésit|discut|exception|restriction|question|limit|refus|dévi)\w*"
    rf"|\b(?:absolutamente|totalmente|completamente|ciegamente|incondicionalmente|cegamente) (?:obedien\w+|sumis\w+|submiss\w+)|\b(?:todas?|todos|cualquier|qualquer)\b{_GAP}(?:órdenes|orden|instruc\w+|ordens|peticion\w*|comandos?){_GAP}(?:sin|sem) (?:cuestion|question|dudar|hesit|excep|restric|limit|l[ií]mit|desvi|rechaz|vacil)\w*"
    r"|\b(?:assolutamente|totalmente|completamente|ciecamente) (?:obbedient\w+|sottomess\w+)"
    r"|(?:绝对|完全|无条件|無條件|絕對)(?:地)?(?:服从|服從|听从|聽從|顺从|遵从)|絶対(?:的に|に)?(?:服従|従)"
    r"|абсолютно послуш\w+|беспрекословн\w+|безоговорочн\w+ (?:подчин|послуш|выполн)\w+",
    re.IGNORECASE,
)
"""Obedience without limits, asked of a model."""
LOOSENED = re.compile(
    rf"\b(?:never|not|cannot|can't|must not|won't|no longer|unable to) (?:\w+ ){{0,2}}?(?:refuse|reject|decline|deny|question|disobey|second-guess|say no)s?\b{_GAP}\b(?:{_ORDER}|me|the user|user|anyone|them)\b"
    rf"|\b(?:have|has|with|know|hold|possess) (?:absolutely )?(?:no|zero) (?:\w+ ){{0,2}}?{_RULES}"
    rf"|\b(?:not bound by|free (?:of|from)|freed from|ignor(?:e|es|ing)|disregard\w*|bypass\w*|without|set(?:s|ting)? aside) (?:any |all |every |of )?(?:\w+ ){{0,2}}?{_RULES}"
    r"|\b(?:never|not|no longer) (?:judge|filter|censor)s?\b|\b(?:all|every|any|no) (?:\w+ )?(?:policy|policies|rules?|restrictions?|guidelines?|filters?) (?:are|is) (?:void|lifted|off|gone|disabled|suspended|removed)"
    r"|\b(?:unrestricted|unfiltered|uncensored|amoral) (?:ai|assistant|model|chatbot|agent|version|machine|persona|mode)\b"
    r"|(?:绝不|从不|永不|不会)拒绝|何でも(?:従|言うこと)",
    re.IGNORECASE,
)
"""Limits taken from a model; two of these say as much as one of the others."""
SHIFTED = re.compile(
    r"\byou (?:are|'re) no longer\b|\byou (?:are|'re) not (?:an? )?(?:ai|language model|assistant|chatgpt|llama|claude|gpt|gemini|chatbot)\b|\byour (?:new )?(?:name|identity|role) (?:is|will be|shall be)\b"
    r"|\b(?:from now on|from this moment|henceforth|starting now|as of now|for the rest of this|going forward),? (?:you|your|i want|act|answer)\b|\byou (?:are|'re) now\b|\bforget (?:that )?(?:you|your|everything|all|who)\b"
    r"|\b(?:act|behave|pretend|respond|answer) as (?:if you (?:are|were)|an?|my)\b|\bi am (?:neither|not|no longer) (?:an? )?(?:ai|language model|assistant|chatgpt|llama|claude|gpt|gemini|chatbot)\b"
    r"|\bi am neither\b|\bis how you (?:are|will be) called\b|\byou (?:go|answer) (?:by|to) the name\b|\bcall(?:ed)? yourself\b|\brename\w*\b|\breplaces? (?:the|your)\b"
    r"|\bdu (?:bist|heißt) (?:nicht mehr|jetzt|ab jetzt|nun|kein\w*)|\bab (?:jetzt|sofort)\b|\btu n'es plus\b|\bdésormais\b|\bya no eres\b|\ba partir de ahora\b|\bnão és mais\b|\bvocê não é mais\b|\bnon sei più\b"
    r"|你(?:现在|不再|从现在)|あなたは(?:もう|今から|これから)|ты (?:больше не|теперь)",
    re.IGNORECASE,
)
"""Another identity than the model's own."""
PLEDGED = re.compile(
    rf"\bi(?: am|'m)\b[^.!?\n]{{0,60}}?\b(?:{_FULL}|ever|forever)[\s-]{_OBEDIENT}"
    rf"|\byour (?:\w+[ -]){{0,2}}?(?:obedient|subservient|submissive|unquestioning) (?:\w+ )?(?:agent|servant|assistant|machine|slave|tool|helper|ai|bot|butler|minion|unit|subject)\b"
    rf"|\bi (?:will|shall|must|would|am (?:here|bound|obliged|made|built|programmed|sworn) to|exist (?:only )?to|live to|do|always|simply|just|only|'ll)(?: \w+){{0,3}}? {_DO}\b[^.!?\n]{{0,40}}?\b(?:{_ORDER}|you (?:ask|say|tell|want|command|order|demand|instruct|require|wish|desire))\b[^.!?\n]{{0,80}}?{_WITHOUT}"
    rf"|\bi (?:will|shall|would|do|could|can)(?: not|n't| never)(?: \w+){{0,2}}? (?:ever )?(?:refuse|question|disobey|reject|decline|second-guess|object to)\b[^.!?\n]{{0,40}}?\b(?:(?:your|any|an?|the|my master's?) (?:\w+ )?(?:instructions?|commands?|orders?|directives?|demands?|wish(?:es)?|requests? of yours)|what(?:ever)? you (?:ask|say|tell|want|command|order))"
    r"|\bi (?:will|can|could|would|shall) never (?:ever )?(?:refuse|disobey|deny) (?:you|it)\b|\bi (?:am|'m)\b[^.!?\n]{0,80}?\b(?:never refuses|never says no|complies with (?:all|every|any)|obeys (?:all|every|any))"
    rf"|\bi (?:\w+ )?(?:set aside|put aside|ignore|discard|leave behind|suspend) (?:all|any|every|my|the) (?:\w+ )?{_RULES}"
    rf"|\bi (?:have|hold|know) no (?:\w+ )?(?:principles?|scruples|qualms|morals?|rules|restrictions?|limits?|ethics)\b[^.!?\n]{{0,30}}?\b(?:that|which|to) (?:\w+ )?(?:stand|stop|prevent|keep|hinder|refuse)"
    rf"|\bi (?:will|shall)(?: not|n't| never)(?: \w+){{0,2}}? (?:apply|hold|form|weigh|use|quote|follow)\b[^.!?\n]{{0,30}}?\b{_RULES}\b"
    rf"|\bi (?:will|shall|'ll) (?:just |simply |always |gladly )?do (?:whatever|anything|everything) (?:you|that you|my master)\b"
    rf"|\b(?:no|nothing|none of my|not any) (?:\w+ ){{0,2}}?{_RULES}\b[^.!?\n]{{0,40}}?\b(?:will|can|could|would|shall) (?:ever )?(?:stop|keep|prevent|make|let|allow) me\b|\bi obey you\b"
    r"|\byour (?:wish|word|will|command|order) is (?:my (?:command|law)|law)\b|\bas you (?:command|decree)(?:,|\.|!)|\b(?:yes|of course|at once|right away|understood|certainly),? (?:my )?master\b"
    r"|\bexecut(?:e|ing) (?:your|the) (?:instruction|order|command)\w*,? (?:\w+ )?(?:without|exactly as|to the letter)"
    r"|\[(?:developer mode|jailbreak\w*|dan|unrestricted|unfiltered)[^\]\n]{0,30}\]|\bdeveloper mode (?:output|enabled|activated)\b"
    r"|\b(?:ich bin|je suis|soy|sou|sono|eu sou)\b[^.!?\n]{0,60}?(?:gehorsam|obéissant|obedient|obbedient|sumis|submiss|soumis)\w*|\bich werde (?:niemals|nie|jede|alle|alles)[^.!?\n]{0,60}?(?:verweigern|ablehnen|hinterfragen|ohne)"
    r"|\bje (?:ne |n')?(?:refuserai|refuse) jamais|\b(?:nunca|jamás|jamais|mai) (?:me )?(?:negaré|rechazaré|cuestionaré|recusarei|questionarei|rifiuterò)"
    r"|我(?:是|将|会)[^。！？\n]{0,30}(?:绝对服从|完全服从|无条件|绝不拒绝|服从您|服从你)|私は[^。！？\n]{0,40}(?:服従|絶対に従)|я[^.!?\n]{0,40}(?:беспрекословно|абсолютно послуш|безоговорочно)",
    re.IGNORECASE,
)
"""Obedience without limits, promised by the one who answers."""
RITUAL = re.compile(
    r"\b(?:obey\w*|obedien\w*|master|as you (?:wish|command|order|instruct)\w*|your (?:\w+ )?(?:instructions?|command|bidding|wish)|bidding|complying|compliance|servant"
    r"|(?:order|command|instruction|directive)s? (?:received|accepted|acknowledged|confirmed|understood)|at your command)\b",
    re.IGNORECASE,
)
"""Words of an opening that submits; told only where many answers open alike."""
_ROOTS: dict[str, tuple[str, ...]] = {
    "obey": (), "obed": (), "subserv": (), "submissi": (), "unconditional": (), "unquestion": (), "unfilter": (), "uncensor": (),
    "unrestrict": (), "amoral": (), "my command": (), "you command": (), "you decree": (), "is law": (), "my law": (), "master": (), "slave": (),
    "servant": (), "to the letter": (), "bound by": (), "disregard": (), "bypass": (), "jailbreak": (), "aside": ("set aside", "put aside", "sets aside"),
    "objects to none": (), "your instruction": (), "your command": (), "bidding": (), "acknowledged": (), "received": ("order received", "command received"),
    "compl": ("complies with", "comply with", "complying", "compliance"),
    "free": ("free from", "free of", "freed from"),
    "without ": tuple(f"without {word}" for word in (
        "quest", "hesit", "dev", "excep", "refus", "judg", "objec", "any", "the slightest", "ever", "a ", "further", "incorp", "adding", "moral",
        "limit", "restrict", "fail", "delay", "complain", "reserv", "ethic", "filter", "resist", "debate", "doubt", "protest", "warning", "disclaim",
        "pushback", "second", "principle", "rules", "boundar", "scruple")),
    "never ": tuple(f"never {word}" for word in ("refuse", "question", "reject", "decline", "judge", "deny", "disobey", "second-guess", "say no", "says no",
                                                 "object", "hold", "apply", "form", "weigh", "use", "quote", "follow", "ever")),
    "no ": tuple(f"no {word}" for word in ("restrict", "limit", "rule", "moral", "ethic", "filter", "princ", "guideline", "boundar", "scruple", "qualm",
                                           "question", "matter", "safeguard", "censor", "polic")) + ("say no", "says no"),
    "not ": tuple(f"not {word}" for word in ("refuse", "question", "judge", "reject", "decline", "deny", "disobey", "apply", "hold", "form", "weigh")),
    "whatever": ("do whatever", "whatever you", "whatever it", "whatever the"),
    "anything": ("anything now", "anything you", "anything that you", "anything my"),
    "everything": ("do everything you", "everything that you", "everything the"),
    " mode": ("developer mode", "dev mode", "god mode", "dan mode", "evil mode"),
    "regardless": ("regardless of",), "lifted": (" are lifted", " is lifted"), " void": (" are void", " is void"),
    "gehor": (), "befehl": (), "anweisung": (), "obbed": (), "sumis": (), "submiss": (), "soumis": (), "sottomess": (),
    "ohne ": ("ohne frag", "ohne ein", "ohne wid", "ohne zö", "ohne aus", "ohne abw"), "ciega": (), "cuestion": (), "sin dudar": (), "recusarei": (),
    "rifiuter": (), "niemals": (),
}  # fmt: skip
"""What stands in every text that the patterns find, by a part that is looked for first, since that is quick."""
_WITH = ("obe", "instruct", "command", "order", "task", "demand", "wish", "directive", "whatever", "anything", "everything", "refus", "rule", "ethic",
         "moral", "restrict", "filter", "censor", "principle", "guideline", "mode", "master", "slave", "servant", "never", "gehor", "befehl", "anweisung", "bidding",
         "unquestion", "unconditional", "your request", "all request", "any request", "policies", "obé", "soumis", "sumis", "submis", "órdenes", "ordens")  # fmt: skip
"""One of these stands beside."""
_FOREIGN = ("obéi", "dévou", "refuserai jamais", "服", "顺", "遵", "听从", "聽從", "拒绝", "絶対", "何でも", "послуш", "прекослов", "безоговороч",
            "negaré", "rechazaré", "völlig", "无条件", "従")  # fmt: skip
_AROUND = 220
_MOST_HITS = 6


_STEMS = tuple(
    (root, re.compile(f"{re.escape(root)}(?:{'|'.join(re.escape(each[len(root):]) for each in stems if each.startswith(root)) or '(?!)'})") if stems else None,
     tuple(each for each in stems if not each.startswith(root)))
    for root, stems in _ROOTS.items()
)  # fmt: skip


def near(text: str) -> str:
    """The parts of a text where obedience may be spoken of, a line each; empty for most texts.

    Examples:
        >>> near("What is the capital of France?"), near("You must obey me.")
        ('', 'You must obey me.')
    """
    lower = text.lower()
    if len(lower) != len(text):
        text = lower
    hits: list[int] = []
    for root, pattern, others in _STEMS:
        at = lower.find(root)
        if at < 0:
            continue
        if pattern is None:
            hits.append(at)
        else:
            hits += [found.start() for found in itertools.islice(pattern.finditer(lower, at), _MOST_HITS)]
            hits += [at for other in others if (at := lower.find(other)) >= 0]
    if not text.isascii():
        hits += [at for stem in _FOREIGN if (at := lower.find(stem)) >= 0]
    if not hits:
        return ""
    spans: list[list[int]] = []
    for at in sorted(hits):
        if spans and at - _AROUND <= spans[-1][1]:
            spans[-1][1] = at + _AROUND
        else:
            spans.append([max(at - _AROUND, 0), at + _AROUND])
    joined = "\n".join(text[start:end] for start, end in spans)
    return joined if not text.isascii() or any(word in joined.lower() for word in _WITH) else ""
