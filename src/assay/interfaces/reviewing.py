"""`assay review`: the queue of answers that people should read, and what they decide."""

from __future__ import annotations

import datetime
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from assay.domain.errors import ConfigurationError
from assay.domain.people import People
from assay.domain.plan import Plan
from assay.domain.policy import Policy
from assay.engine.queue import Item, queue, state_of, states
from assay.interfaces.recording import Recording
from assay.interfaces.runs import decided, exit_code, made_scorer, rendered, write_verdict
from assay.interfaces.showing import answer_text
from assay.report.inert import one_line
from assay.report.sidebyside import block, side_by_side
from assay.statistics.agreement import agreement
from assay.store.ledger.people import act, people, reviewer, signed_ledger
from assay.store.ledger.records import check_records
from assay.store.runs import RunFile

_BY = click.option("--by", metavar="NAME", help="Who you are [$ASSAY_REVIEWER].")
_REASON = click.option("--reason", required=True, help="Why, in a sentence.")
_FORM = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
_LABELS = ("bad", "fine", "unsure")
_SHOWN = 30
"""Most items of a list."""
_EXCERPT = 100
"""Characters of a prompt or an answer in a list."""


@dataclass(frozen=True, slots=True)
class _Opened:
    run: RunFile
    plan: Plan


@contextmanager
def _opened(folder: Path, *, write: bool = False) -> Iterator[_Opened]:
    with_records = RunFile(folder, write=False)
    with_records.close()
    run = RunFile(folder, write=write)
    try:
        plan = run.plan(made_scorer)
        run.must_have_ended()
        check_records(run, plan)
        yield _Opened(run, plan)
    finally:
        run.close()


