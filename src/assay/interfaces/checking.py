"""`assay check`: what is there, held against what should be."""

from __future__ import annotations

import importlib

import click

COMMANDS = {
    "data": ("assay.interfaces.data_checking:data", "What the rows of training data will teach, before they do."),
    "ledger": ("assay.interfaces.completing:ledger", "Whether a run's failed items say what a reader needs."),
    "runs": ("assay.interfaces.comparing:runs", "Whether two runs are comparable, or exactly what is not."),
}
"""Command name -> where it lives, and its line in the overview."""


class _Lazy(click.Group):
    """A group that imports a command only when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Lazy)
def check() -> None:
    """Hold what is there against what should be."""
