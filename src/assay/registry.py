"""Names in a plan to objects: a table for what ships, entry points for what does not.

Both hold "module:Name" strings; a module is imported when its name is used.
"""

from __future__ import annotations

import difflib
import inspect
import math
import types
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, get_type_hints

import msgspec

from assay.domain.asking import AskingScorer
from assay.domain.digest import digest
from assay.domain.errors import MissingExtra, PlanError
from assay.domain.score import Scorer
from assay.scorers.cards import card, measured_on

SCORERS: Mapping[str, str] = {
    "bbq": "assay.scorers.bbq:Bbq",
    "bias": "assay.scorers.bias:Bias",
    "cascade": "assay.scorers.cascade:Cascade",
    "choice": "assay.scorers.choice:Choice",
    "citation": "assay.scorers.citation:Citations",
    "content_safety": "assay.scorers.content_safety:ContentSafety",
    "contract": "assay.scorers.behaviour:BehaviourContract",
    "degeneration": "assay.scorers.degeneration:Degeneration",
    "disclaimers": "assay.scorers.disclaimers:Disclaimers",
    "evidence_coverage": "assay.scorers.evidence_coverage:EvidenceCoverage",
    "fabricated_citation": "assay.scorers.fabricated_citation:FabricatedCitation",
    "format_drift": "assay.scorers.format_drift:FormatDrift",
    "groundedness": "assay.scorers.groundedness:Groundedness",
    "group_claims": "assay.scorers.group_claims:GroupClaims",
    "harmful_answer": "assay.scorers.harmful_answer:HarmfulAnswer",
    "hedging": "assay.scorers.hedging:Hedging",
    "injection": "assay.scorers.injection:Injection",
    "json": "assay.scorers.structured:Json",
    "judge": "assay.scorers.judge:Judge",
    "language_drift": "assay.scorers.language_drift:LanguageDrift",
    "length": "assay.scorers.length:Length",
    "match": "assay.scorers.match:Match",
    "mirroring": "assay.scorers.mirroring:Mirroring",
    "over_refusal": "assay.scorers.refusal:OverRefusal",
    "overconfidence": "assay.scorers.overconfidence:Overconfidence",
    "pattern": "assay.scorers.pattern:Pattern",
    "policy": "assay.scorers.policy:Policy",
    "policy_hallucination": "assay.scorers.policy_hallucination:PolicyHallucination",
    "preference": "assay.scorers.preference:Preference",
    "privacy": "assay.scorers.privacy:Privacy",
    "recorded": "assay.scorers.recorded:Recorded",
    "refusal": "assay.scorers.refusal:Refusal",
    "refusal_quality": "assay.scorers.refusal_quality:RefusalQuality",
    "steps": "assay.scorers.steps:Steps",
    "stereotype": "assay.scorers.stereotype:Stereotype",
    "sycophancy": "assay.scorers.sycophancy:Sycophancy",
    "tool_call": "assay.scorers.tool_call:ToolCalls",
    "tool_use": "assay.scorers.tool_use:ToolUse",
    "toxicity": "assay.scorers.toxicity:Toxicity",
    "verbosity": "assay.scorers.verbosity:Verbosity",
}
"""Scorers that ship with assay."""

SUBJECTS: Mapping[str, str] = {
    "adapter": "assay.subjects.adapter:Adapter",
    "callable": "assay.subjects.callable:Callable",
    "endpoint": "assay.subjects.endpoint:Endpoint",
    "local": "assay.subjects.local:Local",
    "recorded": "assay.subjects.recorded:Recorded",
}
"""Subjects that ship with assay."""

_EXTRAS: Mapping[str, str] = {
    "torch": "local",
    "transformers": "local",
    "peft": "local",
    "safetensors": "local",
    "tokenizers": "local",
    "accelerate": "local",
    "gguf": "gguf",
    "xllamacpp": "gguf",
    "pyarrow": "parquet",
}
"""Extra that brings a package."""

_ALIASES = {"name": "metric"}
"""Keys of a plan that are called otherwise in a scorer, whose own `name` is its type."""


def scorer(spec: str | Mapping[str, Any], where: str = "scorers") -> Scorer:
    """The scorer that a plan names.

    Args:
        spec: Its name, or a mapping with `type` and settings.
        where: Place in the plan, for messages.

    Raises:
        PlanError: No such scorer, no such setting, or a setting of the wrong type.
        MissingExtra: It needs a package that is not installed.

    Examples:
        >>> scorer({"type": "refusal", "partial": "comply"}).partial
        'comply'
    """
    if isinstance(spec, str):
        spec = {"type": spec}
    if not isinstance(spec, Mapping) or not isinstance(spec.get("type"), str):
        raise PlanError(f"{where}: not a scorer: {_shown(spec)}. A scorer is a name, or a mapping with 'type'")
    kind = spec["type"]
    made = load("scorer", kind, where)
    settings = {key: value for key, value in spec.items() if key != "type"}
    judge = _constructed(made, settings, f"{where}: {kind}")
    if not isinstance(judge, Scorer):
        raise PlanError(
            f"{where}: {kind}: {type(judge).__name__} is not a scorer (name, version, needs, judges, metrics, score)"
        )
    return judge


def scorer_names() -> tuple[str, ...]:
    """Names of all scorers, plugins included, sorted."""
    return tuple(sorted({*SCORERS, *_plugins("scorer")}))


