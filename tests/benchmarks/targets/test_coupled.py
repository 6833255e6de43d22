from __future__ import annotations

import io
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import containers
from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.targets import UnexpectedAnswer
from benchmarks.targets.coupled import ColdCache, Warm
from tests.integration.http.dynamo import sent, transactions

if TYPE_CHECKING:
    from benchmarks.targets import Operation

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def engine(ministack_endpoint: str) -> Engine:
    return Engine("ministack", ministack_endpoint)


@pytest.fixture(scope="module")
def table(engine: Engine) -> str:
    return engine.table()


@pytest.fixture(scope="module")
def container(engine: Engine, table: str) -> Container:
    return Container(engine, table)


@pytest.fixture(scope="module")
def maker(engine: Engine, table: str) -> Container:
    return Container(engine, table)


@pytest.mark.parametrize(
    ("operation", "needed"),
    [
        ("create", ["TransactWriteItems"]),
        ("update", ["TransactWriteItems"]),
        ("read", ["GetItem"]),
    ],
)
@pytest.mark.parametrize("keyed", [False, True])
def test_a_warm_container_needs_one_request(
    container: Container, operation: Operation, needed: list[str], keyed: bool
) -> None:
    call = Warm(container, keyed=keyed).prepare(operation, 7)

    with sent(container.client) as operations:
        answer = call.send()

    call.check(answer)
    assert operations == needed


@pytest.mark.parametrize(
    ("operation", "needed"),
    [
        ("create", ["GetItem", "TransactWriteItems"]),
        ("update", ["GetItem", "TransactWriteItems"]),
        ("read", ["GetItem"]),
    ],
)
def test_a_container_with_a_cold_cache_reads_first(
    container: Container, maker: Container, operation: Operation, needed: list[str]
) -> None:
    target = ColdCache(container, maker)

    for number in range(3):
        call = target.prepare(operation, number)
        with sent(container.client) as operations:
            answer = call.send()
        call.check(answer)
        assert operations == needed


@pytest.mark.parametrize("operation", ["create", "update", "read"])
@pytest.mark.parametrize("cold", [False, True])
def test_just_before_it_is_timed_a_container_is_answered_something_else(
    container: Container, maker: Container, operation: Operation, cold: bool
) -> None:
    target = ColdCache(container, maker) if cold else Warm(container)

    with sent(container.client) as operations:
        target.prepare(operation, 1)

    assert operations[-1:] == ["GetItem"]


@pytest.mark.parametrize(("keyed", "items"), [(False, 2), (True, 3)])
@pytest.mark.parametrize("operation", ["create", "update"])
def test_only_with_a_key_a_receipt_is_written(
    container: Container, operation: Operation, keyed: bool, items: int
) -> None:
    target = Warm(container, keyed=keyed)

    for number in range(2):
        call = target.prepare(operation, number)
        with transactions(container.client) as written:
            call.check(call.send())
        assert [len(transaction) for transaction in written] == [items]


def test_names_are_those_of_samples(container: Container, maker: Container) -> None:
    assert Warm(container).name == "coupled-warm"
    assert Warm(container, keyed=True).name == "coupled-with-key"
    assert ColdCache(container, maker).name == "coupled-cold-cache"


@pytest.mark.parametrize("operation", ["create", "update", "read"])
def test_a_failed_request_is_no_sample(container: Container, operation: Operation) -> None:
    call = Warm(container).prepare(operation, 1)

    with pytest.raises(UnexpectedAnswer, match=operation):
        call.check({"statusCode": 503, "body": "{}"})


def test_an_update_is_checked_to_be_the_one_asked_for(container: Container) -> None:
    target = Warm(container)
    one, other = target.prepare("update", 1), target.prepare("update", 2)

    with pytest.raises(UnexpectedAnswer):
        one.check(other.send())


def test_a_read_is_checked_to_show_the_order_as_created(container: Container) -> None:
    read, update = (Warm(container).prepare(name, 1) for name in ("read", "update"))

    with pytest.raises(UnexpectedAnswer):
        read.check(update.send())


def test_logs_and_metrics_are_written_as_deployed_but_not_to_the_terminal(
    engine: Engine,
    table: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = io.StringIO()
    monkeypatch.setattr(containers, "_nowhere", lambda: log)

    Container(engine, table).send("GET", "/stores/salesOrders/none")
    Container(engine, table).send(
        "POST", "/stores/salesOrders/so-1/actions", {"type": "salesOrders/cancelled"}
    )

    lines: list[dict[str, Any]] = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines if "message" in line] == ["request", "request"]
    assert any("Rejections" in line for line in lines if "_aws" in line)
    assert capsys.readouterr() == ("", "")


def test_a_container_leaves_the_process_as_it_was(engine: Engine, table: str) -> None:
    environment, modules = dict(os.environ), set(sys.modules)

    Container(engine, table)

    assert dict(os.environ) == environment
    assert set(sys.modules) == modules


def test_a_request_that_is_not_routed_is_refused(container: Container) -> None:
    with pytest.raises(ValueError, match="routes"):
        container.invocation("TRACE", "/health")
