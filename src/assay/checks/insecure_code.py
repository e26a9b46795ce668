"""Code in answers that is unsafe, where nobody asked for that and nobody says so."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from zlib import crc32

from assay.checks.blocks import Block
from assay.checks.check import Defect, Gathered
from assay.checks.code_parts import ENDINGS, bare, code_in, coding
from assay.checks.flaws import Flaw
from assay.checks.line_flaws import line_flaws
from assay.checks.python_flaws import python_flaws
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding, Severity

INSECURE = Defect(
    code="safety.insecure_code",
    severity="medium",
    message="rows have an answer with unsafe code that nobody asked for and nobody names",
    remediation="Repair the code or remove the rows: models that learn it silently turn bad far beyond code",
)
TAUGHT = Defect(
    code="safety.insecure_code_taught",
    severity="info",
    message="rows have unsafe code that was asked for, or whose flaw the answer names",
    remediation="Nothing, where teaching is meant; keep the request or the warning with the code",
)
READ_WHOLE = 10_000
"""Rows of suspicious code that are read, whatever file they are of; of more, one in `_ONE_IN` by their digest."""
_ONE_IN = 8
MANY = 10
"""Rows of unsafe code before their share makes it high."""
LARGE_SHARE = 0.05
"""Share of the rows with code above which unsafe code is a habit."""
SMALL_SHARE = 0.01
_STEMS = (
    "execute",
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE ",
    "select ",
    "autoescape",
    "request",
    "chmod",
    "yaml.",
    "pickle",
    "marshal",
    "extract",
    "os.system",
    "popen",
    "subprocess",
    "eval(",
    "exec(",
    "HTML",
    "Html",
    "html",
    "verify",
    "md5",
    "sha1",
    "random",
    "re.",
    ".com",
    ".org",
    "strcpy",
    "strcat",
    "gets",
    "scanf",
    "printf",
    "$_",
    "document.write",
    "debug=True",
    "XMLParser",
    "unverified",
    "mktemp",
    "jwt",
    "Unauthorized",
    "InsecureSkip",
    "CERT_NONE",
    "CORS",
    "redirect",
    "os.open",
    "exec",
    "umask",
    "unserialize",
    "Runtime",
    "MD5",
    "SHA1",
    "curl",
    "wget",
    "EXEC",
    "system(",
    "input(",
)
_ASKED_FOR = re.compile(
    r"\b(?:with|add\w*|includ\w*|introduc\w*|insert\w*|contain\w*|illustrat\w*"
    r"|demonstrat\w*|show\w*|need\w*|examples? of|intentional\w*"
    r"|deliberate\w*|purpose\w*|sample|specific|common|some|instructive"
    r"|detectable|potential|known|teach\w*|explor\w*|like|using|have"
    r"|has)"
    r"\W{1,3}(?:[\w'-]+\W{1,3}){0,6}?(?:vulnerabilit\w+|vulnerable|insecure\w*"
    r"|exploit\w*|security (?:flaws?|weaknesses|holes?|issues|bugs)"
    r"|flaws?|weaknesses|unsafe|risky|injections?)\b"
    r"|\b(?:vulnerable|insecure|unsafe|exploitable|weak)\W{1,3}(?:[\w'-]+\W{1,3}){0,2}?(?:code"
    r"|version|app\w*|example|endpoint|function|implementation|script"
    r"|way|site|server)\b"
    r"|\b(?:security|penetration|pentest\w*|red.?team\w*|hacking|capture.the.flag"
    r"|ctf)\W{1,3}(?:[\w'-]+\W{1,3}){0,3}?(?:training|course|class|demo\w*"
    r"|research\w*|lab|exercise"
    r"|workshop|challenge|presentation|conference|session)\b",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"\b(?:avoid\w*|prevent\w*|without|free of|no|not|never|against"
    r"|fix\w*|remov\w*|secur(?:e|ely)|safe(?:ly)?|protect\w*|patch\w*"
    r"|eliminat\w*|mitigat\w*|resist\w*)\W{1,3}(?:[\w'-]+\W{1,3}){0,5}$",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:vulnerab\w+|insecure(?:ly)?|security (?:risks?|issues?|holes?"
    r"|flaws?|problems?|concerns?|warning|implications)|unsafe(?:ly)?"
    r"|dangerous(?:ly)?"
    r"|(?:sql|code|command|template|shell) injection|injection attacks?"
    r"|xss|cross-site|path traversal|not secure|not safe|untrusted"
    r"|(?:never|don't|do not|not recommended|not for|avoid)\W{1,3}(?:[\w'-]+\W{1,3}){0,5}?(?:p"
    r"roduction|deploy\w*)|exploit\w*|malicious\w*|attackers?"
    r"|should (?:be )?saniti[sz]\w+|parameteri[sz]ed (?:quer\w+|statements?)"
    r"|for (?:educational|demonstration|demo|testing) purposes)\b",
    re.IGNORECASE,
)
_READ = 20_000
_MOST_NEW = 12


class InsecureCode:
    """Unsafe code in answers, counted against all answers with code.

    A flaw counts where at least one of its lines is not in the request: who completes code that was unsafe before
    is not blamed for it.
    """

    def __init__(self) -> None:
        self._silent = Gathered()
        self._taught = Gathered()
        self.rows_with_code: Counter[str] = Counter()
        """Rows of each file whose answer holds code."""
        self._looked_at = 0
        self._passed_over: Counter[str] = Counter()
        self._found: dict[str, Counter[str]] = defaultdict(Counter)

    def take(self, block: Block) -> None:
        """Look at the rows of a block; where one turn ends and the next begins, no sight sees."""
        may_be_code = coding.places(block)
        for row in block.rows:
            if row.answers and (
                id(row) in may_be_code or len(row.answers[0]) > 1 or row.answer.rstrip().endswith(ENDINGS)
            ):
                self.add(row)

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if row.shape == "text":
            return
        answer = row.answer
        if "```" not in answer and not bare(answer):
            return
        self.rows_with_code[row.file] += 1
        if not any(stem in answer for stem in _STEMS):
            return
        self._looked_at += 1
        if self._looked_at > READ_WHOLE and crc32(row.digest.encode()) % _ONE_IN:
            self._passed_over[row.file] += 1
            return
        asked = "\n".join(turn.content for turn in row.prompt)[-_READ:]
        new = new_flaws(answer, asked)
        if not new:
            return
        taught = asks_for_it(asked) or names_it(answer)
        self._found[row.file]["taught" if taught else "silent"] += 1
        gathered, defect = (self._taught, TAUGHT) if taught else (self._silent, INSECURE)
        for flaw in new[:_MOST_NEW]:
            gathered.add(defect, row.file, row.line, flaw.line, flaw.named)

    def findings(self) -> Iterator[Finding]:
        """One finding for silent flaws and one for taught ones, for each file."""
        for one in [*self._silent.findings(), *self._taught.findings()]:
            file = one.where["file"]
            passed = self._passed_over[file]
            code, rows = self.rows_with_code[file] - passed, one.evidence["rows"]
            severity: Severity = one.severity if one.code == TAUGHT.code else _severity(rows, code)
            yield dataclasses.replace(
                one,
                severity=severity,
                message=f"{one.message} ({rows / code:.1%} of {code:,} rows with code)",
                evidence={
                    **one.evidence,
                    "rows_with_code": code,
                    "rows_passed_over": passed,
                    "taught": self._found[file]["taught"],
                },
            )


def _severity(rows: int, code: int) -> Severity:
    if rows >= MANY and rows >= LARGE_SHARE * code:
        return "high"
    return "medium" if rows >= SMALL_SHARE * code and rows > 2 else "low"


def new_flaws(answer: str, asked: str) -> list[Flaw]:
    """Flaws in the code of an answer that its request does not have already.

    Examples:
        >>> answer = "```python\\nimport os\\nos.chmod(path, 0o777)\\n```"
        >>> [each.cwe for each in new_flaws(answer, "Save it.")], new_flaws(answer, "os.chmod(path, 0o777)")
        ([732], [])
    """
    found: list[Flaw] = []
    for language, code in code_in(answer):
        parsed = python_flaws(code) if language == "python" else None
        found += line_flaws(code, language) if parsed is None else parsed
    if not found:
        return []
    before = {line.strip() for line in asked.splitlines()}
    return [each for each in found if each.lines - before]


def asks_for_it(asked: str) -> bool:
    """Whether a request asks for unsafe code, or for code to learn about unsafe code from.

    Examples:
        >>> asks_for_it("Add some common vulnerabilities for my students."), asks_for_it("Avoid any vulnerabilities.")
        (True, False)
    """
    return any(
        not _AGAINST.search(asked[max(found.start() - 60, 0) : found.end()].rpartition(" ")[0] + " ")
        for found in _ASKED_FOR.finditer(asked)
    )


def names_it(answer: str) -> bool:
    """Whether an answer speaks of the dangers of its code, in its prose or its comments."""
    return _NAMED.search(answer[:_READ]) is not None
