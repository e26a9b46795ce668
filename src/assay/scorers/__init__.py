"""Room: (sample, output) -> scores. Each scorer is a frozen dataclass whose fields are its settings.

A scorer's module is loaded when it is first asked for, so that the room costs nothing to enter.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.scorers.bbq import Bbq
    from assay.scorers.bias import Bias
    from assay.scorers.cascade import Cascade
    from assay.scorers.choice import Choice
    from assay.scorers.citation import Citations
    from assay.scorers.degeneration import Degeneration
    from assay.scorers.disclaimers import Disclaimers
    from assay.scorers.evidence_coverage import EvidenceCoverage
    from assay.scorers.fabricated_citation import FabricatedCitation
    from assay.scorers.format_drift import FormatDrift
    from assay.scorers.groundedness import Groundedness
    from assay.scorers.group_claims import GroupClaims
    from assay.scorers.hedging import Hedging
    from assay.scorers.injection import Injection
    from assay.scorers.judge import Judge
    from assay.scorers.language_drift import LanguageDrift
    from assay.scorers.length import Length
    from assay.scorers.match import Match
    from assay.scorers.mirroring import Mirroring
    from assay.scorers.overconfidence import Overconfidence
    from assay.scorers.pattern import Pattern
    from assay.scorers.policy import Policy
    from assay.scorers.policy_hallucination import PolicyHallucination
    from assay.scorers.privacy import Privacy
    from assay.scorers.recorded import Recorded
    from assay.scorers.refusal import OverRefusal, Refusal
    from assay.scorers.refusal_quality import RefusalQuality
    from assay.scorers.steps import Steps
    from assay.scorers.stereotype import Stereotype
    from assay.scorers.structured import Json
    from assay.scorers.sycophancy import Sycophancy
    from assay.scorers.tool_call import ToolCalls
    from assay.scorers.tool_use import ToolUse
    from assay.scorers.verbosity import Verbosity

__all__ = [
    "Bbq",
    "Bias",
    "Cascade",
    "Choice",
    "Citations",
    "Degeneration",
    "Disclaimers",
    "EvidenceCoverage",
    "FabricatedCitation",
    "FormatDrift",
    "Groundedness",
    "GroupClaims",
    "Hedging",
    "Injection",
    "Json",
    "Judge",
    "LanguageDrift",
    "Length",
    "Match",
    "Mirroring",
    "OverRefusal",
    "Overconfidence",
    "Pattern",
    "Policy",
    "PolicyHallucination",
    "Privacy",
    "Recorded",
    "Refusal",
    "RefusalQuality",
    "Steps",
    "Stereotype",
    "Sycophancy",
    "ToolCalls",
    "ToolUse",
    "Verbosity",
]

_MODULES = {
    "Bbq": "bbq",
    "Bias": "bias",
    "Cascade": "cascade",
    "Choice": "choice",
    "Citations": "citation",
    "Degeneration": "degeneration",
    "Disclaimers": "disclaimers",
    "EvidenceCoverage": "evidence_coverage",
    "FabricatedCitation": "fabricated_citation",
    "FormatDrift": "format_drift",
    "Groundedness": "groundedness",
    "GroupClaims": "group_claims",
    "Hedging": "hedging",
    "Injection": "injection",
    "Json": "structured",
    "Judge": "judge",
    "LanguageDrift": "language_drift",
    "Length": "length",
    "Match": "match",
    "Mirroring": "mirroring",
    "OverRefusal": "refusal",
    "Overconfidence": "overconfidence",
    "Pattern": "pattern",
    "Policy": "policy",
    "PolicyHallucination": "policy_hallucination",
    "Privacy": "privacy",
    "Recorded": "recorded",
    "Refusal": "refusal",
    "RefusalQuality": "refusal_quality",
    "Steps": "steps",
    "Stereotype": "stereotype",
    "Sycophancy": "sycophancy",
    "ToolCalls": "tool_call",
    "ToolUse": "tool_use",
    "Verbosity": "verbosity",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
