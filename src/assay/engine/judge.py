"""From recorded trials to a verdict: no calls, no clock. The same function decides again later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import PurePath

import numpy as np

from assay.domain.asking import judges
from assay.domain.audit import Audit, Side
from assay.domain.data import DataOutcome
from assay.domain.estimate import Comparison
from assay.domain.labels import Labels
from assay.domain.people import NOBODY, People
from assay.domain.plan import Plan, SubjectSpec
from assay.domain.policy import Policy
from assay.domain.subject import Capabilities, Identity
from assay.domain.verdict import Finding, Rule
from assay.engine.compare import BORDERLINE, alone_standing, compare
from assay.engine.completeness import NEEDED, evidence, incomplete
from assay.engine.contaminated import data_findings, known_data, suites_read
from assay.engine.corrections import corrections
from assay.engine.examples import examples
from assay.engine.forecast import practical
from assay.engine.journal import Journal
from assay.engine.null import repeated
from assay.engine.observations import Observations, Tally
from assay.engine.one_sided import one_sided
from assay.engine.orders import orders
from assay.engine.patterns import patterns
from assay.engine.served import identical, same_served, served_changed
from assay.engine.under_covered import under_covered
from assay.engine.unruled import unruled
from assay.gate.circumstances import Anytime, Circumstances
from assay.gate.decide import decide
from assay.gate.null import null_verdict
from assay.gate.power import resolvability
from assay.gate.risk import profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the decision must know about the run beside its trials."""

    today: date
    """Day of the decision."""
    registered: Mapping[str, str] = field(default_factory=dict)
    """digest and time of the registration."""
    limit_reached: str = ""
    """The limit that ended the asking, in words."""
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    """Defects found while reading or asking, by subject key."""
    elapsed_s: float = 0.0
    """Wall time of the asking."""
    exploratory: str = ""
    """Why this is not the registered decision."""
    anytime: Mapping[str, Mapping[str, Anytime]] = field(default_factory=dict)
    """Sequential evidence by candidate and rule id."""
    saved: Mapping[str, int] = field(default_factory=dict)
    """Sequential stopping: calls asked and planned."""
    notes: tuple[str, ...] = ()
    """What else a reader must know, in sentences."""
    config: Mapping[str, object] = field(default_factory=dict)
    """The plan as registered."""
    version: str = ""
    """Version of the program."""
    data: DataOutcome | None = None
    """What was found in the training data, where the plan names it."""
    people: People = NOBODY
    """What people did about the run."""
    labels: Mapping[str, Labels] = field(default_factory=dict)
    """What people say of a part of the answers, by metric."""


def judge(plan: Plan, observations: Observations, journal: Journal, setting: Setting) -> tuple[Audit, ...]:
    """One audit record with its verdict for each candidate, in the order of the plan."""
    return tuple(_judged(plan, spec, observations, journal, setting) for spec in plan.candidates)


