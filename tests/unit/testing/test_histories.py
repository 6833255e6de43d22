from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.testing import check_histories
from tests import logs

if TYPE_CHECKING:
    from pathlib import Path

STORES = logs.stores_of(logs.CODE)
AT = "2026-01-01T12:00:00.000Z"


def event(kind: str = "counter/added", payload: Any = 1) -> dict[str, Any]:
    return {"type": kind, "payload": payload, "recordedAt": AT, "actor": None}


def write(folder: Path, **changed: Any) -> None:
    history = {
        "store": "counters",
        "revision": STORES[0].reducer.revision,
        "events": [event(), event(payload=2)],
        "state": {"notes": [], "n": 3},
        **changed,
    }
    kept = {name: value for name, value in history.items() if value is not ...}
    (folder / "one.json").write_text(json.dumps(kept), "utf-8")


def test_a_history_that_holds(tmp_path: Path) -> None:
    write(tmp_path)
    check_histories(str(tmp_path), STORES)


def test_the_state_of_another_revision_may_differ(tmp_path: Path) -> None:
    write(tmp_path, revision="0.12345678", state={"n": 30, "notes": []})
    check_histories(tmp_path, STORES)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"state": {"n": 3.0, "notes": [1]}},
            (
                "event 2 (counter/added): the state is not the recorded one, and the revision is "
                "the same: /n is 3.0 recorded, 3 now; /notes/0 is 1 recorded, nothing now."
            ),
        ),
        (
            {"events": [event(), event("counter/gone"), event()]},
            "event 2 (counter/gone): no reducer handles its type counter/gone.",
        ),
        (
            {"events": [event(), event(payload="x")], "revision": "0"},
            "event 2 (counter/added): The reducer failed on counter/added: it raised TypeError.",
        ),
        ({"events": []}, "it has no events."),
        ({"store": "others"}, "there is no store others; the stores are counters."),
        ({"state": ...}, "it is not a recorded history (KeyError: 'state')."),
        ({"events": [{"type": "a"}]}, "it is not a recorded history (KeyError: 'recordedAt')."),
        ({"events": [[]]}, "it is not a recorded history (TypeError: "),
    ],
)
def test_a_history_that_does_not(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    write(tmp_path, **changed)
    with pytest.raises(AssertionError) as caught:
        check_histories(tmp_path, STORES)
    assert str(caught.value).startswith(f"{tmp_path}/one.json: {said}")


def test_all_failures_are_told(tmp_path: Path) -> None:
    write(tmp_path, store="others")
    (tmp_path / "two.json").write_text("{", "utf-8")
    with pytest.raises(AssertionError) as caught:
        check_histories(tmp_path, STORES)
    assert [line.partition(": ")[0] for line in str(caught.value).splitlines()] == [
        f"{tmp_path}/one.json",
        f"{tmp_path}/two.json",
    ]


@pytest.mark.parametrize("name", ["", "missing"])
def test_no_history_is_a_failure(tmp_path: Path, name: str) -> None:
    (tmp_path / "readme.txt").touch()
    with pytest.raises(AssertionError, match="expected recorded histories, "):
        check_histories(tmp_path / name, STORES)
