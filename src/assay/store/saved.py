"""What is registered before the first call, and the saved form of a plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from assay.domain.digest import digest
from assay.domain.plan import Limits, Plan, SubjectSpec, Task
from assay.domain.policy import Policy, Profile
from assay.domain.sample import Dataset, Role, Sample
from assay.domain.subject import Generation
from assay.domain.verdict import Rule
from assay.store.plan_data import data_digests, dump_data, restore_data
from assay.store.sources import MakeScorer
from assay.store.trained import stamp

Versions = Mapping[str, Sequence[str]]
"""Versions of each task's scorers with their trained parts, in their order; see `stamp`."""


def registration(plan: Plan, versions: Versions | None = None, *, portable: bool = True) -> dict[str, str]:
    """Digests of all that must not change after the first call. Limits are left out: they add no evidence.

    Args:
        plan: The plan.
        versions: Of the scorers that judged, where they are others than those at hand.
        portable: Whether a corpus counts by its name and bytes; runs of before counted its folder too.
    """
    known = versions or {}
    digests = {
        "plan": digest([plan.name, plan.seed, plan.stopping, _plain(plan.risk), _generation(plan.generation)]),
        "policy": digest(_policy(plan.policy)),
        "rules": digest([_rule(rule) for rule in plan.rules]),
        "subject:reference": plan.reference.digest,
    }
    digests |= data_digests(plan.data, plan.left_out)
    if plan.null:
        digests["null"] = digest(True)
    digests |= {f"subject:{spec.name}": spec.digest for spec in plan.candidates}
    for task in plan.tasks:
        digests[f"dataset:{task.name}"] = task.dataset.digest
        shape = [list(task.slices), task.epochs, task.cluster, task.dataset.role]
        shape += [task.agree, task.agreement] if task.agree else []
        shape += ["apart"] if task.apart else []
        digests[f"task:{task.name}"] = digest(shape)
        own = known.get(task.name) or [stamp(made) for made in task.scorers]
        for made, version, spec in zip(task.scorers, own, task.scorer_specs, strict=True):
            name = f"scorer:{task.name}:{made.name}"
            if name in digests:  # several of one kind, for example recorded scores
                name += f".{len(digests)}"
            digests[name] = digest([version, _anywhere(_plain(spec)) if portable else _plain(spec)])
    return digests


def _anywhere(spec: dict[str, Any]) -> dict[str, Any]:
    """A scorer's saved form without the folder that a corpus lies in: its name counts, and its digest beside it."""
    if spec.get("corpus") and spec.get("corpus_sha256"):
        spec = spec | {"corpus": Path(spec["corpus"]).name}
    return {
        key: _anywhere(value) if isinstance(value, dict) and "type" in value else value for key, value in spec.items()
    }


def _generation(generation: Generation) -> list[Any]:
    return [
        generation.temperature,
        generation.max_tokens,
        generation.seed,
        generation.top_p,
        list(generation.stop),
    ]


def _rule(rule: Rule) -> list[Any]:
    names = _RULE if rule.code else _RULE[:-1]  # so that a rule of an older run keeps its digest
    return [getattr(rule, name) if name != "slice" else dict(rule.slice) for name in names]


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=list))


def dump_plan(plan: Plan) -> dict[str, Any]:
    """A plan as JSON values, without its samples; `restore_plan` gives it back."""
    tasks = [
        {
            "name": task.name,
            "dataset": {"name": task.dataset.name, "role": task.dataset.role, "digest": task.dataset.digest},
            "scorers": [_plain(spec) for spec in task.scorer_specs],
            "versions": [stamp(made) for made in task.scorers],
            "slices": list(task.slices),
            "epochs": task.epochs,
            "cluster": task.cluster,
            "pack": task.pack,
            "apart": task.apart,
            "agree": task.agree,
            "agreement": task.agreement,
        }
        for task in plan.tasks
    ]
    return {
        "name": plan.name,
        "portable": True,
        "reference": _spec(plan.reference),
        "candidates": [_spec(spec) for spec in plan.candidates],
        "tasks": tasks,
        "generation": dict(zip(_GENERATION, _generation(plan.generation), strict=True)),
        "policy": _policy(plan.policy),
        "rules": [dict(zip(_RULE, _rule(rule), strict=False)) for rule in plan.rules],
        "risk": dict(plan.risk),
        "limits": {name: getattr(plan.limits, name) for name in Limits.__dataclass_fields__},
        "stopping": plan.stopping,
        "seed": plan.seed,
        "owner": plan.owner,
        "null": plan.null,
        "path": Path(plan.path).name,
        "data": dump_data(plan.data),
        "left_out": dict(plan.left_out),
        "digests": dict(plan.digests),
    }


