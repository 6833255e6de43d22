from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.containers import read
from benchmarks.engines import Engine
from benchmarks.measures import growth
from benchmarks.sites import TARGETS
from benchmarks.subjects import Sizes, subjects
from benchmarks.targets import UnexpectedAnswer
from roundtrip.storage.items import item_bytes
from tests.integration.http.dynamo import sent

if TYPE_CHECKING:
    from benchmarks.samples import Growth
    from benchmarks.sites import Site

pytestmark = pytest.mark.engine

SIZES = Sizes(
    stream_length=(1, 150, 1000),
    state_bytes=(1024, 16 * 1024),
    batch_actions=(1, 20),
    streams=(1, 30),
    calls=2,
    state_calls=1,
)
NAMES = {
    "stream-length": SIZES.stream_length,
    "state-bytes": SIZES.state_bytes,
    "batch-actions": SIZES.batch_actions,
    "streams": SIZES.streams,
}
NOTHING = Sizes(stream_length=(), state_bytes=(), batch_actions=(), streams=())


@pytest.fixture(scope="module")
def engine(ministack_endpoint: str) -> Engine:
    return Engine("ministack", ministack_endpoint)


@pytest.fixture(scope="module")
def rows(engine: Engine) -> list[Growth]:
    return list(growth.measure(engine, SIZES, rounds=1))


@pytest.fixture(scope="module")
def sites(engine: Engine) -> dict[tuple[str, int], Site]:
    made = [site for make in subjects(SIZES) for site in make(engine)]
    return {(site.subject, site.size): site for site in made}


def test_every_target_is_timed_at_every_size_in_every_round(rows: list[Growth]) -> None:
    counted = Counter(
        (row.subject, row.size, row.target, row.round) for row in rows if row.metric == "elapsed_ms"
    )

    assert counted == {
        (subject, size, target, lap): 1 if subject == "state-bytes" else 2
        for subject, sizes in NAMES.items()
        for size in sizes
        for target in TARGETS
        for lap in range(1)
    }
    assert all(row.value > 0 for row in rows if row.metric == "elapsed_ms")


def units(rows: list[Growth], subject: str, target: str, kind: str) -> dict[int, set[float]]:
    found: dict[int, set[float]] = {}
    for row in rows:
        if (row.subject, row.target, row.metric) == (subject, target, f"{kind}_units"):
            found.setdefault(row.size, set()).add(row.value)
    return found


@pytest.mark.parametrize("target", TARGETS)
def test_write_units_move_with_the_state_and_with_nothing_else(
    rows: list[Growth], target: str
) -> None:
    assert units(rows, "stream-length", target, "write") == {1: {4}, 150: {4}, 1000: {4}}
    assert units(rows, "streams", target, "write") == {1: {4}, 30: {4}}
    assert units(rows, "batch-actions", target, "write") == {1: {4}, 20: {4}}
    # Two for the commit, and two for each KB of the head.
    assert units(rows, "state-bytes", target, "write") == {1024: {4}, 16 * 1024: {34}}


def test_only_who_reads_first_uses_read_units(rows: list[Growth]) -> None:
    for target in ("coupled-warm", "floor-transact"):
        assert units(rows, "state-bytes", target, "read") == {1024: {0}, 16 * 1024: {0}}
    for target in ("coupled-cold-cache", "floor-get-transact"):
        assert units(rows, "state-bytes", target, "read") == {1024: {1}, 16 * 1024: {4}}


@pytest.mark.parametrize("size", SIZES.stream_length)
def test_a_stream_is_as_long_as_it_is_said_to_be(
    sites: dict[tuple[str, int], Site], size: int
) -> None:
    site = sites["stream-length", size]

    for target in ("coupled-warm", "coupled-cold-cache"):
        for number in range(40 if size == 1000 else 3):
            call = site.call(target, number)
            answer = call.send()
            call.check(answer)
            # One more is what was measured.
            version = read(answer).json["version"] - 1
            assert version == size or (size >= 1000 and size <= version <= 1.06 * size)


@pytest.mark.parametrize("size", SIZES.state_bytes)
def test_a_state_is_stored_as_large_as_it_is_said_to_be(
    sites: dict[tuple[str, int], Site], size: int
) -> None:
    site = sites["state-bytes", size]
    call = site.call("floor-get-transact", 1)

    found, _ = call.send()

    assert 0.9 * size < item_bytes(found["Item"]) <= size


@pytest.mark.parametrize("size", SIZES.batch_actions)
def test_a_batch_has_as_many_actions_as_it_is_said_to_have(
    sites: dict[tuple[str, int], Site], size: int
) -> None:
    site = sites["batch-actions", size]

    answer = read(site.call("coupled-warm", 1).send())

    assert len(answer.json["outcomes"]) == size


@pytest.mark.parametrize("size", SIZES.streams)
def test_a_table_has_as_many_streams_as_it_is_said_to_have(
    engine: Engine, sites: dict[tuple[str, int], Site], size: int
) -> None:
    site = sites["streams", size]
    pages = engine.client().get_paginator("scan").paginate(TableName=site.crew.table)
    found: list[Any] = [item for page in pages for item in page["Items"]]

    # A head and a commit each; the two that are written to come later.
    assert Counter(item["sk"]["S"] for item in found) == {
        "head": size,
        "commit#000000000001": size,
    }


def test_streams_put_into_a_table_are_as_the_service_makes_them(
    sites: dict[tuple[str, int], Site],
) -> None:
    site = sites["streams", 30]
    listed = site.crew.warm.send("GET", "/sales-orders?limit=5").json["items"]

    for order in listed:
        path = f"/stores/salesOrders/{order['id']}"
        answer = site.crew.warm.send("POST", f"{path}/actions", site.action(1))
        assert (answer.status, answer.json["version"]) == (200, 2)
        assert len(site.crew.warm.send("GET", f"{path}/events").json["events"]) == 2


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("place", [("stream-length", 1), ("state-bytes", 1024)])
def test_just_before_it_is_timed_each_target_is_answered_something_else(
    sites: dict[tuple[str, int], Site], target: str, place: tuple[str, int]
) -> None:
    site = sites[place]

    with sent(site.client(target)) as operations:
        site.call(target, 1)

    assert operations[-1:] == ["GetItem"]


def test_a_target_that_sends_other_requests_ends_the_measurement(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(growth._REQUESTS, "coupled-warm", ["GetItem", "TransactWriteItems"])
    sizes = Sizes(stream_length=(1,), state_bytes=(), batch_actions=(), streams=(), calls=1)

    with pytest.raises(UnexpectedAnswer, match="GetItem"):
        list(growth.measure(engine, sizes, rounds=1))


def test_a_refused_dispatch_is_no_sample(sites: dict[tuple[str, int], Site]) -> None:
    call = sites["stream-length", 1].call("coupled-warm", 1)
    rejected = '{"outcomes": [{"status": "rejected"}]}'

    with pytest.raises(UnexpectedAnswer, match="all applied"):
        call.check({"statusCode": 200, "body": rejected})


def test_a_floor_that_finds_no_head_is_no_sample(sites: dict[tuple[str, int], Site]) -> None:
    call = sites["stream-length", 1].call("floor-get-transact", 1)

    with pytest.raises(UnexpectedAnswer, match="a head"):
        call.check(({}, {}))


def test_subjects_without_sizes_are_left_out(engine: Engine) -> None:
    assert list(growth.measure(engine, NOTHING, rounds=1)) == []
