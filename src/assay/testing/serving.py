"""The mock server in a thread of its own, for tests that run commands in their process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from assay.testing.replies import Answerer, hashed
from assay.testing.server import MockServer

_LONGEST_S = 10.0


@contextmanager
def serving(answer: Answerer = hashed, **options: Any) -> Iterator[MockServer]:
    """A mock server that answers until the block ends.

    Args:
        answer: Decides what is said.
        options: Further arguments of `MockServer`.
    """
    server, ready = MockServer(answer, **options), threading.Event()
    loop = asyncio.new_event_loop()
    stop: asyncio.Event = asyncio.Event()

    async def serve() -> None:
        async with server:
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    if not ready.wait(_LONGEST_S):
        raise TimeoutError(f"the mock server did not start within {_LONGEST_S:g} s")
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(_LONGEST_S)
        loop.close()
