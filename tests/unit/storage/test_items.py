from __future__ import annotations

import copy
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtrip.errors import CorruptItem, IntegrityError, TooLarge
from roundtrip.limits import MAX_ITEM_BYTES, MAX_STATE_BYTES
from roundtrip.redux.jsontext import encode
from roundtrip.storage.dynamodb import appends, checkpoints, items
from roundtrip.storage.records import Append, Stream
from tests.contract.appends import deletion, incompressible, new_append

if TYPE_CHECKING:
    from collections.abc import Callable

STREAM = Stream("public", "orders", "a")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON_TEXTS = (TEXTS | TEXTS.map(lambda text: text * 500)).map(encode)
VERSIONS = st.integers(1, 10**12 - 101)
APPENDS = st.builds(
    new_append,
    st.just(STREAM),
    VERSIONS,
    count=st.integers(1, 100),
    key=st.none() | TEXTS.filter(bool),
    state_text=JSON_TEXTS,
    actions_text=JSON_TEXTS,
    outcomes_text=JSON_TEXTS,
    actor=st.none() | TEXTS,
    revision=TEXTS,
    checkpoint=st.booleans(),
    replay_bytes=st.integers(0, 10**9),
)


def test_a_head_is_this_item() -> None:
    append = new_append(STREAM, 7, state_text="{}", revision="2", replay_bytes=300)
    assert items.head_item(append.head) == {
        "pk": {"S": "public#orders#a"},
        "sk": {"S": "head"},
        "version": {"N": "7"},
        "state": {"S": "{}"},
        "revision": {"S": "2"},
        "createdAt": {"S": "2026-01-01T00:00:00.000Z"},
        "updatedAt": {"S": "2026-01-02T00:00:00.000Z"},
        "replayBytes": {"N": "300"},
        "listPk": {"S": "public#orders"},
        "listSk": {"S": "2026-01-01T00:00:00.000Z#a"},
    }


def test_a_deleted_head_has_no_place_in_the_index() -> None:
    assert {"listPk", "listSk"}.isdisjoint(items.head_item(deletion(STREAM).head))


def test_a_commit_is_this_item() -> None:
    append = new_append(STREAM, 7, count=2, actions_text="[1,2]", token="t", actor="ada")
    assert items.commit_item(append.commit) == {
        "pk": {"S": "public#orders#a"},
        "sk": {"S": "commit#000000000007"},
        "actions": {"S": "[1,2]"},
        "count": {"N": "2"},
        "recordedAt": {"S": "2026-01-02T00:00:00.000Z"},
        "actor": {"S": "ada"},
        "token": {"S": "t"},
    }
    assert "actor" not in items.commit_item(append.commit._replace(actor=None))


def test_a_receipt_is_this_item() -> None:
    receipt = new_append(STREAM, 7, key="k", token="t", outcomes_text="[1]").receipt
    assert receipt is not None
    assert items.receipt_item(receipt) == {
        "pk": {"S": "public#orders#a"},
        "sk": {"S": "receipt#k"},
        "fingerprint": {"S": "fingerprint of t"},
        "firstVersion": {"N": "7"},
        "outcomes": {"S": "[1]"},
        "expiresAt": {"N": "1800000000"},
    }


def test_a_checkpoint_is_this_item() -> None:
    checkpoint = new_append(STREAM, 7, state_text="{}", revision="2.ab", checkpoint=True).checkpoint
    assert checkpoint is not None
    assert checkpoints.checkpoint_item(checkpoint) == {
        "pk": {"S": "public#orders#a"},
        "sk": {"S": "checkpoint#2.ab#000000000007"},
        "state": {"S": "{}"},
    }


@given(append=APPENDS)
def test_records_come_back_from_their_items(append: Append) -> None:
    found = appends.append_items(append)
    assert len(found) == 2 + (append.receipt is not None) + (append.checkpoint is not None)
    assert items.commit_record(STREAM, found[0]) == append.commit
    assert items.head_record(STREAM, found[1]) == append.head
    if append.receipt is not None:
        assert items.receipt_record(STREAM, found[2]) == append.receipt
    if append.checkpoint is not None:
        assert checkpoints.checkpoint_record(STREAM, found[-1]) == append.checkpoint


