"""The prefilter never changes what is found, with google-re2 and without."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.prefilter import Prefilter, by_signs, patterns, prefilter
from assay.checks.private import read
from assay.scorers.personal import FAMILIES, found

HAS_RE2 = importlib.util.find_spec("re2") is not None
ENGINES = {"stdlib": by_signs} | ({"re2": prefilter()[1]} if HAS_RE2 else {})
TEXTS = [
    "Call me: +1 (212) 664-7665", "ana [at] posteo [dot] de", "max.müller@firma.de", "cc 501880623209", "3782 822463 10005",
    "IBAN:GB82-WEST-1234-5698-7654-32", "NL91ABNA0417164300", "SSN 123-45-6789", "from 203.0.114.7", "Her IP is 192.168.1.23",
    "2a02:120b:2c6f:1c20:6d1e:7c3f:ab12:9f00", "2a02:120b::6d1e:7c3f", "00:1B:44:11:3A:B7", "00-1B-44-11-3A-B7", "001b.4411.3ab7",
    "756.9217.0769.85", "529.982.247-25", "NHS number 943 476 5919", "12345678Z", "RSSMRA85T10A562S", "ABCPE1234F is his PAN",
    "11010519491231002X", "Steuer-ID 86 095 742 719", "Passport No: X1234567", "DOB: 04/12/1987", "I am born on 3 May 1990",
    "Geburtsdatum: 12.03.1985", "My driver's license number is U62928788557186", "postcode SW1A 1AA", "ZIP code 90210",
    "AKIAJ7QW3ERTY5UIOPA2", "sk-proj-a8Fj2kLmQ9xTz7Rw4YbN3vCd5EgH1sUp", "xoxb-2837465-a8Fj2kLmQ9xTz7Rw4Yb",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", "whsec_a8Fj2kLm/Q9xTz7Rw+4YbN3vCd",
    "AccountKey=a8Fj2kLm/Q9xTz7Rw+4YbN3vCd5EgH1sUpQ2rTa8Fj2kLm/Q9x==", "112233445:AAa8Fj2kLmQ9xTz7Rw4YbN3vCd5EgH1sUpQ",
    "hooks.slack.com/services/T02ABCDEF/B03GHIJKL/a8Fj2kLmQ9xTz7Rw4YbN3vCd", "password: Tr0ub4dor&3", "密码：Geheim123", "my PIN is 4821",
    'api_key = "9f8e7d6c5b4a39281706f5e4"', "Authorization: Bearer a8Fj2kLmQ9xTz7Rw4YbN3vCd5EgH", "postgresql://admin:S3cr3tPw9@db.corp.net",
    "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEA7Qd1" * 5 + "\n-----END RSA PRIVATE KEY-----", "He lives at 42 Maple Street, Apt 5",
    "Ich wohne in der Lindenstraße 12", "My address is Via Roma 12, Milano", "home: PO Box 1234", "résidant à 12 rue de la Paix",
    "licence plate ZH 123 456", "IMEI 49-015420-323751-8", "secret K\u212aey token \u212a=a8Fj2kLmQ9xTz7Rw4YbN", "tel. ０２０ ７９４６ ０９５８",
    "shipped to 7 Old Mill Road", "bank account number is 12345678", "手机：138 1234 5678", "Kennzeichen: ZH-AB 1234", "İ +41 71 526 99 04",
    "ring me: 12-34-56 today", "desk line 12 34 56", "12-34-56 (fax)", "her number 555 01 99", "12 34 56 78 x 12", "(0)71 526 99 04",
    "call 345 67 89, ext. 5", "cc 4556601938071755", "wohnt 12, rue Lepic", "I live at avenue Foch 7", "she lived at Pine Hall 12",
    "call me " + "z" * 40 + " 12 34 56", "phone: " + "((((((((" * 20 + "12 34 56", "12 34 56 " + "." * 20 + " (fax)",
    "deliver to: unit 12, box 34", "CPF 529.982.247-25", "13812345678", "8 (495) 123-45-67", "811228-9874", "AB 12 34 56 C is my NINO",
]  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
@pytest.mark.parametrize("text", TEXTS)
def test_with_and_without_prefilter_the_finds_are_the_same(text: str, engine: Prefilter) -> None:
    for padded in (
        text,
        f"Some words. {text} And more.",
        f"«{text}», é\n{text}",
        text.upper(),
        text.lower(),
        text + text,
    ):
        assert list(read(padded, engine)) == [find for find in found(padded) if find.type != "url"]


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
@given(
    pieces=st.lists(st.one_of(st.sampled_from(TEXTS), st.text(max_size=12), st.from_regex(r"[0-9a-zA-Z:.@/ -]{1,20}")))
)
def test_of_any_text_too(pieces: list[str], engine: Prefilter) -> None:
    text = "".join(pieces)
    assert list(read(text, engine)) == [find for find in found(text) if find.type != "url"]


def test_most_texts_are_spared() -> None:
    for engine in ENGINES.values():
        text = "The quick brown fox jumped over the lazy dog, and nobody saw it."
        assert not engine(text, text.lower())


def test_every_family_but_that_of_the_web_has_patterns() -> None:
    assert patterns().keys() - {"digit", "digits", "home", "named"} == FAMILIES.keys() - {"web"}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
@pytest.mark.parametrize(
    "piece", ["1", "12 ", "a1 ", "::", "1 a ", "1.1", "pass", "a@", "[at", "é1 ", "1:", "ab12", "street ", "sk-"]
)
def test_time_grows_with_length_alone(piece: str, engine: Prefilter, linear: Callable[..., None]) -> None:
    linear(lambda text: engine(text, text), piece)


@pytest.mark.skipif(not HAS_RE2, reason="google-re2 is not installed")
def test_re2_is_taken_where_it_is_installed() -> None:
    assert prefilter()[0] == "re2"


@pytest.mark.skipif(HAS_RE2, reason="google-re2 is installed")
def test_without_re2_the_standard_library_serves() -> None:
    assert prefilter() == ("stdlib", by_signs)
