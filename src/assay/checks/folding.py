"""Texts in which words are runs of letters and digits in any script: folded, without typography, look-alikes as one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]

_AFTER = 16
"""Zeros behind the last text, so that whoever reads eight bytes there stays inside."""
_DROPPED = b"\xff"
"""A byte that no UTF-8 holds, for those that are to be left out."""
_UNSEEN = (
    "\u00ad\u061c\u115f\u1160\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff"
)
"""Nobody sees them; they part no words."""
_OVER = "\u0300-\u0344\u0346-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
"""Accents and strokes over and through letters of Latin, Greek and Cyrillic, but for the iota, which is a letter."""
_BOXED = "\u24b6-\u24e9\U0001f130-\U0001f149"
"""Letters in circles and squares, which count as letters and not as signs."""
_ALIEN = re.compile(rf"[^\x00-\x7f\w{_UNSEEN}{_OVER}{_BOXED}\u0345]+")
"""What is no word beyond ASCII: dashes, curly quotes, emoji, lone surrogates."""
_LEFT_OUT = re.compile(f"[{_UNSEEN}{_OVER}]+")
_MARKED = re.compile(r"[^\x00-\x7f\w]+")
_SCRIPT = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese write no blanks: each character counts as a word."""
_LIKE = str.maketrans(
    "авекмнорстухѕіјԁԛԝһѵӏь" "ⲁⲅⲉⲏⲓⲕⲙⲛⲟⲣⲥⲧⲩⲭⲱ" "αβεζηικμνορτυχωϲϳγ" "օոսհցɑɡɩıʏᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡᴢłøđħŧ",
    "abekmhopctyxsijdqwhvlb" "arehikmnopctyxw" "abezhikmvoptuxwcjy" "onuhgagiiyabcdefghijklmnoprstuvwzlodht",
)  # fmt: skip
"""Small letters of Cyrillic, Coptic, Greek, Armenian and the phonetic alphabet that pass for Latin ones. Capitals
follow their small letters, as case makes no difference: a Greek capital Eta is found as an h, its small letter too."""
_SLICE = 1 << 19
_ALIKE, _APART, _CONTEXT = 1, 2, 3
"""In the table of characters: stays as it is; is a word by itself; becomes what hangs on its neighbours, or more bytes
than it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Texts in one buffer, whose words are those that `coded` gives, but for case."""

    buffer: bytes | bytearray
    """The texts in UTF-8, each with a zero after it, and `_AFTER` more at the end."""
    ends: Places
    """Where each text ends, behind its zero, shape (n_texts,)."""
    cuts: Places
    """Where words are parted without a sign between them, ascending; some lie beside words, and some stand twice."""


def coded(text: str) -> bytes:
    r"""A text in UTF-8 whose words are runs of letters and digits, whatever they were written with.

    Capitals beyond ASCII become small, letters of other alphabets that look like Latin ones become these, accents and
    what nobody sees are left out, and characters of scripts without blanks stand apart.

    Examples:
        >>> coded("“Ähre, Größe” – 漢字").decode().split()
        ['ahre,', 'grosse', '漢', '字']
        >>> coded("Ｔhe p\u0430ra\u200bgr\u0430ph")
        b'the paragraph'
    """
    return text.encode() if text.isascii() else _folded(text).encode()


def _folded(text: str) -> str:
    if _ALIEN.search("".join(set(text))):
        text = _ALIEN.sub(" ", text)
    text = text.replace("\u03f2", "c").replace("\u03f9", "C")  # the sigma like a C, which else becomes a common one
    return unicodedata.normalize("NFKC", text).casefold().translate(_BARE)


class _Bare(dict[int, str]):
    """By code point of a small letter: without what is over it, and as the Latin one that it looks like."""

    def __missing__(self, code: int) -> str:
        one = chr(code)
        bare = _LEFT_OUT.sub("", unicodedata.normalize("NFD", one)).translate(_LIKE)
        bare = _MARKED.sub(" ", unicodedata.normalize("NFC", bare))
        self[code] = f" {bare} " if _SCRIPT.match(bare) else bare
        return self[code]


_BARE = _Bare()


def together(texts: Sequence[str]) -> Together:
    """All texts folded.

    Most characters beyond ASCII become what takes no more bytes than they did, wherever they stand: these are exchanged
    in place, all at once. Texts with others are folded one by one.
    """
    if all(map(str.isascii, texts)):
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
        return Together(buffer="\0".join([*texts, "\0" * _AFTER]).encode(), ends=ends, cuts=np.zeros(0, np.int64))
    try:
        data = [*map(str.encode, texts)]
    except UnicodeEncodeError:  # a lone surrogate
        data = [text.encode("utf-8", "replace") for text in texts]
    ends = np.cumsum(np.fromiter(map(len, data), np.int64, len(data)) + 1)
    buffer = bytearray(b"\0").join([*data, bytes(_AFTER)])
    cuts, context = _exchange(buffer)
    if len(context):
        buffer, ends, cuts = _mended(buffer, ends, cuts, texts, np.searchsorted(ends, context, side="right"))
    if _DROPPED in buffer:
        dropped = np.flatnonzero(np.frombuffer(buffer, np.uint8) == _DROPPED[0])
        buffer = buffer.replace(_DROPPED, b"")
        ends, cuts = ends - np.searchsorted(dropped, ends), cuts - np.searchsorted(dropped, cuts)
    return Together(buffer=buffer, ends=ends, cuts=cuts)


