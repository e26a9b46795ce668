"""pytest plugin: audits as tests. Nothing of assay is loaded until a test uses it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from assay.interfaces.regression import Audited

PASSES = ("deploy", "deploy_monitored")
"""Decisions that are no regression. Inconclusive is none of them: no data never passes."""


def assert_no_regression(
    audited: Audited | Path | str | Mapping[str, Any],
    *,
    metrics: str | Collection[str] | None = None,
    slices: str | Mapping[str, str] | Sequence[str | Mapping[str, str]] | None = None,
    allow: str | Collection[str] = PASSES,
    **options: Any,
) -> Audited:
    """Fails the test unless the candidate may replace the reference, or does on the metrics and slices named.

    Args:
        audited: What `assay_audit` gave, or a plan (file, or a dict), which is audited first.
        metrics: Only rules on these metrics; each needs one.
        slices: Only these: `key=value`, a mapping, or `key` for all its values; each needs a scored pair.
        allow: A decision that passes, or several; `exploratory` among them lets a trial run (`limit`) pass.
        options: Of `assay_audit`, when a plan is given.

    Returns:
        The result, for further looks at it.

    Raises:
        AssertionError: With decision, rules, intervals and the samples to read first.
        AssayError: The plan cannot be used, or the run failed.
    """
    __tracebackhide__ = True
    from assay.interfaces.regression import Audited, regressions

    result = audited if isinstance(audited, Audited) else _conducted(audited, **options)
    said = regressions(result, metrics=metrics, slices=slices, allow=allow)
    if said:
        raise AssertionError(said)
    return result


@pytest.fixture
def assay_audit(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Audited]:
    """Audits a plan: `assay_audit("audit.yaml")` or `assay_audit({...})` gives verdict, rules and run folder.

    Paths are looked up beside the test file; the run rests in the test's `tmp_path`.
    Options: `folder`, `base`, `limit`, `null`, `fresh`, `cache`.
    """

    def audit(plan: Path | str | Mapping[str, Any], **options: Any) -> Audited:
        __tracebackhide__ = True
        return _audit(request.path.parent, tmp_path, plan, **options)

    return audit


@pytest.fixture(name="assert_no_regression")
def _assert_no_regression(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Audited]:
    """`assert_no_regression` for tests that do not import it; a plan's run rests in the test's `tmp_path`."""

    def check(audited: Audited | Path | str | Mapping[str, Any], **options: Any) -> Audited:
        __tracebackhide__ = True
        own = {key: options.pop(key) for key in ("metrics", "slices", "allow") if key in options}
        if isinstance(audited, str | Path | Mapping):
            audited = _audit(request.path.parent, tmp_path, audited, **options)
        return assert_no_regression(audited, **own)

    return check


def _audit(place: Path, tmp_path: Path, plan: Path | str | Mapping[str, Any], **options: Any) -> Audited:
    __tracebackhide__ = True
    taken = sum(1 for path in tmp_path.iterdir() if path.name.startswith("assay-run"))
    return _conducted(plan, **{"base": place, "folder": tmp_path / f"assay-run-{taken + 1}", **options})


def _conducted(plan: Path | str | Mapping[str, Any], **options: Any) -> Audited:
    """An audit whose errors show the test's line and the message: how assay is built helps nobody who wrote a plan."""
    __tracebackhide__ = True
    from assay.domain.errors import AssayError
    from assay.interfaces.regression import conduct

    try:
        return conduct(plan, **options)
    except AssayError as error:
        raise error.with_traceback(None) from None
