"""YAML documents with places: what stands where, and what is wrong with it.

Only JSON-like YAML is understood: `true` and `false` are booleans and `yes` is a
word; no dates, no base-60 numbers, no anchors that expand, no repeated keys.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pydantic
import yaml

from assay.domain.errors import PlanError

Model = TypeVar("Model", bound=pydantic.BaseModel)
_LARGEST = 4 * 1024 * 1024


class _Loader(yaml.SafeLoader):
    """SafeLoader that knows JSON's scalars only."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("int", r"^-?(?:0|[1-9][0-9_]*)$", "-0123456789"),
    ("float", r"^-?(?:[0-9][0-9_]*\.[0-9]+(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.[0-9]+)$", "-.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain values, and the line of each key."""

    path: Path
    """The file."""
    value: Any
    """Mappings, lists, strings, numbers, booleans, None."""
    lines: Mapping[tuple[str | int, ...], int]
    """Line (from 1) of every key and list item, by its path."""

    def place(self, where: Sequence[str | int]) -> str:
        """`plan.yaml:12: gate.rules[2].kind`, with the nearest line known."""
        keys = tuple(where)
        line = next((self.lines[keys[:n]] for n in range(len(keys), -1, -1) if keys[:n] in self.lines), 1)
        return f"{self.path.name}:{line}: {dotted(keys)}".rstrip(": ")


def dotted(keys: Sequence[str | int]) -> str:
    """A path of keys as people write it.

    Examples:
        >>> dotted(("gate", "rules", 2, "kind"))
        'gate.rules[2].kind'
    """
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text


def read_document(path: Path) -> Document:
    """A YAML (or JSON) file.

    Raises:
        PlanError: Not there, too large, not YAML, or a key stands twice.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise PlanError(f"{path}: larger than {_LARGEST // 1024 // 1024} MiB; is this a dataset?")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlanError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except OSError as error:
        raise PlanError(f"{path}: cannot be read: {error.strerror or error}") from error
    return parse_document(text, path)


def parse_document(text: str, path: Path) -> Document:
    """The same from text; `path` serves messages and relative file names."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise PlanError(f"{path.name}: empty")
        lines: dict[tuple[str | int, ...], int] = {}
        _walk(node, (), lines, path)
        return Document(path, loader.construct_document(node), lines)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PlanError(f"{path.name}:{line}: not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise PlanError(f"{path.name}: not YAML: {error}") from error


def _walk(node: yaml.Node, where: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int], path: Path) -> None:
    lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(key.value)
            if (*where, name) in lines:
                first = lines[*where, name]
                line = key.start_mark.line + 1
                raise PlanError(f"{path.name}:{line}: {dotted((*where, name))} stands already on line {first}")
            lines[*where, name] = key.start_mark.line + 1
            _walk(value, (*where, name), lines, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*where, index), lines, path)


def checked(document: Document, model: type[Model], within: tuple[str | int, ...] = ()) -> Model:
    """The document as a validated model.

    Raises:
        PlanError: One line per problem: where, what was seen, what was expected.
    """
    try:
        return model.model_validate(document.value)
    except pydantic.ValidationError as error:
        problems = [_problem(document, model, item) for item in error.errors()]
        raise PlanError("\n".join(dict.fromkeys(problems))) from error


_WORDS = {
    "string_type": "expected text",
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "dict_type": "expected a mapping",
    "model_type": "expected a mapping",
    "model_attributes_type": "expected a mapping",
    "missing": "is required",
}


def _problem(document: Document, model: type[pydantic.BaseModel], item: Any) -> str:
    kind = item["type"]
    where = _real(document.value, item["loc"], absent=kind == "missing")
    if kind == "union_tag_not_found":
        return f"{document.place((*where, 'type'))}: {_WORDS['missing']}"
    place = document.place(where)
    if kind == "extra_forbidden":
        return f"{place}: unknown key.{_nearest(str(where[-1]), _known(model, item['loc'][:-1]))}"
    if kind == "union_tag_invalid":
        tags = item["ctx"]["expected_tags"].replace("'", "")
        return f"{place}: expected type {tags}; found '{item['ctx']['tag']}'"
    if kind == "missing":
        return f"{place}: {_WORDS[kind]}"
    if kind == "value_error" and where[-1:] == ("url",):  # it may hold a password
        return f"{place}: {item['msg'].removeprefix('Value error, ')}"
    seen = item.get("input")
    expected = _WORDS.get(kind) or item["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if kind in {"literal_error", "enum"}:
        expected = "expected " + expected
    return f"{place}: {expected}; found {_shown(seen)}"


def _real(value: Any, where: Sequence[str | int], *, absent: bool) -> tuple[str | int, ...]:
    """Drops what pydantic adds to a path for unions: the names of their members. `absent`: the last key is missed."""
    real: list[str | int] = []
    for index, key in enumerate(where):
        last = absent and index == len(where) - 1
        if isinstance(value, dict) and (key in value or last):
            real.append(key)
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            real.append(key)
            value = value[key]
    return tuple(real)


def _known(model: type[pydantic.BaseModel], where: Sequence[str | int]) -> list[str]:
    """Keys allowed at a place, found by walking the JSON Schema."""
    schema = model.model_json_schema()
    options = [schema]
    for key in where:
        step: list[Any] = []
        for option in _expanded(options, schema):
            if isinstance(key, int):
                step.append(option.get("items", {}))
            elif key in option.get("properties", {}):
                step.append(option["properties"][key])
            elif key in str(option.get("properties", {}).get("type", {}).get("const", "")) or key == option.get(
                "title"
            ):
                step.append(option)
            elif isinstance(option.get("additionalProperties"), dict):
                step.append(option["additionalProperties"])
        options = step or options
    return sorted({name for option in _expanded(options, schema) for name in option.get("properties", {})})


def _expanded(options: Sequence[Any], schema: Mapping[str, Any]) -> list[Any]:
    out: list[Any] = []
    todo = list(options)
    while todo:
        option = todo.pop()
        if "$ref" in option:
            todo.append(schema["$defs"][option["$ref"].rsplit("/", 1)[-1]])
        inner = [*option.get("anyOf", ()), *option.get("oneOf", ()), *option.get("allOf", ())]
        todo.extend(inner)
        if not inner:
            out.append(option)
    return out


def _nearest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    return f"{hint} Known: {', '.join(known)}" if known else hint


def _shown(value: Any) -> str:
    text = f"'{value}'" if isinstance(value, str) else "nothing" if value is None else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
