"""What differs between the two subjects of an audit, as far as the registered plan and their identities tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from assay.domain.audit import Audit, Side
from assay.report.inert import one_line
from assay.report.losses import scorer_specs
from assay.report.words import short_digest

NONE = "none"
"""Said of a setting that is not given."""
_TOLD = {"system", "template", "prompt_version", "revision", "extra", "price", "url", "model", "folder", "name",
         "probe", "api_key_env", "headers_env"}  # fmt: skip
_NAMED = {"path", "base", "adapter"}
"""Settings that hold paths: only the names are shown."""
_PARTS = {"served_model", "fingerprint", "url", "system_prompt", "template"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing about both subjects."""

    name: str
    """What it is."""
    reference: str
    """As the reference has it."""
    candidate: str
    """As the candidate has it."""

    @property
    def differs(self) -> bool:
        """Whether the two have it differently."""
        return self.reference != self.candidate


def facts(audit: Audit) -> list[Fact]:
    """Identity, wording, generation settings, what was served, weights, scorers; what neither has is left out."""
    left, right = _spec(audit, audit.reference, "reference"), _spec(audit, audit.candidate, "candidates")
    told = [dict(_facts(audit, side, spec)) for side, spec in ((audit.reference, left), (audit.candidate, right))]
    names = dict.fromkeys([*told[0], *told[1]])
    made = [Fact(name=name, reference=told[0].get(name, NONE), candidate=told[1].get(name, NONE)) for name in names]
    return [fact for fact in made if (fact.reference, fact.candidate) != (NONE, NONE)]


def settings_of(audit: Audit, side: Side, place: str) -> Mapping[str, Any]:
    """The settings of a subject as registered; place is `reference` or `candidates`."""
    found = _spec(audit, side, place).get("settings")
    return found if isinstance(found, Mapping) else {}


def _spec(audit: Audit, side: Side, place: str) -> Mapping[str, Any]:
    written = audit.config.get(place)
    listed = written if isinstance(written, list) else [written]
    specs = [one for one in listed if isinstance(one, Mapping)]
    return next((one for one in specs if one.get("name") == side.identity.name), specs[0] if len(specs) == 1 else {})


def _facts(audit: Audit, side: Side, spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    identity = side.identity
    settings = spec.get("settings")
    settings = settings if isinstance(settings, Mapping) else {}
    yield "identity", short_digest(identity.digest)
    yield "kind", identity.kind or NONE
    yield "revision", identity.revision or NONE
    yield "prompt version", identity.prompt or NONE
    yield "system prompt", _text(settings.get("system"), None if spec else identity.details.get("system_prompt"))
    yield "template", _text(settings.get("template"), None if spec else identity.details.get("template"))
    yield "generation settings", _generation(audit, settings.get("extra"))
    yield "model asked for", _text(settings.get("model"))
    yield "served model", _text(identity.details.get("served_model"), _served(audit, side, "served_model"))
    yield "serving system", _text(identity.details.get("fingerprint"), _served(audit, side, "fingerprint"))
    yield "address", _text(identity.details.get("url"))
    for key in sorted(settings.keys() - _TOLD):
        yield key, _names(settings[key]) if key in _NAMED else _text(settings[key])
    for key in sorted(identity.details.keys() - _PARTS - {"model", "dialect"}):
        value = identity.details[key]
        shown = short_digest(value) if value.startswith("sha256:") else value
        if key not in settings or shown != _names(settings[key]):
            yield f"{key} digest" if key in settings else key, _text(shown)
    yield "scorers", _scorers(audit)


def _text(*values: Any) -> str:
    """The first value that says something."""
    said = next((value for value in values if value not in (None, "", [], {})), NONE)
    return said if isinstance(said, str) else str(said)


def _served(audit: Audit, side: Side, field: str) -> str:
    """What the replies among the examples name: a subject that was not probed introduced itself without it."""
    trials = (each.reference if side is audit.reference else each.candidate for each in audit.examples)
    seen = {getattr(trial.output, field) for trial in trials if trial is not None and trial.output is not None}
    return ", ".join(sorted(seen - {""})[:5])


def _names(value: Any) -> str:
    listed = value if isinstance(value, list | tuple) else [value]
    return ", ".join(PurePath(str(one)).name for one in listed) or NONE


def _generation(audit: Audit, extra: Any) -> str:
    shared = audit.config.get("generation")
    merged = {**(shared if isinstance(shared, Mapping) else {}), **(extra if isinstance(extra, Mapping) else {})}
    said = [f"{key} {value}" for key, value in merged.items() if value not in (None, [], ())]
    return one_line(", ".join(said), 300) or NONE


def _scorers(audit: Audit) -> str:
    """The scorers judge both subjects alike, in one version."""
    names = [str(one.get("type", "")) for one in scorer_specs(audit.config)]
    return ", ".join(dict.fromkeys(name for name in names if name)) or NONE
