from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel

import roundtrip
from roundtrip import DELETED, Action, Store, case, create_slice
from roundtrip.errors import ConfigurationError, StorageUnreachable
from roundtrip.lambda_app import Roundtrip
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Stream
from tests.integration.http.client import Api

if TYPE_CHECKING:
    from roundtrip.storage.records import Head

COUNT = Store(
    "count",
    create_slice(name="count", initial_state=0, reducers={"increased": lambda state, _: state + 1}),
)
INCREASED = {"type": "count/increased"}
SOURCES = Path(roundtrip.__file__).parents[1]
OPEN = {"AUTH_MODE": "NONE"}


class FailingStorage(MemoryStorage):
    def load(self, stream: Stream) -> Head | None:
        raise StorageUnreachable(f"{stream.label}: on purpose")


def application(storage: MemoryStorage, **environment: str) -> Api:
    return Api(Roundtrip([COUNT], storage=storage, environment=OPEN | environment).handler)


def loaded_by(code: str) -> list[str]:
    """Return the modules that a fresh process has loaded after some code."""
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(SOURCES), "AUTH_MODE": "NONE"},
        capture_output=True,
        text=True,
        check=True,
    )
    modules: list[str] = json.loads(done.stdout)
    return modules


def test_two_on_one_storage_are_two_containers() -> None:
    storage = MemoryStorage()
    one, other = application(storage), application(storage)

    assert one.post("/stores/count/a/actions", INCREASED).json["state"] == 1
    assert other.post("/stores/count/a/actions", INCREASED).json["state"] == 2
    assert one.post("/stores/count/a/actions", INCREASED).json["state"] == 3
    assert application(MemoryStorage()).get("/stores/count/a").status == 404


def test_each_has_the_log_level_of_its_own_environment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    quiet = application(
        MemoryStorage(), POWERTOOLS_LOG_LEVEL="WARNING", POWERTOOLS_METRICS_DISABLED="true"
    )
    quiet.get("/health")
    assert capsys.readouterr().out == ""

    application(MemoryStorage()).get("/health")
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["path"] == "/health"


def test_each_writes_faults_by_the_level_of_its_own_environment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for level, faults in (("CRITICAL", 0), ("ERROR", 1), ("CRITICAL", 0), ("debug", 1)):
        root = application(
            FailingStorage(), POWERTOOLS_LOG_LEVEL=level, POWERTOOLS_METRICS_DISABLED="true"
        )
        assert root.get("/stores/count/a").status == 503
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [line["level"] for line in lines].count("ERROR") == faults


def test_first_faults_of_two_threads_are_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    service = uuid.uuid4().hex
    root = application(FailingStorage(), POWERTOOLS_SERVICE_NAME=service)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: root.get("/stores/count/a"), range(8)))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["service"] for line in lines if line["level"] == "ERROR"] == [service] * 8


def test_a_level_that_there_is_not_is_refused_at_start() -> None:
    with pytest.raises(ConfigurationError, match=r"POWERTOOLS_LOG_LEVEL: .* received 'loud'\."):
        application(MemoryStorage(), POWERTOOLS_LOG_LEVEL="loud")


def test_collections_are_turned_on_again_after_the_start() -> None:
    gc.disable()
    try:
        application(MemoryStorage())
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.enable()


def test_who_left_collections_on_has_nothing_frozen() -> None:
    before = gc.get_freeze_count()
    application(MemoryStorage())
    assert gc.get_freeze_count() == before


@pytest.mark.parametrize(
    "module", ["pydantic", "boto3", "botocore", "aws_lambda_powertools", "socket", "ssl"]
)
def test_the_names_of_the_root_load_only_the_redux_side(module: str) -> None:
    assert module not in loaded_by("from roundtrip import Store, create_slice, case, Rejected")


def test_with_a_storage_of_its_own_it_makes_no_way_to_dynamodb() -> None:
    modules = loaded_by(
        "from roundtrip.lambda_app import Roundtrip\n"
        "from roundtrip.storage.memory import MemoryStorage\n"
        "Roundtrip([], storage=MemoryStorage())"
    )
    assert not {"botocore", "ssl", "roundtrip.storage.dynamodb.adapter"} & set(modules)


def test_every_public_name_is_there() -> None:
    missing = [name for name in roundtrip.__all__ if not hasattr(roundtrip, name)]
    assert not missing
    assert all(isinstance(name, str) for name in roundtrip.__all__)


def test_no_collection_interrupts_a_request() -> None:
    found = []

    def increased(state: int, _: Action) -> int:
        found.append(gc.isenabled())
        return state + 1

    count = create_slice(name="count", initial_state=0, reducers={"increased": increased})
    root = Roundtrip([Store("count", count)], storage=MemoryStorage(), environment=OPEN)
    found.clear()

    assert Api(root.handler).post("/stores/count/a/actions", INCREASED).status == 201
    assert (set(found), gc.isenabled()) == ({False}, True)


def test_a_collection_holds_objects() -> None:
    class Item(BaseModel):
        n: int = 0

    made = create_slice(
        name="items",
        initial_state={},
        reducers={
            "created": case(lambda _, action: [action.payload], payload=Item),
            "updated": case(lambda state, _: state, payload=Item),
            "deleted": lambda *_: dict(DELETED),
        },
    )
    storage = MemoryStorage()
    store = Store("items", made, collection="items")
    api = Api(Roundtrip([store], storage=storage, environment=OPEN).handler)

    answer = api.post("/items", {"id": "a", "n": 1})

    assert (answer.status, answer.json["type"]) == (422, "/problems/reducer-failed")
    assert storage.load(Stream("public", "items", "a")) is None
