"""`assay ledger`: keys, checks, checkpoints and proofs of the log behind a run."""

from __future__ import annotations

import getpass
import json
import platform
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click

from assay.domain.errors import AssayError, DataError, RunConflict
from assay.interfaces.recording import AUDITED
from assay.interfaces.verifying import LISTED, ledger_problems
from assay.report.inert import visible
from assay.store.ledger.book import NAME, Entry, Ledger
from assay.store.ledger.check import Examined, examine, sound
from assay.store.ledger.commitments import TAG, tree_leaves
from assay.store.ledger.keys import FILE_VARIABLE, VARIABLE, key_file, make_key, public_key, read_key, signing_key
from assay.store.ledger.merkle import consistency, inclusion, leaf_hash, root
from assay.store.ledger.notes import Checkpoint, SigningKey, signers
from assay.store.ledger.records import joined
from assay.store.ledger.witness import named, told
from assay.store.runs import RunFile, readable

_HASH = re.compile(r"[0-9a-f]{64}")
_PATH = click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
_FORM = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


@click.group(
    epilog="PATH is a run folder, or the file ledger.sqlite.   Example:  assay ledger verify runs/v4 --key release.pub"
)
def ledger() -> None:
    """The log behind a run: what was registered, collected and decided, chained, signed, and never changed."""


@ledger.command(epilog="Example:  assay ledger init --name example.org/releases")
@click.option("--key", "path", type=click.Path(path_type=Path), help="Where to keep it [~/.config/assay/ledger.key].")
@click.option("--name", default="", help="Whose key it is, in every signature [user@host].")
def init(path: Path | None, name: str) -> int:
    """Make the key that signs ledgers and verdicts, in a file of mode 600, and print its public part."""
    where = path or key_file()
    made = make_key(where, name or f"{_user()}@{platform.node() or 'host'}")
    click.echo(f"private key  {where}  (mode 600; keep it, and keep it from others)")
    click.echo(f"public key   {where}.pub")
    click.echo(str(made.public))
    if path is not None:
        click.echo(f"\nTo use it, set ASSAY_LEDGER_KEY_FILE={where} (or {VARIABLE} to the key itself).")
    return 0


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "assay"


def _key() -> SigningKey:
    found = signing_key()
    if found is None:
        raise DataError(
            f"no key: `assay ledger init` makes one at {key_file()}; or set {VARIABLE} to the key itself, "
            f"or {FILE_VARIABLE} to its file"
        )
    return found


@ledger.command(
    epilog="Exit codes: 0 all as it was, 1 something was changed, 4 not all is vouched for (no key, entries unsigned)."
)
@_PATH
@click.option("--key", "key_text", metavar="K", help="The public key that you trust, or its file.")
@click.option("--checkpoint", "anchors", multiple=True, type=click.Path(path_type=Path), help="One kept elsewhere.")
@_FORM
def verify(path: Path, key_text: str | None, anchors: tuple[Path, ...], form: str) -> int:
    """Check every hash, the chain, the clock, every signature; of a run folder also its rows."""
    with Ledger(path) as opened:
        found = examine(opened, public_key(key_text) if key_text else None, [_read(one) for one in anchors])
        pack = _is_pack(path)
        for problem in () if pack else ledger_problems(path, opened):
            found.found(None, "run", problem)
    vouched = found.trusted and not found.unsigned and not pack  # a run without its records must not pass for whole
    code = 1 if found.problems else 0 if vouched else 4
    click.echo(_examined_json(found, code) if form == "json" else _examined(found, bool(key_text), bool(anchors)))
    if pack and form == "text":
        click.echo("Records   not in an evidence pack: the ledger alone was checked (exit code 4)")
    return code


def _is_pack(path: Path) -> bool:
    """Whether a folder is an unpacked evidence pack, which has a run's ledger and not its records."""
    if (path / "run.sqlite").exists() or not (path / "manifest.json").is_file():
        return False
    try:
        return bool(json.loads((path / "manifest.json").read_bytes())["schema"] == "assay/pack/1")
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return False


