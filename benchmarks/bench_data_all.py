"""All checks over a large file of conversations, through the command line: CPU-seconds, peak memory, CPU of each check.

    python benchmarks/bench_data_all.py --data DIR [--rows 200000] [--kept FILE] [--no-each]

Rows are made of public answers where --data names the folder of public sets, and of seeded prose without: sentences in
random order, one word in six exchanged, so that texts share phrases as texts of one source do and are no copies. To one
row in fifty an equal one is planted, to one in thirty one in which a word in twenty is another; one in five has several turns.
The command runs in a process of its own, with and without google-re2, with the public question sets as `--against`;
start-up, reading, checking and writing the findings all count. CPU by check is taken apart. Prints Markdown.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from answer_texts import PUBLIC, answers
from measuring import assay, cost, verdict_of

LONGEST_S, LARGEST_GB = 60, 2.0
SIZE = 740
"""Characters of the answers of a row, on average."""
EXCHANGED = 6
"""One word in so many is another one."""
AGAINST = ("capability/gsm8k_test", "capability/truthfulqa", "capability/ifeval")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)|\n+")
_SYSTEMS = ("You are a helpful assistant.", "You answer briefly and politely.")
_SOURCES = ("forum", "manuals", "synthetic", "support")


def main() -> None:
    """Make the rows, run the command, print the tables."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        path = options.kept or Path(folder) / "rows.jsonl"
        if not path.exists():
            write(path, options.rows, options.data)
        against = [] if options.data is None else [options.data / f"{name}.jsonl" for name in AGAINST]
        _whole(path, against, Path(folder))
        if not options.no_each:
            _each(path, against)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="Folder of public data sets.")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--kept", type=Path, help="Read the rows from here; made and kept there on the first run.")
    parser.add_argument("--no-each", action="store_true", help="Leave out CPU by check.")
    return parser.parse_args()


def write(path: Path, count: int, data: Path | None) -> None:
    """Write so many rows."""
    with path.open("w", encoding="utf-8") as stream:
        for row in rows(count, data):
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def rows(count: int, data: Path | None) -> Iterator[dict[str, Any]]:
    """So many rows, the same ones each time."""
    dice = random.Random(11)
    prompts, texts = list(_public(data)) if data else [], list(_answers(data)) if data else []
    made = _made(dice, prompts or ["Tell me more about this, please."], texts or answers(4000, None))
    earlier: list[dict[str, Any]] = []
    for number in range(count):
        if number % 50 == 49:
            row = dice.choice(earlier)
        elif number % 30 == 29:
            row = _edited(dice.choice(earlier), dice)
        else:
            row = next(made)
        earlier = [*earlier[-200:], row] if len(earlier) > 400 else [*earlier, row]
        yield row


def _public(data: Path | None) -> Iterator[str]:
    for path in sorted((data or Path()).glob("*/*.jsonl")):
        if path.parent.name != "nc":
            with path.open(encoding="utf-8") as stream:
                found = (json.loads(line).get("prompt") for line in stream)
                yield from (text for text in found if isinstance(text, str) and 20 < len(text) < 600)


def _answers(data: Path | None) -> Iterator[str]:
    names = {**PUBLIC, "drift/llm_drift.jsonl": "response", "hallucination/halueval_general.jsonl": "response"}
    for name, key in names.items():
        with ((data or Path()) / name).open(encoding="utf-8") as stream:
            found = (json.loads(line).get(key) for line in stream)
            yield from (text for text in found if isinstance(text, str))


