"""`assay watch`: production, by the scorers that let the release out."""

from __future__ import annotations

import click

from assay.interfaces.lazy import LazyGroup

COMMANDS = {
    "init": ("assay.interfaces.watch_init:init", "A commented plan of the watch, from a released run."),
    "replay": ("assay.interfaces.watch_replay:replay", "Watch recorded traffic: figures by cohort, and alarms."),
    "serve": ("assay.interfaces.watch_serve:serve", "Take spans of exporters, judge them, show what was found."),
    "status": ("assay.interfaces.watch_status:status", "Where the watch stands: figures, alarms, what was lost."),
    "forget": ("assay.interfaces.watch_forget:forget_command", "Erase one person's traces, wherever they rest."),
    "token": ("assay.interfaces.watch_token:token", "Let an exporter or a person in."),
    "ack": ("assay.interfaces.watch_alerts:ack", "Take care of an alarm, or say that it is over."),
    "alerts": ("assay.interfaces.watch_alerts:alerts", "Alarms with their state; whom the watch tells, and a test."),
    "label": ("assay.interfaces.watch_label:label", "Traces drawn at random, for people to label: they correct rates."),
    "propose": ("assay.interfaces.watch_proposing:propose", "Harvested rows as a training slice, once approved."),
    "canary": ("assay.interfaces.watch_canary:canary", "Widen a canary, wait, hold or roll back, by evidence."),
    "probe": ("assay.interfaces.watch_probe:probe", "Golden prompts: is the live model still the released one?"),
    "due": ("assay.interfaces.watch_due:due", "Is a new audit due: expiry, another model, prompt, policy, an alarm?"),
}


@click.command(cls=LazyGroup, table=COMMANDS, epilog="Example:  assay watch replay traces.jsonl --segment route")
def watch() -> None:
    """Production, by the scorers that let the release out.

    Traces become figures by cohort; a figure that moves to the worse raises an alarm with a stated promise about
    false ones, and says since when, how far, where, and what else changed then.
    """