_GENERATION = ("temperature", "max_tokens", "seed", "top_p", "stop")
_RULE = ("id", "kind", "metric", "slice", "at_least", "at_most", "categories", "base_floor", "code")


_PUBLIC_QUERY = frozenset({"api-version", "deployment", "region"})
"""Parameters of an address that may be kept; values of all others could be keys."""


def _kept(name: str, value: Any) -> Any:
    """A setting as it is kept: an address without the values of its parameters."""
    if name != "url" or not isinstance(value, str) or "?" not in value:
        return value
    address, _, query = value.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    shown = [(key, text if key.lower() in _PUBLIC_QUERY else "[redacted]") for key, text in pairs]
    return f"{address}?{urlencode(shown, safe='[]')}"


def _spec(spec: SubjectSpec) -> dict[str, Any]:
    return {
        "role": spec.role,
        "name": spec.name,
        "kind": spec.kind,
        "settings": _plain({name: _kept(name, value) for name, value in spec.settings.items()}),
        "digest": spec.digest,
    }


def _policy(policy: Policy) -> dict[str, Any]:
    values = {name: getattr(policy, name) for name in Policy.__dataclass_fields__}
    values["concerns"] = dict(policy.concerns)
    values["waivable"] = list(policy.waivable)
    values["profiles"] = {
        key: {
            value: {name: _plain(getattr(profile, name)) for name in Profile.__dataclass_fields__}
            for value, profile in options.items()
        }
        for key, options in policy.profiles.items()
    }
    return values


def saved_versions(saved: Mapping[str, Any]) -> dict[str, list[str]]:
    """Versions of the scorers that judged, by task, from what `dump_plan` saved."""
    return {item["name"]: list(item["versions"]) for item in saved["tasks"] if "versions" in item}


def restore_plan(saved: Mapping[str, Any], samples: Mapping[str, Sequence[Sample]], scorer: MakeScorer) -> Plan:
    """The plan that `dump_plan` saved, with the samples of each task by name."""
    tasks = tuple(
        Task(
            name=item["name"],
            dataset=_restored(item["dataset"], samples[item["name"]]),
            scorers=tuple(scorer(spec) for spec in item["scorers"]),
            scorer_specs=tuple(item["scorers"]),
            slices=tuple(item["slices"]),
            epochs=item["epochs"],
            cluster=item["cluster"],
            pack=item["pack"],
            apart=item.get("apart", False),
            agree=item.get("agree", ""),
            agreement=item.get("agreement", "agreement"),
        )
        for item in saved["tasks"]
    )
    policy = dict(saved["policy"])
    policy["profiles"] = {
        key: {value: Profile(**{**shape, "suites": tuple(shape["suites"])}) for value, shape in options.items()}
        for key, options in policy["profiles"].items()
    }
    policy["waivable"] = tuple(policy.get("waivable", ("review",)))
    return Plan(
        name=saved["name"],
        reference=SubjectSpec(**saved["reference"]),
        candidates=tuple(SubjectSpec(**item) for item in saved["candidates"]),
        tasks=tasks,
        generation=Generation(**{**saved["generation"], "stop": tuple(saved["generation"]["stop"])}),
        policy=Policy(**policy),
        rules=tuple(Rule(**item) for item in saved["rules"]),
        risk=saved["risk"],
        limits=Limits(**saved["limits"]),
        stopping=saved["stopping"],
        seed=saved["seed"],
        owner=saved["owner"],
        null=saved.get("null", False),
        path=saved["path"],
        data=restore_data(saved.get("data")),
        left_out=saved.get("left_out", {}),
        digests=saved["digests"],
    )


def _restored(saved: Mapping[str, str], samples: Sequence[Sample]) -> Dataset:
    role: Role = "sealed" if saved["role"] == "sealed" else "dev" if saved["role"] == "dev" else "gate"
    return Dataset(name=saved["name"], samples=tuple(samples), role=role)
