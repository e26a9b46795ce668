"""`assay report --format sigstore` and `assay verify` of what it wrote, against a Sigstore instance of the tests' own."""

from __future__ import annotations

import base64
import copy
import datetime
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assay.domain.errors import DataError, RunFailed
from assay.interfaces.cli import run
from assay.interfaces.runs import decided
from assay.interfaces.signing import _sound
from assay.store.ledger.canonical import canonical
from assay.testing.sigstore import LittleSigstore
from assay.testing.sigstore_server import served, token

Run = Any
"""The fixture of conftest.py."""
Bundle = dict[str, Any]
ME, ISSUER = "release@example.org", "https://accounts.example.org"
CI = "https://example.org/team/model/.github/workflows/release.yml@refs/heads/main"


@dataclass(frozen=True)
class Case:
    """A signed run, an instance, and the bundle that it made for the run's verdict."""

    run: Path
    home: Path
    key: str
    instance: LittleSigstore
    statement: bytes

    @property
    def file(self) -> Path:
        return self.home / "verdict.sigstore.json"

    @property
    def trust(self) -> str:
        return str(self.home / "trust.json")

    def bundle(self) -> Bundle:
        return dict(json.loads(self.file.read_text()))

    def put(self, *bundles: Bundle) -> None:
        self.file.write_text("".join(json.dumps(one) + "\n" for one in bundles))

    def verify(self, *more: str, identity: str = ME, issuer: str = ISSUER) -> int:
        return run(["verify", str(self.file), "--identity", identity, "--issuer", issuer, "--trust", self.trust, *more])


@pytest.fixture(scope="module")
def instance() -> LittleSigstore:
    """An instance whose log holds three entries of others."""
    pytest.importorskip("sigstore", reason="the extra sigstore is not installed")
    made = LittleSigstore()
    for text in (b"one", b"two", b"three"):
        made.bundle(text, "other@example.org", ISSUER)
    return made


@pytest.fixture(autouse=True)
def no_ci_job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """These tests may run in a CI job; its identity signs nothing here, and nothing is kept in anybody's home."""
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "CIRCLECI", "BUILDKITE", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture
def case(instance: LittleSigstore, signed_run: Run, tmp_path: Path) -> Case:
    """The verdict of the signed run, its statement signed by ME in the instance."""
    statement = base64.b64decode(json.loads(signed_run.verdict.read_text())["payload"])
    made = Case(signed_run.run, tmp_path, signed_run.key, instance, statement)
    (tmp_path / "trust.json").write_text(json.dumps(instance.trusted_root()))
    made.put(instance.bundle(statement, ME, ISSUER))
    return made


def score_changed(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "run.sqlite")) as base:
        values = (
            "UPDATE trials SET scores = (SELECT scores FROM trials WHERE sample_id = 's59' AND subject = 'candidate') "
            "WHERE subject = 'candidate' AND sample_id = 's1'"
        )
        assert base.execute(values).rowcount
        base.commit()


