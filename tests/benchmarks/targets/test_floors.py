from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.targets import UnexpectedAnswer
from benchmarks.targets.coupled import ColdCache, Warm
from benchmarks.targets.floors import Floor, exercise
from roundtrip.storage.dynamodb import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.targets import Operation
    from benchmarks.targets.floors import Kind

pytestmark = pytest.mark.engine

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module")
def engine(ministack_endpoint: str) -> Engine:
    return Engine("ministack", ministack_endpoint)


@pytest.fixture(scope="module")
def table(engine: Engine) -> str:
    return engine.table()


@contextlib.contextmanager
def requests(client: Any) -> Iterator[list[tuple[str, Any]]]:
    """Collect what a client is asked to send: operation and parameters."""
    found: list[tuple[str, Any]] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        found.append((model.name, params))

    client.meta.events.register("provide-client-params.dynamodb.*", note)
    try:
        yield found
    finally:
        client.meta.events.unregister("provide-client-params.dynamodb.*", note)


def anonymous(value: Any) -> Any:
    """Give the same value for any id and any time."""
    match value:
        case dict():
            return {key: anonymous(inner) for key, inner in value.items()}
        case list() | tuple():
            return [anonymous(inner) for inner in value]
        case str():
            return _TIMESTAMP.sub("<timestamp>", _UUID.sub("<id>", value))
        case _:
            return value


def test_anonymous_hides_nothing_but_ids_and_times() -> None:
    value = ("x#2f0c1c3e-8a51-4a2b-9d5e-0123456789ab", {"a": "2026-01-02T03:04:05.678Z"}, b"b", 1)

    assert anonymous(value) == ["x#<id>", {"a": "<timestamp>"}, b"b", 1]


@pytest.mark.parametrize("operation", ["create", "update"])
@pytest.mark.parametrize("cold", [False, True])
def test_a_write_is_the_services_own_byte_for_byte_but_for_ids_and_times(
    engine: Engine, table: str, operation: Operation, cold: bool
) -> None:
    container, maker = Container(engine, table), Container(engine, table)
    service = ColdCache(container, maker) if cold else Warm(container)
    floor = Floor(engine, table, "get-transact" if cold else "transact")

    call = service.prepare(operation, 5)
    with requests(container.client) as of_service:
        call.check(call.send())
    call = floor.prepare(operation, 5)
    with requests(floor._client) as of_floor:
        call.check(call.send())

    assert anonymous(of_floor) == anonymous(of_service)
    assert of_floor != of_service


def test_a_read_is_the_services_own(engine: Engine, table: str) -> None:
    container, floor = Container(engine, table), Floor(engine, table, "get")

    call = Warm(container).prepare("read", 1)
    with requests(container.client) as of_service:
        call.check(call.send())
    call = floor.prepare("read", 1)
    with requests(floor._client) as of_floor:
        call.check(call.send())

    assert anonymous(of_floor) == anonymous(of_service)


def test_the_client_is_set_up_as_the_services(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs: list[dict[str, Any]] = []
    make: Any = boto3.client

    def noted(*arguments: Any, config: Any, **options: Any) -> Any:
        configs.append(config._user_provided_options)
        return make(*arguments, config=config, **options)

    monkeypatch.setattr(boto3, "client", noted)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")

    connect(region_name="us-east-1", endpoint_url=engine.endpoint_url)
    engine.client()

    assert configs[0] == configs[1]


@pytest.mark.parametrize(
    ("kind", "operation"),
    [("get", "read"), ("transact", "create"), ("get-transact", "create"), ("transact", "update")],
)
def test_just_before_it_is_timed_a_floor_is_answered_something_else(
    engine: Engine, table: str, kind: Kind, operation: Operation
) -> None:
    floor = Floor(engine, table, kind)

    with requests(floor._client) as sent:
        floor.prepare(operation, 1)

    operation_name, asked = sent[-1]
    assert operation_name == "GetItem"
    assert asked["Key"]["pk"] == {"S": "public#salesOrders#nobody"}


@pytest.mark.parametrize(
    ("kind", "operation"), [("get", "update"), ("transact", "read"), ("get-transact", "read")]
)
def test_a_floor_refuses_what_it_does_not_lie_under(
    engine: Engine, table: str, kind: Kind, operation: Operation
) -> None:
    with pytest.raises(ValueError, match=f"floor-{kind}"):
        Floor(engine, table, kind).prepare(operation, 1)


def test_a_read_of_nothing_is_no_sample(engine: Engine, table: str) -> None:
    call = Floor(engine, table, "get").prepare("read", 1)

    with pytest.raises(UnexpectedAnswer, match="an item"):
        call.check({})


def test_a_write_that_was_not_made_is_no_sample(engine: Engine, table: str) -> None:
    call = Floor(engine, table, "get-transact").prepare("create", 1)
    failed = {"ResponseMetadata": {"HTTPStatusCode": 500}}

    with pytest.raises(UnexpectedAnswer, match="status 200"):
        call.check(({}, failed))
    with pytest.raises(UnexpectedAnswer, match="no item"):
        call.check(({"Item": {}}, failed))


def test_exercise_writes_as_often_as_asked(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []
    write = Floor._write

    def noted(floor: Floor, transaction: Any) -> Any:
        written.append(transaction)
        return write(floor, transaction)

    monkeypatch.setattr(Floor, "_write", noted)

    exercise(engine, 3)

    assert len(written) == 3
