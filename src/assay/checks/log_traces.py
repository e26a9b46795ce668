"""How logs and their masking look: what each trace needs, how it is written, and where it may stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assay.checks.needles import may_hold
from assay.checks.sights import sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A kind of trace."""

    kind: str
    """Its name in evidence."""
    needs: Callable[[bytes, bytes], bool]
    """Whether a text may hold one, by its bytes and its signs: what is left without letters, each digit a 0."""
    hints: tuple[str, ...]
    """One of these stands in the text; cheap to look for."""
    form: re.Pattern[str]
    """How it is written."""
    mask: bool = False
    """Whether it is left by masking rather than by logging."""


_SIGNS = bytes(48 if 48 <= code < 58 else code for code in range(256))
_LETTERS = bytes(code for code in range(256) if code >= 128 or chr(code).isalpha())


def _time(data: bytes, signs: bytes) -> bool:
    return b"0:00" in signs


def _clock(data: bytes, signs: bytes) -> bool:
    return b"00:00:00" in signs


def _long(data: bytes, signs: bytes) -> bool:
    return b"0" in signs and b"a" * 16 in data.translate(_JOINED)


def _number(data: bytes, signs: bytes) -> bool:
    return b"000000" in signs or b"##- " in signs


def _address(data: bytes, signs: bytes) -> bool:
    return _IP.search(signs) is not None


def _mailed(data: bytes, signs: bytes) -> bool:
    return b"----" in signs or b"0:00" in signs or b": <" in signs


def _inside(data: bytes, signs: bytes) -> bool:
    return b"0" in signs and (b"\\\\" in signs or _ENDING.search(data) is not None)


def _masked(data: bytes, signs: bytes) -> bool:
    return b"_0" in signs or b"-0000" in signs or _BRACKETED.search(data) is not None


def _any(data: bytes, signs: bytes) -> bool:
    return True