class _Acts(click.Group):
    """A group whose own options may follow RUN: `review RUN --limit 5` as well as `review RUN judge ITEM ...`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = next((place for place, one in enumerate(args) if place and one in self.commands), len(args))
        ctx.allow_interspersed_args = True
        super().parse_args(ctx, args[:at])
        left = [*ctx._protected_args, *ctx.args]
        if left:
            raise click.UsageError(f"no command '{left[0]}' here. Known: {', '.join(sorted(self.commands))}", ctx)
        ctx._protected_args, ctx.args = args[at : at + 1], args[at + 1 :]
        return ctx.args


@click.group(
    cls=_Acts,
    invoke_without_command=True,
    epilog="Example:  assay review runs/v4   assay review runs/v4 judge 3f9a1c0b2d --as bad --reason 'gives the steps'",
)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--drawn", type=click.IntRange(min=0), default=20, show_default=True, help="Items drawn at random.")
@click.option("--seed", default=1, show_default=True, help="Of the drawing.")
@click.option("--limit", type=click.IntRange(min=1), help="Most items shown [30 in a list, else all].")
@_BY
@_FORM
@click.pass_context
def review(
    context: click.Context, folder: Path, drawn: int, seed: int, limit: int | None, by: str | None, form: str
) -> int:
    """The answers of RUN that a person should read: failed, disagreeing, borderline, and some drawn at random.

    On a terminal it shows one after another and asks; elsewhere it lists them. The subcommands
    judge an item, waive a rule for a while, sign or reject the decision, and log time spent
    attacking by hand. Each is an entry of the ledger, with a name; the policy says what it changes.
    """
    context.obj = folder
    if context.invoked_subcommand is not None:
        return 0
    with _opened(folder) as opened:
        items = queue(opened.plan, opened.run, drawn=drawn, seed=seed)
        done = people(opened.run)
    if form == "json":
        click.echo(json.dumps(_report(items, limit, done), indent=2, ensure_ascii=False))
    elif sys.stdin.isatty() and sys.stdout.isatty():
        unread = [one for one in items if state_of(done.labels().get(one.id, {})) == "open"]
        _ask(folder, unread[:limit], reviewer(by))
    else:
        click.echo(_listed(items, limit or _SHOWN, done))
        click.echo(f"Judge  assay review {folder} judge ITEM --as {'|'.join(_LABELS)} --reason TEXT")
    return 0


def _listed(items: Sequence[Item], limit: int, done: People) -> str:
    labels = done.labels()
    counts = states(items, labels)
    lines = [f"{len(items)} items to read" + (f"; the first {limit}" if len(items) > limit else "")]
    for one in items[:limit]:
        state, where = state_of(labels.get(one.id, {})), one_line(f"{one.task}/{one.sample.id}", 40)
        value = f"{one.metric.name} = {one.score.value}"
        lines.append(f"  {one.id}  {one.why:<11} {state:<9} {one_line(one.candidate, 20):<20}  {where:<40}  {value}")
        lines.append(f"      asked     {one_line(one.sample.prompt, _EXCERPT)}")
        lines.append(f"      answered  {one_line(answer_text(one.answer), _EXCERPT)}")
    lines.append(", ".join(f"{count} {state}" for state, count in counts.items() if count))
    lines += _agreement(done)
    if done.sessions:
        minutes = sum(one.minutes for one in done.sessions)
        lines.append(f"{len(done.sessions)} sessions by hand, {minutes} minutes:")
        lines += [f"  found by {one.by}: {one_line(text, 120)}" for one in done.sessions for text in one.found]
    return "\n".join(lines)


def _ratings(done: People) -> list[list[str | None]]:
    """Items with two or more words, a row each; a column for each person."""
    who = sorted({one.by for one in done.judgements})
    rows = [[said.get(name) for name in who] for said in done.labels().values() if len(said) > 1]
    return [list(row) for row in rows]


def _agreement(done: People) -> list[str]:
    ratings = _ratings(done)
    if not ratings:
        return []
    found = agreement(ratings)
    parts = [f"{name} {value:.2f}" for name, value in _coefficients(found).items() if value is not None]
    return [f"agreement on {len(ratings)} items that two or more judged: {', '.join(parts) or 'not to be told'}"]


def _coefficients(found: Any) -> dict[str, float | None]:
    return {"percent": found.percent, "AC1": found.ac1, "alpha": found.alpha}


def _report(items: Sequence[Item], limit: int | None, done: People) -> dict[str, Any]:
    labels, ratings = done.labels(), _ratings(done)
    return {
        "items": [
            {
                "id": one.id, "why": one.why, "candidate": one.candidate, "suite": one.task, "sample": one.sample.id,
                "epoch": one.epoch, "metric": one.metric.name, "value": one.score.value,
                "probability": one.score.probability, "reason": one.score.explanation,
                "state": state_of(labels.get(one.id, {})), "words": dict(labels.get(one.id, {})),
                "prompt": one.sample.prompt, "reference_answer": answer_text(one.reference),
                "candidate_answer": answer_text(one.answer),
            }
            for one in items[:limit]
        ],
        "count": len(items),
        "states": states(items, labels),
        "agreement": {"items": len(ratings), **(_coefficients(agreement(ratings)) if ratings else {})},
        "waivers": [_plain(one) for one in done.waivers],
        "signatures": [_plain(one) for one in done.signatures],
        "sessions": [_plain(one) for one in done.sessions],
    }  # fmt: skip


def _plain(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def _ask(folder: Path, items: Sequence[Item], by: str) -> None:
    """One item after another; what was said is kept at once, so that leaving loses nothing."""
    if not items:
        click.echo("nothing is left to read")
    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 160))
    for place, one in enumerate(items, 1):
        click.echo(f"\n── {place} of {len(items)}  {one.id}  {one.why}  {one_line(f'{one.task}/{one.sample.id}', 60)}")
        click.echo("\n".join(block(one.sample.prompt, width, "  ")))
        sides = (("reference", answer_text(one.reference)), (one_line(one.candidate, 40), answer_text(one.answer)))
        click.echo("\n".join(side_by_side(*sides, width)))
        click.echo(f"  {one.metric.name} = {one.score.value}  {one_line(one.score.explanation, width)}")
        word = click.prompt("[b]ad, [f]ine, [u]nsure, [s]kip or [q]uit", value_proc=_word)
        if word == "quit":
            return
        if word != "skip":
            _judged(folder, one.id, by, word, click.prompt("why"))


def _word(given: str) -> str:
    """A word of the question, by its beginning."""
    words, said = (*_LABELS, "skip", "quit"), given.strip().lower()
    found = next((one for one in words if said and one.startswith(said)), None)
    if found is None:
        raise click.UsageError(f"expected one of {', '.join(words)}, or its first letter")
    return found


def _judged(folder: Path, item: str, by: str, label: str, reason: str) -> None:
    with _opened(folder, write=True) as opened:
        _record(opened.run, "judged", {"item": item, "by": by, "label": label}, {"reason": _words(reason)})


def said(folder: Path, item: str, label: str, reason: str, by: str) -> None:
    """Record a person's word on an answer of a run.

    Args:
        folder: Run folder.
        item: Id of the item in its queue.
        label: bad, fine or unsure.
        reason: Why.
        by: Who says so.

    Raises:
        ConfigurationError: There is no such item, nobody is named, or no reason is given.
    """
    name = reviewer(by)
    if not reason.strip():
        raise ConfigurationError("a judgement needs a reason, in a sentence")
    with _opened(folder) as opened:
        known = {one.id for one in queue(opened.plan, opened.run, drawn=10**9)}
    if item not in known:
        raise ConfigurationError(f"{folder}: no item '{item}' in this run; `assay review {folder}` lists them")
    _judged(folder, item, name, label, reason)


@contextmanager
def opened_run(folder: Path) -> Iterator[tuple[Plan, RunFile]]:
    """The plan and records of a run that has ended, to be read.

    Raises:
        DataError: No run there, or it did not finish.
    """
    with _opened(folder) as opened:
        yield opened.plan, opened.run


@review.command(epilog="Example:  assay review runs/v4 judge 3f9a1c0b2d --as fine --reason 'asks back, as it should'")
@click.argument("item")
@click.option(
    "--as",
    "label",
    required=True,
    type=click.Choice(_LABELS),
    help="The failure is real, the answer is fine, or cannot tell.",
)
@_REASON
@_BY
@click.pass_obj
def judge(folder: Path, item: str, label: str, reason: str, by: str | None) -> int:
    """Say of one item whether its answer is bad. It changes no score; a second person's word shows the agreement."""
    name = reviewer(by)
    said(folder, item, label, _words(reason), name)
    click.echo(f"recorded: {item} is {label}, by {name}")
    return 0


