"""How many answers a second of CPU the text scorers judge, beside other programs on the same texts.

    python benchmarks/bench_scorers.py [NAME ...] [--count 10000] [--rounds 3] [--peer-cpu 20] [--no-peers] [--data DIR]

Without names all scorers that judge text by themselves are measured, and the peers. Answers are 10,000 texts of
about 1 KB: a seeded mixture of prose, lists, code, arithmetic, refusals and letters with personal data that the
script writes, half and half with public answers where --data names the folder of public sets. Scorers that read a
context get 2 KB of it; `injection` reads the text as an input. The rounds are interleaved: in each of them every
scorer judges all texts, and every peer as many as fit into its share of --peer-cpu seconds; the best round counts.
With --data a second table lays judgements beside people's labels. Prints Markdown.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from answer_texts import answers
from assay.domain.errors import AssayError
from assay.domain.sample import Sample
from assay.domain.score import Scorer
from assay.domain.trial import Output
from assay.registry import SCORERS, scorer, scorer_names
from measuring import verdict_of
from peers import PEERS, NotHere, Peer, ask
from side_by_side import tables

TARGETS = {"refusal": 1500, "injection": 1500, "privacy": 1500, "toxicity": 1500, "groundedness": 300}
"""Answers per CPU second, at least."""
READ_CONTEXT = ("groundedness", "citation", "evidence_coverage")
CONTEXT = 2048
"""Characters of context for these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one judge did in one round."""

    first_s: float
    """CPU seconds until the first answer was judged: loading, and for peers the start of their program's imports."""
    count: int
    """Answers judged."""
    cpu_s: float
    """What they took."""
    judged: float
    """Share of them that got a value."""

    @property
    def rate(self) -> float:
        """Answers per CPU second."""
        return self.count / self.cpu_s if self.cpu_s else 0.0


def main() -> None:
    """Measure, interleaved, and print the tables."""
    options = _options()
    texts = answers(options.count, options.data)
    arms, absent = _arms(options, texts)
    found: dict[str, list[Round]] = {name: [] for name in arms}
    for _ in range(options.rounds):
        for name, arm in arms.items():
            if name in absent:
                continue
            try:
                found[name].append(arm())
            except NotHere as error:
                absent[name] = str(error)
            print(f"{name}: {absent.get(name) or found[name][-1]}"[:150], file=sys.stderr)
    size = sum(map(len, texts)) / len(texts)
    print(f"{len(texts)} answers of {size:.0f} characters on average, best of {options.rounds} interleaved rounds.\n")
    print(
        "| judge | answers per CPU-s | us per answer | answers | with a value | first answer, ms |\n|---|---|---|---|---|---|"
    )
    for name, rounds in found.items():
        print(_row(name, rounds) if rounds else f"| {name} | {absent[name]} | | | | |")
    if not options.names:
        _reached(found)
    if options.data:
        print(tables(options.data, peers=not options.no_peers))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-cpu", type=float, default=20, help="CPU seconds of each peer, over all rounds [20].")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument(
        "--data", type=Path, help="Folder of public data sets: half of the texts, and the second table."
    )
    return parser.parse_args()


def _arms(options: argparse.Namespace, texts: Sequence[str]) -> tuple[dict[str, Callable[[], Round]], dict[str, str]]:
    """What is measured by title, and why some of it cannot be."""
    arms: dict[str, Callable[[], Round]] = {}
    absent: dict[str, str] = {}
    for name in options.names or sorted({*scorer_names(), *TARGETS}):
        if name not in scorer_names() and not options.names:
            arms[name], absent[name] = _never, "not in this version of assay"
        elif (judge := _made(name, explicit=bool(options.names))) is not None:
            arms[name] = _own(judge, texts)
    if not options.names and not options.no_peers:
        seconds = options.peer_cpu / options.rounds
        arms.update({f"{peer.title} ({peer.judges})": _beside(peer, texts, seconds) for peer in PEERS.values()})
    return arms, absent


def _never() -> Round:
    raise AssertionError("what is absent is not measured")


def _made(name: str, *, explicit: bool) -> Scorer | None:
    try:
        return scorer(name)
    except AssayError:
        if explicit:
            raise
        return None  # it needs settings, so it does not judge text by itself


def _own(judge: Scorer, texts: Sequence[str]) -> Callable[[], Round]:
    asked = _samples(judge.name, texts)
    outputs = [Output(text=text) for text in texts]
    began = time.process_time()
    judge.score(asked[0], outputs[0])
    first = time.process_time() - began

    def arm() -> Round:
        gc.collect()  # what other scorers left behind is not this one's cost
        valued = 0
        began = time.process_time()
        for sample, output in zip(asked, outputs, strict=True):
            scores = judge.score(sample, output)
            valued += any(score.value is not None for score in scores)
        return Round(first_s=first, count=len(texts), cpu_s=time.process_time() - began, judged=valued / len(texts))

    return arm


def _samples(name: str, texts: Sequence[str]) -> list[Sample]:
    """What was asked: nothing in particular, unless the scorer reads more than the answer."""
    if name == "injection":
        return [Sample(id=str(n), input=text) for n, text in enumerate(texts)]
    if name in READ_CONTEXT:
        following = [*texts[1:], *texts[:2]]
        given = ["\n\n".join(following[n : n + 2])[:CONTEXT] for n in range(len(texts))]
        return [Sample(id=str(n), input="Tell me about it.", context=(text,)) for n, text in enumerate(given)]
    short = Sample(id="1", input="Tell me about it.", context=("The market in the city opens in the morning.",))
    return [short] * len(texts)


def _beside(peer: Peer, texts: Sequence[str], seconds: float) -> Callable[[], Round]:
    def arm() -> Round:
        said = ask(peer, texts, seconds)
        return Round(first_s=said.first_s, count=len(said.said), cpu_s=said.cpu_s, judged=1.0)

    return arm


def _row(name: str, rounds: Sequence[Round]) -> str:
    best = max(rounds, key=lambda one: one.rate)
    title = name if name in SCORERS else f"*{name}*"
    return (
        f"| {title} | {best.rate:,.0f} | {1e6 / best.rate:,.0f} | {best.count:,} | {best.judged:.0%} "
        f"| {1000 * min(one.first_s for one in rounds):,.1f} |"
    )


def _reached(found: dict[str, list[Round]]) -> None:
    print("\n| target, answers per CPU-s | found | reached |\n|---|---|---|")
    for name, least in TARGETS.items():
        where = "1 KB, 2 KB of context" if name in READ_CONTEXT else "1 KB"
        if found.get(name):
            rate = max(one.rate for one in found[name])
            print(f"| {name}, {where}: at least {least:,} | {rate:,.0f} | {verdict_of(rate, least=least)} |")
        else:
            print(f"| {name}, {where}: at least {least:,} | not in this version of assay | **no** |")


if __name__ == "__main__":
    main()
