"""`assay verify`: is this verdict what was signed, and does it follow from the records?"""

from __future__ import annotations

import datetime
import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import click
import msgspec

from assay.domain.digest import digest
from assay.domain.errors import AssayError, ConfigurationError, DataError
from assay.interfaces.identities import KEYLESS, identity_options, of_an_identity
from assay.interfaces.recording import ATTESTED, OTHER_CODE, SHOWN, code, decisions, earlier, proofs
from assay.interfaces.runs import decided, made_scorer
from assay.interfaces.statements import Candidate, Descriptor, Own, Samples, Statement, is_canonical, statement_of
from assay.report.attestation import KEPT, descriptors, result, statement, subjects, tests
from assay.report.inert import visible
from assay.report.machine import verdict_json
from assay.store.ledger.book import NAME, Body, Ledger, body_of
from assay.store.ledger.canonical import canonical
from assay.store.ledger.check import examine
from assay.store.ledger.dsse import opened
from assay.store.ledger.keyless import Unproved, Whose, envelope_of, proved
from assay.store.ledger.keys import public_key
from assay.store.ledger.merkle import included, leaf_hash, root
from assay.store.ledger.notes import Checkpoint, PublicKey, signers
from assay.store.ledger.records import of, run_problems
from assay.store.ledger.witness import samples
from assay.store.plan_data import DATA
from assay.store.runs import RunFile, readable

LISTED = 20
"""Things that do not hold which are listed one by one for people."""
_LARGEST = 64 * 1024 * 1024
"""Bytes; an attestation holds no answers."""


@dataclass(slots=True)
class Checked:
    """What was checked of one verdict."""

    candidate: str = ""
    decision: str = ""
    good: list[str] = field(default_factory=list)
    """What holds, a sentence each."""
    bad: list[str] = field(default_factory=list)
    """What does not."""
    open: list[str] = field(default_factory=list)
    """What could not be checked, and what would be needed."""
    before: list[str] = field(default_factory=list)
    """Earlier runs of the same ledger, and what was decided then."""
    run: str = ""
    """Id of the run."""
    siblings: dict[str, str] = field(default_factory=dict)
    """Decisions of all candidates of the run, by name."""
    keyless: bool = False
    """Whether an identity signed, in place of a key."""

    @property
    def code(self) -> int:
        """0 verified, 1 something does not hold, 4 not all could be checked."""
        return 1 if self.bad else 4 if self.open else 0