def _mended(
    buffer: bytearray, ends: Places, cuts: Places, texts: Sequence[str], wanted: Places
) -> tuple[bytearray, Places, Places]:
    """The buffer with some of the texts folded each by itself."""
    folds, by = np.zeros(len(texts) + 1, np.bool_), np.zeros(len(texts) + 1, np.int64)
    folds[wanted] = True
    parts: list[bytes | memoryview] = []
    view = memoryview(buffer)
    before = 0
    for place in np.flatnonzero(folds).tolist():
        own, end = _folded(texts[place]).encode(), int(ends[place]) - 1
        begin = int(ends[place - 1]) if place else 0
        by[place + 1] = len(own) - (end - begin)
        parts += [view[before:begin], own]
        before = end
    by = np.cumsum(by)
    text = np.searchsorted(ends, cuts, side="right")
    kept = ~folds[text]
    return bytearray().join([*parts, view[before:]]), ends + by[1:], cuts[kept] + by[text[kept]]


def _exchange(buffer: bytearray) -> tuple[Places, Places]:
    """Exchanges characters beyond ASCII in place.

    Returns:
        Begin and end of those that are words by themselves, and places of those that could not be exchanged.
    """
    view = np.frombuffer(buffer, np.uint8)
    cuts, left = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for begin, end in _slices(buffer):
        first = np.flatnonzero(view[begin:end] >= 0xC0) + begin
        codes, sizes = _characters(view, first)
        becomes = _table(codes)
        if (odd := np.flatnonzero((becomes == _APART) | (becomes == _CONTEXT))).size:
            apart = odd[becomes[odd] == _APART]
            cuts.append(np.stack((first[apart], first[apart] + sizes[apart]), axis=1).ravel())
            left.append(first[odd[becomes[odd] == _CONTEXT]])
        change = np.flatnonzero(becomes > _CONTEXT)
        first, sizes, becomes = first[change], sizes[change], becomes[change]
        for place in range(int(sizes.max(initial=0))):
            if place > 1:
                more = np.flatnonzero(sizes > place)
                first, sizes, becomes = first[more], sizes[more], becomes[more]
            view[first + place] = becomes >> np.uint32(8 * place)
    return np.concatenate(cuts), np.concatenate(left)


def _slices(buffer: bytearray) -> Iterator[tuple[int, int]]:
    """Begin and end of parts that end between two characters."""
    begin = 0
    while begin < len(buffer):
        end = min(begin + _SLICE, len(buffer))
        while end < len(buffer) and 0x80 <= buffer[end] < 0xC0:
            end += 1
        yield begin, end
        begin = end


def _characters(view: NDArray[np.uint8], first: Places) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Code points and bytes of the characters that begin at some places."""
    head = view[first].astype(np.uint32)
    codes = np.asarray((head & 0x1F) << 6 | view[first + 1] & 0x3F, np.uint32)
    sizes = np.full(len(first), 2, np.uint8)
    more = np.flatnonzero(head >= 0xE0)
    if len(more):
        codes[more] = (codes[more] & 0x3FF) << 6 | view[first[more] + 2] & 0x3F
        sizes[more] = 3
        most = more[head[more] >= 0xF0]
        codes[most] = (codes[most] & 0x7FFF) << 6 | view[first[most] + 3] & 0x3F
        sizes[most] = 4
    return codes, sizes


_BECOMES = np.zeros(0x110000, np.uint32)
"""By code point the bytes that it becomes, the lowest first; 0 where it was not met yet."""


def _table(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    becomes = _BECOMES[codes]
    if not becomes.all():
        for code in np.unique(codes[becomes == 0]).tolist():
            _BECOMES[code] = _alone(chr(code))
        becomes = _BECOMES[codes]
    return becomes


def _alone(one: str) -> int:
    """What a character becomes wherever it stands, as its bytes."""
    size = len(one.encode())
    if _LEFT_OUT.match(one):
        return int.from_bytes(_DROPPED * size, "little")
    known = unicodedata.normalize("NFKC", _ALIEN.sub(" ", one))  # vowel signs are blanks before they could melt
    if any(unicodedata.category(each)[0] == "M" or "\u1100" <= each <= "\u11ff" for each in known):
        return _CONTEXT
    folded = _folded(one)
    made = folded.encode()
    if folded == one:
        return _ALIKE
    if folded == f" {one} ":
        return _APART
    if not folded.strip():
        return int.from_bytes(b" " * size, "little")
    return int.from_bytes(made.ljust(size, _DROPPED), "little") if len(made) <= size else _CONTEXT
