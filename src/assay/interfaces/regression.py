"""An audit as one call with its result, and what in it is a regression: for tests and scripts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.domain.audit import Audit
from assay.domain.errors import ConfigurationError
from assay.domain.estimate import Comparison
from assay.domain.verdict import RuleOutcome, Verdict
from assay.interfaces.runs import decided
from assay.report.inert import one_line
from assay.report.readings import drop_of, level, loss
from assay.report.rules import outcome_of, rule_rows, worst_first
from assay.report.words import LOOKS, counted, finite, slice_name

SAMPLES = 8
"""Sample ids named for each line of a failure."""
LINES = 12
"""Lines of one candidate in a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A finished audit."""

    folder: Path
    """Run folder, with `verdict.json` and `report.html`."""
    exit_code: int
    """What the command would have exited with: 0 deploy, 1 block, 3 review, 4 inconclusive or exploratory."""
    audits: tuple[Audit, ...]
    """One per candidate, in the order of the plan."""

    @property
    def verdict(self) -> Verdict:
        """The worst candidate's verdict."""
        return worst_first(self.audits)[0].verdict

    @property
    def decision(self) -> str:
        """The worst candidate's decision: deploy, deploy_monitored, inconclusive, review or block."""
        return self.verdict.decision.word

    @property
    def rules(self) -> dict[str, RuleOutcome]:
        """What each rule says of the worst candidate, by the rule's id."""
        return {outcome.rule.id: outcome for outcome in self.verdict.outcomes}


def conduct(
    plan: Path | str | Mapping[str, Any],
    *,
    folder: Path | str | None = None,
    base: Path | str | None = None,
    limit: int | None = None,
    null: bool = False,
    fresh: bool = False,
    cache: bool = False,
) -> Audited:
    """Does what `assay audit` does, with the same code.

    Args:
        plan: A plan file, or a plan as a mapping, which is written for the time of the audit.
        folder: Run folder; a new one among the temporary files when None.
        base: Where relative paths start: those of plan file and run folder, and those in a mapping. Here when None.
        limit: Only the first so many samples of each suite; the decision is then exploratory.
        null: Audit the reference against itself.
        fresh: Forget the folder's run.
        cache: Reuse answers of earlier runs beside the plan.

    Raises:
        AssayError: The plan cannot be used, or the run failed.
        KeyboardInterrupt: It was interrupted; the same call goes on.
    """
    home = Path(base or ".")
    where = home / folder if folder is not None else Path(tempfile.mkdtemp(prefix="assay-"))
    with _plan_file(plan, home) as path:
        words = ["audit", str(path), "-o", str(where.absolute()), "--quiet"]
        words += ["--limit", str(limit)] if limit is not None else []
        words += [flag for flag, wanted in (("--null", null), ("--fresh", fresh)) if wanted]
        words += [] if null else ["--cache" if cache else "--no-cache"]
        code = _outside_of_loops(lambda: _command(words))
    if code == 130:
        raise KeyboardInterrupt
    return Audited(folder=where, exit_code=code, audits=decided(where))


def _command(words: Sequence[str]) -> int:
    """The command in this process; its errors are raised, not printed."""
    from assay.interfaces.cli import assay

    outcome = assay.main(list(words), "assay", standalone_mode=False)
    return outcome if isinstance(outcome, int) else 0


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _outside_of_loops(act: Callable[[], int]) -> int:
    """In this thread, or in one of its own where a test already runs in an event loop."""
    if not _in_a_loop():
        return act()
    done: list[int] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            done.append(act())
        except BaseException as error:  # noqa: BLE001 handed over to the caller
            raised.append(error)

    thread = threading.Thread(target=work, name="assay-audit")
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
    return done[0]


