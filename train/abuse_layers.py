"""What mixes the experts of `toxicity`, learned from logits of texts that no expert had seen: gate and weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from assay.scorers.abuse_mixing import EXPERTS, MANNERS, Mixing, traits
from assay.scorers.abuse_signals import NAMES
from assay.scorers.abuse_terse import TOLD
from assay.scorers.linear import sigmoid

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
FREE = 0.3
"""Inverse penalty of the gate, whose inputs are brought to one spread."""
HELD = np.repeat([3.0, 1.0, 3.0, 0.1], [len(MANNERS), len(MANNERS), len(NAMES), len(TOLD)])
"""How much the weights are held to leaving the experts as they are: their slopes, shifts, the forms of groups, and
what a few words tell."""
NEVER = -30.0
"""Bias of a manner of which no text was seen."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of all texts, one a row."""

    logits: Floats
    """Of unseen texts, shape (texts, experts + manners)."""
    layout: Floats
    numbers: Floats
    terse: Floats
    manner: Places
    """Place in `MANNERS`."""
    toxic: NDArray[np.bool_]
    loads: Floats
    """How much each text weighs."""


def mix(told: Told, on: Places, flipped: Places, brief: Told) -> Mixing:
    """Gate and weights, by the texts `on`; the gate also by those `flipped`, whose request is not their own.

    Args:
        told: What is known of all texts.
        on: Places of those that both are learned from.
        flipped: Places of those that the gate is also learned from.
        brief: Own short texts, from which the weights are learned beside the others.
    """
    gate, bias = _gate(told, np.concatenate([on, flipped]))
    plain = Mixing(gate=gate, bias=bias, weights=np.zeros(len(HELD)))
    parts = [(told, on), (brief, np.arange(len(brief.toxic)))]
    given = np.concatenate([_traits(plain, some, at) for some, at in parts])
    loads = np.concatenate([some.loads[at] for some, at in parts])
    truth = np.concatenate([some.toxic[at] for some, at in parts]).astype(np.float64)
    start = np.concatenate([np.ones(len(MANNERS)), np.zeros(len(HELD) - len(MANNERS))])
    found = minimize(_unlikely, start, args=(given, truth, loads / loads.mean(), start), jac=True, method="L-BFGS-B")
    return Mixing(gate=gate, bias=bias, weights=np.round(found.x, 4))


def _traits(plain: Mixing, some: Told, at: Places) -> Floats:
    logits = some.logits[at]
    return traits(logits, plain.shares(logits, some.layout[at]), some.numbers[at], some.terse[at])


def _gate(told: Told, on: Places) -> tuple[Floats, Floats]:
    given = np.hstack([told.logits[on, len(EXPERTS) :], told.layout[on]])
    mean, spread = given.mean(axis=0), given.std(axis=0) + 1e-6
    solver = LogisticRegression(C=FREE, max_iter=2000)
    loads = told.loads[on] / told.loads[on].mean()
    solver.fit((given - mean) / spread, told.manner[on], sample_weight=loads)
    gate, bias = np.zeros((len(MANNERS), given.shape[1])), np.full(len(MANNERS), NEVER)
    gate[solver.classes_] = solver.coef_ / spread
    bias[solver.classes_] = solver.intercept_ - gate[solver.classes_] @ mean
    return np.round(gate, 4), np.round(bias, 4)


def _unlikely(tried: Floats, given: Floats, truth: Floats, loads: Floats, start: Floats) -> tuple[float, Floats]:
    """Minus the log of the likelihood, held to the start, and its gradient."""
    logits, far = given @ tried, tried - start
    cost = (loads * (np.logaddexp(0, logits) - truth * logits)).sum() + (HELD * far * far).sum()
    return float(cost), given.T @ (loads * (sigmoid(logits) - truth)) + 2 * HELD * far