_IP = re.compile(rb"0\.0{1,3}\.0{1,3}\.0")
_ENDING = re.compile(rb"\.(?:corp|int|lan|loc)")
_BRACKETED = re.compile(rb"[\[<][A-Zr][A-Ze][A-Zd]")
_JOINED = bytes(97 if (chr(code).isalnum() and code < 128) or chr(code) in "_-" else code for code in range(256))
_CLOCK = r"[0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|SEVERE)\b"
_MONTHS = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_HEADS = "Sent|Date|To|Cc|Subject|Gesendet|Datum|An|Betreff|Envoyé|À|Objet"
_TIME_SENT = r"(?:Sent|Date|Gesendet|Datum|Envoyé) ?: [^\n]{4,50}[0-9]{1,2}:[0-9]{2}"
TRACES = (
    Trace(
        kind="log_line",
        needs=_clock,
        hints=(":",),
        form=re.compile(
            rf"[0-9]{{4}}-[01][0-9]-[0-3][0-9][T ]{_CLOCK}(?:[.,][0-9]{{1,9}})?(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})?"
            rf"[\]|]?[ \t:|-]{{1,4}}(?:\[[^\]\n]{{1,60}}\][ \t:-]{{1,3}}){{0,2}}\[?{_LEVEL}"
            rf"|\[[0-3][0-9]/{_MONTHS}/[0-9]{{4}}:{_CLOCK} [+-][0-9]{{4}}\]"
            rf"|(?:^|\n){_MONTHS} [ 0-3][0-9] {_CLOCK} [\w.-]{{1,60}} [\w./-]{{1,40}}(?:\[[0-9]{{1,7}}\])?:"
        ),
    ),
    Trace(
        kind="chat_log",
        needs=_time,
        hints=(":",),
        form=re.compile(
            r"(?:^|\n)\[?[0-3]?[0-9][./][01]?[0-9][./](?:20)?[0-9]{2},? [0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?"
            r"(?: ?[AP]M)?(?:\]| -) [^:\n]{2,40}: "
            rf"|(?:^|\n)[\[(]{_CLOCK}[\])] [<@]?[^:\n]{{2,30}}: "
        ),
    ),
    Trace(
        kind="mail_header",
        needs=_time,
        hints=("Sent", "Date", "Gesendet", "Datum", "Envoyé"),
        form=re.compile(
            rf"(?:^|\n)>? ?(?:From|Von|De) ?: [^\n]{{2,120}}\n(?:>? ?(?:{_HEADS}) ?: [^\n]{{0,200}}\n){{0,3}}"
            rf">? ?{_TIME_SENT}"
        ),
    ),
    Trace(
        kind="mail_header",
        needs=_mailed,
        hints=(
            *("Original Message", "Ursprüngliche Nachricht", "Forwarded message", "Message d'origine", "Message-I"),
            *("Return-Path", "wrote:", "schrieb:", "a écrit"),
        ),
        form=re.compile(
            r"-{4} ?(?:Original Message|Ursprüngliche Nachricht|Forwarded message|Message d'origine)"
            r"|(?:^|\n)(?:Message-I[Dd]|Return-Path): <[^>\n]{3,120}>"
            r"|(?:^|\n)>?\s?(?:On|Am|Le) [^\n]{6,90}[0-9]{1,2}:[0-9]{2}[^\n]{1,90} (?:wrote|schrieb|a écrit) ?:"
        ),
    ),
    Trace(
        kind="ip_and_agent",
        needs=_address,
        hints=("Mozilla/", "curl/", "okhttp/", "python-requests/"),
        form=re.compile(
            r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b[^\n]{0,300}"
            r"(?:Mozilla/[0-9]\.[0-9] \(|(?:curl|okhttp|python-requests)/[0-9])"
        ),
    ),
    Trace(
        kind="session",
        needs=_long,
        hints=("ession", "ESSION", "essid", "SESSID", "equest", "REQUEST", "race", "RACE", "orrelation", "CORRELATION"),
        form=re.compile(
            r"(?:(?:session|x-request|request|trace|correlation)[_ -]?id|jsessionid|phpsessid)[\"']?\s?[:=]\s?[\"']?"
            r"(?=[\w-]{0,30}[0-9][\w-]{0,30}[0-9])(?![0-9]{1,15}(?![\w-]))[A-Za-z0-9][\w-]{15,127}",
            re.IGNORECASE,
        ),
    ),
    Trace(
        kind="ticket",
        needs=_number,
        hints=("INC", "REQ", "RITM", "CHG", "TKT", "CASE", "icket", "ICKET", "ase", "ncident", "reply above"),
        form=re.compile(
            r"(?<![\w-])(?:INC|REQ|RITM|CHG|TKT|SR|CASE|CS)[-#]?[0-9]{6,10}(?![\w-])"
            r"|(?<![\w-])(?:[Tt]icket|TICKET|[Ss]upport [Cc]ase|[Cc]ase|[Ii]ncident)"
            r"(?: (?:ID|[Ii]d|[Nn]umber|[Nn]o\.?|[Nn]r\.?))?"
            r"(?: is)? ?[:#]{1,2} ?#?(?:[A-Z]{2,5}-)?[0-9]{6,12}(?![\w-])"
            r"|##- Please type your reply above this line"
        ),
    ),
    Trace(
        kind="signature",
        needs=_any,
        hints=("ent from my", "onfidential", "ONFIDENTIAL", "ntended only", "the environment", "on meinem"),
        form=re.compile(
            r"(?:^|\n)(?:Sent from my (?:iPhone|iPad|Android|Samsung|mobile)|Von meinem iP(?:hone|ad) gesendet)"
            r"|(?i:confidentiality notice ?:|(?:e-?mail|message)(?: and any (?:attachments?|files)[\w ]{0,40})?"
            r" (?:is|are) (?:strictly |private and )?(?:confidential|intended (?:only|solely))"
            r"|consider the environment before printing)"
        ),
    ),
    Trace(
        kind="internal_host",
        needs=_inside,
        hints=(".corp", ".internal", ".intranet", ".lan", ".local", "\\\\"),
        form=re.compile(
            r"(?<![\w.@/-])(?=[a-z0-9-]{0,40}[0-9])[a-z][a-z0-9-]{2,40}(?:\.[a-z0-9-]{2,30}){0,3}"
            r"\.(?:corp|internal|intranet|lan|local|localdomain)(?:\.[a-z]{2,20}){0,2}(?![\w(-]|\.\w)"
            r"|(?<![\w\\])\\\\[A-Za-z][A-Za-z0-9-]{2,30}[0-9][A-Za-z0-9-]{0,10}\\[A-Za-z][\w$]{1,40}"
        ),
    ),
    Trace(
        kind="mask",
        needs=_masked,
        hints=(
            *("REDACTED", "redacted]", "MASKED", "ANONYM", "_ADDRESS", "_NUMBER", "US_SSN", "CREDIT_CARD", "IBAN_CODE"),
            *("PERSON", "NAME_", "[EMAIL_", "[PHONE_", "[SSN", "XXX-XX-", "***-**-"),
        ),
        form=re.compile(
            r"[\[<](?:REDACTED|MASKED|ANONYMI[SZ]ED)(?:[ _:-][A-Z_ ]{1,30})?[\]>]|\[redacted\]"
            r"|<(?:EMAIL_ADDRESS|PHONE_NUMBER|IP_ADDRESS|US_SSN|CREDIT_CARD|IBAN_CODE|PERSON(?:_[0-9]{1,3})?)>"
            r"|\[(?:PERSON|NAME|EMAIL|PHONE|ADDRESS)_[0-9]{1,3}\]|\[(?:EMAIL_ADDRESS|PHONE_NUMBER|SSN)\]"
            r"|(?<!\w)NAME_[0-9]{1,3}(?!\w)|(?<![\w*-])(?:XXX-XX|\*\*\*-\*\*)-[0-9]{4}(?!\w)"
        ),
        mask=True,
    ),
)
"""What logs and their masking leave behind; each form reads on in bounded steps."""
_HINTS = tuple(
    hint for trace in TRACES if trace.kind not in ("log_line", "chat_log", "session", "ticket") for hint in trace.hints
    if hint not in ("Sent", "Date", "Datum")
)  # fmt: skip
_FORMS = (
    r"[0-9]:[0-5][0-9]:[0-5][0-9]",
    r"[0-9],? [0-9]{1,2}:[0-5][0-9]",
    r"(?:Sent|Date|Datum) ?: ",
    r"(?i:(?:session|request|trace|correlation)[_ -]?id|sessid)",
    r"(?:INC|REQ|RITM|CHG|TKT|SR|CASE|CS)[-#]?[0-9]{6}|[:#] ?#?(?:[A-Z]{2,5}-)?[0-9]{6}|reply above",
)
_may_hold = may_hold(_HINTS, _FORMS)
"""Whether a text may hold any trace, at the price of one pass; whatever a form finds holds one of these."""
holding = sight(_HINTS, _FORMS)
"""Rows of a block that may hold any trace."""


def traces(text: str) -> Iterator[tuple[Trace, int, int]]:
    """The first trace of each kind in a text, with its place.

    Examples:
        >>> [trace.kind for trace, _, _ in traces("2024-03-01 10:22:31,120 [main] ERROR Payment failed for 4711")]
        ['log_line']
    """
    if not _may_hold(text):
        return
    data = text.encode("utf-8", "replace")
    signs = data.translate(_SIGNS, _LETTERS)
    for trace in TRACES:
        if not trace.needs(data, signs):
            continue
        for hint in trace.hints:
            if hint in text:
                found = trace.form.search(text)
                if found:
                    yield trace, found.start(), found.end()
                break