def _read(path: Path) -> str:
    """A checkpoint that was kept elsewhere; whose it is, and of what, is for `examine` to say."""
    try:
        note = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    try:
        Checkpoint.read(signers(note, ())[0])
    except DataError as error:
        raise DataError(f"{path}: no checkpoint of a ledger: {error}") from error
    return note


def _examined(found: Examined, given: bool, anchored: bool) -> str:
    lines = []
    if found.problems:
        lines.append(
            f"CHANGED  {len(found.problems)} thing{'s are' if len(found.problems) > 1 else ' is'} not as recorded"
        )
        lines += [f"  {one.code:<11} {one.message}" for one in found.problems[:LISTED]]
        if len(found.problems) > LISTED:
            lines.append(f"  and {len(found.problems) - LISTED} more (--format json lists them)")
    elif found.trusted and found.unsigned:
        lines.append(f"NOT ALL SIGNED  every hash fits, but nothing vouches for the last {_counted(found.unsigned)}")
    elif found.trusted:
        lines.append("VERIFIED  the ledger is as it was written, and the key that you trust signed it")
    else:
        lines.append("CONSISTENT  every hash fits, but this proves only that nothing was changed by accident")
        why = (
            "give the key that you trust with --key"
            if found.signer
            else "nothing is signed: `assay ledger init` makes a key"
        )
        lines.append(f"  {why}")
    lines.append(f"Entries   {found.entries}: " + ", ".join(f"{kind} {n}" for kind, n in sorted(found.kinds.items())))
    if found.signer:
        tail = f", {_counted(found.unsigned)} after it not signed yet" if found.unsigned else ""
        lines.append(f"Signed    by {found.signer.keyid} up to entry {found.signed}{tail}")
        if not given:
            lines.append(f"Key       {found.signer}  (as the ledger names it)")
    if not anchored:
        lines.append("Rollback  ledger and run file cut back together: seen only with a --checkpoint kept elsewhere")
    return visible("\n".join(lines))


def _counted(entries: int) -> str:
    return "entry" if entries == 1 else f"{entries} entries"


def _examined_json(found: Examined, code: int) -> str:
    return json.dumps(
        {
            "ok": code == 0,
            "trusted": found.trusted,
            "entries": found.entries,
            "signed": found.signed,
            "checkpoints": found.checkpoints,
            "key": str(found.signer) if found.signer else None,
            "root": found.head.root.hex() if found.head else None,
            "origin": found.head.origin if found.head else None,
            "kinds": found.kinds,
            "problems": [{"entry": one.entry, "code": one.code, "message": one.message} for one in found.problems],
        },
        indent=2,
    )


@ledger.command(epilog="Example:  assay ledger show runs/v4 --kind decided")
@_PATH
@click.option("--kind", default="", help="Only entries of this kind.")
@_FORM
def show(path: Path, kind: str, form: str) -> int:
    """Print the entries, a line each; as JSON with all that they say."""
    with Ledger(path) as opened:
        names = _names(path) if form == "text" else {}
        for entry in opened.entries(kind):
            click.echo(_entry_json(entry) if form == "json" else visible(_entry(entry, names)).replace("\n", " "))
    return 0


def _names(path: Path) -> dict[str, str]:
    """What the plan calls the subjects, by digest; nothing where the run's records cannot be read."""
    try:
        run = RunFile(path, write=False)
    except AssayError:
        return {}
    try:
        return {side.identity.digest: side.identity.name for side in run.sides().values()}
    except AssayError:
        return {}
    finally:
        run.close()


def _entry_json(entry: Entry) -> str:
    body = {"seq": entry.seq, "at": entry.at, "kind": entry.kind, "data": entry.data, "leaf": entry.leaf.hex()}
    return json.dumps(body)


