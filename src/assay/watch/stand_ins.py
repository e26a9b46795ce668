"""Personal data and secrets taken out of turns and passages, each value by one word throughout."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from assay.domain.sample import Message, Sample, ToolCall
from assay.scorers.personal import found
from assay.scorers.spelling import value as value_of
from assay.watch.redaction import named

_DEEPEST = 50
_LEFT = frozenset({"url"})
"""Web addresses are of nobody."""


@dataclass(slots=True)
class StandIns:
    """Words that stand for values; the same value, however it is spaced, has the same word.

    Examples:
        >>> made = StandIns()
        >>> made.text("Mail ana@posteo.de, not bo@posteo.de; ana@posteo.de!")
        'Mail [email 1], not [email 2]; [email 1]!'
        >>> made.counts
        {'email': 3}
    """

    counts: dict[str, int] = field(default_factory=dict)
    """Type -> how many were taken out."""
    _words: dict[tuple[str, str], str] = field(default_factory=dict)
    _kinds: dict[str, int] = field(default_factory=dict)

    def text(self, text: str) -> str:
        """A text without them."""
        parts, at = [], 0
        for find in found(text):
            if find.type not in _LEFT and find.start >= at:
                parts += [text[at : find.start], self._stand_in(find.type, value_of(find, text))]
                at = find.end
        return "".join([*parts, text[at:]]) if parts else text

    def _stand_in(self, kind: str, value: str) -> str:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        key = (kind, value)
        if key not in self._words:
            self._kinds[kind] = self._kinds.get(kind, 0) + 1
            self._words[key] = f"[{kind.replace('_', ' ')} {self._kinds[kind]}]"
        return self._words[key]

    def value(self, value: Any, depth: int = 0) -> Any:
        """A JSON value without them; what is nested too deeply to be looked through is left out."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict | list | tuple) and depth >= _DEEPEST:
            return "[nested too deeply]"
        if isinstance(value, dict):
            return {self._key(key): self._under(key, one, depth + 1) for key, one in value.items()}
        return [self.value(one, depth + 1) for one in value] if isinstance(value, list | tuple) else value

    def _key(self, key: Any) -> Any:
        return self.text(key) if isinstance(key, str) else key

    def _under(self, key: Any, value: Any, depth: int) -> Any:
        """A value under its name, which may say that it is a secret whatever it looks like."""
        if isinstance(key, str) and isinstance(value, str) and value and named(key):
            return self._stand_in("secret", value)
        return self.value(value, depth)

    def turn(self, turn: Message) -> Message:
        """A turn without them, its calls included."""
        calls = tuple(self._call(call) for call in turn.tool_calls)
        return replace(turn, content=self.text(turn.content), tool_calls=calls)

    def _call(self, call: ToolCall) -> ToolCall:
        if call.arguments is None:
            return replace(call, raw=self.text(call.raw))
        held = self.value(dict(call.arguments))
        return replace(call, arguments=held, raw=json.dumps(held, ensure_ascii=False))

    def sample(self, sample: Sample) -> Sample:
        """A sample without them."""
        asked = self.text(sample.input) if isinstance(sample.input, str) else tuple(map(self.turn, sample.input))
        context = tuple(map(self.text, sample.context))
        tools = tuple(self.value(dict(tool)) for tool in sample.tools)
        metadata = self.value(dict(sample.metadata))
        return replace(sample, input=asked, context=context, tools=tools, metadata=metadata, digest="")
