"""What the strings of a Python program are made of: their text, with a mark wherever a value comes in.

The marks say where the value comes from, so that a rule is a pattern over text: `SELECT ... WHERE id = ` and then the
mark of a web request is an injection, the same with the mark of an escaped value is none. Nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SAFE = "\x01"
"""A value that went through something that makes it harmless, or whose origin is unknown."""
GIVEN = "\x02"
"""A parameter of a function, or a word of the command line."""
TYPED = "\x04"
"""What somebody types at a prompt."""
WEB = "\x03"
"""A part of a web request."""
MARKS = (WEB, TYPED, GIVEN, SAFE)
_MOST = 4000
_DEEPEST = 60
_MOST_LINES = 40
_CLEANING = re.compile(
    r"(?:^|_)(?:escape\w*|quote\w*|int|float|bool|len|clean|sanitize\w*|secure_filename|uuid\d?|basename|hexdigest"
    r"|urlencode|round|sum|ord|id|hash\w*|range|literal_eval|isinstance|dumps|jsonify|tojson|encodestring|b64encode"
    r"|validate\w*|strftime|now|today|date|datetime|count|Decimal|UUID|bindparam|Identifier|Literal)$",
    re.IGNORECASE,
)
_PASSING = frozenset(
    (
        "str", "repr", "format", "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "encode",
        "decode", "replace", "split", "rsplit", "splitlines", "get", "getlist", "pop", "read", "readline",
        "readlines", "items", "values", "keys", "copy", "dict", "list", "tuple", "set", "sorted", "reversed", "zip",
        "enumerate", "loads", "parse", "unquote", "unquote_plus", "getvalue", "get_json", "get_data", "json",
        "form", "body", "text", "to_dict", "partition", "join", "b64decode", "removeprefix", "removesuffix",
        "stream", "getfirst", "get_argument", "cast", "fromstring", "BytesIO", "StringIO", "bytes", "bytearray",
        "await_", "value",
    )
)  # fmt: skip
_ARGUMENTS = frozenset(
    (
        "str", "repr", "dict", "list", "tuple", "set", "sorted", "reversed", "zip", "enumerate", "loads", "unquote",
        "unquote_plus", "b64decode", "cast", "fromstring", "BytesIO", "StringIO", "bytes", "bytearray", "format",
    )
)  # fmt: skip
_CONVERSION = re.compile(r"%(?:\(\w+\))?[-+ #0]{0,4}\d{0,4}(?:\.\d{0,4})?([a-zA-Z%])")
_FIELD = re.compile(r"\{(\{|[^{}]{0,60})\}?")
_NUMERIC = re.compile(r"[-+ #0,]?\d*(?:\.\d+)?[dfeEgGxXobn%]$")


@dataclass(frozen=True, slots=True)
class Shape:
    """Text of a value, with marks for what is not constant."""

    text: str = SAFE
    """Constant text and marks."""
    lines: frozenset[int] = frozenset()
    """Lines of the program that made it."""

    def has(self, *marks: str) -> bool:
        """Whether one of these marks is part of it."""
        return any(mark in self.text for mark in marks)


UNKNOWN = Shape()
Names = dict[str, Shape]


def shape(node: ast.AST | None, names: Mapping[str, Shape], depth: int = 0) -> Shape:
    """What an expression is made of.

    Args:
        node: The expression.
        names: Shapes of names, and of dotted names, that are known so far.
        depth: Expressions around it; too deep ones are unknown.

    Examples:
        >>> made = shape(ast.parse("f'<b>{request.args}</b>'", mode="eval").body, {})
        >>> made.text
        '<b>\\x03</b>'
    """
    if node is None or depth > _DEEPEST:
        return UNKNOWN
    found = _shape(node, names, depth + 1)
    own = getattr(node, "lineno", None)
    if own is None or isinstance(node, ast.Constant | ast.Name):
        return found
    last = min(getattr(node, "end_lineno", own) or own, own + 20)
    return Shape(found.text[:_MOST], _few(found.lines | frozenset(range(own, last + 1))))


def _few(lines: frozenset[int]) -> frozenset[int]:
    return lines if len(lines) <= _MOST_LINES else frozenset(sorted(lines)[-_MOST_LINES:])


def _shape(node: ast.AST, names: Mapping[str, Shape], depth: int) -> Shape:  # one line a kind of expression
    match node:
        case ast.Constant(value=value):
            return Shape(
                value
                if isinstance(value, str)
                else value.decode("latin-1")
                if isinstance(value, bytes)
                else str(value)[:20]
            )
        case ast.Name(id=name):
            return names.get(name, Shape(WEB) if name == "request" else UNKNOWN)
        case ast.JoinedStr(values=values):
            return _joined(shape(each, names, depth) for each in values)
        case ast.FormattedValue(value=value, format_spec=spec):
            inner = shape(value, names, depth)
            numeric = spec is not None and _NUMERIC.match(shape(spec, names, depth).text)
            return Shape(SAFE, inner.lines) if numeric else inner
        case ast.BinOp(left=left, op=ast.Mod(), right=right) if _is_text(left, names, depth):
            return _filled(shape(left, names, depth), right, names, depth)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined((shape(left, names, depth), shape(right, names, depth)))
        case ast.BinOp(left=left, right=right):
            return _marks((shape(left, names, depth), shape(right, names, depth)))
        case ast.Attribute(value=value, attr=attr):
            return _attribute(node, value, attr, names, depth)
        case ast.Subscript(value=value):
            return _marks((shape(value, names, depth),))
        case ast.Call():
            return _call(node, names, depth)
        case ast.IfExp(body=body, orelse=orelse):
            return _either((shape(body, names, depth), shape(orelse, names, depth)))
        case ast.BoolOp(values=values):
            return _either(shape(each, names, depth) for each in values)
        case ast.Dict(values=values):
            return _marks(shape(each, names, depth) for each in values[:50])
        case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
            return _marks(shape(each, names, depth) for each in elts[:50])
        case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
            return _comprehended(node, names, depth)
        case ast.Await(value=value) | ast.Starred(value=value) | ast.NamedExpr(value=value):
            return shape(value, names, depth)
        case _:
            return UNKNOWN


def _joined(parts: Iterable[Shape]) -> Shape:
    text, lines = "", frozenset[int]()
    for part in parts:
        if len(text) < _MOST:
            text += part.text
        lines |= part.lines
    return Shape(text[:_MOST], lines)


def _marks(parts: Iterable[Shape]) -> Shape:
    """The strongest mark of several values."""
    parts = list(parts)
    lines = frozenset[int]().union(*(part.lines for part in parts))
    return Shape(next((mark for mark in MARKS if any(mark in part.text for part in parts)), SAFE), lines)


def _either(parts: Iterable[Shape]) -> Shape:
    """The most telling of several values."""
    parts = list(parts)
    return max(
        parts, key=lambda part: (-next((n for n, mark in enumerate(MARKS) if mark in part.text), 9), len(part.text))
    )


def _is_text(node: ast.AST, names: Mapping[str, Shape], depth: int) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    return "%" in shape(node, names, depth).text


def _filled(form: Shape, values: ast.AST, names: Mapping[str, Shape], depth: int) -> Shape:
    """A text with its `%s` filled in."""
    given = values.elts if isinstance(values, ast.Tuple) else [values]
    made = [shape(each, names, depth) for each in given]
    rest = iter(made)
    whole = _marks(made).text if isinstance(values, ast.Dict) or len(made) != form.text.count("%s") else None

    def put(found: re.Match[str]) -> str:
        if found[1] == "%":
            return "%"
        own = whole or next(rest, UNKNOWN).text
        return SAFE if found[1] in "dfieEgGxXo" else own

    lines = form.lines.union(*(each.lines for each in made))
    return Shape(_CONVERSION.sub(put, form.text)[:_MOST], lines)


def _formatted(form: Shape, node: ast.Call, names: Mapping[str, Shape], depth: int) -> Shape:
    """A text with its `{}` filled in."""
    made = [shape(each, names, depth) for each in node.args]
    named = {each.arg or "": shape(each.value, names, depth) for each in node.keywords}
    counter = iter(range(len(made)))

    def put(found: re.Match[str]) -> str:
        inside = found[1]
        if inside == "{":
            return "{"
        key, _, spec = inside.partition(":")
        if spec and _NUMERIC.match(spec):
            return SAFE
        key = re.split(r"[.\[!]", key)[0]
        if key in named:
            return named[key].text
        place = int(key) if key.isdecimal() and len(key) < 4 else next(counter, -1) if not key else -1
        return made[place].text if 0 <= place < len(made) else _marks([*made, *named.values()]).text

    lines = form.lines.union(*(each.lines for each in [*made, *named.values()]))
    return Shape(_FIELD.sub(put, form.text)[:_MOST], lines)


def dotted(node: ast.AST) -> str:
    """The dotted name of an expression, for example `os.path.join`; empty for others."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or len(parts) > 8:
        return ""
    return ".".join([node.id, *reversed(parts)])


