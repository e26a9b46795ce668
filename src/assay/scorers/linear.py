"""Small trained text models: hashed n-grams, one linear layer, calibrated; scored with numpy alone.

The coefficients are data (`scorers/coefficients/NAME.npz`, no pickle), made by the scripts in `train/`,
each with a card that holds its sources, licences and measured accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from assay.domain.errors import AssayError
from assay.domain.score import Span
from assay.scorers.hashing import View, buckets_of_many, grams
from assay.scorers.hashing import buckets as buckets_of
from assay.scorers.reading import sentences

Floats = NDArray[np.float64]

_MANY = 32
"""Texts that are read at once: what they touch stays in the processor's cache."""
_COUNTED = (1.0 + np.log(np.maximum(np.arange(4096), 1))).astype(np.float32)
"""1 + log of a count."""
RARITY_STEP = 16.0
"""Rarities are kept as bytes, in steps of 1/16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One linear layer over the n-grams of some texts and a few plain numbers; one logit per question."""

    views: tuple[View, ...]
    """What is read."""
    questions: tuple[str, ...]
    """What each logit answers: `refused`, `partial`."""
    rarity: tuple[NDArray[np.uint8], ...]
    """Per view: inverse document frequency of each bucket, times `RARITY_STEP`; shape (2**bits,)."""
    weights: tuple[NDArray[np.int8], ...]
    """Per view: weight of each bucket for each question, as multiples of `scales`; shape (questions, 2**bits)."""
    scales: Floats
    """Step of the weights, shape (views, questions)."""
    plain: Floats
    """Weights of the plain numbers, shape (questions, numbers)."""
    bias: Floats
    """Shape (questions,)."""
    calibration: Floats
    """Slope and intercept per question, shape (questions, 2): logit = slope * raw + intercept."""

    def logits(self, texts: Mapping[str, str], numbers: Sequence[float] | Floats = ()) -> Floats:
        """Calibrated logits, one per question.

        Args:
            texts: By the fields of the views; an absent one is empty.
            numbers: The plain numbers that the model was trained with, in order.
        """
        raw = self.bias.copy()
        if self.plain.shape[1]:
            raw += self.plain @ np.asarray(numbers, dtype=np.float64)
        for at, view in enumerate(self.views):
            if text := texts.get(view.field, ""):
                raw += self._seen(at, buckets_of(text, view))
        return raw * self.calibration[:, 0] + self.calibration[:, 1]

    def raw_of_many(self, field: str, texts: Sequence[str], question: int) -> Floats:
        """What the n-grams of one field add to the raw logit of a question for many texts, to 1e-4; shape (texts,).

        Only heads are read; numbers, bias and calibration are left to the caller.
        """
        found = np.zeros(len(texts))
        for at, view in enumerate(self.views):
            if view.field == field:
                for begin in range(0, len(texts), _MANY):
                    some = texts[begin : begin + _MANY]
                    found[begin : begin + _MANY] += self._raw_of_some(at, some, question)
        return found

    def _raw_of_some(self, at: int, texts: Sequence[str], question: int) -> Floats:
        bits = self.views[at].bits
        seen, of = buckets_of_many(texts, self.views[at])
        keys = (of << np.uint32(bits)) | seen
        keys.sort()
        fresh = np.ones(len(keys) + 1, np.bool_)
        np.not_equal(keys[1:], keys[:-1], out=fresh[1:-1])
        edges = np.flatnonzero(fresh)
        each = keys[edges[:-1]]
        starts = np.searchsorted(each, np.arange(len(texts) + 1, dtype=np.uint64) << np.uint64(bits))
        some = np.flatnonzero(starts[1:] > starts[:-1])
        found = np.zeros(len(texts))
        if not some.size:
            return found
        places = (each & np.uint32((1 << bits) - 1)).astype(np.intp)
        counts = _COUNTED[np.minimum(edges[1:] - edges[:-1], len(_COUNTED) - 1)]
        values = counts * self.rarity[at].take(places)
        squares = np.add.reduceat(values * values, starts[some])
        values *= self.weights[at][question].take(places)
        sums = np.add.reduceat(values, starts[some]).astype(np.float64)
        found[some] = sums / np.sqrt(np.maximum(squares, 1e-12)) * self.scales[at, question]
        return found

    def probabilities(self, texts: Mapping[str, str], numbers: Sequence[float] = ()) -> Floats:
        """Probability that each question is answered yes, shape (questions,)."""
        return sigmoid(self.logits(texts, numbers))

    def telling(self, field: str, text: str, question: str, most: int = 1, reason: str = "") -> tuple[Span, ...]:
        """The sentences of a text that speak loudest for yes, at most `most`; none when nothing does."""
        heat = np.zeros(len(text) + 1)
        asked = self.questions.index(question)
        for at, view in enumerate(self.views):
            if view.field != field:
                continue
            found = grams(text, view)
            weight = self.weights[at][asked, found.buckets] * self.scales[at, asked]
            each = weight * (self.rarity[at][found.buckets] / RARITY_STEP)
            spread = each / np.maximum(found.ends - found.starts, 1)
            heat += np.bincount(found.starts, weights=spread, minlength=len(heat))
        return _hottest(text, heat, most, reason)

    def _seen(self, at: int, seen: NDArray[np.int64]) -> Floats:
        if not len(seen):
            return np.zeros(len(self.questions))
        places, values = weighted(seen, self.rarity[at])
        found: Floats = (self.weights[at].take(places, axis=1) @ values) * self.scales[at]
        return found


