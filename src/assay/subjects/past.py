"""The cache of keys and values, by the name under which this transformers takes it."""

from __future__ import annotations

import inspect
from typing import Any


def past(model: Any, kept: Any) -> dict[str, Any]:
    """The cache as a keyword for `model(...)`: `cache` since transformers 5.24, `past_key_values` before."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model  # an adapter's own forward hides it
    name = "cache" if "cache" in inspect.signature(type(inner).forward).parameters else "past_key_values"
    return {name: kept}
