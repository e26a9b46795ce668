"""The form of a signed verdict, read strictly: what is not of this form says nothing."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec

from assay.domain.errors import DataError
from assay.report.attestation import PREDICATE, SCHEMA, TYPE
from assay.store.ledger.canonical import canonical
from assay.store.ledger.dsse import IN_TOTO

_Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
_Path = Annotated[list[_Hash], msgspec.Meta(max_length=64)]


class _Proof(msgspec.Struct, forbid_unknown_fields=True):
    index: _Count
    body: str
    path: _Path


class _Stated(msgspec.Struct, forbid_unknown_fields=True):
    origin: str
    size: Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
    root: _Hash
    checkpoint: str


class Samples(msgspec.Struct, forbid_unknown_fields=True):
    """How many answers a verdict counts, and under which root."""

    count: _Count
    root: _Hash
    late: _Count
    replaced: _Count


class _Subject(msgspec.Struct):
    name: str
    digest: str
    details: dict[str, str] = {}


class _Rule(msgspec.Struct):
    id: str
    outcome: str
    slice: dict[str, str]


class _Counts(msgspec.Struct):
    trials: _Count
    errors: _Count
    unscored: _Count


class _Registered(msgspec.Struct):
    digest: str
    time: str


class _Verdict(msgspec.Struct):
    decision: str
    candidate: _Subject
    reference: _Subject
    rules: list[_Rule]
    counts: _Counts
    registered: _Registered
    exploratory: bool | str | None


class Before(msgspec.Struct, forbid_unknown_fields=True):
    """A run that was begun before in the same folder."""

    run: str
    registered: str
    decisions: list[str]


class Candidate(msgspec.Struct, forbid_unknown_fields=True):
    """Another candidate of the run, and what became of it."""

    candidate: str
    decision: str
    exploratory: bool | str | None


class Own(msgspec.Struct, forbid_unknown_fields=True):
    """assay's own part of the predicate."""

    schema: str
    run: str
    verdict: dict[str, Any]
    samples: Samples
    ledger: _Stated
    code: dict[str, str]
    as_of: str
    earlier: list[Before]
    candidates: list[Candidate]
    proofs: dict[str, _Proof]


class Descriptor(msgspec.Struct, forbid_unknown_fields=True):
    """A thing with its digests."""

    name: str
    digest: dict[str, str]


class _Predicate(msgspec.Struct, forbid_unknown_fields=True):
    result: str
    configuration: list[Descriptor]
    passedTests: list[str]  # noqa: N815
    warnedTests: list[str]  # noqa: N815
    failedTests: list[str]  # noqa: N815
    assay: Own


class Statement(msgspec.Struct, forbid_unknown_fields=True):
    """The whole statement."""

    _type: str
    subject: list[Descriptor]
    predicateType: str  # noqa: N815
    predicate: _Predicate


def statement_of(kind: str, payload: bytes) -> Statement:
    """The statement of an envelope.

    Raises:
        DataError: It is no verdict of assay, or of another form.
    """
    try:
        stated = msgspec.json.decode(payload, type=Statement)
        msgspec.convert(stated.predicate.assay.verdict, _Verdict)
        if kind != IN_TOTO or stated._type != TYPE or stated.predicateType != PREDICATE:
            raise DataError("no verdict of assay: another kind of attestation")
        if stated.predicate.assay.schema != SCHEMA:
            raise DataError(f"a verdict of another form ({stated.predicate.assay.schema})")
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DataError(f"no verdict of assay: {' '.join(str(error).split())[:200]}") from error
    return stated


def is_canonical(content: bytes) -> bool:
    """Whether JSON is in its one form, in which no key can stand twice and no number mean two things."""
    try:
        return canonical(json.loads(content.decode())) == content
    except (ValueError, TypeError, RecursionError):
        return False
