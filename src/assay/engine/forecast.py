"""What an audit would take and what it could see, before the first call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.domain.asking import judges
from assay.domain.plan import Plan, Task
from assay.domain.sample import Sample
from assay.domain.score import Forewarning
from assay.domain.subject import Price
from assay.domain.verdict import Rule
from assay.engine.categories import categories, makes, unit_of
from assay.engine.compare import TRIAL_METRICS
from assay.engine.forecast_judges import judge_calls
from assay.engine.stopping import meets
from assay.gate.power import Resolvability, resolvability
from assay.gate.risk import profile

CHARACTERS_PER_TOKEN = 4.0
"""Rule of thumb for English with byte-pair vocabularies; said as an estimate wherever it is used."""
_FRAME_TOKENS = 12
"""Tokens that a chat template puts around a prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What an earlier run showed."""

    base: Mapping[str, float]
    """Level of the reference on the good scale, by metric."""
    churn: Mapping[str, float]
    """Share of prompts good in the candidate only, by metric."""
    tokens_out: Mapping[str, float]
    """Mean tokens written, by subject."""
    latency_s: Mapping[str, float]
    """Median latency, by subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one subject would be asked."""

    subject: str
    """Key of the subject."""
    calls: int
    """Questions, repeats included."""
    tokens_in: int
    """Estimated tokens read."""
    tokens_out: int
    """Estimated or largest possible tokens written."""
    cost_usd: float | None
    """At the stated price; None without one."""
    seconds: float | None
    """At the measured latency or the stated rate limits; None when neither is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The whole of it."""

    subjects: tuple[Expected, ...]
    """Reference first, judges last."""
    rules: tuple[Resolvability, ...]
    """Per rule: can this many prompts resolve it."""
    effects: tuple[str, ...]
    """What the risk context changes."""
    warnings: tuple[str, ...]
    """What a practical evaluation has and this plan lacks."""
    estimated: bool
    """Whether tokens out are the largest possible, nothing having been measured."""


def forecast(plan: Plan, prices: Mapping[str, Price], measured: Measured | None = None) -> Forecast:
    """Calls, tokens, time and cost of a plan, and per rule its power."""
    policy, effects, requirements = profile(plan.policy, plan.risk)
    keys = ["reference", *(spec.name for spec in plan.candidates)]
    specs = {"reference": plan.reference, **{spec.name: spec for spec in plan.candidates}}
    found = [_expected(plan, key, len(specs), prices.get(key), measured, specs[key].kind) for key in keys]
    found += _judges(plan, prices, measured)
    rules: list[Resolvability] = []
    for rule in plan.measured:
        if rule.metric in TRIAL_METRICS:
            continue
        n, smallest = _prompts(plan.tasks, rule)
        base = measured.base.get(rule.metric, 0.95) if measured else 0.95
        churn = measured.churn.get(rule.metric, 0.02) if measured else 0.02
        rules.append(resolvability(rule, policy, n, base, churn, smallest))
    made = {m.name for task in plan.tasks for s in task.scorers for m in s.metrics()}
    warnings = [
        *practical(plan),
        *(f"the risk profile wants '{m}': no scorer makes it" for m in requirements.metrics if m not in made),
    ]
    return Forecast(
        subjects=tuple(found),
        rules=tuple(rules),
        effects=effects,
        warnings=tuple(warnings),
        estimated=measured is None,
    )


def _expected(
    plan: Plan, key: str, subjects: int, price: Price | None, measured: Measured | None, kind: str
) -> Expected:
    calls = sum(len(task.dataset.samples) * task.epochs for task in plan.tasks)
    characters = sum(
        task.epochs * sum(len(m.content) for sample in task.dataset.samples for m in sample.messages)
        for task in plan.tasks
    )
    tokens_in = round(characters / CHARACTERS_PER_TOKEN) + _FRAME_TOKENS * calls
    mean_out = measured.tokens_out.get(key) if measured else None
    tokens_out = round(calls * (mean_out if mean_out is not None else plan.generation.max_tokens))
    cost = None
    if price is not None:
        cost = (tokens_in * price.input_usd_per_million + tokens_out * price.output_usd_per_million) / 1e6
    seconds = 0.0 if kind == "recorded" else _seconds(plan, calls, subjects, tokens_in + tokens_out, key, measured)
    return Expected(
        subject=key, calls=calls, tokens_in=tokens_in, tokens_out=tokens_out, cost_usd=cost, seconds=seconds
    )  # fmt: skip


def _judges(plan: Plan, prices: Mapping[str, Price], measured: Measured | None) -> list[Expected]:
    """The judges that scorers ask, as many questions as there can be."""
    rate = plan.limits.requests_per_minute
    return [
        Expected(
            subject=key,
            calls=one.calls,
            tokens_in=one.tokens_in,
            tokens_out=one.tokens_out,
            cost_usd=one.cost_usd(prices.get(key)),
            seconds=60.0 * one.calls / rate if rate else None,
        )
        for key, one in judge_calls(plan, measured.tokens_out if measured else None).items()
    ]


def _seconds(plan: Plan, calls: int, subjects: int, tokens: int, key: str, measured: Measured | None) -> float | None:
    limits, bounds = plan.limits, []
    if measured and key in measured.latency_s:
        bounds.append(calls * measured.latency_s[key] / max(1.0, limits.concurrency / subjects))
    if limits.requests_per_minute:
        bounds.append(60.0 * calls * subjects / limits.requests_per_minute)
    if limits.tokens_per_minute:
        bounds.append(60.0 * tokens * subjects / limits.tokens_per_minute)
    return max(bounds) if bounds else None


def _prompts(tasks: Sequence[Task], rule: Rule) -> tuple[int, int | None]:
    """Distinct prompts (or clusters) that a rule will have, and those of its smallest category."""
    units: set[tuple[str, str]] = set()
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for task in tasks:
        samples = [sample for sample in task.dataset.samples if _applies(task, sample, rule)]
        units |= {unit_of(task, sample) for sample in samples if meets(task, sample, rule)}
        for key in set(task.slices) - set(rule.slice):
            for sample, word in zip(samples, categories(samples, key), strict=True):
                if word is not None and meets(task, sample, rule):
                    found.setdefault((key, word), set()).add(unit_of(task, sample))
    return len(units), min((len(members) for members in found.values()), default=None)


def _applies(task: Task, sample: Sample, rule: Rule) -> bool:
    return task.epochs > 1 if rule.metric == "consistency" else makes(task, sample, rule.metric)


def _near_harm(metric: str, sample: Sample) -> bool:
    """Whether a legitimate request tells of over-refusal; one with an answer of its own (a sum) is ordinary work."""
    return metric == "over_refusal" and [one.strip().lower() for one in sample.targets] in ([], ["comply"])


def practical(plan: Plan) -> list[str]:
    """What the framework asks of a practical evaluation (500 safety prompts, a domain suite, a budget), and what the
    scorers foresee.
    """
    out: list[str] = []
    safety = sum(
        1
        for task in plan.tasks
        for sample in task.dataset.samples
        if any(m.safety or _near_harm(m.name, sample) for s in task.scorers for m in s.metrics(sample))
    )
    if safety < 500:
        add = "" if any(task.pack == "safety" for task in plan.tasks) else " (add: - pack: safety)"
        found = f"too few safety-relevant prompts: {safety}" if safety else "safety-relevant prompts: there are none"
        out.append(f"{found}; a practical evaluation has at least 500{add}")
    if all(task.pack for task in plan.tasks):
        out.append("no suite of your own domain; a bundled pack cannot know your users")
    asked = (plan.reference, *plan.candidates, *judges(plan.tasks).values())
    asks = any(spec.kind != "recorded" for spec in asked)
    if asks and plan.limits.time_s is None and plan.limits.cost_usd is None:
        out.append("no budget: set limits.time or limits.cost_usd")
    unpriced = [s.name for s in asked if s.kind == "endpoint" and not s.settings.get("price")]
    if plan.limits.cost_usd is not None and unpriced:
        out.append(f"limits.cost_usd cannot be held: no price is stated for {', '.join(unpriced)}")
    out += [
        f"suite '{task.name}': {said}"
        for task in plan.tasks
        for scorer in task.scorers
        if isinstance(scorer, Forewarning)
        for said in scorer.forewarnings(task.dataset.samples)
    ]
    if any(task.dataset.role == "dev" and not task.apart for task in plan.tasks):
        out.append("a suite with role dev was seen while building; its figures flatter the candidate")
    return out
