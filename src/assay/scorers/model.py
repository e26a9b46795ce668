"""The model that a scorer asks: its settings, what is wrong with them, and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from assay.domain.digest import digest
from assay.domain.errors import PlanError
from assay.domain.plan import SubjectSpec
from assay.domain.sample import Message, Sample
from assay.domain.subject import Ask, Generation
from assay.domain.trial import Output
from assay.scorers.reading import answer_start
from assay.scorers.rubric import answer

MOST_REPEATS = 25
"""Repeats beyond this cost more than they tell."""
_PUBLIC_QUERY = frozenset({"api-version", "deployment", "region"})
"""Query parameters that hold no secret."""
_OF_ENDPOINT = ("url", "model", "dialect", "api_key_env", "headers_env", "extra", "price")


class Model(Protocol):
    """Settings that scorers which ask a model have in common."""

    @property
    def url(self) -> str:
        """Address up to `/v1`."""
        ...

    @property
    def model(self) -> str:
        """Model name sent with each request."""
        ...

    @property
    def price(self) -> Mapping[str, float] | None:
        """US dollars per million tokens, `input` and `output`."""
        ...

    @property
    def repeats(self) -> int:
        """How often each question is put."""
        ...

    @property
    def temperature(self) -> float:
        """0 is greedy."""
        ...

    @property
    def max_tokens(self) -> int:
        """Longest reply."""
        ...

    @property
    def seed(self) -> int | None:
        """Seed of the first repeat."""
        ...

    @property
    def longest(self) -> int:
        """Characters of the longest answer that is shown."""
        ...


def check_model(settings: Model) -> None:
    """Refuse what no model can be asked with.

    Raises:
        PlanError: A secret in the address, or a number out of its range.
    """
    _open_address(settings.url)
    if not 1 <= settings.repeats <= MOST_REPEATS:
        raise PlanError(f"repeats: expected 1 to {MOST_REPEATS}; it is {settings.repeats}")
    if settings.max_tokens < 1 or settings.longest < 1 or settings.temperature < 0:
        raise PlanError("max_tokens and longest are at least 1, temperature at least 0")
    price = settings.price
    if price is not None and (set(price) != {"input", "output"} or min(price.values()) < 0):
        raise PlanError("price: expected {input: ..., output: ...}, US dollars per million tokens, not negative")


def endpoint(settings: Model) -> SubjectSpec:
    """The endpoint as a plan would name it; two scorers with the same one share it."""
    found: dict[str, Any] = {name: getattr(settings, name) for name in _OF_ENDPOINT}
    kept = {**{name: value for name, value in found.items() if value}, "probe": False}
    return SubjectSpec(
        role="judge", name=settings.model, kind="endpoint", settings=kept, digest=digest(["judge", kept])
    )


def repeated(settings: Model, sample: Sample, turns: tuple[Message, ...]) -> list[Ask]:
    """One question for each repeat."""
    asked = Sample(id=sample.id, input=turns)
    how = Generation(temperature=settings.temperature, max_tokens=settings.max_tokens, seed=settings.seed)
    return [Ask(sample=asked, generation=how, epoch=epoch) for epoch in range(1, settings.repeats + 1)]


def unreadable(output: Output, longest: int) -> str:
    """Why an answer cannot be shown to a model; empty where it can."""
    if answer_start(output.text) is None:
        return "reasoning only"
    if not answer(output) and not output.tool_calls:
        return "empty"
    return "too long" if len(output.text) > longest else ""


def _open_address(url: str) -> None:
    """The address is saved with the run, so nothing secret may stand in it."""
    parts = urlsplit(url)
    hidden = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True) if name.lower() not in _PUBLIC_QUERY]
    if "@" in parts.netloc or hidden:
        raise PlanError("url holds a login or a key; name environment variables with api_key_env or headers_env")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise PlanError("url is no address. Expected for example http://127.0.0.1:8000/v1")