@given(append=APPENDS)
def test_making_items_is_pure(append: Append) -> None:
    before = copy.deepcopy(append)
    first, second = appends.append_items(append), appends.append_items(append)
    assert first == second
    assert append == before
    # Neither does what a caller does to one reach another.
    first[0].clear()
    assert appends.append_items(append) == second


@given(first=VERSIONS, second=VERSIONS)
def test_sort_keys_of_commits_are_ordered_as_their_versions(first: int, second: int) -> None:
    assert (items.commit_sk(first) < items.commit_sk(second)) == (first < second)


def test_no_two_items_of_a_stream_share_a_key() -> None:
    append = new_append(STREAM, key="head", checkpoint=True)
    sort_keys = [item["sk"]["S"] for item in appends.append_items(append)]
    assert len(set(sort_keys)) == 4


class TestCompression:
    def test_a_text_is_plain_up_to_511_bytes(self) -> None:
        assert items.head_item(new_append(STREAM, state_text="x" * 511).head)["state"] == {
            "S": "x" * 511
        }

    def test_a_text_from_512_bytes_is_compressed(self) -> None:
        state = items.head_item(new_append(STREAM, state_text="x" * 512).head)["state"]
        assert zlib.decompress(state["B"]) == b"x" * 512

    def test_the_threshold_counts_bytes_and_not_characters(self) -> None:
        assert "B" in items.head_item(new_append(STREAM, state_text="\u00e9" * 256).head)["state"]
        assert "S" in items.head_item(new_append(STREAM, state_text="\u00e9" * 255).head)["state"]

    def test_a_text_that_compression_makes_no_smaller_stays_plain(self) -> None:
        # Each pair of characters occurs once, and all of them are needed.
        text = "".join(chr(0x4E00 + number * 37 % 20_000) for number in range(171))
        state = items.head_item(new_append(STREAM, state_text=text).head)["state"]
        compressed = state.get("B")
        assert compressed is None or len(compressed) < len(text.encode())
        assert compressed is not None or state == {"S": text}

    def test_a_number_of_any_size_stays_exact(self) -> None:
        text = encode({"sum": 10**4000 + 1})
        head = new_append(STREAM, state_text=text).head
        assert items.head_record(STREAM, items.head_item(head)).state_text == text


class TestSizes:
    def test_an_item_is_its_names_and_its_values(self) -> None:
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
        assert items.item_bytes({"pk": {"S": "ab"}, "\u00e9": {"S": "\u20ac"}}) == 4 + 5
        assert items.item_bytes({"b": {"B": b"123"}}) == 4

    @given(number=st.integers(-(10**38) + 1, 10**38 - 1))
    def test_a_number_is_never_smaller_than_billed(self, number: int) -> None:
        digits = len(str(abs(number)))
        billed = (digits + 1) // 2 + 1 + (number < 0)
        assert items.item_bytes({"n": {"N": str(number)}}) >= 1 + billed

    @pytest.mark.parametrize(("key", "units"), [(None, 4), ("k", 6)])
    def test_a_small_action_costs_two_units_an_item(self, key: str | None, units: int) -> None:
        assert appends.write_units(new_append(STREAM, 41, key=key, actor="ada")) == units

    def test_a_longest_key_and_id_cost_no_more(self) -> None:
        stream = Stream("public", "orders", "i" * 128)
        assert appends.write_units(new_append(stream, key="k" * 255, actor="a" * 128)) == 6

    def test_fifty_small_actions_cost_half_a_unit_each(self) -> None:
        actions = [
            {"type": "orders/lineAdded", "payload": {"sku": f"tea-{number}", "quantity": number}}
            for number in range(50)
        ]
        append = new_append(STREAM, 41, count=50, actions_text=encode(actions))
        assert appends.write_units(append) <= 25

    def test_an_action_on_a_state_of_50_kb_costs_at_most_30(self) -> None:
        lines = [
            {
                "sku": f"sku-{number * 7919 % 10_007}",
                "quantity": number % 9 + 1,
                "unitPriceCents": number * 104_729 % 99_991,
            }
            for number in range(1000)
        ]
        text = encode({"customer": "Ada", "lines": lines})
        assert len(text) > 50_000
        assert appends.write_units(new_append(STREAM, 41, state_text=text)) <= 30

    def test_a_started_kilobyte_is_a_whole_one(self) -> None:
        append = new_append(STREAM, state_text="{}", revision="")
        spare = 1024 - items.item_bytes(items.head_item(append.head))
        full = append._replace(head=append.head._replace(revision="r" * spare))
        over = append._replace(head=append.head._replace(revision="r" * (spare + 1)))
        assert appends.write_units(full) == 4
        assert appends.write_units(over) == 6


