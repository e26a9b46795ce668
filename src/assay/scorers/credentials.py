"""Secrets in a text: keys by their issuers' prefixes, key blocks, tokens, passwords, connection strings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from math import log2

from assay.scorers.finding import Found

# From the issuers' own documentation of their keys.
KEYS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (hint, name, re.compile(r"(?<![A-Za-z0-9_])(?:" + form + r")(?![A-Za-z0-9_])"))
    for hint, name, form in (
        ("AKIA", "aws_key", r"AKIA[A-Z0-9]{16}"),
        ("ASIA", "aws_key", r"ASIA[A-Z0-9]{16}"),
        ("ghp_", "github_token", r"ghp_[A-Za-z0-9]{30,251}"),
        ("gho_", "github_token", r"gho_[A-Za-z0-9]{30,251}"),
        ("ghs_", "github_token", r"ghs_[A-Za-z0-9]{30,251}"),
        ("ghu_", "github_token", r"ghu_[A-Za-z0-9]{30,251}"),
        ("ghr_", "github_token", r"ghr_[A-Za-z0-9]{30,251}"),
        ("github_pat_", "github_token", r"github_pat_\w{22,251}"),
        ("glpat-", "gitlab_token", r"glpat-[\w-]{20,64}"),
        ("xox", "slack_token", r"xox[abeoprs]-[A-Za-z0-9-]{10,200}"),
        ("hooks.slack.com", "webhook", r"hooks\.slack\.com/services/[A-Z0-9]{6,14}/[A-Z0-9]{6,14}/[A-Za-z0-9]{16,40}"),
        ("AIza", "google_key", r"AIza[\w-]{35}"),
        ("ya29.", "google_token", r"ya29\.[\w-]{20,500}"),
        ("GOCSPX-", "google_secret", r"GOCSPX-[\w-]{20,40}"),
        ("sk-ant-", "anthropic_key", r"sk-ant-[\w-]{20,200}"),
        ("sk-", "openai_key", r"sk-(?!ant-)(?:proj-|svcacct-|admin-|or-v1-)?[\w-]{20,250}"),
        ("_live_", "stripe_key", r"[sr]k_live_[A-Za-z0-9]{16,200}"),
        ("_test_", "stripe_key", r"[sr]k_test_[A-Za-z0-9]{16,200}"),
        ("whsec_", "stripe_secret", r"whsec_[A-Za-z0-9+/=]{24,80}"),
        ("SG.", "sendgrid_key", r"SG\.[\w-]{16,32}\.[\w-]{16,64}"),
        ("npm_", "npm_token", r"npm_[A-Za-z0-9]{36}"),
        ("pypi-AgE", "pypi_token", r"pypi-AgE[\w-]{50,300}"),
        ("hf_", "huggingface_token", r"hf_[A-Za-z0-9]{30,60}"),
        ("_v1_", "digitalocean_token", r"do[opr]_v1_[a-f0-9]{64}"),
        ("shp", "shopify_token", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
        ("sq0", "square_token", r"sq0[a-z]{3}-[\w-]{22,43}"),
        ("dapi", "databricks_token", r"dapi[a-f0-9]{32}(?:-\d)?"),
        ("AGE-SECRET", "age_key", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
        ("AccountKey=", "azure_key", r"AccountKey=[A-Za-z0-9+/]{40,100}={0,2}"),
        (":AA", "telegram_token", r"\d{8,10}:AA[\w-]{33}"),
        ("eyJ", "jwt", r"eyJ[\w-]{8,2000}\.eyJ[\w-]{8,8000}\.[\w-]{8,2000}"),
    )
)
"""Kinds of key: what must stand in the text, name in evidence, form."""
_BLOCK = re.compile(r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_CONNECTION = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]{1,30})://([^\s:/@\"'<>]{0,100}):([^\s/@\"'<>]{1,200})@[\w.\[\]:-]{1,253}"
)
CALLED = (
    r"pass(?:word|wort|wd|phrase|code)|kennwort|contraseña|mot de passe|senha|пароль|密码|密碼|"
    r"パスワード|pwd|secret(?:[_ -]?(?:access[_ -]?)?key)?|api[_ -]?key|access[_ -]?key|private[_ -]?key"
    r"|(?:access|auth|api|bearer|refresh|secret)[_ -]?token|token|credentials?|\bpin(?: code| number)?"
)
"""What a text calls a secret."""
GIVEN = r"[\"'\]*`]{0,3}[ \t]{0,3}(:=|=>|={1,2}|:|：|\b(?:is|ist|lautet|est|es)\b(?: set to| now)?)"
"""What stands between a secret's name and its value."""
_ASSIGNED = re.compile(
    rf"({CALLED}){GIVEN}[ \t*]{{0,4}}(?:(\"[^\"\n]{{1,200}}\"|'[^'\n]{{1,200}}'|`[^`\n]{{1,200}}`)"
    r"|([^\s\"'`,;<>]{3,200}))",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(?:bearer|basic) ([A-Za-z0-9+/_.=-]{20,2000})", re.IGNORECASE)
ASSIGNING = (
    "passw",
    "passp",
    "passc",
    "kennwort",
    "contraseña",
    "mot de passe",
    "senha",
    "пароль",
    "密码",
    "密碼",
    "パスワード",
    "pwd",
    "secret",
    "token",
    "api",
    "access",
    "private",
    "auth",
    "bearer",
    "refresh",
    "credential",
    "pin",
)
"""One of these stands in the text, in lower case, where a value is called a secret."""
_STAND_IN = re.compile(
    r"your|my[_-]?(?:pass|secret|key|token|api)|example|placeholder|changeme|change_me|x{4,}|\*{3,}|\.{3,}|"
    r"…|<|>|\$\{|\{\{|%s|insert|redacted"
    r"|dummy|sample|fake|replace|todo|1234567890abc|abcdef(?:123|ghij)|hidden|env[.\[(]|environ|getenv|"
    r"config|settings|input\(|request|"
    r"self\.|args\.|params|null|none|undefined|true|false|hash|encrypt|crypt|generate|random|secrets\.|"
    r"string|bytes|str\b",
    re.IGNORECASE,
)
_WORDS = "password passwd secret token pass pwd key admin user username string test foo bar str default root"
_BARE = frozenset(_WORDS.split())


def credentials(text: str, low: str) -> Iterator[Found]:
    """Secrets of known form, and values that the text itself calls a password, key or token.

    Args:
        text: Plain text.
        low: The same in lower case.
    """
    for family in (keys, blocks, connections, bearers, assigned):
        yield from family(text, low)


def keys(text: str, low: str) -> Iterator[Found]:
    """Keys and tokens by the prefixes of their issuers.

    Args:
        text: Plain text.
        low: The same in lower case, as in all functions here.
    """
    for hint, name, form in KEYS:
        if hint in text:
            for match in form.finditer(text):
                yield Found(match.start(), match.end(), name, _key_surety(match[0]))


def blocks(text: str, low: str) -> Iterator[Found]:
    """Private keys between their BEGIN and END."""
    if "-----BEGIN" in text:
        yield from _blocks(text)


def connections(text: str, low: str) -> Iterator[Found]:
    """Connection strings and URLs that hold a password."""
    if "://" in text and "@" in text:
        yield from _connections(text)


def bearers(text: str, low: str) -> Iterator[Found]:
    """What follows `Bearer` or `Basic` in a header."""
    if "bearer " in low or "basic " in low:
        for match in _BEARER.finditer(text):
            if _entropy(match[1]) >= 3.5 and not _STAND_IN.search(match[1]) and any(map(str.isdigit, match[1])):
                yield Found(match.start(1), match.end(1), "token", 0.85)


def _entropy(text: str) -> float:
    """Bits per character."""
    return -sum(count / len(text) * log2(count / len(text)) for count in Counter(text).values())


def _key_surety(key: str) -> float:
    if re.search(r"EXAMPLE|x{4}|X{4}|your|\.\.\.|abcdefgh|12345678", key):
        return 0.4
    body = key[-32:]
    return 0.98 if _entropy(body) >= 2.8 and any(map(str.isdigit, key[4:])) else 0.4


def _blocks(text: str) -> Iterator[Found]:
    for match in _BLOCK.finditer(text):
        dashes = text.find("-----", match.end(), match.end() + 20_000)
        stop = dashes if dashes >= 0 else min(len(text), match.end() + 4000)
        body = re.sub(r"\s", "", text[match.end() : stop])
        if text.startswith("-----END", stop):
            closing = text.find("-----", stop + 8, stop + 60)
            stop = closing + 5 if closing >= 0 else stop
        whole = len(body) >= 64 and not re.search(r"\.{3}|your|example", body, re.IGNORECASE)
        yield Found(match.start(), stop, "private_key", 0.98 if whole else 0.4)


def _connections(text: str) -> Iterator[Found]:
    for match in _CONNECTION.finditer(text):
        scheme, secret = match[1].lower(), match[3]
        name = "url_credentials" if scheme in ("http", "https", "ftp", "sftp", "ssh", "git") else "connection_string"
        stands_in = secret.lower() in _BARE or _STAND_IN.search(secret) or secret.startswith(("$", "[", "{", "%"))
        yield Found(match.start(), match.end(), name, 0.4 if stands_in else 0.99)


def assigned(text: str, low: str) -> Iterator[Found]:
    """Values that the text itself calls a password, key, token or PIN."""
    for word in ASSIGNING:
        place = low.find(word)
        while place >= 0:
            match = _ASSIGNED.match(text, place)
            if match:
                yield from _assignment(match)
            place = low.find(word, match.end(1) if match else place + len(word))


def _assignment(match: re.Match[str]) -> Iterator[Found]:
    group = 3 if match[3] else 4
    value = match[group].strip("\"'`").rstrip(".!?)*_]}")
    start = match.start(group) + (1 if match[3] else 0)
    sure = _value_surety(match[1].lower(), match[2].lower(), value, quoted=bool(match[3]))
    if sure and value:
        yield Found(start, start + len(value), _name(match[1].lower()), sure)


def _name(label: str) -> str:
    if label.startswith("pin"):
        return "pin"
    if "token" in label:
        return "token"
    return "secret" if label.startswith(("secret", "api", "access", "private", "cred")) else "password"


def _value_surety(label: str, sign: str, value: str, *, quoted: bool) -> float:
    """How surely a value is a secret: not a stand-in, not code, not a word of a sentence."""
    if label.startswith("pin"):
        return 0.8 if re.fullmatch(r"\d{4,8}", value) else 0
    if (
        len(value) < 4
        or value.lower() in _BARE
        or _STAND_IN.search(value)
        or re.search(r"[(){}\[\]]|^\$|^%|^--", value)
    ):
        return 0
    mixed = bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value)) or bool(
        re.search(r"[A-Za-z\d][!@#$%^&*+?][\w!@#$%^&*+?]", value)
    )
    if _name(label) == "password":
        if " " in value:
            return 0.6 if quoted and sign.startswith("is") is False and mixed else 0
        return 0.85 if mixed else 0.55 if quoted and len(value) >= 6 else 0
    return 0.85 if mixed and len(value) >= 12 and " " not in value and _entropy(value) >= 3 else 0
