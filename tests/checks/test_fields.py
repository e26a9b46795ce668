"""Fields of metadata: those asked for, in the order in which they are listed, however many rows came before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.checks import fields
from assay.checks.fields import Fields

KEYS = st.sampled_from(["model", "source", "id", "seed", "x"])


@given(st.lists(st.dictionaries(KEYS, st.none(), max_size=4), max_size=12))
def test_every_row_is_told_its_own_fields(rows: list[dict[str, None]]) -> None:
    there = Fields(("seed", "model", "seed", "source"))
    for told in rows:
        assert there(told) == tuple(key for key in ("seed", "model", "source") if key in told)


def test_memory_has_a_bound() -> None:
    there = Fields(("model",))
    for number in range(3 * fields._REMEMBERED):
        assert there({f"key {number}": 1, "model": 1}) == ("model",)
    assert there(dict.fromkeys(map(str, range(1000)))) == ()
    assert len(there._known) <= fields._REMEMBERED
    assert max(map(len, there._known)) <= fields._MOST
