"""What people's labels changed, said beside the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assay.domain.estimate import Comparison
from assay.domain.labels import Labels
from assay.statistics.prediction_powered import FEWEST_LABELS


def corrections(comparisons: Sequence[Comparison], labels: Mapping[str, Labels]) -> tuple[str, ...]:
    """A sentence for each labelled metric: how many labels, what they could not reach, what to be wary of."""
    return tuple(sentence for name, one in sorted(labels.items()) for sentence in _about(comparisons, name, one))


def _about(comparisons: Sequence[Comparison], name: str, labels: Labels) -> Iterator[str]:
    same = [one for one in comparisons if one.metric.name == name]
    whole = next((one for one in same if not one.slice), None)
    if whole is None:
        return
    if not len(whole.pairs.people_reference):
        yield f"{name}: fewer than {FEWEST_LABELS} scored pairs are labelled by people, so nothing is corrected"
        return
    yield (
        f"{name}: corrected for the scorer's error by people's labels of {whole.pairs.labelled} of {whole.n} pairs "
        f"({labels.digest[:19]})"
    )
    bare = [one for one in same if one.slice and not len(one.pairs.people_reference)]
    if bare:
        yield (
            f"{name}: {len(bare)} slices have fewer than {FEWEST_LABELS} labelled pairs and rest on the scorer alone"
        )
    if labels.drawn is None:
        yield f"{name}: the labelled pairs are not one whole draw by assay; the correction holds only for a random part"
    if labels.earlier:
        yield f"{name}: labels were replaced {labels.earlier} times after the answers were known"
