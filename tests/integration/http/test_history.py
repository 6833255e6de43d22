from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.http.application import added_action, kept_action
from tests.orders import CREATED, DELETED, line_added

if TYPE_CHECKING:
    from tests.integration.http.client import Api


@pytest.fixture
def ten(notes: Api, stream: str) -> str:
    """A stream of ten events in commits of 1, 4, 4 and 1."""
    for numbers in ([0], [1, 2, 3, 4], [5, 6, 7, 8], [9]):
        notes.post(f"{stream}/actions", [added_action(number) for number in numbers])
    return stream


def versions(page: dict[str, Any]) -> list[int]:
    return [event["version"] for event in page["events"]]


def test_an_event_is_the_action_with_version_time_and_actor(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", kept_action({"a": 1}))

    (event,) = notes.events(stream)

    assert {**event, "recordedAt": "?"} == {
        "type": "notes/kept",
        "payload": {"a": 1},
        "version": 1,
        "recordedAt": "?",
        "actor": None,
    }
    assert len(event["recordedAt"]) == len("2026-01-02T03:04:05.678Z")


def test_the_history_is_oldest_first_and_gapless(notes: Api, ten: str) -> None:
    page = notes.get(f"{ten}/events").json

    assert versions(page) == list(range(1, 11))
    assert [event["payload"] for event in page["events"]] == list(range(10))
    assert page["next"] is None


@pytest.mark.parametrize("after", range(11))
def test_after_starts_anywhere_also_inside_a_commit(notes: Api, ten: str, after: int) -> None:
    page = notes.get(f"{ten}/events", query={"after": str(after)}).json

    assert versions(page) == list(range(after + 1, 11))


@pytest.mark.parametrize("limit", range(1, 11))
def test_pages_of_any_length_join_without_gap_or_repetition(
    notes: Api, ten: str, limit: int
) -> None:
    found: list[int] = []
    after: int | None = 0
    while after is not None:
        query = {"after": str(after), "limit": str(limit)}
        page = notes.get(f"{ten}/events", query=query).json
        assert 1 <= len(page["events"]) <= limit
        found += versions(page)
        after = page["next"]

    assert found == list(range(1, 11))


def test_next_is_null_on_a_page_that_ends_exactly_at_the_end(notes: Api, ten: str) -> None:
    assert notes.get(f"{ten}/events", query={"limit": "10"}).json["next"] is None


@pytest.mark.parametrize("after", ["10", "11", "999999999999"])
def test_after_the_end_is_an_empty_page(notes: Api, ten: str, after: str) -> None:
    page = notes.get(f"{ten}/events", query={"after": after})

    assert (page.status, page.json["events"], page.json["next"]) == (200, [], None)


def test_the_history_of_what_never_was_is_404(notes: Api, stream: str) -> None:
    answer = notes.get(f"{stream}/events")

    assert (answer.status, answer.problem) == (404, "stream-not-found")


def test_a_hundred_events_are_a_page_without_a_limit(notes: Api, stream: str) -> None:
    for _ in range(2):
        notes.post(f"{stream}/actions", [kept_action(n) for n in range(60)])

    page = notes.get(f"{stream}/events").json

    assert (versions(page)[-1], page["next"]) == (100, 100)


def test_a_history_over_a_megabyte_is_read_to_its_end(notes: Api, stream: str) -> None:
    # Random text, for what repeats would be stored in a few bytes.
    letters = random.Random(1)  # noqa: S311
    texts = [f"{letters.getrandbits(1_200_000):x}" for _ in range(12)]
    for text in texts:
        assert notes.post(f"{stream}/actions", kept_action(text)).status in {200, 201}

    events = notes.events(stream)

    assert [event["payload"] for event in events] == texts
    assert notes.get(stream, query={"version": "11"}).json["state"] == {"kept": texts[10]}


def test_a_page_that_would_be_too_large_for_lambda_ends_early(notes: Api, stream: str) -> None:
    for number in range(8):
        notes.post(f"{stream}/actions", kept_action(str(number) * 900_000))

    page = notes.get(f"{stream}/events").json

    assert page["next"] == versions(page)[-1] < 8
    assert [event["version"] for event in notes.events(stream)] == list(range(1, 9))


@pytest.mark.parametrize("version", range(1, 11))
def test_version_gives_the_state_as_it_was(notes: Api, ten: str, version: int) -> None:
    answer = notes.get(ten, query={"version": str(version)})

    assert answer.json["state"] == {"log": list(range(version))}
    assert answer.json["version"] == version
    assert re.fullmatch(rf'"{version}\.[0-9a-f]{{8}}"', answer.headers["etag"])


def test_a_version_that_is_not_yet_is_404_and_tells_the_last(notes: Api, ten: str) -> None:
    answer = notes.get(ten, query={"version": "11"})

    assert (answer.status, answer.problem) == (404, "version-not-found")
    assert answer.json["currentVersion"] == 10


def test_a_version_of_what_never_was_is_404(notes: Api, stream: str) -> None:
    answer = notes.get(stream, query={"version": "1"})

    assert (answer.status, answer.problem) == (404, "stream-not-found")


def test_the_history_of_a_deleted_order_stays_readable(api: Api, order_stream: str) -> None:
    api.post(f"{order_stream}/actions", [CREATED, line_added("cup")])
    api.post(f"{order_stream}/actions", DELETED)

    assert [event["type"] for event in api.events(order_stream)] == [
        "salesOrders/created",
        "salesOrders/lineAdded",
        "salesOrders/deleted",
    ]


def test_the_state_before_a_deletion_stays_readable(api: Api, order_stream: str) -> None:
    api.post(f"{order_stream}/actions", [CREATED, DELETED])

    assert api.get(order_stream, query={"version": "1"}).json["state"]["status"] == "draft"
    assert api.get(order_stream, query={"version": "2"}).status == 410


@pytest.mark.parametrize(
    "query",
    [
        {"after": "-1"},
        {"after": "x"},
        {"after": ""},
        {"after": "1.5"},
        {"after": "1,2"},
        {"after": "1" * 13},
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "²"},
        {"limit": " 1"},
        {"before": "1"},
    ],
)
def test_a_query_of_events_of_another_form_is_400(
    notes: Api, ten: str, query: dict[str, str]
) -> None:
    answer = notes.get(f"{ten}/events", query=query)

    assert (answer.status, answer.problem) == (400, "malformed-request")
    assert next(iter(query)) in answer.json["detail"]


@pytest.mark.parametrize("version", ["0", "-1", "latest", "", "1e1", "1" * 13])
def test_a_version_of_another_form_is_400(notes: Api, ten: str, version: str) -> None:
    assert notes.get(ten, query={"version": version}).status == 400
