"""RFC 8785: the numbers of its appendix B, those of another program, the order of keys, and what is refused."""

from __future__ import annotations

import json
import math
import random
import struct
from pathlib import Path
from typing import Any

import pytest

from assay.store.ledger.canonical import canonical

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "ledger" / "numbers.json").read_text())
APPENDIX_B = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


def double(bits: str) -> float:
    return float(struct.unpack(">d", bytes.fromhex(bits))[0])


@pytest.mark.parametrize("bits", APPENDIX_B)
def test_the_numbers_of_appendix_b(bits: str) -> None:
    assert canonical(double(bits)).decode() == APPENDIX_B[bits]


def test_numbers_as_another_program_writes_them() -> None:
    assert len(GOLDEN["cases"]) > 1500
    assert [(bits, canonical(double(bits)).decode()) for bits, _ in GOLDEN["cases"]] == [
        tuple(c) for c in GOLDEN["cases"]
    ]


def test_keys_are_ordered_by_utf_16_units() -> None:
    """The example of section 3.2.3, and an emoji before a letter that comes earlier by code point."""
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    wanted = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(canonical(value))) == wanted
    assert list(json.loads(canonical({"deeper": [value]}))["deeper"][0]) == wanted


def test_the_example_of_section_3_2_4() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    wanted = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical(value).decode() == wanted


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, 2**53, -(2**53), {1: 2}, "\ud800", {"\udc00": 1}, [1.5, "\ud800"]]
)
def test_what_json_cannot_say_in_one_way_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical(value)
    with pytest.raises(ValueError):
        canonical({"a": [0.5, value]})


@pytest.mark.parametrize("value", [b"x", {1, 2}, object()])
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical([value])


def anything(dice: random.Random, depth: int = 0) -> Any:
    kind = dice.randrange(8 if depth < 4 else 6)
    if kind == 6:
        return [anything(dice, depth + 1) for _ in range(dice.randrange(4))]
    if kind == 7:
        return {word(dice): anything(dice, depth + 1) for _ in range(dice.randrange(4))}
    return [
        None,
        dice.random() < 0.5,
        dice.randrange(-(2**53) + 1, 2**53),
        dice.gauss(0, 1e3),
        dice.random() * 1e-8,
        word(dice),
    ][kind]


def word(dice: random.Random) -> str:
    return "".join(dice.choice('ab"\\\n\x01/é€\ufb33\U0001f600') for _ in range(dice.randrange(5)))


def test_laws_on_random_values() -> None:
    """Reading gives the value back; writing it again gives the same bytes; the order of keys given does not matter."""
    dice = random.Random(5)
    for _ in range(2000):
        value = anything(dice)
        text = canonical(value)
        assert json.loads(text) == value
        assert canonical(json.loads(text)) == text
        if isinstance(value, dict):
            assert canonical(dict(reversed(value.items()))) == text
