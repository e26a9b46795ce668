"""The page of the watch: what it shows, and what people do there."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, cast, get_args

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from assay.domain.errors import AssayError
from assay.domain.people import Label
from assay.report.html import environment as report_environment
from assay.report.html import resource as report_resource
from assay.traces.labelled import WORDS
from assay.web import evidence_rows, figure_rows, label_rows
from assay.web.doors import COOKIE, RANKS, Doors, Role, Visitor
from assay.web.entrance import HEADERS, Refused, entered, form, known_token, let_in, local, ours, without_token
from assay.web.shown import Asked, Shown, Told

NAVIGATION = (
    ("/", "Overview"), ("/alarms", "Alarms"), ("/cohorts", "Cohorts"), ("/traces", "Traces"), ("/canary", "Canary"),
    ("/audits", "Audits"), ("/review", "Review"), ("/ledger", "Ledger"),
)  # fmt: skip
"""Pages, in the order in which they are offered."""
_STATIC = {
    "htmx.min.js": "text/javascript", "page.js": "text/javascript", "page.css": "text/css", "icon.svg": "image/svg+xml",
}  # fmt: skip
Handler = Callable[[Request, Visitor], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The routes for people."""

    shown: Shown
    """Where everything comes from."""
    doors: Doors
    """Who may come in."""

    def routes(self) -> list[Route]:
        """All pages, their writes, their style and scripts."""
        views: dict[str, Callable[[Shown, Asked], Told]] = {
            "/": figure_rows.overview,
            "/monitors/{metric:path}": figure_rows.monitor,
            "/alarms": figure_rows.alarms,
            "/alarms/{case}": figure_rows.alarm,
            "/cohorts": figure_rows.cohorts,
            "/traces": evidence_rows.traces,
            "/traces/{trace}": evidence_rows.trace,
            "/canary": evidence_rows.canary,
            "/audits": evidence_rows.audits,
            "/review": evidence_rows.review,
            "/review/traces": label_rows.labels,
            "/ledger": evidence_rows.ledger,
        }
        made = [Route(path, self._guarded(self._view(view), "viewer"), methods=["GET"]) for path, view in views.items()]
        return [
            *made,
            Route("/alarms/{case}/acknowledge", self._guarded(self._acknowledge, "reviewer"), methods=["POST"]),
            Route("/alarms/{case}/resolve", self._guarded(self._resolve, "owner"), methods=["POST"]),
            Route("/review", self._guarded(self._judge, "reviewer"), methods=["POST"]),
            Route("/review/traces", self._guarded(self._label, "reviewer"), methods=["POST"]),
            Route("/login", self._login_form, methods=["GET"]),
            Route("/login", self._login, methods=["POST"]),
            Route("/logout", self._guarded(self._logout, "viewer"), methods=["POST"]),
            Route("/static/{name}", _static, methods=["GET"]),
        ]

    def _guarded(self, handler: Handler, least: Role) -> Callable[[Request], Awaitable[Response]]:
        """The handler behind the door; what is refused, and what fails, is a page too."""

        async def answer(request: Request) -> Response:
            token = request.query_params.get("token", "")
            if token and request.method == "GET":
                return self._entered_by_link(request, token)
            try:
                return await handler(request, entered(request, self.doors, least))
            except Refused as error:
                if error.status == 401:
                    return self._form_page(request, "", without_token(request), status=401)
                return self._problem(request, error.status, error.why)
            except AssayError as error:
                return self._problem(request, 409, str(error))
            except sqlite3.Error as error:
                return self._problem(request, 503, f"A database cannot be read or written now: {error}")

        return answer

    def _view(self, view: Callable[[Shown, Asked], Told]) -> Handler:
        async def answer(request: Request, visitor: Visitor) -> Response:
            asked = {**dict(request.query_params), **request.path_params}
            name, told = await run_in_threadpool(view, self.shown, asked)
            if not told:
                return self._problem(request, 404, f"There is nothing at {request.url.path}.")
            return self._page(request, visitor, name, told)

        return answer

    def _page(self, request: Request, visitor: Visitor | None, name: str, told: Mapping[str, Any], status: int = 200,
              ) -> Response:  # fmt: skip
        rank = RANKS[visitor.role] if visitor else -1
        text = (
            environment()
            .get_template(name)
            .render(
                navigation=NAVIGATION,
                path=request.url.path,
                visitor=visitor,
                may_judge=rank >= RANKS["reviewer"],
                may_own=rank >= RANKS["owner"],
                login=bool(self.doors.tokens),
                **told,
            )
        )
        return HTMLResponse(text, status_code=status, headers=HEADERS)

    def _problem(self, request: Request, status: int, why: str) -> Response:
        return self._page(
            request, self.doors.visitor(request), "problem.html", {"status": status, "why": why[:2000]}, status
        )

    async def _acknowledge(self, request: Request, visitor: Visitor) -> Response:
        told, case = await form(request), str(request.path_params["case"])
        owner = told.get("owner", "").strip() or visitor.name
        await run_in_threadpool(
            functools.partial(
                self.shown.acknowledge, case, by=visitor.name, owner=owner[:200], note=told.get("note", "").strip()
            )
        )
        return _seen(f"/alarms/{case}")

    async def _resolve(self, request: Request, visitor: Visitor) -> Response:
        told, case = await form(request), str(request.path_params["case"])
        await run_in_threadpool(
            functools.partial(self.shown.resolve, case, by=visitor.name, note=told.get("note", "").strip())
        )
        return _seen(f"/alarms/{case}")

    async def _judge(self, request: Request, visitor: Visitor) -> Response:
        told = await form(request)
        label, reason = told.get("label", ""), told.get("reason", "").strip()
        if label not in get_args(Label):
            raise Refused(400, "Say whether the answer is bad, fine, or whether you are unsure.")
        if not reason:
            raise Refused(400, "Say why, in a sentence.")
        judge = functools.partial(
            self.shown.judge, told.get("run", ""), told.get("item", ""), label=cast(Label, label), reason=reason,
            by=visitor.name,
        )  # fmt: skip
        await run_in_threadpool(judge)
        return _seen(local(told.get("then", "/review")))

    async def _label(self, request: Request, visitor: Visitor) -> Response:
        told = await form(request)
        metric, trace, word = (told.get(name, "") for name in ("metric", "trace", "label"))
        if word not in WORDS:
            raise Refused(400, "Say yes, no, or that you are unsure.")
        picked = told.get("picked", "") == "yes"
        label = functools.partial(
            self.shown.label, metric, trace, word=word, picked=picked, by=visitor.name
        )  # fmt: skip
        await run_in_threadpool(label)
        return _seen(local(f"/traces/{trace}" if picked else label_rows.address(metric, told.get("after", ""))))

    async def _login_form(self, request: Request) -> Response:
        if token := request.query_params.get("token", ""):
            return self._entered_by_link(request, token)
        return self._form_page(request, "", local(request.query_params.get("then", "/")))

    async def _login(self, request: Request) -> Response:
        try:
            told = await form(request)
            if not ours(request):
                raise Refused(403, "This was sent from another site.")
        except Refused as error:
            return self._problem(request, error.status, error.why)
        then = local(told.get("then", "/"))
        if known_token(self.doors, told.get("token", "").strip()) is None:
            return self._form_page(request, "No such token.", then, status=401)
        response = _seen(then)
        let_in(response, request, told["token"].strip())
        return response

    def _entered_by_link(self, request: Request, token: str) -> Response:
        """A page of our own that leads on: a cookie that is strict is not sent on a way that began elsewhere."""
        then = without_token(request)
        then = "/" if then.startswith("/login") else then
        if known_token(self.doors, token) is None:
            return self._form_page(request, "No such token.", then, status=401)
        response = self._page(request, None, "onward.html", {"then": then})
        let_in(response, request, token)
        return response

    async def _logout(self, request: Request, visitor: Visitor) -> Response:
        response = _seen("/login")
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return response

    def _form_page(self, request: Request, why: str, then: str, status: int = 200) -> Response:
        return self._page(request, None, "login.html", {"why": why, "then": then}, status)


def _seen(path: str) -> Response:
    return RedirectResponse(path, status_code=303, headers=HEADERS)


@functools.cache
def environment() -> Environment:
    """Templates that escape every value and make every text harmless on its way out, as those of reports do."""
    report = report_environment()
    made = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=report.finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["icon"] = report.globals["icon"]
    made.filters["set"] = report.filters["set"]
    return made


def _template(name: str) -> str:
    return (files("assay.web") / "templates" / name).read_text(encoding="utf-8")


@functools.cache
def _held(name: str) -> bytes:
    own = (files("assay.web") / "static" / name).read_bytes()
    return report_resource("report.css").encode() + own if name == "page.css" else own


async def _static(request: Request) -> Response:
    name = str(request.path_params["name"])
    if name not in _STATIC:
        return Response("not found", status_code=404, headers=HEADERS)
    headers = {**HEADERS, "Cache-Control": "public, max-age=600"}
    return Response(_held(name), media_type=_STATIC[name], headers=headers)