def said(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    return out + err


# What is sound


def test_a_bundle_goes_through_all_checks_of_a_signed_verdict(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert case.verify("--run", str(case.run)) == 0
    text = said(capsys)
    assert text.startswith("VERIFIED  candidate: block") and f"signed by {ME}, as {ISSUER} says; entry" in text
    assert "every figure alike" in text and "before the first answers" in text
    assert case.verify("--run", str(case.run), "--key", case.key, "--format", "json") == 0
    (told,) = json.loads(said(capsys))
    assert told["verified"] and not told["fails"] and not told["not_checked"]
    assert case.verify() == 4
    assert "not checked    the records" in said(capsys)


def test_what_was_signed_while_the_certificate_lived_holds_for_ever(case: Case) -> None:
    ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=20)
    case.put(case.instance.bundle(case.statement, ME, ISSUER, at=ago))
    assert case.verify("--run", str(case.run)) == 0


def test_the_identity_of_a_ci_job_is_a_uri(case: Case) -> None:
    case.put(case.instance.bundle(case.statement, CI, ISSUER))
    assert case.verify("--run", str(case.run), identity=CI) == 0
    assert case.verify("--run", str(case.run), identity=CI.replace("main", "other")) == 1


def test_a_trust_configuration_serves_as_well_and_a_run_folder_stands_for_its_file(case: Case) -> None:
    (case.home / "trust.json").write_text(json.dumps(case.instance.trust_config()))
    assert case.verify("--run", str(case.run)) == 0
    given = ["--identity", ME, "--issuer", ISSUER, "--trust", case.trust, "--run", str(case.run)]
    assert run(["verify", str(case.run), *given]) == 2
    shutil.copy(case.file, case.run)
    assert run(["verify", str(case.run), *given]) == 0


# Whose signature


def test_another_identity_is_named(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert case.verify("--run", str(case.run), identity="boss@example.org") == 1
    text = said(capsys)
    assert text.startswith("NOT VERIFIED") and "another identity" in text and ME in text


@pytest.mark.parametrize("near", [ME.upper(), ME[:-1], f"{ME}.evil.example", f"x{ME}", ISSUER])
def test_an_identity_is_meant_to_the_letter(case: Case, near: str) -> None:
    assert case.verify("--run", str(case.run), identity=near) == 1


def test_another_issuer_is_named(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert case.verify("--run", str(case.run), issuer=f"{ISSUER}/") == 1
    assert f"another issuer than the one to trust: Certificate's OIDCIssuerV2 does not match (got {ISSUER}" in said(
        capsys
    )


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ([], "say whose signature counts"),
        (["--key", "KEY"], "say whose signature counts"),
        (["--identity", ME], "--issuer are both needed"),
        (["--issuer", ISSUER], "--issuer are both needed"),
        (["--identity", "", "--issuer", ISSUER], "--issuer are both needed"),
        (["--identity", ME, "--issuer", ""], "--issuer are both needed"),
        (["--trust", "trust.json"], "--issuer are both needed"),
        (["--offline"], "--issuer are both needed"),
    ],
    ids=str,
)
def test_no_bundle_is_taken_from_anybody(
    case: Case, given: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [case.key if one == "KEY" else one for one in given]
    assert run(["verify", str(case.file), "--run", str(case.run), *given]) == 2
    assert word in said(capsys)


def test_what_a_key_signed_is_not_checked_by_identity(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(case.run / "verdict.dsse.json", case.file)
    assert case.verify("--key", case.key, "--run", str(case.run)) == 2
    assert "no Sigstore bundle" in said(capsys)


# What was changed


def test_another_instance_is_refused(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    case.put(LittleSigstore().bundle(case.statement, ME, ISSUER))
    assert case.verify("--run", str(case.run)) == 1
    assert "not of the instance to trust" in said(capsys)


def test_sigstores_public_instance_knows_nothing_of_ours(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--identity", ME, "--issuer", ISSUER, "--run", str(case.run)]
    assert run(["verify", str(case.file), *given, "--offline"]) == 1
    assert "not of the instance to trust" in said(capsys)


def test_a_certificate_that_had_run_out_is_refused(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=20)
    case.put(case.instance.bundle(case.statement, ME, ISSUER, at=ago, later=datetime.timedelta(hours=1)))
    assert case.verify("--run", str(case.run)) == 1
    assert "was not valid at the log's time" in said(capsys)


def edited(statement: bytes, change: Callable[[Any], object]) -> bytes:
    held = json.loads(statement)
    change(held)
    return canonical(held)


def deploys(held: Any) -> None:
    held["predicate"]["assay"]["verdict"]["decision"] = "deploy"
    held["predicate"]["assay"]["candidates"][0]["decision"] = "deploy"
    held["predicate"]["result"] = "PASSED"


def test_an_edited_statement_is_refused(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = case.bundle()
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(edited(case.statement, deploys)).decode()
    case.put(bundle)
    assert case.verify("--run", str(case.run)) == 1
    text = said(capsys)
    assert "DSSE: invalid signature" in text and "decided again, the records give another" in text


def test_a_statement_that_was_edited_before_it_was_signed_is_refused(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    case.put(case.instance.bundle(edited(case.statement, deploys), ME, ISSUER))
    assert case.verify("--run", str(case.run)) == 1
    text = said(capsys)
    assert f"signed by {ME}" in text and "decided again, the records give another" in text


def test_the_envelope_of_another_bundle_is_refused(case: Case) -> None:
    other = case.instance.bundle(edited(case.statement, deploys), ME, ISSUER)
    for part in ("dsseEnvelope", "verificationMaterial"):
        case.put(case.bundle() | {part: other[part]})
        assert case.verify("--run", str(case.run)) == 1
        case.put(case.instance.bundle(case.statement, ME, ISSUER))


@pytest.mark.parametrize(
    ("payload", "kind", "word"),
    [
        (b'{"_type": "https://in-toto.io/Statement/v1"}', "application/vnd.in-toto+json", "no verdict of assay"),
        (b"release it", "text/plain", "no verdict of assay"),
        (b"[" * 100_000, "application/vnd.in-toto+json", "no verdict of assay"),
    ],
    ids=["another statement", "text", "nested"],
)
def test_what_the_identity_signed_beside_verdicts_is_no_verdict(
    case: Case, payload: bytes, kind: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    case.put(case.instance.bundle(payload, ME, ISSUER, kind))
    assert case.verify("--run", str(case.run)) == 1
    assert word in said(capsys)


def test_a_statement_that_can_be_read_in_two_ways_is_refused(case: Case) -> None:
    case.put(case.instance.bundle(json.dumps(json.loads(case.statement), indent=1).encode(), ME, ISSUER))
    assert case.verify("--run", str(case.run)) == 1


def test_records_that_were_changed_are_found(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    score_changed(case.run)
    assert case.verify("--run", str(case.run)) == 1
    assert "not what entry" in said(capsys)


def test_a_signature_over_a_file_is_sent_to_sigstores_program(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = case.bundle()
    del bundle["dsseEnvelope"]
    case.put(bundle | {"messageSignature": {"signature": "AAAA"}})
    assert case.verify() == 2
    assert "it signs a file" in said(capsys)


def without(*path: str | int) -> Callable[[Bundle], None]:
    def change(bundle: Bundle) -> None:
        held: Any = bundle["verificationMaterial"]
        for step in path[:-1]:
            held = held[step]
        del held[path[-1]]

    return change


ENTRY = ("tlogEntries", 0)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (without(*ENTRY, "inclusionProof"), "inclusion"),
        (without(*ENTRY, "inclusionProof", "checkpoint"), "checkpoint"),
        (without(*ENTRY, "inclusionProof", "hashes"), "hashes"),
        (without(*ENTRY, "inclusionPromise"), "inclusion promise"),
        (without(*ENTRY, "integratedTime"), "time"),
        (without(*ENTRY), "log entry"),
        (without("certificate"), "certificate"),
    ],
    ids=["proof", "checkpoint", "path", "promise", "time", "entry", "certificate"],
)
def test_what_is_missing_is_named(
    case: Case, change: Callable[[Bundle], None], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = case.bundle()
    change(bundle)
    case.put(bundle)
    assert case.verify("--run", str(case.run)) == 1
    text = said(capsys)
    assert text.startswith("NOT VERIFIED") and word in text.split("\n")[1], text


def leaves(held: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(held, dict | list):
        for key, value in held.items() if isinstance(held, dict) else enumerate(held):
            yield from leaves(value, (*path, key))
    else:
        yield path


def flipped(text: str) -> list[str]:
    """The text with a character near its beginning, in its middle and near its end exchanged."""
    places = {min(2, len(text) - 1), len(text) // 2, max(0, len(text) - 12)}  # base64's last bits may be open
    return [text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :] for at in places] + ["", "0", text + text]


def alike(one: object, other: str) -> bool:
    """Whether two texts are one value in two spellings of base64."""
    try:
        return isinstance(one, str) and len(one) > 8 and base64.b64decode(one) == base64.b64decode(other)
    except ValueError:
        return False


def test_no_part_of_a_bundle_can_be_changed(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    whole, seen = case.bundle(), 0
    for path in leaves(whole):
        for value in (*flipped(_at(whole, path)), None, 7, [], "/"):
            if alike(value, _at(whole, path)):
                continue
            changed = copy.deepcopy(whole)
            _at(changed, path[:-1])[path[-1]] = value
            case.put(changed)
            code = case.verify()
            assert code in (1, 2), f"{path} {value}\n{said(capsys)[-600:]}"
            seen += 1
    assert seen > 150


def _at(held: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        held = held[step]
    return held


@pytest.mark.parametrize("content", ["", "{}", "[]", "no json", '{"mediaType": 3}'], ids=str)
@pytest.mark.parametrize("option", ["--trust", "FILE"])
def test_what_is_no_such_file_is_usage(
    case: Case, content: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (Path(case.trust) if option == "--trust" else case.file).write_text(content)
    assert case.verify() == 2
    assert f"{case.trust if option == '--trust' else case.file}: " in said(capsys)


def test_every_candidate_has_its_line(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    def two(held: Any) -> None:
        held["predicate"]["assay"]["candidates"].append({"candidate": "b", "decision": "block", "exploratory": None})

    case.put(case.instance.bundle(edited(case.statement, two), ME, ISSUER))
    assert case.verify() == 4
    assert "candidate 'b' of the same run" in said(capsys)


# Signing


@pytest.fixture
def signing(case: Case, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """The instance served, a token in MY_TOKEN, no bundle yet."""
    case.instance.asked.clear()
    case.instance.refuses.clear()
    monkeypatch.setenv("MY_TOKEN", token(ME, ISSUER))
    case.file.unlink()
    with served(case.instance):
        (case.home / "trust.json").write_text(json.dumps(case.instance.trust_config()))
        yield case


def sign(case: Case, *more: str) -> int:
    return run(["report", str(case.run), "--format", "sigstore", "-o", str(case.file), "--trust", case.trust, *more])


TOKEN = ("--identity-token-env", "MY_TOKEN")


def test_a_verdict_is_signed_and_verifies(signing: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert sign(signing, *TOKEN) == 0
    assert f"check with --identity {ME} --issuer {ISSUER}" in said(capsys)
    assert signing.instance.asked == ["/api/v2/signingCert", "/api/v1/log/entries"]
    assert signing.bundle()["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert signing.verify("--run", str(signing.run)) == 0
    assert signing.verify("--run", str(signing.run), "--key", signing.key) == 0


def test_a_ci_job_needs_no_token_of_its_own(signing: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("SIGSTORE_ID_TOKEN", token(CI, ISSUER))
    assert sign(signing) == 0
    assert signing.verify("--run", str(signing.run), identity=CI) == 0


def test_a_ledger_without_a_key_is_signed_and_its_order_stays_open(
    signing: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSAY_LEDGER_KEY_FILE", "")
    plan = signing.run.parent / "audit.yaml"
    plan.write_text(
        plan.read_text().replace(
            "candidate: {type: recorded, path: candidate.jsonl}",
            "candidate: [{type: recorded, path: candidate.jsonl}, {type: recorded, path: reference.jsonl, name: same}]",
        )
    )
    run(["audit", str(plan), "-o", str(signing.home / "bare"), "-q", "--no-cache"])
    bare = Case(signing.home / "bare", signing.home, signing.key, signing.instance, b"")
    assert not (bare.run / "verdict.dsse.json").exists()
    assert sign(bare, *TOKEN) == 0
    assert len(bare.file.read_text().splitlines()) == 2
    said(capsys)
    assert bare.verify("--run", str(bare.run)) == 4
    text = said(capsys)
    assert text.count("NOT FULLY CHECKED") == 2 and text.count("no key signed the ledger before") == 2
    assert text.count("not checked") == 2 and text.count("every figure alike") == 2
    assert bare.verify("--run", str(bare.run), "--key", signing.key) == 1


@pytest.mark.parametrize(
    ("value", "code", "word"),
    [
        (None, 2, "MY_TOKEN: this environment variable is not set"),
        ("", 2, "MY_TOKEN: this environment variable is not set"),
        ("no-token-at-all", 2, "malformed"),
        (token(ME, ISSUER, lives_s=-60), 2, "no identity to sign with"),
    ],
    ids=["unset", "empty", "malformed", "expired"],
)
def test_without_an_identity_nothing_is_asked(
    signing: Case,
    value: str | None,
    code: int,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("MY_TOKEN") if value is None else monkeypatch.setenv("MY_TOKEN", value)
    assert sign(signing, *TOKEN) == code
    text = said(capsys)
    assert word in text and not (value and value in text)
    assert not signing.file.exists() and not signing.instance.asked


def test_outside_of_a_ci_job_a_token_is_asked_for(signing: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert sign(signing) == 2
    assert "--identity-token-env NAME" in said(capsys)
    assert not signing.file.exists() and not signing.instance.asked


@pytest.mark.parametrize(
    ("path", "status", "body", "word"),
    [
        ("/api/v2/signingCert", 403, b'{"message": "no such issuer"}', "no certificate: 403"),
        ("/api/v2/signingCert", 200, b"{}", "no certificate"),
        ("/api/v2/signingCert", 200, b"<html>", "not signed"),
        ("/api/v1/log/entries", 500, b'{"code": 500, "message": "down"}', "not signed: 500: down"),
        ("/api/v1/log/entries", 201, b"{}", "not signed"),
        ("/api/v1/log/entries", 201, b"TOKEN", "not signed"),
    ],
)
def test_a_service_that_fails_is_named_and_nothing_is_written(
    signing: Case,
    path: str,
    status: int,
    body: bytes,
    word: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = token(ME, ISSUER)
    monkeypatch.setenv("MY_TOKEN", secret)
    signing.instance.refuses[path] = (status, body.replace(b"TOKEN", json.dumps({secret: secret}).encode()))
    assert sign(signing, *TOKEN) == 5
    text = said(capsys)
    assert word in text and secret not in text
    assert not signing.file.exists()


def test_a_log_that_cheats_is_found_before_anything_is_written(
    signing: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    honest = signing.instance.rekor_key
    signing.instance.rekor_key = LittleSigstore().rekor_key
    try:
        assert sign(signing, *TOKEN) == 5
    finally:
        signing.instance.rekor_key = honest
    assert "the services answered with what does not hold" in said(capsys)
    assert not signing.file.exists()


def test_without_a_network_the_message_says_what_to_do(signing: Case, capsys: pytest.CaptureFixture[str]) -> None:
    text = Path(signing.trust).read_text().replace(signing.instance.url, "http://127.0.0.1:9")
    Path(signing.trust).write_text(text)
    assert sign(signing, *TOKEN) == 5
    text = said(capsys)
    assert "a service cannot be reached" in text and "assay ledger init" in text
    assert not signing.file.exists()


def test_nothing_is_signed_over_a_change(signing: Case, capsys: pytest.CaptureFixture[str]) -> None:
    score_changed(signing.run)
    assert sign(signing, *TOKEN) == 5
    assert "altered" in said(capsys)
    assert not signing.file.exists() and not signing.instance.asked


def test_a_statement_is_checked_and_searched_for_secrets_before_it_is_signed(case: Case) -> None:
    audits = decided(case.run)
    _sound(case.statement, case.run, audits, None)
    with pytest.raises(RunFailed, match="not signed, for it would not verify"):
        _sound(edited(case.statement, deploys), case.run, audits, None)
    with pytest.raises(DataError, match="holds a secret"):
        _sound(case.statement, case.run, audits, json.loads(case.statement)["predicate"]["assay"]["samples"]["root"])


def test_a_null_run_is_not_signed(signing: Case, capsys: pytest.CaptureFixture[str]) -> None:
    home = signing.run.parent
    run(["audit", str(home / "audit.yaml"), "--null", "-o", str(home / "null"), "-q", "--no-cache"])
    null = Case(home / "null", signing.home, signing.key, signing.instance, b"")
    assert sign(null, *TOKEN) == 2
    assert "null run" in said(capsys) and not signing.instance.asked


def test_other_forms_ask_nobody_and_take_no_identity(signing: Case, capsys: pytest.CaptureFixture[str]) -> None:
    for given in (TOKEN, ("--trust", signing.trust)):
        assert run(["report", str(signing.run), "--format", "json", *given]) == 2
        assert "are for --format sigstore" in said(capsys)
    assert not signing.instance.asked


def test_a_run_begun_afresh_keeps_no_older_bundle(signed_run: Run) -> None:
    (signed_run.run / "verdict.sigstore.json").write_text("{}")
    assert run(["audit", str(signed_run.home / "audit.yaml"), "-o", str(signed_run.run), "-q", "--fresh"]) == 1
    assert not (signed_run.run / "verdict.sigstore.json").exists()


# Without the package


@pytest.mark.parametrize("command", ["verify", "report"])
def test_without_the_package_the_message_says_how_to_get_it(
    signed_run: Run,
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "sigstore", None)  # type: ignore[arg-type]
    for name in [one for one in sys.modules if one.startswith("sigstore.")]:
        monkeypatch.delitem(sys.modules, name)
    bundle = tmp_path / "b.json"
    bundle.write_text(json.dumps(LittleSigstore().bundle(b"x", ME, ISSUER)))
    given = {
        "verify": [str(bundle), "--identity", ME, "--issuer", ISSUER],
        "report": [str(signed_run.run), "--format", "sigstore"],
    }
    assert run([command, *given[command]]) == 2
    assert "needs sigstore, which is not installed. Install with: pip install 'assay-llm[sigstore]'" in said(capsys)