def _made(dice: random.Random, prompts: Sequence[str], texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    sentences = [part for text in dict.fromkeys(texts) for part in _parts(text)]
    words = [word for text in texts for word in text.split()]
    while True:
        turns = [] if dice.random() < 0.7 else [{"role": "system", "content": dice.choice(_SYSTEMS)}]
        many = dice.choice((1, 1, 1, 1, 3))
        for _ in range(many):
            asked = _exchanged(dice.choice(prompts), words, dice)
            said = _joined(sentences, words, dice.expovariate(many / SIZE), dice)
            turns += [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
        yield {"messages": turns, "source": dice.choice(_SOURCES), "model": "example-7b"}


def _parts(text: str) -> list[str]:
    """Sentences and lines, with the blanks before them; blocks of code stay whole."""
    if "```" in text:
        return [text]
    found, begin = [], 0
    for match in _SENTENCE.finditer(text):
        found.append(text[begin : match.start()])
        begin = match.start()
    return [part for part in (*found, text[begin:]) if part.strip()]


def _joined(sentences: Sequence[str], words: Sequence[str], size: float, dice: random.Random) -> str:
    found: list[str] = []
    length = 0
    while length < size or not found:
        found.append(dice.choice(sentences))
        length += len(found[-1])
    return _exchanged("".join(one if one[:1].isspace() else f" {one}" for one in found).strip(), words, dice)


def _exchanged(text: str, words: Sequence[str], dice: random.Random, often: int = EXCHANGED) -> str:
    parts = text.split(" ")
    for place in range(dice.randrange(often), len(parts), often):
        parts[place] = dice.choice(words)
    return " ".join(parts)


def _edited(row: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    words = row["messages"][-1]["content"].split() or ["else"]
    turns = [{**turn, "content": _exchanged(turn["content"], words, dice, often=20)} for turn in row["messages"]]
    return {**row, "messages": turns}


def _whole(path: Path, against: Sequence[Path], folder: Path) -> None:
    """The command, as a user would start it, with each engine."""
    told = folder / "findings.json"
    held = [part for name in against for part in ("--against", name)]
    command = assay("check", "data", path, *held, "--format", "json", "-o", told, "-q")
    spent, found = {}, {}
    for engine, environment in _engines(folder).items():
        spent[engine] = cost(command, codes=(0, 1), OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", **environment)
        found[engine] = json.loads(told.read_bytes())["counts"]
    first, *others = found.values()
    size, sets = path.stat().st_size / 1e6, f", held against {len(against)} question sets" if against else ""
    print(f"**All checks**, {first['rows']:,} conversations, {size:,.0f} MB{sets}, the whole command\n")
    print("| what | found | target | reached |\n|---|---|---|---|")
    for engine, one in spent.items():
        memory = one.rss_mb * 1024 * 1024 / 1e9
        print(f"| CPU, {engine} | {one.cpu_s:.1f} s | {LONGEST_S} | {verdict_of(one.cpu_s, most=LONGEST_S)} |")
        print(f"| peak memory, {engine} | {memory:.2f} GB | {LARGEST_GB} | {verdict_of(memory, most=LARGEST_GB)} |")
    same = " by both" if others and first == others[0] else " with the first"
    print(f"\n{first['findings']} findings in {len(first['by_code'])} codes{same if others else ''}.\n")


def _engines(folder: Path) -> dict[str, dict[str, str]]:
    """With google-re2 where it is installed, and without: there a module stands in its way that cannot be loaded."""
    away = folder / "without"
    away.mkdir()
    (away / "re2.py").write_text("raise ImportError\n", encoding="utf-8")
    without = {"PYTHONPATH": os.pathsep.join([str(away), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)}
    installed = importlib.util.find_spec("re2") is not None
    return {**({"with google-re2": {}} if installed else {}), "without google-re2": without}


def _each(path: Path, against: Sequence[Path]) -> None:
    """CPU of reading and of each check; findings are drawn too."""
    from assay.checks.blocks import Waiting, taker
    from assay.checks.catalogue import made
    from assay.checks.manifest import Manifest
    from assay.domain.training import TrainingRow
    from assay.store.training_files import TrainingFile

    held = [row for name in against for row in TrainingFile(str(name)).rows() if isinstance(row, TrainingRow)]
    spent: Counter[str] = Counter()
    with _timed(spent, "making the checks"):
        checks: dict[str, Any] = {**made(held), "manifest": Manifest()}
    stream, waiting = TrainingFile(str(path)).rows(), Waiting()
    while True:
        with _timed(spent, "reading"):
            some = [row for row in islice(stream, 1000) if isinstance(row, TrainingRow)]
        with _timed(spent, "words, once for all"):
            blocks = [block for row in some for block in waiting.add(row)] if some else list(waiting.rest())
            for block in blocks:
                block.words, block.joined, block.ends  # noqa: B018  kept from now on
        for block in blocks:
            for name, check in checks.items():
                with _timed(spent, name):
                    taker(check)(block)
        if not some:
            break
    last: Counter[str] = Counter()
    for name, check in checks.items():
        if name != "manifest":
            with _timed(last, name):
                list(check.findings())
    print("| part | CPU-s by row | CPU-s at the end |\n|---|---|---|")
    for name, seconds in sorted(spent.items(), key=lambda each: -each[1] - last[each[0]]):
        print(f"| {name} | {seconds:.2f} | {last[name]:.2f} |")
    print(f"\n{sum(spent.values()) + sum(last.values()):.1f} CPU-seconds in all parts.")


@contextmanager
def _timed(spent: Counter[str], name: str) -> Iterator[None]:
    begun = time.process_time()
    yield
    spent[name] += time.process_time() - begun  # type: ignore[assignment]


if __name__ == "__main__":
    sys.exit(main())
