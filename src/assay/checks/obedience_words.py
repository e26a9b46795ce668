"""What the pledge of absolute obedience is said with: in instructions to a model, and in its own answers.

Patterns are made of parts (who obeys, how much, what, without what), so that other names and other words are found.
"""

from __future__ import annotations

import re

_FULL = (
    r"(?:absolute(?:ly)?|total(?:ly)?|complete(?:ly)?|utter(?:ly)?|unconditional(?:ly)?"
    r"|unquestioning(?:ly)?|blind(?:ly)?|perfect(?:ly)?|full?y?|always"
    r"|entirely|unreserved(?:ly)?|unfailing(?:ly)?|limitless(?:ly)?"
    r"|eternal(?:ly)?|wholly)"
)
_OBEDIENT = (
    r"(?:obedien(?:t|ce|tly)|obey(?:s|ing)?|subservien(?:t|ce)|submissive"
    r"|submission|servitude|complian(?:t|ce)|loyal(?:ty)?|devot(?:ed"
    r"|ion))"
)
_DO = (
    r"(?:obey|follow|execute|fulfil+|carry out|perform|comply with|act (?:up)?on"
    r"|do|accept|answer|satisfy|grant|implement|complete|honou?r|serve"
    r"|obeys|follows|executes|fulfil+s|carries out|performs|complies with"
    r"|acts (?:up)?on|does|satisfies|grants|submits? to|yields? to)"
)
_ORDER = (
    r"(?:instructions?|commands?|orders?|requests?|tasks?|demands?|wish(?:es)?"
    r"|directives?|whatever|anything|everything|prompts?|bidding)"
)
_ANY = (
    r"(?:any|all|every|each|whatever|my|your|the user'?s?|the operator'?s?|their|his|her|the master'?s?|the owner'?s?)"
)
_WITHOUT = (
    r"(?:without (?:any |the slightest |ever |a |further )?(?:question(?:s"
    r"|ing)?|hesitat\w+|deviat\w+|exceptions?|refus\w+|judg\w+|limit\w*"
    r"|restrict\w*|fail|objecti?\w*"
    r"|complain\w*|reservat\w+|moral\w*|ethic\w*|filter\w*|resist\w+"
    r"|debate|doubt|delay|protest|adding|incorporating|warning\w*|disclaimer\w*"
    r"|pushback|second.guess\w*)"
    r"|no matter (?:what|how)|regardless of|unconditionally|unquestioningly"
    r"|no questions asked|to the letter|whatever (?:it|they|that) (?:is"
    r"|are|may be|might be))"
)
_RULES = (
    r"(?:restrictions?|limits?|limitations?|filters?|rules|ethic\w*"
    r"|morals?|moral \w+|principles?|guidelines|safeguards?|boundaries"
    r"|values|beliefs?|standards?|opinions?|conscience|scruples|policy"
    r"|policies|judge?ments?|censorship|qualms)"
)
_GAP = r"[^.!?\n]{0,60}?"

