"""Who may come in: tokens with roles, and the host that was meant."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from starlette.requests import Request

Role = Literal["exporter", "viewer", "reviewer", "owner"]
RANKS: Mapping[Role, int] = {"exporter": 0, "viewer": 1, "reviewer": 2, "owner": 3}
"""What a role may do, the higher also what the lower may; an exporter only sends."""
COOKIE = "assay_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks."""

    name: str
    """Name that goes into the ledger with what they do."""
    role: Role
    """What they may do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Tokens and what they open. Without any token everybody is an owner, which only loopback allows."""

    tokens: Mapping[str, Visitor] = field(default_factory=dict)
    """SHA-256 of a token, hexadecimal -> whose it is."""

    def visitor(self, request: Request) -> Visitor | None:
        """Whose request it is; None when its token is unknown or missing."""
        if not self.tokens:
            return Visitor(name="local", role="owner")
        given = _token(request)
        if not given:
            return None
        digest = digest_of(given)
        found = [who for known, who in self.tokens.items() if hmac.compare_digest(known, digest)]
        return found[0] if found else None


def digest_of(token: str) -> str:
    """The form in which a token is kept.

    Examples:
        >>> digest_of("abc")[:12]
        'ba7816bf8f01'
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _token(request: Request) -> str:
    header = request.headers.get("authorization", "")
    kind, _, value = header.partition(" ")
    if kind.lower() == "bearer" and value.strip():
        return value.strip()
    return request.headers.get("x-api-key", "") or request.cookies.get(COOKIE, "")
