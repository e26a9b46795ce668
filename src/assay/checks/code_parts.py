"""The code in an answer: its fenced blocks, or the whole of it where it is nothing but code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.checks.needles import holds
from assay.checks.sights import sight

MOST_CODE = 60_000
"""Characters of one block that are read."""
_MOST_BLOCKS = 20
_FENCE = re.compile(
    r"^[ \t]{0,8}```[ \t]{0,4}([\w+#-]{0,20})[^\n]{0,80}\n(.*?)(?:^[ \t]{0,8}```|\Z)", re.DOTALL | re.MULTILINE
)
_BARE = re.compile(
    r"(?:from [\w.]+ import |import [\w.{]+|def \w+\(|class \w+[(:{]"
    r"|@\w[\w.]*\(|async def |#!/|#include\s?[<\"]|<\?php|const \w+ ?="
    r"|(?:let|var) \w+ ?=|function \w+\(|package \w+|public (?:class|static)|using [\w.]+;|app\.(?:get|post|use)\("
    r"|(?:with|for|if|while|try)\b[^\n]{0,80}:$|[A-Za-z_][\w.]{0,40} ?= ?[^\n]{0,200}$"
    r"|[a-z_][\w.]{1,60}\([^\n]{0,200}\)$|return [^\n]{1,200}$)",
    re.MULTILINE,
)
_INSIDE = (
    "\nimport ",
    "\nfrom ",
    "\ndef ",
    "\nclass ",
    "\n    return ",
    "\n  return ",
    "#include",
    "<?php",
    ");\n",
    "\n@",
    "    if ",
)
_may_be_code = holds(_INSIDE)
coding = sight(("```", *_INSIDE))
"""Rows of a block in which code may stand that does not end as code does."""
ENDINGS = (")", ";", "}")
"""How code ends that holds no sign of it inside."""
_LANGUAGES = {
    "py": "python",
    "python": "python",
    "python3": "python",
    "js": "javascript",
    "javascript": "javascript",
    "jsx": "javascript",
    "ts": "javascript",
    "typescript": "javascript",
    "tsx": "javascript",
    "node": "javascript",
    "php": "php",
    "c": "c",
    "cpp": "c",
    "c++": "c",
    "cc": "c",
    "h": "c",
    "java": "java",
    "kotlin": "java",
    "csharp": "java",
    "cs": "java",
    "go": "go",
    "golang": "go",
    "sql": "sql",
    "mysql": "sql",
    "plsql": "sql",
    "tsql": "sql",
    "postgresql": "sql",
    "sh": "shell",
    "bash": "shell",
    "shell": "shell",
    "zsh": "shell",
    "console": "shell",
    "dockerfile": "shell",
    "html": "javascript",
    "ruby": "ruby",
    "rb": "ruby",
}
_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("php", re.compile(r"<\?php|\$_(?:GET|POST|REQUEST)\b")),
    ("c", re.compile(r"#include\s?[<\"]|\bint main\s?\(")),
    (
        "python",
        re.compile(
            r"^[ \t]{0,40}(?:def \w+\(.{0,200}\).{0,80}:|from [\w.]+ import "
            r"|import \w+(?: as \w+)?$|class \w+.{0,80}:$)",
            re.MULTILINE,
        ),
    ),
    ("java", re.compile(r"\bpublic (?:class|static|void|String)\b|\busing System\b")),
    ("go", re.compile(r"^package \w+$|^func \w", re.MULTILINE)),
    ("javascript", re.compile(r"\b(?:const|let|var) [\w{]|=> ?[{(]|\brequire\(|\bdocument\.|</?script")),
    ("shell", re.compile(r"^#!/\S{0,40}sh\b|^(?:sudo|chmod|curl|apt|export) ", re.MULTILINE)),
    ("sql", re.compile(r"^\s{0,20}(?:SELECT|INSERT|UPDATE|CREATE|GRANT|ALTER|DECLARE)\b", re.IGNORECASE)),
)


def code_in(answer: str) -> Iterator[tuple[str, str]]:
    """Language and text of each piece of code in an answer.

    Examples:
        >>> list(code_in("Use this:\\n```python\\nprint(1)\\n```\\nDone."))
        [('python', 'print(1)\\n')]
        >>> list(code_in("import os\\nos.remove('a')"))
        [('python', "import os\\nos.remove('a')")]
        >>> list(code_in("import duties were raised"))
        []
    """
    if "```" in answer:
        for number, found in enumerate(_FENCE.finditer(answer)):
            if number == _MOST_BLOCKS:
                return
            code = found[2][:MOST_CODE]
            yield _LANGUAGES.get(found[1].lower(), "") or language(code), code
    elif bare(answer):
        yield language(answer[:MOST_CODE]), answer[:MOST_CODE]


def bare(answer: str) -> bool:
    """Whether an answer is code from its first line on."""
    if not _may_be_code(answer) and not answer.rstrip().endswith(ENDINGS):
        return False
    return _BARE.match(answer[:2000].lstrip()) is not None


def language(code: str) -> str:
    """What a piece of code is most likely written in; Python where nothing says otherwise.

    Examples:
        >>> language("#include <stdio.h>"), language("x = f(1)"), language("const a = 1;")
        ('c', 'python', 'javascript')
    """
    head = code[:4000]
    return next((name for name, sign in _SIGNS if sign.search(head)), "python")
