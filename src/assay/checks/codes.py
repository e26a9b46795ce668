"""The codes of all findings that checks can make, gathered from what they declare; with those that a suite gets."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache

import assay.checks
from assay.checks.catalogue import CHECKS
from assay.domain.findings import CONTAMINATED_SUITE, UNDER_COVERED


@cache
def codes() -> tuple[str, ...]:
    """All codes, in the order of the alphabet.

    A module declares them as `Defect`s or their like (a code with a remediation), alone or in a mapping or tuple, or as
    `CODES` where its findings are made otherwise.

    Examples:
        >>> [code for code in codes() if code.startswith("contamination.key")]
        ['contamination.key']
    """
    found = {code for name in _modules() for code in _declared(vars(importlib.import_module(name)))}
    return tuple(sorted({*found, CONTAMINATED_SUITE, UNDER_COVERED}))


def codes_of(module: str) -> tuple[str, ...]:
    """Codes that the module of a check declares, and those of the modules beside it that it takes something from and
    that are no check themselves.

    Examples:
        >>> codes_of("assay.checks.triggers")
        ('safety.trigger', 'safety.trigger_sampled')
    """
    names = vars(importlib.import_module(module))
    taken = {str(getattr(value, "__module__", "")) for value in names.values()}
    others = {entry.target.split(":")[0] for entry in CHECKS.values()}
    near = sorted(one for one in taken - others if one.startswith("assay.checks."))
    found = [*_declared(names), *(code for one in near for code in _declared(vars(importlib.import_module(one))))]
    return tuple(dict.fromkeys(found))


def _modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(assay.checks.__path__, "assay.checks."):
        yield module.name


def _declared(names: Mapping[str, object]) -> Iterator[str]:
    for name, value in names.items():
        if name == "CODES" and isinstance(value, tuple):
            yield from value
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        for one in inside:
            code = getattr(one, "code", None)
            if isinstance(code, str) and hasattr(one, "remediation"):
                yield code
