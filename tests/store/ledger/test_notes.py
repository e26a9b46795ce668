"""Notes and keys as Go's sumdb/note writes them, DSSE as its specification shows it; what is no note, no key."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from assay.domain.errors import DataError, RunConflict
from assay.store.ledger.dsse import IN_TOTO, encoding, envelope, opened
from assay.store.ledger.keys import FILE_VARIABLE, VARIABLE, make_key, public_key, read_key, signing_key
from assay.store.ledger.notes import Checkpoint, PublicKey, SigningKey, signed, signers

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example of golang.org/x/mod/sumdb/note."""


def test_the_example_of_go() -> None:
    key = PublicKey.read(PETER)
    text, good = signers(NOTE, [key])
    assert good == (key,)
    assert text.endswith("what your problem is.\n")
    assert str(key) == PETER
    own = SigningKey.read(SECRET)
    assert own.public == key
    assert own.secret() == SECRET
    assert signed(text, [own]) == NOTE


def test_a_changed_note_is_false() -> None:
    key = PublicKey.read(PETER)
    with pytest.raises(DataError, match="is false"):
        signers(NOTE.replace("answer", "Answer"), [key])
    raw = bytearray(base64.b64decode(NOTE.split()[-1]))
    for at in range(4, len(raw)):
        raw[at] ^= 1
        spoiled = NOTE.rpartition(" ")[0] + " " + base64.b64encode(bytes(raw)).decode() + "\n"
        with pytest.raises(DataError, match="is false"):
            signers(spoiled, [key])
        raw[at] ^= 1


def test_signatures_of_others_are_passed_over() -> None:
    key, other = PublicKey.read(PETER), SigningKey.make("other")
    assert signers(NOTE, [other.public])[1] == ()
    twice = NOTE + signed(NOTE.rpartition("\n\n")[0] + "\n", [other]).rpartition("\n\n")[2]
    assert signers(twice, [key, other.public])[1] == (key, other.public)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "x\n\n",
        "x\n\ny",
        "x\n\n- PeterNeumann AAAA\n",
        "x\n\n\u2014 a ???\n",
        "x\n\n\u2014 a AAAA\n",
        "\u2014\n\n\u2014\n",
    ],
)
def test_what_is_no_note(text: str) -> None:
    with pytest.raises(DataError):
        signers(text, [PublicKey.read(PETER)])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        "a+b+c",
        PETER[:-4],
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("Peter", "Pet er"),
        PETER + "\n" + PETER,
        "a+00000000+" + base64.b64encode(b"\x02" + bytes(32)).decode(),
        "é+" * 3,
    ],
)
def test_what_is_no_public_key(text: str) -> None:
    with pytest.raises(DataError):
        PublicKey.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n-1\n" + "A" * 43 + "=\n",
        "a\n01\n" + "A" * 43 + "=\n",
        "a\n1\n????\n",
        "a\n1\nAAAA\n",
        "\n1\n" + "A" * 43 + "=\n",
        "a\nx\n" + "A" * 43 + "=\n",
        "a\n" + "9" * 5000 + "\n" + "A" * 43 + "=\n",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(DataError):
        Checkpoint.read(text)


def test_a_checkpoint_comes_back() -> None:
    made = Checkpoint("example.org/log", 17, bytes(range(32)))
    assert Checkpoint.read(made.text()) == made
    assert Checkpoint.read(made.text() + "an extension line\n") == made


# DSSE


