import io
import json
import os
import sys
from typing import Any

import pytest

from benchmarks import containers
from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.targets import OPERATIONS, Operation, UnexpectedAnswer
from benchmarks.targets.coupled import Coupled
from tests.integration.http.dynamo import sent, transactions

pytestmark = pytest.mark.engine
WARM = {"create": ["TransactWriteItems"], "update": ["TransactWriteItems"], "read": ["GetItem"]}
COLD = {
    "create": ["GetItem", "TransactWriteItems"],
    "update": ["GetItem", "TransactWriteItems"],
    "read": ["GetItem"],
}


@pytest.fixture(scope="module")
def container(engine: Engine, table: str) -> Container:
    return Container(engine, table)


@pytest.fixture(scope="module")
def targets(engine: Engine, table: str, container: Container) -> dict[str, Coupled]:
    made = [
        Coupled(container),
        Coupled(container, keyed=True),
        Coupled(container, maker=Container(engine, table)),
    ]
    return {target.name: target for target in made}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("name", "needed"),
    [("coupled-warm", WARM), ("coupled-with-key", WARM), ("coupled-cold-cache", COLD)],
)
def test_a_target_sends_what_it_needs_just_after_another_answer(
    container: Container,
    targets: dict[str, Coupled],
    operation: Operation,
    name: str,
    needed: dict[str, list[str]],
) -> None:
    for number in range(2):
        with sent(container.client) as before:
            call = targets[name].prepare(operation, number)
        with sent(container.client) as operations:
            answer = call.send()
        call.check(answer)
        assert before[-1:] == ["GetItem"]
        assert operations == needed[operation]


@pytest.mark.parametrize(("name", "items"), [("coupled-warm", 2), ("coupled-with-key", 3)])
@pytest.mark.parametrize("operation", ["create", "update"])
def test_only_with_a_key_a_receipt_is_written(
    container: Container, targets: dict[str, Coupled], operation: Operation, name: str, items: int
) -> None:
    for number in range(2):
        call = targets[name].prepare(operation, number)
        with transactions(container.client) as written:
            call.check(call.send())
        assert [len(transaction) for transaction in written] == [items]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_failed_request_is_no_sample(targets: dict[str, Coupled], operation: Operation) -> None:
    call = targets["coupled-warm"].prepare(operation, 1)

    with pytest.raises(UnexpectedAnswer, match=operation):
        call.check({"statusCode": 503, "body": "{}"})


def test_an_update_and_a_read_are_checked_to_show_their_order(
    targets: dict[str, Coupled],
) -> None:
    target = targets["coupled-warm"]
    one, other = target.prepare("update", 1), target.prepare("update", 2)
    with pytest.raises(UnexpectedAnswer):
        one.check(other.send())
    with pytest.raises(UnexpectedAnswer):
        target.prepare("read", 1).check(one.send())


def test_logs_and_metrics_are_written_as_deployed_but_not_to_the_terminal(
    engine: Engine,
    table: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = io.StringIO()
    monkeypatch.setattr(containers, "_nowhere", lambda: log)
    container = Container(engine, table)

    container.send("GET", "/stores/salesOrders/none")
    container.send("POST", "/stores/salesOrders/so-1/actions", {"type": "salesOrders/cancelled"})

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
