"""How many rows of training data, or traces, were read, while they are read."""

from __future__ import annotations

import sys
import time

import click

from assay.report.inert import one_line

_LIVE_S, _QUIET_S = 0.2, 2.0


class RowProgress:
    """Rows so far on standard error, now and then."""

    def __init__(self, quiet: bool, noun: str = "rows", every: int = 1000) -> None:
        """Count `noun`, and look at the clock after `every` of them."""
        self._quiet, self._noun, self._every = quiet, noun, every
        self._live = sys.stderr.isatty()
        self._told = self._begun = time.monotonic()
        self._rows = 0

    def step(self, file: str = "") -> None:
        """One more."""
        self._rows += 1
        if self._quiet or self._rows % self._every:
            return
        now = time.monotonic()
        if now - self._told < (_LIVE_S if self._live else _QUIET_S):
            return
        self._told = now
        line = f"{self._rows:,} {self._noun}  {self._rows / (now - self._begun):,.0f}/s  {one_line(file, 50)}"
        click.echo(f"\r{line:<100}" if self._live else line, err=True, nl=not self._live)

    def end(self) -> None:
        """Clears the line."""
        if self._live and not self._quiet:
            click.echo("\r" + " " * 100 + "\r", err=True, nl=False)