@click.command(
    epilog="Exit codes: 0 verified, 1 something does not hold, 2 usage, 4 not everything could be checked, "
    "5 Sigstore's keys could not be fetched."
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--key", "key_text", metavar="K", help="The public key that you trust, or its file.")
@identity_options
@click.option(
    "--run", "folder", metavar="RUN", type=click.Path(path_type=Path), help="Also decide again from these records."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def verify(file: Path, key_text: str | None, whose: Whose | None, folder: Path | None, form: str) -> int:
    """Check a signed verdict, offline: signature, registration before answers, counts; with RUN, all records too.

    FILE is the verdict.dsse.json of a run, or the run's folder. With --run the ledger is checked from its first entry,
    every answer and score is held against what was recorded when it came in, and the decision is computed again.
    A verdict that an identity signed (verdict.sigstore.json) needs --identity and --issuer; Sigstore's public keys are
    fetched for it, unless --offline or --trust says where they are.
    """
    key = public_key(key_text) if key_text else None
    found = [_checked(line, key, whose, folder) for line in _lines(file, whose)]
    _complete(found)
    click.echo(
        json.dumps([_plain(one) for one in found], indent=2) if form == "json" else "\n\n".join(map(_words, found))
    )
    return max((one.code for one in found), key=(0, 4, 1).index)


def _complete(found: Sequence[Checked]) -> None:
    """Each verdict names the other candidates of its run; whose line is missing is named."""
    here = {(one.run, one.candidate) for one in found}
    for one in found:
        one.open += [
            f"candidate '{name}' of the same run: decided as {decision}, and its line is not in this file"
            for name, decision in one.siblings.items()
            if (one.run, name) not in here
        ]


def _lines(file: Path, whose: Whose | None) -> list[str]:
    if file.is_dir():
        file = file / (ATTESTED if whose is None else KEYLESS)
        if not file.is_file():
            how = "`assay ledger init`" if whose is None else "`assay report --format sigstore`"
            raise DataError(f"{file}: no such file; the run was not signed, or this is none ({how})")
    try:
        if file.stat().st_size > _LARGEST:
            raise DataError(f"{file}: too large for a signed verdict")
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read: {error}") from error
    if not lines:
        raise DataError(f"{file}: empty; expected a signed verdict (verdict.dsse.json)")
    try:
        whole = json.loads("\n".join(lines))
    except (ValueError, RecursionError):
        return _enveloped(file, lines, whose)
    return _enveloped(file, [json.dumps(whole)], whose)


def _enveloped(file: Path, lines: list[str], whose: Whose | None) -> list[str]:
    """The lines, each of which is an envelope, or a bundle that holds one."""
    signed = file.with_name(ATTESTED)
    try:
        for line in lines:
            opened(line if not of_an_identity(line, whose) else envelope_of(line), ())
    except DataError as error:
        hint = f". Give {signed}" if signed != file and signed.is_file() else ""
        raise DataError(f"{file}: {error}{hint}") from error
    except ConfigurationError as error:
        raise ConfigurationError(f"{file}: {error}") from error
    return lines


# The form, checked before anything is read from it


def _checked(line: str, key: PublicKey | None, whose: Whose | None, folder: Path | None) -> Checked:
    found = Checked(keyless=whose is not None)
    kind, payload = _by_identity(line, whose, found) if whose else _by_key(line, key, found)
    try:
        examined(found, kind, payload, key, folder)
    except DataError as error:
        if whose is None:
            raise
        found.bad.append(str(error))  # an identity signs many things; another one is no verdict that holds
    return found


def _by_key(line: str, key: PublicKey | None, found: Checked) -> tuple[str, bytes]:
    kind, payload, good = opened(line, [key] if key else ())
    if key is None:
        found.open.append("the signature: give the key that you trust with --key")
    elif good:
        found.good.append(f"signed by {key.keyid}")
    else:
        found.bad.append(f"the signature is not that of {key.keyid}")
    return kind, payload


def _by_identity(line: str, whose: Whose, found: Checked) -> tuple[str, bytes]:
    """Type and payload of a bundle; where it does not hold, what its envelope says."""
    try:
        held = proved(line, whose)
    except Unproved as error:
        found.bad.append(str(error))
        kind, payload, _ = opened(envelope_of(line), ())
        return kind, payload
    when = f" at {held.when:%Y-%m-%dT%H:%M:%SZ}" if held.when else ""
    found.good.append(f"signed by {whose.identity}, as {whose.issuer} says; entry {held.entry} of the public log{when}")
    return held.kind, held.payload


def examined(found: Checked, kind: str, payload: bytes, key: PublicKey | None, folder: Path | None) -> None:
    """All that a statement says, but for who signed it.

    Args:
        found: Takes what holds, what does not, and what could not be checked.
        kind: Type of the payload.
        payload: The statement.
        key: The key that the ledger's checkpoint must bear; None when none is trusted.
        folder: The run folder; None when there is none to decide again from.

    Raises:
        DataError: It is no verdict of assay, or the folder no run.
    """
    stated = statement_of(kind, payload)
    own = stated.predicate.assay
    verdict = own.verdict
    found.candidate = str(verdict["candidate"]["name"])
    found.decision = _said(verdict["decision"], verdict["exploratory"])
    found.run = own.run
    found.siblings = {one.candidate: _said(one.decision, one.exploratory) for one in own.candidates}
    found.before = [
        f"{one.registered[:19]}Z: {', '.join(one.decisions) or 'ended before a decision'}" for one in own.earlier
    ]
    if not is_canonical(payload):
        found.bad.append("the statement is not in the form that assay writes (RFC 8785): it may be read in two ways")
    _coherent(stated, found)
    _registered(own, key, found)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    if str(verdict.get("valid_until", "")) < today:
        found.open.append(f"whether it still holds: the verdict was valid until {verdict.get('valid_until')}")
    if folder is None:
        found.open.append("the records: give the run folder with --run to have the decision computed again")
    else:
        _against_run(json.loads(payload), own, key, folder, found)


def _said(decision: object, exploratory: object) -> str:
    return f"{decision} (exploratory)" if exploratory else str(decision)


def _coherent(stated: Statement, found: Checked) -> None:
    """What is said twice is said alike."""
    predicate, verdict = stated.predicate, stated.predicate.assay.verdict
    lists, counts = tests(verdict), verdict["counts"]
    said = {"passedTests": predicate.passedTests, "warnedTests": predicate.warnedTests}
    said["failedTests"] = predicate.failedTests
    wrong = [name for name, value in lists.items() if said[name] != value]
    wrong += [name for name in verdict if name not in KEPT]
    if predicate.result != result(verdict):
        wrong.append("result")
    if not stated.subject or _alike(stated.subject) != _alike(subjects(verdict["candidate"])):
        wrong.append("subject")
    mine = Candidate(str(verdict["candidate"]["name"]), str(verdict["decision"]), verdict["exploratory"])
    if mine not in predicate.assay.candidates:
        wrong.append("candidates")
    if counts["errors"] > counts["trials"] or counts["trials"] > predicate.assay.samples.count:
        wrong.append("counts")
    if wrong:
        found.bad.append(f"the statement contradicts itself: {', '.join(wrong)}")
    else:
        passed, warned, failed = map(len, said.values())
        rules = f"{passed} rules passed, {warned} with a warning, {failed} did not"
        found.good.append(
            f"{rules}; {counts['trials']} answers, {counts['errors']} errors, {counts['unscored']} unscored"
        )
    registered = predicate.assay.proofs.get("registered")
    digests = _digests(registered.body) if registered is not None else {}
    configuration = [*descriptors(digests), *descriptors({"reference": str(verdict["reference"]["digest"])})]
    if _alike(predicate.configuration) != _alike(configuration) or verdict["registered"]["digest"] != digest(digests):
        found.bad.append("the verdict names another registration than the entry that it shows")


def _alike(descriptors: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """Descriptors in an order of their own."""
    found: list[Descriptor] = msgspec.convert(descriptors, list[Descriptor])
    return sorted((one.name, sorted(one.digest.items())) for one in found)


def _digests(body: str) -> dict[str, str]:
    try:
        return msgspec.convert(body_of(body.encode()).data.get("digests"), dict[str, str])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}


def _shown(own: Own) -> dict[str, Body]:
    """The entries that a verdict shows, each proved to stand where it says.

    Raises:
        DataError: One is not in the ledger that the verdict names, is of another kind or another run, or is missing.
    """
    stated, bodies = own.ledger, {}
    tree = bytes.fromhex(stated.root)
    for name, proof in own.proofs.items():
        path = [bytes.fromhex(step) for step in proof.path]
        if not included(leaf_hash(proof.body.encode(errors="replace")), proof.index, stated.size, path, tree):
            raise DataError(f"the entry '{name}' is not in the ledger that the verdict names")
        try:
            body = body_of(proof.body.encode())
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise DataError(f"the entry '{name}' cannot be read") from error
        if name not in SHOWN or body.kind != SHOWN[name][0] or body.seq != proof.index + 1:
            raise DataError(f"the entry that is shown as '{name}' is another one ({body.kind}, entry {body.seq})")
        if body.data.get("run") != own.run:
            raise DataError(f"the entry '{name}' is of another run")
        bodies[name] = body
    needed = {"registered", "ended"} | ({"first"} if own.samples.count else set())
    if not needed <= bodies.keys():
        raise DataError(f"the verdict does not show its {', '.join(sorted(needed - bodies.keys()))}")
    return bodies


def _registered(own: Own, key: PublicKey | None, found: Checked) -> None:
    """The bar was set before the answers: shown by their places in the signed ledger."""
    try:
        bodies = _shown(own)
        if key is not None:
            text, good = signers(own.ledger.checkpoint, [key])
            point = Checkpoint.read(text)
            stated = (own.ledger.size, bytes.fromhex(own.ledger.root), own.ledger.origin)
            if not good or (point.size, point.root, point.origin) != stated:
                raise DataError(f"the ledger's checkpoint is not one of {key.keyid} over these entries")
    except DataError as error:
        found.bad.append(str(error))
        return
    registered, ended = bodies["registered"], bodies["ended"]
    first = bodies.get("first", ended)
    exploratory = own.verdict["exploratory"]
    if ended.data.get("samples") != msgspec.to_builtins(own.samples):
        found.bad.append("the answers that the verdict counts are not those that the ledger recorded at the end")
    elif registered.data.get("code") != own.code:
        found.bad.append("the verdict names another program than the one that was registered")
    elif registered.data.get("answers"):
        found.bad.append(f"{registered.data['answers']} answers were there before the ledger knew of the run")
    elif not first.seq <= ended.seq:
        found.bad.append("the end is told before the first answers")
    elif not registered.seq < first.seq and not exploratory:
        found.bad.append("the bar was registered after the first answers")
    else:
        order = "before" if registered.seq < first.seq else "after"
        counted = f"{own.samples.count} answers under root {own.samples.root[:16]}"
        when = f"{registered.at[:19]}Z (entry {registered.seq})"
        found.good.append(f"registered {when}, {order} the first answers (entry {first.seq}); {counted}")
        trained_on = [name for name in registered.data.get("digests", ()) if str(name).startswith(DATA)]
        if trained_on:
            files = "1 file" if len(trained_on) == 1 else f"{len(trained_on)} files"
            found.good.append(f"training data was registered with it, {files} by digest; its findings are part of it")
    _late(own.samples, found)


def _late(counted: Samples, found: Checked) -> None:
    """What nothing vouched for between a kill and the next start."""
    if not counted.late and not counted.replaced:
        return
    other = f", {counted.replaced} of them in place of others" if counted.replaced else ""
    text = f"{counted.late} of {counted.count} answers were told to the ledger late, after a process was killed{other}"
    (found.bad if counted.late >= counted.count else found.open).append(text)


def _against_run(stated: Mapping[str, Any], own: Own, key: PublicKey | None, folder: Path, found: Checked) -> None:
    for name in (NAME, "run.sqlite"):
        if not (folder / name).is_file():
            raise DataError(f"{folder}: no {name} here; --run names the folder that `assay audit -o DIR` wrote")
    try:
        with Ledger(folder) as ledger, readable(folder):
            again = _expected(own, key, ledger, folder, found)
    except AssayError as error:
        found.bad.append(str(error))
        return
    if again is None:
        found.bad.append(f"the run has no candidate '{found.candidate}' of this digest")
        return
    decision = again["predicate"]["assay"]["verdict"]["decision"]
    differing, whose = list(_differences(stated, again)), _programs(own)
    if differing:
        told = f"decided again, the records give another {', '.join(differing[:10])}: {decision}"
        (found.open if whose and OF_CODE.issuperset(differing) else found.bad).append(told + whose)
    else:
        same = f"same figures by other code{whose}" if whose else "every figure alike"
        found.good.append(f"decided again from the stored scores: {decision}, {same}")


OF_CODE = frozenset(KEPT) - {"audit", "reference", "candidate", "registered", "exploratory"} | {
    "result", "passedTests", "warnedTests", "failedTests", "candidates",
}  # fmt: skip
"""Parts of a statement that other code may decide otherwise from the same records."""


def _programs(own: Own) -> str:
    """Which program decided and which checks, in words; empty when it is one."""
    here, by = code(), str(own.verdict["exploratory"])
    if own.code == here and not by.startswith(OTHER_CODE):
        return ""
    was, now = (f"{one.get('assay')}, statistics {one.get('statistics')}" for one in (own.code, here))
    return f" (registered with assay {was}; checked by assay {now})"


def _expected(own: Own, key: PublicKey | None, ledger: Ledger, folder: Path, found: Checked) -> dict[str, Any] | None:
    """The statement that ledger and records give now, as the ledger stood then; notes what is wrong with either."""
    examined = examine(ledger, key)
    found.bad += [one.message for one in examined.problems]
    ledger.until(own.ledger.size)
    leaves = ledger.leaves()
    if len(leaves) < own.ledger.size or root(leaves).hex() != own.ledger.root:
        found.bad.append("the ledger of the run is not the one that the verdict was recorded in")
    problems = list(ledger_problems(folder, ledger, own.run))
    found.bad += problems
    counted = samples(ledger, own.run)
    shown = proofs(ledger, own.run)
    if not examined.problems and not problems:
        found.good.append(
            f"the ledger's {examined.entries} entries and the run's {counted['count']} answers are as recorded"
        )
        since = min((size for size, _ in ledger.checkpoints()), default=0)
        if key is not None and "first" in shown and since > shown["first"].index + 1:
            found.open.append(f"the ledger was signed for the first time at entry {since}, after the first answers")
        if found.keyless and key is None and "first" in shown and not 0 < since <= shown["first"].index + 1:
            found.open.append("the order: no key signed the ledger before the first answers, the identity signed after")
    with_run = RunFile(folder, write=False)
    try:
        digests = dict(with_run.plan(made_scorer).digests)
    finally:
        with_run.close()
    wanted = own.verdict["candidate"]
    by = str(own.verdict["exploratory"])
    again = decided(folder, as_of=_day(own), other=by if by.startswith(OTHER_CODE) else "")
    verdicts = [verdict_json([each]) for each in again]
    for verdict in verdicts:
        if (verdict["candidate"]["name"], verdict["candidate"]["digest"]) == (wanted["name"], wanted["digest"]):
            return statement(
                verdict, run=own.run, digests=digests, code=own.code, samples=counted,
                ledger=msgspec.to_builtins(own.ledger), proofs=shown, as_of=own.as_of, earlier=earlier(ledger, own.run),
                candidates=decisions(verdicts),
            )  # fmt: skip
    return None


def _differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Names of the parts in which two statements differ."""
    mine, theirs = (dict(each["predicate"]["assay"]) for each in (one, other))
    pairs = ((one, other), (one["predicate"], other["predicate"]), (mine, theirs), (mine["verdict"], theirs["verdict"]))
    for left, right in pairs:
        for name in sorted({*left, *right} - {"predicate", "assay", "verdict"}):
            if name not in left or name not in right or not alike(left[name], right[name]):
                yield name


def _day(own: Own) -> datetime.date:
    try:
        return datetime.date.fromisoformat(own.as_of)
    except ValueError as error:
        raise DataError("the verdict does not say on which day it was decided") from error


def alike(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same, numbers to nine digits (another library may round the last ones)."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        try:
            return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
        except OverflowError:
            return one == other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


_MOST = 100
"""Differences that are listed."""


def ledger_problems(path: Path, ledger: Ledger, run_id: str = "") -> Iterator[str]:
    """Where a run folder's records are not what its ledger was told; nothing for a ledger without a run."""
    folder = path if path.is_dir() else path.parent
    if ledger.path != folder / NAME:
        return
    try:
        if not (folder / "run.sqlite").is_file():
            if path.is_dir() and next(ledger.entries("trials"), None) is not None:
                yield "the run file is gone; give the file ledger.sqlite itself to check the ledger alone"
            return
        run = RunFile(folder, write=False)
        try:
            with readable(run.path):
                found = list(islice(run_problems(run, ledger, lambda: run.plan(made_scorer), run_id), _MOST))
                found += _of_verdict(run, ledger)
        finally:
            run.close()
    except AssayError as error:
        found = [str(error)]
    yield from found
    if len(found) >= _MOST:
        yield "and more"


def _of_verdict(run: RunFile, ledger: Ledger) -> list[str]:
    """Whether verdict.json, which is for reading, is that of the last decision."""
    decisions, path = of(ledger, "decided", run.id), run.folder / "verdict.json"
    if not path.is_file() or (decisions and decisions[-1].data.get("verdict") == _verdicts_digest(path)):
        return []
    return ["verdict.json is not what the ledger recorded" + (f" in entry {decisions[-1].seq}" if decisions else "")]


def _verdicts_digest(path: Path) -> str:
    """The digest that the ledger holds of verdict.json; empty where the file is none."""
    try:
        read = json.loads(path.read_bytes())
        return hashlib.sha256(canonical(read.get("verdicts", [read]))).hexdigest()
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return ""


def _plain(one: Checked) -> dict[str, Any]:
    return {
        "candidate": one.candidate, "decision": one.decision, "exit_code": one.code, "verified": one.code == 0,
        "holds": one.good, "fails": one.bad, "not_checked": one.open, "earlier": one.before,
    }  # fmt: skip


def _words(one: Checked) -> str:
    head = {0: "VERIFIED", 1: "NOT VERIFIED", 4: "NOT FULLY CHECKED"}[one.code]
    lines = [f"{head}  {one.candidate}: {one.decision}" if one.decision else f"{head}  no verdict"]
    lines += [f"  does not hold  {text}" for text in one.bad[:LISTED]]
    if len(one.bad) > LISTED:
        lines.append(f"  does not hold  and {len(one.bad) - LISTED} things more (--format json lists them)")
    lines += [f"  not checked    {text}" for text in one.open]
    lines += [f"  holds          {text}" for text in one.good]
    lines += [f"  earlier run    {text}" for text in one.before]
    return "\n".join(visible(line).replace("\n", " ") for line in lines)  # a name must not look like a line of ours
