"""One probability of abuse of what the experts say and of how the text is written."""

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
_GROUP = MANNERS.index("group")
_SURE = 6.0
"""Logits beyond this count as this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """What the mixture gets wrong, learned from texts that no expert had seen: added to its logit."""

    weights: Floats
    """Of `traits`, shape (traits,)."""
    shift: float
    """Added to all."""


def mixed(logits: Floats, numbers: Floats, mending: Mending | None = None) -> Floats:
    """One probability of the logits of the experts and of the manners, along the last axis.

    Args:
        logits: Of `EXPERTS`, then of `MANNERS`, shape (..., 13).
        numbers: The plain numbers of the texts, of which the first are those of `NAMES`; shape (..., n).
        mending: The shipped one by default.
    """
    known = mending or shipped()
    return sigmoid(mixture(logits) + traits(logits, numbers) @ known.weights + known.shift)


def mixture(logits: Floats) -> Floats:
    """Logit of the experts' probability by the shares of the manners, along the last axis."""
    return _logit((judged(logits) * shares(logits[..., len(EXPERTS) :])).sum(axis=-1), 20.0)


def traits(logits: Floats, numbers: Floats) -> Floats:
    """What the mending weighs: shares, shares times the experts' logits, the share of groups times its numbers."""
    share, each = shares(logits[..., len(EXPERTS) :]), _logit(judged(logits), _SURE)
    crossed = (share[..., :, None] * each[..., None, :]).reshape(*share.shape[:-1], -1)
    told = share[..., _GROUP : _GROUP + 1] * numbers[..., : len(NAMES)]
    return np.concatenate([share, crossed, told], axis=-1)


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


def _logit(chances: Floats, most: float) -> Floats:
    least = sigmoid(np.array(-most))
    cut = np.clip(chances, least, 1.0 - least)
    return np.asarray(np.log(cut / (1.0 - cut)))


@cache
def shipped() -> Mending:
    """The mending that `train/toxicity.py` found."""
    path = resources.files("assay.scorers") / "coefficients" / "toxicity_mending.npz"
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            return Mending(weights=kept["weights"], shift=float(kept["shift"]))
    except (OSError, ValueError, KeyError) as error:
        raise AssayError(f"the mending of 'toxicity' cannot be read: {error}. Install assay again") from error
