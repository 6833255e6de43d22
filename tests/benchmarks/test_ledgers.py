import pytest

from benchmarks import ledgers
from roundtrip.redux import Action
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.jsontext import encode
from roundtrip.storage.dynamodb import items
from roundtrip.storage.records import Head, Stream

(STORE,) = ledgers.LEDGERS


def state_text(rows: list[dict[str, object]]) -> str:
    actions = [Action.from_json(action) for action in ledgers.loading(rows)]
    return reduce_batch(STORE.reducer, STORE.reducer.initial_text(), actions).state_text


def stored_bytes(text: str) -> int:
    moment = "2026-01-02T03:04:05.678Z"
    stream = Stream("public", "ledgers", "0198c0de-0000-7000-8000-000000000001")
    return items.item_bytes(items.head_item(Head(stream, 2, text, "1", moment, moment)))


@pytest.mark.parametrize("kilobytes", [1, 16, 350])
def test_rows_fill_a_head_of_the_requested_size(kilobytes: int) -> None:
    text = state_text(ledgers.rows_as_stored(kilobytes * 1024))

    assert 0.9 * kilobytes * 1024 < stored_bytes(text) <= kilobytes * 1024


def test_a_change_keeps_the_size() -> None:
    text = state_text(ledgers.rows_as_stored(4096))

    for number in range(100):
        action = Action.from_json(ledgers.repetitions_changed(number))
        text = reduce_batch(STORE.reducer, text, [action]).state_text
        assert 0.95 * 4096 < stored_bytes(text) <= 4096


@pytest.mark.parametrize("with_ids", [False, True])
def test_rows_make_a_state_of_at_least_the_requested_text(with_ids: bool) -> None:
    rows = ledgers.rows_as_text(50 * 1024, with_ids=with_ids)

    assert len(state_text(rows)) >= 50 * 1024
    assert len(encode({"rows": rows[:-1]})) < 50 * 1024


def test_rows_are_the_same_each_time_and_differ_among_themselves() -> None:
    rows = ledgers.make_rows(50, with_ids=True)

    assert rows == ledgers.make_rows(50, with_ids=True)
    assert len({row["id"] for row in rows}) == 50


def test_all_rows_are_loaded_in_order() -> None:
    rows = ledgers.make_rows(2500, with_ids=False)

    assert [row for action in ledgers.loading(rows) for row in action["payload"]] == rows
    assert len(ledgers.loading(rows)) == 3
