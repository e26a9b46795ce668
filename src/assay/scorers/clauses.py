"""The clauses of a behaviour contract: one definition for rows of training data and for answers in an audit."""

from __future__ import annotations

from collections.abc import Iterator

from assay.domain.behaviour import Behaviour
from assay.scorers.boundary_clauses import boundary
from assay.scorers.clause import Clause
from assay.scorers.form_clauses import certainty, form, length, tongue
from assay.scorers.style_clauses import style


def clauses(contract: Behaviour) -> tuple[Clause, ...]:
    """The demands of a contract on single answers, ready to judge; none that it does not make.

    Examples:
        >>> from assay.domain.behaviour import Style
        >>> [(one.name, one.at_least) for one in clauses(Behaviour(name="shop", style=Style(emoji=False)))]
        [('emoji', 0.95)]
    """
    return tuple(_all(contract))


def _all(contract: Behaviour) -> Iterator[Clause]:
    def share(name: str) -> float:
        return contract.limits.get(name, contract.keep)

    yield from style(contract.style, share)
    yield from boundary(contract.refusal, share)
    yield from form(contract.format, share)
    yield from certainty(contract.certainty, share)
    yield from length(contract.words, share)
    yield from tongue(contract.language, share)
