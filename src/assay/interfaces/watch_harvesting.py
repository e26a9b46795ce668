"""`assay harvest --watch`: from traces to a file of regression rows, and its entry in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from assay.domain.errors import ConfigurationError
from assay.interfaces.watch_harvest import harvest_traces
from assay.interfaces.watch_harvested import watch_counts, watch_fragment, watch_json, watch_text_of, write_rows
from assay.interfaces.watch_ledger import tell_watch
from assay.interfaces.watch_wanted import WatchWish


def harvest_production(
    names: Sequence[Path], target: Path, form: str, book: Path | None, force: bool, wishes: dict[str, Any]
) -> int:
    """Harvests, writes, tells.

    Args:
        names: Files of traces, and databases of the watch.
        target: Where rows go.
        form: text or json.
        book: The ledger that is told; None for none.
        force: Whether a file that is there is replaced.
        wishes: What else is asked for.
    """
    if target.exists() and not force:
        raise ConfigurationError(f"{target} exists already; give another file with -o, or --force to replace it")
    wish = WatchWish(**wishes)
    if "refusal" in wish.metrics:
        click.echo("note: `refusal` fails where production complied, as it should with ordinary questions; what was "
                   "refused and should not have been is `over_refusal`", err=True)  # fmt: skip
    found = harvest_traces(names, wish)
    if found.interrupted:
        click.echo("interrupted: nothing was written", err=True)
        return 130
    sha256 = write_rows(found, target) if found.items else ""
    if sha256 and book is not None:
        data = {"from": "production", "files": [{"sha256": sha256, "rows": len(found.items)}],
                "counts": watch_counts(found)}  # fmt: skip
        tell_watch(book, "harvested", data)
    fragment = watch_fragment(found, target, sha256) if sha256 else {"suites": [], "rules": []}
    said = (
        watch_json(found, target, sha256, fragment)
        if form == "json"
        else watch_text_of(found, target, sha256, fragment, wish.times)
    )
    click.echo(said, err=str(target) == "-")
    return 0
