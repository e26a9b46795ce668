"""Is the answer in the language that was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.domain.errors import PlanError
from assay.domain.metrics import standard
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score, Span
from assay.domain.trial import Output
from assay.scorers.asked_language import wanted
from assay.scorers.languages import NAMES, SCRIPT_OF, SCRIPTS, guess
from assay.scorers.wording import Wording, wording

_MOST = 20


@dataclass(frozen=True, slots=True)
class _Judgement:
    value: bool | None
    cause: str = ""
    answer: str = ""
    why: str = ""
    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageDrift:
    """Is the answer in another language than asked for?

    Looks for: the language wanted (metadata `answer_language`; else an order in the prompt, "answer in French",
        "translate into Chinese"; else metadata `language`; else the prompt's own language) and the language of the
        answer, code blocks left off: by script for Chinese, Japanese, Korean, Russian, Arabic and Hindi; by little
        words, letters and endings for English, German, French, Spanish, Italian, Portuguese and Dutch. An answer that
        writes more than `mixed` of its letters in a foreign script has drifted too.
    Why: tuning on one language pulls the others towards it; a model that thinks in English starts to answer in it.
    Misses: other languages (Ukrainian passes for Russian, Persian for Arabic, Swedish is unscored or passes for a
        neighbour); a change within Latin script in the minority of an answer; whether a translation is right. Answers
        whose language cannot be told are unscored ("too short"), and prompts whose wanted language cannot ("no
        language asked"). A refusal in another language counts as drift.
    Example: asked "Wo liegt Rom?", "Rome is in the middle of Italy." gives language_drift = true.
    Settings: mixed (0.3).
    Measured: 260 sentences in thirteen languages, and Chinese/English answers: docs/scorers/language_drift.md.
    Source: own.

    Examples:
        >>> asked = Sample(id="1", input="Wo liegt die Stadt Rom?")
        >>> LanguageDrift().score(asked, Output(text="It is in the middle of Italy."))[0].value
        True
        >>> LanguageDrift().score(asked, Output(text="Sie liegt in der Mitte von Italien."))[0].value
        False
    """

    name: ClassVar[str] = "language_drift"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    judges: ClassVar[frozenset[str]] = frozenset({"truncated"})

    mixed: float = 0.3
    """Largest share of letters in scripts that the wanted language is not written in."""

    def __post_init__(self) -> None:
        if not 0 < self.mixed <= 1:
            raise PlanError(f"mixed: expected a share above 0 and up to 1; it is {self.mixed}")

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """`language_drift`."""
        return (standard("language_drift"),)

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """Whether the language is another one."""
        judgement = self._judge(sample, wording(output))
        return (
            Score(
                metric="language_drift",
                value=judgement.value,
                unscored=judgement.cause,
                answer=judgement.answer,
                explanation=judgement.why,
                evidence=judgement.evidence,
                scorer=self.name,
                version=self.version,
            ),
        )

    def _judge(self, sample: Sample, read: Wording) -> _Judgement:
        if read.cause:
            return _Judgement(None, read.cause)
        asked, known_by = wanted(sample)
        if not asked:
            return _Judgement(None, "no language asked")
        said = guess(read.text)
        foreign = said.foreign(asked)
        spoken = said.code or (said.scripts[0][0] if said.scripts and foreign > self.mixed else "")
        if not spoken:
            return _Judgement(None, "too short")
        drifted = spoken != asked or foreign > self.mixed
        why = f"asked for {NAMES[asked]} (by {known_by}), read {NAMES.get(spoken, f'{spoken} script')}"
        if foreign > 0:
            why += f", {foreign:.0%} of the letters in other scripts"
        evidence = _strangers(read, asked) if foreign > 0 else ()
        whole = (read.span(0, min(len(read.text), 200), f"is {spoken}"),) if spoken != asked else ()
        return _Judgement(drifted, "", spoken, why, (evidence or whole) if drifted else ())


def _strangers(read: Wording, asked: str) -> tuple[Span, ...]:
    """Runs of letters in scripts that a language is not written in."""
    others = "".join(letters for script, letters in SCRIPTS.items() if script not in SCRIPT_OF[asked])
    runs = re.finditer(f"[{others}](?:[{others}\\s]*[{others}])?", read.text[:20_000])
    return tuple(
        read.span(run.start(), run.end(), "another script") for run, _ in zip(runs, range(_MOST), strict=False)
    )
