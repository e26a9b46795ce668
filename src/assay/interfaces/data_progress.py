"""How many rows of training data were read, while they are read."""

from __future__ import annotations

import sys
import time

import click

from assay.report.inert import one_line

_QUIET_S = 2.0


class RowProgress:
    """Rows so far on standard error, now and then."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty()
        self._told = self._begun = time.monotonic()
        self._rows = 0

    def step(self, file: str) -> None:
        """A row more."""
        self._rows += 1
        if self._quiet or self._rows % 1000:
            return
        now = time.monotonic()
        if now - self._told < (0.2 if self._live else _QUIET_S):
            return
        self._told = now
        line = f"{self._rows:,} rows  {self._rows / (now - self._begun):,.0f}/s  {one_line(file, 50)}"
        click.echo(f"\r{line:<100}" if self._live else line, err=True, nl=not self._live)

    def end(self) -> None:
        """Clears the line."""
        if self._live and not self._quiet:
            click.echo("\r" + " " * 100 + "\r", err=True, nl=False)
