from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from roundtrip.storage.dynamodb import items
from roundtrip.testing import check_histories
from roundtrip_devtools import cli
from tests import logs

if TYPE_CHECKING:
    from pathlib import Path

    from roundtrip.storage.memory import MemoryStorage

MASKS = """\
from dataclasses import replace

def hide(action):
    shown = "***" if action.type == "counter/noted" else action.payload
    return replace(action, payload=shown, actor="somebody")

def fail(action):
    raise KeyError(action.type)

def leave(action):
    raise SystemExit(3)

def cut(action):
    return replace(action, payload=action.payload if action.payload == "end" else "?")

def mix(action):
    return replace(action, payload={action.payload}, type="counter/deleted")

nothing = lambda action: None
"""


@pytest.fixture
def export(project: Path, storage: MemoryStorage) -> str:
    (project / "tests").mkdir()
    (project / "tests" / "__init__.py").touch()
    (project / "tests_masks.py").write_text(MASKS, "utf-8")
    return str(logs.write_export(project / "export", logs.items_of(storage).values()))


def test_a_recorded_history(project: Path, export: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["record", "counters/a", "counters/b", "--export", export]
    assert cli.main([*command, "--mask", "tests_masks:hide"]) == 0
    folder = project / "tests" / "histories"
    assert capsys.readouterr().out == "".join(
        f"{folder / name}: events 1 to 5.\n" for name in ("counters-a.json", "counters-b.json")
    )
    history = json.loads((folder / "counters-a.json").read_text("utf-8"))
    at = history["events"][0]["recordedAt"]
    assert history["state"] == {"n": 10, "notes": ["***"]}
    assert history["events"][3:] == [
        {"type": "counter/added", "payload": 4, "recordedAt": at, "actor": "somebody"},
        {"type": "counter/noted", "payload": "***", "recordedAt": at, "actor": "somebody"},
    ]
    check_histories(folder, logs.stores_of(logs.CODE))
    check_histories(folder, logs.stores_of(logs.REVISED))
    with pytest.raises(AssertionError) as caught:
        check_histories(folder, logs.stores_of(logs.CHANGED))
    assert str(caught.value) == "\n".join(
        f"{folder}/counters-{one}.json: event 5 (counter/noted): the state is not the recorded "
        "one, and the revision is the same: /n is 10 recorded, 100 now."
        for one in "ab"
    )


def test_streams_of_callers_have_files_of_their_own(
    project: Path, storage: MemoryStorage, export: str
) -> None:
    own = logs.A._replace(namespace="user:x")
    of_caller = [
        {**item, "pk": {"S": items.pk(own)}}
        for (stream, _), item in logs.items_of(storage).items()
        if stream == logs.A
    ]
    mine = str(logs.write_export(project / "mine", of_caller))
    assert cli.main(["record", "user:x/counters/a", "--export", mine]) == 0
    assert cli.main(["record", "counters/a", "--export", export]) == 0
    files = {path.name for path in (project / "tests" / "histories").iterdir()}
    assert files == {"user:x-counters-a.json", "counters-a.json"}


def test_without_a_mask(project: Path, export: str) -> None:
    assert cli.main(["record", "counters/a", "--export", export, "--to", "kept"]) == 0
    history = json.loads((project / "kept" / "counters-a.json").read_text("utf-8"))
    assert history["events"][4]["payload"] == "end"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["counters/z"], "counters/z was not recorded: it has no events."),
        (["others/z"], "others/z was not recorded: the code has no store others."),
        (["a"], "STREAM must be [NAMESPACE/]STORE/ID, not 'a'."),
        (
            ["counters/a", "counters/a"],
            "counters/a was not recorded: two streams would be written to counters-a.json.",
        ),
        (["counters/a", "--mask", "tests_masks"], "--mask must be a function that can be imported"),
        (["counters/a", "--mask", "nowhere:f"], "(ModuleNotFoundError: No module named 'nowhere')"),
        (["counters/a", "--mask", "tests_masks:MASK"], "has no attribute 'MASK')"),
        (["counters/a", "--mask", "tests_masks:__name__"], "(__name__ is not callable)"),
        (
            ["counters/a", "--mask", "tests_masks:fail"],
            "counters/a was not recorded: the mask failed on event 1 (KeyError: 'counter/added').",
        ),
        (
            ["counters/a", "--mask", "tests_masks:leave"],
            "counters/a was not recorded: the mask failed on event 1 (SystemExit: 3).",
        ),
        (
            ["counters/a", "--mask", "tests_masks:mix"],
            "counters/a was not recorded: the mask failed on event 1 (NotJson: ",
        ),
        (
            ["counters/a", "--mask", "tests_masks:cut"],
            "event 1 can be replayed, but not as the mask returns it: The reducer failed",
        ),
        (
            ["counters/a", "--to", "tests_masks.py/x"],
            "--to must be a folder that can be written (Not a directory), not 'tests_masks.py/x'.",
        ),
        (
            ["counters/a", "--mask", "tests_masks:nothing"],
            "counters/a was not recorded: the mask returned no Action but None for event 1.",
        ),
    ],
)
def test_nothing_is_recorded(
    project: Path, export: str, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["record", "--export", export, *options]) == 1
    assert said in capsys.readouterr().err
    assert not (project / "tests" / "histories").exists()


def test_a_history_that_cannot_be_replayed(
    project: Path, export: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.write_project(project, logs.BROKEN)
    assert cli.main(["record", "--export", export, "counters/a"]) == 1
    assert re.match(
        r"counters/a was not recorded: counters/a cannot be replayed: event 5: .*\.\n",
        capsys.readouterr().err,
    )
