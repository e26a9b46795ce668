"""The application: routes of exporters, health, figures for Prometheus, and whatever pages it is given."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from assay.domain.alerting import Case
from assay.traces.hot import HotTraces
from assay.traces.observed import Observed
from assay.traces.state import cases_of
from assay.traces.writing import Writer
from assay.watch.corrected import Corrected
from assay.watch.silence import SILENT_S
from assay.web.doors import RANKS, Doors, Role
from assay.web.exposition import exposition
from assay.web.receiver import Receiver
from assay.web.shown import ChannelLine

Asgi = Callable[
    [MutableMapping[str, Any], Callable[..., Awaitable[Any]], Callable[..., Awaitable[Any]]], Awaitable[None]
]
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content of strangers is shown; nothing of it may run, and nothing may be loaded from elsewhere."""
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


@dataclass(slots=True, kw_only=True)
class House:
    """What the routes work with."""

    folder: Path
    """State folder."""
    hot: HotTraces
    """Recent traces."""
    observed: Observed
    """What the watch found."""
    writer: Writer
    """Where spans go."""
    receiver: Receiver
    """Takes what exporters send."""
    doors: Doors = field(default_factory=Doors)
    """Who may come in."""
    hosts: tuple[str, ...] = LOOPBACK
    """Names in the Host header that are meant; an address is always meant where `any_address` is."""
    any_address: bool = False
    """Whether a Host header may be any IP address: those cannot be rebound to another site."""
    working: Callable[[], bool] = lambda: True
    """Whether the process that judges is alive."""
    people: Callable[[], Sequence[Corrected]] = tuple
    """Rates corrected by people's labels."""
    channels: Callable[[], Sequence[ChannelLine]] = tuple
    """How the channels of alerts do."""
    silent_s: float = SILENT_S
    """Seconds without a span after which it is said that there is no traffic."""
    began: float = field(default_factory=time.time)
    """When it was opened."""
    cases: Callable[[], Sequence[Case]] = field(init=False)
    """Alarms with what became of them."""

    def __post_init__(self) -> None:
        self.cases = cases_of(self.folder, self.observed)


def app(house: House, pages: Sequence[BaseRoute] = ()) -> Starlette:
    """The application.

    Args:
        house: What the routes work with; routes find it as `request.app.state.house`.
        pages: More routes, asked after those of exporters.
    """
    own = [
        *house.receiver.routes(),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]
    made = Starlette(routes=[*own, *pages])
    made.state.house = house
    made.add_middleware(Guard, house=house)
    return made


class Guard:
    """Turns away what was meant for another host, and gives every answer the headers that keep browsers safe."""

    def __init__(self, app: Asgi, house: House) -> None:
        self._app = app
        self._house = house

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in HEADERS if one[0] not in given)]
            await send(message)

        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
        if not meant(host, self._house):
            self._house.receiver.counts["wrong_host"] += 1
            reply = PlainTextResponse("This host name is not served here; see --name\n", status_code=421)
            await reply(scope, receive, sent)
            return
        await self._app(scope, receive, sent)


def meant(host: str, house: House) -> bool:
    """Whether a Host header names us; a page of another site that was bound to our address does not.

    Source:
        DNS rebinding: the browser sends the name of the attacker's site.
    """
    name = host.lower()
    name = name.rpartition("]")[0] + "]" if name.startswith("[") else name.partition(":")[0]
    if name in house.hosts:
        return True
    if not house.any_address:
        return False
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def allowed(request: Request, role: Role) -> bool:
    """Whether whoever asks may do what a role may."""
    visitor = request.app.state.house.doors.visitor(request)
    return visitor is not None and RANKS[visitor.role] >= RANKS[role]


async def healthz(request: Request) -> Response:
    """The process lives."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """Spans can be taken: the last write went well, there is room, and the process that judges is alive."""
    house: House = request.app.state.house
    wrong = [
        *([f"the database says: {house.writer.failed}"] if house.writer.failed else []),
        *(["the process that judges has ended"] if not house.working() else []),
    ]
    return JSONResponse({"ready": not wrong, "problems": wrong}, status_code=503 if wrong else 200)


def metrics(request: Request) -> Response:
    """Figures for Prometheus; for viewers where there are tokens."""
    house: House = request.app.state.house
    if not allowed(request, "viewer"):
        return JSONResponse({"message": "a token of a viewer is needed"}, status_code=401)
    return PlainTextResponse(exposition(house), media_type="text/plain; version=0.0.4")
