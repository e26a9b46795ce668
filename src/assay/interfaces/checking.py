"""`assay check`: what is there, held against what should be."""

from __future__ import annotations

import click

from assay.interfaces.lazy import LazyGroup

COMMANDS = {
    "data": ("assay.interfaces.data_checking:data", "What the rows of training data will teach, before they do."),
    "seal": ("assay.interfaces.sealing:seal", "An evaluation set as hashes, to hold data against without its texts."),
    "steps": ("assay.interfaces.step_checking:steps", "Recorded traces held against a policy of an agent's steps."),
    "ledger": ("assay.interfaces.completing:ledger", "Whether a run's failed items say what a reader needs."),
    "runs": ("assay.interfaces.comparing:runs", "Whether two runs are comparable, or exactly what is not."),
}
"""Command name -> where it lives, and its line in the overview."""


@click.group(cls=LazyGroup, table=COMMANDS)
def check() -> None:
    """Hold what is there against what should be."""
