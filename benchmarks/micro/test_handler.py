"""The handler with a DynamoDB that answers at once, beside a bare client with the same one.

What the handler takes beyond the client is the service itself.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.containers import Container, read
from benchmarks.micro.network import NOBODY, answer_at_once
from benchmarks.micro.subjects import NAMES, SMALL, SUBJECTS, TABLE
from benchmarks.orders import ORDER
from roundtrip.storage import items, requests

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.micro.subjects import Subject

KEYS = {"no key": {}, "with a key": {"idempotency-key": "7f3a"}}


@pytest.mark.benchmark(group="handler")
def test_create(benchmark: BenchmarkFixture) -> None:
    container = warm(SMALL)
    invocation = container.invocation("POST", "/sales-orders", ORDER)
    assert read(benchmark(container.invoke, invocation)).status == HTTPStatus.CREATED


@pytest.mark.benchmark(group="handler")
@pytest.mark.parametrize("subject", SUBJECTS, ids=NAMES)
@pytest.mark.parametrize("headers", KEYS.values(), ids=KEYS)
def test_update(benchmark: BenchmarkFixture, subject: Subject, headers: dict[str, str]) -> None:
    container = warm(subject)
    path = f"{path_of(subject)}/actions"
    invocation = container.invocation("POST", path, subject.document, headers)
    assert read(benchmark(container.invoke, invocation)).json["outcomes"][0]["status"] == "applied"


@pytest.mark.benchmark(group="handler")
@pytest.mark.parametrize("subject", SUBJECTS, ids=NAMES)
def test_read(benchmark: BenchmarkFixture, subject: Subject) -> None:
    container = warm(subject)
    invocation = container.invocation("GET", path_of(subject))
    assert read(benchmark(container.invoke, invocation)).json["version"] == 1


@pytest.mark.benchmark(group="bare client")
@pytest.mark.parametrize("subject", SUBJECTS, ids=NAMES)
@pytest.mark.parametrize("headers", KEYS.values(), ids=KEYS)
def test_transact_write_items(
    benchmark: BenchmarkFixture, subject: Subject, headers: dict[str, str]
) -> None:
    client = NOBODY.client()
    answer_at_once(client)
    request: Any = requests.transact_append(TABLE, subject.append(keyed=bool(headers)))
    answer = benchmark(client.transact_write_items, **request)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.OK


@pytest.mark.benchmark(group="bare client")
@pytest.mark.parametrize("subject", SUBJECTS, ids=NAMES)
def test_get_item(benchmark: BenchmarkFixture, subject: Subject) -> None:
    client = NOBODY.client()
    answer_at_once(client, subject.head)
    request: Any = requests.get_item(TABLE, subject.stream, items.HEAD_SK)
    assert benchmark(client.get_item, **request)["Item"]["version"] == {"N": "1"}


def path_of(subject: Subject) -> str:
    return f"/stores/{subject.store.name}/{subject.stream.id}"


def warm(subject: Subject) -> Container:
    container = Container(NOBODY, TABLE, [subject.store])
    answer_at_once(container.client, subject.head)
    # So that it has the head in its cache.
    assert container.send("GET", path_of(subject)).status == HTTPStatus.OK
    return container
