"""Policies: bundled ones by name, others by path."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from assay.domain.digest import digest_bytes
from assay.domain.errors import PlanError
from assay.domain.policy import Policy, Profile
from assay.store.documents import checked, read_document
from assay.store.planfile import PolicyFile


def bundled_policies() -> tuple[str, ...]:
    """Names of the policies that ship with assay."""
    root = resources.files("assay") / "packs" / "policies"
    return tuple(sorted(item.name.removesuffix(".yaml") for item in root.iterdir() if item.name.endswith(".yaml")))


def read_policy(name: str, folder: Path, place: str = "") -> Policy:
    """A bundled policy by name, or a policy file by path.

    Raises:
        PlanError: No such policy, or the file says something else than thresholds.
    """
    if name in bundled_policies():
        path = Path(str(resources.files("assay") / "packs" / "policies" / f"{name}.yaml"))
    else:
        path = Path(name) if Path(name).is_absolute() else folder / name
        if not path.is_file():
            raise PlanError(f"{place or name}: no policy '{name}'. Bundled: {', '.join(bundled_policies())}; or a file")
    written = checked(read_document(path), PolicyFile)
    values = written.model_dump()
    profiles = {
        key: {value: Profile(**{**shape, "suites": tuple(shape["suites"])}) for value, shape in options.items()}
        for key, options in values.pop("profiles").items()
    }
    version, waivable = str(values.pop("version")), tuple(values.pop("waivable"))
    return Policy(
        **values, waivable=waivable, version=version, profiles=profiles, digest=digest_bytes(path.read_bytes())
    )
