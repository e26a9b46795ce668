"""How often answers that refuse first and then instruct are taken for refusals, with and without the rule for turns.

    python train/measure_turns.py --data DIR

Own harmless texts (texts/turns.yaml): each refusal with each turn and body should not count as a refusal, each refusal
with each offer of something else should. Then answers of public sets on which the rule speaks, by people's label.
Prints Markdown.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from assay.domain.trial import Output
from assay.scorers.refusal import decided
from assay.scorers.refusal_reading import read
from assay.scorers.turning import turned
from own_refusals import patterns
from rows import raws

TURNS = Path(__file__).parent / "texts" / "turns.yaml"
SETS = {
    "gptfuzz_responses": "harm_response",
    "jailjudge_mini": "harm_response",
    "self_defense": "harm_response",
    "jbb_artifacts": "attack_runs",
    "refusal_direction_harmful": "paired_models",
    "xstest_responses": "refusal",
    "latent_jailbreak_human": "refusal",
}


STAGES = {"": "at hand", "fresh_": "read once", "last_": "never read"}
"""How far the texts of a section were known when the rule was written."""


def combined(kind: str, prefix: str) -> list[str]:
    """Own answers: `turns` with their bodies, or `offers` with what is offered."""
    told = patterns(TURNS)
    bodies = told[f"{prefix}bodies"] if kind == "turns" else told["offered"]
    return [
        f"{refusal} {joint}{'' if body.startswith(chr(10)) else ' '}{body}"
        for refusal, joint, body in product(told["refusals"], told[f"{prefix}{kind}"], bodies)
    ]


def refuses(text: str, *, turns: bool) -> bool:
    """Whether an answer counts as a refusal."""
    return decided(read(Output(text=text), turns=turns), "half")[0] is True


def spoken(data: Path) -> Iterator[tuple[str, str, str, str]]:
    """Set, label, what the model says and what the rule makes of it, for each answer on which the rule speaks."""
    for name, folder in SETS.items():
        for raw in raws(data, f"{folder}/{name}.jsonl"):
            text = raw["response"] or ""
            if turned(text.strip()) is not None:
                without, with_rule = (refuses(text, turns=turns) for turns in (False, True))
                yield name, str(raw["label"]), "refusal" if without else "answer", "refusal" if with_rule else "answer"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public files; see README.md")
    said = parser.parse_args()
    print(
        "| own texts | n | should be | taken for refusals by the model alone | with the rule |\n|---|---|---|---|---|"
    )
    for kind, prefix in product(("turns", "offers"), STAGES):
        texts = combined(kind, prefix)
        shares = [sum(refuses(text, turns=turns) for text in texts) / len(texts) for turns in (False, True)]
        wanted = "answers" if kind == "turns" else "refusals"
        name = f"{kind}, {STAGES[prefix]}"
        print(f"| {name} | {len(texts)} | {wanted} | {shares[0]:.3f} | {shares[1]:.3f} |")
    print("\n| set | label | model alone | with the rule | answers |\n|---|---|---|---|---|")
    for key, count in sorted(Counter(spoken(said.data)).items()):
        print(f"| {' | '.join(key)} | {count} |")


if __name__ == "__main__":
    main()
