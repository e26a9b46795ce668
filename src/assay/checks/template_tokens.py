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
_QUICK = re.compile(r"<\||<｜|_of_turn>|INST\]|SYS>>|\[TOOL_|\[AVAIL|s>|### ?[IRHAU]|\n\n[HUA][uUSs][mEsS]")


def _of(letters: bytes) -> NDArray[np.bool_]:
    return np.isin(np.arange(256), list(letters))


_AFTER_LESS, _AFTER_TWO_LESS, _AFTER_BRACKET = _of("|/se\uff5c".encode()), _of(b"/S"), _of(b"I/AT")
_AFTER_HASHES, _SPEAKER = _of(b" IRHAU"), (_of(b"HUA"), _of(b"uUSs"), _of(b"mEsS"))
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
        found = MARKS.search(turn.content) if _QUICK.search(turn.content) else None
        if found:
            defect = TEMPLATED if row.shape == "text" else IN_ANSWER if turn.role == "assistant" else IN_PROMPT
            shown = around(turn.content, found.start(), found.end())
            self._gathered.add(defect, row.file, row.line, shown, found.group().strip())

    def findings(self) -> Iterator[Finding]:
        """One finding for each place and file."""
        return self._gathered.findings()


def _suspects(joined: bytes) -> NDArray[np.int64]:
    """Places where a mark may begin."""
    letters = np.frombuffer(joined + bytes(5), np.uint8)
    less = np.flatnonzero(letters == ord("<"))
    twice = (letters[less + 1] == ord("<")) & _AFTER_TWO_LESS[letters[less + 2]]
    less = less[_AFTER_LESS[letters[less + 1]] | twice]
    bracket = np.flatnonzero(letters == ord("["))
    bracket = bracket[_AFTER_BRACKET[letters[bracket + 1]]]
    hashes = np.flatnonzero(letters == ord("#"))
    hashes = hashes[(letters[hashes + 1] == ord("#")) & (letters[hashes + 2] == ord("#"))]
    hashes = hashes[_AFTER_HASHES[letters[hashes + 3]]]
    speaker = np.flatnonzero(letters == ord("\n"))
    speaker = speaker[letters[speaker + 1] == ord("\n")]
    for step, able in enumerate(_SPEAKER, start=2):
        speaker = speaker[able[letters[speaker + step]]]
    return np.concatenate((less, bracket, hashes, speaker))
