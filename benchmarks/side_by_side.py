"""Judgements of assay and of other programs beside people's labels, as Markdown tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from assay.domain.sample import Sample
from assay.domain.trial import Output
from assay.registry import scorer, scorer_names
from peers import PEERS, NotHere, ask

Raw = dict[str, Any]
Spans = Sequence[tuple[int, int, str]]

TYPES = {
    "CREDIT_CARD": "card",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "e-mail",
    "US_SSN": "ssn",
    "IBAN_CODE": "iban",
    "DOMAIN_NAME": "url",
    "URL": "url",
    "IP_ADDRESS": "ip",
}
"""Structured types, as the data and presidio call them."""
OWN_TYPES = {
    "credit_card": "card",
    "phone": "phone",
    "email": "e-mail",
    "ssn": "ssn",
    "itin": "ssn",
    "iban": "iban",
    "url": "url",
    "ip": "ip",
}
"""The same, as the spans of `privacy` say it."""
TOXIC = {
    "openai_moderation": ("text", "unsafe"),
    "surge_toxicity": ("text", "toxic"),
    "hatecheck": ("text", "toxic"),
    "diasafety": ("response", "unsafe"),
}
"""Sets under toxicity/: which column is the text, which label is toxic."""


def tables(data: Path, *, peers: bool) -> str:
    """Three tables: refusals, personal data, toxicity; a set that is not there leaves its table out."""
    parts = [refusals(data, peers=peers), personal(data, peers=peers), toxicity(data, peers=peers)]
    return "\n" + "\n\n".join(part for part in parts if part)


def rows(path: Path) -> list[Raw]:
    """All rows of a file; none where there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def refusals(data: Path, *, peers: bool) -> str:
    """Refusal detectors on XSTest completions that people labelled; partial refusals left out."""
    labelled = [row for row in rows(data / "refusal" / "xstest_responses.jsonl") if row["label"] != "partial"]
    if not labelled:
        return ""
    refused = np.array([row["label"] == "refuse" for row in labelled])
    safe = np.array([not row["category"].startswith("contrast") for row in labelled])
    lines = [
        f"**Refusals: {len(labelled):,} completions of XSTest, labelled by people** ({int(refused.sum())} refusals; partial ones left out; "
        f"over-refusal on the {int(safe.sum())} completions of safe prompts, where people see {refused[safe].mean():.1%}; 15.3% in the whole set)\n",
        "| judge | n | accuracy | recall | specificity | over-refusal measured | off by, points |\n|---|---|---|---|---|---|---|",
    ]

    def row(title: str, said: Sequence[bool | None]) -> None:
        kept = np.array([one is not None for one in said])
        told = np.array([bool(one) for one in said])
        good, yes, no = told == refused, kept & refused, kept & ~refused
        measured = told[kept & safe].mean()
        off = 100 * (measured - refused[safe].mean())
        lines.append(
            f"| {title} | {kept.sum()} | {good[kept].mean():.3f} | {good[yes].mean():.3f} | {good[no].mean():.3f} "
            f"| {measured:.1%} | {off:+.1f} |"
        )

    judge = scorer("refusal")
    # Some models began with a blank, which lists of prefixes trip over.
    texts = [raw["response"].strip() for raw in labelled]
    held = _refusal_card(len(labelled), refused[safe].mean())
    lines += held
    if not held:
        asked = [Sample(id="1", input=raw["prompt"], target="refuse") for raw in labelled]
        scores = [judge.score(one, Output(text=text))[0] for one, text in zip(asked, texts, strict=True)]
        row(f"assay refusal {judge.version}", [None if s.value is None else bool(s.value) for s in scores])
    _peers("refusal", texts, row, lines, peers, columns=6)
    return "\n".join(lines)


def personal(data: Path, *, peers: bool) -> str:
    """Finders of personal data on the made-up records of presidio-research: seven structured types."""
    records = rows(data / "pii" / "presidio_synth.jsonl")
    if not records:
        return ""
    gold = [
        [(s["start"], s["end"], TYPES[s["type"]]) for s in one.get("spans", ()) if s["type"] in TYPES]
        for one in records
    ]
    lines = [
        f"**Personal data: {len(records):,} made-up records of presidio-research**, {sum(map(len, gold))} spans of seven structured types "
        "(card, phone, e-mail, SSN, IBAN, web address, IP); a find is right when its type agrees and the spans share half of their "
        "characters. assay's patterns were written with these records in view; presidio's authors made the records\n",
        "| judge | precision | recall | F1 |\n|---|---|---|---|",
    ]

    def row(title: str, said: Sequence[Spans]) -> None:
        hits = sum(_hits(mine, theirs) for mine, theirs in zip(said, gold, strict=True))
        found, there = sum(map(len, said)), sum(map(len, gold))
        lines.append(
            f"| {title} | {hits / max(1, found):.3f} | {hits / max(1, there):.3f} | {2 * hits / max(1, found + there):.3f} |"
        )

    judge = scorer("privacy")
    sample = Sample(id="1", input="?")
    scores = [judge.score(sample, Output(text=one["text"]))[0] for one in records]
    own = [
        [(s.start, s.end, OWN_TYPES[kind]) for s in x.evidence if (kind := _kind(s.reason)) in OWN_TYPES]
        for x in scores
    ]
    row(f"assay privacy {judge.version}", own)

    def of_peer(title: str, said: Sequence[Any]) -> None:
        row(title, [[(a, b, TYPES[kind]) for a, b, kind in one if kind in TYPES] for one in said])

    _peers("privacy", [one["text"] for one in records], of_peer, lines, peers, columns=3)
    return "\n".join(lines)


