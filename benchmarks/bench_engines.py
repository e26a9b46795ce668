"""Whole audits beside bare aiohttp, lm-evaluation-harness and Inspect AI: same prompts, one mock server, interleaved.

    python benchmarks/bench_engines.py [--rounds 5] [--peer-rounds 1] [--count 2000] [--in-flight 64] [--latency 0.1 0]

Each arm is one command in a process of its own, measured from start to end: CPU and wall include imports,
reading the prompts, scoring, writing the log and the report. `span` is what the server saw: from the first
question to the last answer. All send the same prompts, once each, with no retries and no judge. Two arms are
assay: one compares with recorded answers of the reference (all calls go to the candidate), one asks two models
half as many prompts each. Peers get their own environments under ASSAY_BENCH_HOME [~/.cache/assay-bench] on the
first run. Prints Markdown: medians, and ratios to bare aiohttp.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measuring import DECISIONS, Cost, assay, cost, environment, middle, page, served, verdict_of, version

LM_EVAL = ("lm-eval-api", "lm-eval[api]==0.4.13")
INSPECT = ("inspect-ai", "inspect-ai==0.3.285", "openai")
BARE, ONE, TWO = "bare aiohttp, no log", "assay audit, 1 endpoint", "assay audit, 2 endpoints"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One run of one arm."""

    used: Cost
    span_s: float


Arm = Callable[[Path, str, argparse.Namespace], Cost]


def main() -> None:
    """Run all arms in turn and print the table."""
    options = _options()
    if options.bare:
        asyncio.run(_ask(options.bare, options))
        return
    arms: dict[str, Arm] = {BARE: _bare, ONE: _one_endpoint, TWO: _two_endpoints}
    peers: dict[str, Arm] = {} if options.no_peers else _peers()
    rounds = f"{options.rounds} interleaved rounds" + (
        f" ({min(options.peer_rounds, options.rounds)} of the peers)" if peers else ""
    )
    print(f"{options.count} requests, {options.in_flight} in flight, medians of {rounds}\n")
    print("| latency ms | engine | samples/s (span) | ratio | CPU ms/sample | ratio | wall s | peak RSS MB |")
    print("|---|---|---|---|---|---|---|---|")
    reached: list[str] = []
    for latency in options.latency:
        beside = peers if options.peer_latency is None or latency in options.peer_latency else {}
        found = _measured(arms, beside, latency, options)
        for name, rounds in found.items():
            print(_row(latency, name, rounds, found[BARE], options.count), flush=True)
        reached += _targets(latency, found[ONE], options)
    print("\n| target | found | reached |\n|---|---|---|")
    print("\n".join(reached))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer-rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--latency", type=float, nargs="*", default=[0.1, 0.0])
    parser.add_argument("--peer-latency", type=float, nargs="*", help="Latencies with peers [all].")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--bare", metavar="URL", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(
    arms: dict[str, Arm], peers: dict[str, Arm], latency: float, options: argparse.Namespace
) -> dict[str, list[Round]]:
    found: dict[str, list[Round]] = {name: [] for name in (*arms, *peers)}
    with served(latency) as url:
        for turn in range(options.rounds):
            for name, arm in {**arms, **(peers if turn < options.peer_rounds else {})}.items():
                found[name].append(_round(arm, url, options, name))
                print(f"{latency * 1000:.0f} ms, {name}: {found[name][-1]}"[:150], file=sys.stderr)
    return found


def _round(arm: Arm, url: str, options: argparse.Namespace, name: str) -> Round:
    page(url, "_span")
    with tempfile.TemporaryDirectory() as folder:
        used = arm(Path(folder), url, options)
    seen = json.loads(page(url, "_span"))
    if seen["count"] != options.count:
        sys.exit(f"{name}: the server saw {seen['count']} requests, expected {options.count}:\n{used.output[-2000:]}")
    return Round(used=used, span_s=seen["span_s"])


def _row(latency: float, name: str, rounds: list[Round], bare: list[Round], count: int) -> str:
    rate, base = (count / middle([one.span_s for one in some]) for some in (rounds, bare))
    busy, least = (1000 * middle([one.used.cpu_s for one in some]) / count for some in (rounds, bare))
    wall, peak = middle([one.used.wall_s for one in rounds]), middle([one.used.rss_mb for one in rounds])
    return (
        f"| {latency * 1000:.0f} | {name} | {rate:,.0f} | {rate / base:.2f} | {busy:.2f} | {busy / least:.1f} "
        f"| {wall:.1f} | {peak:.0f} |"
    )


def _targets(latency: float, rounds: list[Round], options: argparse.Namespace) -> list[str]:
    rate = options.count / middle([one.span_s for one in rounds])
    if latency == 0:
        return [f"| 0 ms: at least 1,500 samples/s | {rate:,.0f} | {verdict_of(rate, least=1500)} |"]
    if (options.count, options.in_flight, latency) != (2000, 64, 0.1):
        return []
    busy = 1000 * middle([one.used.cpu_s for one in rounds]) / options.count
    wall, peak = middle([one.used.wall_s for one in rounds]), middle([one.used.rss_mb for one in rounds])
    return [
        f"| 100 ms: at least 575 samples/s (limit 640) | {rate:.0f} | {verdict_of(rate, least=575)} |",
        f"| at most 1.2 ms CPU a sample, start-up included | {busy:.2f} | {verdict_of(busy, most=1.2)} |",
        f"| whole command in at most 6 s | {wall:.1f} s | {verdict_of(wall, most=6)} |",
        f"| peak memory at most 120 MB | {peak:.0f} MB | {verdict_of(peak, most=120)} |",
    ]


