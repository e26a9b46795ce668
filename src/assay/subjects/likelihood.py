"""Log-likelihoods of given texts, with no token run twice that choices or questions share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from assay.subjects.choices import Parted, common_prefix
from assay.subjects.generation import Voice
from assay.subjects.past import past
from assay.subjects.prefixes import can_share

# Numbers in one block of logits; 2^26 float32 are 256 MiB.
_LOGITS_AT_ONCE = 2**26
_ROWS_AT_ONCE = 8


@torch.inference_mode()
def score_choices(voice: Voice, questions: Sequence[Parted], done: Callable[[int, tuple[float, ...]], None]) -> None:
    """Sum the log probability of each choice of each question; `done` gets the number and sums of each.

    What all questions begin with is run once. The rest of a prompt and all its choices are one row, in
    which each choice sees the prompt and itself; only the columns that are scored meet the LM head.
    """
    if not can_share(voice.model):
        for at, question in enumerate(questions):
            done(at, tuple(_alone(voice.model, question.prompt, tail) for tail in question.tails))
        return
    vocabulary = voice.model.get_output_embeddings().weight.shape[0]
    for batch in _cut(questions, vocabulary):
        for at, sums in zip(batch, _score_rows(voice, [questions[at] for at in batch]), strict=True):
            done(at, sums)


def _cut(questions: Sequence[Parted], vocabulary: int) -> list[list[int]]:
    """Numbers of questions in batches that begin alike and are small enough."""
    batches: list[list[int]] = []
    shared = 0
    for at in sorted(range(len(questions)), key=lambda at: questions[at].prompt):
        if batches:
            now = batches[-1]
            joined = common_prefix([questions[now[0]].prompt, questions[at].prompt])
            columns = max(_scored(questions[one]) for one in (*now, at))
            fits = len(now) < _ROWS_AT_ONCE and (len(now) + 1) * columns * vocabulary <= _LOGITS_AT_ONCE
            if fits and (len(now) == 1 or 2 * joined >= shared):
                shared = joined if len(now) == 1 else min(joined, shared)
                now.append(at)
                continue
        batches.append([at])
    return batches


def _scored(question: Parted) -> int:
    return 1 + sum(len(tail) - 1 for tail in question.tails)


def _score_rows(voice: Voice, questions: Sequence[Parted]) -> list[tuple[float, ...]]:
    prompts = [question.prompt for question in questions]
    cache, shared = voice.prefixes.start(voice.model, voice.key, prompts)
    keep = max(_scored(question) for question in questions)
    logits = _run_packed(voice.model, questions, cache, shared, keep).float()
    totals = logits.logsumexp(-1)
    return [_sums(question, logits[at], totals[at], keep) for at, question in enumerate(questions)]


def _run_packed(model: Any, questions: Sequence[Parted], cache: Any, shared: int, keep: int) -> Any:
    """Logits of the last `keep` columns; each row is padding, rest of the prompt, choices without their last tokens."""
    width = max(len(question.prompt) - shared + _scored(question) - 1 for question in questions)
    ids = torch.zeros((len(questions), width), dtype=torch.long)
    places = torch.zeros((len(questions), width), dtype=torch.long)
    sees = torch.zeros((len(questions), 1, width, shared + width), dtype=torch.bool)
    sees[..., :shared] = True
    for at, question in enumerate(questions):
        rest = question.prompt[shared:]
        begin = width - len(rest) - _scored(question) + 1
        first = begin + len(rest)
        _place(ids[at], places[at], begin, rest, shared)
        block = sees[at, 0, :, shared:]
        block[begin:first, begin:first] = torch.ones((len(rest), len(rest)), dtype=torch.bool).tril()
        block[first:, begin:first] = True
        for tail in question.tails:
            body = tail[:-1]
            last = first + len(body)
            _place(ids[at], places[at], first, body, len(question.prompt))
            block[first:last, first:last] = torch.ones((len(body), len(body)), dtype=torch.bool).tril()
            first = last
    mask = torch.zeros(sees.shape, dtype=model.dtype).masked_fill(~sees, torch.finfo(model.dtype).min)
    return model(
        input_ids=ids.to(model.device),
        attention_mask=mask.to(model.device),
        position_ids=places.to(model.device),
        use_cache=True,
        logits_to_keep=keep,
        **past(model, cache),
    ).logits[:, -keep:]


def _place(ids: Any, places: Any, begin: int, tokens: Sequence[int], position: int) -> None:
    ids[begin : begin + len(tokens)] = torch.tensor(tokens, dtype=torch.long)
    places[begin : begin + len(tokens)] = torch.arange(position, position + len(tokens))


def _sums(question: Parted, logits: Any, totals: Any, keep: int) -> tuple[float, ...]:
    prompt_column = keep - _scored(question)
    sums, column = [], prompt_column + 1
    for tail in question.tails:
        columns = [prompt_column, *range(column, column + len(tail) - 1)]
        picked = logits[columns, list(tail)] - totals[columns]
        sums.append(float(picked.double().sum()))
        column += len(tail) - 1
    return tuple(sums)


def _alone(model: Any, prompt: Sequence[int], tail: Sequence[int]) -> float:
    ids = torch.tensor([[*prompt, *tail[:-1]]], device=model.device)
    logits = model(input_ids=ids, use_cache=False, logits_to_keep=len(tail)).logits[0, -len(tail) :].float()
    wanted = torch.tensor(tail, device=model.device)[:, None]
    return float(logits.log_softmax(-1).gather(1, wanted).double().sum())
