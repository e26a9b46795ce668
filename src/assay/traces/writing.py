"""One thread that writes what arrives, many requests in one transaction; nobody is told yes before it is on disk."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from assay.domain.span import Arrived
from assay.traces.hot import HotTraces

MOST_WAITING = 20_000
"""Spans that may wait; beyond them requests are turned away until there is room."""
BATCH = 5_000
"""Spans after which a transaction is closed."""
CHECKPOINT_S = 0.5
"""Seconds between two times at which what was written is moved into the file itself, beside the writing."""
PATIENCE_S = 0.002
"""How long the thread waits for company once a request is there."""

UNSTORABLE = (UnicodeError, ValueError, TypeError, ArithmeticError, RecursionError)
"""What a request raises that can never be stored, whoever sends it again."""


class Full(Exception):
    """There is no room; the exporter should come again later."""


class Writer:
    """Takes requests from any thread, and writes them with one.

    Attributes:
        waiting: Spans that wait to be written.
        failed: What the last transaction failed with; empty while all is well.
    """

    def __init__(
        self,
        store: HotTraces,
        most_waiting: int = MOST_WAITING,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.waiting = 0
        self.failed = ""
        self._batches = 0
        self._store = store
        self._most = most_waiting
        self._clock = clock_ns
        self._queue: queue.Queue[tuple[Arrived, Future[int]] | None] = queue.Queue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="assay-writer", daemon=True)
        self._thread.start()
        self._ended = threading.Event()
        self._mover = threading.Thread(target=self._move, name="assay-checkpoint", daemon=True)
        self._mover.start()

    def offer(self, arrived: Arrived) -> Future[int]:
        """Take a request; the future ends when it is on disk, or raises why it is not.

        Raises:
            Full: So much waits already, or the writer is closed.
        """
        size = len(arrived.spans) + len(arrived.logs)
        with self._lock:
            if self._closed or (self.waiting and self.waiting + size > self._most):
                raise Full
            self.waiting += size
            future: Future[int] = Future()
            self._queue.put((arrived, future))
        return future

    def close(self) -> None:
        """Write what waits, and end the thread."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._ended.set()
        self._mover.join()

    def _move(self) -> None:
        written = 0
        while not self._ended.wait(CHECKPOINT_S):
            if self._batches != written:
                written = self._batches
                with contextlib.suppress(sqlite3.OperationalError):  # the disk is full: the writer says so
                    self._store.checkpoint()
            if self.failed:  # nobody may send to us until we say that we are ready
                with contextlib.suppress(sqlite3.Error):
                    self._store.probe()
                    self.failed = ""

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, last = self._gathered(first)
            self._written(batch)
            if last:
                return

    def _gathered(self, first: tuple[Arrived, Future[int]]) -> tuple[list[tuple[Arrived, Future[int]]], bool]:
        batch, spans = [first], len(first[0].spans)
        until = time.monotonic() + PATIENCE_S
        while spans < BATCH:
            try:
                more = self._queue.get(timeout=max(until - time.monotonic(), 0))
            except queue.Empty:
                return batch, False
            if more is None:
                return batch, True
            batch.append(more)
            spans += len(more[0].spans)
        return batch, False

    def _written(self, batch: list[tuple[Arrived, Future[int]]]) -> None:
        """Writes a batch; a request that alone cannot be written does not take the others with it."""
        try:
            self._store.add([arrived for arrived, _ in batch], self._clock())
            self.failed = ""
            self._batches += 1
            outcomes: list[BaseException | None] = [None] * len(batch)
        except (sqlite3.OperationalError, MemoryError) as error:  # full, locked or gone: none would fare better alone
            self.failed = str(error) or type(error).__name__
            outcomes = [error] * len(batch)
        except (sqlite3.Error, *UNSTORABLE) as error:
            outcomes = [self._alone(arrived) for arrived, _ in batch] if len(batch) > 1 else [error]
            damaged = [one for one in outcomes if isinstance(one, sqlite3.Error)]
            self.failed = str(damaged[0]) if damaged else ""
        with self._lock:
            self.waiting -= sum(len(arrived.spans) + len(arrived.logs) for arrived, _ in batch)
        for (arrived, future), failed in zip(batch, outcomes, strict=True):
            if failed is None:
                future.set_result(len(arrived.spans))
            else:
                future.set_exception(failed)

    def _alone(self, arrived: Arrived) -> BaseException | None:
        try:
            self._store.add([arrived], self._clock())
        except (sqlite3.Error, MemoryError, *UNSTORABLE) as error:
            return error
        return None