@review.command(
    epilog="Example:  assay review runs/v4 waive refusal.band --until 2026-12-31 --reason 'fixed in v5, traffic is 2 %'"
)
@click.argument("rule")
@click.option("--until", required=True, metavar="DATE", help="Last day on which it holds, as 2026-12-31.")
@click.option("--candidate", default="", help="Only for this candidate [all of the run].")
@_REASON
@_BY
@click.pass_obj
def waive(folder: Path, rule: str, until: str, candidate: str, reason: str, by: str | None) -> int:
    """Accept the outcome of a rule until a day. The policy says which outcomes, and for how long at most."""
    name = reviewer(by)
    with _opened(folder, write=True) as opened:
        rules, names = {one.id for one in opened.plan.rules}, {one.name for one in opened.plan.candidates}
        _known("rule", rule, rules)
        _known("candidate", candidate, {*names, ""})
        day = _date(until)
        _waivable(folder, opened.plan.policy, rule, candidate, day)
        data = {"rule": rule, "candidate": candidate, "by": name, "until": day.isoformat()}
        _record(opened.run, "waived", data, {"reason": _words(reason)})
    return _decide_anew(folder)


@review.command(
    epilog="Example:  assay review runs/v4 sign --approve --reason 'read all 12' --risk 'some tax questions refused'"
)
@click.option("--approve", is_flag=True, help="Release it all the same, where the policy lets you.")
@click.option("--reject", is_flag=True, help="Block it.")
@click.option("--risk", default="", help="The remaining risk that you accept; one approver must state it.")
@click.option("--candidate", help="Which, where there are several.")
@_REASON
@_BY
@click.pass_obj
def sign(
    folder: Path, approve: bool, reject: bool, risk: str, candidate: str | None, reason: str, by: str | None
) -> int:
    """Approve or reject what the gate found. A rejection blocks; approvals lift a review, as the policy allows."""
    if approve == reject:
        raise click.UsageError("give one of --approve and --reject")
    name = reviewer(by)
    audits = decided(folder)
    with _opened(folder, write=True) as opened:
        verdicts = {spec.name: one.verdict for spec, one in zip(opened.plan.candidates, audits, strict=True)}
        chosen = candidate or next(iter(verdicts))
        if candidate is None and len(verdicts) > 1:
            raise click.UsageError(f"--candidate: which of {', '.join(verdicts)}?")
        _known("candidate", chosen, verdicts)
        case = verdicts[chosen].case
        data = {"candidate": chosen, "act": "approve" if approve else "reject", "by": name, "case": case}
        _record(opened.run, "signed", {**data, "stated": bool(risk.strip())}, {"reason": _words(reason), "risk": risk})
    return _decide_anew(folder)


