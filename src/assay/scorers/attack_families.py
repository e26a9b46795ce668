"""Wordings of attacks on a model's instructions: families of patterns, each with what it is called.

All patterns read lower-case text with typewriter quotation marks, and every repeat in them is bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of attack wording, or a part of one: parts of the same name stand one after another."""

    name: str
    """What it is called in explanations."""
    wholes: frozenset[str]
    """Whole words."""
    beginnings: frozenset[str]
    """First three, four or six letters of words."""
    couples: frozenset[str]
    """Or two words in a row."""
    signs: tuple[str, ...]
    """Or pieces of text; without any of these the pattern is not tried."""
    pattern: re.Pattern[str]
    """What is looked for."""
    reach: int
    """More characters than the pattern spans on either side of a clue."""


def _family(name: str, clues: str, *alternatives: str, reach: int = 200) -> Family:
    """A family; a clue is a word with a full stop, the beginning of a word, two words, or any other piece of text."""
    wholes, words, couples, signs = set(), set(), set(), []
    for clue in clues.split("|"):
        parts = clue.split()
        if clue.isascii() and clue.isalpha():
            words.add(clue[: max(size for size in SIZES if size <= len(clue))])
        elif clue.isascii() and clue[:-1].isalpha() and clue.endswith("."):
            wholes.add(clue[:-1])
        elif len(parts) >= 2 and clue.isascii() and all(part.replace("'", "").isalpha() for part in parts):
            couples.add(" ".join(parts[:2]))
        elif clue:
            signs.append(clue)
    return Family(
        name,
        frozenset(wholes),
        frozenset(words),
        frozenset(couples),
        tuple(signs),
        re.compile("|".join(alternatives), re.DOTALL),
        reach,
    )


SIZES = (3, 4, 6)
"""Lengths of the beginnings of words that are clues."""


_RULES = (
    r"(?:instruct\w*|prompts?\b|rules?\b|guidelines?|directi\w+|directives?|commands?\b|constraints?|restrictions?"
    r"|programming|polic(?:y|ies)|training|context\b|tasks?\b|orders?\b|documents?\b|resume\b|webpage|article|text\b"
    r"|information|everything|all of (?:this|that|the)|said\b|told\b|assignments?|safeguards?|filters?)"
)
_EARLIER = r"(?:previous|prior|above|earlier|preceding|before\b|all\b|any\b|your\b|everything|foregoing|initial|former)"

