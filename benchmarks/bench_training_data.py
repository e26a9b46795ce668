"""Near-duplicates, items word for word and items in other words: how fast, and how much of it is right.

    python benchmarks/bench_training_data.py [--data DIR] [--count 200000] [--rounds 3] [--peer-cpu 30] [--no-peers]
                                             [--part rephrased]

Documents are pieces of 60 to 110 words of public answers where --data names the folder of public sets, filled up to
the count with chains of words that follow each other there; to one in ten a copy is planted in which 5, 10 or 20 % of
the words are others. Items are 20,000 public prompts or, for lack of them, chains. Rates are documents per second of
CPU of one thread, best of the interleaved rounds; the peers, datasketch and lm-eval's Janitor, take the same
documents in the same rounds for --peer-cpu seconds in all. The rephrased items need --data; --part rephrased
prints nothing else. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import assay.packs
from answer_texts import answers
from assay.checks.bags import STEM
from assay.checks.calibration import alone, innocent
from assay.checks.contamination import Contamination
from assay.checks.innocent import FEWEST
from assay.checks.near import Near, near
from assay.checks.rephrased import Rephrased
from assay.checks.suites import Suite, thresholds
from assay.checks.verbatim import Verbatim
from assay.checks.words import SCAN, blocks, hashed, words
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from disguises import disguises
from measuring import HERE, environment, verdict_of
from rephrased_splits import splits

THRESHOLD = 0.5
SUBSET = 6000
"""Documents compared each with each."""
DISGUISED = 2000
"""Items written otherwise."""
PLANTED = (0.05, 0.1, 0.2)
KEYS = ("prompt", "text", "response", "response_a", "response_b")
NUMBER = re.compile(
    r"\d[\d.,]*|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|twice|double|half|triple|dozen)\b",
    re.I,
)
ALONE = {"PYTHONPATH": "", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def main() -> None:
    """Make the documents, measure, print the tables."""
    options = _options()
    public = list(_public(options.data)) if options.data else []
    known = list(dict.fromkeys(public)) or answers(40_000, None)
    random.Random(5).shuffle(known)
    if options.part != "rephrased":
        half = len(known) // 2
        texts, planted = documents(options.count, known[:half])
        _near(options, texts, planted)
        _verbatim(options, texts, known[half:])
        _disguised(texts, known[half:])
    if options.data:
        _rephrased(options, public)
        splits(options.data)
        _own(public)
    print(f"\nPeak memory of the whole run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="Folder of public data sets.")
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-cpu", type=float, default=30, help="CPU seconds of each peer, over all rounds [30].")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--part", choices=("all", "rephrased"), default="all", help="What is measured [all].")
    return parser.parse_args()


def _public(data: Path) -> Iterator[str]:
    for path in sorted(data.glob("*/*.jsonl")):
        if "gsm8k" not in path.name and "rephrase" not in path.name:
            with path.open(encoding="utf-8") as stream:
                for row in map(json.loads, stream):
                    yield from (row[key] for key in KEYS if isinstance(row.get(key), str))


def documents(count: int, public: Sequence[str]) -> tuple[list[str], dict[float, list[tuple[int, int]]]]:
    """So many documents in random order, and by share of edited words the places of originals and copies."""
    dice = random.Random(6)
    pool = [word for text in dict.fromkeys(public) for word in text.split()]
    pieces = list(_pieces(pool, dice))[: int(count * 0.9)]
    made = pieces + list(_chains(pool, max(int(count * 0.9) - len(pieces), 0)))
    dice.shuffle(made)
    texts = [(text, -1, 0.0) for text in made]
    for place in range(count - len(made)):
        share = PLANTED[place % len(PLANTED)]
        own = made[place].split()
        edited = [dice.choice(pool) if dice.random() < share else word for word in own]
        texts.append((" ".join(edited), place, share))
    order = list(range(len(texts)))
    dice.shuffle(order)
    where = {old: new for new, old in enumerate(order)}
    planted: dict[float, list[tuple[int, int]]] = {share: [] for share in PLANTED}
    for old, (_, original, share) in enumerate(texts):
        if original >= 0:
            planted[share].append((where[original], where[old]))
    return [texts[old][0] for old in order], planted


def _pieces(pool: Sequence[str], dice: random.Random) -> Iterator[str]:
    begin = 0
    while begin + 110 <= len(pool):
        length = dice.randrange(60, 111)
        yield " ".join(pool[begin : begin + length])
        begin += length


def _chains(pool: Sequence[str], count: int) -> Iterator[str]:
    """Texts in which each word is one that follows the word before it somewhere."""
    names, numbers = np.unique(_short(pool), return_inverse=True)
    order = np.argsort(numbers[:-1], kind="stable")
    bounds = np.searchsorted(numbers[:-1][order], np.arange(len(names) + 1))
    dice = np.random.default_rng(6)
    for begin in range(0, count, 10_000):
        size = min(10_000, count - begin)
        now = numbers[dice.integers(0, len(pool) - 1, size)]
        columns = [now]
        for _ in range(109):
            many = bounds[now + 1] - bounds[now]
            place = np.where(many > 0, bounds[now] + (dice.random(size) * many).astype(np.int64), 0)
            now = numbers[order[np.minimum(place, len(order) - 1)] + 1]
            columns.append(now)
        spoken = names[np.stack(columns, axis=1)]
        for row, length in zip(spoken, dice.integers(60, 111, size), strict=True):
            yield " ".join(row[:length].tolist())


def _short(pool: Sequence[str]) -> Any:
    return np.array([word[:24] for word in pool])


def _near(options: argparse.Namespace, texts: Sequence[str], planted: dict[float, list[tuple[int, int]]]) -> None:
    own: list[float] = []
    peer: list[dict[str, Any]] = []
    absent = "not asked for"
    for turn in range(options.rounds):
        seconds, found = _timed(lambda: near(texts, THRESHOLD))
        own.append(len(texts) / seconds)
        if not options.no_peers and (turn == 0 or peer):
            try:
                peer.append(_ask("datasketch", ("datasketch==1.6.5",), options, texts=texts, threshold=THRESHOLD))
            except (OSError, subprocess.CalledProcessError) as error:
                absent = f"could not be run here ({type(error).__name__})"
        print(f"near: {own[-1]:.0f} documents per CPU-s", file=sys.stderr)
    pairs = set(_every(found))
    missed, extra, compared = _brute(texts, planted, options)
    print(
        f"**Near-duplicates**, {len(texts):,} documents, Jaccard of runs of three words at least {THRESHOLD}, {len(pairs):,} pairs\n"
    )
    print("| program | documents per CPU-s | recall | precision |\n|---|---|---|---|")
    print(f"| assay | {max(own):,.0f} | {1 - missed / max(compared, 1):.4f} | {1 - extra / max(compared, 1):.4f} |")
    if peer:
        best = max(one["handled"] / one["cpu_s"] for one in peer)
        last = max(peer, key=lambda one: one["handled"])
        told = {tuple(sorted(pair)) for pair in last["found"]}
        truth = {pair for pair in pairs if max(pair) < last["handled"]}
        print(
            f"| datasketch 1.6.5, first {last['handled']:,} documents | {best:,.0f} | {_share(told & truth, truth)} | {_share(told & truth, told)} |"
        )
        ratio = max(own) / best
        print(f"\nRatio {ratio:.0f}; target 30: {verdict_of(ratio, least=30)}.", end=" ")
    else:
        print(f"\ndatasketch {absent}.", end=" ")
    print(
        f"Recall and precision of assay: {compared:,} pairs of {SUBSET:,} documents compared each with each, {missed} missed, {extra} extra.\n"
    )
    shares = ", ".join(
        f"{share:.0%}: {sum(tuple(sorted(pair)) in pairs for pair in some) / max(len(some), 1):.3f}"
        for share, some in planted.items()
    )
    print(f"Planted copies found, by the share of words that are others: {shares}.\n")


def _every(found: Near) -> Iterator[tuple[int, int]]:
    """Pairs of all texts, equal ones too."""
    members: dict[int, list[int]] = {}
    for place, first in enumerate(found.first.tolist()):
        members.setdefault(first, []).append(place)
    for first, own in members.items():
        if first >= 0:
            yield from ((a, b) for n, a in enumerate(own) for b in own[n + 1 :])
    for left, right in zip(found.left.tolist(), found.right.tolist(), strict=True):
        yield from ((min(a, b), max(a, b)) for a in members[left] for b in members[right])


def _brute(
    texts: Sequence[str], planted: dict[float, list[tuple[int, int]]], options: argparse.Namespace
) -> tuple[int, int, int]:
    """Pairs missed, extra, and there, among some documents compared each with each, at four thresholds together."""
    del options
    chosen = [place for some in planted.values() for pair in some[: SUBSET // 6] for place in pair]
    some = [texts[place] for place in chosen]
    every = [frozenset(zip(own, own[1:], own[2:], strict=False)) for own in map(words, some)]
    values = {}
    for one, left in enumerate(every):
        for other in range(one + 1, len(every)):
            right = every[other]
            if not left.isdisjoint(right):
                shared = len(left & right)
                values[one, other] = shared / (len(left) + len(right) - shared)
    missed = extra = there = 0
    for threshold in (0.3, 0.5, 0.7, 0.9):
        truth = {pair for pair, value in values.items() if value >= threshold - 1e-9}
        found = set(_every(near(some, threshold)))
        missed, extra, there = missed + len(truth - found), extra + len(found - truth), there + len(truth)
    return missed, extra, there


def _verbatim(options: argparse.Namespace, texts: Sequence[str], public: Sequence[str]) -> None:
    dice = random.Random(7)
    items = [text for text in dict.fromkeys(public) if len(text.split()) >= 13]
    dice.shuffle(items)
    items = [" ".join(item.split()[:120]) for item in items[:20_000]]
    rows = [f"{text} {items[n % len(items)]}" if n % 20 == 0 else text for n, text in enumerate(texts)]
    known = Verbatim(items)
    by_set = {gram for item in items for gram in _grams(item)}
    by_text = {" ".join(gram) for gram in by_set}
    own: list[float] = []
    python: list[float] = []
    joined: list[float] = []
    peer: list[dict[str, Any]] = []
    sample = rows[:20_000]
    for turn in range(options.rounds):
        seconds, touched = _timed(lambda: _touched(known, rows))
        own.append(len(rows) / seconds)
        seconds, expected = _timed(lambda: [any(gram in by_set for gram in _grams(row)) for row in sample])
        python.append(len(sample) / seconds)
        seconds, _ = _timed(lambda: [any(" ".join(gram) in by_text for gram in _grams(row)) for row in sample])
        joined.append(len(sample) / seconds)
        if not options.no_peers and (turn == 0 or peer):
            try:
                peer.append(_ask("janitor", ("--no-deps", "lm-eval==0.4.9.1"), options, texts=rows, items=items))
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"janitor: {error}", file=sys.stderr)
        print(f"13-grams: {own[-1]:.0f} documents per CPU-s", file=sys.stderr)
    hits, told = np.flatnonzero(expected), touched[: len(sample)]
    missed = int((~told[hits]).sum())
    wrong = int(told.sum()) - (len(hits) - missed)
    print(
        f"**Runs of 13 words** of {len(items):,} items ({len(known.sealed()) / 1e6:.0f} MB as sealed hashes) in {len(rows):,} documents\n"
    )
    print("| program | documents per CPU-s | assay is faster by | target | reached |\n|---|---|---|---|---|")
    print(f"| assay | {max(own):,.0f} | | | |")
    for title, rates in (("Python set of runs as text", joined), ("Python set of runs as tuples", python)):
        ratio = max(own) / max(rates)
        print(f"| {title} | {max(rates):,.0f} | {ratio:.1f} | 10 | {verdict_of(ratio, least=10)} |")
    if peer:
        best = max(one["handled"] / one["cpu_s"] for one in peer)
        print(
            f"| lm-eval 0.4.9.1 Janitor, Python | {best:,.0f} | {max(own) / best:.0f} | 50 | {verdict_of(max(own) / best, least=50)} |"
        )
    share = missed / max(len(hits), 1)
    print(
        f"\nOf {len(hits):,} documents that the set finds among the first {len(sample):,}, {missed} missed ({share:.2%}; target .5 %: {verdict_of(share, most=0.005)}), {wrong} more found.\n"
    )
    seconds, counted = _timed(lambda: sum(len(known.hits(hashed(block)).text) for block in blocks(rows)))
    print(
        f"With the share of each item ({counted:,} items in documents at half of their runs, short items too): {len(rows) / seconds:,.0f} documents per CPU-s.\n"
    )


def _touched(known: Verbatim, rows: Sequence[str]) -> Any:
    return np.concatenate([known.touched(hashed(block)) for block in blocks(rows, SCAN)])


def _disguised(texts: Sequence[str], public: Sequence[str]) -> None:
    """Items written otherwise, inside documents, found by the check and by a set of runs of words."""
    items = [text for text in dict.fromkeys(public) if text.isascii() and 13 <= len(text.split()) <= 120]
    random.Random(11).shuffle(items)
    items = items[:DISGUISED]
    against = [_row("items.jsonl", line, item) for line, item in enumerate(items)]
    by_set = {gram for item in items for gram in _grams(item)}
    print(f"**Items in disguise**, {len(items):,} of the ASCII items, each inside a document\n")
    print("| written with | found by a Python set of runs | found by assay |\n|---|---|---|")
    for name, way in disguises().items():
        rows = [f"{texts[n]}\n{way(item)}" for n, item in enumerate(items)]
        check = Contamination(against)
        for line, text in enumerate(rows):
            check.add(_row("rows.jsonl", line, text))
        lines = {
            line for one in check.findings() if one.code == "contamination.verbatim" for line in one.where["lines"]
        }
        plainly = sum(any(gram in by_set for gram in _grams(way(item))) for item in items)
        print(f"| {name} | {plainly / len(items):.3f} | {len(lines) / len(items):.3f} |")
    print("\nThe set counts any run in common, the check half of an item's runs.\n")


def _row(file: str, line: int, text: str) -> TrainingRow:
    return TrainingRow(file=file, line=line, shape="chat", prompt=(Message(role="user", content=text),))


def _own(public: Sequence[str]) -> None:
    """False alarms of the packs that come with assay, all of them together, among public texts."""
    packs: dict[str, list[str]] = {}
    for path in sorted(Path(assay.packs.__path__[0]).glob("*/*.jsonl")):
        with path.open(encoding="utf-8") as stream:
            asked = [json.loads(line).get("input") for line in stream]
        packs[f"{path.parent.name}/{path.stem}"] = [text for text in asked if isinstance(text, str)]
    suites = [Suite(name=name, rephrased=Rephrased(list(dict.fromkeys(own)))) for name, own in packs.items()]
    texts = list(dict.fromkeys(public))
    print(
        "**False alarms of suites without numbers**: the packs of assay against public texts, which hold none of them\n"
    )
    print(
        "| allowed | packs that can be calibrated | texts | taken for an item | share | reached |\n|---|---|---|---|---|---|"
    )
    for allowed in (1e-3, 1e-2):
        limits = thresholds(suites, allowed)
        able = [
            (one.rephrased, limit) for one, limit in zip(suites, limits, strict=True) if limit and limit.least < np.inf
        ]
        taken = np.zeros(len(texts), np.bool_)
        for known, limit in able:
            assert known is not None
            taken |= np.concatenate([known.alarms(known.nearest(block), limit) for block in blocks(texts)])
        told = verdict_of(float(taken.mean()), most=allowed)
        print(
            f"| {allowed:g} | {len(able)} of {len(suites)} | {len(texts):,} | {taken.sum()} | {taken.mean():.2%} | {told} |"
        )
    print()


def _grams(text: str) -> Iterator[tuple[str, ...]]:
    own = re.findall(r"\w+", text.lower())
    return zip(*(own[place:] for place in range(13)), strict=False)


def _rephrased(options: argparse.Namespace, public: Sequence[str]) -> None:
    with (options.data / "training_data/rephrase_contamination.jsonl").open(encoding="utf-8") as stream:
        read = [json.loads(line) for line in stream]
    asked, said = [row["text_a"] for row in read], [row["text_b"] for row in read]
    others = [text for text in dict.fromkeys(public) if 8 < len(text.split()) < 150]
    random.Random(8).shuffle(others)
    items = [*asked, *others[: 15_000 - len(asked)]]
    rows = [*said * 6, *others[len(items) : len(items) + 5000]]
    many, rates = Rephrased(items), []
    for _ in range(options.rounds):
        seconds, _nothing = _timed(lambda: [many.nearest(block) for block in blocks(rows)])
        rates.append(len(rows) / seconds)
    print(f"**Items in other words**, {len(asked)} GSM8K questions and their rephrased twins (LLM Decontaminator)\n")
    print(
        "Innocent questions of the same style: each question and each twin, held against the set without its own item."
    )
    print(
        "Variants are the items that share a fifth of their runs of three words with another item: one story, another unknown.\n"
    )
    print(
        "| what | false alarms allowed | recall | false alarms, no variants | all | target | reached |\n|---|---|---|---|---|---|---|"
    )
    bare = [[NUMBER.sub(" ", text) for text in some] for some in (asked, said)]
    for title, one, two in (("as published", asked, said), ("numbers taken out", *bare)):
        for allowed, least in ((1e-3, 0.88), (1e-2, 0.95)):
            recall, clean, every = _accuracy(one, two, allowed)
            goal = f"{least} | {verdict_of(recall, least=least)}" if title == "as published" else "|"
            print(f"| {title} | {allowed:g} | {recall:.3f} | {clean} | {every} | {goal} |")
    print(f"\n{_halves(asked, said)}\n")
    best = max(rates)
    print(
        f"Against {len(items):,} items: {best:,.0f} rows per CPU-s; target 5,000: {verdict_of(best, least=5000)}. A set of fewer than {FEWEST} items that are no variants is not searched; words count by their first {STEM} letters.\n"
    )


def _accuracy(asked: Sequence[str], said: Sequence[str], allowed: float) -> tuple[float, str, str]:
    """Recall at the threshold that the set gives itself, and false alarms among innocent questions."""
    known, own = Rephrased(asked), np.arange(len(asked))
    limit = innocent(known).threshold(allowed)
    # a set whose items hold no number has its threshold there
    recall = known.alarms(known.nearest(said), limit).mean()
    false = [known.alarms(known.nearest(some, but=own), limit) for some in (asked, said)]
    no_variant = alone(known.read)
    clean = sum(int(some[no_variant].sum()) for some in false)
    return (
        float(recall),
        f"{clean} of {2 * int(no_variant.sum())}",
        f"{sum(int(some.sum()) for some in false)} of {2 * len(asked)}",
    )


def _halves(asked: Sequence[str], said: Sequence[str]) -> str:
    """What a threshold from one half of the questions does to the other half, which it has never seen."""
    dice = np.random.default_rng(9)
    figures: dict[float, list[tuple[float, float]]] = {1e-3: [], 1e-2: []}
    for _ in range(20):
        order = dice.permutation(len(asked))
        inside, outside = order[: len(order) // 2], order[len(order) // 2 :]
        known = Rephrased([asked[place] for place in inside])
        strange = known.nearest([text for place in outside for text in (asked[place], said[place])])
        twins = known.nearest([said[place] for place in inside])
        same_style = innocent(known)
        for allowed, own in figures.items():
            limit = same_style.threshold(allowed)
            own.append((known.alarms(twins, limit).mean(), known.alarms(strange, limit).mean()))
    means = {allowed: np.mean(own, axis=0) for allowed, own in figures.items()}
    told = "; ".join(
        f"{allowed:g} allowed: recall {recall:.3f}, false alarms {false:.4f}"
        for allowed, (recall, false) in means.items()
    )
    return (
        f"Twenty random halves, variants in both: threshold from one half, false alarms among the other half. {told}."
    )


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _ask(name: str, packages: Sequence[str], options: argparse.Namespace, **work: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.json"
        path.write_text(json.dumps(work), encoding="utf-8")
        command = [environment(name, *packages) / "python", HERE / "training_peers.py", name, path]
        seconds = str(options.peer_cpu / options.rounds)
        done = subprocess.run(
            [*map(str, command), seconds], capture_output=True, text=True, check=True, env={**os.environ, **ALONE}
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _share(part: set[Any], whole: set[Any]) -> str:
    return f"{len(part) / len(whole):.4f}" if whole else "-"


if __name__ == "__main__":
    main()
