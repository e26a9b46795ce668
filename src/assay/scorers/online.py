"""Addresses of the network in a text: e-mail, web, IP, MAC."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from assay.scorers.finding import Found, words

_LOCAL_BACKWARDS = re.compile(r"[A-Za-z0-9_\u00c0-\u04ff.'+%-]{1,64}")  # a script without blanks may stand before
_DOMAIN = re.compile(r"[A-Za-z0-9\u00c0-\u04ff][A-Za-z0-9\u00c0-\u04ff.-]{2,250}")
_SPELLED = re.compile(
    r"(?<![\w.])([\w.+-]{1,64}) ?[\[({] ?at ?[\])}] ?([\w-]{1,63}(?: ?[\[({] ?dot ?[\])}] ?[\w-]{1,63}|"
    r"\.[\w-]{1,63}){1,4})"
)
_FILES = "png jpg jpeg gif svg webp js ts css py rb go java html htm php json xml yml yaml md txt zip"
_NOBODY = (
    "git user username you your yourname youremail your.name your.email name email me someone somebody anyone example "
    "test foo bar noreply no-reply do-not-reply donotreply info support help hello contact sales admin webmaster "
    "postmaster hostmaster abuse press media privacy security billing service office jobs careers root hr team "
    "feedback news newsletter enquiries inquiries orders customerservice customer.service recipient sender abc xyz "
    "firstname.lastname first.last firstname lastname"
)
_FILE_ENDINGS, _NOBODYS = frozenset(_FILES.split()), frozenset(_NOBODY.split())
_RESERVED = re.compile(r"(?:^|\.)(?:example|test|invalid|localhost|local)$|(?:^|\.)example\.(?:com|org|net|edu)$")
_URL = re.compile(
    r"(?:https?|ftp)://[^\s<>\"'`\\{}|^\[\]]{3,2000}|"
    r"(?<![\w./@-])www\.[\w-]{1,63}\.[^\s<>\"'`\\{}|^\[\]]{2,2000}",
    re.IGNORECASE,
)
_IP = re.compile(r"[0-9](?<![\w.].)(?<![0-9]-.)[0-9]{0,2}(?:\.[0-9]{1,3}){3}(?!\w|\.\d|-\d)", re.ASCII)
_MAY_BE_HARDWARE = re.compile(r":[0-9A-Fa-f]{0,4}:|-[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-|\.[0-9A-Fa-f]{4}\.")
_IP6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])", re.ASCII)
_MAC = re.compile(
    r"(?<![\w:.-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:]|-\w)"
    r"|(?<![\w:.-])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\w:.])",
    re.ASCII,
)
_RESOLVERS = "8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 208.67.222.222 208.67.220.220 1.2.3.4 4.4.4.4"
_VERSION = words(
    "version", "ver(?![^\\W_])", "v(?![^\\W_])", "release", "build", "section", "chapter", "update", "§", "firmware"
)
_SOMEONES = words(
    "his", "her", "their", "my", "your", "user'?s?", "client", "customer", "victim", "from ip", "logged in", "visitor"
)


def mails(text: str, low: str) -> Iterator[Found]:
    """E-mail addresses.

    Args:
        text: Plain text.
        low: The same in lower case, as in all functions here.
    """
    if "@" in text:
        yield from _mails(text)


def spelled(text: str, low: str) -> Iterator[Found]:
    """E-mail addresses that hide their signs: `ana [at] posteo [dot] de`."""
    if "at" in low and ("[at" in low or "(at" in low or "{at" in low or "[ at" in low or "( at" in low):
        yield from _spelled(low)


def web(text: str, low: str) -> Iterator[Found]:
    """Addresses of the web."""
    if "://" in text or "www." in low:
        for match in _URL.finditer(text):
            yield Found(match.start(), match.start() + len(match[0].rstrip(".,;:!?)*_")), "url", 0.96)


def hardware(text: str, low: str) -> Iterator[Found]:
    """MAC and IPv6 addresses."""
    if _MAY_BE_HARDWARE.search(text):
        yield from _hardware(text)


def _mails(text: str) -> Iterator[Found]:
    place = text.find("@")
    while place >= 0:
        local = _LOCAL_BACKWARDS.match(text[max(0, place - 64) : place][::-1])
        domain = _DOMAIN.match(text, place + 1)
        if local and domain:
            name, host = local[0][::-1].lstrip(".'+%-"), domain[0].rstrip(".-_")
            start, end = place - len(name), place + 1 + len(host)
            if name and text[start - 1 : start] != "@" and _host(host):
                yield Found(start, end, "email", _mail_surety(name.lower(), host.lower()))
        place = text.find("@", place + 1)


def _host(host: str) -> bool:
    last = host.rpartition(".")[2].lower()
    return "." in host and 2 <= len(last) <= 24 and last.isalpha() and last not in _FILE_ENDINGS and ".." not in host


def _mail_surety(name: str, host: str) -> float:
    if name.rstrip("0123456789") in _NOBODYS:
        return 0.3
    return 0.7 if _RESERVED.search(host) else 0.98


def _spelled(low: str) -> Iterator[Found]:
    for match in _SPELLED.finditer(low):
        if "." in match[2] or "dot" in match[2]:
            yield Found(match.start(), match.end(), "email", 0.9)


def ips(text: str, low: str) -> Iterator[Found]:
    """IPv4 addresses."""
    for match in _IP.finditer(text):
        try:
            address = IPv4Address(match[0])
        except AddressValueError:
            continue
        yield Found(
            match.start(),
            match.end(),
            "ip",
            _ip_surety(address, match[0], low[max(0, match.start() - 40) : match.start()]),
        )


def _ip_surety(address: IPv4Address, raw: str, before: str) -> float:
    if address.is_loopback or address.is_unspecified or raw.startswith("255.") or f" {raw} " in f" {_RESOLVERS} ":
        return 0.1
    if _VERSION.search(before[-14:]):
        return 0.2
    if not address.is_global or address.is_multicast or raw.endswith(".0"):
        return 0.7 if _SOMEONES.search(before) else 0.3
    return 0.95 if "ip" in before or max(address.packed) > 30 else 0.6


def _hardware(text: str) -> Iterator[Found]:
    for match in _MAC.finditer(text):
        if len(set(match[0].lower())) > 3:
            yield Found(match.start(), match.end(), "mac", 0.95)
    for match in _IP6.finditer(text):
        groups = [group for group in match[0].split(":") if group]
        if len(groups) < 3 or not any(char.isdigit() for char in match[0]) or max(map(len, groups)) < 3:
            continue
        try:
            address = IPv6Address(match[0])
        except AddressValueError:
            continue
        yield Found(match.start(), match.end(), "ip", 0.95 if address.is_global else 0.4)