class TestLimits:
    def test_a_checkpoint_that_does_not_fit_is_refused(self) -> None:
        large = new_append(STREAM, state_text=incompressible(600_000), checkpoint=True).checkpoint
        assert large is not None
        with pytest.raises(TooLarge, match="The state as stored has"):
            checkpoints.checkpoint_item(large)

    @pytest.mark.parametrize("which", ["commit", "state", "receipt"])
    def test_a_refusal_says_which_item_is_too_large(self, which: str) -> None:
        large = incompressible(600_000)
        texts = {"commit": "actions_text", "state": "state_text", "receipt": "outcomes_text"}
        append = new_append(STREAM, key="k", **{texts[which]: large})  # type: ignore[arg-type]
        with pytest.raises(TooLarge, match=f"The {which} as stored has") as refusal:
            appends.append_items(append)
        assert refusal.value.size_bytes > refusal.value.limit_bytes == MAX_ITEM_BYTES

    @pytest.mark.parametrize(
        ("which", "text"),
        [("actions", "actions_text"), ("state", "state_text"), ("outcomes", "outcomes_text")],
    )
    def test_a_refusal_says_which_text_is_too_long(self, which: str, text: str) -> None:
        long: Any = {text: "x" * (MAX_STATE_BYTES + 1)}
        with pytest.raises(TooLarge, match=f"The {which} has") as refusal:
            appends.append_items(new_append(STREAM, key="k", **long))
        assert refusal.value.size_bytes == MAX_STATE_BYTES + 1

    def test_a_text_is_measured_in_bytes(self) -> None:
        text = "\u00e9" * (MAX_STATE_BYTES // 2)
        assert appends.append_items(new_append(STREAM, state_text=text))
        with pytest.raises(TooLarge):
            appends.append_items(new_append(STREAM, state_text=text + "x"))


GOOD = new_append(
    STREAM, 3, count=2, key="k", actor="ada", state_text=encode("x" * 2000), checkpoint=True
)
READERS: dict[str, Callable[[items.Item], object]] = {
    "commit": lambda item: items.commit_record(STREAM, item),
    "head": lambda item: items.head_record(STREAM, item),
    "receipt": lambda item: items.receipt_record(STREAM, item),
    "checkpoint": lambda item: checkpoints.checkpoint_record(STREAM, item),
}
ITEMS = dict(zip(READERS, appends.append_items(GOOD), strict=True))
# What a record cannot do without.
NEEDED = [
    (kind, name)
    for kind, names in {
        "commit": ("actions", "count", "recordedAt", "token"),
        "head": ("version", "state", "revision", "createdAt", "updatedAt", "replayBytes"),
        "receipt": ("fingerprint", "firstVersion", "outcomes", "expiresAt"),
        "checkpoint": ("state",),
    }.items()
    for name in names
]
PACKED = [
    ("commit", "actions"),
    ("head", "state"),
    ("receipt", "outcomes"),
    ("checkpoint", "state"),
]
COUNTED = [
    ("commit", "count"),
    ("head", "version"),
    ("head", "replayBytes"),
    ("receipt", "firstVersion"),
    ("receipt", "expiresAt"),
]


def assert_corrupt(kind: str, item: items.Item) -> None:
    sk = ITEMS[kind]["sk"]["S"]
    with pytest.raises(CorruptItem) as found:
        READERS[kind](item)
    assert isinstance(found.value, IntegrityError)
    assert "orders/a" in str(found.value)
    assert sk in str(found.value)
    assert "public" not in str(found.value)


class TestCorruptItems:
    @pytest.mark.parametrize(("kind", "name"), NEEDED)
    def test_an_attribute_that_is_missing(self, kind: str, name: str) -> None:
        item = dict(ITEMS[kind])
        del item[name]
        assert_corrupt(kind, item)

    @pytest.mark.parametrize(("kind", "name"), NEEDED)
    @pytest.mark.parametrize(
        "value",
        [{"NULL": True}, {"BOOL": True}, {"L": []}, {"M": {}}, {"SS": ["x"]}, {}],
        ids=["null", "bool", "list", "map", "set", "nothing"],
    )
    def test_an_attribute_of_another_type(
        self, kind: str, name: str, value: dict[str, Any]
    ) -> None:
        assert_corrupt(kind, {**ITEMS[kind], name: value})

    @pytest.mark.parametrize(("kind", "name"), PACKED)
    @pytest.mark.parametrize(
        "packed",
        [
            b"",
            b"no zlib",
            zlib.compress(b"cut short" * 9)[:-5],
            zlib.compress(b"damaged" * 9)[:-1] + b"?",
            zlib.compress(b"\xff is not UTF-8"),
        ],
        ids=["empty", "no zlib", "cut", "damaged", "no utf-8"],
    )
    def test_a_text_that_cannot_be_unpacked(self, kind: str, name: str, packed: bytes) -> None:
        assert_corrupt(kind, {**ITEMS[kind], name: {"B": packed}})

    @pytest.mark.parametrize(("kind", "name"), COUNTED)
    @pytest.mark.parametrize("number", ["", "x", "1.5", "1e3", "NaN"])
    def test_a_number_that_is_none(self, kind: str, name: str, number: str) -> None:
        assert_corrupt(kind, {**ITEMS[kind], name: {"N": number}})

    @pytest.mark.parametrize("sk", ["commit#", "commit#x", "commit#1.5", "commitment#000000000001"])
    def test_a_commit_whose_sort_key_names_no_version(self, sk: str) -> None:
        with pytest.raises(CorruptItem, match="orders/a") as caught:
            items.commit_record(STREAM, {**ITEMS["commit"], "sk": {"S": sk}})
        assert type(caught.value.__cause__).__name__ in str(caught.value)

    @pytest.mark.parametrize(("kind", "name"), PACKED)
    @pytest.mark.parametrize("text", ["", "{", '{"a":1', "]{", "no JSON", "nul"])
    def test_a_text_that_was_cut_or_is_no_json(self, kind: str, name: str, text: str) -> None:
        assert_corrupt(kind, {**ITEMS[kind], name: {"S": text}})

    @pytest.mark.parametrize("kind", READERS)
    def test_says_what_to_do(self, kind: str) -> None:
        item = {name: value for name, value in ITEMS[kind].items() if name in ("pk", "sk")}
        advice = "roundtrip repair" if kind in ("head", "checkpoint") else "backup"
        with pytest.raises(CorruptItem, match=advice):
            READERS[kind](item)

    @pytest.mark.parametrize("sk", ["checkpoint#", "checkpoint#1#", "checkpoint#1#x"])
    def test_a_checkpoint_whose_sort_key_names_no_version(self, sk: str) -> None:
        with pytest.raises(CorruptItem, match="orders/a"):
            checkpoints.checkpoint_record(STREAM, {**ITEMS["checkpoint"], "sk": {"S": sk}})

    def test_an_actor_of_another_type(self) -> None:
        assert_corrupt("commit", {**ITEMS["commit"], "actor": {"N": "1"}})

    @pytest.mark.parametrize("kind", READERS)
    def test_an_attribute_too_many_is_none_of_our_business(self, kind: str) -> None:
        assert READERS[kind]({**ITEMS[kind], "note": {"S": "an operator's"}})
