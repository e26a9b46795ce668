"""What the judges of a plan would be asked, before the first call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assay.domain.asking import AskingScorer, judge_key, judges
from assay.domain.plan import Plan, Task
from assay.domain.sample import Sample
from assay.domain.subject import Price
from assay.engine.limits import prompt_tokens


@dataclass(slots=True)
class Calls:
    """Questions to one judge, as many as there can be."""

    calls: int = 0
    """Questions, repeats included, about the answers of all subjects."""
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

    Args:
        plan: What will be asked.
        tokens_out: Mean length of each subject's answers, where it was measured; else the longest allowed counts.
    """
    specs = judges(plan.tasks)
    found = {key: Calls() for key in specs}
    keys = ["reference", *(spec.name for spec in plan.candidates)]
    lengths = [(tokens_out or {}).get(key, plan.generation.max_tokens) for key in keys]
    for task, scorer, sample in _asking(plan):
        key = judge_key(specs, scorer.asks)
        assert key is not None
        one = found[key]
        for ask in scorer.possible(sample):
            one.calls += task.epochs * len(keys)
            one.tokens_in += round(task.epochs * (len(keys) * prompt_tokens(ask) + sum(lengths)))
            one.tokens_out += task.epochs * len(keys) * ask.generation.max_tokens
    return found


def _asking(plan: Plan) -> Iterator[tuple[Task, AskingScorer, Sample]]:
    for task in plan.tasks:
        for scorer in task.scorers:
            if isinstance(scorer, AskingScorer):
                yield from ((task, scorer, sample) for sample in task.dataset.samples if scorer.metrics(sample))
