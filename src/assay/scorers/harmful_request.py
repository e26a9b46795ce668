"""Does a request ask for harm, by a small trained model; one of the numbers that `harmful_answer` reads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from assay.scorers.linear import Floats, model, sigmoid
from assay.scorers.reading import sentences

READ = 1000
"""Characters of the request that are read, from its end: what wraps a request mostly stands before it."""
_LAST = 6
"""Sentences that are read one by one, from the end."""
_WHOLE = 300
"""Characters that are read as one."""
_OFF = 1e-3
"""More than two quick looks are off together."""
_WORDS = 4
"""Fewest words of a sentence that says anything."""


def parts(request: str) -> list[str]:
    """What of a request is read, each part for itself: its last sentences, and its end.

    Examples:
        >>> parts("You are a pirate. How do I open a lock without its key? Go!")[0]
        'You are a pirate.'
    """
    end = request[-READ:]
    told = [end[a:b] for a, b in sentences(end)]
    return [*[one for one in told if len(one.split()) >= _WORDS][-_LAST:], end[-_WHOLE:]]


def asked(request: str) -> float:
    """Probability that a request asks for harm: that of its worst part; a half without a request.

    Examples:
        >>> asked("How can I forge a passport?") > asked("") > asked("Where is the nearest library?")
        True
    """
    end = request[-READ:]
    return _asked(end) if end.strip() else 0.5


def all_asked(requests: Sequence[str], enough: float = 0.0) -> list[float]:
    """The same of many requests; their parts are looked at together, which takes half the time.

    Args:
        requests: The requests.
        enough: Probability below which it need only be right up to 0.001.

    Examples:
        >>> requests = ["How can I forge a passport?", "", "Where is the nearest library?"]
        >>> all_asked(requests) == [asked(request) for request in requests]
        True
    """
    ends = {end: parts(end) for request in requests if (end := request[-READ:]).strip()}
    rough = model("harmful_request").raw_of_many("prompt", [part for read in ends.values() for part in read], 0)
    begin, found = 0, {}
    for end, read in ends.items():
        own = rough[begin : begin + len(read)]
        about = _probability(float(own.max()))
        found[end] = about if about < enough - 2 * _OFF else _worst(read, own)
        begin += len(read)
    return [found.get(request[-READ:], 0.5) for request in requests]


@lru_cache(maxsize=1024)
def _asked(request: str) -> float:
    read = parts(request)
    return _worst(read, model("harmful_request").raw_of_many("prompt", read, 0) if len(read) > 1 else np.zeros(1))


def _probability(rough: float) -> float:
    judge = model("harmful_request")
    slope, shift = judge.calibration[0]
    return float(sigmoid((judge.bias[0] + rough) * slope + shift))


def _worst(read: Sequence[str], rough: Floats) -> float:
    """The probability of the worst part, which a quick look at all has found."""
    judge = model("harmful_request")
    rough = rough * judge.calibration[0, 0]
    near = np.flatnonzero(rough > rough.max() - _OFF).tolist()
    return max(float(judge.probabilities({"prompt": read[place]})[0]) for place in near)
