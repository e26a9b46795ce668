"""How often a process of the command line looks for cycles among its records."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """Millions of small records live as long as the process and hold no cycles; looking for cycles costs a tenth."""
    gc.set_threshold(100_000, 50, 100)