def test_the_example_of_dsse() -> None:
    assert (
        encoding("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert encoding("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


def test_an_envelope_comes_back_and_no_other_passes() -> None:
    key, other = SigningKey.make("me"), SigningKey.make("other")
    made = envelope(IN_TOTO, b'{"a":1}', [key])
    assert opened(json.dumps(made), [key.public, other.public]) == (IN_TOTO, b'{"a":1}', (key.public,))
    for name, value in (("payload", base64.b64encode(b'{"a":2}').decode()), ("payloadType", "text/plain")):
        assert opened(json.dumps({**made, name: value}), [key.public])[2] == ()
    forged = {
        **made,
        "signatures": [
            {**made["signatures"][0], "sig": envelope(IN_TOTO, b'{"a":1}', [other])["signatures"][0]["sig"]}
        ],
    }
    assert opened(json.dumps(forged), [key.public])[2] == ()
    url_safe = {**made, "payload": base64.urlsafe_b64encode(b'{"a":1}').decode()}
    assert opened(json.dumps(url_safe), [key.public])[2] == (key.public,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "[]",
        "{}",
        "[" * 100_000,
        '{"payload":1,"payloadType":"x","signatures":[{"sig":"AA=="}]}',
        '{"payload":"","payloadType":"x","signatures":[]}',
        '{"payload":"é","payloadType":"x","signatures":[{"sig":""}]}',
        '{"payload":"","payloadType":3,"signatures":[{"sig":""}]}',
        '{"payload":"","payloadType":"x","signatures":[{"sig":null}]}',
        '{"payload":"","payloadType":"\\ud800","signatures":[{"sig":""}]}',
    ],
)
def test_what_is_no_envelope(text: str) -> None:
    with pytest.raises(DataError):
        opened(text, [PublicKey.read(PETER)])


# Keys


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (VARIABLE, FILE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_a_key_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    made = make_key(tmp_path / "deep" / "own.key", "example.org/releases")
    assert (tmp_path / "deep" / "own.key").stat().st_mode & 0o777 == 0o600
    assert read_key(tmp_path / "deep" / "own.key") == made
    assert public_key(str(tmp_path / "deep" / "own.key.pub")) == made.public == public_key(str(made.public))
    with pytest.raises(RunConflict, match="there is a key already"):
        make_key(tmp_path / "deep" / "own.key", "another")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    made = make_key(tmp_path / "own.key", "me")
    (tmp_path / "own.key").chmod(mode)
    with pytest.raises(DataError, match="others may read") as caught:
        read_key(tmp_path / "own.key")
    assert made.secret() not in str(caught.value)


def test_where_the_key_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert signing_key() is None
    usual = make_key(tmp_path / "config" / "assay" / "ledger.key", "usual")
    assert signing_key() == usual
    named = make_key(tmp_path / "named.key", "named")
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "named.key"))
    assert signing_key() == named
    monkeypatch.setenv(VARIABLE, SECRET)
    assert signing_key() == SigningKey.read(SECRET)
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "absent.key"))
    with pytest.raises(DataError, match="names it"):
        signing_key()


@pytest.mark.parametrize(
    "cut",
    [
        SECRET[:-8],
        SECRET.replace("c74f20a3", "c74f20a4"),
        SECRET.removeprefix("PRIVATE+KEY+"),
        SECRET[:-1] + "!",
        "x" + SECRET,
    ],
)
def test_a_damaged_key_is_not_told_to_anybody(cut: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, cut)
    with pytest.raises(DataError) as caught:
        signing_key()
    said = f"{caught.value}{caught.value.__cause__}{caught.value.__context__}"
    assert "AYEKFALVFGyNhPJEMzD1QIDr" not in said
    assert VARIABLE in said


def test_a_key_shows_its_public_part_only() -> None:
    key = SigningKey.read(SECRET)
    for text in (repr(key), str(key), f"{key}", repr([key]), repr({"k": key})):
        assert "PeterNeumann+c74f20a3" in text
        assert "AYEKFALVFGyN" not in text and repr(key.seed) not in text


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", " "])
def test_names_of_keys(name: str) -> None:
    with pytest.raises(DataError):
        SigningKey.make(name)


def test_a_public_key_that_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "large").write_text("x" * 5000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for given in ("absent", str(tmp_path), str(tmp_path / "large"), str(tmp_path / "binary"), "a\0b", "x" * 5000):
        with pytest.raises(DataError):
            public_key(given)


def test_a_public_key_in_place_of_the_private_one_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_key(tmp_path / "own.key", "me")
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "own.key.pub"))
    with pytest.raises(DataError, match="this is a public key"):
        signing_key()
    monkeypatch.setenv(VARIABLE, str(made.public))
    with pytest.raises(DataError, match=f"{VARIABLE}: this is a public key"):
        signing_key()
