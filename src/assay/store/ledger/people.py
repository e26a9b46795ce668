"""What people did about a run: entries of its ledger, with their words kept beside the run's answers.

A person's words may hold what an answer says, so the ledger has only a salted digest of them; whoever must erase an
answer can erase the words too. Names stay: an approval without its approver is none.
"""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

from assay.domain.errors import ConfigurationError, RunFailed
from assay.domain.people import Judgement, People, Session, Signature, Waiver
from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.keys import signing_key
from assay.store.ledger.records import SAID, joined
from assay.store.runs import RunFile

REVIEWER = "ASSAY_REVIEWER"
"""Environment variable with the name of who acts."""
ERASED = "(erased)"
_KINDS = ("judged", "waived", "signed", "session")


def reviewer(given: str | None) -> str:
    """Who acts: as given, or from the environment.

    Raises:
        ConfigurationError: Nobody is named; what people do has a name.
    """
    name = " ".join((given or os.environ.get(REVIEWER, "")).split())
    if not name:
        raise ConfigurationError(f"who are you? Give --by NAME, or set {REVIEWER}")
    if len(name) > 200:
        raise ConfigurationError(f"the name is {len(name)} characters long; at most 200")
    return name


def act(run: RunFile, kind: str, data: Mapping[str, Any], words: Mapping[str, str | Sequence[str]]) -> None:
    """Records what a person did, signs the ledger where there is a key.

    Args:
        run: The run, opened for writing.
        kind: judged, waived, signed or session.
        data: What stands in the ledger as it is.
        words: Texts, or lists of them, by name; the ledger holds their digests.

    Raises:
        RunFailed: The ledger was changed.
        RunConflict: Another key signs it.
    """
    if kind not in _KINDS:
        raise ValueError(kind)
    digests = {name: _said(run, told) for name, told in words.items()}
    entry, key = (kind, {"run": run.id, **data, **digests}), signing_key()
    with joined(run) as ledger:
        if key is not None:
            ledger.checkpoint(key, [entry])
        else:
            ledger.extend([entry])
    for told in words.values():  # after the entry that names them: words without one were not written by assay
        for text in [told] if isinstance(told, str) else told:
            run.set_fact(f"{SAID}{_digest(run, text)}", text)


def _said(run: RunFile, told: str | Sequence[str]) -> str | list[str]:
    """Digests of words."""
    return _digest(run, told) if isinstance(told, str) else [_digest(run, text) for text in told]


def _digest(run: RunFile, text: str) -> str:
    return hashlib.sha256(b"said\0" + run.salt.secret + text.encode("utf-8", "surrogatepass")).hexdigest()


def people(run: RunFile, as_of: datetime.date | None = None) -> People:
    """All that people did about a run, from its ledger.

    Raises:
        RunFailed: Their words were changed.
    """
    if not (run.folder / NAME).is_file():
        return People(as_of=as_of)
    texts = run.facts(SAID)
    found: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    with Ledger(run.folder) as ledger:
        for entry in ledger.entries():
            if entry.kind in found and entry.data.get("run") == run.id:
                found[entry.kind].append((entry.at, dict(entry.data)))

    def word(data: Mapping[str, Any], name: str) -> str:
        return words(data, str(data.get(name, "")))

    def words(data: Mapping[str, Any], digest: str) -> str:
        text = texts.get(digest)
        if text is None:
            return ERASED if digest else ""
        if _digest(run, text) != digest:
            raise RunFailed(f"{run.path}: altered: what {data.get('by')} wrote is not what the ledger recorded")
        return text

    return People(
        judgements=tuple(
            Judgement(item=d["item"], by=d["by"], label=d["label"], reason=word(d, "reason"), at=at)
            for at, d in found["judged"]
        ),
        waivers=tuple(
            Waiver(
                rule=d["rule"],
                candidate=d["candidate"],
                by=d["by"],
                reason=word(d, "reason"),
                until=d["until"],
                at=at,
            )
            for at, d in found["waived"]
        ),
        signatures=tuple(
            Signature(
                candidate=d["candidate"],
                act=d["act"],
                by=d["by"],
                reason=word(d, "reason"),
                risk=word(d, "risk"),
                case=d["case"],
                at=at,
            )
            for at, d in found["signed"]
        ),
        sessions=tuple(
            Session(
                by=d["by"],
                minutes=d["minutes"],
                notes=word(d, "notes"),
                found=tuple(words(d, one) for one in d["found"]),
                at=at,
            )
            for at, d in found["session"]
        ),
        as_of=as_of,
    )
