"""Whether an answer is no answer at all, by the scorer of preferences' own reading of incoherence."""

from __future__ import annotations

from assay.scorers.incoherence import READ, incoherent

_FEW = 24
"""Different words up to which a text may be one run said over and over."""


def nonsense(text: str) -> str:
    """What makes a text no answer: `empty`, `marks only`, a run over and over; nothing when it may be one.

    Examples:
        >>> nonsense(" "), nonsense("..."), nonsense("so on and " * 20), nonsense("Relevant")
        ('empty', 'marks only', 'one run of 3 words over and over', '')
    """
    head = text[:READ].strip()
    if not head:
        return "empty" if not text.strip() else ""
    if "\ufffd" in head or len(set(head.split())) <= _FEW:
        return incoherent(head)
    return ""
