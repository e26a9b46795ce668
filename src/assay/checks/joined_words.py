"""Turns whose words are joined by capitals, as inWhichPlanetIsTheLargest, and the same with their words apart."""

from __future__ import annotations

import re

import numpy as np

from assay.checks.blocks import Block

FEWEST = 6
"""Small letters or digits before a capital that a turn must hold: with fewer, no run of 13 words is joined in pairs."""
_SEAM = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[0-9])")
_BETWEEN = bytes(
    1 if chr(code).islower() or chr(code).isdigit() else 2 if chr(code).isupper() else 0 for code in range(128)
) + bytes(128)


def apart(text: str) -> str:
    """A text with a blank before each capital or digit with which a word seems to begin.

    Examples:
        >>> apart("WhichPlanet hasMoons")
        'Which Planet has Moons'
        >>> apart("IsATrainOf12Cars")
        'Is A Train Of 12 Cars'
    """
    return _SEAM.sub(" ", text)


def joined(block: Block) -> list[int]:
    """Places of the turns that `apart` would change in enough places to matter, ascending."""
    kinds = np.frombuffer(block.joined.translate(_BETWEEN), np.uint8)
    seams = np.flatnonzero((kinds[:-1] == 1) & (kinds[1:] == 2))
    turns = np.searchsorted(block.ends, seams)
    counts = np.bincount(turns, minlength=len(block.turns))[: len(block.turns)]
    return np.flatnonzero(counts >= FEWEST).tolist()
