"""Records made quickly are those that are made by name."""

from __future__ import annotations

import dataclasses

import pytest

from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.store.quick import message, row


def test_a_message_is_as_if_made_by_name() -> None:
    quick, slow = message("user", "Hi"), Message(role="user", content="Hi")
    assert quick == slow and hash(quick) == hash(slow) and repr(quick) == repr(slow)


def test_a_row_is_as_if_made_by_name() -> None:
    slow = TrainingRow(
        file="a", line=3, shape="chat", form="f", prompt=(message("user", "Hi"),), metadata={"k": 1}, problems=("p",)
    )
    values = [getattr(slow, field.name) for field in dataclasses.fields(TrainingRow) if field.init]
    assert row(*values) == slow and repr(row(*values)) == repr(slow)


def test_records_stay_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        message("user", "Hi").role = "system"  # type: ignore[misc]
    with pytest.raises(ValueError):
        row("a", 1)
