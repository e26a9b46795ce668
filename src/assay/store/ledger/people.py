"""What people did about a run: entries of its ledger, with their words kept beside the run's answers.

A person's words may hold what an answer says, so the ledger has only a salted digest of them; whoever must erase an
answer can erase the words too. Names stay: an approval without its approver is none.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from assay.domain.errors import ConfigurationError, RunFailed
from assay.domain.people import Act, Judgement, Label, People, Session, Signature, Waiver
from assay.store.ledger.book import NAME, Entry, Ledger
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
    written = unicodedata.normalize("NFKC", given or os.environ.get(REVIEWER, ""))
    name = " ".join("".join(char for char in written if char.isprintable() or char.isspace()).split())
    if not name:
        raise ConfigurationError(f"who are you? Give --by NAME, or set {REVIEWER}")
    if len(name) > 200:
        raise ConfigurationError(f"the name is {len(name)} characters long; at most 200")
    return name


def act(run: RunFile, kind: str, data: Mapping[str, Any], words: Mapping[str, str | Sequence[str]]) -> bool:
    """Records what a person did, signs the ledger where there is a key.

    Args:
        run: The run, opened for writing.
        kind: judged, waived, signed or session.
        data: What stands in the ledger as it is.
        words: Texts, or lists of them, by name; the ledger holds their digests.

    Returns:
        Whether the entry is signed.

    Raises:
        RunFailed: The ledger was changed.
    """
    if kind not in _KINDS:
        raise ValueError(kind)
    digests = {name: _digests(run, told) for name, told in words.items() if told}
    entry, key = (kind, {"run": run.id, **data, **digests}), signing_key()
    with joined(run) as ledger:
        own = ledger.key()
        if key is not None and own in (None, key.public):
            ledger.checkpoint(key, [entry])
        else:
            ledger.extend([entry])
    for told in words.values():  # after the entry that names them: words without one were not written by assay
        for text in [told] if isinstance(told, str) else told:
            if text:
                run.set_fact(f"{SAID}{_digest(run, text)}", text)
    return key is not None and own in (None, key.public)


def signed_ledger(run: RunFile) -> bool:
    """Whether somebody's key signs the ledger of a run."""
    with Ledger(run.folder) as ledger:
        return ledger.key() is not None


def _digests(run: RunFile, told: str | Sequence[str]) -> str | list[str]:
    return _digest(run, told) if isinstance(told, str) else [_digest(run, text) for text in told]


def _digest(run: RunFile, text: str) -> str:
    return hashlib.sha256(b"said\0" + run.salt.secret + text.encode("utf-8", "surrogatepass")).hexdigest()


def people(run: RunFile, as_of: datetime.date | None = None) -> People:
    """All that people did about a run, from its ledger; of what is dated after `as_of` nothing.

    Raises:
        RunFailed: Their words were changed, or an entry says nothing that a person can do.
    """
    if not (run.folder / NAME).is_file():
        return People(as_of=as_of)
    texts = run.facts(SAID)
    found: dict[str, list[Any]] = {kind: [] for kind in _KINDS}

    def words(digest: str, by: str) -> str:
        text = texts.get(digest)
        if text is None:
            return ERASED if digest else ""
        if _digest(run, text) != digest:
            raise RunFailed(f"{run.path}: altered: what {by} wrote is not what the ledger recorded")
        return text

    with Ledger(run.folder) as ledger:
        for entry in ledger.entries():
            if entry.kind in found and entry.data.get("run") == run.id:
                if as_of is not None and entry.at[:10] > as_of.isoformat():
                    continue
                try:
                    found[entry.kind].append(_act(entry, words))
                except (KeyError, TypeError, ValueError) as error:
                    told = f"entry {entry.seq} ({entry.kind}) says nothing that a person can do: {error!r}"
                    raise RunFailed(f"{ledger.path}: altered: {told}") from error
    return People(
        judgements=tuple(found["judged"]),
        waivers=tuple(found["waived"]),
        signatures=tuple(found["signed"]),
        sessions=tuple(found["session"]),
        as_of=as_of,
    )


def _act(entry: Entry, words: Callable[[str, str], str]) -> Judgement | Waiver | Signature | Session:
    """What an entry says that somebody did."""
    data, at = entry.data, entry.at
    by = _text(data["by"])
    reason = words(_text(data.get("reason", "")), by)
    if entry.kind == "judged":
        label = data["label"]
        if label not in get_args(Label):
            raise ValueError(label)
        return Judgement(item=_text(data["item"]), by=by, label=label, reason=reason, at=at)
    if entry.kind == "waived":
        until = datetime.date.fromisoformat(data["until"]).isoformat()
        return Waiver(
            rule=_text(data["rule"]), candidate=_text(data["candidate"]), by=by, reason=reason, until=until, at=at
        )
    if entry.kind == "signed":
        if data["act"] not in get_args(Act):
            raise ValueError(data["act"])
        return Signature(
            candidate=_text(data["candidate"]), act=data["act"], by=by, reason=reason, case=_text(data["case"]), at=at,
            risk=words(_text(data.get("risk", "")), by), stated=data["stated"] is True,
        )  # fmt: skip
    minutes, items = data["minutes"], data.get("found", [])
    if not isinstance(minutes, int) or not isinstance(items, list):
        raise ValueError(data)
    notes, seen = words(_text(data.get("notes", "")), by), tuple(words(_text(one), by) for one in items)
    return Session(by=by, minutes=minutes, notes=notes, found=seen, at=at)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {value!r:.60}")
    return value
