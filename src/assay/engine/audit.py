"""An audit from the first question to the verdict: these lines, in this order."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from assay.domain.asking import judges
from assay.domain.audit import Audit, Side
from assay.domain.data import DataOutcome
from assay.domain.errors import RunConflict
from assay.domain.plan import Limits, Plan
from assay.domain.subject import Price, Subject
from assay.domain.verdict import Finding
from assay.engine.cache import Cache
from assay.engine.collect import AnswersNow, collect
from assay.engine.journal import Journal, Recorded
from assay.engine.judge import Setting, judge
from assay.engine.judging import Judging
from assay.engine.observations import Observations
from assay.engine.progress import Ending, Progress
from assay.engine.references import key_of
from assay.engine.schedule import Key, order
from assay.engine.stopping import Stopping


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # asyncio writes out a task with its result when it ends
class Ran:
    """What an audit gave."""

    audits: tuple[Audit, ...]
    """One per candidate; none when the run was interrupted."""
    ending: Ending
    """How the asking ended."""
    setting: Setting
    """What the decision knew beside the trials; with the journal it gives the same decision again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run, as opposed to what to ask."""

    today: date
    """Day of the decision."""
    registered: Mapping[str, str]
    """digest and time of the registration."""
    config: Mapping[str, object]
    """The plan as registered, for the report."""
    version: str
    """Version of the program."""
    ask_failed_again: bool = True
    """Whether trials that failed in an earlier, unfinished run are asked again."""
    elapsed_before_s: float = 0.0
    """Wall time of earlier, unfinished runs."""
    prices: Mapping[str, Price]
    """Price by subject key, where known."""
    exploratory: str = ""
    """Why the decision will not be the registered one."""
    data: DataOutcome | None = None
    """What was found in the training data."""
    rescore: bool = False
    """Whether the answers of an earlier run are judged again by the scorers at hand."""


async def audit(
    plan: Plan,
    subjects: Mapping[str, Subject],
    journal: Journal,
    options: Options,
    *,
    cache: Cache | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Ran:
    """Asks what was not asked yet, scores, compares and decides.

    Args:
        plan: What to ask and how to decide.
        subjects: By key: `reference`, each candidate's name, and the judges that scorers ask.
        journal: Where trials are kept; those already there are not asked again.
        options: Day, registration, prices.
        cache: Answers known from other runs.
        progress: Told how far it is, a few times a second.

    Raises:
        RunConflict: A subject is not the one that began this run.
        AssayError: A subject cannot be opened, or the journal broke.
    """
    started = time.monotonic()
    async with contextlib.AsyncExitStack() as stack:
        for key, subject in subjects.items():  # 1. open, probe, introduce
            stack.push_async_callback(subject.close)
            capabilities = await subject.open()
            _introduce(journal, key, Side(identity=subject.identity, capabilities=capabilities))

        observations = Observations(plan)  # 2. what is known already
        stopping = Stopping(plan, observations)
        judging = Judging(plan, journal, observations)
        done = _resume(journal, judging, options.ask_failed_again and not options.rescore, options.rescore)

        audited = [key for key in subjects if key not in judging.judges]
        asks = order(plan.tasks, audited, generation=plan.generation, seed=plan.seed, done=done)
        ending = await collect(  # 3. ask, score, record
            judging.asks(() if options.rescore else stopping.needed(asks)),
            subjects,
            limits=_left(plan.limits, observations, judging.unsettled_usd),
            record=judging.record,
            commit=None if all(isinstance(subject, AnswersNow) for subject in subjects.values()) else journal.flush,
            cache=cache,
            prices=options.prices,
            progress=progress,
            seed=plan.seed,
        )
        judging.close()
        journal.flush()
        findings = {key: _findings(subject) for key, subject in subjects.items()}

    setting = Setting(
        today=options.today,
        registered=options.registered,
        limit_reached=ending.message if ending.reason in {"time", "cost"} else "",
        findings=findings,
        elapsed_s=options.elapsed_before_s + time.monotonic() - started,
        exploratory=options.exploratory,
        anytime=stopping.evidence(),
        saved=stopping.saved(),
        config=options.config,
        version=options.version,
        data=options.data,
    )
    if ending.reason == "interrupted":
        return Ran(audits=(), ending=ending, setting=setting)
    return Ran(audits=judge(plan, observations, journal, setting), ending=ending, setting=setting)  # 4. compare, decide


def recall(plan: Plan, journal: Journal) -> Observations:
    """The observations of a finished run, from its journal."""
    observations = Observations(plan)
    asked = judges(plan.tasks)
    for trial, scores in journal.trials():
        if trial.subject in asked:
            observations.count(trial)
        else:
            observations.add(trial, scores)
    return observations


def _left(limits: Limits, observations: Observations, unsettled_usd: float) -> Limits:
    """The limits less the money that an unfinished run has spent already."""
    if limits.cost_usd is None:
        return limits
    spent = unsettled_usd + sum(tally.cost_usd or 0.0 for tally in observations.tallies.values())
    return replace(limits, cost_usd=max(0.0, limits.cost_usd - spent))


def _introduce(journal: Journal, key: str, side: Side) -> None:
    before = journal.sides().get(key)
    if before is not None and before.identity.digest != side.identity.digest:
        raise RunConflict(
            f"subject '{key}' is not the one that began this run: was {before.identity.digest}, "
            f"is {side.identity.digest}. Use --fresh to begin again, or another folder with -o"
        )
    journal.introduce(key, side)


def _resume(journal: Journal, judging: Judging, ask_failed_again: bool, rescore: bool) -> set[Key]:
    """Takes in what earlier runs recorded: replies of judges first, then the answers that they are about."""
    done: set[Key] = set()

    def kept(judges: bool) -> Iterator[Recorded]:
        for trial, scores in journal.trials():
            again = trial.failure is not None and ask_failed_again
            if (trial.subject in judging.judges) == judges and not again:
                yield trial, scores

    if judging.judges:
        for trial, _ in kept(judges=True):
            judging.known(trial)
    for trial, scores in list(kept(judges=False)) if judging.judges or rescore else kept(judges=False):
        if rescore:
            judging.again(trial)
        else:
            judging.resume(trial, scores)
        done.add(key_of(trial))
    return done


def _findings(subject: Subject) -> tuple[Finding, ...]:
    told = getattr(subject, "findings", None)
    return tuple(told()) if callable(told) else ()