def _attribute(node: ast.AST, value: ast.AST, attr: str, names: Mapping[str, Shape], depth: int) -> Shape:
    known = names.get(dotted(node))
    if known is not None:
        return known
    if dotted(node) in ("flask.request", "bottle.request", "self.request"):
        return Shape(WEB)
    if dotted(node) == "sys.argv":
        return Shape(GIVEN)
    inner = shape(value, names, depth)
    if attr in (
        "method",
        "user",
        "remote_addr",
        "content_length",
        "id",
        "pk",
        "endpoint",
        "session",
        "app",
        "db",
        "state",
    ):
        return Shape(SAFE, inner.lines)
    return _marks((inner,))


def _call(node: ast.Call, names: Mapping[str, Shape], depth: int) -> Shape:
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    name = method or (node.func.id if isinstance(node.func, ast.Name) else "")
    receiver = shape(node.func.value, names, depth) if isinstance(node.func, ast.Attribute) else UNKNOWN
    if method == "format" and "{" in receiver.text:
        return _formatted(receiver, node, names, depth)
    if name in ("input", "raw_input") and not method:
        return Shape(TYPED)
    given = [shape(each, names, depth) for each in node.args[:12]]
    everything = [receiver, *given, *(shape(each.value, names, depth) for each in node.keywords[:12])]
    if any(each.arg == "type" for each in node.keywords) and name in ("get", "getlist"):
        return Shape(SAFE, receiver.lines)
    if method == "join":
        return Shape(receiver.text[:20] + _marks(given).text, _marks(everything).lines)
    if _CLEANING.search(name):
        return Shape(SAFE, _marks(everything).lines)
    if name in ("text", "Markup", "dedent", "mark_safe") and given and not method:
        return given[0]
    if method in ("strip", "lstrip", "rstrip", "encode", "lower", "upper", "replace") and len(receiver.text) > 1:
        return receiver
    if name in _PASSING:
        return _marks(everything if name in _ARGUMENTS else [receiver])
    return Shape(SAFE, _marks(everything).lines)


def _comprehended(node: ast.ListComp | ast.GeneratorExp | ast.SetComp, names: Mapping[str, Shape], depth: int) -> Shape:
    inner = dict(names)
    for each in node.generators:
        bind(each.target, _marks((shape(each.iter, inner, depth),)), inner)
    return shape(node.elt, inner, depth)


def bind(target: ast.AST, made: Shape, names: Names) -> None:
    """Gives the names of a target a shape."""
    if isinstance(target, ast.Name):
        names[target.id] = made
    elif isinstance(target, ast.Attribute) and dotted(target):
        names[dotted(target)] = made
    elif isinstance(target, ast.Starred):
        bind(target.value, made, names)
    elif isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            bind(each, _marks((made,)), names)
