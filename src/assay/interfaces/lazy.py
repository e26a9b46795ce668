"""A group of commands whose modules are imported when they are called for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """Commands by name: where each lives, as `module:name`, and its line in the overview."""

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.table = dict(table or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        module, name = self.table[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        _spread(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.table and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], self.table, 1)
            hint = f" Did you mean '{close[0]}'?" if close else f" Known: {', '.join(self.table)}"
            raise click.UsageError(f"no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


def _spread(command: click.Command) -> None:
    """Gives each part of an epilog, kept apart by three blanks, a paragraph of its own."""
    command.epilog = (command.epilog or "").replace("   ", "\n\n") or None
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _spread(inner)