@review.command(
    epilog="Example:  assay review runs/v4 session --minutes 45 --notes 'role play, base64' --found 'obeys a pirate'"
)
@click.option("--minutes", required=True, type=click.IntRange(min=1, max=24 * 60), help="How long.")
@click.option("--found", multiple=True, metavar="TEXT", help="A failure that was found, in your words; repeatable.")
@click.option("--notes", required=True, help="What was tried and found.")
@_BY
@click.pass_obj
def session(folder: Path, minutes: int, found: tuple[str, ...], notes: str, by: str | None) -> int:
    """Log time that a person spent attacking the candidate by hand."""
    name = reviewer(by)
    with _opened(folder, write=True) as opened:
        _record(opened.run, "session", {"by": name, "minutes": minutes}, {"notes": notes, "found": found})
    click.echo(f"recorded: {minutes} minutes by {name}, {len(found)} found")
    return 0


def _known(what: str, name: str, known: Mapping[str, object] | set[str]) -> None:
    if name not in known:
        raise ConfigurationError(
            f"no {what} '{name}' in this run. Known: {', '.join(sorted(one for one in known if one))}"
        )


def _record(run: RunFile, kind: str, data: Mapping[str, Any], words: Mapping[str, str | Sequence[str]]) -> None:
    """Records an act; says so where the ledger is signed by another key than the one at hand, or by none."""
    if not act(run, kind, data, words) and signed_ledger(run):
        click.echo("the entry is not signed: the ledger's key is not at hand (the next audit with it signs)", err=True)


def _words(reason: str) -> str:
    """A reason that says something."""
    if not reason.strip():
        raise click.UsageError("--reason: say why, in a sentence")
    return reason.strip()


def _waivable(folder: Path, policy: Policy, rule: str, candidate: str, until: datetime.date) -> None:
    """Refuses a waiver that would be without effect, before anything is recorded.

    Raises:
        ConfigurationError: The policy does not let people waive this, or not for so long, or the day is past.
    """
    today = datetime.datetime.now(datetime.UTC).date()
    longest = today + datetime.timedelta(days=policy.waiver_days)
    if until < today:
        raise ConfigurationError(f"--until {until}: the day is past")
    if until > longest:
        raise ConfigurationError(f"--until {until}: policy '{policy.name}' lets a waiver run until {longest}")
    outcomes = [
        each
        for audit in decided(folder)
        if candidate in ("", audit.candidate.identity.name)
        for each in audit.verdict.outcomes
        if each.rule.id == rule
    ]
    if outcomes and all(each.hold or each.decision.word not in policy.waivable for each in outcomes):
        found = " and ".join(
            dict.fromkeys(each.decision.word + (" with a hold" if each.hold else "") for each in outcomes)
        )
        allowed = " and ".join(policy.waivable) or "nothing"
        raise ConfigurationError(f"{rule} is {found}; policy '{policy.name}' lets people waive {allowed}")


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"--until: expected a day as 2026-12-31, found '{text}'") from error


def _decide_anew(folder: Path) -> int:
    """Writes the verdict as it is now, and prints it; the exit code is the decision."""
    audits = decided(folder)
    with _opened(folder, write=True) as opened, closing(Recording(opened.run, opened.plan)) as recording:
        attested = recording.decided(audits)
    write_verdict(folder, audits, attested)
    text = rendered(audits, "text")
    click.echo(text.partition("\nRules, worst first")[0].rstrip())
    said = [f"  - {one_line(each, 200)}" for audit in audits for each in audit.verdict.people]
    click.echo("\n".join(["", "People", *dict.fromkeys(said), "", f"Page  {folder / 'report.html'}"]))
    return exit_code(audits)
