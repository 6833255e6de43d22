from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtrip.errors import CorruptItem
from roundtrip.redux.outcome import Applied, Outcome, Refused
from roundtrip.storage.receipts import outcomes_text, read_outcomes

OUTCOMES = st.one_of(
    st.builds(Applied, st.integers(1, 10**12 - 1)),
    st.builds(
        Refused,
        st.text(st.characters(codec="utf-8")),
        st.text(st.characters(codec="utf-8")),
        st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers()),
    ),
)


@given(st.lists(OUTCOMES).map(tuple))
def test_are_read_as_they_were_written(outcomes: tuple[Outcome, ...]) -> None:
    assert read_outcomes(outcomes_text(outcomes)) == outcomes


def test_are_stored_as_they_always_were() -> None:
    refused = Refused("full", "It is full.", {"limit": 7})
    assert outcomes_text([Applied(3), refused]) == (
        '[{"status":"applied","version":3},'
        '{"status":"rejected","code":"full","message":"It is full.","details":{"limit":7}}]'
    )


@pytest.mark.parametrize("text", ["", "7", "[7]", "[{}]", '[{"status":"rejected"}]', "{"])
def test_others_are_corrupt(text: str) -> None:
    with pytest.raises(CorruptItem, match="receipt"):
        read_outcomes(text)
