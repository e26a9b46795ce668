"""Mappings to frameworks: the bundled ones, read strictly."""

from __future__ import annotations

from importlib import resources
from typing import Any

import yaml

from assay.domain.errors import DataError
from assay.domain.mapping import Control, Framework

_KEYS = {"framework", "version", "note", "controls"}
_CONTROL = {"id", "says", "evidence", "out_of_scope"}
_EVIDENCE = ("metric:", "finding:", "fact:")


def frameworks() -> tuple[Framework, ...]:
    """The frameworks that ship, by file name.

    Raises:
        DataError: A file says something that is no mapping.
    """
    root = resources.files("assay") / "packs" / "mappings"
    files = sorted((one for one in root.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    return tuple(framework(one.name.removesuffix(".yaml"), one.read_text(encoding="utf-8")) for one in files)


def framework(key: str, text: str) -> Framework:
    """A framework from its YAML.

    Raises:
        DataError: Unknown keys, no controls, two of one id, evidence of an unknown kind.
    """
    held: Any = yaml.safe_load(text)
    if not isinstance(held, dict) or held.keys() - _KEYS or not held.get("controls"):
        raise DataError(f"{key}.yaml: a mapping holds {', '.join(sorted(_KEYS))}")
    controls = tuple(_control(f"{key}.yaml: controls[{index}]", one) for index, one in enumerate(held["controls"]))
    ids = [one.id for one in controls]
    twice = {one for one in ids if ids.count(one) > 1}
    if twice:
        raise DataError(f"{key}.yaml: '{min(twice)}' stands twice")
    return Framework(
        key=key,
        name=str(held["framework"]),
        version=str(held["version"]),
        note=" ".join(str(held.get("note") or "").split()),
        controls=controls,
    )


def _control(place: str, held: Any) -> Control:
    if not isinstance(held, dict) or held.keys() - _CONTROL or not held.get("id"):
        raise DataError(f"{place}: a control holds {', '.join(sorted(_CONTROL))}")
    evidence = tuple(str(one) for one in held.get("evidence") or ())
    wrong = [one for one in evidence if not one.startswith(_EVIDENCE)]
    if wrong:
        raise DataError(f"{place}: evidence '{wrong[0]}' begins with none of {', '.join(_EVIDENCE)}")
    outside = str(held.get("out_of_scope") or "")
    if bool(evidence) == bool(outside):
        raise DataError(f"{place}: a control has either evidence or the reason why it is out of scope")
    return Control(id=str(held["id"]), says=str(held.get("says") or ""), evidence=evidence, out_of_scope=outside)
