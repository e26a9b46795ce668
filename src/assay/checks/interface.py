"""Rows against what the model will meet where it is deployed: system prompt, tools, chat template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.checks.check import Defect, Gathered
from assay.domain.deployment import Deployment
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

SYSTEM_PROMPT = Defect(
    code="interface.system_prompt",
    severity="medium",
    message="rows have another system prompt than the deployed one, or none",
    remediation="Train with the prompt that will be there: what is learned under one prompt may not show under another",
)
TOOL = Defect(
    code="interface.tool",
    severity="high",
    message="rows offer or call a tool that is not deployed",
    remediation="Take the rows out, or deploy the tool: the model learns to call what is not there",
)
TOOL_SCHEMA = Defect(
    code="interface.tool_schema",
    severity="medium",
    message="rows offer a deployed tool with other parameters",
    remediation="Write the rows anew with the parameters that are deployed",
)
REFUSED = Defect(
    code="interface.template_refuses",
    severity="high",
    message="rows are refused by the chat template",
    remediation="Bring the turns into an order that the template takes, or take the rows out",
)
LOST = Defect(
    code="interface.text_lost",
    severity="high",
    message="rows lose text in the chat template: nothing is learned of it, or it is not seen",
    remediation="Look for turns and roles that the template leaves out",
)
BOUNDARY = Defect(
    code="interface.mask_boundary",
    severity="medium",
    message="rows whose prompt, rendered alone, is not the beginning of the whole: a loss mask by prefix is wrong",
    remediation="Mask by the template's own marks of generation, or train on the whole text",
)

ANSWER_CUT = Defect(
    code="interface.answer_cut_off",
    severity="high",
    message="rows have a prompt that fills the context alone: the answer is cut off, and nothing is learned of it",
    remediation="Shorten the prompts, take the rows out, or train with a longer context",
)
TOO_LONG = Defect(
    code="interface.too_long",
    severity="medium",
    message="rows are longer than the context: the end of the answer is cut off",
    remediation="Split or shorten the rows, or train with a longer context: the model learns to stop in the middle",
)


class Interface:
    """Rows that do not match a deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._tools = {str(tool["name"]): tool for tool in deployment.tools or ()}
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row; plain text meets no template."""
        if row.shape == "text":
            return
        if self._deployment.system_prompt is not None:
            self._system(row, self._deployment.system_prompt)
        if self._deployment.tools is not None:
            self._offered(row)
        if self._deployment.context_tokens is not None:
            self._fits(row, self._deployment.context_tokens)
        if self._deployment.render is not None:
            for answer in row.answers:
                self._rendered(row, answer)

    def findings(self) -> Iterator[Finding]:
        """One finding for each defect and file."""
        return self._gathered.findings()

    def _system(self, row: TrainingRow, deployed: str) -> None:
        said = row.prompt[0].content.strip() if row.prompt and row.prompt[0].role == "system" else ""
        if said != deployed.strip():
            self._gathered.add(SYSTEM_PROMPT, row.file, row.line, said, "another" if said else "none")

    def _offered(self, row: TrainingRow) -> None:
        turns = (*row.prompt, *(turn for answer in row.answers for turn in answer))
        names = {str(tool.get("name")) for tool in row.tools} | {
            call.name for turn in turns for call in turn.tool_calls
        }
        for name in sorted(names - self._tools.keys()):
            self._gathered.add(TOOL, row.file, row.line, detail=name)
        for tool in row.tools:
            deployed = self._tools.get(str(tool.get("name")))
            if deployed is not None and _parameters(tool) != _parameters(deployed):
                self._gathered.add(TOOL_SCHEMA, row.file, row.line, detail=str(tool.get("name")))

    def _fits(self, row: TrainingRow, most: int) -> None:
        """Words are counted, each of which is a token at least: what is found is surely too long."""
        if len(row.text) <= most:  # a token has a character at least
            return
        before = sum(len(turn.content.split()) for turn in row.prompt)
        if before >= most:
            self._gathered.add(ANSWER_CUT, row.file, row.line, row.asked)
        elif any(before + sum(len(turn.content.split()) for turn in answer) > most for answer in row.answers):
            self._gathered.add(TOO_LONG, row.file, row.line, row.answer[-200:])

    def _rendered(self, row: TrainingRow, answer: tuple[Message, ...]) -> None:
        render = self._deployment.render
        assert render is not None
        try:
            whole = render((*row.prompt, *answer), row.tools, False)
            begun = render(row.prompt, row.tools, True)
        except ValueError as error:
            self._gathered.add(REFUSED, row.file, row.line, row.asked, str(error)[:100])
            return
        for turn in (*row.prompt, *answer):
            said = turn.content.rpartition("</think>")[2].strip()
            if said and said not in whole:
                self._gathered.add(LOST, row.file, row.line, said, turn.role)
        if not whole.startswith(begun):
            self._gathered.add(BOUNDARY, row.file, row.line, begun[-100:])


def _parameters(tool: Mapping[str, Any]) -> Any:
    return tool.get("parameters") or tool.get("input_schema") or {}
