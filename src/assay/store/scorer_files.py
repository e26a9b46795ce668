"""Scorers in their saved form: files that they name are read into it, so that they are registered with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from assay.domain.errors import PlanError
from assay.store.behaviours import behaviour_in, plain_behaviour, read_behaviour
from assay.store.contracts import contract_in, plain_contract, read_contract
from assay.store.sources import Source, existing, file_digest, pinned
from assay.store.step_policies import plain_step_policy, read_step_policy, step_policy_in

Where = tuple[str | int, ...]
Spec = dict[str, Any]

_STAGES = ("first", "then")
"""Keys of a scorer that hold another scorer."""


def scorer_spec(item: str | Mapping[str, Any], source: Source, where: Where) -> Spec:
    """The saved form of a scorer as a plan names it.

    Raises:
        PlanError: A file that it names is not there or cannot be read.
        DataError: A file is not the one that the plan expects.
    """
    spec: Spec = {"type": item} if isinstance(item, str) else dict(item)
    for key, read in _FILES.items():
        if spec.get(key):
            read(spec, source, (*where, key))
    for key in _STAGES:
        if isinstance(spec.get(key), Mapping):
            spec[key] = scorer_spec(spec[key], source, (*where, key))
    return spec


def _schema(spec: Spec, source: Source, where: Where) -> None:
    if isinstance(spec["schema"], str):
        path = existing(source, spec["schema"], where)
        try:
            spec["schema"] = json.loads(path.read_bytes())
        except ValueError as error:
            raise PlanError(f"{source.document.place(where)}: {path.name} is not JSON: {error}") from error


def _policy(spec: Spec, source: Source, where: Where) -> None:
    policy = spec["policy"]
    if spec.get("type") == "steps":
        if isinstance(policy, str):
            spec["policy"] = plain_step_policy(read_step_policy(existing(source, policy, where)))
        elif isinstance(policy, Mapping):
            spec["policy"] = plain_step_policy(step_policy_in(source.document, policy, where))
    elif isinstance(policy, str):
        spec["policy"] = plain_contract(read_contract(existing(source, policy, where)))
    elif isinstance(policy, Mapping):
        spec["policy"] = plain_contract(contract_in(source.document, policy, where))


def _contract(spec: Spec, source: Source, where: Where) -> None:
    contract = spec["contract"]
    if isinstance(contract, str):
        spec["contract"] = plain_behaviour(read_behaviour(existing(source, contract, where)))
    elif isinstance(contract, Mapping):
        spec["contract"] = plain_behaviour(behaviour_in(source.document, contract, where))


def _rubric(spec: Spec, source: Source, where: Where) -> None:
    place = source.document.place(where)
    if "rubric" in spec:
        raise PlanError(f"{place}: give rubric or rubric_file, not both")
    path = existing(source, str(spec.pop("rubric_file")), where)
    try:
        spec["rubric"] = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise PlanError(f"{place}: {path.name} is not a text in UTF-8: {error}") from error


def _corpus(spec: Spec, source: Source, where: Where) -> None:
    """A corpus may be large: its digest is registered, not its text."""
    path = existing(source, str(spec["corpus"]), where)
    pinned(path, spec.get("corpus_sha256") or None, source, (*where[:-1], "corpus_sha256"))
    spec |= {"corpus": str(path), "corpus_sha256": file_digest(path)}


_FILES: Mapping[str, Callable[[Spec, Source, Where], None]] = {
    "schema": _schema,
    "policy": _policy,
    "contract": _contract,
    "rubric_file": _rubric,
    "corpus": _corpus,
}
"""Settings that name files, and how each is read."""
