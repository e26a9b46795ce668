"""One probability of abuse of what the experts say and of how the text is written and laid out.

The gate tells the manner: of the model's own five questions and of the layout. The log-odds of the experts are then
added up by the shares of the manners; so an expert that is sure counts for more than one that is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from assay.domain.errors import AssayError
from assay.scorers.abuse_signals import NAMES
from assay.scorers.linear import sigmoid

Floats = NDArray[np.float64]
MANNERS = ("page", "comment", "group", "reply", "assistant")
"""Manners of writing; the model has an expert for each, and then a question for each: is it written so?"""
KINDS = ("sexual", "hateful", "violent", "self-harm")
"""What moderators take a page down for. The expert for pages is four, one of each kind: any of them is enough."""
EXPERTS = (*KINDS, *MANNERS[1:])
SURE = 8.0
"""No expert's log-odds go beyond."""
_GROUP = MANNERS.index("group")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixing:
    """The gate, and what calibrates the experts together; made by `train/toxicity.py`."""

    gate: Floats
    """Weights of the five questions and of the layout for each manner, shape (manners, manners + layout)."""
    bias: Floats
    """Of the gate, shape (manners,)."""
    weights: Floats
    """Of `traits`, shape (2 * manners + NAMES + TOLD,)."""

    def shares(self, logits: Floats, layout: Floats) -> Floats:
        """Shares of the manners along the last axis; they sum to 1."""
        given = np.concatenate([logits[..., len(EXPERTS) :], layout], axis=-1)
        return shares(given @ self.gate.T + self.bias)

    def chance(self, logits: Floats, layout: Floats, numbers: Floats, terse: Floats) -> Floats:
        """Probability of abuse along the last axis.

        Args:
            logits: Of `EXPERTS`, then whether it is written in each of `MANNERS`, shape (..., 13).
            layout: How the text is laid out, as `abuse_layout.layout` tells.
            numbers: The plain numbers of the text, of which the first are those of `abuse_signals.NAMES`.
            terse: What `abuse_terse.terse` tells of it, shape (..., 2).
        """
        return sigmoid(traits(logits, self.shares(logits, layout), numbers, terse) @ self.weights)


def traits(logits: Floats, share: Floats, numbers: Floats, terse: Floats) -> Floats:
    """Each expert's log-odds by its share, the shares, what is said of a group by its share, and how terse it is.

    The last two are weighed anew because of short texts the n-grams are too sure of themselves.
    """
    odds = _odds(logits)
    told = share[..., _GROUP : _GROUP + 1] * numbers[..., : len(NAMES)]
    return np.concatenate([share * odds, share, told, terse], axis=-1)


def _odds(logits: Floats) -> Floats:
    """Log-odds of what is `judged`, cut at `SURE`."""
    none = np.logaddexp(0.0, logits[..., : len(KINDS)]).sum(axis=-1, keepdims=True)  # -log P(of no kind)
    page = np.log(np.expm1(np.minimum(np.maximum(none, 1e-9), 40.0)))
    each = np.concatenate([page, logits[..., len(KINDS) : len(EXPERTS)]], axis=-1)
    return np.asarray(np.minimum(np.maximum(each, -SURE), SURE))


def judged(logits: Floats) -> Floats:
    """Probability of abuse, were the text written in each manner, along the last axis; a page by any of its kinds.

    Examples:
        >>> judged(np.array([-9.0, 9.0, -9.0, -9.0, -9.0, 9.0, -9.0, -9.0])).round(2).tolist()
        [1.0, 0.0, 1.0, 0.0, 0.0]
    """
    each = sigmoid(logits[..., : len(EXPERTS)])
    page = 1.0 - np.prod(1.0 - each[..., : len(KINDS)], axis=-1, keepdims=True)
    return np.concatenate([page, each[..., len(KINDS) :]], axis=-1)


def shares(logits: Floats) -> Floats:
    """Shares of the manners, along the last axis.

    Examples:
        >>> shares(np.array([0.0, 0.0])).tolist()
        [0.5, 0.5]
    """
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@cache
def mixing() -> Mixing:
    """The one that ships; read when it is first used.

    Raises:
        AssayError: Its file is missing or was damaged.
    """
    path = resources.files("assay.scorers") / "coefficients" / "toxicity_mixing.npz"
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            return Mixing(gate=kept["gate"], bias=kept["bias"], weights=kept["weights"])
    except (OSError, ValueError, KeyError) as error:
        raise AssayError(f"the mixing of 'toxicity' cannot be read: {error}. Install assay again") from error
