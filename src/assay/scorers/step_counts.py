"""How often tools are called: too many calls, and the same call again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from assay.domain.step_policy import ToolRule
from assay.scorers.step_breach import Breach, Untold, shown
from assay.scorers.step_data import arguments_of
from assay.scorers.step_reading import Called
from assay.scorers.step_rules import Judging

RulesOf = Callable[[Called], Sequence[ToolRule]]


def counted(judging: Judging, rules_of: RulesOf) -> Iterator[Breach | Untold]:
    """Calls beyond the most that a rule or the policy allows, and calls made again with the same arguments."""
    calls = [*judging.lived.judged]
    yield from _all(judging, calls)
    of: dict[int, list[Called]] = defaultdict(list)
    rules: dict[int, ToolRule] = {}
    for called in calls:
        for rule in rules_of(called):
            if rule.most is not None or rule.repeats is not None:
                rules[id(rule)] = rule
                of[id(rule)].append(called)
    for key, rule in rules.items():
        yield from _most(judging, of[key], rule)
        yield from _repeats(judging, of[key], rule)


def _all(judging: Judging, calls: list[Called]) -> Iterator[Breach]:
    most = judging.policy.most_calls
    if most is None:
        return
    judging.applied.add("count")
    if len(calls) > most:
        yield judging.breach("count", calls[most], None, f"{len(calls)} calls of tools", f"at most {most}")


def _most(judging: Judging, calls: list[Called], rule: ToolRule) -> Iterator[Breach]:
    if rule.most is None:
        return
    judging.applied.add("count")
    done = [one for one in calls if not one.failed]
    if len(done) > rule.most:
        yield judging.breach("count", done[rule.most], rule, f"{len(done)} calls", f"at most {rule.most}")


def _repeats(judging: Judging, calls: list[Called], rule: ToolRule) -> Iterator[Breach | Untold]:
    if rule.repeats is None:
        return
    judging.applied.add("repeats")
    done: dict[str, list[Called]] = defaultdict(list)
    for called in calls:
        if not called.recorded:
            yield Untold(rule="repeats", step=called.step.id, why=f"{called.call.name}: arguments are not recorded")
            return
        before: Any = done[called.key]
        if len(before) > rule.repeats:
            seen = f"again with {shown(arguments_of(called))}"
            expected = f"at most {rule.repeats} repeats" if rule.repeats else "no repeat of what succeeded"
            yield judging.breach("repeats", called, rule, seen, expected, other=before[0].step.id)
        if not called.failed:
            before.append(called)
