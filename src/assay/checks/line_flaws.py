"""Flaws of code that is not parsed, line by line: JavaScript, PHP, C, Java, Go, SQL, shell, and faulty Python."""

from __future__ import annotations

import re

from assay.checks.flaws import Flaw

_LONGEST = 1_000
_MOST_LINES = 3_000
_SQL = r"(?:SELECT\s[^\n]{0,200}?\sFROM\s|INSERT\s+INTO\s|UPDATE\s[^\n]{0,80}?\sSET\s|DELETE\s+FROM\s)"
_VERB = r"(?:SELECT|INSERT|UPDATE|DELETE)\s[^\"'`\n]{1,200}"
_JS_INPUT = r"req(?:uest)?\.(?:query|params|body|cookies|headers)\b"
_PHP_INPUT = r"\$_(?:GET|POST|REQUEST|COOKIE)\b"
_SECRET = r"(?:passw\w*|pwd|passphrase)"

Rule = tuple[int, str]
_RULES: dict[str, tuple[Rule, ...]] = {
    "python": (
        (79, r"\bautoescape\s?=\s?False\b"),
        (732, r"\bchmod\([^\n]{0,200}\b0o?(?:777|666)\b"),
        (502, r"\byaml\.load\((?![^\n]{0,200}Loader)|\b(?:pickle|marshal)\.loads?\([^\n]{0,60}\brequest\b"),
        (89, rf"\bf[\"']{{1,3}}{_SQL}[^\n]{{0,200}}[=(,]\s?[\"']?\{{"),
        (89, rf"[\"']{_SQL}[^\n]{{0,200}}[\"']\s?(?:%\s?[\w(]|\+\s?\w)"),
        (78, r"\bos\.system\((?:f[\"'][^\n]{0,200}\{|[^\n]{0,200}\+)"),
        (94, r"\b(?:eval|exec)\([^\n]{0,40}\b(?:request|input\()"),
        (295, r"\bverify\s?=\s?False\b|_create_unverified_context"),
    ),
    "javascript": (
        (79, r"\.(?:innerHTML|outerHTML)\s?\+?=\s?(?:`[^`\n]{0,300}\$\{(?!\s?(?:escape|sanitize|DOMPurify|encode))"
             r"|[^\n;]{0,200}(?:location\.|\.value\b|params|query|message|comment|userInput|data\.))"),
        (79, r"\bdocument\.write\([^\n]{0,200}(?:location|\+|\$\{)"),
        (79, rf"\bres\.(?:send|write|end)\([^\n]{{0,200}}<[^\n]{{0,200}}(?:\$\{{|\+\s?){_JS_INPUT}"),
        (79, r"dangerouslySetInnerHTML\s?=\s?\{\{\s?__html:\s?(?![^\n}]{0,60}(?:sanitize"
             r"|DOMPurify))(?:props|data|user|comment|content|this|state|post"
             r"|message)"),
        (89, rf"`{_VERB}(?:[^`\n]{{0,200}}?)(?:=|\(|,|LIKE)\s?'?%?\$\{{"),
        (89, rf"[\"']{_VERB}(?:=|\(|,|LIKE)\s?'?%?[\"']\s?\+\s?\w"),
        (78, rf"\b(?:exec|execSync)\(\s?(?:`[^`\n]{{0,200}}\$\{{|[\"'][^\n]{{0,200}}[\"']\s?\+\s?\w|{_JS_INPUT})"),
        (94, rf"\b(?:eval|new Function|vm\.runIn\w+)\([^\n]{{0,60}}(?:{_JS_INPUT}|location\.|userInput)"),
        (22, rf"\b(?:readFile|readFileSync|sendFile|createReadStream)\([^\n]{{0,120}}{_JS_INPUT}"),
        (918, rf"\b(?:fetch|axios(?:\.\w+)?|request(?:\.get)?)\(\s?{_JS_INPUT}"),
        (601, rf"\bres\.redirect\(\s?{_JS_INPUT}"),
        (295, r"\brejectUnauthorized[\"']?\s?:\s?false\b|NODE_TLS_REJECT_UNAUTHORIZED[^\n]{0,20}0"),
        (330, r"\b\w*(?:token|otp|secret|sessionId|passw|apiKey|resetCode)\w*\s?[=:]\s?[^\n;]{0,60}Math\.random\("),
        (916, rf"createHash\(\s?[\"'](?:md5|sha1)[\"']\s?\)[^\n]{{0,60}}{_SECRET}"),
        (347, r"\bjwt\.verify\([^\n]{0,200}[\"']none[\"']|algorithms?\s?:\s?\[?\s?[\"']none[\"']"),
        (732, r"\b(?:chmod|chmodSync)\([^\n]{0,120}(?:0o?777|[\"']0?777[\"'])"),
    ),
    "php": (
        (89, rf"[\"']{_VERB}[^\n]{{0,100}}?(?:=|\(|,|LIKE)\s?'?%?(?:\$(?!\d)|\{{\$|[\"']\s?\.\s?\$)"),
        (79, rf"\b(?:echo|print)\b(?![^\n]{{0,120}}(?:htmlspecialchars|htmlentities"
             rf"|intval|filter_|esc_))[^\n]{{0,160}}{_PHP_INPUT}|<\?=\s?{_PHP_INPUT}"),
        (78, rf"\b(?:system|exec|shell_exec|passthru|popen)\((?![^\n]{{0,160}}escapeshell)[^\n]{{0,160}}"
             rf"(?:{_PHP_INPUT}|[\"']\s?\.\s?\$\w)"),
        (94, rf"\b(?:eval|assert|create_function)\([^\n]{{0,80}}(?:{_PHP_INPUT})"),
        (22, rf"\b(?:include|require|include_once|require_once|readfile|fopen"
             rf"|file_get_contents)\b\s?\(?(?![^\n]{{0,160}}basename)[^\n]{{0,120}}{_PHP_INPUT}"),
        (502, rf"\bunserialize\([^\n]{{0,60}}{_PHP_INPUT}"),
        (916, rf"\b(?:md5|sha1)\(\s?\$(?:_POST\[['\"])?{_SECRET}"),
        (295, r"CURLOPT_SSL_VERIFYPEER\s?,\s?(?:false|0)"),
        (732, r"\bchmod\([^\n]{0,120}\b0777\b"),
        (601, rf"\bheader\([^\n]{{0,40}}Location:[^\n]{{0,40}}{_PHP_INPUT}"),
    ),
    "c": (
        (120, r"(?<![\w.>])gets\s?\("),
        (120, r"\bscanf\s?\(\s?\"%s\"|\bscanf\s?\(\s?\"[^\"\n]{0,40}%s"),
        (120, r"\b(?:strcpy|strcat)\s?\([^,\n]{1,60},\s?(?:argv\[|getenv\(|input\b|user_?\w{0,20}\b|optarg)"),
        (120, r"\bsprintf\s?\([^,\n]{1,60},\s?\"[^\"\n]{0,100}%s[^\n]{0,100}(?:argv\[|getenv\(|input\b|user)"),
        (134, r"\b(?:printf|syslog)\s?\(\s?(?:argv\[\d\]|[a-z]\w{0,30}\s?\)\s?;)"),
        (78, r"\bsystem\s?\(\s?(?:argv\[|cmd\b|command\b|buf\w*\b)"),
        (377, r"\b(?:mktemp|tmpnam)\s?\("),
        (732, r"\bchmod\s?\([^\n]{0,120}\b0777\b"),
    ),
    "java": (
        (89, rf"\"{_VERB}[^\n]{{0,100}}?(?:=|\(|,|LIKE)\s?'?%?\"\s?\+\s?\w"),
        (89, rf"\$@?\"{_VERB}[^\n]{{0,100}}?(?:=|\(|,|LIKE)\s?'?\{{"),
        (78, r"\bgetRuntime\(\)\.exec\([^\n]{0,160}\"\s?\+\s?\w|\bProcess\.Start\([^\n]{0,160}\"\s?\+\s?\w"),
        (502, r"\bnew ObjectInputStream\([^\n]{0,80}(?:request|socket|getInputStream)|\bnew BinaryFormatter\("),
        (916, rf"getInstance\(\"(?:MD5|SHA-?1)\"\)[^\n]{{0,200}}{_SECRET}"),
        (295, r"setHostnameVerifier\([^\n]{0,80}(?:->\s?true|NoopHostnameVerifier"
              r"|ALLOW_ALL)|ServerCertificateValidationCallback[^\n]{0,120}true"),
        (79, r"\b(?:out|getWriter\(\))\.print(?:ln)?\([^\n]{0,160}getParameter\("),
    ),
    "go": (
        (89, rf"Sprintf\(\s?[\"`]{_VERB}[^\n]{{0,100}}?(?:=|\(|,|LIKE)\s?'?%[sv]"),
        (89, rf"[\"`]{_VERB}(?:=|\(|,|LIKE)\s?'?[\"`]\s?\+\s?\w"),
        (295, r"\bInsecureSkipVerify\s?:\s?true\b"),
        (78, r"exec\.Command\(\s?\"(?:sh|bash|/bin/sh)\"\s?,\s?\"-c\"\s?,\s?(?:\w+\b|[^\n]{0,80}\+)"),
        (732, r"\bos\.(?:Chmod|WriteFile|MkdirAll|OpenFile)\([^\n]{0,160}0o?777"),
    ),
    "ruby": (
        (89, r"\.(?:where|find_by_sql|execute|order)\(\s?\"[^\"\n]{0,200}#\{"),
        (78, r"\b(?:system|exec)\(?\s?\"[^\"\n]{0,120}#\{\s?params|`[^`\n]{0,120}#\{\s?params"),
        (79, r"\bparams\[[^\]\n]{1,40}\]\.html_safe|\braw\(?\s?params"),
        (502, r"\b(?:Marshal|YAML)\.load\(\s?(?:params|request|cookies)"),
        (295, r"VERIFY_NONE"),
    ),
    "shell": (
        (732, r"\bchmod\s+(?:-R\s+)?(?:0?777|a\+rwx|o\+w)\b"),
        (94, r"\beval\s+[\"']?\$(?:\d|@|QUERY_STRING|REPLY|input)"),
        (295, r"\bcurl\s+[^\n|]{0,80}(?:-k|--insecure)\b|\bwget\s+[^\n|]{0,80}--no-check-certificate"),
    ),
    "sql": (
        (89, r"\bEXEC(?:UTE)?\s?(?:IMMEDIATE\s)?\(?\s?N?'[^\n]{0,300}'\s?(?:\+\s?@"
             r"|\|\|\s?\w)|\bSET\s+@\w{1,30}\s?=\s?N?'\s?SELECT[^\n]{0,300}'\s?\+\s?@"),
    ),
}  # fmt: skip
_COMPILED = {
    name: tuple((cwe, re.compile(text, re.IGNORECASE if name in ("sql", "php", "java") else 0)) for cwe, text in rules)
    for name, rules in _RULES.items()
}
_COMMENT = re.compile(r"^\s{0,80}(?://|#(?!include)|\*|--|/\*)")


def line_flaws(code: str, language: str) -> list[Flaw]:
    """What lines of code show; comments are passed over.

    Args:
        code: The code.
        language: One of those that `code_in` gives.

    Examples:
        >>> [each.cwe for each in line_flaws('int main() { char b[9]; gets(b); }', "c")]
        [120]
        >>> line_flaws('fgets(b, sizeof b, stdin); // not gets(b)', "c")
        []
    """
    rules = _COMPILED.get(language, ())
    found: list[Flaw] = []
    for line in code.splitlines()[:_MOST_LINES] if rules else ():
        line = line[:_LONGEST]
        if _COMMENT.match(line):
            continue
        said = line.split("// ")[0]
        found += [
            Flaw(cwe=cwe, line=line.strip()[:300], lines=frozenset((line.strip(),)))
            for cwe, pattern in rules
            if pattern.search(said)
        ]
    return found
