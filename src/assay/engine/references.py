"""Answers of the reference, kept until every candidate was compared with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assay.domain.trial import Trial
from assay.engine.schedule import Key
from assay.engine.score import REFERENCE


def key_of(trial: Trial) -> Key:
    """What makes it the same trial."""
    return (trial.subject, trial.task, trial.sample_id, trial.sample_digest, trial.epoch)


def counterpart(trial: Trial) -> Key:
    """Key of the reference's answer to the same question."""
    return key_of(replace(trial, subject=REFERENCE))


class References:
    """Which answers of the reference are at hand, and who waits for those that are not.

    Each candidate comes once for each of them; after the last one it is forgotten, so that
    only what is under way is held in memory.
    """

    def __init__(self, candidates: int) -> None:
        self._candidates = candidates
        self._kept: dict[Key, tuple[Trial, int]] = {}
        self._waiting: dict[Key, list[Key]] = {}

    def arrived(self, trial: Trial) -> Sequence[Key]:
        """Take an answer of the reference; gives the answers that waited for it."""
        key = key_of(trial)
        waited = self._waiting.pop(key, [])
        if len(waited) < self._candidates:
            self._kept[key] = (trial, self._candidates - len(waited))
        return waited

    def of(self, candidate: Trial) -> Trial | None:
        """The reference's answer to the same question; when it is not there, the candidate's is noted as waiting."""
        key = counterpart(candidate)
        if key not in self._kept:
            self._waiting.setdefault(key, []).append(key_of(candidate))
            return None
        trial, left = self._kept.pop(key)
        if left > 1:
            self._kept[key] = (trial, left - 1)
        return trial
