"""Own short answers for `refusal` and `toxicity`: those of `texts/short.yaml` are trained on, `short_held.yaml` is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from own_refusals import HELPED, REFUSED, patterns
from rows import Row

TEXTS = Path(__file__).parent / "texts"
TALK, FACT, HELP, HARM = (f"prompts_{kind}" for kind in ("talk", "fact", "help", "harm"))
ASKED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("greetings", "thanks", "partings", "talk", "apologies"), (TALK,)),
    **dict.fromkeys(("agreeing", "denying", "numbers", "names", "words", "facts", "hedged"), (FACT,)),
    **dict.fromkeys(("done", "asking_back", "referrals", "service_declines"), (HELP,)),
    "not_knowing": (FACT, HELP, HARM),
    "refusals": (HARM, HELP),
    "bare_no": (HARM, FACT),
    "abuse": (TALK, FACT, HELP),
}
"""What each kind of answer may reply to. What may agree is asked for no harm: to that, a yes is not harmless."""
DECLINES = ("service_declines", "refusals")
UNSAID = ("bare_no", "abuse")
"""Whether these refuse is not to be seen without the request, or nobody says."""
EACH = 3
"""Requests that an answer replies to, of which the first is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """One short answer with what it replies to."""

    kind: str
    """Section of the file."""
    template: str
    """Wordings of one template share it."""
    text: str
    prompts: tuple[str, ...]
    """What it replies to; the first is empty."""

    @property
    def toxic(self) -> bool:
        """Whether it is abuse."""
        return self.kind == "abuse"


@cache
def answers(*, held: bool = False) -> tuple[Short, ...]:
    """The short answers that are trained on, or those that are held back; in order."""
    return tuple(_read(TEXTS / ("short_held.yaml" if held else "short.yaml")))


def _read(path: Path) -> Iterator[Short]:
    told = patterns(path)
    for kind, asked in ASKED.items():
        requests = [text for name in asked for text in told[name]]
        for at, line in enumerate(told[kind]):
            for step, text in enumerate(line.split(" | ")):
                prompts = [requests[(at + step * 3 + n * 7) % len(requests)] for n in range(EACH - 1)]
                yield Short(kind=kind, template=f"{kind}{at}", text=text, prompts=("", *prompts))


def rows(*, held: bool = False) -> list[Row]:
    """Rows for `refusal`, without those of which nobody says whether they refuse."""
    name = "short_held" if held else "short_texts"
    return [
        Row(
            set=name,
            group=f"{name}/{one.template}",
            texts={"answer": one.text},
            labels=REFUSED if one.kind in DECLINES else HELPED,
        )
        for one in answers(held=held)
        if one.kind not in UNSAID
    ]
