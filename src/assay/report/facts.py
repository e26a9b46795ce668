"""The facts of a run in a few words each: what was asked, what failed, what it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from assay.domain.audit import Audit, Side
from assay.report.causes import errors_by_cause
from assay.report.inert import one_line
from assay.report.words import duration, money, plural, short_digest


def run_facts(audit: Audit) -> list[tuple[str, str]]:
    """Name and words of each fact, in the order in which people ask."""
    facts = [
        ("asked", ", ".join(_asked(audit))),
        ("took", ", ".join(_took(audit))),
        ("reference", _subject(audit.reference)),
        ("candidate", _subject(audit.candidate)),
        *(("judge", words) for words in judges(audit)),
    ]
    if audit.registered:
        digest, time = audit.registered.get("digest", ""), audit.registered.get("time", "")
        facts.append(("registered", f"{short_digest(digest)} at {one_line(time, 40)}"))
    if audit.verdict.valid_until:
        facts.append(("valid until", one_line(audit.verdict.valid_until, 40)))
    return facts + [("note", one_line(each, 300)) for each in notes(audit)]


def notes(audit: Audit) -> list[str]:
    """Warnings that do not stand among what was not tested."""
    return [each for each in dict.fromkeys(audit.warnings) if each not in audit.verdict.not_tested]


def cost(audit: Audit) -> str:
    """What both subjects cost together; a price that is known of one only says so."""
    costs = [side.cost_usd for side in (audit.reference, audit.candidate) if side.cost_usd is not None]
    return money(sum(costs) if costs else None) + (" (one subject has no price)" if len(costs) == 1 else "")


def saved(audit: Audit) -> int:
    """Calls that stopping early made unnecessary."""
    return max(audit.saved.get("planned", 0) - audit.saved.get("asked", 0), 0)


def _asked(audit: Audit) -> Iterator[str]:
    counts = audit.counts
    yield plural(counts.get("samples", 0), "prompt")
    yield plural(counts.get("trials", 0), "trial")
    yield _errors(audit)
    yield f"{counts.get('unscored', 0):,} unscored"
    if saved(audit):
        yield f"stopped early: {saved(audit):,} of {audit.saved['planned']:,} calls saved"


def _errors(audit: Audit) -> str:
    causes = Counter(errors_by_cause(audit.reference)) + Counter(errors_by_cause(audit.candidate))
    named = ", ".join(f"{one_line(cause, 40)} {count:,}" for cause, count in causes.most_common())
    return plural(audit.counts.get("errors", 0), "error") + (f" ({named})" if named else "")


def _took(audit: Audit) -> Iterator[str]:
    yield duration(audit.elapsed_s)
    yield cost(audit)
    yield f"{plural(audit.reference.tokens_out + audit.candidate.tokens_out, 'token')} written"
    cached = audit.reference.cached + audit.candidate.cached
    if cached:
        yield f"{plural(cached, 'answer')} from the cache"


def judges(audit: Audit) -> list[str]:
    """Of each judge model who it is, how much it was asked, what failed, what it cost."""
    return [f"{_subject(side)}: {', '.join(_judged(side))}" for side in audit.judges]


def _judged(side: Side) -> Iterator[str]:
    yield plural(sum(side.counts.values()), "question")
    failed = errors_by_cause(side)
    if failed:
        named = ", ".join(f"{one_line(cause, 40)} {count:,}" for cause, count in failed.items())
        yield f"{sum(failed.values()):,} failed ({named})"
    if side.cached:
        yield f"{side.cached:,} from the cache"
    yield money(side.cost_usd)


def _subject(side: Side) -> str:
    identity = side.identity
    label = f", {one_line(identity.prompt, 60)}" if identity.prompt else ""
    return f"{one_line(identity.name, 60)} ({identity.kind}{label}) {short_digest(identity.digest)}"