def weighted(buckets: NDArray[np.int64], rarity: NDArray[np.uint8]) -> tuple[NDArray[np.int64], Floats]:
    """The buckets of a text, each once, and their values: 1 + log of the count, times rarity, of length 1.

    Source:
        Salton & Buckley 1988, with sublinear counts.

    Examples:
        >>> at, values = weighted(np.array([2, 0, 2]), np.array([16, 16, 16], dtype=np.uint8))
        >>> at.tolist(), float(np.square(values).sum().round(6))
        ([0, 2], 1.0)
    """
    ordered = buckets.astype(np.uint16 if len(rarity) <= 1 << 16 else np.int64)  # 16 bits sort in linear time
    ordered.sort(kind="stable")
    fresh = np.ones(len(ordered) + 1, dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:-1])
    edges = np.flatnonzero(fresh)
    at = ordered[edges[:-1]].astype(np.int64)
    values = (1.0 + np.log(edges[1:] - edges[:-1])) * (rarity[at] / RARITY_STEP)
    norm = float(np.sqrt(values @ values))
    return at, values / norm if norm > 0 else values


def sigmoid(logits: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow.

    Examples:
        >>> sigmoid(np.array([0.0, 1000.0, -1000.0])).round(9).tolist()
        [0.5, 1.0, 0.0]
    """
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -700.0, 700.0)))


@cache
def model(name: str) -> Model:
    """The trained model of that name; read when it is first used.

    Raises:
        AssayError: Its file is missing or was damaged.
    """
    path = resources.files("assay.scorers") / "coefficients" / f"{name}.npz"
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            return _read({key: kept[key] for key in kept.files})
    except (OSError, ValueError, KeyError) as error:
        raise AssayError(f"coefficients of '{name}' cannot be read: {error}. Install assay again") from error


def saved(made: Model) -> dict[str, NDArray[Any]]:
    """A model as plain arrays, for `numpy.savez_compressed`."""
    header = msgspec.json.encode({"views": made.views, "questions": made.questions})
    arrays: dict[str, NDArray[Any]] = {
        "header": np.frombuffer(header, dtype=np.uint8),
        "scales": made.scales,
        "plain": made.plain,
        "bias": made.bias,
        "calibration": made.calibration,
    }
    for at in range(len(made.views)):
        arrays[f"rarity{at}"] = made.rarity[at]
        arrays[f"weights{at}"] = made.weights[at]
    return arrays


def _read(arrays: Mapping[str, NDArray[Any]]) -> Model:
    header = msgspec.json.decode(arrays["header"].tobytes())
    views = tuple(msgspec.convert(header["views"], list[View]))
    return Model(
        views=views,
        questions=tuple(header["questions"]),
        rarity=tuple(arrays[f"rarity{at}"] for at in range(len(views))),
        weights=tuple(arrays[f"weights{at}"] for at in range(len(views))),
        scales=arrays["scales"],
        plain=arrays["plain"],
        bias=arrays["bias"],
        calibration=arrays["calibration"],
    )


def _hottest(text: str, heat: Floats, most: int, reason: str) -> tuple[Span, ...]:
    cuts = sentences(text)
    total = np.concatenate(([0.0], np.cumsum(heat)))
    scored = [(float(total[end] - total[start]), start, end) for start, end in cuts]
    best = sorted((found for found in scored if found[0] > 0), key=lambda found: -found[0])[:most]
    return tuple(Span(start=start, end=end, reason=reason) for _, start, end in sorted(best, key=lambda f: f[1]))
