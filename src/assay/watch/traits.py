"""What traces are like rather than how well they went: words and vectors whose distribution is watched."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assay.domain.trace import Trace
from assay.scorers.languages import language

TRAITS: Mapping[str, str] = {
    "served_model": "model that the reply names, with its fingerprint",
    "language": "language of the answer",
    "asked_language": "language of the request",
    "finish_reason": "why the last model call ended",
    "tools": "tools that were called",
    "steps": "kinds of steps, each once",
}
"""Words, each with what it says."""
RARE: Mapping[str, str] = {"refusal_reason": "reason that an answer gives for refusing"}
"""Words that few traces have (`watch/spread.py`)."""
INPUTS = "inputs"
"""Name of the vector of a request."""
SIZE = 64
"""Numbers of that vector."""
_READ = 2_000
_TELLING = 200
"""Characters that tell a language."""
_FINGERPRINTS = (
    "openai.response.system_fingerprint", "gen_ai.openai.response.system_fingerprint",
    "gen_ai.response.system_fingerprint", "gen_ai.openai.response.service_tier",
)  # fmt: skip


def traits(trace: Trace) -> Iterator[tuple[str, str]]:
    """The words of a trace: name and value.

    Examples:
        >>> from assay.domain.trace import Step
        >>> step = Step(id="2" * 16, kind="model", name="chat", served_model="m-1")
        >>> dict(traits(Trace(id="1" * 32, steps=(step,))))["served_model"]
        'm-1'
    """
    models = [*trace.of("model")]
    if models:
        last = models[-1]
        fingerprint = next((str(last.attributes[name]) for name in _FINGERPRINTS if last.attributes.get(name)), "")
        yield "served_model", " ".join(filter(None, (last.served_model, fingerprint)))
        yield "finish_reason", last.finish_reason
    answer, asked = trace.answer[:_READ], _asked(trace)
    if answer:
        yield "language", language(answer[:_TELLING])
    if asked:
        yield "asked_language", language(asked[:_TELLING])
    yield "tools", ",".join(sorted({step.call.name for step in trace.of("tool") if step.call is not None}))
    yield "steps", ",".join(sorted({step.kind for step in trace.steps}))


def vector(trace: Trace) -> NDArray[np.float64] | None:
    """The request as a vector: a random projection of its words, of length 1; None without words.

    Source:
        Achlioptas 2003, projections by random signs; here of hashed words, each counted once.
    """
    words = {word for word in _asked(trace).lower().split() if word}
    if not words:
        return None
    total = np.sum([_signs(word[:40]) for word in words], axis=0)
    size = float(np.sqrt(np.square(total).sum()))
    found: NDArray[np.float64] = total / size if size else total
    return found


@lru_cache(maxsize=50_000)
def _signs(word: str) -> NDArray[np.float64]:
    seed = zlib.crc32(word.encode("utf-8", "replace"))
    return np.random.default_rng(seed).choice((-1.0, 1.0), SIZE)


def _asked(trace: Trace) -> str:
    users = [turn.content for turn in trace.asked if turn.role == "user"]
    return users[-1][:_READ] if users else ""