def _entry(entry: Entry, names: Mapping[str, str]) -> str:
    try:
        said = _said(entry, names)
    except (LookupError, TypeError, ValueError, AttributeError):  # a ledger that is not ours may say anything
        said = str(dict(entry.data))[:100]
    return f"{entry.seq:>6}  {entry.at[:19]}Z  {entry.kind:<11} {said}"


def _said(entry: Entry, names: Mapping[str, str]) -> str:
    data: dict[str, Any] = dict(entry.data)
    if entry.kind == "registered":
        changed = data.get("changed")
        return f"{data.get('name')}: {len(data.get('digests', {}))} digests" + (
            f"; changed: {', '.join(changed)}" if changed else ""
        )
    if entry.kind == "trials":
        return f"{data.get('count')} answers with their scores" + (", told late" if data.get("late") else "")
    if entry.kind == "subject":
        key, digest = str(data.get("subject")), str(data.get("digest"))
        name = f" {names[digest]}" if names.get(digest, key) != key else ""
        return f"{key}{name} ({data.get('kind')}) {digest[:19]}"
    if entry.kind == "ended":
        return f"{data.get('reason')}; {data.get('trials')} answers"
    if entry.kind == "decided":
        return ", ".join(
            f"{one['candidate']}: {one['decision']}" + (" (exploratory)" if one["exploratory"] else "")
            for one in data.get("decisions", [])
        )
    if entry.kind == AUDITED:
        return _data(data)
    if entry.kind == "key":
        return str(data.get("key"))
    told = {name: value for name, value in data.items() if name not in ("run", "packed") and value not in ("", [])}
    return ", ".join(f"{name} {_value(value)}" for name, value in told.items())


def _data(data: Mapping[str, Any]) -> str:
    """What was found in training data: numbers and digests, for of its texts the ledger holds none."""
    files, found = len(data.get("files", {})), data.get("found")
    said = f"{data.get('rows')} rows in {files} file{'' if files == 1 else 's'}, {found} findings"
    further = [
        f"contaminated: {', '.join(map(str, data['contaminated']))}" if data.get("contaminated") else "",
        f"not to be relied upon: {data['broken']}" if data.get("broken") else "",
        f"verdict {data['verdict']}" if data.get("verdict") else "",
        f"findings {str(data.get('findings'))[:19]}",
    ]
    return "; ".join([said, *filter(None, further)])


def _value(value: Any) -> str:
    """A value in a few words; of what people wrote, which is kept with the run, there is only a digest."""
    if isinstance(value, list):
        return str(len(value))
    return f"(sha256 {value[:12]})" if _HASH.fullmatch(str(value)) else str(value)


@ledger.command(
    epilog="Example:  assay ledger checkpoint runs/v4 -o anchors/v4.txt   (then commit or publish that file)"
)
@_PATH
@click.option("-o", "target", type=click.Path(path_type=Path), help="Write it here too, to be kept elsewhere.")
def checkpoint(path: Path, target: Path | None) -> int:
    """Sign the ledger as it is now, and print the signed note. Kept elsewhere, it shows any later rewriting."""
    key = _key()
    with to_sign(path) as opened:
        note = opened.checkpoint(key)
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(note, encoding="utf-8")
    click.echo(note, nl=False)
    return 0


@contextmanager
def to_sign(path: Path) -> Iterator[Ledger]:
    """A ledger that is there already, sound, and the one that the run beside it knows."""
    with Ledger(path) as found:  # says where there is none
        book = found.path
    if book.name != NAME or not (book.parent / "run.sqlite").is_file():
        with Ledger(book, write=True) as opened:
            sound(opened)
            yield opened
        return
    try:
        run = RunFile(book.parent)
    except RunConflict:  # an audit is running, and notes the ledger's head itself
        run = RunFile(book.parent, write=False)
    with closing(run), joined(run) as opened:
        yield opened


