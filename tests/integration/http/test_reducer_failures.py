from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from roundtrip.errors import ConfigurationError
from roundtrip.redux import Store, create_slice
from tests.integration.http.application import STORES, kept_action
from tests.integration.http.dynamo import scan

if TYPE_CHECKING:
    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Start

FAULTS = [
    "raise",
    "none",
    "set",
    "tuple",
    "number-keys",
    "nan",
    "infinity",
    "surrogate",
    "bytes",
    "unknown key",
]


def broken(fault: str) -> dict[str, str]:
    return {"type": "notes/broken", "payload": fault}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_reducer_that_breaks_its_contract_is_422(notes: Api, stream: str, fault: str) -> None:
    answer = notes.post(f"{stream}/actions", broken(fault))

    assert (answer.status, answer.problem) == (422, "reducer-failed")
    assert answer.json["retryable"] is False
    assert "notes/broken" in answer.json["detail"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_reducer_writes_nothing(start: Start, empty_table: str, fault: str) -> None:
    container = start(stores=STORES, table=empty_table)

    container.api().post("/stores/notes/a/actions", [kept_action(1), broken(fault)])

    assert scan(container.sdk, empty_table) == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_action_at_fault_is_named_by_its_place(notes: Api, stream: str, fault: str) -> None:
    answer = notes.post(
        f"{stream}/actions", [kept_action(1), kept_action(2), broken(fault), kept_action(3)]
    )

    # The later action makes a whole state again, but an event whose state is no JSON would be left
    # in the history.
    assert (answer.status, answer.problem) == (422, "reducer-failed")
    assert [error["index"] for error in answer.json["errors"]] == [2]


def test_the_state_is_unspoilt_for_the_next_action(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", kept_action(1))
    notes.post(f"{stream}/actions", broken("raise"))

    answer = notes.post(f"{stream}/actions", {"type": "notes/noted"})

    assert (answer.json["version"], answer.json["state"]) == (2, {"kept": 1})


def test_a_failed_reducer_leaves_the_key_unused(notes: Api, stream: str) -> None:
    key = {"idempotency-key": "k"}
    notes.post(f"{stream}/actions", broken("none"), headers=key)

    assert notes.post(f"{stream}/actions", kept_action(1), headers=key).status == 201


def test_a_failure_is_logged_with_its_trace(
    capsys: pytest.CaptureFixture[str], start: Start, stream: str
) -> None:
    start(stores=STORES).api().post(f"{stream}/actions", broken("raise"))

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (failure,) = [line for line in lines if line.get("level") == "ERROR"]
    assert failure["error_type"] == "ReducerFailed"
    assert "in broken" in failure["exception"]
    assert "no such key" in failure["exception"]


def test_a_failure_is_counted(
    capsys: pytest.CaptureFixture[str], start: Start, stream: str
) -> None:
    start(stores=STORES).api().post(f"{stream}/actions", broken("raise"))

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["ReducerFailures"] for line in lines if "ReducerFailures" in line] == [1]


@pytest.mark.parametrize("initial", [None, {"a": {1}}, {1: "a"}, float("nan"), (1, 2)], ids=repr)
def test_an_initial_state_that_is_no_json_fails_at_start(initial: object) -> None:
    with pytest.raises(ConfigurationError, match="initial state"):
        create_slice(name="bad", initial_state=initial, reducers={})


def test_a_reducer_that_does_not_return_unknown_actions_state_fails_at_start() -> None:
    good = create_slice(name="bad", initial_state={}, reducers={}).reducer

    with pytest.raises(ConfigurationError, match="returned a different one"):
        Store("bad", type(good)(lambda _, __: {"new": 1}, {}, {}))
