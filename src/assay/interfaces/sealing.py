"""`assay check seal`: an evaluation set as hashes, so that data can be held against it without its texts."""

from __future__ import annotations

from pathlib import Path

import click

from assay.checks.contamination import seal as sealed
from assay.domain.errors import DataError
from assay.domain.harvested import places
from assay.interfaces.data_against import held
from assay.interfaces.whole_files import replacing


@click.command(epilog="Example:  assay check seal holdout.jsonl -o holdout.hashes   (for --against-hashes)")
@click.argument("names", metavar="SET...", nargs=-1, required=True)
@click.option("-o", "target", metavar="FILE", required=True, type=click.Path(path_type=Path), help="Where to.")
def seal(names: tuple[str, ...], target: Path) -> int:
    """Write the items of SET... (files, folders, pack:NAME) as hashes keyed with a random salt, and no text.

    Who has the file finds items that stand word for word in data: half of the runs of 13 words of an item, all runs
    of 8 of a shorter one. Items in other words are not found by hashes. Who guesses an item can check the guess.
    Rows that were harvested from failures are refused.
    """
    rows = held(names).rows
    marked = places((f"{row.file}:{row.line}", row.metadata) for row in rows)
    if marked:
        raise DataError(
            f"{marked[0]}: was harvested from failures, as were {len(marked) - 1} more: they were seen while building, "
            "and what was seen seals nothing. Take these rows out, or keep the set as a suite of role dev"
        )
    with replacing(target) as stream:
        stream.write(sealed(rows))
    click.echo(f"{len(rows):,} items as hashes in {target}")
    return 0