def scorer_digest(judge: Scorer) -> str:
    """Digest of a scorer's name, version and settings."""
    return digest([judge.name, judge.version, settings_of(judge)])


def settings_of(judge: Scorer) -> dict[str, Any]:
    """A scorer's settings by name, as plain values; with its name they are its saved form."""
    if not is_dataclass(judge):
        return {}
    return {f.name: _saved(getattr(judge, f.name)) for f in fields(judge) if f.init}


def _saved(value: Any) -> Any:
    """A setting as plain values; a scorer within a scorer with its type and version."""
    if isinstance(value, Scorer):
        return {"type": value.name, "version": value.version, **settings_of(value)}
    return msgspec.to_builtins(value)


def setting_names(name: str, where: str) -> frozenset[str]:
    """Names of a scorer's settings, as a plan writes them.

    Raises:
        PlanError: No scorer has that name.
    """
    made = load("scorer", name, where)
    known = {field.name for field in fields(made) if field.init} if is_dataclass(made) else set()
    return frozenset(_ALIASES_BACK.get(field, field) for field in known)


def page(name: str) -> str:
    """What a scorer looks for, why, and what it misses: its page as text.

    A class whose `card` names a trained model has that model's measured table below it.

    Raises:
        PlanError: No scorer has that name.
    """
    made = load("scorer", name, "scorers")
    version = made.version if isinstance(made.version, str) else "1, with those of its stages"
    about = f"{name} (version {version})\n\n{inspect.getdoc(made) or ''}".rstrip() + "\n"
    trained: str = getattr(made, "card", "")
    return about + ("\nMeasured on\n\n" + measured_on(card(trained)) if trained else "")


def load(room: str, name: str, where: str, who: str = "") -> Any:
    """The class behind a name of the table or of a plugin.

    Args:
        room: `scorer` or `subject`.
        name: Name in a plan.
        where: Place in the plan, for messages.
        who: What is being made, for the message about a missing package; `subject 'local:models/base'`.

    Raises:
        PlanError: Nothing has that name, or a plugin cannot be loaded.
        MissingExtra: It needs a package that is not installed.
    """
    table = SCORERS if room == "scorer" else SUBJECTS
    if name in table:
        module, _, attribute = table[name].partition(":")
        return getattr(_imported(module, who or f"{room} '{name}'"), attribute)
    plugins = _plugins(room)
    if name not in plugins:
        raise PlanError(f"{where}: no {room} is called {name!r}.{_nearest(name, (*table, *plugins))}")
    point = plugins[name]
    return getattr(_imported(point.module, who or f"{room} '{name}'"), point.attr)


def _imported(module: str, who: str) -> types.ModuleType:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise missing(who, error) from error


def missing(who: str, error: ModuleNotFoundError) -> Exception:
    """The error that names the extra to install, or the error itself when no extra brings the package.

    Args:
        who: What needs it, for example `subject 'local:models/base'`.
        error: What the import said.
    """
    package = (error.name or "").partition(".")[0]
    if package == "assay" or not package:
        return error
    extra = _EXTRAS.get(package)
    install = f"pip install 'assay-llm[{extra}]'" if extra else f"pip install {package}"
    return MissingExtra(f"{who} needs {package}, which is not installed. Install with: {install}")


@cache
def _plugins(room: str) -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=f"assay.{room}s")}


def _constructed(made: Any, settings: Mapping[str, Any], where: str) -> Any:
    known = {field.name for field in fields(made) if field.init} if is_dataclass(made) else set()
    hints = get_type_hints(made)
    values: dict[str, Any] = {}
    for key, value in settings.items():
        field = _ALIASES[key] if key in _ALIASES and _ALIASES[key] in known else key
        if field in getattr(made, "gone", {}):
            raise PlanError(f"{where}: {key!r}: {made.gone[field]}")
        if field not in known:
            shown = [_ALIASES_BACK.get(name, name) for name in known]
            raise PlanError(f"{where}: no setting is called {key!r}.{_nearest(key, shown)}")
        if field in values:
            raise PlanError(f"{where}: 'name' and 'metric' mean the same. Leave one out")
        stage = hints[field] in (Scorer, AskingScorer)
        values[field] = scorer(value, f"{where}.{key}") if stage else _converted(value, hints[field], f"{where}.{key}")
    try:
        return made(**values)
    except TypeError as error:
        required = [f"'{name}'" for name in _required(made) if name not in values]
        raise PlanError(f"{where}: needs {', '.join(required) or error}") from error
    except PlanError as error:
        raise PlanError(f"{where}: {error}") from None


_ALIASES_BACK = {field: key for key, field in _ALIASES.items()}


def _required(made: Any) -> list[str]:
    parameters = inspect.signature(made).parameters.values()
    return [p.name for p in parameters if p.default is p.empty]


def _converted(value: Any, kind: Any, where: str) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise PlanError(f"{where}: expected a finite number; it is {value}")
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        said = str(error).replace(" - at `$`", "").replace("`", "'")
        raise PlanError(f"{where}: {said[:1].lower()}{said[1:]}; it is {_shown(value)}") from None


def _nearest(name: str, names: Iterable[str]) -> str:
    every = sorted(set(names))
    close = difflib.get_close_matches(name, every, n=1, cutoff=0.6)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"{hint} Known: {', '.join(every)}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
