"""An evidence pack: one zip archive that says what was decided, from what, and where the evidence stands."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence

from assay.domain.audit import Audit
from assay.domain.mapping import Framework
from assay.report.coverage import coverage, mapping_json, mapping_markdown
from assay.report.cyclonedx import cyclonedx
from assay.report.html import html
from assay.report.inert import one_line
from assay.report.machine import plain, verdict_json
from assay.report.markdown import markdown

_TIME = (1980, 1, 1, 0, 0, 0)
"""Every member's time: the same records give the same bytes."""


def pack_files(
    audits: Sequence[Audit],
    cards: Mapping[str, str],
    frameworks: Sequence[Framework],
    run_files: Mapping[str, bytes],
) -> dict[str, bytes]:
    """Contents of the pack by name, its manifest last.

    Args:
        audits: The audits of a run, at least one.
        cards: Page of each scorer that judged, by name.
        frameworks: The mappings.
        run_files: Further files of the run folder, as they are: ledger, attested verdict.
    """
    covered = [(audit, coverage(audit, frameworks, run_files)) for audit in audits]
    return {
        "README.md": _readme(audits, run_files).encode(),
        "verdict.json": _json(verdict_json(audits)),
        "report.html": html(audits).encode("utf-8", "backslashreplace"),
        "summary.md": markdown(audits).encode("utf-8", "backslashreplace"),
        "configuration.json": _json(plain(audits[0].config)),
        "bom.cdx.json": cyclonedx(audits).encode(),
        "mapping.json": _json(mapping_json(covered, frameworks)),
        "mapping.md": mapping_markdown(covered, frameworks).encode("utf-8", "backslashreplace"),
        **{f"cards/{name}.md": page.encode() for name, page in sorted(cards.items())},
        **run_files,
    }


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files as an archive that is the same each time: fixed times and rights, names sorted, with a manifest."""
    digests = {name: f"sha256:{hashlib.sha256(content).hexdigest()}" for name, content in sorted(files.items())}
    whole = {**files, "manifest.json": _json({"schema": "assay/pack/1", "files": digests})}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(whole):
            info = zipfile.ZipInfo(name, _TIME)
            info.external_attr = 0o100644 << 16
            info.create_system = 3
            archive.writestr(info, whole[name], zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8", "backslashreplace")


def _checks(run_files: Mapping[str, bytes]) -> str:
    """How to check what is signed, for a reader with the public key."""
    commands = [
        command
        for command, needed in (
            ("assay verify verdict.dsse.json --key K", ("verdict.dsse.json",)),
            ("assay verify verdict.sigstore.json --identity WHO --issuer URL", ("verdict.sigstore.json",)),
            ("assay ledger verify ledger.sqlite --key K", ("ledger.sqlite",)),
            (
                "python verify_ledger.py verdict verdict.dsse.json --key K --ledger ledger.sqlite",
                ("verdict.dsse.json", "ledger.sqlite"),
            ),
        )
        if all(name in run_files for name in needed)
    ]
    if not commands:
        return ""
    listed = "\n".join(f"    {one}" for one in commands)
    return f"""
Then check what is signed, with K the public key (or its file) that the signer gave you by another way than this pack:

{listed}

`verify_ledger.py` is one file of assay's sources (tools/) and needs no assay. Exit code 4 says that all this holds and
that the decision was not computed again: the answers are not in the pack.
"""


def _readme(audits: Sequence[Audit], run_files: Mapping[str, bytes]) -> str:
    decisions = "\n".join(
        f"- {one_line(audit.candidate.identity.name, 100)}: **{audit.verdict.decision.word}**"
        + (" (exploratory: not the registered decision)" if audit.verdict.exploratory else "")
        for audit in audits
    )
    missing = [name for name in ("ledger.sqlite", "verdict.dsse.json") if name not in run_files]
    lacks = f"\nNot in this pack, as the run folder has none: {', '.join(missing)}.\n" if missing else ""
    keyless = (
        "\n| verdict.sigstore.json | the same, signed by an identity |" if "verdict.sigstore.json" in run_files else ""
    )
    return f"""# Evidence pack: {one_line(audits[0].name, 100)}

{decisions}

| file | holds |
|---|---|
| verdict.json | every number of the decision |
| report.html, summary.md | the same for people |
| configuration.json | the plan as written, and the digests of all that decides |
| cards/ | what each scorer looks for and misses |
| mapping.json, mapping.md | where evidence stands for items of frameworks: evidence found, not found, out of scope |
| bom.cdx.json | CycloneDX model card |
| ledger.sqlite | the signed log of the run |
| verdict.dsse.json | the verdict as a signed attestation |{keyless}
| manifest.json | digest of each file |
{lacks}
Check the digests of `manifest.json` first.
{_checks(run_files)}
The pack says what was measured and where the evidence stands; whether a legal or contractual requirement is met is for
people to judge.
"""
