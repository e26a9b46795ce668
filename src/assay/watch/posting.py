"""A JSON message to somebody's address, signed, with a limit on time and attempts."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.domain.errors import ConfigurationError
from assay.watch.deadline import Deadline

SIGNATURE = "X-Assay-Signature"
"""Header with `t=SECONDS,v1=HEX`: HMAC-SHA-256 over the seconds, a full stop and the body, as sent."""
IDENTITY = "X-Assay-Id"
"""Header with the id of the message: the same one when it is sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What became of a message."""

    ok: bool
    """Whether the address took it (2xx)."""
    status: int = 0
    """Last HTTP status; 0 when there was none."""
    attempts: int = 0
    """How often it was sent."""
    problem: str = ""
    """What went wrong last."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A signed message goes where it was meant to go, or nowhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """Sends messages to one address."""

    url: str
    """http or https."""
    secret: str = field(default="", repr=False)
    """Key of the signature; empty sends without one."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Further headers."""
    timeout_s: float = 5.0
    """Longest time of one attempt, until the other side said what became of it; what else it says is not read."""
    attempts: int = 3
    """How often it is tried, where another attempt may help: no answer, 408, 429 and 5xx."""
    pause_s: float = 0.5
    """Wait before the second attempt; doubled each time."""
    sleep: Callable[[float], object] = time.sleep
    """How to wait."""

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError("a webhook's address begins with http:// or https:// and names a host")
        if parts.username or parts.password:
            raise ConfigurationError("a webhook's address holds a user or password; sign with a secret instead")

    def post(self, body: bytes, identity: str) -> Posted:
        """Send a message until it is taken, or attempts run out. Nothing is raised for what the other side does.

        Args:
            body: JSON.
            identity: Id of the message, so that who gets it twice can tell.
        """
        told = Posted(ok=False)
        for attempt in range(1, max(self.attempts, 1) + 1):
            if attempt > 1:
                self.sleep(self.pause_s * 2 ** (attempt - 2))
            told = self._once(body, identity, attempt)
            if told.ok or (told.status and told.status not in (408, 429) and told.status < 500):
                return told
        return told

    def _once(self, body: bytes, identity: str, attempt: int) -> Posted:
        headers = {"Content-Type": "application/json", "User-Agent": "assay", IDENTITY: identity, **self.headers}
        if self.secret:
            headers[SIGNATURE] = signature(self.secret, body, int(time.time()))
        try:
            asked = urllib.request.Request(self.url, data=body, headers=headers, method="POST")
            with (
                Deadline(self.timeout_s) as deadline,
                deadline.opener(_NoRedirect()).open(asked, timeout=self.timeout_s) as reply,
            ):
                return Posted(ok=200 <= reply.status < 300, status=reply.status, attempts=attempt)
        except urllib.error.HTTPError as error:
            error.close()
            return Posted(ok=False, status=error.code, attempts=attempt, problem=f"HTTP {error.code}")
        except (OSError, ValueError, http.client.HTTPException) as error:
            return Posted(ok=False, attempts=attempt, problem=f"{type(error).__name__}: {error}"[:200])


def signature(secret: str, body: bytes, seconds: int) -> str:
    """The signature of a body at a time.

    Examples:
        >>> signature("key", b"{}", 1)[:12]
        't=1,v1=1ba6b'
    """
    made = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={made}"


def signed_by(secret: str, body: bytes, said: str, now: float, oldest_s: float = 300.0) -> bool:
    """Whether a signature is this secret's, over this body, and not old: what who gets the message checks.

    Examples:
        >>> signed_by("key", b"{}", signature("key", b"{}", 100), now=101.0)
        True
    """
    parts = dict(part.partition("=")[::2] for part in said.split(","))
    if not parts.get("t", "").isdigit() or abs(now - int(parts["t"])) > oldest_s:
        return False
    return hmac.compare_digest(signature(secret, body, int(parts["t"])), said)
