"""Sessions that come back: how many independent values those of a sample of several days are worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from zlib import crc32

KEPT_SESSIONS = 600
"""Sessions that a sample remembers; of more it remembers each second one, of twice as many each fourth."""
SEEN = 0.05
"""Share of the values from which a word is looked at alone; the rarer ones are one."""


def hashed(session: str) -> int:
    """A session as 64 bits; 0 for none."""
    return int.from_bytes(blake2b(session.encode("utf-8", "replace"), digest_size=8).digest(), "big") if session else 0


@dataclass(slots=True, kw_only=True)
class Returning:
    """Counts values that a session has given before, in fixed memory.

    Examples:
        >>> held = Returning()
        >>> for session in ("a", "b", "a", "", ""):
        ...     held.put(hashed(session))
        >>> held.pairs[""], held.likeness(5)
        (2, 0.4)
    """

    pairs: Counter[str] = field(default_factory=Counter)
    """Word -> ordered pairs of values with it that one session gave; "" where values are no words."""
    level: int = 0
    """Of 2 ** level sessions one is remembered, and its pairs count for all."""
    seen: dict[int, int] = field(default_factory=dict)
    """Values of each session that is remembered, and word; never saved."""

    def put(self, session: int, word: str = "") -> None:
        """Take in that a session gave a value."""
        if not session or session & (1 << self.level) - 1:
            return
        key = session ^ crc32(word.encode("utf-8", "replace")) << 32  # the lower half still tells who is remembered
        before = self.seen.get(key, 0)
        self.seen[key] = before + 1
        if before:
            self.pairs[word] += 2 * before << self.level
        while len(self.seen) > KEPT_SESSIONS and self.level < 32:
            self.level += 1
            self.seen = {one: count for one, count in self.seen.items() if not one & (1 << self.level) - 1}

    def likeness(self, count: int, words: Mapping[str, int] | None = None) -> float:
        """How much more the variance of a mean or of shares is than that of so many independent values, less 1.

        Args:
            count: Values.
            words: Word -> count, where values are words: then the mean over their shares, which is more where those
                who come back say other words than those who do not.

        Source:
            Kish 1965, design effect of clusters whose values are one; of shares Rao & Scott 1981, first order.

        Examples:
            >>> held = Returning(pairs=Counter({"de": 420}))
            >>> round(held.likeness(1050, {"de": 70, "en": 980}), 1), Returning().likeness(1050, {"de": 70, "en": 980})
            (5.6, 0.0)
        """
        every = sum(self.pairs.values()) / max(count, 1)
        if not words or not every:
            return every
        often = [word for word, many in words.items() if many >= SEEN * count]
        by_word = [self.pairs[word] / words[word] for word in often]
        if rest := count - sum(words[word] for word in often):
            by_word.append((every * count - sum(self.pairs[word] for word in often)) / rest)
        return max(every, (sum(by_word) - every) / (len(by_word) - 1)) if len(by_word) > 1 else every
