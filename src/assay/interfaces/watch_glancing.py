"""Traces looked at in several processes, and what was seen in the order of the traces."""

from __future__ import annotations

import io
import multiprocessing
import os
import pickle
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import fields
from itertools import islice
from multiprocessing.process import BaseProcess
from operator import attrgetter
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from assay.domain.errors import AssayError, RunFailed
from assay.domain.sample import Message, ToolCall
from assay.domain.trace import Passage, Step, Trace
from assay.domain.trial import Usage
from assay.interfaces.collecting import collect_seldom
from assay.interfaces.watch_made import asked
from assay.traces.chats import Row, trace_of_row
from assay.traces.files import Replayed
from assay.watch.glance import Broken, Glance, Glancer, Plain, plain, whole
from assay.watch.pipeline import Glances

MOST_JOBS = 8
"""Processes; one that takes in what they saw keeps up with no more."""
_AT_ONCE = 250
"""Traces that a process is given at once."""
_AHEAD = 16
"""How often as many wait for each process: who takes in what they saw does so in strokes, and they go on meanwhile."""


class Asked(NamedTuple):
    """Who looks, as a process of its own makes them anew."""

    plan: Path | None
    """The plan of the watch."""
    segment: Sequence[str]
    """Keys of cohorts; those of the plan when there are none."""
    scorer: Sequence[str]
    """Names of scorers; those of the plan when there are none."""
    policy: Path | None
    """The policy of an agent's steps; that of the plan when there is none."""

    @property
    def readable_again(self) -> bool:
        """Whether its files can be read more than once; a pipe cannot."""
        return all(path is None or path.is_file() for path in (self.plan, self.policy))


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def glancing(who: Asked, jobs: int, here: Glancer, read: Replayed) -> Iterator[Glances]:
    """Who looks at what was read.

    Args:
        who: How processes of their own make who looks.
        jobs: Processes; one is this one.
        here: Who looks in this one.
        read: Hears which rows are traces.

    Raises:
        RunFailed: A process was ended from outside.
    """
    if jobs < 2:
        yield lambda items: _told((_seen(here, *one) for one in items), read)
        return
    others = {*multiprocessing.active_children()}
    pool = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(who,)
    )
    done = False
    try:
        with _undisturbed():
            started = [pool.submit(os.getpid) for _ in range(jobs)]
        wait(started)
        yield lambda items: _told(_in_order(pool, here, items, jobs * _AHEAD), read)
        done = True
    except BrokenProcessPool:
        raise RunFailed(
            f"one of {jobs} processes that look at traces was ended, perhaps for want of memory. "
            "Try again with --jobs 1"
        ) from None
    finally:
        if not done:  # what is half looked at is of no use, and may take long
            for process in multiprocessing.active_children():
                if process not in others:
                    process.terminate()
        pool.shutdown(cancel_futures=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits, and never reaches processes that are begun here: it is for the one that asked."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


Item = tuple[Trace | Row, bool]
"""What is looked at, with whether it was drawn to have its distributions watched."""


class _Sent(NamedTuple):
    """What became of an item."""

    steps: int
    """Steps of a trace that was made of a row; 0 of one that was read as a trace, -1 of a row that is none."""
    seen: Plain
    """What was seen; of a row that is no trace the cause, its place and its number."""


def _seen(glancer: Glancer, item: Trace | Row, distributed: bool) -> _Sent:
    if isinstance(item, Trace):
        return _Sent(0, plain(glancer(item, distributed)))
    trace = trace_of_row(item)
    if isinstance(trace, str):
        return _Sent(-1, (trace, item.place, item.number))
    return _Sent(len(trace.steps), plain(glancer(trace, distributed)))


def _told(sent: Iterable[_Sent], read: Replayed) -> Iterator[Glance | Broken]:
    for steps, seen in sent:
        if steps < 0:
            read.reject(*seen)
            continue
        if steps:
            read.take(steps)
        yield whole(seen)


def _in_order(pool: ProcessPoolExecutor, here: Glancer, items: Iterable[Item], ahead: int) -> Iterator[_Sent]:
    stream = iter(items)
    waiting: deque[Future[list[_Sent]]] = deque()
    while batch := [*islice(stream, _AT_ONCE)]:
        try:
            waiting.append(pool.submit(_looked, _packed(batch)))
        except RecursionError:  # nested too deeply to be sent
            waiting.append(Future())
            waiting[-1].set_result([_seen(here, *one) for one in batch])
        if len(waiting) >= ahead:
            yield from waiting.popleft().result()
    while waiting:
        yield from waiting.popleft().result()


_glancers: list[Glancer] = []
_errors: list[AssayError] = []


def _begin(who: Asked) -> None:
    """Make who looks, once in each process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be held back
    Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()
    collect_seldom()
    try:
        made = asked(who.plan, segment=who.segment, scorer=who.scorer, policy=who.policy)
    except AssayError as error:  # a file that was changed since; told by the first that is to be looked at
        _errors.append(error)
        return
    _glancers.append(Glancer(keys=made.segments.keys, scorers=made.scorers, steps=made.settings.steps))


def _end_with(parent: BaseProcess | None) -> None:
    """End when who asked ends, however that was."""
    if parent is not None:
        parent.join()
        os._exit(1)


def _looked(packed: bytes) -> list[_Sent]:
    if _errors:
        raise _errors[0]
    (glancer,) = _glancers
    return [_seen(glancer, *one) for one in pickle.loads(packed)]


_FIELDS = {kind: tuple(one.name for one in fields(kind)) for kind in (Step, Passage, Message, ToolCall, Usage)}
_VALUES = {kind: attrgetter(*names) for kind, names in _FIELDS.items()}


def _packed(batch: Sequence[Item]) -> bytes:
    """Items to send; frozen records with slots are packed in half the time that pickle takes by itself."""
    written = io.BytesIO()
    pickler = pickle.Pickler(written, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = dict.fromkeys(_FIELDS, _parts)
    pickler.dump(batch)
    return written.getvalue()


def _parts(record: Any) -> tuple[Any, ...]:
    return _record, (type(record), _VALUES[type(record)](record))


def _record(kind: type[Any], values: tuple[Any, ...]) -> Any:
    made = object.__new__(kind)
    for name, value in zip(_FIELDS[kind], values, strict=True):
        object.__setattr__(made, name, value)
    return made