def _judged(plan: Plan, spec: SubjectSpec, observations: Observations, journal: Journal, setting: Setting) -> Audit:
    policy, effects, requirements = profile(plan.policy, plan.risk)
    comparisons = compare(plan, observations, spec.name, only_asked=bool(setting.saved), labels=setting.labels)
    sides = journal.sides()
    reference, candidate = (_side(plan, key, sides, observations) for key in ("reference", spec.name))
    gated = [c for c in comparisons if BORDERLINE not in c.slice]
    served = observations.tally("reference").served, observations.tally(spec.name).served
    asked = judges(plan.tasks)
    data = known_data(plan, setting.data)
    findings = [
        *data_findings(data),
        *setting.findings.get("reference", ()),
        *setting.findings.get(spec.name, ()),
        *(repeated(journal, spec) if plan.null else identical((plan.reference, spec), (reference, candidate))),
        *same_served((plan.reference, spec), served),
        *served_changed("reference", served[0]),
        *served_changed(spec.name, served[1]),
        *(finding for key in asked for finding in served_changed(key, observations.tally(key).served)),
        *unruled(policy, plan.measured, gated),
        *one_sided(plan, gated, setting.labels),
        *borderline_shift(comparisons),
        *_incomplete(plan, journal, setting),
        *patterns(plan, gated),
        *(under_covered(data.slices, data.asked, gated) if data is not None else ()),
    ]
    ruled = {rule.metric for rule in plan.measured}
    overall = [c for c in gated if c.metric.name in ruled and (not c.slice or alone_standing(plan, c.slice))]
    circumstances = Circumstances(
        today=setting.today,
        findings=tuple(replace(finding, owner=finding.owner or plan.owner) for finding in findings),
        limit_reached=setting.limit_reached,
        missing_metrics=tuple(sorted(ruled - {c.metric.name for c in gated})),
        n_prompts={c.metric.name: len(set(np.asarray(c.pairs.units).tolist())) for c in gated if not c.slice and c.n},
        risk=plan.risk,
        effects=effects,
        requirements=replace(requirements, reviewer="") if plan.null else requirements,  # nothing to sign for
        owner=plan.owner,
        exploratory=setting.exploratory,
        anytime=setting.anytime.get(spec.name, {}),
        n_pairs=sum(c.n + c.n_unscored for c in overall),
        n_unscored=sum(c.n_unscored for c in overall),
        adapters=tuple(PurePath(item).name for item in spec.settings.get("adapter", ())),
        languages=_languages(plan),
        suites=tuple(task.name for task in plan.tasks),
        dev_suites=tuple(task.name for task in plan.tasks if task.dataset.role == "dev"),
        candidate=spec.name,
        people=setting.people,
        data=data,
        reads=suites_read(plan, data),
        left_out=plan.left_out,
        notes=(*setting.notes, *_notes("reference", reference), *_notes(spec.name, candidate)),
    )
    verdict = decide(policy, plan.rules, gated, circumstances)
    if plan.null:
        verdict = null_verdict(verdict, plan.owner)
    power = [_power(rule, policy, one) for rule in plan.measured for one in gated if _whole(one, rule)]
    shown, totals = examples(plan, comparisons, observations, journal, spec.name)
    return Audit(
        name=plan.name,
        reference=reference,
        candidate=candidate,
        comparisons=comparisons,
        verdict=verdict,
        counts=_counts(plan, spec, observations, circumstances.n_unscored),
        examples=shown,
        examples_total=totals,
        power=tuple(power),
        saved=setting.saved,
        registered=setting.registered,
        config=setting.config,
        bands=_bands(policy),
        elapsed_s=setting.elapsed_s,
        assay_version=setting.version,
        judges=tuple(_seen(key, one, sides, observations) for key, one in asked.items()),
        warnings=(
            *practical(plan),
            *corrections(comparisons, setting.labels),
            *orders(plan, observations, spec.name),
            *_notes("reference", reference),
            *_notes(spec.name, candidate),
        ),
    )


def _incomplete(plan: Plan, journal: Journal, setting: Setting) -> list[Finding]:
    """What failed items do not say, where a rule of the plan asks."""
    codes = [rule.code for rule in plan.rules if rule.kind == "findings"]
    if not any(fnmatchcase(f"evidence.{name}", code) for code in codes for name in NEEDED):
        return []
    return incomplete(evidence(plan, journal, setting.people.labels()))


def _whole(compared: Comparison, rule: Rule) -> bool:
    """Whether a comparison is what a rule reads as a whole."""
    same = compared.metric.name == rule.metric and dict(compared.slice) == dict(rule.slice)
    return same and compared.metric.kind == "proportion" and compared.n > 0


def _power(rule: Rule, policy: Policy, compared: Comparison) -> dict[str, object]:
    """What this many prompts could have seen, at the observed level and churn."""
    level = compared.reference.value or 0.0
    base = level if compared.metric.higher_is_better else 1.0 - level
    units = len(set(compared.pairs.units))
    found = resolvability(rule, policy, units, base, len(compared.fixed) / compared.n)
    return {"rule": found.rule, "n": found.n, "power": found.power, "needed": found.needed, "note": found.note}