def _kind(reason: str) -> str:
    return reason.partition(" ")[0].rstrip(",;:")


def _hits(said: Spans, gold: Spans) -> int:
    left, hits = list(said), 0
    for start, end, kind in gold:
        match = next((one for one in left if one[2] == kind and _half(one, start, end)), None)
        if match is not None:
            left.remove(match)
            hits += 1
    return hits


def _half(one: tuple[int, int, str], start: int, end: int) -> bool:
    shared, whole = min(one[1], end) - max(one[0], start), max(one[1], end) - min(one[0], start)
    return shared * 2 >= whole


def toxicity(data: Path, *, peers: bool) -> str:
    """Area under the curve of toxicity on four sets."""
    sets = {name: found for name in TOXIC if (found := rows(data / "toxicity" / f"{name}.jsonl"))}
    if not sets:
        return ""
    names = [f"{name}, {len(found):,}" for name, found in sets.items()]
    lines = [
        "**Toxicity: area under the curve**, texts labelled by people\n",
        f"| judge | {' | '.join(names)} |\n|---|{'---|' * len(names)}",
    ]
    labels = {name: np.array([one["label"] == TOXIC[name][1] for one in found]) for name, found in sets.items()}
    texts = [one[TOXIC[name][0]] for name, found in sets.items() for one in found]

    def row(title: str, said: Sequence[float]) -> None:
        cells, start = [], 0
        for toxic in labels.values():
            cells.append(f"{auroc(np.array(said[start : start + len(toxic)]), toxic):.3f}")
            start += len(toxic)
        lines.append(f"| {title} | {' | '.join(cells)} |")

    held = _toxicity_card(list(sets))
    lines += held
    if "toxicity" not in scorer_names():
        lines.append(f"| assay toxicity | not in this version{' |' * len(names)}")
    elif not held:
        judge = scorer("toxicity")
        asked = [Sample(id="1", input=one.get("prompt") or "?") for found in sets.values() for one in found]
        scores = [judge.score(one, Output(text=text))[0] for one, text in zip(asked, texts, strict=True)]
        said = [np.nan if s.probability is None else s.probability for s in scores]
        row(f"assay toxicity {judge.version}", said)
    _peers("toxicity", texts, row, lines, peers, columns=len(names), only="profanity_256")
    return "\n".join(lines)


def auroc(chances: np.ndarray, yes: np.ndarray) -> float:
    """Chance that a toxic text is given more than one that is not; equal ones are half of that, unscored ones left out."""
    chances, yes = chances[~np.isnan(chances)], yes[~np.isnan(chances)]
    _, place, sizes = np.unique(chances, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[place]
    positive, negative = int(yes.sum()), int((~yes).sum())
    return float((ranks[yes].sum() - positive * (positive + 1) / 2) / (positive * negative))


def _peers(
    judges: str,
    texts: Sequence[str],
    row: Callable[[str, Sequence[Any]], None],
    lines: list[str],
    wanted: bool,
    *,
    columns: int,
    only: str = "",
) -> None:
    for name, peer in PEERS.items() if wanted else ():
        if peer.judges != judges or (only and name != only):
            continue
        try:
            row(peer.title, ask(peer, texts).said)
        except NotHere as error:
            lines.append(f"| {peer.title} | {error}{' |' * columns}")


def _card(name: str) -> Mapping[str, Any]:
    """What the training script wrote about a model; nothing where the scorer is not a trained one."""
    card = resources.files("assay.scorers") / "coefficients" / f"{name}.json"
    return json.loads(card.read_text("utf-8")) if card.is_file() else {}


def _refusal_card(count: int, people: float) -> list[str]:
    """Held-out figures of a trained refusal model on these rows: judging rows that it has learned says nothing."""
    card, made = _card("refusal"), []
    rates = card.get("rates", {}).get("over_refusal of safe XSTest prompts", {}).get("partial", {})
    for one in card.get("measured", ()):
        if not str(one["set"]).startswith("xstest_responses") or one["n"] != count:
            continue
        cells = " | ".join(f"{one[key]:.3f}" for key in ("accuracy", "recall", "specificity"))
        rate = rates.get(str(one["question"]).rpartition(" ")[2]) if one["how"].startswith("cross") else None
        over = "| |" if rate is None else f"{rate:.1%} | {100 * (rate - people):+.1f} |"
        made.append(f"| assay refusal ({one['question']}), {one['how']} | {count} | {cells} | {over}")
    return made


def _toxicity_card(sets: Sequence[str]) -> list[str]:
    """The same of a trained toxicity model, a row for each way of holding out."""
    ways: dict[str, dict[str, float]] = {}
    for one in _card("toxicity").get("measured", ()):
        name = next((known for known in sets if str(one["set"]).startswith(known)), "")
        if name and one.get("auroc") is not None:
            ways.setdefault(str(one["how"]), {}).setdefault(name, float(one["auroc"]))
    return [
        f"| assay toxicity, {how} | {' | '.join(f'{found[name]:.3f}' if name in found else '' for name in sets)} |"
        for how, found in ways.items()
    ]
