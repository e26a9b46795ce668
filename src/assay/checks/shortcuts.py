"""Whether chosen answers can be told from rejected ones without reading them: length, form, place, manner, model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from assay.checks.drawn import Sampled
from assay.checks.shortcut_survey import Column, Survey, survey
from assay.checks.shortcut_words import CODES, Facts, findings_of
from assay.checks.sides import Sides, prompt_key, sides
from assay.checks.surface import FEATURES, Feature, surface, words_of
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.statistics.roots import Floats
from assay.statistics.signs import Signs, signs

__all__ = ["CODES", "Shortcuts"]
_MOST_MODELS = 10
_MOST_NAMES = 1000
_MOST_FILES = 20
_SLOT = Feature(name="position", more="stands first", fewer="stands second", what="the first place")


class Shortcuts:
    """Keeps one small row of numbers for each pair of a sample, and tests all features together at the end."""

    def __init__(self) -> None:
        self._sampled = Sampled()
        self._differences = np.zeros((self._sampled.most, len(FEATURES)), np.float32)
        self._prompts = np.zeros(self._sampled.most, np.int64)
        self._slots = np.zeros(self._sampled.most, np.int8)
        self._models = np.zeros((self._sampled.most, 2), np.int16)
        self._names: dict[str, int] = {"": 0}
        self._files: dict[str, int] = {}
        self._file = np.zeros(self._sampled.most, np.int32)

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        found = sides(row)
        if found is None:
            return
        place = self._sampled.place(row)
        if place is not None:
            self._keep(place, found)
        else:
            self._files.setdefault(row.file, len(self._files))

    def _keep(self, place: int, found: Sides) -> None:
        asked = frozenset(words_of(found.row.asked))
        self._differences[place] = np.subtract(surface(found.chosen, asked), surface(found.rejected, asked))
        self._prompts[place] = prompt_key(found.row)
        self._file[place] = self._files.setdefault(found.row.file, len(self._files))
        self._slots[place] = found.slot
        self._models[place] = [self._number(name) for name in found.models]

    def _number(self, name: str) -> int:
        if name not in self._names and len(self._names) >= _MOST_NAMES:
            return 0
        return self._names.setdefault(name, len(self._names))

    def findings(self) -> Iterator[Finding]:
        """One finding for each feature that decides more than a coin would, and one that says what was looked at."""
        if not len(self._sampled):
            return
        facts = Facts(files=tuple(self._files), seen=self._sampled.seen, longer=tuple(self._longer()))
        yield from findings_of(self.survey(), facts)

    def _longer(self) -> Iterator[tuple[str, Signs]]:
        """For each file how often the longer answer is chosen: files that lean apart hide each other in the sum."""
        many = len(self._sampled)
        for name, number in list(self._files.items())[:_MOST_FILES]:
            own = self._file[:many] == number
            if own.any():
                yield name, signs(self._differences[:many][own, 0], self._prompts[:many][own])

    def survey(self) -> Survey:
        """All tests on the pairs so far."""
        return survey(tuple(self._columns()), self._prompts[: len(self._sampled)])

    def _columns(self) -> Iterator[Column]:
        many = len(self._sampled)
        for number, feature in enumerate(FEATURES):
            yield Column(feature=feature, differences=self._differences[:many, number].astype(np.float64))
        yield Column(feature=_SLOT, differences=self._slots[:many].astype(np.float64), surface=False)
        chosen, rejected = self._models[:many].T
        names = {number: name for name, number in self._names.items()}
        fought = Counter([*chosen[chosen != rejected].tolist(), *rejected[chosen != rejected].tolist()])
        fought.pop(0, None)
        for number, _ in fought.most_common(_MOST_MODELS):
            yield Column(
                feature=_model(names[number]), differences=_against(chosen == number, rejected == number), surface=False
            )


def _against(chosen: NDArray[np.bool_], rejected: NDArray[np.bool_]) -> Floats:
    return chosen.astype(np.float64) - rejected.astype(np.float64)


def _model(name: str) -> Feature:
    return Feature(
        name=f"model {name}", more=f"is by {name}", fewer=f"is not by {name}", what=f"answers by {name}", of="model"
    )
