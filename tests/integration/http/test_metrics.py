from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.http.application import STORES, kept_action
from tests.integration.http.dynamo import disturbed, refusal

if TYPE_CHECKING:
    from tests.integration.http.conftest import Start
    from tests.integration.http.logged import Logged


def test_metrics_are_in_the_embedded_format(logged: Logged, stream: str) -> None:
    logged.api.post(f"{stream}/actions", kept_action(1))

    (line,) = [line for line in logged.lines() if "_aws" in line]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Roundtrip"
    assert directive["Dimensions"] == [["service"]]
    assert line["service"] == "roundtrip"
    assert all(metric["Unit"] == "Count" for metric in directive["Metrics"])
    assert all(metric["Name"] in line for metric in directive["Metrics"])


def test_the_first_request_of_a_container_counts_as_a_cold_start(logged: Logged) -> None:
    logged.api.get("/health")
    assert logged.metrics() == {"ColdStarts": 1}

    logged.api.get("/health")
    assert logged.metrics() == {}


def test_a_dispatch_is_counted_once_whatever_it_holds(logged: Logged, stream: str) -> None:
    logged.api.post(f"{stream}/actions", [kept_action(n) for n in range(3)])

    metrics = logged.metrics()
    assert (metrics["Dispatches"], metrics["Actions"]) == (1, 3)
    assert metrics.keys() <= {"ColdStarts", "Dispatches", "Actions"}


def test_reads_are_no_dispatches(logged: Logged, stream: str) -> None:
    logged.api.post(f"{stream}/actions", kept_action(1))
    logged.metrics()

    logged.api.get(stream)
    logged.api.get(f"{stream}/events")

    assert logged.metrics() == {}


@pytest.mark.parametrize("rejections", [1, 2])
def test_every_rejected_action_is_counted(logged: Logged, stream: str, rejections: int) -> None:
    refused = {"type": "notes/refused", "payload": 1}
    logged.api.post(f"{stream}/actions", [kept_action(1), *[refused] * rejections])

    assert logged.metrics()["Rejections"] == rejections


def test_a_dispatch_of_which_nothing_applies_counts_its_rejections(
    logged: Logged, stream: str
) -> None:
    refused = {"type": "notes/refused", "payload": 1}
    logged.api.post(f"{stream}/actions", [refused, refused])

    metrics = logged.metrics()
    assert metrics["Rejections"] == 2
    assert "Actions" not in metrics


def test_a_conflict_and_its_retry_are_counted(logged: Logged, start: Start, stream: str) -> None:
    logged.api.post(f"{stream}/actions", kept_action(1))
    start(stores=STORES).api().post(f"{stream}/actions", kept_action(2))
    logged.metrics()

    logged.api.post(f"{stream}/actions", kept_action(3))

    metrics = logged.metrics()
    assert (metrics["Conflicts"], metrics["Retries"]) == (1, 1)


def test_throttling_is_counted_as_a_retry_and_not_as_a_conflict(
    logged: Logged, stream: str
) -> None:
    # The client repeats once by itself.
    answers = [refusal("ThrottlingException") for _ in range(2)]

    with disturbed(
        logged.container.client, "TransactWriteItems", lambda: answers.pop() if answers else None
    ):
        logged.api.post(f"{stream}/actions", kept_action(1))

    metrics = logged.metrics()
    assert metrics["Retries"] == 1
    assert "Conflicts" not in metrics


def test_an_undisturbed_dispatch_counts_neither_conflict_nor_retry_nor_replay(
    logged: Logged, stream: str
) -> None:
    logged.api.post(f"{stream}/actions", kept_action(1), headers={"idempotency-key": "k"})
    logged.api.post(f"{stream}/actions", kept_action(2))

    assert not logged.metrics().keys() & {"Conflicts", "Retries", "Replays", "Rejections"}


def test_a_replay_is_counted(logged: Logged, stream: str) -> None:
    for _ in range(3):
        logged.api.post(f"{stream}/actions", kept_action(1), headers={"idempotency-key": "k"})

    metrics = logged.metrics()
    assert (metrics["Dispatches"], metrics["Actions"], metrics["Replays"]) == (3, 1, 2)


def test_a_key_that_was_used_for_something_else_is_no_replay(logged: Logged, stream: str) -> None:
    for payload in (1, 2):
        logged.api.post(f"{stream}/actions", kept_action(payload), headers={"idempotency-key": "k"})

    assert "Replays" not in logged.metrics()


@pytest.mark.parametrize("warm", [False, True])
def test_a_reducer_failure_is_counted_once(logged: Logged, stream: str, *, warm: bool) -> None:
    if warm:
        logged.api.post(f"{stream}/actions", kept_action(1))
    logged.api.post(f"{stream}/actions", {"type": "notes/broken", "payload": "none"})

    assert logged.metrics()["ReducerFailures"] == 1


def test_metrics_of_one_request_are_not_those_of_the_next(logged: Logged, stream: str) -> None:
    logged.api.post(f"{stream}/actions", kept_action(1))
    logged.metrics()

    logged.api.post(f"{stream}/actions", kept_action(1))

    assert logged.metrics()["Dispatches"] == 1
