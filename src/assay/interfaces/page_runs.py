"""What the page shows of run folders, ledgers and canaries, and what reviewers write there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.domain.errors import AssayError, ConfigurationError
from assay.domain.people import Label
from assay.engine.queue import Item, queue, state_of
from assay.interfaces.reviewing import opened_run, said
from assay.interfaces.showing import answer_text
from assay.store.canary_state import NAME as CANARY
from assay.store.canary_state import CanaryState
from assay.store.deliveries import Deliveries
from assay.store.ledger.book import NAME as LEDGER
from assay.store.ledger.book import Ledger
from assay.store.ledger.check import examine
from assay.store.ledger.people import people
from assay.web.shown import BookLine, ChannelLine, Review, RunLine

VERDICT = "verdict.json"
LAST = 12
"""Entries of a ledger that are shown."""
DRAWN = 20
"""Answers of a run that are drawn at random for the queue, as in `assay review`."""
_LARGEST = 64 * 1024 * 1024


@dataclass(slots=True, kw_only=True)
class RunsSide:
    """Run folders, ledgers, canaries."""

    folder: Path
    """State folder of the watch."""
    runs_at: Sequence[Path] = ()
    """Run folders that are shown and reviewed."""
    canaries_at: Sequence[Path] = ()
    """Folders of canaries."""
    trouble: Callable[[], str] = lambda: ""
    """What goes wrong with telling people at all."""
    _queues: dict[Path, tuple[tuple[int, ...], list[Review]]] = field(default_factory=dict)
    _books: dict[Path, tuple[tuple[int, ...], BookLine]] = field(default_factory=dict)

    def runs(self) -> Sequence[RunLine]:
        """Audits with their verdicts, the last decided first."""
        return sorted((_run(one) for one in self.runs_at), key=lambda line: line.ended, reverse=True)

    def reviews(self) -> Sequence[Review]:
        """The queues of all runs."""
        return [one for folder in self.runs_at for one in self._queue(folder)]

    def _queue(self, folder: Path) -> list[Review]:
        """A run's queue; read anew when the run or its ledger changed, as reading it takes long."""
        stamp = _stamp(folder / "run.sqlite", folder / LEDGER)
        held = self._queues.get(folder)
        if held is None or held[0] != stamp:
            try:
                with opened_run(folder) as (plan, run):
                    labels = people(run).labels()
                    items = [_review(folder, one, labels.get(one.id, {})) for one in queue(plan, run, drawn=DRAWN)]
            except AssayError:  # told on the page of audits
                items = []
            held = self._queues[folder] = (stamp, items)
        return held[1]

    def judge(self, run: str, item: str, *, label: Label, reason: str, by: str) -> None:
        """A person's word on an answer: what `assay review RUN judge` does.

        Raises:
            ConfigurationError: There is no such run here, or no such item in it.
        """
        folder = next((one for one in self.runs_at if one.name == run), None)
        if folder is None:
            raise ConfigurationError(f"no run '{run[:80]}' is shown here")
        said(folder, item, label, reason, by)

    def canaries(self) -> Sequence[Mapping[str, Any]]:
        """Decisions of canaries, each with those before it."""
        return [made for one in self.canaries_at for made in _canary(one)]

    def books(self) -> Sequence[BookLine]:
        """The watch's ledger and those of runs."""
        named = [("watch", self.folder), *((one.name, one) for one in self.runs_at)]
        return [self._book(name, at / LEDGER) for name, at in named if (at / LEDGER).is_file()]

    def _book(self, name: str, path: Path) -> BookLine:
        stamp = _stamp(path, path.with_name(path.name + "-wal"))
        held = self._books.get(path)
        if held is None or held[0] != stamp:
            held = self._books[path] = (stamp, _examined(name, path))
        return held[1]

    def channels(self) -> Sequence[ChannelLine]:
        """How the channels of alerts do."""
        trouble = self.trouble()
        wrong = [ChannelLine(name="all of them", kind="", problem=trouble)] if trouble else []
        return wrong + [
            ChannelLine(
                name=one.name, kind=one.kind, sent=one.sent, failed=one.failed, waiting=one.waiting,
                dropped=one.dropped, limited=one.limited, problem=one.problem, at=one.at,
            )
            for one in Deliveries(self.folder).all()
        ]  # fmt: skip


def _stamp(*paths: Path) -> tuple[int, ...]:
    found = [path.stat() for path in paths if path.is_file()]
    return tuple(number for one in found for number in (one.st_mtime_ns, one.st_size))


def _run(folder: Path) -> RunLine:
    try:
        path = folder / VERDICT
        if path.stat().st_size > _LARGEST:
            raise ValueError("is too large")
        told = json.loads(path.read_text(encoding="utf-8"))
        each = told.get("verdicts", [told])
        return RunLine(
            name=folder.name,
            decision=str(told["decision"]),
            candidates=[
                (str(one["candidate"]["name"]), str(one["decision"]), str(next(iter(one["reasons"]), "")))
                for one in each
            ],
            ended=_decided(folder),
            valid_until=min((str(one.get("valid_until") or "") for one in each), default=""),
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return RunLine(name=folder.name, decision="", problem=f"no verdict can be read: {type(error).__name__}")


def _decided(folder: Path) -> str:
    """When the ledger says that it was decided last."""
    try:
        with Ledger(folder) as ledger:
            return max((one.at for one in ledger.entries("decided")), default="")
    except AssayError:
        return ""


def _review(folder: Path, one: Item, words: Mapping[str, str]) -> Review:
    return Review(
        run=folder.name, id=one.id, why=one.why, where=f"{one.task}/{one.sample.id}", candidate=one.candidate,
        score=one.score, asked=one.sample.prompt, reference=answer_text(one.reference), answer=answer_text(one.answer),
        state=state_of(words), words=dict(words),
    )  # fmt: skip


def _canary(folder: Path) -> Iterator[Mapping[str, Any]]:
    if not (folder / CANARY).is_file():
        return
    try:
        with CanaryState(folder) as state:
            path = [body for _, body, _ in state.decisions()][::-1]
    except AssayError:
        return
    if path:
        yield {**path[0], "path": path[:50]}


def _examined(name: str, path: Path) -> BookLine:
    try:
        with Ledger(path) as ledger:
            found = examine(ledger, None, [])
            last = [*ledger.entries(after=max(found.entries - LAST, 0))]
    except AssayError as error:
        return BookLine(name=name, problems=(str(error),))
    return BookLine(
        name=name,
        entries=found.entries,
        signed=found.signed,
        key=found.signer.keyid if found.signer else "",
        root=found.head.root.hex() if found.head else "",
        kinds=dict(sorted(found.kinds.items())),
        last=[(one.seq, one.at, one.kind, str(one.data.get("by", ""))[:100]) for one in reversed(last)],
        problems=[f"{one.code}: {one.message}" for one in found.problems[:20]],
    )
