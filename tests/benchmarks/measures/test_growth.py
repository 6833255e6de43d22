from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.containers import read
from benchmarks.engines import Engine
from benchmarks.measures import growth
from benchmarks.measures.growth import REQUESTS, TARGETS, Site, subjects
from benchmarks.plan import Sizes, read_plan
from benchmarks.targets import UnexpectedAnswer
from tests.integration.http.dynamo import sent

pytestmark = pytest.mark.engine

SIZES = Sizes(
    stream_length=(1, 150, 1000),
    batch_actions=(1, 20),
    streams=(1, 30),
    calls=1,
)
NOTHING = Sizes(stream_length=(), batch_actions=(), streams=(), calls=1)


@pytest.fixture(scope="module")
def sites(engine: Engine) -> dict[tuple[str, int], Site]:
    made = [site for sites in subjects(engine, SIZES) for site in sites]
    return {(site.subject, site.size): site for site in made}


@pytest.mark.parametrize(("size", "calls"), [(1, 3), (150, 2), (1000, 30)])
def test_a_stream_has_its_length(sites: dict[tuple[str, int], Site], size: int, calls: int) -> None:
    site = sites["stream-length", size]
    for target in ("coupled-warm", "coupled-cold-cache"):
        for number in range(calls):
            call = site.call(target, number)
            result = call.send()
            call.check(result)
            # One more is what was measured.
            version = read(result).json["version"] - 1
            assert version == size or (size >= 1000 and size <= version <= 1.06 * size)


@pytest.mark.parametrize("size", SIZES.batch_actions)
def test_a_batch_has_its_number_of_actions(sites: dict[tuple[str, int], Site], size: int) -> None:
    answer = read(sites["batch-actions", size].call("coupled-warm", 1).send())

    assert len(answer.json["outcomes"]) == size


def test_a_table_has_its_number_of_streams_as_the_service_makes_them(
    engine: Engine, sites: dict[tuple[str, int], Site]
) -> None:
    for size in SIZES.streams:
        crew = sites["streams", size].crew
        found: list[Any] = engine.client().scan(TableName=crew.table)["Items"]
        # A head and a commit each; the two that are written are made when they are used.
        assert Counter(item["sk"]["S"] for item in found) == {
            "head": size,
            "commit#000000000001": size,
        }
        for order in crew.warm.send("GET", "/sales-orders?limit=5").json["items"]:
            path = f"/stores/salesOrders/{order['id']}"
            action = sites["streams", size].action(1)
            answer = crew.warm.send("POST", f"{path}/actions", action)
            assert (answer.status, answer.json["version"]) == (200, 2)
            assert len(crew.warm.send("GET", f"{path}/events").json["events"]) == 2


def test_reads_are_of_the_newest_state_and_of_states_in_the_middle_half(
    sites: dict[tuple[str, int], Site],
) -> None:
    site = sites["stream-length", 1000]
    for number in range(5):
        for target, low, high in (("coupled-read", 1000, 1060), ("coupled-middle", 250, 750)):
            call = site.call(target, number)
            result = call.send()
            call.check(result)
            assert low <= read(result).json["version"] <= high


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("place", [("stream-length", 1), ("streams", 30)])
def test_just_before_it_is_timed_each_target_gets_another_answer(
    sites: dict[tuple[str, int], Site], target: str, place: tuple[str, int]
) -> None:
    site = sites[place]

    with sent(site.client(target)) as operations:
        site.call(target, 1)

    assert operations[-1:] == ["GetItem"]


def test_a_target_that_sends_other_requests_ends_the_measurement(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REQUESTS, "coupled-warm", ["GetItem", "TransactWriteItems"])
    plan = replace(read_plan("quick"), sizes=replace(NOTHING, stream_length=(1,)))

    with pytest.raises(UnexpectedAnswer, match="GetItem"):
        list(growth.measure(engine, plan))


@pytest.mark.parametrize(
    ("target", "result", "expected"),
    [
        (
            "coupled-warm",
            {"statusCode": 200, "body": '{"outcomes": [{"status": "rejected"}]}'},
            "all applied",
        ),
        ("coupled-middle", {"statusCode": 404, "body": "{}"}, "status 200"),
        ("floor-get-transact", ({}, {}), "an item"),
    ],
)
def test_a_refused_dispatch_and_a_missing_head_are_no_samples(
    sites: dict[tuple[str, int], Site], target: str, result: Any, expected: str
) -> None:
    call = sites["stream-length", 1000].call(target, 1)

    with pytest.raises(UnexpectedAnswer, match=expected):
        call.check(result)


def test_subjects_without_sizes_are_left_out(engine: Engine) -> None:
    assert list(growth.measure(engine, replace(read_plan("quick"), sizes=NOTHING))) == []
