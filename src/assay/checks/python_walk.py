"""Goes through a Python program in order, keeping what each name is made of, for the rules to look at."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from assay.checks.python_shapes import GIVEN, SAFE, WEB, Names, Shape, bind, dotted, shape

_ROUTES = frozenset(
    ["route", "get", "post", "put", "patch", "delete", "websocket", "api_route", "view_config", "expose"]
)
_HARMLESS = re.compile(r"^(?:int|float|bool|UUID|date|datetime|Enum|Decimal)\b")
_TRIES = 4
_IMPORTED = re.compile(r"^\s{0,40}(?:import|from)\s{1,4}(\w+)", re.MULTILINE)
_HOSTED = re.compile(r"\.(?:com|org|net|io|edu|gov|co|dev|app|info)\b")
_WEB_PACKAGES = frozenset(
    [
        "flask",
        "django",
        "fastapi",
        "bottle",
        "aiohttp",
        "tornado",
        "sanic",
        "starlette",
        "pyramid",
        "quart",
        "cherrypy",
        "webapp2",
        "falcon",
        "web",
    ]
)
_PLACE = re.compile(r"<int:(\w+)>|<float:(\w+)>|<uuid:(\w+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A statement or call with what is known where it stands."""

    node: ast.AST
    """The statement, or the call."""
    names: Names
    """Shapes of names at that place."""
    function: str = ""
    """Name of the innermost function."""
    handler: str = ""
    """`flask`, or another package, where the innermost function answers web requests."""


@dataclass(slots=True)
class Program:
    """A parsed program."""

    tree: ast.Module
    """Its syntax."""
    packages: frozenset[str] = frozenset()
    """Top names of what it imports."""
    names_hosts: bool = False
    """Whether a name of a host stands in it."""
    _depth: int = field(default=0)

    def seen(self) -> Iterator[Seen]:
        """Every statement and call, in order."""
        yield from self._body(self.tree.body, {}, "", "")

    def _body(self, body: list[ast.stmt], names: Names, function: str, handler: str) -> Iterator[Seen]:
        if self._depth > 40:
            return
        self._depth += 1
        for statement in body:
            yield from self._statement(statement, names, function, handler)
        self._depth -= 1

    def _statement(self, node: ast.stmt, names: Names, function: str, handler: str) -> Iterator[Seen]:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                own = _handler(node, self.packages)
                yield Seen(node=node, names=names, function=node.name, handler=own)
                yield from self._body(node.body, {**names, **_parameters(node, own)}, node.name, own)
                return
            case ast.ClassDef():
                yield from self._body(node.body, dict(names), function, handler)
                return
        for call in _calls(node):
            yield Seen(node=call, names=names, function=function, handler=handler)
        yield Seen(node=node, names=names, function=function, handler=handler)
        match node:
            case ast.Assign(targets=targets, value=value):
                made = shape(value, names)
                for target in targets:
                    bind(target, made, names)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                bind(target, shape(value, names), names)
            case ast.AugAssign(target=target, value=value):
                before, more = shape(target, names), shape(value, names)
                bind(target, Shape((before.text + more.text)[:4000], before.lines | more.lines), names)
            case ast.For(target=target, iter=each) | ast.AsyncFor(target=target, iter=each):
                over = shape(each, names)
                bind(target, Shape(next((mark for mark in (WEB, GIVEN) if mark in over.text), SAFE), over.lines), names)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    if item.optional_vars is not None:
                        bind(item.optional_vars, shape(item.context_expr, names), names)
        yield from self._inside(node, names, function, handler)
        if isinstance(node, ast.If):
            _guard(node, names)

    def _inside(self, node: ast.stmt, names: Names, function: str, handler: str) -> Iterator[Seen]:
        for part in ("body", "orelse", "finalbody"):
            body = getattr(node, part, None)
            if isinstance(body, list):
                yield from self._body(body, names, function, handler)
        for one in [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]:
            yield from self._body(one.body, names, function, handler)


def parsed(code: str) -> Program | None:
    """A program, or its beginning where the rest is cut off; None for what is no Python.

    Examples:
        >>> parsed("x = 1\\ny = (") is not None, parsed("not python at all {") is None
        (True, True)
    """
    code = textwrap.dedent(code.replace("\t", "    ").replace("\0", " ").replace(">>> ", ""))
    for _ in range(_TRIES):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(code)
        except SyntaxError as error:
            kept = code.splitlines()[: max((error.lineno or 1) - 1, 0)]
            if not kept:
                return None
            code = "\n".join(kept)
            continue
        except (ValueError, RecursionError, MemoryError):
            return None
        return (
            Program(tree, frozenset(_IMPORTED.findall(code)), _HOSTED.search(code) is not None) if tree.body else None
        )
    return None


def _handler(node: ast.FunctionDef | ast.AsyncFunctionDef, packages: frozenset[str]) -> str:
    """The web package for which a function answers requests; empty for other functions."""
    here = sorted(packages & _WEB_PACKAGES, key=lambda name: (name == "starlette", name))
    for each in node.decorator_list:
        called = each.func if isinstance(each, ast.Call) else each
        if isinstance(called, ast.Attribute) and called.attr in _ROUTES:
            return here[0] if here else "flask"
    first = node.args.args[0].arg if node.args.args else ""
    second = node.args.args[1].arg if len(node.args.args) > 1 else ""
    if here and "request" in (first, second):
        return here[0]
    return here[0] if here and first == "self" and node.name in ("get", "post", "put", "delete") else ""


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef, handler: str) -> Names:
    paths = " ".join(
        arg.value for each in node.decorator_list if isinstance(each, ast.Call) for arg in each.args
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    )  # fmt: skip
    numbers = {name for found in _PLACE.findall(paths) for name in found if name}
    mark = WEB if handler else GIVEN
    made: Names = {}
    arguments = node.args
    for arg in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]:
        if arg is None:
            continue
        kind = ast.unparse(arg.annotation) if isinstance(arg.annotation, ast.Name | ast.Attribute) else ""
        harmless = arg.arg in (
            "self",
            "cls",
            "db",
            "session",
            "app",
            "conn",
            "connection",
            "cursor",
            "client",
            "logger",
        )
        safe = harmless or arg.arg in numbers or _HARMLESS.match(kind)
        made[arg.arg] = Shape(SAFE if safe else WEB if arg.arg == "request" and handler else mark)
    return made


def _calls(node: ast.stmt) -> Iterator[ast.Call]:
    """Calls in a statement itself, not in the statements inside it."""
    waiting: list[ast.AST] = [node]
    while waiting:
        one = waiting.pop()
        for child in ast.iter_child_nodes(one):
            if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case | ast.Lambda):
                waiting.append(child)
        if isinstance(one, ast.Call):
            yield one


def _guard(node: ast.If, names: Names) -> None:
    """`if x not in KNOWN: return` makes x harmless for what follows; so does a look at its form."""
    if not node.body or not isinstance(node.body[-1], ast.Return | ast.Raise | ast.Continue | ast.Expr):
        return
    for test in ast.walk(node.test):
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.NotIn) and dotted(test.left):
            bind(test.left, Shape(SAFE), names)
        elif isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute):
            checks = test.func.attr in (
                "isdigit",
                "isdecimal",
                "isalnum",
                "isidentifier",
                "match",
                "fullmatch",
                "is_relative_to",
            )
            for each in [test.func.value, *test.args] if checks else []:
                if isinstance(each, ast.Name | ast.Attribute):
                    bind(each, Shape(SAFE), names)
