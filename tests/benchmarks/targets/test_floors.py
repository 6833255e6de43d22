import contextlib
import re
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.targets import Operation, UnexpectedAnswer
from benchmarks.targets.coupled import Coupled
from benchmarks.targets.floors import Floor, Kind, exercise
from roundtrip.storage.dynamodb.client import Client

pytestmark = pytest.mark.engine

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@contextlib.contextmanager
def requests(client: Any) -> Iterator[list[tuple[str, Any]]]:
    """Collect what a client is asked to send: operation and parameters."""
    found: list[tuple[str, Any]] = []
    if isinstance(client, Client):
        call = client.call

        def asked(operation: str, request: dict[str, Any]) -> dict[str, Any]:
            found.append((operation, request))
            return call(operation, request)

        with patch.object(client, "call", asked):
            yield found
        return

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        found.append((model.name, params))

    client.meta.events.register("provide-client-params.dynamodb.*", note)
    try:
        yield found
    finally:
        client.meta.events.unregister("provide-client-params.dynamodb.*", note)


def anonymous(value: Any) -> Any:
    """Return the same value for any id and any time."""
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


@pytest.mark.parametrize("own", [False, True], ids=["boto3", "own"])
@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        ("transact", "create"),
        ("transact", "update"),
        ("get-transact", "create"),
        ("get-transact", "update"),
        ("get", "read"),
    ],
)
def test_a_floor_sends_the_services_own_requests_but_for_ids_and_times(
    engine: Engine, table: str, kind: Kind, operation: Operation, *, own: bool
) -> None:
    container = Container(engine, table)
    maker = Container(engine, table) if kind == "get-transact" else None
    service, floor = Coupled(container, maker=maker), Floor(engine, table, kind, own=own)

    call = service.prepare(operation, 5)
    with requests(container.client) as of_service:
        call.check(call.send())
    with requests(floor.bare.client) as of_floor:
        call = floor.prepare(operation, 5)
        name, asked = of_floor.pop()
        call.check(call.send())

    assert anonymous(of_floor) == anonymous(of_service)
    assert of_floor != of_service
    # Just before it is timed it gets another answer.
    assert (name, asked["Key"]["pk"]) == ("GetItem", {"S": "public#salesOrders#nobody"})


@pytest.mark.parametrize(
    ("kind", "operation"), [("get", "update"), ("transact", "read"), ("get-transact", "read")]
)
def test_a_floor_refuses_operations_that_it_is_not_under(
    engine: Engine, table: str, kind: Kind, operation: Operation
) -> None:
    with pytest.raises(ValueError, match=f"floor-{kind}"):
        Floor(engine, table, kind).prepare(operation, 1)


@pytest.mark.parametrize(
    ("kind", "operation", "answers", "expected"),
    [
        ("get", "read", ({}, None), "an item"),
        ("get-transact", "create", ({"Item": {}}, {}), "no item"),
    ],
)
def test_a_wrong_answer_is_no_sample(
    engine: Engine, table: str, kind: Kind, operation: Operation, answers: Any, expected: str
) -> None:
    call = Floor(engine, table, kind).prepare(operation, 1)

    with pytest.raises(UnexpectedAnswer, match=expected):
        call.check(answers)


def test_exercise_writes_as_often_as_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[Any] = []
    prepare = Floor.prepare

    def noted(floor: Floor, operation: Operation, number: int) -> Any:
        prepared.append(operation)
        return prepare(floor, operation, number)

    monkeypatch.setattr(Floor, "prepare", noted)

    exercise(engine, 3)

    assert prepared == ["create"] * 3
