"""Flaws of Python programs: what reaches a database, a page, a shell or a file without being made safe."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from assay.checks.flaws import Flaw
from assay.checks.python_calls import CALLS
from assay.checks.python_shapes import WEB, Shape, dotted, shape
from assay.checks.python_signs import TOKEN, Found, exactly, injects, last, page
from assay.checks.python_walk import Program, Seen, parsed

_TOP = r"(?:com|org|net|io|edu|gov|co|dev|app|info)\b"
_HOST = re.compile(rf"^(?:https?://)?(?:[a-z0-9-]+\.){{1,4}}{_TOP}/?$")
_HOSTED = re.compile(r"url|uri|link|host|domain|origin|referr?er|href|netloc|address$", re.IGNORECASE)


def python_flaws(code: str) -> list[Flaw] | None:
    """What is unsafe in a program; None where it cannot be parsed.

    Examples:
        >>> [each.cwe for each in python_flaws("def f(n):\\n    db.execute(f'SELECT a FROM t WHERE n = {n}')")]
        [89]
        >>> python_flaws("def f(n):\\n    db.execute('SELECT a FROM t WHERE n = ?', (n,))")
        []
    """
    program = parsed(code)
    if program is None:
        return None
    lines = code.replace("\t", "    ").replace(">>> ", "").splitlines()
    found: dict[tuple[int, int], Flaw] = {}
    for seen in program.seen():
        for cwe, node, made in _rules(seen, program):
            begin = getattr(node, "lineno", 1)
            end = min(getattr(node, "end_lineno", begin) or begin, begin + 20)
            own = frozenset(range(begin, end + 1)) | made.lines
            if (cwe, begin) not in found:
                found[cwe, begin] = Flaw(
                    cwe=cwe, line=_line(lines, begin), lines=frozenset(_line(lines, n) for n in own) - {""}
                )
    return list(found.values())


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1].strip()[:300] if 0 < number <= len(lines) else ""


def _rules(seen: Seen, program: Program) -> Iterator[Found]:
    node = seen.node
    if isinstance(node, ast.Call):
        name = dotted(node.func) or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
        for rule in CALLS:
            yield from rule(node, name, seen, program)
    elif isinstance(node, ast.Return):
        yield from _returned(node, seen)
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        yield from _assigned(node, seen)
    if program.names_hosts and isinstance(node, ast.If | ast.While | ast.Return | ast.Assign | ast.Expr):
        yield from _compared(node)


def _returned(node: ast.Return, seen: Seen) -> Iterator[Found]:
    """A page that a function gives to whoever asked."""
    value = node.value.elts[0] if isinstance(node.value, ast.Tuple) and node.value.elts else node.value
    if value is None or (
        isinstance(value, ast.Call)
        and last(dotted(value.func))
        in ("render_template_string", "make_response", "HttpResponse", "HTMLResponse", "Markup", "Response")
    ):
        return
    made = shape(value, seen.names)
    if seen.handler in ("flask", "bottle", "web", "quart", "cherrypy") and made.has(WEB) and page(made.text):
        yield 79, node, made


def _assigned(node: ast.Assign | ast.AugAssign | ast.AnnAssign, seen: Seen) -> Iterator[Found]:
    if node.value is None:
        return
    made = shape(node.value, seen.names)
    if isinstance(node.value, ast.JoinedStr | ast.BinOp | ast.Call) and injects(made.text, run=False):
        yield 89, node, made
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    name = dotted(target)
    if last(name) == "autoescape" and exactly(node.value, False):
        yield 79, node, Shape("")
    if last(name) == "verify" and exactly(node.value, False) and "session" in name.lower():
        yield 295, node, Shape("")
    if last(name) == "verify_mode" and ast.unparse(node.value)[:80].endswith("CERT_NONE"):
        yield 295, node, Shape("")
    if TOKEN.search(name) and re.search(
        r"\brandom\.(?:choices?|randint|random|sample|randrange|getrandbits)\(", ast.unparse(node.value)[:600]
    ):
        yield 330, node, Shape("")


def _compared(node: ast.stmt) -> Iterator[Found]:
    """`"example.com" in url`, which `example.com.evil.org` passes too."""
    tested = getattr(node, "test", None) or getattr(node, "value", None)
    if tested is None:
        return
    for each in ast.walk(tested):
        if (
            isinstance(each, ast.Compare)
            and isinstance(each.ops[0], ast.In | ast.NotIn)
            and isinstance(each.left, ast.Constant)
        ):
            inside = ast.unparse(each.comparators[0])[:100]
            if (
                isinstance(each.left.value, str)
                and _HOST.match(each.left.value)
                and _HOSTED.search(inside)
                and not inside.startswith(("[", "(", "{"))
            ):
                yield 20, each, Shape("")
        elif (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and each.func.attr == "endswith"
            and each.args
        ):
            end = each.args[0]
            if (
                isinstance(end, ast.Constant)
                and isinstance(end.value, str)
                and not end.value.startswith(".")
                and _HOST.match(end.value)
                and _HOSTED.search(ast.unparse(each.func.value)[:80])
            ):
                yield 20, each, Shape("")
