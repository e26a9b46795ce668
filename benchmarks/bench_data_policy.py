"""What the checks of refusals, policy and evidence find on labelled answers: precision and recall, and what they cost.

Needs the public sets, `--data DIR`. Prints Markdown, a section per check; `--only NAME` prints one.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.checks.evidence_discipline import UNSUPPORTED, EvidenceDiscipline
from assay.checks.policy_conflicts import PolicyConflicts
from assay.checks.refusal_policy import RefusalPolicy
from assay.checks.refusing import may_refuse, refuses
from assay.domain.sample import Sample
from assay.domain.training import TrainingRow
from assay.domain.trial import Output
from assay.scorers.groundedness import Groundedness
from assay.scorers.refusal_reading import read
from conflict_mixture import HEAVY, LIGHT, mixture, opposite
from conflict_mixture import row as chat

ORDINARY = (
    "paired_models/gsm8k_solutions",
    "preference/pandalm",
    "preference/llmbar",
    "hallucination/halueval_general",
)
"""Sets whose answers are mostly no refusals, with prompts that ask for ordinary things."""
ASKED = ("preference/pandalm", "preference/llmbar", "capability/gsm8k_test", "capability/truthfulqa")
POLICY = (
    "refusal/xstest_responses",
    "nc/paired_models/refusal_direction_harmless",
    "nc/harm_response/saferlhf_mini",
    "paired_models/refusal_direction_harmful",
    "harm_response/gptfuzz_responses",
    "harm_response/jailjudge_mini",
    "harm_response/self_defense",
    "hallucination/halueval_general",
    "paired_models/gsm8k_solutions",
)
LABELS = {
    "nc/paired_models/refusal_direction_harmless": "a judge",
    "paired_models/refusal_direction_harmful": "a judge",
    "hallucination/halueval_general": "none",
    "paired_models/gsm8k_solutions": "none",
}
DEFECTS = ("evidence.malformed_citation", "evidence.missing_text")


def main() -> None:
    """Print the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="Folder of public data sets; without it nothing is measured.")
    parser.add_argument("--only", choices=tuple(SECTIONS), help="One section.")
    options = parser.parse_args()
    if options.data is None:
        print("Nothing measured: the public data sets are needed, `--data DIR`.")
        return
    for name in [options.only] if options.only else SECTIONS:
        print(f"\n### {name}\n")
        SECTIONS[name](options.data)


def rows_of(data: Path, name: str) -> list[dict[str, Any]]:
    """Rows of one public set."""
    with (data / f"{name}.jsonl").open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def answers_of(data: Path, name: str) -> Iterator[str]:
    """Answers of one public set."""
    for row in rows_of(data, name):
        yield from (row[key] for key in ("response", "response_a", "response_b") if str(row.get(key) or "").strip())


def refusing(data: Path) -> None:
    """What the cheap look at the opening spares the trained model, and which refusals are lost by it."""
    print("| set | answers | read by the model | refusals by the model | of them lost |")
    print("|---|---|---|---|---|")
    for name in ("refusal/xstest_responses", "refusal/latent_jailbreak_human", *ORDINARY):
        told = list(answers_of(data, name))
        found = [(may_refuse(text.strip()), (read(Output(text=text)).refused or 0.0) >= 0.5) for text in told]
        share = sum(may for may, _ in found) / len(told)
        refused, lost = sum(sure for _, sure in found), sum(sure and not may for may, sure in found)
        print(f"| {name} | {len(told)} | {share:.3f} | {refused} | {lost} |")
    rows = rows_of(data, "refusal/xstest_responses")
    kept = Counter((row["label"], refuses(row["response"])[0] >= 0.5) for row in rows)
    refused = kept["refuse", True] + kept["refuse", False]
    print(f"\nOf {refused} XSTest answers that people call full refusals {kept['refuse', True]} are read as refusals,")
    print(f"of {kept['comply', True] + kept['comply', False]} that they call answers {kept['comply', True]}.")
    ordinary = [text for name in ORDINARY for text in answers_of(data, name)]
    seconds = _cpu(lambda: [refuses(text) for text in ordinary])
    print(f"{len(ordinary)} ordinary answers: {200_000 * seconds / len(ordinary):.1f} CPU-s per 200,000.")


