"""JSON Schemas, compiled once and never fetched from anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import validator_for
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from assay.domain.digest import canonical
from assay.domain.errors import PlanError
from assay.scorers.beginnings import Beginning


class Schema:
    """A schema that values are held against.

    Raises:
        PlanError: It is not a valid JSON Schema.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        kind = validator_for(document, default=Draft202012Validator)
        try:
            kind.check_schema(dict(document))
        except SchemaError as error:
            place = "/".join(str(part) for part in error.absolute_path) or "its top"
            raise PlanError(f"not a JSON Schema at {place}: {error.message[:200]}") from None
        _check_references(document)
        # An empty registry: a `$ref` to another address is an error and never a download.
        self._validator = kind(document, registry=Registry())

    def fault(self, value: Any) -> str:
        """What is most wrong with the value; empty when it keeps the schema."""
        try:
            error = best_match(self._validator.iter_errors(value))
        except RecursionError:
            return "nested too deeply to be held against the schema"
        if error is None:
            return ""
        place = "/".join(str(part) for part in error.absolute_path)
        return f"{place or 'the value'}: {error.message[:200]}"

    def fault_so_far(self, begun: Beginning) -> str:
        """What is wrong with a value that was cut off and could not be mended by going on; empty when nothing is."""
        try:
            errors = [e for e in self._validator.iter_errors(begun.value) if _for_good(e, begun)]
            error = best_match(iter(errors))
        except RecursionError:
            return ""
        if error is None:
            return ""
        place = "/".join(str(part) for part in error.absolute_path)
        return f"{place or 'the value'}: {error.message[:200]}"


_FOR_GOOD = frozenset({"additionalProperties", "maxItems", "maxProperties", "propertyNames", "type", "uniqueItems"})
"""Keywords that a longer value cannot satisfy when a shorter one does not."""


def _for_good(error: ValidationError, begun: Beginning) -> bool:
    path = tuple(error.absolute_path)
    if path not in begun.unfinished:
        return True
    if error.validator == "uniqueItems":  # equal so far: the last of them may become another
        return not any(open_[: len(path)] == path and len(open_) > len(path) for open_ in begun.unfinished)
    if error.validator in ("const", "enum"):
        allowed: Any = error.validator_value
        wanted = [allowed] if error.validator == "const" else list(allowed)
        return not any(begun.may_become(error.instance, whole, path) for whole in wanted)
    return error.validator in _FOR_GOOD


def _check_references(document: Mapping[str, Any]) -> None:
    resource: Resource[Any] = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(resource.id() or "", resource).crawl()
    resolver = registry.resolver(base_uri=resource.id() or "")
    for reference in _references(document):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            raise PlanError(
                f"not a JSON Schema: cannot resolve {reference[:80]!r}; references must stay inside it"
            ) from None


def _references(node: Any) -> Iterator[str]:
    todo = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, Mapping):
            reference = part.get("$ref")
            if isinstance(reference, str):
                yield reference
            todo.extend(part.values())
        elif isinstance(part, list):
            todo.extend(part)


@lru_cache(maxsize=512)
def _compiled(document: bytes) -> Schema | None:
    try:
        return Schema(json.loads(document))
    except PlanError:
        return None


def compiled(document: Mapping[str, Any]) -> Schema | None:
    """The schema of a sample, from a small store of those seen; None when it is not a valid schema."""
    try:
        return _compiled(canonical(document))
    except (TypeError, ValueError):
        return None