@contextlib.contextmanager
def _plan_file(plan: Path | str | Mapping[str, Any], base: Path) -> Iterator[Path]:
    """The plan's file. A mapping becomes one in `base` for a while: relative paths and digests are those of a file."""
    if not isinstance(plan, Mapping):
        yield base / plan
        return
    try:
        handle, name = tempfile.mkstemp(dir=base, prefix=".assay-plan-", suffix=".yaml")
    except OSError as error:
        why = error.strerror or error
        raise ConfigurationError(
            f"{base}: a plan given as a mapping is written here for the time of the audit, and cannot be: {why}. "
            "Give base=, or a plan file"
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(plan, stream, default=str)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


# What is a regression


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One rule, or one metric on one slice that no rule reads."""

    word: str
    passes: bool
    text: str
    samples: Sequence[str]


def regressions(
    result: Audited,
    *,
    metrics: str | Collection[str] | None,
    slices: str | Mapping[str, str] | Sequence[str | Mapping[str, str]] | None,
    allow: str | Collection[str],
) -> str:
    """Why a result is a regression, for people; empty when it is none.

    Without metrics and slices the verdict as a whole speaks. With them the rules on them do;
    a slice that no rule reads is a regression where the interval of its loss excludes zero.
    What is named and was not measured is a failure, never a pass.

    Raises:
        ValueError: `allow` names a decision that does not exist.
    """
    known = {look.name.lower() for look in LOOKS} | {"exploratory"}
    allow = [allow] if isinstance(allow, str) else list(allow)
    strange = ", ".join(repr(one) for one in allow if one not in known)
    if strange:
        raise ValueError(f"allow: no decision is called {strange}. Known: {', '.join(sorted(known))}")
    wanted = None if metrics is None else [metrics] if isinstance(metrics, str) else list(metrics)
    places = None if slices is None else [slices] if isinstance(slices, str | Mapping) else list(slices)
    blocks = [_failure(audit, wanted, places, allow) for audit in worst_first(result.audits)]
    blocks = [block for block in blocks if block]
    if not result.audits:
        return "assay: the run holds no audit"
    if not blocks:
        return ""
    show = f"Run   {result.folder}   (assay show {result.folder} --failing)"
    return "\n\n".join([*("\n".join(block) for block in blocks), show])


def _failure(
    audit: Audit,
    metrics: Sequence[str] | None,
    slices: Sequence[str | Mapping[str, str]] | None,
    allow: Collection[str],
) -> list[str]:
    verdict = audit.verdict
    explored = verdict.exploratory and "exploratory" not in allow
    if metrics is None and slices is None:
        lines, missing = _of_rules(audit, None, allow), list[str]()
        fails = verdict.decision.word not in allow
    else:
        lines, missing = _named(audit, metrics, slices, allow)
        fails = bool(missing) or any(not line.passes for line in lines)
    if not fails and not explored:
        return []
    names = (one_line(side.identity.name, 60) for side in (audit.candidate, audit.reference))
    head = f"assay: {LOOKS[verdict.decision].word}  {' against '.join(names)}"
    said = [head, *(f"  {one_line(reason, 400)}" for reason in verdict.reasons[:3])]
    if explored:
        said.append(f"  exploratory: {one_line(verdict.exploratory, 300)} (allow 'exploratory' to let it pass)")
    said += [f"  {text}" for text in missing]
    bad = [line for line in lines if not line.passes]
    for line in bad[:LINES]:
        said.append(f"  {line.word:<12}  {line.text}")
        if line.samples:
            said.append(f"      worst samples: {', '.join(one_line(name, 60) for name in line.samples[:SAMPLES])}")
    if len(bad) > LINES:
        said.append(f"  and {len(bad) - LINES} lines more")
    return [*said, f"Next  {one_line(verdict.next_step, 600)}"]


def _of_rules(audit: Audit, metrics: Collection[str] | None, allow: Collection[str]) -> list[_Line]:
    """Rules on the metrics, each with the categories that speak."""
    lines = []
    for row in rule_rows(audit):
        if metrics is None or row.outcome.rule.metric in metrics:
            passes = row.decision.word in allow
            place = "" if row.slice == "all" else f" ({row.slice})"
            numbers = f"{row.reference} -> {row.candidate}  {row.what} {row.value} {row.interval}  {row.counted}"
            samples = row.outcome.worst_samples
            word = LOOKS[row.decision].word
            lines.append(_Line(word=word, passes=passes, text=f"{row.rule}{place}  {numbers}", samples=samples))
    return lines


def _named(
    audit: Audit,
    metrics: Sequence[str] | None,
    slices: Sequence[str | Mapping[str, str]] | None,
    allow: Collection[str],
) -> tuple[list[_Line], list[str]]:
    """The lines asked for, and what was asked for and is not there."""
    ruled = list(dict.fromkeys(one.rule.metric for one in audit.verdict.outcomes if one.rule.metric))
    missing = [f"no rule reads '{name}'. Rules read: {', '.join(ruled) or 'nothing'}"
               for name in metrics or () if name not in ruled and slices is None]  # fmt: skip
    if slices is None:
        return _of_rules(audit, metrics, allow), missing
    chosen = ruled if metrics is None else list(metrics)
    lines = []
    for place in slices:
        found = [each for each in audit.comparisons if each.metric.name in chosen and _meets(each, place)]
        for name in [name for name in chosen if metrics is not None] or [""]:
            if not any(each.n and name in ("", each.metric.name) for each in found):
                what = f"'{name}' has" if name else "there is"
                missing.append(f"{what} no scored pair in slice {_said(place)}. Known: {_known(audit)}")
        lines += [_on_slice(audit, each, allow) for each in found if each.n]
    return lines, missing


def _meets(one: Comparison, place: str | Mapping[str, str]) -> bool:
    if isinstance(place, Mapping):
        return dict(one.slice) == {str(key): str(value) for key, value in place.items()}
    key, equals, value = place.partition("=")
    return dict(one.slice) == {key: value} if equals else list(one.slice) == [key]


def _said(place: str | Mapping[str, str]) -> str:
    return one_line(place, 80) if isinstance(place, str) else slice_name(place)


def _known(audit: Audit) -> str:
    names = dict.fromkeys(slice_name(each.slice) for each in audit.comparisons if each.slice)
    shown = list(names)[:12]
    return ", ".join(shown) + (f" and {len(names) - 12} more" if len(names) > 12 else "") or "no slices"


def _on_slice(audit: Audit, one: Comparison, allow: Collection[str]) -> _Line:
    """What the rules say of a slice; where none does, whether its loss excludes zero."""
    outcome = outcome_of(audit, one)
    low = finite(one.difference.low)
    passes = (low is not None and low <= 0) if outcome is None else outcome.decision.word in allow
    value, interval = drop_of(one) if finite(one.drop.value) is not None else loss(one)
    before, after = level(one.reference, one.metric), level(one.candidate, one.metric)
    return _Line(
        word="no rule" if outcome is None else LOOKS[outcome.decision].word,
        passes=passes,
        text=f"{one.metric.name} ({slice_name(one.slice)})  {before} -> {after}  loss {value} {interval}  "
        f"{counted(one.n, one.n_unscored)}",
        samples=(outcome.worst_samples if outcome is not None else ()) or one.regressed,
    )
