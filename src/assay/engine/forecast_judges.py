"""What the judges of a plan would be asked, before the first call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assay.domain.asking import AskingScorer, ComparingScorer, judge_key, judges
from assay.domain.plan import Plan, Task
from assay.domain.sample import Sample
from assay.domain.subject import Price
from assay.engine.limits import prompt_tokens
from assay.engine.score import REFERENCE


@dataclass(slots=True)
class Calls:
    """Questions to one judge, as many as there can be."""

    calls: int = 0
    """Questions, orders and repeats included, about all answers or pairs of them."""
    tokens_in: int = 0
    """Estimated tokens read, with answers as long as they may be."""
    tokens_out: int = 0
    """Largest possible tokens written."""

    def cost_usd(self, price: Price | None) -> float | None:
        """US dollars; None without a price."""
        if price is None:
            return None
        dollars = self.tokens_in * price.input_usd_per_million + self.tokens_out * price.output_usd_per_million
        return dollars / 1e6


def judge_calls(plan: Plan, tokens_out: Mapping[str, float] | None = None) -> dict[str, Calls]:
    """Most calls and tokens of each judge by its key: every answer is asked about, whatever a cascade may spare.

    Of a scorer that compares, every answer of a candidate is asked about, beside the reference's.

    Args:
        plan: What will be asked.
        tokens_out: Mean length of each subject's answers, where it was measured; else the longest allowed counts.
    """
    specs = judges(plan.tasks)
    found = {key: Calls() for key in specs}
    candidates = [spec.name for spec in plan.candidates]
    lengths = {key: (tokens_out or {}).get(key, plan.generation.max_tokens) for key in (REFERENCE, *candidates)}
    for task, scorer, sample in _asking(plan):
        key = judge_key(specs, scorer.asks)
        assert key is not None
        one = found[key]
        compares = isinstance(scorer, ComparingScorer)
        asked = len(candidates) if compares else 1 + len(candidates)
        shown = sum(lengths.values()) + (len(candidates) - 1) * lengths[REFERENCE] * compares
        for ask in scorer.possible(sample):
            one.calls += task.epochs * asked
            one.tokens_in += round(task.epochs * (asked * prompt_tokens(ask) + shown))
            one.tokens_out += task.epochs * asked * ask.generation.max_tokens
    return found


def _asking(plan: Plan) -> Iterator[tuple[Task, AskingScorer | ComparingScorer, Sample]]:
    for task in plan.tasks:
        for scorer in task.scorers:
            if isinstance(scorer, AskingScorer | ComparingScorer):
                yield from ((task, scorer, sample) for sample in task.dataset.samples if scorer.metrics(sample))