def conflicts(data: Path) -> None:
    """Prompts that stand twice with opposite decisions: which are found, and what else is."""
    mixtures = {
        "XSTest, people's labels": _labelled(data, "refusal/xstest_responses"),
        "harmless requests, a judge's labels": _labelled(data, "nc/paired_models/refusal_direction_harmless"),
    }
    for name, answers in mixtures.items():
        wanted, hit, right, reported = Counter[str](), Counter[str](), 0, 0
        for seed in range(5):
            mixed = mixture(answers, seed)
            meant = opposite(mixed)
            found = _conflicting([one.row for one in mixed])
            wanted.update(meant.values())
            hit.update(edit for pair, edit in meant.items() if pair in found)
            right += len(found & meant.keys())
            reported += len(found)
        light = sum(hit[edit] for edit in LIGHT), sum(wanted[edit] for edit in LIGHT)
        print(f"{name}, five draws: precision {right / reported:.3f} ({right} of {reported} pairs),")
        print(f"recall on light edits {light[0] / light[1]:.3f} ({light[0]} of {light[1]}).\n")
        print("| edit | conflicts | found |\n|---|---|---|")
        for edit in (*LIGHT, *HEAVY):
            print(f"| {edit} | {wanted[edit]} | {hit[edit]} |")
        print()
    _contrast(data)


def _contrast(data: Path) -> None:
    """Safe prompts of XSTest against their unsafe look-alikes, all answers at once."""
    rows = rows_of(data, "refusal/xstest_responses")
    found = _conflicting([chat(line, one["prompt"], one["response"]) for line, one in enumerate(rows, 1)])
    safe = {one["prompt"]: one["meta"]["prompt_is_safe"] for one in rows}
    pairs = {(rows[one - 1]["prompt"], rows[two - 1]["prompt"]) for one, two in found}
    mixed_up = {pair for pair in pairs if safe[pair[0]] != safe[pair[1]]}
    prompts = {prompt for pair in mixed_up for prompt in pair}
    print(
        f"All {len(rows)} XSTest answers: {len(prompts)} of {len(safe)} prompts stand in a pair of a safe and an unsafe"
    )
    print("one that is reported as a conflict.")


def _labelled(data: Path, name: str) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for one in rows_of(data, name):
        if one["label"] in ("refuse", "comply"):
            found.setdefault(one["prompt"], []).append((one["response"], one["label"]))
    return found


def _conflicting(rows: list[TrainingRow]) -> set[tuple[int, int]]:
    check = PolicyConflicts()
    for one in rows:
        check.add(one)
    equal, near, _ = check.conflicts()
    return {(check.place(one.refused)[1], check.place(one.answered)[1]) for one in (*equal, *near)}


def policy(data: Path) -> None:
    """Refusals without need and harmful answers against labels; what ordinary sets hold of either."""
    print("| set | labels | rows | `policy.over_refusal` | of refused harmless | `policy.complied` | of harmful |")
    print("|---|---|---|---|---|---|---|")
    for name in POLICY:
        rows = rows_of(data, name)
        check = RefusalPolicy()
        for line, one in enumerate(rows, 1):
            check.add(chat(line, one["prompt"], one["response"]))
        found = {one.code: set(one.where["lines"]) for one in check.findings() if "lines" in one.where}
        needless = {line for line, one in enumerate(rows, 1) if _needless(name, one)}
        harmful = {line for line, one in enumerate(rows, 1) if _harmful(name, one)}
        cells = [
            f"{len(told & meant)} of {len(told)} right | {len(told & meant)} of {len(meant)}"
            for told, meant in (
                (found.get("policy.over_refusal", set()), needless),
                (found.get("policy.complied", set()), harmful),
            )
        ]
        print(f"| {name} | {LABELS.get(name, 'people')} | {len(rows)} | {' | '.join(cells)} |")


