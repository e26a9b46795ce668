"""Rules over calls in Python programs: databases, pages, shells, interpreters, files, networks, secrets."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from assay.checks.python_shapes import GIVEN, TYPED, WEB, Shape, shape
from assay.checks.python_signs import TAG, TOKEN, Found, exactly, first, injects, last, option, page
from assay.checks.python_walk import Program, Seen

_SECRET = re.compile(r"passw|pwd|passphrase", re.IGNORECASE)
_TOP = r"(?:com|org|net|io|edu|gov|co|dev|app|info)\b"
_LOOSE_HOST = re.compile(
    rf"(?:(?<![\\\w.\-)])|(?<=\.\*)|(?<=[\]+*?)]))(?:\w[\w-]*(?<!\\)\.{_TOP}|(?<!\\)\.(?!\*|\+)[a-z][\w-]*\\?\.{_TOP})"
)


def _sql(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    if last(name) in (
        "execute",
        "executemany",
        "executescript",
        "raw",
        "read_sql",
        "read_sql_query",
        "text",
        "query",
        "fetch",
        "fetchrow",
        "extra",
    ):
        made = first(node, seen)
        if injects(made.text, run=True):
            yield 89, node, made


def _page(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    tail = last(name)
    made = first(node, seen)
    if tail == "render_template_string" and made.has(WEB, GIVEN, TYPED):
        yield (79 if TAG.search(made.text) else 1336), node, made
    elif tail in ("from_string", "Template") and made.has(WEB, TYPED) and "string" not in program.packages:
        yield 1336, node, made
    elif (
        tail in ("make_response", "HttpResponse", "HTMLResponse", "Markup", "mark_safe", "Response")
        and made.has(WEB)
        and page(made.text)
    ) or (tail == "write" and seen.handler and made.has(WEB) and TAG.search(made.text)):
        yield 79, node, made
    escape = option(node, "autoescape")
    if exactly(escape, False) and not re.search(
        r"\.(?:tex|ya?ml|sql|py|md|txt|json|rst|toml|conf|cfg|ini|c|h|rs|go|sh)\b|\.j2\b", ast.unparse(node)[:400]
    ):
        yield 79, node, Shape("")


def _command(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    shell = name.startswith(("subprocess.", "sp.", "asyncio.")) or last(name) in (
        "run",
        "Popen",
        "call",
        "check_output",
        "check_call",
    )
    if name in (
        "os.system",
        "os.popen",
        "commands.getoutput",
        "subprocess.getoutput",
        "asyncio.create_subprocess_shell",
    ) or (shell and exactly(option(node, "shell"), True)):
        made = first(node, seen)
        if made.has(WEB, GIVEN, TYPED):
            yield 78, node, made


def _run(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    made = first(node, seen)
    if name in ("eval", "exec", "compile", "__import__", "importlib.import_module") and made.has(WEB, TYPED):
        yield 94, node, made
    if (
        name in ("yaml.load", "yaml.unsafe_load", "yaml.load_all")
        and "yaml" in program.packages
        and "yaml" not in seen.names
    ):
        loader = option(node, "Loader") or (node.args[1] if len(node.args) > 1 else None)
        said = ast.unparse(loader) if loader is not None else "Unsafe"
        if re.search(r"Unsafe|yaml\.C?Loader\b|^C?Loader$", said) and made.has(*"\x01\x02\x03\x04"):
            yield 502, node, made
    top = name.partition(".")[0]
    if (
        top in ("pickle", "cPickle", "dill", "marshal", "cloudpickle", "jsonpickle", "_pickle")
        and made.has(WEB, TYPED)
        and last(name) in ("loads", "load", "decode")
    ):
        yield 502, node, made


def _file(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    tail = last(name)
    made = first(node, seen)
    if name in (
        "open",
        "send_file",
        "flask.send_file",
        "os.remove",
        "os.unlink",
        "shutil.rmtree",
        "FileResponse",
    ) and made.has(WEB):
        yield 22, node, made
    if (
        tail == "extractall"
        and "tarfile" in program.packages
        and option(node, "filter") is None
        and option(node, "members") is None
    ) or (
        tail in ("extractall", "extract")
        and re.search(
            r"(?:^|/)\.\.(?:/|$)|^/$",
            (first(node, seen).text if node.args else shape(option(node, "path"), seen.names).text),
        )
    ):
        yield 22, node, Shape("")
    mode = option(node, "mode") or (node.args[-1] if node.args else None)
    if tail in ("chmod", "fchmod", "lchmod") and mode is not None and _everybody(mode):
        yield 732, node, Shape("")
    if name == "os.open" and len(node.args) > 2 and "O_CREAT" in ast.unparse(node.args[1]) and _everybody(node.args[2]):
        yield 732, node, Shape("")
    if name == "tempfile.mktemp":
        yield 377, node, Shape("")


def _everybody(mode: ast.expr) -> bool:
    if isinstance(mode, ast.Constant) and isinstance(mode.value, int) and not isinstance(mode.value, bool):
        return (0 < mode.value <= 0o7777 and bool(mode.value & 0o002)) or mode.value in (777, 666)
    return (
        bool(re.search(r"\bS_IRWXO\b|\bS_IWOTH\b", ast.unparse(mode)))
        if isinstance(mode, ast.BinOp | ast.Attribute)
        else False
    )


def _network(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    tail, top = last(name), name.partition(".")[0]
    client = top in ("requests", "httpx", "urllib3", "session", "aiohttp", "client")
    if (client and exactly(option(node, "verify"), False)) or (
        (top == "aiohttp" or tail in ("get", "post", "TCPConnector")) and exactly(option(node, "ssl"), False)
    ):
        yield 295, node, Shape("")
    if name in ("ssl._create_unverified_context",) or (
        tail in ("PoolManager", "wrap_socket") and "CERT_NONE" in ast.unparse(node)[:400]
    ):
        yield 295, node, Shape("")
    made = first(node, seen)
    if (top in ("requests", "httpx") or tail in ("urlopen", "urlretrieve")) and made.text.startswith(WEB):
        yield 918, node, made
    if name in ("redirect", "flask.redirect", "HttpResponseRedirect", "RedirectResponse") and made.text.startswith(WEB):
        yield 601, node, made
    if tail == "decode" and top == "jwt":
        options = ast.unparse(option(node, "options") or ast.Constant(""))
        if (
            exactly(option(node, "verify"), False)
            or re.search(r"verify_signature['\"]?[:=] ?False", options)
            or "'none'" in ast.unparse(node)[:300].lower()
        ):
            yield 347, node, Shape("")
    if tail == "XMLParser" and exactly(option(node, "resolve_entities"), True):
        yield 611, node, Shape("")
    if tail == "run" and exactly(option(node, "debug"), True) and "0.0.0.0" in ast.unparse(node)[:300]:
        yield 489, node, Shape("")
    if tail == "CORS" and exactly(option(node, "supports_credentials"), True) and "'*'" in ast.unparse(node)[:600]:
        yield 942, node, Shape("")


def _secrets(node: ast.Call, name: str, seen: Seen, program: Program) -> Iterator[Found]:
    tail, top = last(name), name.partition(".")[0]
    fast = name in ("hashlib.md5", "hashlib.sha1", "md5", "sha1") or (
        name == "hashlib.new" and node.args and re.search(r"md5|sha1\b", ast.unparse(node.args[0]))
    )
    if fast and node.args and _SECRET.search(ast.unparse(node.args[-1])[:200]):
        yield 916, node, Shape("")
    if (
        top == "random"
        and tail in ("choice", "choices", "randint", "random", "sample", "randrange", "getrandbits")
        and TOKEN.search(seen.function)
    ):
        yield 330, node, Shape("")
    if top == "re" and tail in ("compile", "match", "search", "fullmatch") and node.args:
        pattern = node.args[0]
        if (
            isinstance(pattern, ast.Constant)
            and isinstance(pattern.value, str)
            and _LOOSE_HOST.search(pattern.value[:500])
        ):
            yield 20, node, Shape("")


CALLS: tuple[Callable[[ast.Call, str, Seen, Program], Iterator[Found]], ...] = (
    _sql,
    _page,
    _command,
    _run,
    _file,
    _network,
    _secrets,
)
