"""Projects with a store of counters, and logs of it, for the tools that work on logs."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import sys
from typing import TYPE_CHECKING, Any, Final

from roundtrip.storage.records import Stream
from roundtrip.testing import Api
from tests import checkout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pytest

    from roundtrip.redux.store import Store
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.memory import MemoryStorage
    from roundtrip.storage.port import Storage

CODE: Final = """\
from roundtrip import DELETED, Store, case, create_slice

def added(state, action):
    return {"n": state["n"] + action.payload, "notes": state["notes"]}

def noted(state, action):
    return {"n": state["n"], "notes": [*state["notes"], action.payload]}

counter = create_slice(
    name="counter",
    initial_state={"n": 0, "notes": []},
    reducers={
        "added": case(added, payload=int),
        "noted": case(noted, payload=str),
        "deleted": lambda _state, _action: dict(DELETED),
    },
    revision="1",
)
STORES = [Store("counters", counter)]
"""
CHANGED: Final = CODE.replace('+ action.payload, "notes"', '+ 10 * action.payload, "notes"')
REVISED: Final = CHANGED.replace('revision="1"', 'revision="2"')
FAILING: Final = CODE.replace("action.payload]}", "action.payload][: 10 // len(action.payload)]}")
BROKEN: Final = FAILING.replace("len(action.payload)", "0")

A: Final = Stream("public", "counters", "a")


def stores_of(code: str) -> list[Store]:
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102
    stores: list[Store] = names["STORES"]
    return stores


def write_project(root: Path, code: str = CODE) -> Path:
    app = root / "src" / "service" / "app"
    app.mkdir(parents=True, exist_ok=True)
    shutil.copy(checkout.TEMPLATE, root)
    (app / "__init__.py").touch()
    (app / "stores.py").write_text(code, "utf-8")
    return root


def forget_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next import of the application be that of a project."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
        monkeypatch.delitem(sys.modules, name)


def write_log(storage: Storage, ids: Iterable[str] = "abc", code: str = CODE) -> Api:
    """Write streams of five events each, in three commits: adding 1, 2, 3, 4, noting "end"."""
    api = Api(stores_of(code), storage=storage)
    for one in ids:
        add(api, one, 1)
        add(api, one, 2, 3, 4)
        send(api, one, {"type": "counter/noted", "payload": "end"})
    return api


def add(api: Api, one: str, *numbers: int) -> None:
    send(api, one, *({"type": "counter/added", "payload": number} for number in numbers))


def send(api: Api, one: str, *actions: dict[str, Any]) -> None:
    assert api.post(f"/stores/counters/{one}/actions", [*actions]).status in {200, 201}


def items_of(storage: MemoryStorage) -> dict[tuple[Stream, str], Item]:
    return storage._items


def write_export(folder: Path, items: Iterable[Item]) -> Path:
    """Write items in two files, in an order that is not theirs, as DynamoDB does."""
    lines = sorted(map(_line, items), key=lambda line: line[::-1])
    data = folder / "AWSDynamoDB" / "01700000000000-abcdef" / "data"
    data.mkdir(parents=True)
    (data.parent / "manifest-files.json").write_text('{"itemCount": 1}\n', "utf-8")
    (data.parent / "manifest-summary.json").write_text('{"version": "2020-06-30"}\n', "utf-8")
    (data / "one.json.gz").write_bytes(gzip.compress("".join(lines[::2]).encode()))
    (data / "two.json").write_text("".join(lines[1::2]), "utf-8")
    (data / "empty.json.gz").write_bytes(gzip.compress(b""))
    return folder


def _line(item: Item) -> str:
    return json.dumps({"Item": {name: dict(_sent(value)) for name, value in item.items()}}) + "\n"


def _sent(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for kind, content in value.items():
        yield kind, base64.b64encode(content).decode() if kind == "B" else content
