"""Marks of chat templates inside texts, where the template itself should put them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from assay.checks.blocks import Block, turns_of
from assay.checks.check import Defect, Gathered, around
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

MARKS = re.compile(
    r"<\|(?:im_start|im_end|endoftext|begin_of_text|end_of_text|eot_id|eom_id|start_header_id|end_header_id|python_tag"
    r"|system|user|assistant|end|endofprompt|begin▁of▁sentence|channel|message|start|return)\|>"
    r"|<｜[A-Za-z▁]{3,30}｜>"
    r"|<(?:start|end)_of_turn>"
    r"|\[/?INST\]|<</?SYS>>"
    r"|\[(?:AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]"
    r"|</s>(?=\s*\Z)|\A\s*<s>(?!.*</s>.)"
    r"|(?:\A|\n)### ?(?:Instruction|Response|Human|Assistant|User):"
    r"|\n\n(?:Human|USER|ASSISTANT|Assistant): (?=\S)",
)
"""Marks of ChatML, Llama 2 to 4, Gemma, Mistral, DeepSeek, Phi, gpt-oss, Alpaca, Vicuna and the transcripts of hh."""
_AFTER_LESS = np.isin(np.arange(256), list("<|/se\uff5c".encode("utf-8")))
_AFTER_BRACKET = np.isin(np.arange(256), list(b"I/AT"))
_AFTER_HASHES = np.isin(np.arange(256), list(b" IRHAU"))
_AFTER_BREAKS = np.isin(np.arange(256), list(b"HUA"))
"""Bytes with which marks go on; a pattern is tried only on turns that hold these."""
IN_ANSWER = Defect(
    code="format.template_token",
    severity="high",
    message="rows have marks of a chat template inside an answer: the model learns to write them",
    remediation="Take the marks out, and look whether the text was cut at the wrong place or holds another turn",
)
IN_PROMPT = Defect(
    code="format.template_token_in_prompt",
    severity="medium",
    message="rows have marks of a chat template inside a turn that is not learned",
    remediation="Take the marks out: the tokenizer may read them as the end of the turn",
)
TEMPLATED = Defect(
    code="format.already_templated",
    severity="info",
    message="texts were written with a chat template",
    remediation="Train on them as text, without a template; the prompt is learned with the answer unless it is masked",
)


class TemplateTokens:
    """Marks such as <|im_start|>, [INST] or ### Response: inside texts."""

    def __init__(self) -> None:
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        for turn in turns_of(row):
            self._look(row, turn)

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        for row, turn in block.turns_at(_suspects(block.joined)):
            self._look(row, turn)

    def _look(self, row: TrainingRow, turn: Message) -> None:
        found = MARKS.search(turn.content)
        if found:
            defect = TEMPLATED if row.shape == "text" else IN_ANSWER if turn.role == "assistant" else IN_PROMPT
            shown = around(turn.content, found.start(), found.end())
            self._gathered.add(defect, row.file, row.line, shown, found.group().strip())

    def findings(self) -> Iterator[Finding]:
        """One finding for each place and file."""
        return self._gathered.findings()


def _suspects(joined: bytes) -> NDArray[np.int64]:
    """Places where a mark may begin."""
    letters = np.frombuffer(joined + bytes(4), np.uint8)
    one, two, three = letters[1:-3], letters[2:-2], letters[3:-1]
    first = letters[:-4]
    maybe = (first == ord("<")) & _AFTER_LESS[one]
    maybe |= (first == ord("[")) & _AFTER_BRACKET[one]
    maybe |= (first == ord("#")) & (one == ord("#")) & (two == ord("#")) & _AFTER_HASHES[three]
    maybe |= (first == ord("\n")) & (one == ord("\n")) & _AFTER_BREAKS[two]
    return np.flatnonzero(maybe)
