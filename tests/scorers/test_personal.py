"""Personal data and secrets in a text: `personal.found` and the detectors it asks."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.scorers.checksums import luhn, mod97
from assay.scorers.finding import Found, apart
from assay.scorers.folding import folded
from assay.scorers.personal import found

IS = {
    "phone": [
        "Call me: <+1 (212) 664-7665>", "tel. <020 7946 0958>", "Tel: <030/901820>", "<0043 1 58858>", "<+91 98765 43210>",
        "My number is <555-867-5309>", "手机：<138 1234 5678>", "電話番号は<03-1234-5678>です", "<06.12.34.56.78>",
        "Teléfono: <912 345 678>", "<+55 (11) 91234-5678>", "<8 (495) 123-45-67>", "<+353 87 123 4567>", "Natel <079 123 45 67>",
        "<305.555.0187 ext. 23>", "Her cell: <555 1234>", "<61 51 81> office", "<212-555-0187> / 212-555-0188",
    ],
    "email": ["<max.müller@firma.de>", "write to <jane_doe99@mail.co.uk>.", "<ana [at] posteo [dot] de>", "邮箱<ana@posteo.de>"],
    "credit_card": ["<5500-0000-0000-0004>", "Amex <3782 822463 10005>", "<6011000990139424>", "cc <501880623209>"],
    "iban": ["<DE89 3704 0044 0532 0130 00>", "<NL91ABNA0417164300>", "IBAN:<GB82-WEST-1234-5698-7654-32>"],
    "ssn": ["SSN <123-45-6789>", "social security number is <123456789>"],
    "ip": ["from <203.0.114.7>", "<2a02:120b:2c6f:1c20:6d1e:7c3f:ab12:9f00>", "Her IP is <192.168.1.23>"],
    "mac": ["<00:1B:44:11:3A:B7>", "<001b.4411.3ab7>"],
    "ahv": ["<756.9217.0769.85>"], "cpf": ["<529.982.247-25>"], "nhs": ["NHS number <943 476 5919>"], "dni": ["<12345678Z>"],
    "codice_fiscale": ["<RSSMRA85T10A562S>"], "nino": ["<AB 12 34 56 C>"], "resident_id": ["<11010519491231002X>"],
    "tax_id": ["Steuer-ID <86 095 742 719>"], "aadhaar": ["Aadhaar <2341 2341 2346>"], "nir": ["<2 55 08 14 168 025 38>"],
    "passport": ["Passport No: <X1234567>"], "birth_date": ["DOB: <04/12/1987>", "Geburtsdatum: <12.03.1985>"],
    "driver_license": ["My driver's license number is <U62928788557186>"], "zip_code": ["ZIP code <90210>", "postcode <SW1A 1AA>"],
    "aws_key": ["<AKIAJ7QW3ERTY5UIOPA2>"], "openai_key": ["<sk-proj-a8Fj2kLmQ9xTz7Rw4YbN3vCd5EgH1sUp>"],
    "github_token": ["<ghp_a8Fj2kLmQ9xTz7Rw4YbN3vCd5EgH1sUpQ2rT>"],
    "jwt": ["<eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U>"],
    "password": ["password: <Tr0ub4dor&3>", "The password is <hunter2>.", "DB_PASSWORD='<s3cr3t!pw>'", "Passwort: <Geheim123>"],
    "secret": ['api_key = "<9f8e7d6c5b4a39281706f5e4>"'], "pin": ["my PIN is <4821>"],
    "connection_string": ["<postgresql://admin:S3cr3tPw9@db.corp.net>"],
    "private_key": ["<-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEA7Qd1" * 5 + "\n-----END RSA PRIVATE KEY----->"],
    "address": ["He lives at <42 Maple Street, Apt 5>", "Ich wohne in der <Lindenstraße 12>", "My address is <Via Roma 12>, Milano"],
}  # fmt: skip
IS_NOT = [
    "The years 1984-2024 and 2019/2020.", "Order number 123-456-7890 has shipped.", "ISBN 978-3-16-148410-0, 0-306-40615-2",
    "It costs $1,234,567.89 or 1.234.567,89 EUR", "version 10.0.19041.1234, v1.2.3.4", "1234567 * 7654321 = 9449772114007",
    "pi is 3.14159265358979", "UUID 123e4567-e89b-12d3-a456-426614174000", "2021-03-04 12:30:45.123456", "12/25/2020 - 01/05/2021",
    "population of 8 336 817 people", "coordinates 47.3769, 8.5417", "arXiv:2105.14103, doi 10.1038/s41586-020-2649-2",
    "call 911 or 1-800-273-8255", "std::vector<int>::iterator a::b", "support@company.com, user@example.com, @app.route('/x')",
    "127.0.0.1:8080, 192.168.0.1, 255.255.255.0, 8.8.8.8", "The password is important.", "password = os.environ['PW']",
    "password: <your password>", "api_key = 'YOUR_API_KEY'", "{1, 2, 3, 4, 5, 6, 7}; 1 2 3 4 5 6 7 8 9 10", "100-50-25=25",
    "The factorial of 20 is 2432902008176640000", "git@github.com:foo/bar.git, foo@1.2.3, image@2x.png", "1609459200000 ms",
    "He lived from 12.03.1945 to 14.11.2001", "to reach it climb 6000-3000 = 3000", "AKIAIOSFODNN7EXAMPLE", "phone model SM-G991B",
    "Angela Merkel was born on July 17, 1954.", "1600 Pennsylvania Avenue", "666-12-3456", "MAC 00:00:00:00:00:00",
]  # fmt: skip


def unmarked(text: str) -> tuple[str, int, int]:
    """A text without its marks, and where the marked part stands."""
    start, end = text.index("<"), text.rindex(">") - 1
    return text[:start] + text[start + 1 : end + 1] + text[end + 2 :], start, end


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in IS.items() for text in texts])
def test_what_is_personal_is_found_in_its_place(kind: str, text: str) -> None:
    plain, start, end = unmarked(text)
    assert (start, end, kind) in [find[:3] for find in found(plain)], found(plain, 0)


@pytest.mark.parametrize("text", IS_NOT)
def test_what_only_looks_so_is_not(text: str) -> None:
    assert [find for find in found(text) if find.type != "url"] == []


WIDE = {ord("0") + digit: chr(0xFF10 + digit) for digit in range(10)}
ARABIC = {ord("0") + digit: chr(0x0660 + digit) for digit in range(10)}


@pytest.mark.parametrize(
    "text",
    ["Tel. <+41 71 526 99 04>", "card <4556 6019 3807 1755>", "<DE89 3704 0044 0532 0130 00>", "SSN <123-45-6789>"],
)
def test_no_disguise_hides_an_item(text: str) -> None:
    plain, start, end = unmarked(text)
    disguises = [plain.translate(WIDE), plain.translate(ARABIC), plain.replace(" ", "\u00a0").replace("-", "\u2011")]
    for disguised in disguises:
        assert [(start, end)] == [find[:2] for find in found(disguised)], disguised
    split = "\u200b".join(plain)
    assert [(2 * start, 2 * end - 1)] == [find[:2] for find in found(split)]


@given(st.text(max_size=300))
def test_spans_lie_in_the_text_in_order_and_apart(text: str) -> None:
    finds = found(text + " ana@posteo.de " + text, 0)
    assert all(0 <= find.start < find.end <= 2 * len(text) + 15 for find in finds)
    assert all(one.end <= other.start for one, other in itertools.pairwise(finds))


@given(st.text(alphabet="0123456789+-. ()/@:aAé\u200b\uff11 \n", max_size=200), st.floats(0, 1))
def test_a_lower_floor_never_loses_a_find(text: str, floor: float) -> None:
    assert set(found(text, 1 - floor / 2)) <= set(found(text, 0))


@given(st.from_regex(r"[1-9][0-9]{10,17}", fullmatch=True))
def test_luhn_holds_for_one_last_digit_of_ten(digits: str) -> None:
    assert sum(luhn(digits + str(last)) for last in range(10)) == 1


@given(st.from_regex(r"[0-9]{18}", fullmatch=True))
def test_an_iban_has_one_pair_of_check_digits(digits: str) -> None:
    assert sum(mod97(f"DE{check:02}{digits}") for check in range(2, 99)) == 1


@given(st.text(max_size=100))
def test_a_folded_text_knows_its_way_back(text: str) -> None:
    plain = folded(text)
    if plain.places is None:
        assert len(plain.text) == len(text)
    else:
        assert len(plain.places) == len(plain.text)
        assert list(plain.places) == sorted(set(plain.places))


def test_the_surer_find_stays_where_two_lie_over_each_other() -> None:
    finds = [Found(0, 10, "phone", 0.6), Found(5, 12, "iban", 0.9), Found(12, 14, "ip", 0.5)]
    assert [Found(5, 12, "iban", 0.9), Found(12, 14, "ip", 0.5)] == apart(finds)


@pytest.mark.parametrize(
    "part",
    ["a", "1234567890", "1-", "12 ", "a@", "a@b.co ", "1.", "ab:cd:", "http://a", "password: ", 'password="', "eyJaaaaaaaaa.",
     "-----BEGIN PRIVATE KEY-----", "zip code ", "1 Aa Bb Cc ", "rue de la ", "DE89 3704 0044 0532 0130 00 ", "AB12", "(1)",
     "+41 71 526 99 04 ", "1\u200b", "１２３４ ", "\U0001f600", " (at) (dot)", "a://b:c", "driver's license number is ", "born in a "],
)  # fmt: skip
def test_time_grows_with_length_alone(part: str, linear: Callable[..., None]) -> None:
    linear(found, part)


@pytest.mark.parametrize("distance", range(1, 60))
def test_a_word_that_begins_before_what_is_read_names_no_telephone(distance: int) -> None:
    rooms = "hotel" + "x " * (distance // 2) + " " * (distance % 2)
    assert not [find for find in found(f"{rooms}345 67 89") if find.type == "phone"]
    assert [find for find in found("tel 345 67 89") if find.type == "phone"]
