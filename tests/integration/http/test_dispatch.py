from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.integration.http.application import kept_action
from tests.orders import CANCELLED, CONFIRMED, CREATED, DELETED, line_added

if TYPE_CHECKING:
    from tests.integration.http.client import Api


def test_the_first_action_of_a_stream_is_answered_201_with_its_location(
    notes: Api, stream: str
) -> None:
    answer = notes.post(f"{stream}/actions", kept_action(1))

    assert answer.status == 201
    assert answer.headers["location"] == stream


def test_every_later_action_is_answered_200_without_a_location(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", kept_action(1))

    answer = notes.post(f"{stream}/actions", kept_action(2))

    assert answer.status == 200
    assert "location" not in answer.headers


def test_the_answer_holds_the_new_state_its_version_and_the_outcome(
    notes: Api, stream: str
) -> None:
    notes.post(f"{stream}/actions", kept_action(1))

    answer = notes.post(f"{stream}/actions", kept_action(2))

    assert answer.json == {
        "store": "notes",
        "id": stream.rsplit("/", 1)[1],
        "version": 2,
        "state": {"kept": 2},
        "outcomes": [{"status": "applied", "version": 2}],
    }


def test_the_etag_is_the_version_and_a_digest(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", [kept_action(1), kept_action(2)])

    answer = notes.post(f"{stream}/actions", kept_action(3))

    assert re.fullmatch(r'"3\.[0-9a-f]{8}"', answer.headers["etag"])


def test_a_read_gives_the_state_that_the_write_answered(notes: Api, stream: str) -> None:
    written = notes.post(f"{stream}/actions", kept_action({"a": [1]}))

    read = notes.get(stream)

    assert (read.status, read.headers["etag"]) == (200, written.headers["etag"])
    assert read.json["state"] == written.json["state"]


def test_a_read_tells_when_the_stream_began_and_last_changed(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", kept_action(1))
    notes.post(f"{stream}/actions", kept_action(2))
    first, last = notes.events(stream)

    read = notes.get(stream).json

    assert (read["createdAt"], read["updatedAt"]) == (first["recordedAt"], last["recordedAt"])


def test_an_array_is_applied_in_order(api: Api, order_stream: str) -> None:
    answer = api.post(f"{order_stream}/actions", [CREATED, line_added("cup"), CONFIRMED])

    assert [outcome["version"] for outcome in answer.json["outcomes"]] == [1, 2, 3]
    assert answer.json["state"]["status"] == "confirmed"
    assert [line["sku"] for line in answer.json["state"]["lines"]] == ["tea", "cup"]


def test_an_array_skips_and_reports_a_rejected_action(api: Api, order_stream: str) -> None:
    answer = api.post(f"{order_stream}/actions", [CREATED, line_added("tea"), line_added("cup")])

    applied, rejected, later = answer.json["outcomes"]
    assert answer.status == 201
    assert (applied, later) == (
        {"status": "applied", "version": 1},
        {"status": "applied", "version": 2},
    )
    assert rejected["status"] == "rejected"
    assert rejected["problem"]["code"] == "line-exists"
    assert (rejected["problem"]["type"], rejected["problem"]["status"]) == (
        "/problems/rejected",
        422,
    )


def test_a_rejected_action_of_an_array_leaves_no_event(api: Api, order_stream: str) -> None:
    api.post(f"{order_stream}/actions", [CREATED, line_added("tea"), line_added("cup")])

    types = [event["type"] for event in api.events(order_stream)]

    assert types == ["salesOrders/created", "salesOrders/lineAdded"]


def test_a_reducer_that_changes_the_state_and_then_rejects_changes_nothing(
    notes: Api, stream: str
) -> None:
    refused = {"type": "notes/refused", "payload": 1}

    answer = notes.post(f"{stream}/actions", [kept_action(1), refused, {"type": "notes/noted"}])

    assert answer.json["state"] == {"kept": 1}


def test_one_array_is_one_moment(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", [kept_action(n) for n in range(5)])

    assert len({event["recordedAt"] for event in notes.events(stream)}) == 1


def test_an_array_of_which_nothing_applies_is_422(api: Api, order_stream: str) -> None:
    answer = api.post(f"{order_stream}/actions", [CONFIRMED, CANCELLED])

    assert (answer.status, answer.problem) == (422, "rejected")
    assert [outcome["status"] for outcome in answer.json["outcomes"]] == ["rejected"] * 2
    assert api.get(order_stream).status == 404


def test_a_single_rejected_action_is_422_and_writes_nothing(api: Api, order_stream: str) -> None:
    api.post(f"{order_stream}/actions", CREATED)

    answer = api.post(f"{order_stream}/actions", line_added("tea"))

    assert (answer.status, answer.json["code"]) == (422, "line-exists")
    assert answer.json["currentVersion"] == 1
    assert len(api.events(order_stream)) == 1


def test_one_rejection_rejects_all_of_an_atomic_array(api: Api, order_stream: str) -> None:
    answer = api.post(
        f"{order_stream}/actions", [CREATED, line_added("tea")], query={"atomic": "true"}
    )

    assert (answer.status, answer.problem) == (422, "rejected")
    assert [outcome["status"] for outcome in answer.json["outcomes"]] == [
        "notApplied",
        "rejected",
    ]
    assert api.get(order_stream).status == 404


def test_an_atomic_array_without_a_rejection_is_applied(api: Api, order_stream: str) -> None:
    answer = api.post(
        f"{order_stream}/actions", [CREATED, line_added("cup")], query={"atomic": "true"}
    )

    assert (answer.status, answer.json["version"]) == (201, 2)


def test_atomic_false_is_as_without_it(api: Api, order_stream: str) -> None:
    answer = api.post(
        f"{order_stream}/actions", [CREATED, line_added("tea")], query={"atomic": "false"}
    )

    assert (answer.status, answer.json["version"]) == (201, 1)


def test_an_array_of_100_is_the_most(notes: Api, stream: str) -> None:
    too_many = notes.post(f"{stream}/actions", [kept_action(n) for n in range(101)])
    most = notes.post(f"{stream}/actions", [kept_action(n) for n in range(100)])

    assert (too_many.status, too_many.problem) == (400, "malformed-request")
    assert (most.status, most.json["version"]) == (201, 100)


def test_an_empty_array_is_400(notes: Api, stream: str) -> None:
    assert notes.post(f"{stream}/actions", []).status == 400


def test_actions_after_the_end_of_a_stream_in_an_array_are_rejected(
    api: Api, order_stream: str
) -> None:
    answer = api.post(f"{order_stream}/actions", [CREATED, DELETED, line_added("cup")])

    assert [outcome["status"] for outcome in answer.json["outcomes"]] == [
        "applied",
        "applied",
        "rejected",
    ]
    assert answer.json["version"] == 2


def test_an_action_that_changes_nothing_is_an_event_all_the_same(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", kept_action(1))

    answer = notes.post(f"{stream}/actions", {"type": "notes/noted"})

    assert (answer.json["version"], answer.json["state"]) == (2, {"kept": 1})


def test_two_containers_that_take_turns_lose_nothing(notes: Api, other: Api, stream: str) -> None:
    for turn in range(6):
        (notes, other)[turn % 2].post(f"{stream}/actions", {"type": "notes/added", "payload": turn})

    assert notes.get(stream).json["state"]["log"] == list(range(6))
    assert [event["version"] for event in notes.events(stream)] == list(range(1, 7))