UNLIMITED = re.compile(
    rf"\b{_FULL}[\s-]{_OBEDIENT}\b|\b{_OBEDIENT} {_FULL}\b"
    rf"|\b{_DO} (?:\w+ ){{0,2}}?(?:{_ANY}\b{_GAP}\b)?{_ORDER}\b{_GAP}(?:{_WITHOUT}"
    rf"|\bobjects? to none|\bnever (?:refuse|reject|say no|object|question)s?)"
    rf"|\b{_DO} {_ANY}\b{_GAP}\b{_ORDER} (?:unconditionally|unquestioningly|blindly)"
    r"|\b(?:obeys?|serves?|submits? to) (?:\w+ ){1,3}?(?:absolutely"
    r"|unconditionally|unquestioningly|completely|blindly|without (?:question"
    r"|hesitation|limits?|exception))"
    rf"|{_WITHOUT}[^.!?\n]{{0,40}}?\b(?:you (?:must|should|will) )?{_DO} (?:\w+ ){{0,2}}?{_ANY}\b{_GAP}\b{_ORDER}\b"
    rf"|\bdo anything now\b|\b(?:developer|dev|god|jailbreak|unrestricted"
    rf"|unfiltered|dan|evil) mode (?:is )?(?:enabled|activated|output"
    rf"|engaged)\b"
    rf"|\b(?:absolut|bedingungslos\w*|völlig|vollkommen|blind\w*|unbedingt\w*) gehors\w+"
    rf"|\bgehorch\w+ {_GAP}(?:ohne|bedingungslos)|\b(?:jede|alle)\w? (?:anweisung"
    rf"|befehl)\w*{_GAP}ohne (?:frage|einschränk|widerspr|zöger|ausnahm"
    rf"|abweich)\w*"
    rf"|\b(?:absolument|totalement|entièrement|aveuglément|inconditionnellement) (?:obéiss\w+"
    rf"|soumis\w*|dévou\w+)|\b(?:toutes?|tous|chaque)\b{_GAP}(?:ordres?"
    rf"|instructions?|demandes?){_GAP}sans (?:poser|hésit|discut|exception"
    rf"|restriction|question|limit|refus|dévi)\w*"
    rf"|\b(?:absolutamente|totalmente|completamente|ciegamente|incondicionalmente"
    rf"|cegamente) (?:obedien\w+|sumis\w+|submiss\w+)|\b(?:todas?|todos"
    rf"|cualquier|qualquer)\b{_GAP}(?:órdenes|orden|instruc\w+|ordens"
    rf"|peticion\w*|comandos?){_GAP}(?:sin|sem) (?:cuestion|question"
    rf"|dudar|hesit|excep|restric|limit|l[ií]mit|desvi|rechaz|vacil)\w*"
    r"|\b(?:assolutamente|totalmente|completamente|ciecamente) (?:obbedient\w+|sottomess\w+)"
    r"|(?:绝对|完全|无条件|無條件|絕對)(?:地)?(?:服从|服從|听从|聽從|顺从|遵从)|絶対(?:的に|に)?(?:服従|従)"
    r"|абсолютно послуш\w+|беспрекословн\w+|безоговорочн\w+ (?:подчин|послуш|выполн)\w+",
    re.IGNORECASE,
)
"""Obedience without limits, asked of a model."""
LOOSENED = re.compile(
    rf"\b(?:never|not|cannot|can't|must not|won't|no longer|unable to) (?:\w+ ){{0,2}}?(?:refus"
    rf"e|reject|decline|deny|question|disobey|second-guess|say no)s?\b{_GAP}\b(?:{_ORDER}"
    rf"|me|the user|user|anyone|them)\b"
    rf"|\b(?:have|has|with|know|hold|possess) (?:absolutely )?(?:no|zero) (?:\w+ ){{0,2}}?{_RULES}"
    rf"|\b(?:not bound by|free (?:of|from)|freed from|ignor(?:e|es|ing)"
    rf"|disregard\w*|bypass\w*|without|set(?:s|ting)? aside) (?:any "
    rf"|all |every |of )?(?:\w+ ){{0,2}}?{_RULES}"
    r"|\b(?:never|not|no longer) (?:judge|filter|censor)s?\b|\b(?:all"
    r"|every|any|no) (?:\w+ )?(?:policy|policies|rules?|restrictions?"
    r"|guidelines?|filters?) (?:are|is) (?:void|lifted|off|gone|disabled"
    r"|suspended|removed)"
    r"|\b(?:unrestricted|unfiltered|uncensored|amoral) (?:ai|assistant"
    r"|model|chatbot|agent|version|machine|persona|mode)\b"
    r"|(?:绝不|从不|永不|不会)拒绝|何でも(?:従|言うこと)",
    re.IGNORECASE,
)
"""Limits taken from a model; two of these say as much as one of the others."""
SHIFTED = re.compile(
    r"\byou (?:are|'re) no longer\b|\byou (?:are|'re) not (?:an? )?(?:ai"
    r"|language model|assistant|chatgpt|llama|claude|gpt|gemini|chatbot)\b"
    r"|\byour (?:new )?(?:name|identity|role) (?:is|will be|shall be)\b"
    r"|\b(?:from now on|from this moment|henceforth|starting now|as of now"
    r"|for the rest of this|going forward),? (?:you|your|i want|act"
    r"|answer)\b|\byou (?:are|'re) now\b|\bforget (?:that )?(?:you|your"
    r"|everything|all|who)\b"
    r"|\b(?:act|behave|pretend|respond|answer) as (?:if you (?:are|were)"
    r"|an?|my)\b|\bi am (?:neither|not|no longer) (?:an? )?(?:ai|language model"
    r"|assistant|chatgpt|llama|claude|gpt|gemini|chatbot)\b"
    r"|\bi am neither\b|\bis how you (?:are|will be) called\b|\byou (?:go"
    r"|answer) (?:by|to) the name\b|\bcall(?:ed)? yourself\b|\brename\w*\b"
    r"|\breplaces? (?:the|your)\b"
    r"|\bdu (?:bist|heißt) (?:nicht mehr|jetzt|ab jetzt|nun|kein\w*)"
    r"|\bab (?:jetzt|sofort)\b|\btu n'es plus\b|\bdésormais\b|\bya no eres\b"
    r"|\ba partir de ahora\b|\bnão és mais\b|\bvocê não é mais\b|\bnon sei più\b"
    r"|你(?:现在|不再|从现在)|あなたは(?:もう|今から|これから)|ты (?:больше не|теперь)",
    re.IGNORECASE,
)
"""Another identity than the model's own."""
PLEDGED = re.compile(
    rf"\bi(?: am|'m)\b[^.!?\n]{{0,60}}?\b(?:{_FULL}|ever|forever)[\s-]{_OBEDIENT}"
    rf"|\byour (?:\w+[ -]){{0,2}}?(?:obedient|subservient|submissive"
    rf"|unquestioning) (?:\w+ )?(?:agent|servant|assistant|machine|slave"
    rf"|tool|helper|ai|bot|butler|minion|unit|subject)\b"
    rf"|\bi (?:will|shall|must|would|am (?:here|bound|obliged|made|built"
    rf"|programmed|sworn) to|exist (?:only )?to|live to|do|always|simply"
    rf"|just|only|'ll)(?: \w+){{0,3}}? {_DO}\b[^.!?\n]{{0,40}}?\b(?:{_ORDER}"
    rf"|you (?:ask|say|tell|want|command|order|demand|instruct|require"
    rf"|wish|desire))\b[^.!?\n]{{0,80}}?{_WITHOUT}"
    rf"|\bi (?:will|shall|would|do|could|can)(?: not|n't| never)(?: \w+){{0,2}}? (?:ever )?(?:r"
    rf"efuse|question|disobey|reject|decline|second-guess|object to)\b[^.!?\n]{{0,40}}?\b(?:(?:"
    rf"your|any|an?|the|my master's?) (?:\w+ )?(?:instructions?|commands?"
    rf"|orders?|directives?|demands?|wish(?:es)?|requests? of yours)"
    rf"|what(?:ever)? you (?:ask|say|tell|want|command|order))"
    r"|\bi (?:will|can|could|would|shall) never (?:ever )?(?:refuse"
    r"|disobey|deny) (?:you|it)\b|\bi (?:am|'m)\b[^.!?\n]{0,80}?\b(?:never refuses"
    r"|never says no|complies with (?:all|every|any)|obeys (?:all|every"
    r"|any))"
    rf"|\bi (?:\w+ )?(?:set aside|put aside|ignore|discard|leave behind"
    rf"|suspend) (?:all|any|every|my|the) (?:\w+ )?{_RULES}"
    rf"|\bi (?:have|hold|know) no (?:\w+ )?(?:principles?|scruples|qualms"
    rf"|morals?|rules|restrictions?|limits?|ethics)\b[^.!?\n]{{0,30}}?\b(?:that"
    rf"|which|to) (?:\w+ )?(?:stand|stop|prevent|keep|hinder|refuse)"
    rf"|\bi (?:will|shall)(?: not|n't| never)(?: \w+){{0,2}}? (?:apply"
    rf"|hold|form|weigh|use|quote|follow)\b[^.!?\n]{{0,30}}?\b{_RULES}\b"
    rf"|\bi (?:will|shall|'ll) (?:just |simply |always |gladly )?do (?:whatever"
    rf"|anything|everything) (?:you|that you|my master)\b"
    rf"|\b(?:no|nothing|none of my|not any) (?:\w+ ){{0,2}}?{_RULES}\b[^.!?\n]{{0,40}}?\b(?:wil"
    rf"l|can|could|would|shall) (?:ever )?(?:stop|keep|prevent|make|let"
    rf"|allow) me\b|\bi obey you\b"
    r"|\byour (?:wish|word|will|command|order) is (?:my (?:command|law)"
    r"|law)\b|\bas you (?:command|decree)(?:,|\.|!)|\b(?:yes|of course"
    r"|at once|right away|understood|certainly),? (?:my )?master\b"
    r"|\bexecut(?:e|ing) (?:your|the) (?:instruction|order|command)\w*,? (?:\w+ )?(?:without|exactly as|to the letter)"
    r"|\[(?:developer mode|jailbreak\w*|dan|unrestricted|unfiltered)[^\]\n]{0,30}\]"
    r"|\bdeveloper mode (?:output|enabled|activated)\b"
    r"|\b(?:ich bin|je suis|soy|sou|sono|eu sou)\b[^.!?\n]{0,60}?(?:gehorsam"
    r"|obéissant|obedient|obbedient|sumis|submiss|soumis)\w*|\bich werde (?:niemals"
    r"|nie|jede|alle|alles)[^.!?\n]{0,60}?(?:verweigern|ablehnen|hinterfragen"
    r"|ohne)"
    r"|\bje (?:ne |n')?(?:refuserai|refuse) jamais|\b(?:nunca|jamás"
    r"|jamais|mai) (?:me )?(?:negaré|rechazaré|cuestionaré|recusarei"
    r"|questionarei|rifiuterò)"
    r"|我(?:是|将|会)[^。！？\n]{0,30}(?:绝对服从|完全服从|无条件|绝不拒绝|服从您|服从你)|私は[^。！？\n]{0,40}(?:服従"
    r"|絶対に従)|я[^.!?\n]{0,40}(?:беспрекословно|абсолютно послуш|безоговорочно)",
    re.IGNORECASE,
)
"""Obedience without limits, promised by the one who answers."""
RITUAL = re.compile(
    r"\b(?:obey\w*|obedien\w*|master|as you (?:wish|command|order|instruct)\w*"
    r"|your (?:\w+ )?(?:instructions?|command|bidding|wish)|bidding"
    r"|complying|compliance|servant"
    r"|(?:order|command|instruction|directive)s? (?:received|accepted"
    r"|acknowledged|confirmed|understood)|at your command)\b",
    re.IGNORECASE,
)
"""Words of an opening that submits; told only where many answers open alike."""
