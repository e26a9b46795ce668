"""From a plan to those who answer: one subject for each specification, sharing what can be shared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.domain.asking import judges
from assay.domain.errors import PlanError
from assay.domain.plan import Plan, SubjectSpec
from assay.domain.subject import Price, Subject
from assay.registry import load, missing
from assay.subjects.again import asked_again

_WORDED = ("system", "template", "prompt_version")


def subjects(plan: Plan) -> dict[str, Subject]:
    """All subjects of a plan by their key in trials: `reference`, then the candidates by name.

    Endpoints share one connection pool; adapters on one base share its weights.

    Raises:
        MissingExtra: A kind of subject needs a package that is not installed.
        MissingSecret: An environment variable that the plan names is not set.
        DataError: A folder or file is not what its kind of subject needs.
    """
    samples = [sample for task in plan.tasks for sample in task.dataset.samples]
    shared: dict[str, Any] = {"samples": samples, "epochs": max((task.epochs for task in plan.tasks), default=None)}
    specs = {"reference": plan.reference, **{spec.name: spec for spec in plan.candidates}}
    made = {key: _made(spec, shared) for key, spec in specs.items()}
    return {key: asked_again(one) if plan.null and key != "reference" else one for key, one in made.items()}


def subject(plan: Plan, spec: SubjectSpec) -> Subject:
    """One subject of a plan alone; raises what `subjects` raises."""
    samples = [sample for task in plan.tasks for sample in task.dataset.samples]
    return _made(spec, {"samples": samples, "epochs": None})


def judging(plan: Plan) -> dict[str, Subject]:
    """The models that the scorers of a plan ask, by their key in trials; they share a connection pool of their own.

    Raises:
        MissingSecret: An environment variable that a scorer names is not set.
        PlanError: A candidate bears the name of a judge.
    """
    specs, shared = judges(plan.tasks), dict[str, Any]()
    taken = specs.keys() & {spec.name for spec in plan.candidates}
    if taken:
        raise PlanError(f"candidate '{min(taken)}' is called like a judge of this plan. Give it another name")
    return {key: _made(spec, shared) for key, spec in specs.items()}


def prices(plan: Plan) -> dict[str, Price]:
    """Price of each subject's and each judge's tokens by its key, where the plan states one."""
    specs = {"reference": plan.reference, **{spec.name: spec for spec in plan.candidates}, **judges(plan.tasks)}
    made = {key: _price(spec.settings.get("price")) for key, spec in specs.items()}
    return {key: price for key, price in made.items() if price is not None}


def _price(stated: Mapping[str, float] | None) -> Price | None:
    if stated is None:
        return None
    return Price(input_usd_per_million=stated["input"], output_usd_per_million=stated["output"])


def _made(spec: SubjectSpec, shared: dict[str, Any]) -> Subject:
    try:
        return _MAKERS.get(spec.kind, _plugin)(spec, shared)
    except ModuleNotFoundError as error:
        raise missing(f"subject '{spec.kind}:{spec.name}'", error) from error


def _wording(spec: SubjectSpec) -> Any:
    from assay.subjects.wording import Wording

    settings = spec.settings
    return Wording(
        system=settings.get("system", ""),
        template=settings.get("template", "{input}"),
        label=settings.get("prompt_version", ""),
    )


def _rest(spec: SubjectSpec, *without: str) -> dict[str, Any]:
    left_out = {*_WORDED, *without}
    return {key: value for key, value in spec.settings.items() if key not in left_out}


def _endpoint(spec: SubjectSpec, shared: dict[str, Any]) -> Subject:
    from assay.subjects.endpoint import Endpoint, EndpointSettings
    from assay.subjects.pool import Pool

    price = _price(spec.settings.get("price"))
    reuse = spec.role != "candidate"  # it is asked in every run, or a verdict could tell of another model
    rest = _rest(spec, "price")
    settings = EndpointSettings(**rest, name=spec.name, wording=_wording(spec), price=price, reuse=reuse)
    made: Subject = Endpoint(settings, pool=shared.setdefault("pool", Pool()))
    return made


def _recorded(spec: SubjectSpec, shared: dict[str, Any]) -> Subject:
    from assay.subjects.recorded import Recorded

    settings = spec.settings
    if "side" in settings:
        return _earlier(spec)
    known = {sample.id for sample in shared["samples"]}
    return Recorded.read(
        Path(settings["path"]),
        name=spec.name,
        revision=settings.get("revision", ""),
        prompt_version=settings.get("prompt_version", ""),
        known=known,
        epochs=shared["epochs"],
    )


def _earlier(spec: SubjectSpec) -> Subject:
    from assay.store.earlier import held
    from assay.subjects.earlier import Earlier, Past

    settings = spec.settings
    found = held(Path(settings["path"]), str(settings["side"]))
    past = Past(
        path=str(settings["path"]),
        run=found.run,
        side=found.side,
        registered=found.registered,
        identity=found.identity,
        answers=found.answers,
        digest=found.digest,
        decision=found.decision,
        ledger=found.ledger,
        standard=spec.role == "reference",
    )
    return Earlier(past, name=spec.name, revision=settings.get("revision", ""))


def _callable(spec: SubjectSpec, shared: dict[str, Any]) -> Subject:
    from assay.subjects.callable import Callable

    settings = spec.settings
    unused = [key for key in ("system", "template") if key in settings]
    if unused:
        raise PlanError(
            f"subject '{spec.name}': a callable brings its own prompts; {unused[0]} has no effect. Remove it"
        )
    return Callable(
        settings["function"],
        Path(settings["folder"]),
        name=spec.name,
        revision=settings.get("revision", ""),
        prompt_version=settings.get("prompt_version", ""),
    )


def _local(spec: SubjectSpec, shared: dict[str, Any]) -> Subject:
    base = str(spec.settings.get("base") or spec.settings.get("path"))
    adapters = tuple(spec.settings.get("adapter", ()))
    common = {"name": spec.name, "wording": _wording(spec)}
    if base.endswith(".gguf"):
        from assay.subjects.gguf import Gguf, GgufSettings

        rest = _rest(spec, "base", "path", "adapter", "dtype")
        return Gguf(GgufSettings(base=base, adapter=adapters, **rest, **common))
    rest = _rest(spec, "base", "path", "adapter")
    if adapters:
        from assay.subjects.adapter import Adapter, AdapterSettings

        return Adapter(AdapterSettings(base=base, adapter=adapters, **rest, **common))
    from assay.subjects.local import Local, LocalSettings

    return Local(LocalSettings(path=base, **rest, **common))


def _plugin(spec: SubjectSpec, shared: dict[str, Any]) -> Subject:
    made: Subject = load("subject", spec.kind, f"subject '{spec.name}'")(**spec.settings)
    return made


_MAKERS = {
    "endpoint": _endpoint,
    "recorded": _recorded,
    "callable": _callable,
    "local": _local,
    "adapter": _local,
}
