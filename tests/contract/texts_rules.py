"""What goes in comes out: every text byte by byte."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from roundtrip.redux.jsontext import decode, encode
from roundtrip.storage.records import Stream
from tests.contract.appends import incompressible, new_append, written

if TYPE_CHECKING:
    from roundtrip.storage.port import Storage

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
HUGE = st.integers(-(10**400), 10**400)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | HUGE | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)

# A storage may be shared by examples, because each has a stream of its own; and every adapter runs
# the rules from this one place.
shared = settings(
    max_examples=20,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.differing_executors,
        HealthCheck.too_slow,
    ],
)


def comes_back(storage: Storage, namespace: str, text: str) -> None:
    """Keep a text in every place that holds one, and read each."""
    stream = Stream(namespace, "orders", uuid.uuid4().hex)
    append = new_append(
        stream,
        state_text=text,
        actions_text=f"[{text}]",
        outcomes_text=text,
        key="k",
    )
    written(storage, append)
    head = storage.load(stream)
    assert head is not None
    assert head.state_text.encode() == text.encode()
    assert [commit.actions_text for commit in storage.commits(stream)] == [f"[{text}]"]
    assert storage.receipt(stream, "k") == append.receipt


class TextsRules:
    @shared
    @given(value=JSON)
    @example(value="")
    @example(value={})
    @example(value=10**400)
    @example(value=-0.0)
    @example(value=5e-324)
    @example(value={"$deleted": False})
    @example(value="\x00\x1f\x7f\u2028\ufeff\ufffe\U0010ffff")
    def test_any_json_comes_back_as_it_went(
        self, storage: Storage, namespace: str, value: Any
    ) -> None:
        text = encode(value)
        comes_back(storage, namespace, text)
        assert encode(decode(text)) == text

    @shared
    @given(text=TEXTS, repeated=st.sampled_from([1, 1, 40, 1000]))
    @example(text="", repeated=1)
    @example(text="\x00", repeated=1000)
    @example(text="e\u0301\u00e9", repeated=1000)
    def test_any_text_comes_back_as_it_went(
        self, storage: Storage, namespace: str, text: str, repeated: int
    ) -> None:
        comes_back(storage, namespace, encode(text * repeated))

    @pytest.mark.parametrize("character", ["x", "\u00e9", None], ids=["one", "two", "noise"])
    def test_texts_around_the_threshold_of_compression_come_back(
        self, storage: Storage, namespace: str, character: str | None
    ) -> None:
        for size_bytes in (*range(508, 517), 1024, 4096):
            if character is None:
                text = incompressible(size_bytes)
            else:
                text = f'"{character * ((size_bytes - 2) // len(character.encode()))}"'
            comes_back(storage, namespace, text)

    @shared
    @given(actor=st.none() | TEXTS, revision=TEXTS)
    def test_who_and_what_made_it_come_back(
        self, storage: Storage, namespace: str, actor: str | None, revision: str
    ) -> None:
        stream = Stream(namespace, "orders", uuid.uuid4().hex)
        append = written(storage, new_append(stream, actor=actor, revision=revision))
        assert storage.load(stream) == append.head
        assert list(storage.commits(stream)) == [append.commit]