@ledger.command(epilog="Example:  assay ledger rotate runs/v4 --to new.key   (the old key is the one at hand)")
@_PATH
@click.option("--to", "new", required=True, type=click.Path(path_type=Path), help="File of the new private key.")
def rotate(path: Path, new: Path) -> int:
    """Hand the ledger over to a new key, under a checkpoint that both keys sign."""
    with to_sign(path) as opened:
        note = opened.rotate(_key(), read_key(new))
    click.echo(note, nl=False)
    return 0


@ledger.command(
    epilog="Example:  assay ledger prove runs/v4 --entry 2   assay ledger prove runs/v4 --sample safety/s-17"
)
@_PATH
@click.option("--entry", type=int, help="Prove that this entry is in the ledger.")
@click.option("--since", type=int, help="Prove that the ledger extends its earlier self of so many entries.")
@click.option("--sample", metavar="[SUITE/]ID", help="Show single rows, and prove that they were counted.")
@click.option("--subject", help="Only this subject's row.")
def prove(path: Path, entry: int | None, since: int | None, sample: str | None, subject: str | None) -> int:
    """Print a proof as JSON, checked by `tools/verify_ledger.py` or by any reader of RFC 9162."""
    if sum(one is not None for one in (entry, since, sample)) != 1:
        raise click.UsageError("give one of --entry, --since and --sample")
    with Ledger(path) as opened:
        leaves = opened.leaves()
        state: dict[str, Any] = {"origin": opened.origin, "size": len(leaves), "root": root(leaves).hex()}
        if entry is not None:
            opened.entry(entry)
            body = next(body for seq, body, _ in opened.raw(entry - 1) if seq == entry)
            path_to = inclusion(leaves, entry - 1)
            proof = {"kind": "inclusion", **state, "index": entry - 1, "body": body.decode(), "path": _hex(path_to)}
        elif since is not None:
            if not 0 < since <= len(leaves):
                raise DataError(f"--since {since}: the ledger has {len(leaves)} entries")
            proof = {
                "kind": "consistency",
                **state,
                "earlier": {"size": since, "root": root(leaves[:since]).hex()},
                "path": _hex(consistency(leaves, since)),
            }
        else:
            with readable(path):
                proof = {"kind": "samples", **state, "rows": list(_rows(path, opened, sample or "", subject))}
            if not proof["rows"]:
                raise DataError(
                    f"{path}: no row of sample {sample!r}" + (f" and subject {subject!r}" if subject else "")
                )
    click.echo(json.dumps(proof, indent=2, ensure_ascii=False))
    return 0


def _hex(path: tuple[bytes, ...]) -> list[str]:
    return [step.hex() for step in path]


def _rows(path: Path, opened: Ledger, sample: str, subject: str | None) -> Iterator[dict[str, Any]]:
    run = RunFile(path, write=False)
    try:
        suite, _, name = sample.rpartition("/")
        commitments = sorted(told(opened, run.id).values())
        leaves = tree_leaves(commitments)
        places = {one[:TAG]: place for place, one in enumerate(commitments)}
        for key, state, body, scores in run.rows():
            if key[2] not in (sample, name) or (key[2] != sample and suite and key[1] != suite):
                continue
            if subject and key[0] != subject:
                continue
            made = run.salt.commit(key, state, body, scores)
            place = places.get(made[:TAG])
            if place is None or commitments[place] != made:
                raise DataError(f"{named(key)} is not what the ledger recorded; `assay ledger verify {path}` says more")
            yield {
                "key": list(key), "state": state, "body": body.decode(), "scores": scores.decode(),
                "salt": run.salt.of(key).hex(), "index": place, "size": len(leaves),
                "root": root(leaves).hex(), "leaf": leaf_hash(made).hex(), "path": _hex(inclusion(leaves, place)),
            }  # fmt: skip
    finally:
        run.close()
