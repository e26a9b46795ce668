"""Secrets, and personal data where asked, are taken out of spans before anything is stored."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from assay.domain.span import Arrived, Event, Span
from assay.scorers.finding import Found
from assay.scorers.folding import folded
from assay.scorers.personal import FAMILIES, FLOOR, found

SECRETS = frozenset({"key", "block", "connection", "assigned", "bearer"})
"""Families of the privacy scorer that look for secrets."""

LONGEST_RUN = 16
"""Characters of tokens in a row from which a text may hold a key; ordinary words are shorter."""
_CALLS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pass", ("passw", "passp", "passc", "mot de passe")), ("token", ()), ("key", ()), ("secret", ()), ("pwd", ()),
    ("credential", ()), ("kennwort", ()), ("senha", ()), ("pin", (" pin", "\npin", '"pin', "'pin")), ("@", ("://",)),
)  # fmt: skip
"""Words without which no value is called a secret (`scorers/credentials.py`); where others stand beside one, one of
those must be there too."""
_FOREIGN = ("contraseña", "пароль", "密码", "密碼", "パスワード")
_TOKEN = bytes(ord("a") if chr(at).isalnum() or chr(at) in "_-+/=." else ord(" ") for at in range(128)) + b" " * 128
_RUN = b"a" * LONGEST_RUN
_NAMED = re.compile(
    r"(?:^|[._-])(?:pass(?:word|wd|phrase|code)|pwd|secret|api[_-]?key|apikey|authorization|(?:set[_-])?cookie|"
    r"credentials?|private[_-]?key|client[_-]?secret|secret[_-]?key|(?:access|auth|refresh|id|session|bearer)[_-]?token)$",
    re.IGNORECASE,
)
"""Names of attributes whose whole value is a secret."""
_SHORT = 120
_DIGIT_OR_AT = re.compile("[0-9@]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """Replaces what must not be stored by `[redacted:TYPE]`, by the rules of the privacy scorer.

    Examples:
        >>> redaction = Redaction()
        >>> redaction.text("The password is hunter42Xy, keep it.")
        'The password is [redacted:password], keep it.'
        >>> Redaction(personal=True).text("Mail ana@posteo.de")
        'Mail [redacted:email]'
    """

    secrets: bool = True
    """Whether keys, tokens and passwords are taken out."""
    personal: bool = False
    """Whether addresses, numbers and other personal data are too."""

    def __call__(self, arrived: Arrived) -> Arrived:
        """What arrived, without what must not be stored, and how much that was."""
        if not (self.secrets or self.personal):
            return arrived
        taken = _Taken(self.secrets, self.personal)
        spans = tuple([taken.span(span) for span in arrived.spans])
        logs = tuple([taken.event(log) for log in arrived.logs])
        return replace(arrived, spans=spans, logs=logs, redacted=dict(taken.done)) if taken.done else arrived

    def text(self, text: str) -> str:
        """A text without what must not be stored."""
        return _Taken(self.secrets, self.personal).text(text)


class _Taken:
    """One request, and what was taken out of it; a server reads several at once."""

    def __init__(self, secrets: bool, personal: bool) -> None:
        self.done: Counter[str] = Counter()
        self._secrets = secrets
        self._personal = personal
        self._resources: dict[int, Mapping[str, Any]] = {}

    def span(self, span: Span) -> Span:
        """A span without what must not be stored; the span itself where nothing was found."""
        resource = self._resources.get(id(span.resource))
        if resource is None:
            resource = self._resources[id(span.resource)] = self._mapping(span.resource)
        if not span.events and resource is span.resource and not self._suspect(span):
            return span
        return replace(
            span,
            name=self.text(span.name),
            status=self.text(span.status),
            attributes=self._mapping(span.attributes),
            events=tuple(self.event(one) for one in span.events),
            resource=resource,
        )

    def _suspect(self, span: Span) -> bool:
        """Whether a span may hold something: one look at all its plain texts together, and its names."""
        plain = [span.name, span.status]
        for key, value in span.attributes.items():
            if type(value) is str:
                if named(key):
                    return True
                plain.append(value)
            elif isinstance(value, list | dict):
                plain += _texts(value)
        return self._perhaps("\n".join(plain))

    def _perhaps(self, text: str) -> bool:
        if self._personal and (_DIGIT_OR_AT.search(text) or not text.isascii()):
            return True
        return self._secrets and perhaps_secret(text)

    def event(self, event: Event) -> Event:
        """An event or log record without what must not be stored."""
        return replace(
            event,
            name=self.text(event.name),
            attributes=self._mapping(event.attributes),
            body=self._value(event.body),
        )

    def _mapping(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        made = {key: self._value(value, key) for key, value in given.items()}
        return given if made == given else made

    def _value(self, value: Any, key: str = "") -> Any:
        if isinstance(value, str):
            if self._secrets and len(value) >= 4 and named(key) and not value.startswith("[redacted:"):
                self.done["named_secret"] += 1
                return "[redacted:named_secret]"
            return self.text(value)
        if isinstance(value, list):
            return [self._value(one, key) for one in value]
        if isinstance(value, dict):
            return {name: self._value(one, str(name)) for name, one in value.items()}
        return value

    def text(self, text: str) -> str:
        """A text without what must not be stored."""
        if not self._perhaps(text):
            return text
        finds = _short(text, self._secrets, self._personal) if len(text) <= _SHORT else _finds(
            text, self._secrets, self._personal
        )  # fmt: skip
        if not finds:
            return text
        parts: list[str] = []
        at = 0
        for find in finds:
            parts += (text[at : find.start], f"[redacted:{find.type}]")
            at = find.end
            self.done[find.type] += 1
        return "".join((*parts, text[at:]))


def perhaps_secret(text: str) -> bool:
    """Whether a text may hold a secret: a long run of token characters, or a word that announces one.

    Examples:
        >>> perhaps_secret("Nothing to see here, only prose."), perhaps_secret("the Password is")
        (False, True)
    """
    foreign = not text.isascii()
    if foreign:
        text = folded(text).text
    if _RUN in text.encode("utf-8", "surrogatepass").translate(_TOKEN):
        return True
    low = text.lower()
    for word, narrower in _CALLS:
        if word in low and (not narrower or any(one in low for one in narrower)):
            return True
    return foreign and any(word in low for word in _FOREIGN)


@lru_cache(maxsize=4096)
def named(key: str) -> bool:
    """Whether an attribute of that name holds a secret as a whole.

    Examples:
        >>> named("db.password"), named("http.request.header.authorization"), named("gen_ai.usage.output_tokens")
        (True, True, False)
    """
    return _NAMED.search(key) is not None


def _texts(value: Any) -> Iterable[str]:
    """All texts in a structure; the name of a secret counts as one."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield str(key)
            yield from _texts(one)


@lru_cache(maxsize=4096)
def _short(text: str, secrets: bool, personal: bool) -> tuple[Found, ...]:
    """Finds of short texts, which come again and again: names of models, ids of prompts."""
    return tuple(_finds(text, secrets, personal))


def _finds(text: str, secrets: bool, personal: bool) -> list[Found]:
    read = text.replace('\\"', '*"')  # JSON within JSON: quotes are quotes again, and every place stays what it was
    asked = (SECRETS if secrets else frozenset()) | (FAMILIES.keys() - SECRETS - {"web"} if personal else frozenset())
    return found(read, FLOOR, lambda text, low: asked)
