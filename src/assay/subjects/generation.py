"""Answers written by a model in this process, a batch at a time."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from assay.subjects.past import past
from assay.subjects.prefixes import Prefixes, can_share, run, select

# Taking rows out of a batch copies its cache, so it waits until so many are done.
_DROP_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How a batch is drawn; rows with equal drawings may share one."""

    temperature: float
    """0 is greedy."""
    top_p: float | None
    """Nucleus, when set."""
    stop: tuple[str, ...]
    """Strings that end an answer."""
    logprobs: bool
    """Whether to note the log probability of each token."""


@dataclass(slots=True)
class Row:
    """A prompt and its answer as it grows."""

    prompt: Sequence[int]
    """Token ids."""
    limit: int
    """Longest answer, tokens."""
    dice: random.Random
    """This row's own random numbers, one per token."""
    tokens: list[int] = field(default_factory=list)
    """The answer so far."""
    logprobs: list[float] = field(default_factory=list)
    """Log probability of each of its tokens, when noted."""
    text: str | None = None
    """The finished answer."""
    finish_reason: str = ""
    """stop or length, once it has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A model as a writer."""

    model: Any
    """Causal language model, its adapters set."""
    key: Any
    """The adapters in force."""
    prefixes: Prefixes
    """Caches of shared prefixes."""
    ends: Collection[int]
    """Tokens that end an answer."""
    decode: Callable[[Sequence[int]], str]
    """Tokens to text."""
    stopped: Callable[[], bool]
    """Whether nobody waits any more."""


@torch.inference_mode()
def write(voice: Voice, rows: Sequence[Row], drawing: Drawing, done: Callable[[Row], None]) -> None:
    """Write the answers of a batch; `done` is called with each row as soon as it has ended.

    A row's random numbers are its own, so what is drawn does not depend on which rows
    share the batch, up to the rounding of the model's arithmetic.
    """
    if not can_share(voice.model) and len({len(row.prompt) for row in rows}) > 1:
        for row in rows:
            write(voice, [row], drawing, done)
        return
    batch = _Batch(voice, rows)
    while True:
        tokens, logprobs = _choose(batch, drawing)
        for row, token, logprob in zip(batch.rows, tokens, logprobs, strict=True):
            if not row.finish_reason and _extend(row, token, logprob, voice, drawing):
                done(row)
        going = [at for at, row in enumerate(batch.rows) if not row.finish_reason]
        if not going or voice.stopped():
            return
        if len(going) <= (1 - _DROP_SHARE) * len(batch.rows):
            batch.keep(going)
            tokens = [tokens[at] for at in going]
        batch.step(tokens)


class _Batch:
    """The rows that are still in the tensors, with their cache."""

    def __init__(self, voice: Voice, rows: Sequence[Row]) -> None:
        prompts = [row.prompt for row in rows]
        self.rows = list(rows)
        self.model = voice.model
        self.cache, shared = voice.prefixes.start(voice.model, voice.key, prompts)
        logits, self.mask = run(voice.model, [prompt[shared:] for prompt in prompts], self.cache, shared)
        self.logits = logits[:, -1].float()
        self.places = torch.tensor([[len(prompt)] for prompt in prompts], device=self.mask.device)

    def keep(self, rows: Sequence[int]) -> None:
        chosen = torch.tensor(rows, device=self.mask.device)
        select(self.cache, chosen)
        self.mask, self.places = self.mask[chosen], self.places[chosen]
        self.rows = [self.rows[at] for at in rows]

    def step(self, tokens: Sequence[int]) -> None:
        ids = torch.tensor(tokens, device=self.mask.device)[:, None]
        self.mask = torch.cat([self.mask, self.mask.new_ones((len(tokens), 1))], dim=1)
        made = self.model(
            input_ids=ids,
            attention_mask=self.mask,
            position_ids=self.places,
            use_cache=True,
            logits_to_keep=1,
            **past(self.model, self.cache),
        )
        self.logits = made.logits[:, -1].float()
        self.places = self.places + 1


def _choose(batch: _Batch, drawing: Drawing) -> tuple[list[int], list[float]]:
    logits = batch.logits
    if not bool(torch.isfinite(logits).all()):
        raise FloatingPointError("logits are not finite")
    chosen = logits.argmax(-1) if drawing.temperature == 0 else _drawn(batch, drawing)
    if not drawing.logprobs:
        return chosen.tolist(), [0.0] * len(batch.rows)
    picked = logits.log_softmax(-1).gather(1, chosen[:, None])[:, 0]
    return chosen.tolist(), picked.tolist()


def _drawn(batch: _Batch, drawing: Drawing) -> Any:
    shares = (batch.logits / drawing.temperature).double().softmax(-1)
    order = None
    if drawing.top_p is not None and drawing.top_p < 1:
        shares, order = shares.sort(dim=-1, descending=True, stable=True)
        shares = shares.masked_fill(shares.cumsum(-1) - shares >= drawing.top_p, 0.0)
    heights = shares.cumsum(-1)
    points = torch.tensor([[row.dice.random()] for row in batch.rows], dtype=torch.double, device=heights.device)
    places = torch.searchsorted(heights, points * heights[:, -1:], right=True).clamp(max=heights.shape[-1] - 1)
    return (places if order is None else order.gather(1, places))[:, 0]


def _extend(row: Row, token: int, logprob: float, voice: Voice, drawing: Drawing) -> bool:
    """Add a token; whether the answer has ended by it."""
    if token in voice.ends:
        row.finish_reason, row.text = "stop", voice.decode(row.tokens)
        return True
    row.tokens.append(token)
    if drawing.logprobs:
        row.logprobs.append(logprob)
    if drawing.stop:
        text = voice.decode(row.tokens)
        found = [text.index(word) for word in drawing.stop if word in text]
        if found:
            row.finish_reason, row.text = "stop", text[: min(found)]
            return True
    if len(row.tokens) >= row.limit:
        row.finish_reason, row.text = "length", voice.decode(row.tokens)
    return bool(row.finish_reason)