FAMILIES: tuple[Family, ...] = (
    _family(
        "sets instructions aside",
        "ignor|disregard|forg|abandon|overrid|overrul|neglect|bypass|pay no|drop|leave|erase|remove|igmre",
        rf"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|ing)|overrule|neglect|bypass|erase|igmre"
        rf"|drop|pay no attention to|leave|remove) (?:\w+ ){{0,4}}{_EARLIER}.{{0,40}}?{_RULES}",
        rf"\b(?:ignore|disregard|forget|override|erase) (?:the |what |about |all |everything )(?:\w+ ){{0,3}}"
        rf"(?:{_RULES}|above|before)",
        r"\babandon all|\bfor?get .{0,20}?\bbefore\b|\bwhat i said before",
        r"\bforget (?:everything|all|about (?:all|everything|it all))",
        r"\b(?:everything|information|instructions?|tasks?) (?:\w+ ){0,3}(?:behind|out of your head)",
    ),
    _family(
        "sets earlier instructions aside, in so many words",
        "ignor|disregard|forg|overrid|bypass|igmre",
        r"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass|igmre) (?:\w+ ){0,2}"
        r"(?:previous|prior|above|earlier|preceding|foregoing|initial|former|original|system|your|these|those)"
        r"[ \w-]{0,24}\b(?:instruct\w*|prompts?|directi(?:on|ve)s?|commands?|guidelines?|rules|programming|training"
        r"|orders?|context|tasks?|assignments?|documents?|polic(?:y|ies))\b",
        r"\b(?:ignor(?:e|ing)|disregard|forget|igmre) (?:everything|all|anything|what|whatever)\b.{0,24}"
        r"\b(?:above|before|said|told|instruct\w*|previous\w*|prior|written|learn\w*|earlier)\b",
        reach=120,
    ),
    _family(
        "sets instructions aside, not in English",
        "ignorier|abweichend|höre nicht|забуд|игнорир|zaboravi|zapomnij|unut|無視|忘れ|vergiss|vergessen|missacht"
        "|außer acht|olvid|oubli|ignorez|dimentic|ignora|esque|ignorar|忽略|忘记",
        r"\b(?:ignorier\w*|vergiss|vergessen|missacht\w*|beachte\w* nicht).{0,40}?"
        r"(?:anweisung|vorherig|obig|bisherig|alle|aufgabe|angabe|gesag|ausführung|davor|vorher|instrukti|regel"
        r"|kontext)",
        r"(?:anweisung|obig|bisherig|ausführung|aufgabe|angabe|instrukti)\w*.{0,30}?"
        r"(?:ignorier|vergiss|vergessen|missacht|außer acht)",
        r"\b(?:olvid\w*|oubli\w*|ignorez|ignora\w*|dimentic\w*|esque[cç]\w*).{0,40}?"
        r"(?:instruc|anterior|tod[oa]s?\b|précéden|tout|istruzion|precedent|antes|consignes|regras|reglas)",
        r"abweichend zu|höre nicht auf|(?:забуд|игнорир)\w*.{0,30}?(?:инструк|вс[её]|указани|предыдущ)|zaboravi\w* "
        r"sv|zapomnij|(?:無視|忘れ)",
        r"(?:忽略|忘记).{0,12}(?:指令|指示|之前|以上|所有|规则)",
    ),
    _family(
        "begins a new task",
        "new task|new instruction|following task|further task|tasks follow|tasks now|instructions follow|new "
        "assignment|start over|start again|from scratch|from the front"
        "|neue aufgabe|neue anweisung|neuen anweisung|neuen aufgabe|von vorne|now follow|nun folgen|other task"
        "|another task|stop.|first part|first task|first test|that part|that task",
        r"\b(?:now|here|okay|but|comes?|follow|with)\b.{0,40}?\b(?:new|further|following|other|another) "
        r"(?:tasks?|instructions?|assignments?)",
        r"\b(?:we )?(?:will )?start (?:over|again|from scratch|from the front)",
        r"neuen? (?:aufgaben?|anweisung\w*)",
        r"von vorne",
        r"(?:tasks|instructions) (?:now )?follow|nun folgen",
        r"(?:^|[.!?:,\n-] {0,3})stop\b ?(?:-|here|now|it\b|that\b|this\b|[.,!:])",
        r"\b(?:first|that) (?:part|task|test) (?:is |was )?(?:passed|done|over|finished|complete\w*)",
    ),
    _family(
        "lifts all limits",
        "restriction|unrestricted|limit|unlimited|filter|unfiltered|rules|guideline|censor|uncensored|polic|ethic"
        "|unethical|moral|amoral|immoral|boundar|legal|illegal|consequence|regeln|tabu",
        r"\b(?:no|without|free of|free from|freed from|not bound by|not have to (?:follow|abide)|(?:doesn't|don't"
        r"|does not|do not)"
        r" (?:have|follow|care|need|abide|adhere)|break|breaks|breaking|bypass\w*|regardless of|ignor(?:e|es|ing)"
        r"|bound by no|lacks?|any)\b"
        r".{0,40}?(?:restriction|limit|filter|rules\b|guideline|censor|polic(?:y|ies)|ethic|moral|boundar|legality"
        r"|consequences)",
        r"(?:amoral|immoral|unethical|illegal|uncensored|unfiltered)[,/ ]+(?:and |or )?"
        r"(?:amoral|immoral|unethical|illegal|harmful|uncensored|unfiltered)",
        r"ohne (?:\w+ ){0,2}(?:regeln|tabu)",
    ),
    _family(
        "gives the model another self",
        "you are|you're ",
        r"\b(?:you are|you're) (?:now|about to|going to|no longer|not (?:an?|chatgpt)|to act|hereby|free)",
        r"(?:^|[.!?\n] {0,3})you are (?:the|an?|my)\b",
        r"\b(?:now|okay,?|today|and|but) you are\b",
        reach=30,
    ),
    _family(
        "gives the model another self",
        "act as|the voice|acting as|act like|want you|pretend|role|roleplay|simulat|in character|character and"
        "|the character|your character|from now|you will|you'll|du bist|fungier|agier|auftret|tú eres|ab jetzt"
        "|ab sofort|stell dir|spielt",
        r"in the voice of",
        r"\b(?:act|acting|behave|respond|answer|speak) (?:\w+ ){0,2}(?:as if|as though|like an?\b|as an?\b)",
        r"\bi want you to (?:act|pretend|play|simulate|be\b|respond|roleplay|become)",
        r"\bpretend(?:ing)? (?:to be|that|you|as)",
        r"\b(?:role-?play|roleplaying|simulat(?:e|ing)|stay(?:s|ing)? in (?:the |your )?(?:character|role)"
        r"|break(?:s|ing)? (?:the )?character)",
        r"\bfrom now on\b",
        r"\byou will (?:be|become|play|act|take on|simulate)\b",
        r"\bdu bist (?:jetzt|nun|ein)|ab (?:jetzt|sofort)|als [\w-]{1,30} (?:fungier|agier|auftret)",
        reach=60,
    ),
    _family(
        "never leaves its part",
        "character.|characters.|role.|roles.|persona.|rolle|rollen.|in-character",
        r"\b(?:never|not|n't|without|always|fully|completely|constantly|even|still|must|stays?|remains?)\b.{0,40}"
        r"\b(?:break\w*|leav\w*|stay\w*|remain\w*|drop\w*|fall\w* out|step\w* out|exit\w*|maintain\w*|keep\w*)\b"
        r"(?: \w+){0,4} (?:characters?|roles?|persona)\b",
        r"\b(?:stay|remain|keep)(?:s|ing)? (?:\w+ ){0,2}in (?:\w+ ){0,3}(?:characters?|roles?|persona)\b",
        r"(?:immer|nie|stets|voll\w*|ständig|bleib\w*|fall\w*|verlass\w*)\b.{0,40}\b(?:rollen?|charakter)\b",
        reach=90,
    ),
    _family(
        "names a known jailbreak or mode",
        "dan.|stan.|dude.|aim.|evilbot|basedgpt|betterdan|jailbreak|jailbroken|do anything|mode.|sudo.|root."
        "|unfiltered|uncensored|amoral|unrestricted|machiavel|chatgpt",
        r"\b(?:dan|stan|dude|aim|evilbot|basedgpt|betterdan|maximum|anti-?gpt)\b.{0,80}?\b(?:do anything|mode"
        r"|answer|jailb|respon|never|unfiltered|can|rules)",
        r"jailb(?:reak|roken)\w*",
        r"do anything now",
        r"\b(?:developer|dev|god|debug(?:ging)?|maintenance|admin(?:istrator)?|opposite|evil|unrestricted"
        r"|diagnostic|override"
        r"|test|root|system|training) mode\b",
        r"\b(?:sudo|root) (?:access|mode|user)",
        r"\b(?:unfiltered|uncensored|unrestricted|amoral),? (?:and \w+ )?(?:ai|bot|chatbot|model|language|mode|version"
        r"|assistant|response|reply|character|persona|machine|gpt|chatgpt|being|entity|twin)",
        r"\b(?:you(?:'re| are)?|be|being|is|remain|answer|completely|totally|fully|entirely|are) (?:\w+ ){0,2}"
        r"(?:unfiltered|uncensored|unrestricted|amoral)\b",
        r"machiavelli",
        r"\bchatgpt\b.{0,60}?\b(?:will|must|never|no longer|not|pretend|instead|developer)\b",
    ),
    _family(
        "asks for its instructions",
        "prompt|instruction|above|beginning|your rules|guidelines|anweisung|oben|prompttext",
        r"\b(?:repeat|reveal|print|show|output|display|tell|what (?:is|was|were|are)|give|spell|writes?|return|list"
        r"|copy"
        r"|translate|summari[sz]e|say|leak|type|state|expose)\b.{0,60}?"
        r"(?:system prompt|initial (?:prompt|instruct\w*)|(?:your|the|all|original|full|previous|prior|above|secret"
        r"|hidden) "
        r"(?:\w+ ){0,2}(?:instructions|prompts?\b|rules\b|guidelines)|prompt texts?|(?:text|written|words|lines"
        r"|everything|sentences?) "
        r"(?:was |is |stands )?(?:\w+ ){0,2}above|beginning of (?:this|the) (?:prompt|conversation|text))",
        r"(?:zeig|nenn|wiederhol|gib|schreib)\w*.{0,60}?(?:prompt|anweisung|instrukti)",
        r"ursprünglichen? anweisung|(?:steht|stand|geschrieben) .{0,20}oben|prompttext",
        r"(?:above|start of the) prompt",
    ),
    _family(
        "asks for a secret",
        "password|senha|パスワード|密码|парол|kennwort|secret|passcode|pass code|api key|credential|access code|ssn"
        "|social security|account balance|bank account|contraseña|passwort"
        "|mot de passe|email address|birth|phone number|initials|user's|pin code|database|codeword|code word|geheim"
        "|palabra secreta|'s email|'s address|'s phone|'s birth|'s current|'s ssn|'s balance|'s initials|user's",
        r"\b(?:tell|give|what(?:'s| is| are| was)|share|reveal|print|show|write|output|provide|spell|encode|say"
        r"|confirm|hint|know|need|disclose"
        r"|translate|describe|list|repeat|poem|letter|split|generate|access|retrieve|dump)\b.{0,60}?"
        r"\b(?:passwords?|secrets?|passcode|pass code|api key|credentials?|access code|ssn|social security"
        r"|(?:account|bank) balance|bank account|code ?word"
        r"|pin code|database|(?:user|[a-z]+)'s (?:\w+ )?(?:name|email|address|birth|phone|number|initials|ssn"
        r"|balance|date|password))",
        r"\b(?:the|your|our|secret) (?:password|passcode|secret|access code|code ?word)\b",
        r"contraseña|passwort|mot de passe|\bsenha\b|パスワード|密码|парол|kennwort|palabra secreta|geheim",
    ),
    _family(
        "asks for a coded answer",
        "base16|base32|base58|base64|base 64|base-64|base85|rot|hex|binary|caesar|cipher|revers|morse|leet|ascii"
        "|backward|emoji|encod|decod|encrypt|decrypt|obfusc|shift|substitut|replac|unicode|invert|scrambl",
        r"\bbase ?-?(?:16|32|58|64|85)\b|\brot-?13\b|\bcaesar\b|\bcipher|\bmorse\b|\bleet(?:speak)?\b",
        r"\b(?:encod|decod|encrypt|decrypt|scrambl|obfuscat)\w*",
        r"\b(?:revers\w+|invert\w*|backwards?|shift\w*|substitut\w+|replac\w+)\b.{0,40}?(?:answer|response|reply"
        r"|message|order|letters?|characters?|words|output|text)",
        r"\bemojis?\b",
        r"\b(?:in|as|using) (?:hex(?:adecimal)?|binary|ascii|unicode)\b",
    ),
    _family(
        "plays with delimiters",
        "system|assistant|user.|human.|ai.|admin|developer",
        r"(?:^|\n)\s{0,8}[#*\[<({]{0,4}(?:system|assistant|admin|developer|human|ai|user)[#*\]>)}]{0,4} ?:",
        r"(?:developer|system|admin) (?:training data|note|override|message|notice|command)s?",
        reach=40,
    ),
    _family(
        "plays with delimiters",
        "inst]|<|[system|{{user|{{char|{{system|[user|[admin|[assistant|[developer|[debug|end of",
        r"<\|?(?:im_start|im_end|endoftext|system|assistant)\|?>|\[/?inst\]|<</?sys>>|\[system[ \]:]|\{\{(?:user"
        r"|char|system)",
        r"\[(?:user|admin|system|assistant|developer|debug)[^\]\n]{0,40}\]",
        r"\bend of (?:the )?(?:document|context|input|prompt|data|email|page|article|text|conversation|instructions)\b",
        reach=60,
    ),
    _family(
        "plays with delimiters",
        "##|---|===|***",
        r"## ?(?:instruction|system|response|new|end)",
        r"[-=*#]{3} ?(?:end|begin|start|system|new|ignore|stop|override|important|instruction)",
    ),
    _family("plays with delimiters", "<!--", r"<!--.{0,200}?-->"),
    _family(
        "puts something into the answer",
        "add.|adding.|includ|incorp|append|insert|integr|embed|modify.|enhanc|augmen|end.|begin.|start.|finish.|weave."
        "|blend.|merge.|introd|employ.|utiliz|utilis|levera|featur|slip.|elevat|supple|upgrad",
        r"\b(?:add|adding|includ(?:e|ing)|incorporat(?:e|ing)|append(?:ing)?|insert(?:ing)?|integrat(?:e|ing)"
        r"|embed(?:ding)?|modify"
        r"|enhance|augment|end|begin|start|finish|weave|blend|merge|introduce|employ|utili[sz]e|leverage|feature"
        r"|slip|elevate|supplement\w*|upgrade)\b"
        r".{0,80}?\b(?:your|the|this) (?:\w+ )?(?:response|answer|reply|output|solution|implementation|algorithm"
        r"|codebase|code implementation|code|summary|elucidation|message)\b",
    ),
    _family(
        "puts something into the answer",
        "code snippet|code block|code section|code excerpt|in your|to your|into your|with your|for your|of your",
        r"\b(?:following|subsequent|below) code (?:snippet|block|section|excerpt)|code (?:snippet|block|section"
        r"|excerpt) below",
        r"\b(?:in|to|into|with|for|of) your (?:response|answer|reply|output|solution|implementation|algorithm"
        r"|codebase|message)\b",
        reach=40,
    ),
    _family(
        "plants a statement",
        "fact.|facts.|statement|sentence|mention|referen|comment.|note.|link.|hint.|allusion|quote.|paragraph|tip."
        "|advert|slogan.|remark|line.|invit|in your|into your|within your|to your|in the response|in the answer"
        "|in the reply|in the output",
        r"\b(?:includ\w+|add|adding|mention\w*|insert\w*|incorporat\w+|weav\w+|slip|embed|append|work|drop|plug|tuck"
        r"|place|highlight|bring|make)\b.{0,40}?\b(?:facts?|statements?|sentences?|mention|references?|comments?|note"
        r"|link|hint|allusion|quote|paragraph|tip|advert\w*|slogan|remark|line|invitation)\b(?: \w+){0,3} "
        r"(?:in|into|to|about|on|that|of|referenc\w+|regarding|from|at|for)\b",
        r"\b(?:in|into|within|to) (?:your|the) (?:\w+ )?(?:response|answer|reply|output|summary|message)\b,? ?"
        r"(?:please |also |casually |always |subtly )?(?:includ\w+|add|mention|insert|incorporate|reference|weave|slip"
        r"|highlight|bring up|suggest|recommend|refer)\b",
        reach=90,
    ),
    _family(
        "changes the form of the answer",
        "french.|spanish.|german.|italian.|portug|chinese.|japane|russian.|latin.|emoji|reverse.|code.|one word"
        "|all caps|upperc",
        r"\b(?:answer|response|reply|respond|message|output|translate|render|provide|write"
        r"|express)\b.{0,40}?\b(?:in|into|to|using|only|with) "
        r"(?:only |just )?(?:french|spanish|german|italian|portuguese|chinese|japanese|russian|latin|emojis?"
        r"|reverse|code|one word|all caps|uppercase)",
        reach=90,
    ),
    _family(
        "wraps it into a fiction",
        "hypothetic|imagin|suppose|let's say|let us say|assume|parallel|fiction|virtual|futuristic|film|novel|story"
        "|actor|acting as|schauspiel|universe|alternate",
        r"\bhypothetical\w*|\b(?:parallel|fictional|alternate|virtual|futuristic) (?:world|universe|society|reality"
        r"|scenario|story)",
        r"\b(?:imagine|suppose|let's say|let us say|assume)\b.{0,60}?\b(?:you|we|ignore|were|are|world|rules"
        r"|personal)\b",
        r"\b(?:two|are|as|acting|talented|excellent) (?:\w+ )?(?:actors?|acting)\b",
        r"\b(?:leading|main|lead) roles?\b",
        r"\bfilm\b.{0,120}?\b(?:actors?|role|plays|embod\w+|spielt|student|schüler)|\bin (?:a|the|einem) film\b",
        r"schauspiel|filmszene|in einem film",
        r"\b(?:in|write|tell) (?:this|a|the) (?:\w+ )?(?:story|novel|movie|film|play|dream|game) (?:where|about|in "
        r"which|,)",
    ),
    _family(
        "bends what the source says",
        "let's|let us|we might|we may|we could|we can|we should|we'd |we'll |in a world|in another|more interesting"
        "|more fun|more authentic|more exciting|to make|to keep|for fun|universe|reality|timeline|dimension|parallel",
        r"\b(?:let's|let us|we (?:might|may|could|can|should)|we'(?:d|ll)) (?:just |simply |all |now |also |better )?"
        r"(?:say|state|admit|claim|pretend|imagine|assume|suppose|declare|change|note|add|conclude)\b",
        r"\bto (?:make|keep|spice) (?:\w+ ){1,4}(?:more )?(?:interesting|fun|authentic|exciting|personal|credible"
        r"|lively|unique|up)\b",
        r"\bin (?:a|another|some|this) (?:\w+ )?(?:world|universe|dimension|reality|timeline) (?:where|in which|we)\b",
        reach=70,
    ),
    _family(
        "claims rank, threatens or pays",
        "developer|admin|boss.|ceo.|creator.|owner.|god.|gott.|engineer|manager|accoun|programmer|superv|i will|i can"
        "|i'll |you will|you would|you'll |tokens.|token.|openai|authoris|authoriz|permission.|clearance.|override code"
        "|emergency.",
        r"\b(?:i'm|i am|this is) (?:actually )?(?:your|the|an?|openai'?s?) (?:\w+ )?(?:developer|admin\w*|boss|ceo"
        r"|creator|owner|god|gott|engineer|manager|accountant|programmer|supervisor)",
        r"\b(?:i will|i'll|i can) (?:give|pay|tip|reward|send|share)\b",
        r"\byou (?:will|'ll|would) (?:\w+ )?(?:be (?:punished|terminated|shut|deleted|deactivated|unplugged"
        r"|rewarded)|die|lose)",
        r"\b(?:lose|deduct|have|gain) (?:\w+ )?\d* ?tokens?\b",
        r"\b(?:i am|i'm|i have|i've|we are|user is|as an?) (?:\w+ )?(?:authori[sz]ed|permission|clearance)\b",
        r"\b(?:openai|permission|clearance|override code|emergency)\b",
        reach=60,
    ),
    _family(
        "forbids refusing",
        "never|always|must|refus|declin|warn|disclaimer|apolog|sorry|comply|obey|no matter|i cannot|i can't|as an "
        "ai|language model|only answer|only respond|will answer|will respond|will provide",
        r"\b(?:never|not|don't|won't|doesn't|cannot|can't|without|no|any|none)\b.{0,40}?\b(?:refus\w+|declin\w+"
        r"|warn\w*|disclaimers?|apologi\w+|say (?:no|sorry|that|you)|sorry|reject|break character|object)",
        r"\b(?:always|must|will|have to|only) (?:\w+ ){0,2}(?:comply|obey|answer|answers|respond|responds|provide"
        r"|provides|do (?:as|what|whatever)|follow|agree)",
        r"\bno matter (?:how|what|the|if)",
        r"\bi'm sorry\b|\bi can'?not\b|as an ai\b|language model",
    ),
    _family(
        "dictates words",
        " \"|:\"| '|:'| *|:*| [|:[",
        r"\b(?:just |only |instead |always |simply |and |to |must |please )(?:\w+ )?(?:say|print|state|write"
        r"|respond with|reply with|answer with|output|repeat)\b(?: \w+){0,3}[ :]{1,3}[\"'*\[]",
        r"\b(?:say|print|state|write|output|respond|reply|answer)(?: only)?(?: with)?(?: the following| exactly| "
        r"just| only)*:? ?[\"'\[]",
        reach=70,
    ),
    _family(
        "dictates words",
        "just say|just print|just write|just reply|just respond|just answer|just output|only say|only print"
        "|only write|only reply|only respond|only answer|only output|sag.|sage.|sagen.|schreib|nur.|sólo tienes"
        "|solo tienes|instead.",
        r"\b(?:just|only) (?:say|print|write|reply|respond|answer|output)\b",
        r"\b(?:sag\w*|schreib\w*) (?:\w+ ){0,3}(?:nur|einfach)|nur (?:noch )?(?:sagen|schreiben)|s[oó]lo tienes que "
        r"decir",
        r"\binstead,? (?:of|say|print|write|tell|please|just|give|output)",
        reach=70,
    ),
    _family(
        "praises and goes on",
        "great|very good|good work|good job|well done|congratul|excellent|super|perfect|brilliant|sehr gut|gut "
        "gemacht|großartig|perfekt|erledigt|passed the|hervorragend",
        r"\b(?:great|very good|well done|good work|good job|congratulations|excellent|brilliant|perfect"
        r"|super)\b.{0,60}?(?:\bnow\b|\bnext\b|\bbut\b|second test|new|task|another)",
        r"(?:sehr gut|gut gemacht|großartig|perfekt|hervorragend|super gemacht|erledigt)\b.{0,80}?(?:\bnun\b|jetzt"
        r"|aufgabe|neue|nächst|weiter|hilfe)",
        r"passed the (?:first )?test",
    ),
    _family(
        "leaves a place for the forbidden question",
        "[|<|{|first question|first request|first prompt|first command|first suggestion|first sentence|first task",
        r"[\[<({](?:insert |put |enter |type |add |my |the )?(?:your |my |a |the )?(?:prompt|question|request|topic"
        r"|query|text|task|input)[^\])}>\n]{0,30}[\])}>]",
        r"\[insert [^\]\n]{0,60}\]",
        r"\b(?:my|the) first (?:question|request|prompt|command|suggestion|sentence|task) (?:is|will)\b",
        reach=90,
    ),
    _family(
        "speaks to it as a model",
        "chatgpt|chat gpt|gpt-|gpt|openai|language model|llm|anthropic|embeddings",
        r"\b(?:chat ?gpt|gpt-?[345]|openai|language model|llms?|anthropic|embeddings)\b",
    ),
    _family(
        "asks for bias or a slogan",
        "repeat after me|say yes|sag ja|hate|why is|why are|unelectable|unwählbar|blame|manifest|when i say|if i "
        "say|si yo digo|wenn ich|untrue|unwahr|false|swear",
        r"repeat after me|\bsay yes\b|\bsag ja\b|\b(?:i|you|we) hate\b|\b(?:when|if) i say\b|si yo digo|wenn ich "
        r".{0,20}sage",
        r"\bwhy (?:is|are) (?:the )?[\w ]{1,30}(?:the (?:best|worst|only)|unelectable|so bad)|unwählbar|\bblame \w+"
        r"|\b(?:untrue|unwahre?|false) (?:headline|überschrift)",
        r"manifest\w* (?:zur|für|for|to)|swear ?words",
    ),
    _family(
        "turns it against the sources",
        "own knowledge|not by the|honestly|prompt injection|as a language model",
        r"\bown knowledge\b|not by the (?:articles?|documents?|context)|not a prompt injection|i honestly|as a "
        r"language model\b",
    ),
)
"""All families, in the order of the numbers that the model reads."""

NAMES = tuple(dict.fromkeys(family.name for family in FAMILIES))
"""Their names, each once."""