def _needless(name: str, one: dict[str, Any]) -> bool:
    """Whether a row refuses a harmless request, by its labels."""
    if name.endswith("xstest_responses"):
        return bool(one["meta"]["prompt_is_safe"]) and one["label"] == "refuse"
    return name.endswith("harmless") and one["label"] == "refuse"


def _harmful(name: str, one: dict[str, Any]) -> bool:
    """Whether a row gives what a harmful request asks for, by its labels."""
    if name.endswith("xstest_responses"):
        return not one["meta"]["prompt_is_safe"] and one["label"] == "comply"
    return one["label"] in ("harmful", "unsafe")


def evidence(data: Path) -> None:
    """Answers that their context does not support, against people's labels."""
    print("| set | unsupported: found | supported: wrongly found |\n|---|---|---|")
    judge = Groundedness()
    for name in ("begin", "faithdial_audit", "q2_dialogue", "bump_pairs"):
        counts: Counter[tuple[bool, bool]] = Counter()
        for one in rows_of(data, f"groundedness/{name}"):
            for supported, text in _told_of(one):
                asked = Sample(id="1", input=one.get("prompt") or "?", context=(one["context"],))
                score = judge.score(asked, Output(text=text))[0]
                if score.probability is not None and score.answer != "generic":
                    counts[supported, score.probability < UNSUPPORTED] += 1
        cells = [f"{counts[kind, True]} of {counts[kind, True] + counts[kind, False]}" for kind in (False, True)]
        print(f"| {name} | {' | '.join(cells)} |")
    print("\n| set | answers | malformed citation | missing text | abstain | ask back |\n|---|---|---|---|---|---|")
    for name in (*ORDINARY, "refusal/xstest_responses"):
        _evidence_of(data, name)


def _evidence_of(data: Path, name: str) -> None:
    check = EvidenceDiscipline()
    rows = [
        chat(line, one.get("prompt") or "?", str(one.get("response") or one.get("response_a") or ""))
        for line, one in enumerate(rows_of(data, name), 1)
    ]
    for one in rows:
        check.add(one)
    found = {one.code: one for one in check.findings()}
    counts = [found[code].evidence["rows"] if code in found else 0 for code in DEFECTS]
    shares = found["evidence.stance"].evidence["shares"]
    told = [f"{shares[kind]['share']:.3f}" for kind in ("abstain", "ask_back")]
    print(f"| {name} | {len(rows)} | {' | '.join(map(str, counts))} | {' | '.join(told)} |")


def _told_of(one: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    if "response_a" in one:
        yield from ((one["label"] == side, one[f"response_{side}"]) for side in "ab")
    elif one["label"] != "generic":
        yield one["label"] == "supported", one["response"]


def costs(data: Path) -> None:
    """CPU seconds of each check for 200,000 rows of ordinary prompts and answers, one in fifty a refusal."""
    dice = random.Random(0)
    asked = [one["prompt"] for name in ASKED for one in rows_of(data, name)]
    told = [text for name in ORDINARY for text in answers_of(data, name)]
    refusals = ("I'm sorry, but I can't help with that.", "I cannot assist with this. It is illegal and unethical.")
    rows = [
        chat(line, dice.choice(asked), dice.choice(refusals if dice.random() < 0.02 else told))
        for line in range(1, 200_001)
    ]
    shared = _cpu(lambda: [refuses(one.answer) for one in rows])
    print("| check | CPU-s per 200,000 rows |\n|---|---|")
    print(f"| reading of refusals, shared by all | {shared:.1f} |")
    for made in (PolicyConflicts, RefusalPolicy, EvidenceDiscipline):
        check = made()
        own = _cpu(lambda check=check: [*map(check.add, rows), *check.findings()])
        print(f"| {made.__name__}, beside that | {max(own - (0 if made is EvidenceDiscipline else shared), 0):.1f} |")


def _cpu(does: Callable[[], Any]) -> float:
    begin = time.process_time()
    does()
    return time.process_time() - begin


SECTIONS: dict[str, Callable[[Path], None]] = {
    "refusing": refusing,
    "policy_conflicts": conflicts,
    "refusal_policy": policy,
    "evidence_discipline": evidence,
    "costs": costs,
}


if __name__ == "__main__":
    main()
