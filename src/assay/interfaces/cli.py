"""The command line: `assay COMMAND`. Each command's module is imported when it is used."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from assay import __version__
from assay.domain.errors import AssayError
from assay.interfaces.collecting import collect_seldom
from assay.interfaces.lazy import LazyGroup

COMMANDS = {
    "init": ("assay.interfaces.starting:init", "Write a commented audit.yaml that runs as written."),
    "plan": ("assay.interfaces.planning:plan", "Say what an audit would do: calls, time, cost, power. No network."),
    "audit": ("assay.interfaces.auditing:audit", "Ask both models, compare, decide. The exit code is the decision."),
    "gate": ("assay.interfaces.deciding:gate", "Decide again from a run's stored records."),
    "report": ("assay.interfaces.deciding:report", "Write a run's report in another format."),
    "review": ("assay.interfaces.reviewing:review", "What people should read; judge, waive, sign, log by hand."),
    "show": ("assay.interfaces.showing:show", "Both answers side by side, with scores and reasons."),
    "harvest": ("assay.interfaces.harvesting:harvest", "A candidate's failures as a dataset that the next must pass."),
    "check": ("assay.interfaces.checking:check", "Training data, a run's evidence, two runs: what is wrong?"),
    "ledger": ("assay.interfaces.ledger:ledger", "The signed log behind a run: verify, show, checkpoint, prove."),
    "watch": ("assay.interfaces.watching:watch", "Production, by the scorers that let the release out."),
    "verify": ("assay.interfaces.verifying:verify", "Check a signed verdict; with the run, decide it again."),
    "import": ("assay.interfaces.importing:import_", "Results of other programs as recorded outputs."),
    "score": ("assay.interfaces.scoring:score", "Judge recorded answers without an audit."),
    "calibrate": (
        "assay.interfaces.calibrating:calibrate",
        "Hold a judge against people; correct for it.",
    ),
    "stats": ("assay.interfaces.arithmetic:stats", "The gate's arithmetic by hand."),
    "scorers": ("assay.interfaces.listing:scorers", "What can judge an answer, a page each."),
    "checks": ("assay.interfaces.listing_checks:checks", "What is looked for in training data, a page each."),
    "packs": ("assay.interfaces.packing:packs", "Bundled prompts, and a file of them to be answered elsewhere."),
    "schema": (
        "assay.interfaces.listing:schema",
        "JSON Schema of a plan, a policy, a contract, a verdict and other files.",
    ),
    "doctor": ("assay.interfaces.listing:doctor", "What is installed, set and writable."),
    "demo": ("assay.interfaces.demonstrating:demo", "Audit two fine-tunes of a real small model, offline."),
}
"""Command name -> where it lives, and its line in the overview."""


@click.command(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 deploy, 1 block, 2 usage, 3 human review, 4 inconclusive, 5 the run failed, 130 interrupted.",
)
@click.version_option(__version__, prog_name="assay")
def assay() -> None:
    """Is this candidate fit to replace the reference it came from, here, for these users?

    assay asks both models the same prompts, compares the answers in pairs, and decides:
    deploy, deploy with enhanced monitoring, human review, block, or inconclusive.

    \b
      assay demo                     see it work
      assay init my-audit            a plan to start from
      assay audit my-audit/audit.yaml
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs a command and ends the process with its exit code."""
    collect_seldom()
    sys.exit(run(arguments, alone=True))


def run(arguments: Sequence[str] | None = None, *, alone: bool = False) -> int:
    """Runs a command; gives its exit code. Errors become one message; ASSAY_DEBUG also shows where a crash was.

    Args:
        arguments: Words of the command line; those of this process when not given.
        alone: Whether the command is all that this process is for, so that it may begin processes unasked.
    """
    try:
        outcome: Any = assay.main(
            list(arguments) if arguments is not None else None, "assay", standalone_mode=False, obj=alone
        )
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    except AssayError as error:
        click.echo(f"assay: {error}", err=True)
        return error.exit_code
    except (BrokenPipeError, SystemExit):  # click turns a reader that has gone into exit code 1, which means "block"
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  nothing may be printed at exit
        return _PIPE
    except Exception as error:  # noqa: BLE001  Python's own code for a crash is 1, which here means "block"
        return _crashed(error)
    return outcome if isinstance(outcome, int) else 0


_PIPE = 141
"""What shells give for a closed pipe; no decision."""


def _crashed(error: Exception) -> int:
    """Says that assay itself is at fault, and gives the code that stands for no decision."""
    if os.environ.get("ASSAY_DEBUG"):
        import traceback

        traceback.print_exception(error)
    message = " ".join(str(error).split())
    line = f"assay: internal error: {type(error).__name__}: {message} (please report; nothing was decided)"
    click.echo(line, err=True)
    return 5
