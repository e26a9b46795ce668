"""The plan of a null run: the reference against itself."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

import click

from assay.domain.findings import CODES
from assay.domain.plan import Plan
from assay.domain.verdict import Rule
from assay.store.plan_data import DATA
from assay.store.saved import registration


def null_plan(plan: Plan) -> Plan:
    """The plan with a second copy of the reference in place of its candidates; a plan of its own, with its digests.

    What a candidate was trained on says nothing of the noise, so data and the rules over it are left out.
    """
    again = replace(plan.reference, role="candidate", name=f"{plan.reference.name} again")
    rules = tuple(rule for rule in plan.rules if plan.data is None or not _over_data(rule))
    made = replace(plan, name=f"{plan.name} (null run)", candidates=(again,), rules=rules, data=None, null=True)
    others = {
        key: value
        for key, value in plan.digests.items()
        if not key.startswith(("subject:", DATA)) and key != DATA.rstrip(":")
    }
    return replace(made, digests={**others, **registration(made)})


def _over_data(rule: Rule) -> bool:
    """Whether a rule counts findings that only training data has."""
    return rule.kind == "findings" and not any(fnmatchcase(code, rule.code) for code in CODES)


def without_cache(use_cache: bool) -> bool:
    """That a null run uses no response cache, whatever the default is.

    Raises:
        UsageError: The user asks for the cache: an answer that is served twice would hide the noise.
    """
    context = click.get_current_context()
    given = context.get_parameter_source("use_cache") is click.core.ParameterSource.COMMANDLINE
    if use_cache and given:
        raise click.UsageError("--null asks everything anew, reference and judges too; leave --cache out")
    return False
