"""Marks of chat templates inside texts, where the template itself should put them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.checks.check import Defect, Gathered, around
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
        if row.shape == "text":
            self._look(row, row.answer, TEMPLATED)
            return
        for turn in row.prompt:
            self._look(row, turn.content, IN_ANSWER if turn.role == "assistant" else IN_PROMPT)
        for answer in row.answers:
            for turn in answer:
                self._look(row, turn.content, IN_ANSWER if turn.role == "assistant" else IN_PROMPT)

    def _look(self, row: TrainingRow, text: str, defect: Defect) -> None:
        if _QUICK.search(text):
            found = MARKS.search(text)
            if found:
                shown = around(text, found.start(), found.end())
                self._gathered.add(defect, row.file, row.line, shown, found.group().strip())

    def findings(self) -> Iterator[Finding]:
        """One finding for each place and file."""
        return self._gathered.findings()
