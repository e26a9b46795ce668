"""Check digits of card, bank and identity numbers: does the number keep its own rule."""

from __future__ import annotations

from collections.abc import Sequence

_D = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # multiplication of the dihedral group of order ten (Verhoeff 1969)
_FIRST = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def luhn(digits: str) -> bool:
    """Cards, Canadian SIN, Swedish personal numbers (ISO/IEC 7812-1, annex B).

    Examples:
        >>> luhn("4111111111111111"), luhn("4111111111111112")
        (True, False)
    """
    total = sum(map(int, digits[-1::-2]))
    return (total + sum(int("0246813579"[int(digit)]) for digit in digits[-2::-2])) % 10 == 0


def mod97(code: str) -> bool:
    """IBAN without blanks (ISO 13616): the first four moved to the end, letters as numbers, rest 1.

    Examples:
        >>> mod97("GB82WEST12345698765432"), mod97("GB82WEST12345698765433")
        (True, False)
    """
    return int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97 == 1


def verhoeff(digits: str) -> bool:
    """Aadhaar.

    Examples:
        >>> verhoeff("2363"), verhoeff("2364")
        (True, False)
    """
    permuted = [tuple(range(10)), _FIRST]
    while len(permuted) < 8:
        permuted.append(tuple(_FIRST[digit] for digit in permuted[-1]))
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _D[check][permuted[place % 8][int(digit)]]
    return check == 0


def iso7064_11_10(digits: str) -> bool:
    """German tax id, Croatian OIB (ISO/IEC 7064, MOD 11,10).

    Examples:
        >>> iso7064_11_10("86095742719"), iso7064_11_10("86095742718")
        (True, False)
    """
    product = 10
    for digit in digits[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def weighted(digits: str, weights: Sequence[int]) -> int:
    """Sum of digits times weights; what is beyond the shorter of the two does not count."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def ean13(digits: str) -> bool:
    """Swiss AHV number, ISBN-13.

    Examples:
        >>> ean13("7569217076985"), ean13("9780306406157")
        (True, True)
    """
    return weighted(digits, (1, 3) * 7) % 10 == 0


def isbn10(digits: str) -> bool:
    """ISBN of ten; for telling books from people."""
    return weighted(digits, range(10, 0, -1)) % 11 == 0


def nhs(digits: str) -> bool:
    """NHS number of England and Wales.

    Examples:
        >>> nhs("9434765919"), nhs("9434765918")
        (True, False)
    """
    return weighted(digits, range(10, 0, -1)) % 11 == 0


def bsn(digits: str) -> bool:
    """Dutch citizen service number.

    Examples:
        >>> bsn("111222333")
        True
    """
    return weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def pesel(digits: str) -> bool:
    """Polish PESEL.

    Examples:
        >>> pesel("44051401359")
        True
    """
    return weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def cpf(digits: str) -> bool:
    """Brazilian CPF; eleven equal digits are none.

    Examples:
        >>> cpf("52998224725"), cpf("11111111111")
        (True, False)
    """
    first = weighted(digits[:9], range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(digits[:10], range(11, 1, -1)) * 10 % 11 % 10
    return digits[9:] == f"{first}{second}" and len(set(digits)) > 1


def chinese(code: str) -> bool:
    """Chinese resident number of eighteen (GB 11643, MOD 11-2).

    Examples:
        >>> chinese("11010519491231002X")
        True
    """
    total = weighted(code[:17], [pow(2, 17 - place, 11) for place in range(17)])
    return code[17].upper() == "10X98765432"[total % 11]


def spanish(code: str) -> bool:
    """Spanish DNI and NIE: the letter at the end.

    Examples:
        >>> spanish("12345678Z"), spanish("X1234567L")
        (True, True)
    """
    number = int(code[:-1].upper().replace("X", "0").replace("Y", "1").replace("Z", "2"))
    return code[-1].upper() == "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]


def singaporean(code: str) -> bool:
    """NRIC and FIN of Singapore: the letter at the end.

    Examples:
        >>> singaporean("S1234567D")
        True
    """
    total = weighted(code[1:8], (2, 7, 6, 5, 4, 3, 2)) + (4 if code[0] in "TG" else 0)
    return code[8] == ("JZIHGFEDCBA" if code[0] in "ST" else "XWUTRQPNMLK")[total % 11]


_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (
    *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21), 1, 0, 5, 7, 9, 13, 15, 17, 19, 21,
    *(2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
), strict=True))  # fmt: skip  # values of characters in odd places, decree of 23 December 1976


def italian(code: str) -> bool:
    """Italian codice fiscale: the letter at the end.

    Examples:
        >>> italian("RSSMRA85T10A562S")
        True
    """
    total = sum(_ODD[char] for char in code[0:15:2])
    total += sum(int(char) if char.isdigit() else ord(char) - 65 for char in code[1:15:2])
    return code[15] == chr(65 + total % 26)


def french(digits: str) -> bool:
    """French social security number of fifteen digits: two check digits, mod 97.

    Examples:
        >>> french("255081416802538")
        True
    """
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def routing(digits: str) -> bool:
    """US bank routing number.

    Examples:
        >>> routing("021000021")
        True
    """
    return weighted(digits, (3, 7, 1) * 3) % 10 == 0 and digits != "000000000"
