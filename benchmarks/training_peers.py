"""Finds near-duplicates or evaluation items with another program, in that program's own environment.

    python training_peers.py datasketch|janitor WORK.json CPU_SECONDS

WORK.json holds `texts`, and for janitor `items`. Prints one JSON object: how many texts were handled within the CPU
seconds, what that took, and what was found. Needs nothing of assay.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

WORDS = re.compile(r"\w+")


def datasketch(work: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Pairs by MinHash with 128 permutations in 32 bands of 4, kept where the estimate reaches the threshold."""
    from datasketch import MinHash, MinHashLSH

    began, handled = time.process_time(), 0
    index, known, pairs = MinHashLSH(num_perm=128, params=(32, 4)), [], []
    for place, text in enumerate(work["texts"]):
        own = WORDS.findall(text.lower())
        sketch = MinHash(num_perm=128)
        sketch.update_batch([" ".join(own[n : n + 3]).encode() for n in range(len(own) - 2)])
        pairs += [[other, place] for other in index.query(sketch) if known[other].jaccard(sketch) >= work["threshold"]]
        index.insert(place, sketch)
        known.append(sketch)
        handled = place + 1
        if time.process_time() - began > seconds:
            break
    return {"handled": handled, "cpu_s": time.process_time() - began, "found": pairs}


def janitor(work: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Texts from which lm-eval's Janitor, written in Python, cuts a run of 13 words; the module is loaded by itself."""
    found = [Path(folder) / "lm_eval/decontamination/janitor.py" for folder in sys.path]
    spec = importlib.util.spec_from_file_location("janitor", next(path for path in found if path.is_file()))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    cleaner = module.Janitor(ngram_n=13)
    for item in work["items"]:
        cleaner.register_contaminant_python(item)
    began, handled, dirty = time.process_time(), 0, []
    for place, text in enumerate(work["texts"]):
        if cleaner.clean_python(text) != [text[0:]] and len(text) >= cleaner.minimum_slice_length:
            dirty.append(place)
        handled = place + 1
        if time.process_time() - began > seconds:
            break
    return {"handled": handled, "cpu_s": time.process_time() - began, "found": dirty}


if __name__ == "__main__":
    work = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    print(json.dumps({"datasketch": datasketch, "janitor": janitor}[sys.argv[1]](work, float(sys.argv[3]))))