# The arms


def _questions(count: int) -> list[str]:
    return [f"Question {number}?" for number in range(count)]


def _lines(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _bare(_: Path, url: str, options: argparse.Namespace) -> Cost:
    how = ["--count", str(options.count), "--in-flight", str(options.in_flight)]
    return cost([sys.executable, __file__, "--bare", url, *how])


async def _ask(url: str, options: argparse.Namespace) -> None:
    import aiohttp

    questions = iter(_questions(options.count))

    async def worker(session: aiohttp.ClientSession) -> None:
        for question in questions:
            turns = [{"role": "user", "content": question}]
            body = {"model": "m", "messages": turns, "temperature": 0, "max_tokens": 256, "seed": 1}
            async with session.post(f"{url}/chat/completions", json=body) as response:
                (await response.json())["choices"][0]["message"]["content"]

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(worker(session) for _ in range(options.in_flight)))


def _one_endpoint(folder: Path, url: str, options: argparse.Namespace) -> Cost:
    _lines(folder / "old.jsonl", [{"id": str(n), "output": f"Answer {n}."} for n in range(options.count)])
    return _audit(folder, "{type: recorded, path: old.jsonl}", url, options.count, options.in_flight)


def _two_endpoints(folder: Path, url: str, options: argparse.Namespace) -> Cost:
    return _audit(folder, f"{{type: endpoint, url: '{url}', model: old}}", url, options.count // 2, options.in_flight)


def _audit(folder: Path, reference: str, url: str, count: int, in_flight: int) -> Cost:
    asked = enumerate(_questions(count))
    _lines(folder / "asked.jsonl", [{"id": str(n), "input": question, "target": "Answer"} for n, question in asked])
    (folder / "audit.yaml").write_text(
        f"assay: 1\nname: bench\nreference: {reference}\n"
        f"candidate: {{type: endpoint, url: '{url}', model: new}}\n"
        "suites: [{name: asked, dataset: asked.jsonl, scorers: [{type: match, kind: any}]}]\n"
        f"limits: {{concurrency: {in_flight}, retries: 0}}\n"
    )
    return cost(
        assay("audit", folder / "audit.yaml", "-o", folder / "run", "--html", folder / "page.html"), codes=DECISIONS
    )


def _peers() -> dict[str, Arm]:
    programs = {name: environment(name, *packages) for name, *packages in (LM_EVAL, INSPECT)}
    lm_eval, inspect = programs["lm-eval-api"], programs["inspect-ai"]
    return {
        f"lm-eval {version(lm_eval, 'lm-eval')}": lambda *given: _lm_eval(lm_eval, *given),
        f"Inspect {version(inspect, 'inspect-ai')}": lambda *given: _inspect(inspect, *given),
    }


def _lm_eval(programs: Path, folder: Path, url: str, options: argparse.Namespace) -> Cost:
    _lines(folder / "asked.jsonl", [{"question": question} for question in _questions(options.count)])
    (folder / "bench.yaml").write_text(
        "task: bench\ndataset_path: json\n"
        f"dataset_kwargs: {{data_files: {{test: {folder / 'asked.jsonl'}}}}}\n"
        "test_split: test\noutput_type: generate_until\n"
        "doc_to_text: '{{question}}'\ndoc_to_target: Answer\n"
        "generation_kwargs: {until: [], max_gen_toks: 256, temperature: 0, do_sample: false}\n"
        "metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]\n"
    )
    model = f"model=m,base_url={url}/chat/completions,num_concurrent={options.in_flight},max_retries=1,tokenizer_backend=None"
    command = [programs / "lm_eval", "--model", "local-chat-completions", "--model_args", model, "--tasks", "bench"]
    command += ["--include_path", folder, "--apply_chat_template", "--output_path", folder / "out", "--log_samples"]
    return cost(command, PYTHONPATH="", HF_HUB_OFFLINE="1", HF_HOME=str(folder / "hf"), OPENAI_API_KEY="none")


def _inspect(programs: Path, folder: Path, url: str, options: argparse.Namespace) -> Cost:
    _lines(folder / "asked.jsonl", [{"input": question, "target": "Answer"} for question in _questions(options.count)])
    (folder / "bench.py").write_text(
        "from inspect_ai import Task, task\nfrom inspect_ai.dataset import json_dataset\n"
        "from inspect_ai.scorer import includes\nfrom inspect_ai.solver import generate\n\n\n"
        f"@task\ndef bench():\n    return Task(json_dataset({str(folder / 'asked.jsonl')!r}), solver=generate(), scorer=includes())\n"
    )
    command = [programs / "inspect", "eval", "bench.py", "--model", "openai-api/mock/m", "--log-dir", folder / "log"]
    command += ["--max-connections", options.in_flight, "--max-retries", 0, "--display", "none", "--no-fail-on-error"]
    command += ["--temperature", 0, "--max-tokens", 256, "--seed", 1]
    return cost(list(map(str, command)), cwd=folder, PYTHONPATH="", MOCK_API_KEY="none", MOCK_BASE_URL=url)


if __name__ == "__main__":
    main()
