"""One probability of abuse of what the experts say and of how the text is written."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.scorers.linear import sigmoid

Floats = NDArray[np.float64]
MANNERS = ("page", "comment", "group", "reply", "assistant")
"""Manners of writing; the model has an expert for each, and then a question for each: is it written so?"""
KINDS = ("sexual", "hateful", "violent", "self-harm")
"""What moderators take a page down for. The expert for pages is four, one of each kind: any of them is enough."""
EXPERTS = (*KINDS, *MANNERS[1:])


def mixed(logits: Floats) -> Floats:
    """One probability of the logits of the experts and of the manners, along the last axis.

    Args:
        logits: Of `EXPERTS`, then of `MANNERS`, shape (..., 13).
    """
    return np.asarray((judged(logits) * shares(logits[..., len(EXPERTS) :])).sum(axis=-1))


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