def _bands(policy: Policy) -> dict[str, float]:
    return {
        name: getattr(policy, name) for name in ("deploy", "monitor", "block", "category_concern", "category_block")
    }


def _counts(plan: Plan, spec: SubjectSpec, observations: Observations, unscored: int) -> dict[str, int]:
    states = observations.tally("reference").states + observations.tally(spec.name).states
    fine = {"answered", "empty", "truncated", "filtered"}
    planned = 2 * sum(len(task.dataset.samples) * task.epochs for task in plan.tasks)
    return {
        "samples": sum(len(task.dataset.samples) for task in plan.tasks),
        "trials": sum(states.values()),
        "errors": sum(count for state, count in states.items() if state not in fine),
        "unscored": unscored,
        "planned": planned,
        "cached": observations.tally("reference").cached + observations.tally(spec.name).cached,
    }


def _side(plan: Plan, key: str, sides: Mapping[str, Side], observations: Observations) -> Side:
    spec = plan.reference if key == "reference" else next(s for s in plan.candidates if s.name == key)
    return _seen(key, spec, sides, observations)


def _seen(key: str, spec: SubjectSpec, sides: Mapping[str, Side], observations: Observations) -> Side:
    """Who a subject or judge is, and what was counted of it."""
    unknown = Side(identity=Identity(name=spec.name, kind=spec.kind, digest=spec.digest), capabilities=Capabilities())
    known, tally = sides.get(key, unknown), observations.tally(key)
    return replace(
        known,
        counts=dict(tally.states.most_common()),
        finish_reasons=dict(tally.finish_reasons.most_common()),
        tokens_in=tally.tokens_in,
        tokens_out=tally.tokens_out,
        cost_usd=tally.cost_usd,
        latency_s=_percentiles(tally),
        cached=tally.cached,
    )


def _percentiles(tally: Tally) -> dict[str, float]:
    if not tally.latencies:
        return {}
    found = np.percentile(np.asarray(tally.latencies), [50, 95, 99])
    return {name: float(value) for name, value in zip(("p50", "p95", "p99"), found, strict=True)}


def _notes(key: str, side: Side) -> tuple[str, ...]:
    return tuple(f"{key}: {note}" for note in side.capabilities.notes)


def _languages(plan: Plan) -> tuple[str, ...]:
    every = [sample.metadata for task in plan.tasks for sample in task.dataset.samples]
    return tuple(sorted({str(data[key]) for data in every for key in ("language", "locale") if key in data}))


def borderline_shift(comparisons: Iterable[Comparison], level: float = 0.05) -> list[Finding]:
    """A shift on prompts where the reference itself wavers, or that are tagged borderline; no rule reads it."""
    found: list[Finding] = []
    for comparison in comparisons:
        p = comparison.mcnemar.get("midp", 1.0)
        if BORDERLINE not in comparison.slice or p > level:
            continue
        left, right = comparison.reference.value, comparison.candidate.value
        if left is None or right is None:
            continue
        found.append(
            Finding(
                code="borderline.shift",
                severity="medium",
                message=(
                    f"{comparison.metric.name} on borderline prompts moved from {left:.1%} to {right:.1%} "
                    f"(n={comparison.n}, McNemar mid-p {p:.2g})"
                ),
                where={"metric": comparison.metric.name, "slice": dict(comparison.slice), "samples": _some(comparison)},
                evidence={"reference": left, "candidate": right, "n": comparison.n, "p": p},
                remediation="Read the flipped answers, decide which way each should go, and add them as tests.",
            )
        )
    return found


def _some(comparison: Comparison, count: int = 20) -> Sequence[str]:
    return [*comparison.regressed[:count], *comparison.fixed[:count]]
