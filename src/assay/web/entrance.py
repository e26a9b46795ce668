"""How people come in by a browser: a token once, then a cookie; writes only from our own pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from assay.web.doors import COOKIE, RANKS, Doors, Role, Visitor

LARGEST_FORM = 64 * 1024
"""Bytes of a form."""
_SESSION_S = 12 * 3600
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer: nothing inline, nothing from elsewhere, nothing kept. `same-origin`, as `no-referrer` would make
browsers call the origin of our own forms `null`."""

Answer = Callable[[Request, Visitor], Awaitable[Response]]


class Refused(Exception):
    """A request that is not answered as it wished."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def entered(request: Request, doors: Doors, least: Role) -> Visitor:
    """Who asks, if they may.

    Args:
        request: What was asked.
        doors: Tokens.
        least: The lowest role that may.

    Raises:
        Refused: 401 without a known token, 403 with too low a role, 403 for a write from elsewhere.
    """
    visitor = doors.visitor(request)
    if visitor is None:
        raise Refused(401, "This page needs a token.")
    if RANKS[visitor.role] < RANKS[least]:
        raise Refused(403, f"You are in as {visitor.role}; this needs the role {least}.")
    if request.method not in ("GET", "HEAD") and not ours(request):
        raise Refused(403, "This was sent from another site, or by a program without the Authorization header.")
    return visitor


def ours(request: Request) -> bool:
    """Whether a write comes from our own page, or from a program that carries its token itself."""
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""
    if request.headers.get("sec-fetch-site", "") == "same-origin":
        return True
    return request.headers.get("authorization", "").lower().startswith("bearer ") or "x-api-key" in request.headers


async def form(request: Request) -> dict[str, str]:
    """The fields of a form; of repeated ones the last.

    Raises:
        Refused: It is too large, or no form.
    """
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Refused(415, "Expected a form.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            raise Refused(413, f"A form has at most {LARGEST_FORM:,} bytes.")
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50))
    except ValueError as error:
        raise Refused(400, "The form cannot be read.") from error


def let_in(response: Response, request: Request, token: str) -> None:
    """Give the browser its cookie."""
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "") == "https"
    response.set_cookie(COOKIE, token, max_age=_SESSION_S, path="/", secure=secure, httponly=True, samesite="strict")


def without_token(request: Request) -> str:
    """Where a request was going, without the token in its address."""
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
    return local(request.url.path + (f"?{urlencode(rest)}" if rest else ""))


def local(path: str) -> str:
    """A path on this server, or the front page: nobody is sent elsewhere.

    Examples:
        >>> local("/alarms?state=open"), local("//evil.example"), local("https://evil.example")
        ('/alarms?state=open', '/', '/')
    """
    inside = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if inside and path.isprintable() else "/"


def known_token(doors: Doors, token: str) -> Visitor | None:
    """Whose token it is."""
    scope: dict[str, Any] = {
        "type": "http",
        "headers": [(b"authorization", b"Bearer " + token.encode("utf-8", "replace"))],
    }
    return doors.visitor(Request(scope)) if token.strip() else None
