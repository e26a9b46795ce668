"""Keeps secrets out of everything that leaves a subject."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote

MARK = "[redacted]"

_SHORTEST = 4
"""Characters. Shorter "keys" (`x`, `-`) are placeholders, and would be found in every text."""
_SHORTEST_IN_ANSWERS = 12
"""Characters. In answers, which are evidence, only what no text holds by chance is replaced."""
_CUT = r"[^\s\"'<>]{0,64}?(?:\.{2,}|…|\*{2,})[^\s\"'<>]{0,64}"
"""The rest of a key as servers show it: `sk-abcd****wxyz`."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


class Redaction:
    """Replaces secrets, as they are and in the forms that servers and libraries turn them into.

    Args:
        secrets: Keys, header values, passwords.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        secrets = tuple(secrets)
        known = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
        self._forms = [form for form in known if len(form) >= _SHORTEST]
        # Messages are read by people, so a key in other letters or with its middle left out goes too.
        written = [re.escape(form) for form in self._forms]
        written += [re.escape(one[:4]) + _CUT for one in secrets if len(one) >= _SHORTEST_IN_ANSWERS]
        self._said = re.compile("|".join(written), re.IGNORECASE) if written else None
        self._bytes = [form.encode() for form in self._forms if len(form) >= _SHORTEST_IN_ANSWERS]

    def text(self, text: str) -> str:
        """A message without secrets, whatever the case of their letters, and without what is left of one cut short."""
        return self._said.sub(MARK, text) if self._said else text

    def body(self, body: bytes) -> bytes:
        """A reply's body without secrets."""
        for form in self._bytes:
            if form in body:
                body = body.replace(form, MARK.encode())
        return body


def shown(text: str, longest: int = 300) -> str:
    """A text of others in one line, without control characters and terminal escapes, cut to a length."""
    line = _CONTROL.sub(" ", text).strip()
    return line if len(line) <= longest else line[:longest] + "..."


def _forms(secret: str) -> Iterable[str]:
    """The secret, and how it looks percent-encoded, in base64, and inside JSON."""
    raw = secret.encode()
    yield secret
    yield quote(secret, safe="")
    yield quote(secret, safe="").lower()
    yield secret.replace("/", "\\/")
    for lead in (b"", b":", b"Bearer "):
        yield base64.b64encode(lead + raw).decode().rstrip("=")
        yield base64.urlsafe_b64encode(lead + raw).decode().rstrip("=")
