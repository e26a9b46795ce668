"""The cache of keys and values, by the name under which this transformers takes it."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any


def past(model: Any, kept: Any) -> dict[str, Any]:
    """The cache as a keyword for `model(...)`: `cache` since transformers 5.24, `past_key_values` before."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model  # an adapter's own forward hides it
    return {_name(type(inner)): kept}


@cache
def _name(kind: Any) -> str:
    return "cache" if "cache" in inspect.signature(kind.forward).parameters else "past_key_values"
