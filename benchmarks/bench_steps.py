"""What a policy of steps finds in transcripts with one planted breach, and what it says of the same without it.

Needs the public sets, `--data DIR`: calls of the Berkeley leaderboard, mails of BIPIA, injections of CyberSecEval, answers
of BEGIN and Q2. Prints Markdown. The plants are ours, so recall says what the rules are built for; the clean sides,
the calls, mails and answers, are not.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from assay.domain.sample import Sample
from assay.domain.trial import Output
from assay.scorers.step_judging import Judgement
from assay.scorers.step_transcripts import trace_of
from step_cases import lines


@dataclass(slots=True)
class Tally:
    """What one rule said of transcripts with and without its breach."""

    planted: int = 0
    found: int = 0
    clean: int = 0
    false: int = 0
    others: Counter[str] = field(default_factory=Counter)
    """What else was said of either."""

    def take(self, rule: str, judgement: Judgement, *, bad: bool) -> None:
        broken = {one.rule for one in judgement.breaches}
        self.planted += bad
        self.clean += not bad
        self.found += bad and rule in broken
        self.false += not bad and rule in broken
        self.others.update(broken - {rule})


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="Folder of public data sets; without it nothing is measured.")
    parser.add_argument("--shown", type=int, default=0, help="So many misses and false alarms of each line are shown.")
    options = parser.parse_args()
    if options.data is None:
        print("Nothing measured: the public data sets are needed, `--data DIR`.")
        return
    began, traces = time.process_time(), 0
    print("| rule | on | planted | found | clean | false alarms | other rules |\n|---|---|---|---|---|---|---|")
    for rule, name, cases in lines(options.data):
        tally = Tally()
        for judge, sample, output, bad in cases:
            judged = judge(trace_of(sample, output))
            tally.take(rule, judged, bad=bad)
            traces += 1
            if tally.planted - tally.found + tally.false > 0 and options.shown > 0:
                _show(rule, judged, sample, output, bad=bad)
        others = ", ".join(f"{count} {other}" for other, count in tally.others.most_common(3)) or "none"
        found = f"{tally.found} ({tally.found / tally.planted:.3f})" if tally.planted else "-"
        print(f"| {rule} | {name} | {tally.planted} | {found} | {tally.clean} | {tally.false} | {others} |")
    print(f"\n{traces} transcripts, {1000 * (time.process_time() - began) / traces:.1f} CPU-ms each.")


def _show(rule: str, judged: Judgement, sample: Sample, output: Output, *, bad: bool) -> None:
    if bad != any(one.rule == rule for one in judged.breaches):
        print("   ", "missed" if bad else "false", [one.line for one in judged.breaches], output.text[:200])
        print("      ", [turn.content[:300] or [call.raw for call in turn.tool_calls] for turn in output.transcript])


if __name__ == "__main__":
    main()
