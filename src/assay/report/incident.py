"""The incident card: what regressed, what differs, what kind of failure it is, how to roll back, who owns it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from assay.domain.audit import Audit, Example
from assay.domain.kinds import KINDS, Kind, kind_of
from assay.domain.verdict import Decision
from assay.report import examples
from assay.report.causes import errors_by_cause
from assay.report.differences import Fact, facts, settings_of
from assay.report.inert import one_line
from assay.report.losses import Loss, losses, scorer_specs
from assay.report.markdown import code, prose
from assay.report.noise import is_null
from assay.report.rules import worst_first
from assay.report.words import LOOKS, amount, counted, finite, plural, slice_name

ROWS = 10
"""Regressed slices on a card."""
EXAMPLES = 3
"""Examples on a card."""


def incident(audits: Sequence[Audit], *, run: str = "RUN") -> str:
    """One card for each candidate, worst first, in Markdown that also reads well on a terminal.

    Args:
        audits: One audit per candidate, at least one.
        run: The run's folder, for the commands on the card.
    """
    return "\n\n---\n\n".join("\n\n".join(_card(audit, run)) for audit in worst_first(audits)) + "\n"


def _card(audit: Audit, run: str) -> list[str]:
    lost = losses(audit)
    blocks = [_title(audit, lost), _facts_line(audit), *_decision(audit)]
    if audit.verdict.people:
        blocks += ["## People", "\n".join(f"- {prose(each)}" for each in audit.verdict.people)]
    blocks += ["## What regressed", *_regressed(audit, lost, run)]
    blocks += ["## What kind of failure", _kinds(audit, lost)]
    blocks += ["## What differs between the two", *_differs(facts(audit))]
    if lost:
        blocks += ["## Examples", _examples(audit, lost, run)]
    if _acts(audit, lost):
        blocks += ["## Roll back", _rollback(audit), "## Confirm recovery", _recovery(audit, lost, run)]
    return [*blocks, "## Owner", _owner(audit)]


def _acts(audit: Audit, lost: Sequence[Loss]) -> bool:
    """Whether there is anything to undo: a null run has no candidate to take back."""
    return not is_null(audit) and bool(lost or audit.verdict.decision > Decision.DEPLOY)


# Head


def _title(audit: Audit, lost: Sequence[Loss]) -> str:
    name = code(audit.candidate.identity.name, 60)
    if lost:
        return f"# Incident: {name} lost quality"
    passed = audit.verdict.decision <= Decision.DEPLOY_MONITORED
    return f"# No incident: nothing regressed in {name}" if passed else f"# No loss seen in {name}, and no pass either"


def _facts_line(audit: Audit) -> str:
    said = [
        f"against {code(audit.reference.identity.name, 60)}",
        f"audit {code(audit.name, 60)}",
        plural(audit.counts.get("samples", 0), "prompt"),
    ]
    if audit.registered.get("time"):
        said.append(f"registered {prose(audit.registered['time'], 40)}")
    return " · ".join(said)


def _decision(audit: Audit) -> Iterator[str]:
    verdict = audit.verdict
    look = LOOKS[verdict.decision]
    hold = " (hold: a second approver must sign)" if verdict.hold else ""
    why = f": {prose(verdict.reasons[0])}" if verdict.reasons else ""
    yield f"**{look.sign} {look.title}**{hold}{why}"
    if verdict.exploratory:
        yield f"_Exploratory, not the registered decision:_ {prose(verdict.exploratory)}"


# What regressed


def _regressed(audit: Audit, lost: Sequence[Loss], run: str) -> Iterator[str]:
    if not lost:
        yield _nothing(audit)
        return
    lines = ["| outcome | metric | slice | reference | candidate | loss | interval | n | kind |", "|---" * 9 + "|"]
    lines += [_row(each) for each in lost[:ROWS]]
    if len(lost) > ROWS:
        command = f"assay report {shlex.quote(one_line(run, 300))} --format html"
        lines.append(f"\nand {plural(len(lost) - ROWS, 'row')} more: `{command}`.")
    yield "\n".join(lines)
    level = next((each.comparison.drop.level for each in lost), 0.95)
    said = f"Worst first; intervals at {100 * level:.0f} %."
    if any(each.outcome is None for each in lost):
        said += (
            " _seen_: no rule reads this line; its interval alone excludes zero, uncorrected for how many there are."
        )
    if any(_tolerated(each) for each in lost):
        said += " _tolerated_: the loss is sure, and so small that the rule lets it pass."
    if any(each.guessed for each in lost):
        said += " A kind with ? is presumed: assay does not know the metric."
    yield said


def _row(each: Loss) -> str:
    one, (value, interval), (before, after) = each.comparison, each.reading, each.levels
    look = LOOKS[each.decision]
    cells = (
        "seen" if each.outcome is None else "tolerated" if _tolerated(each) else f"{look.sign} {look.word}",
        code(one.metric.name, 60),
        code(slice_name(one.slice), 60),
        before,
        after,
        value,
        interval,
        counted(one.n, one.n_unscored),
        each.kind + ("?" if each.guessed else ""),
    )
    return f"| {' | '.join(cells)} |"


def _tolerated(each: Loss) -> bool:
    """Whether a rule reads the loss and lets it pass."""
    return each.outcome is not None and each.decision == Decision.DEPLOY


def _nothing(audit: Audit) -> str:
    """That nothing regressed, and what this may not be taken for."""
    said = "Nothing regressed: no rule asks for review or block on a loss, and no interval of a loss excludes zero."
    if audit.verdict.decision == Decision.INCONCLUSIVE or not any(each.n for each in audit.comparisons):
        return f"{said} But the evidence is thin, so this is no proof that nothing did: see the decision above."
    if audit.verdict.decision > Decision.DEPLOY_MONITORED:
        return f"{said} The decision rests on something else: see above."
    return said


# What kind


def _kinds(audit: Audit, lost: Sequence[Loss]) -> str:
    """Each kind of quality: regressed, no loss seen, or not measured."""
    measured: dict[Kind, set[str]] = {kind: set() for kind in KINDS}
    for one in audit.comparisons:
        if one.n:
            measured[kind_of(one.metric.name, scorer_specs(audit.config)) or "behaviour"].add(one.metric.name)
    lines = []
    for kind, about in KINDS.items():
        hit = list(dict.fromkeys(each.comparison.metric.name for each in lost if each.kind == kind))
        if hit:
            state = f"**regressed**: {', '.join(code(name, 40) for name in hit[:6])}"
        elif measured[kind]:
            state = f"no loss seen ({plural(len(measured[kind]), 'metric')})"
        else:
            state = "not measured"
        extra = f"; {_latency(audit)}" if kind == "latency" else ""
        lines.append(f"- {kind} ({about}): {state}{extra}")
    failed = [errors_by_cause(side) for side in (audit.reference, audit.candidate)]
    if any(failed):
        words = [", ".join(f"{one_line(cause, 40)} {count:,}" for cause, count in side.items()) for side in failed]
        lines.append(f"- failed calls: reference {prose(words[0] or 'none')}; candidate {prose(words[1] or 'none')}")
    return "\n".join(lines)


def _latency(audit: Audit) -> str:
    """Times of the calls that were really made."""
    left, right = audit.reference.latency_s, audit.candidate.latency_s
    said = []
    for name in ("p50", "p95"):
        before, after = finite(left.get(name)), finite(right.get(name))
        if before is not None and after is not None:
            ratio = f" (×{after / before:.2f})" if before > 0 else ""
            said.append(f"{name} {amount(before, 's')} → {amount(after, 's')}{ratio}")
    if said:
        return ", ".join(said)
    side = "either side" if not left and not right else "the reference" if not left else "the candidate"
    return f"times of {side} are not known"


# What differs


def _differs(told: Sequence[Fact]) -> Iterator[str]:
    different = [fact for fact in told if fact.differs]
    if different:
        lines = ["| what | reference | candidate |", "|---|---|---|"]
        lines += [f"| {prose(each.name, 40)} | {code(each.reference, 80)} | {code(each.candidate, 80)} |"
                  for each in different]  # fmt: skip
        yield "\n".join(lines)
    else:
        yield "Nothing that assay knows of: identity, wording, settings and what was served are the same."
    same = [f"{prose(each.name, 40)} ({prose(each.reference, 80)})" for each in told if not each.differs]
    if same:
        yield f"The same for both: {', '.join(same)}."


# Examples


def _examples(audit: Audit, lost: Sequence[Loss], run: str) -> str:
    chosen = _chosen(audit, lost)
    lines = [line for each in chosen for line in _example(each)]
    if not chosen:
        lines = ["No pair of answers is at hand for these metrics."]
    command = f"assay show {shlex.quote(one_line(run, 300))} --failing{_condition(lost)}"
    return "\n".join([*lines, "", f"All of them: {code(command, 500)}"])


def _chosen(audit: Audit, lost: Sequence[Loss]) -> list[Example]:
    """Regressed pairs of the worst lines first: one from each line before a second one from any."""
    flips = examples.flips(audit, "regressed")
    groups = [[each for each in flips if _belongs(each, one)] for one in lost]
    rounds = (group[n] for n in range(EXAMPLES) for group in groups if n < len(group))
    unique = {(each.task, each.sample_id, each.epoch): each for each in reversed([*rounds])}
    return list(reversed(unique.values()))[:EXAMPLES]


def _belongs(example: Example, one: Loss) -> bool:
    words = {key: example.task if key == "suite" else example.metadata.get(key) for key in one.comparison.slice}
    same = all(str(words[key]) == value for key, value in one.comparison.slice.items())
    return example.metric == one.comparison.metric.name and same


def _example(each: Example) -> Iterator[str]:
    yield f"- {code(each.sample_id, 60)} {prose(each.metric, 40)} {code(examples.where(each), 60)}".rstrip()
    yield f"  - prompt: {code(each.prompt, 160)}"
    yield f"  - reference: {code(examples.answer(each, 'reference', 160), 160)}"
    yield f"  - candidate: {code(examples.answer(each, 'candidate', 160), 160)}"
    why = each.candidate_score.explanation if each.candidate_score is not None else ""
    if why:
        yield f"  - judged: {prose(why, 160)}"


# What to do


def _rollback(audit: Audit) -> str:
    identity = audit.reference.identity
    settings = settings_of(audit, audit.reference, "reference")
    known = [f"identity {code(identity.digest, 90)}"]
    known += [f"revision {code(identity.revision, 60)}"] if identity.revision else []
    known += [f"prompt version {code(identity.prompt, 60)}"] if identity.prompt else []
    lines = [
        f"1. {_return_to(audit, settings)}",
        f"2. Check that it is the reference of this audit: {', '.join(known)}.",
        "3. Put its system prompt, template and generation settings back too: all that the table above names.",
        f"4. Keep {code(audit.candidate.identity.name, 60)} out of traffic until an audit of its successor deploys.",
    ]
    return "\n".join(lines)


def _return_to(audit: Audit, settings: Mapping[str, object]) -> str:
    """What to serve again, by kind of subject."""
    identity = audit.reference.identity
    name = code(identity.name, 60)
    if identity.kind == "endpoint":
        at = f" at {code(identity.details['url'], 120)}" if identity.details.get("url") else ""
        return f"Send traffic back to model {code(str(settings.get('model') or identity.name), 80)}{at}."
    if identity.kind == "adapter":
        own, other = (_adapters(each) for each in (settings, settings_of(audit, audit.candidate, "candidates")))
        return f"Take the candidate's adapter{other} off the base, and load the reference's{own} again ({name})."
    if identity.kind == "local":
        path = PurePath(str(settings.get("path") or identity.name)).name
        return f"Serve the weights {code(path, 80)} again."
    if identity.kind == "callable":
        return f"Deploy the workflow {name} again, from the sources whose digests stand in the report."
    return f"Serve the model again whose answers were recorded as {name}."


def _adapters(settings: Mapping[str, object]) -> str:
    listed = settings.get("adapter")
    names = [PurePath(str(one)).name for one in listed] if isinstance(listed, list | tuple) else []
    return f" {code('+'.join(names), 80)}" if names else ""


def _recovery(audit: Audit, lost: Sequence[Loss], run: str) -> str:
    folder = one_line(run, 300)
    plan = shlex.quote(one_line(str(audit.config.get("path") or "PLAN"), 200))
    after = shlex.quote(f"{folder.rstrip('/')}-recovery")
    lines = [
        "Name what serves users now as `candidate` of the plan, then:",
        "",
        "```console",
        f"assay audit {plan} --null",
        f"assay audit {plan} -o {after}",
        f"assay report {after} --format incident",
        "```",
        "",
        "The first must exit with 0, or the set-up itself is noisy; the second must exit with 0; the third must say "
        "that nothing regressed.",
    ]
    few = [each for each in lost if each.outcome is not None and each.outcome.needed_n]
    if few:
        asked = ", ".join(
            f"{code(each.comparison.metric.name, 40)} in {code(slice_name(each.comparison.slice), 60)}: about "
            f"{each.outcome.needed_n:,}"
            for each in few[:3]
            if each.outcome is not None and each.outcome.needed_n
        )
        lines += ["", f"Prompts that would settle what was left open: {asked}."]
    return "\n".join(lines)


def _owner(audit: Audit) -> str:
    owner = audit.config.get("owner") or next((each.owner for each in audit.verdict.findings if each.owner), "")
    return code(str(owner), 200) if owner else "Nobody is named. Set `owner` in the plan."


def _condition(lost: Sequence[Loss]) -> str:
    """The worst line's slice as options, where its words can be typed."""
    slice = lost[0].comparison.slice if lost else {}
    said = {key: value for key, value in slice.items() if one_line(f"{key}={value}", 200) == f"{key}={value}"}
    return "".join(f" --slice {shlex.quote(f'{key}={value}')}" for key, value in said.items())
