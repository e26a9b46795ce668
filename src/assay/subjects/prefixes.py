"""Work done once for what many prompts begin with: the key-value cache of a shared prefix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from assay.subjects.choices import common_prefix
from assay.subjects.past import past

# Shorter prefixes cost more to copy than to compute.
_WORTH = 8


@dataclass(slots=True)
class Prefixes:
    """The last shared prefix of each set of adapters, kept between batches."""

    _kept: dict[Any, tuple[tuple[int, ...], Any]] = field(default_factory=dict)

    def start(self, model: Any, key: Any, rows: Sequence[Sequence[int]]) -> tuple[Any, int]:
        """A cache for a batch that already holds what its rows share, and how many tokens that is.

        Args:
            model: A causal language model of transformers, its adapters set.
            key: What makes two caches interchangeable: the adapters in force.
            rows: Token ids of the prompts; at least one token of each is left to run.
        """
        shared = min(common_prefix(rows), min(map(len, rows)) - 1)
        if shared < _WORTH or not can_share(model):
            return DynamicCache(config=model.config), 0
        wanted = tuple(rows[0][:shared])
        tokens, cache = self._kept.get(key, ((), None))
        known = common_prefix([wanted, tokens]) if tokens else 0
        if known < shared and (known < _WORTH or shared - known >= _WORTH):
            cache = _repeated(cache, 1, known) if known >= _WORTH else DynamicCache(config=model.config)
            done = known if known >= _WORTH else 0
            run(model, [wanted[done:]], cache, done)
            self._kept[key] = (wanted, cache)
            known = shared
        return _repeated(cache, len(rows), known), known

    def forget(self) -> None:
        """Give the memory back."""
        self._kept.clear()


def can_share(model: Any) -> bool:
    """Whether every layer attends to everything before it, so that caches may be cut and padded."""
    cache = DynamicCache(config=model.config)
    return bool(all(type(layer) is DynamicLayer for layer in cache.layers))


def run(model: Any, rows: Sequence[Sequence[int]], cache: Any, shared: int, keep: int = 1) -> tuple[Any, Any]:
    """Run prompts after a prefix that is in the cache, padded on the left.

    Returns:
        Logits at the last `keep` columns, shape (rows, keep, vocabulary), and the attention mask.
    """
    width = max(len(row) for row in rows)
    device = model.device
    ids = torch.zeros((len(rows), width), dtype=torch.long)
    mask = torch.ones((len(rows), shared + width), dtype=torch.long)
    places = torch.zeros((len(rows), width), dtype=torch.long)
    for at, row in enumerate(rows):
        gap = width - len(row)
        ids[at, gap:] = torch.tensor(row)
        mask[at, shared : shared + gap] = 0
        places[at, gap:] = torch.arange(shared, shared + len(row))
    mask = mask.to(device)
    made = model(
        input_ids=ids.to(device),
        attention_mask=mask,
        position_ids=places.to(device),
        use_cache=True,
        logits_to_keep=keep,
        **past(model, cache),
    )
    return made.logits[:, -keep:], mask


def select(cache: Any, rows: Any) -> None:
    """Keep these rows of a cache, in this order, in place; a row may be kept more than once."""
    for layer in cache.layers:
        layer.keys = layer.keys.index_select(0, rows)
        layer.values = layer.values.index_select(0, rows)


def _repeated(cache: Any, rows: int, length: int) -> Any:
    copy = DynamicCache()
    for at, layer in enumerate(cache.layers):
        shape = (rows, -1, -1, -1)
        copy.update(
            layer.keys[:, :, :length].expand(*shape).contiguous(),
            layer.values[:, :, :length].expand(*shape).contiguous(),
            at,
        )
    return copy
