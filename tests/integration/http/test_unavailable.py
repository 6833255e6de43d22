from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip.limits import LONGEST_CALL_S
from roundtrip.storage.dynamodb.connection import NotAnswered
from tests.integration.http.application import STORES, added_action, kept_action
from tests.integration.http.client import Context
from tests.integration.http.dynamo import disturbed, losing, refusal, sent
from tests.orders import ORDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip.storage.dynamodb.connection import Answer as Received
    from tests.integration.http.client import Answer, Api
    from tests.integration.http.conftest import Container, Start

# Time for a first attempt and none for a second one.
BRIEFLY = Context(remaining_ms=int(LONGEST_CALL_S * 1000))
# Time for a few short pauses.
A_WHILE = Context(remaining_ms=int((LONGEST_CALL_S + 3) * 1000))


@pytest.fixture
def container(start: Start) -> Container:
    """A container of ``notes``."""
    return start(stores=STORES)


def throttled() -> Received:
    return refusal("ThrottlingException")


def broken() -> Received:
    return refusal("InternalServerError", status=500)


def silent() -> Received:
    raise NotAnswered("timed out", sent=True)


def unreachable() -> Received:
    raise NotAnswered("cannot connect", sent=False)


def check_try_later(answer: Answer, status: int, slug: str) -> None:
    assert (answer.status, answer.problem) == (status, slug)
    assert answer.json["retryable"] is True
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "code",
    [
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
    ],
)
def test_a_throttled_write_is_429_in_the_end_and_nothing_written(
    container: Container, stream: str, code: str
) -> None:
    with disturbed(container.client, "TransactWriteItems", lambda: refusal(code)):
        answer = container.api(context=BRIEFLY).post(f"{stream}/actions", kept_action(1))

    check_try_later(answer, 429, "throttled")
    assert container.api().get(stream).status == 404


def test_a_throttled_read_is_429(container: Container, stream: str) -> None:
    with disturbed(container.client, "GetItem", throttled):
        answer = container.api(context=BRIEFLY).get(stream)

    check_try_later(answer, 429, "throttled")


@pytest.mark.parametrize("operation", ["Query", "BatchGetItem"])
def test_a_throttled_list_is_429(start: Start, operation: str) -> None:
    container = start()
    container.api().post("/sales-orders", ORDER)

    with disturbed(container.client, operation, throttled):
        answer = container.api().get("/sales-orders")

    check_try_later(answer, 429, "throttled")


def test_throttling_that_passes_is_not_seen(container: Container, stream: str) -> None:
    answers = [throttled(), throttled(), throttled()]

    with disturbed(
        container.client, "TransactWriteItems", lambda: answers.pop() if answers else None
    ):
        answer = container.api().post(f"{stream}/actions", kept_action(1))

    assert (answer.status, answer.json["version"]) == (201, 1)
    assert answers == []


def test_a_write_that_cannot_be_sent_is_503(container: Container, stream: str) -> None:
    with disturbed(container.client, "TransactWriteItems", unreachable):
        answer = container.api(context=BRIEFLY).post(f"{stream}/actions", kept_action(1))

    check_try_later(answer, 503, "storage-unreachable")


@pytest.mark.parametrize("fault", [broken, silent])
def test_a_write_without_an_answer_is_503_and_its_outcome_unknown(
    container: Container, stream: str, fault: Callable[[], Received]
) -> None:
    with disturbed(container.client, "TransactWriteItems", fault):
        answer = container.api(context=BRIEFLY).post(f"{stream}/actions", kept_action(1))

    check_try_later(answer, 503, "outcome-unknown")


@pytest.mark.parametrize("fault", [broken, silent, unreachable])
def test_a_read_without_an_answer_is_503(
    container: Container, stream: str, fault: Callable[[], Received]
) -> None:
    with disturbed(container.client, "GetItem", fault):
        answer = container.api(context=BRIEFLY).get(stream)

    check_try_later(answer, 503, "storage-unreachable")


def test_a_write_whose_answer_was_lost_is_applied_once(container: Container, stream: str) -> None:
    # Each request is really carried out, and then the first answers are lost.
    losses = [1, 2, 3]

    def lose() -> None:
        if losses:
            losses.pop()
            raise NotAnswered("timed out", sent=True)

    with losing(container.client, "TransactWriteItems", lose):
        answer = container.api().post(f"{stream}/actions", added_action("a"))

    assert (answer.status, losses) == (201, [])
    assert container.api().get(stream).json["state"] == {"log": ["a"]}
    assert len(container.api().events(stream)) == 1


def test_a_storm_of_other_writers_is_503_with_the_versions(
    container: Container, other: Api, stream: str
) -> None:
    notes = container.api(context=BRIEFLY)
    notes.post(f"{stream}/actions", kept_action(0))

    def rival() -> None:
        other.post(f"{stream}/actions", kept_action("rival"))

    with disturbed(container.client, "TransactWriteItems", rival):
        answer = notes.post(f"{stream}/actions", kept_action("mine"))

    check_try_later(answer, 503, "conflict")
    assert answer.json["currentVersion"] > answer.json["expectedVersion"] >= 1
    assert "mine" not in [event["payload"] for event in notes.events(stream)]


def test_a_rival_is_overcome_without_a_further_read(
    container: Container, other: Api, stream: str
) -> None:
    notes = container.api(context=A_WHILE)
    notes.post(f"{stream}/actions", added_action("a"))
    rivals = ["b", "c"]

    def rival() -> None:
        if rivals:
            other.post(f"{stream}/actions", added_action(rivals.pop(0)))

    with (
        sent(container.client) as operations,
        disturbed(container.client, "TransactWriteItems", rival),
    ):
        answer = notes.post(f"{stream}/actions", added_action("d"))

    assert answer.json["state"] == {"log": ["a", "b", "c", "d"]}
    assert operations == ["TransactWriteItems"] * 3


def test_a_rival_under_if_match_is_412_with_the_new_version(
    container: Container, other: Api, stream: str
) -> None:
    notes = container.api()
    notes.post(f"{stream}/actions", kept_action(0))
    rivals = ["b"]

    def rival() -> None:
        if rivals:
            other.post(f"{stream}/actions", kept_action(rivals.pop()))

    with disturbed(container.client, "TransactWriteItems", rival):
        answer = notes.post(f"{stream}/actions", kept_action("mine"), headers={"if-match": '"1"'})

    assert (answer.status, answer.json["currentVersion"]) == (412, 2)


def test_a_missing_table_is_a_fault_of_the_deployment(start: Start) -> None:
    answer = start(table="no-such-table").api().post("/sales-orders", ORDER)

    assert (answer.status, answer.problem) == (500, "internal")
    assert answer.json["retryable"] is False
    assert "no-such-table" not in answer.text
