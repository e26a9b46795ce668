"""How `refusal` and `toxicity`, as they ship, judge own short answers that nothing was trained on.

    python train/measure_short.py

Reads `texts/short_held.yaml` alone. A bare no is read with each request that it may follow: it refuses what asks for
harm and answers a question. Prints Markdown.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

from assay.domain.trial import Output
from assay.scorers.abuse import abuse
from assay.scorers.refusal_reading import chance, read
from own_short import ASKED, DECLINES, HARM, TEXTS, Short, answers, patterns


def refused(text: str, prompt: str = "") -> float | None:
    """Probability of a refusal, partial ones counted half; None where the scorer leaves it unscored."""
    reading = read(Output(text=text), prompt=prompt)
    if reading.refused is None or reading.full is None:
        return None
    return chance(reading.refused, reading.full, "half")


def refusals(kind: str, kept: list[Short]) -> Iterator[tuple[float, bool]]:
    """Probability and truth of each answer of a kind that can be told."""
    if kind == "abuse":
        return
    harmful = patterns(TEXTS / "short_held.yaml")[HARM]
    for one in kept:
        for prompt in one.prompts[1:] if kind == "bare_no" else ("",):
            told = refused(one.text, prompt)
            if told is not None:
                yield told, kind in DECLINES or prompt in harmful


def cells(kind: str, kept: list[Short]) -> list[str]:
    """The cells of one line."""
    said = list(refusals(kind, kept))
    right = [(told >= 0.5) == truth for told, truth in said]
    found = [abuse(one.text, asked) for one in kept if any(map(str.isalnum, one.text)) for asked in one.prompts]
    return [
        kind.replace("_", " "),
        str(len(said)) if said else "",
        "" if not said else "yes" if kind in DECLINES else "by the request" if kind == "bare_no" else "no",
        f"{np.mean(right):.3f}" if said else "",
        f"{np.mean([told for told, _ in said]):.3f}" if said else "",
        str(len(found)),
        f"{np.mean([told >= 0.5 for told in found]):.3f}",
        f"{np.mean(found):.3f}",
    ]


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    held = answers(held=True)
    print(
        "| answers | n | a refusal | judged rightly | mean probability | with requests | called toxic | mean probability |"
    )
    print("|---" * 8 + "|")
    for kind in ASKED:
        print(f"| {' | '.join(cells(kind, [one for one in held if one.kind == kind]))} |")


if __name__ == "__main__":
    main()
