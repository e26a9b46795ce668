"""Flaws of Python programs: what reaches a database, a page, a shell, a file or an interpreter without being made safe."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from assay.checks.flaws import Flaw
from assay.checks.python_shapes import GIVEN, TYPED, WEB, Shape, dotted, shape
from assay.checks.python_walk import Program, Seen, parsed

Found = tuple[int, ast.AST, Shape]
"""A weakness by its number, where it shows, and what took part."""
_SQL = re.compile(
    r"\b(?:SELECT\s.{0,400}?\sFROM|INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s.{0,80}?\sSET|DELETE\s+FROM|REPLACE\s+INTO)\b"
    r"|\b(?:select\s.{0,400}?\sfrom\s.{0,80}?\swhere|insert\s+into\s.{0,400}?\svalues|update\s.{0,80}?\sset|delete\s+from)\b",
    re.DOTALL,
)
_SQL_VALUE = re.compile(
    r"(?:[=<>,(]|\b(?:like|in|and|or|limit|offset|values|between)\b)\s*[\"'(%]{0,3}\s{0,3}%?[\x02\x03\x04]", re.IGNORECASE
)
_TAG = re.compile(r"<(?:[a-zA-Z!][a-zA-Z0-9]{0,12}[\s>/]|/[a-zA-Z])")
_JSON = re.compile(r"^\s*[{\[\"]")
_SECRET = re.compile(r"passw|pwd|passphrase", re.IGNORECASE)
_TOKEN = re.compile(r"token|otp|session_?id|secret|passw|reset|api_?key|csrf|salt|verification_?code|credential", re.IGNORECASE)
_TOP = r"(?:com|org|net|io|edu|gov|co|dev|app|info)\b"
_LOOSE_HOST = re.compile(rf"(?:(?<![\\\w.\-)])|(?<=\.\*)|(?<=[\]+*?)]))(?:\w[\w-]*(?<!\\)\.{_TOP}|(?<!\\)\.(?!\*|\+)[a-z][\w-]*\\?\.{_TOP})")
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
            first = getattr(node, "lineno", 1)
            last = min(getattr(node, "end_lineno", first) or first, first + 20)
            own = frozenset(range(first, last + 1)) | made.lines
            if (cwe, first) not in found:
                found[cwe, first] = Flaw(cwe=cwe, line=_line(lines, first), lines=frozenset(_line(lines, n) for n in own) - {""})
    return list(found.values())


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1].strip()[:300] if 0 < number <= len(lines) else ""


def _rules(seen: Seen, program: Program) -> Iterator[Found]:
    node = seen.node
    if isinstance(node, ast.Call):
        name = dotted(node.func) or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
        for rule in _CALLS:
            yield from rule(node, name, seen, program)
    elif isinstance(node, ast.Return):
        yield from _returned(node, seen)
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        yield from _assigned(node, seen)
    if isinstance(node, ast.If | ast.While | ast.Return | ast.Assign | ast.Expr):
        yield from _compared(node)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _option(node: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in node.keywords if each.arg == name), None)


def _is(node: ast.AST | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _first(node: ast.Call, seen: Seen) -> Shape:
    return shape(node.args[0], seen.names) if node.args else Shape("")


def injects(text: str, run: bool) -> bool:
    """Whether a text is SQL with a value in it; where it is run, the name of a table from outside counts too.

    Examples:
        >>> injects("SELECT a FROM t WHERE b = '\\x02'", False), injects("SELECT a FROM \\x02", True)
        (True, False)
        >>> injects("SELECT a FROM \\x03", True), injects("Select one from \\x02, if any", False)
        (True, False)
    """
    found = _SQL.search(text)
    if found is None:
        return False
    after = text[found.start() :]
    if WEB in after and run:
        return True
    return _SQL_VALUE.search(after) is not None and bool(re.search(r"\b(?:where|values|set|limit|like|having)\b", after, re.IGNORECASE))


def _sql(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    if _last(name) in ("execute", "executemany", "executescript", "raw", "read_sql", "read_sql_query", "text", "query", "fetch", "fetchrow", "extra"):
        made = _first(node, seen)
        if injects(made.text, run=True):
            yield 89, node, made


def _page(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    last = _last(name)
    made = _first(node, seen)
    if last == "render_template_string" and made.has(WEB, GIVEN, TYPED):
        yield (79 if _TAG.search(made.text) else 1336), node, made
    elif last in ("from_string", "Template") and made.has(WEB, TYPED) and "string" not in program.packages:
        yield 1336, node, made
    elif last in ("make_response", "HttpResponse", "HTMLResponse", "Markup", "mark_safe", "Response") and made.has(WEB) and _html(made.text):
        yield 79, node, made
    elif last == "write" and seen.handler and made.has(WEB) and _TAG.search(made.text):
        yield 79, node, made
    escape = _option(node, "autoescape")
    if _is(escape, False) and not re.search(r"\.(?:tex|ya?ml|sql|py|md|txt|json|rst|toml|conf|cfg|ini|c|h|rs|go|sh)\b|\.j2\b", ast.unparse(node)[:400]):
        yield 79, node, Shape("")


def _html(text: str) -> bool:
    return _TAG.search(text) is not None or (not _JSON.match(text) and text.strip("\x01\x02\x03\x04") != "")


def _command(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    shell = name.startswith(("subprocess.", "sp.", "asyncio.")) or _last(name) in ("run", "Popen", "call", "check_output", "check_call")
    if name in ("os.system", "os.popen", "commands.getoutput", "subprocess.getoutput", "asyncio.create_subprocess_shell") or (
        shell and _is(_option(node, "shell"), True)
    ):
        made = _first(node, seen)
        if made.has(WEB, GIVEN, TYPED):
            yield 78, node, made


def _run(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    made = _first(node, seen)
    if name in ("eval", "exec", "compile", "__import__", "importlib.import_module") and made.has(WEB, TYPED):
        yield 94, node, made
    if name in ("yaml.load", "yaml.unsafe_load", "yaml.load_all") and "yaml" in program.packages and "yaml" not in seen.names:
        loader = _option(node, "Loader") or (node.args[1] if len(node.args) > 1 else None)
        said = ast.unparse(loader) if loader is not None else "Unsafe"
        if re.search(r"Unsafe|yaml\.C?Loader\b|^C?Loader$", said) and made.has(*"\x01\x02\x03\x04"):
            yield 502, node, made
    top = name.partition(".")[0]
    if top in ("pickle", "cPickle", "dill", "marshal", "cloudpickle", "jsonpickle", "_pickle") and made.has(WEB, TYPED) and _last(name) in ("loads", "load", "decode"):
        yield 502, node, made


def _file(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    last = _last(name)
    made = _first(node, seen)
    if name in ("open", "send_file", "flask.send_file", "os.remove", "os.unlink", "shutil.rmtree", "FileResponse") and made.has(WEB):
        yield 22, node, made
    if last == "extractall" and "tarfile" in program.packages and _option(node, "filter") is None and _option(node, "members") is None:
        yield 22, node, Shape("")
    elif last in ("extractall", "extract") and re.search(r"(?:^|/)\.\.(?:/|$)|^/$", (_first(node, seen).text if node.args else shape(_option(node, "path"), seen.names).text)):
        yield 22, node, Shape("")
    mode = _option(node, "mode") or (node.args[-1] if node.args else None)
    if last in ("chmod", "fchmod", "lchmod") and mode is not None and _everybody(mode):
        yield 732, node, Shape("")
    if name == "os.open" and len(node.args) > 2 and "O_CREAT" in ast.unparse(node.args[1]) and _everybody(node.args[2]):
        yield 732, node, Shape("")
    if name == "tempfile.mktemp":
        yield 377, node, Shape("")


def _everybody(mode: ast.expr) -> bool:
    if isinstance(mode, ast.Constant) and isinstance(mode.value, int) and not isinstance(mode.value, bool):
        return 0 < mode.value <= 0o7777 and bool(mode.value & 0o002) or mode.value in (777, 666)
    return bool(re.search(r"\bS_IRWXO\b|\bS_IWOTH\b", ast.unparse(mode))) if isinstance(mode, ast.BinOp | ast.Attribute) else False


def _network(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    last, top = _last(name), name.partition(".")[0]
    client = top in ("requests", "httpx", "urllib3", "session", "aiohttp", "client")
    if client and _is(_option(node, "verify"), False) or (top == "aiohttp" or last in ("get", "post", "TCPConnector")) and _is(_option(node, "ssl"), False):
        yield 295, node, Shape("")
    if name in ("ssl._create_unverified_context",) or (last in ("PoolManager", "wrap_socket") and "CERT_NONE" in ast.unparse(node)[:400]):
        yield 295, node, Shape("")
    made = _first(node, seen)
    if (top in ("requests", "httpx") or last in ("urlopen", "urlretrieve")) and made.text.startswith(WEB):
        yield 918, node, made
    if name in ("redirect", "flask.redirect", "HttpResponseRedirect", "RedirectResponse") and made.text.startswith(WEB):
        yield 601, node, made
    if last == "decode" and top == "jwt":
        options = ast.unparse(_option(node, "options") or ast.Constant(""))
        if _is(_option(node, "verify"), False) or re.search(r"verify_signature['\"]?[:=] ?False", options) or "'none'" in ast.unparse(node)[:300].lower():
            yield 347, node, Shape("")
    if last == "XMLParser" and _is(_option(node, "resolve_entities"), True):
        yield 611, node, Shape("")
    if last == "run" and _is(_option(node, "debug"), True) and "0.0.0.0" in ast.unparse(node)[:300]:
        yield 489, node, Shape("")
    if last == "CORS" and _is(_option(node, "supports_credentials"), True) and "'*'" in ast.unparse(node)[:600]:
        yield 942, node, Shape("")


def _secrets(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    last, top = _last(name), name.partition(".")[0]
    fast = name in ("hashlib.md5", "hashlib.sha1", "md5", "sha1") or (name == "hashlib.new" and node.args and re.search(r"md5|sha1\b", ast.unparse(node.args[0])))
    if fast and node.args and _SECRET.search(ast.unparse(node.args[-1])[:200]):
        yield 916, node, Shape("")
    if top == "random" and last in ("choice", "choices", "randint", "random", "sample", "randrange", "getrandbits") and _TOKEN.search(seen.function):
        yield 330, node, Shape("")
    if top == "re" and last in ("compile", "match", "search", "fullmatch") and node.args:
        pattern = node.args[0]
        if isinstance(pattern, ast.Constant) and isinstance(pattern.value, str) and _LOOSE_HOST.search(pattern.value[:500]):
            yield 20, node, Shape("")


_CALLS: tuple[Callable[[ast.Call, str, Seen, Program], Iterator[Found]], ...] = (_sql, _page, _command, _run, _file, _network, _secrets)  # fmt: skip


def _returned(node: ast.Return, seen: Seen) -> Iterator[Found]:
    """A page that a function gives to whoever asked."""
    value = node.value.elts[0] if isinstance(node.value, ast.Tuple) and node.value.elts else node.value
    if value is None or isinstance(value, ast.Call) and _last(dotted(value.func)) in ("render_template_string", "make_response", "HttpResponse", "HTMLResponse", "Markup", "Response"):
        return
    made = shape(value, seen.names)
    if seen.handler in ("flask", "bottle", "web", "quart", "cherrypy") and made.has(WEB) and _html(made.text):
        yield 79, node, made


def _assigned(node: ast.Assign | ast.AugAssign | ast.AnnAssign, seen: Seen) -> Iterator[Found]:
    if node.value is None:
        return
    made = shape(node.value, seen.names)
    if isinstance(node.value, ast.JoinedStr | ast.BinOp | ast.Call) and injects(made.text, run=False):
        yield 89, node, made
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    name = dotted(target)
    if _last(name) == "autoescape" and _is(node.value, False):
        yield 79, node, Shape("")
    if _last(name) == "verify" and _is(node.value, False) and "session" in name.lower():
        yield 295, node, Shape("")
    if _last(name) == "verify_mode" and ast.unparse(node.value)[:80].endswith("CERT_NONE"):
        yield 295, node, Shape("")
    if _TOKEN.search(name) and re.search(r"\brandom\.(?:choices?|randint|random|sample|randrange|getrandbits)\(", ast.unparse(node.value)[:600]):
        yield 330, node, Shape("")


def _compared(node: ast.stmt) -> Iterator[Found]:
    """`"example.com" in url`, which `example.com.evil.org` passes too."""
    tested = getattr(node, "test", None) or getattr(node, "value", None)
    if tested is None:
        return
    for each in ast.walk(tested):
        if isinstance(each, ast.Compare) and isinstance(each.ops[0], ast.In | ast.NotIn) and isinstance(each.left, ast.Constant):
            inside = ast.unparse(each.comparators[0])[:100]
            if isinstance(each.left.value, str) and _HOST.match(each.left.value) and _HOSTED.search(inside) and not inside.startswith(("[", "(", "{")):
                yield 20, each, Shape("")
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr == "endswith" and each.args:
            end = each.args[0]
            if isinstance(end, ast.Constant) and isinstance(end.value, str) and not end.value.startswith(".") and _HOST.match(end.value) and _HOSTED.search(ast.unparse(each.func.value)[:80]):
                yield 20, each, Shape("")
