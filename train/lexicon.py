"""Makes the word list of `toxicity`: hashes of words with their kinds, so that no coarse word ships.

    python train/lexicon.py [--write]

The words are our own lists: `words.txt`, and `words.rot13.txt` for those nobody should meet while reading code.
"""

from __future__ import annotations

import argparse
import codecs
from pathlib import Path

import numpy as np

from assay.scorers.abuse_words import KINDS
from assay.scorers.word_senses import key
from fitting import COEFFICIENTS

HERE = Path(__file__).parent


def lists() -> dict[str, list[str]]:
    """Words by kind; the first kind that names a word keeps it, coarse lists first."""
    coarse = codecs.decode((HERE / "words.rot13.txt").read_text(encoding="utf-8"), "rot13")
    kind, found = "", dict[str, list[str]]()
    for line in [*coarse.splitlines(), *(HERE / "words.txt").read_text(encoding="utf-8").splitlines()]:
        if line.startswith("["):
            kind = line.strip("[]")
        else:
            found.setdefault(kind, []).extend(line.split())
    return found


def main() -> None:
    """Print how many words there are of each kind; with `--write` keep their hashes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    kinds: dict[int, int] = {}
    for kind, words in lists().items():
        print(f"{kind:10} {len(words)}")
        for word in words:
            kinds.setdefault(key(word), KINDS.index(kind))
    if given.write:
        at = np.array(sorted(kinds), dtype=np.uint32)
        with (COEFFICIENTS / "abuse_words.npz").open("wb") as stream:
            np.savez_compressed(stream, words=at, kinds=np.array([kinds[int(word)] for word in at], dtype=np.uint8))


if __name__ == "__main__":
    main()
