from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.storage.dynamodb.items import item_bytes
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from tests.integration.http.application import STORES, added_action, kept_action
from tests.integration.http.client import make_event
from tests.integration.http.dynamo import sent, transactions
from tests.orders import CREATED, ORDER, line_added
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from roundtrip.storage.dynamodb.items import Item
    from tests.integration.http.conftest import Container, Start

# Upper bound, with some room: what Python itself loads differs between its versions.
MODULES = 320
START = """
import json, sys
import app.main
from types import SimpleNamespace
context = SimpleNamespace(
    function_name="roundtrip", aws_request_id="1", get_remaining_time_in_millis=lambda: 15000
)
statuses = [
    app.main.lambda_handler(event, context)["statusCode"] for event in json.loads(sys.argv[1])
]
print(json.dumps([statuses, sorted(sys.modules)]), file=sys.stderr)
"""


class Process:
    """Starts functions of a new project, each in a fresh process."""

    def __init__(self, service: Path, endpoint_url: str) -> None:
        self._service = service
        self._endpoint_url = endpoint_url

    def run(self, table: str, *events: Any) -> tuple[list[int], list[str]]:
        """Return the statuses of the answers, and the modules that the process has loaded then."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._service),
            "PYTHONPATH": str(self._service),
            "AUTH_MODE": "NONE",
            "TABLE_NAME": table,
            "AWS_REGION": LOCAL_REGION,
            "AWS_ENDPOINT_URL": self._endpoint_url,
            **DUMMY_CREDENTIALS,
            # As in Lambda, where tracing would load the SDK if anything asked for it.
            "LAMBDA_TASK_ROOT": str(self._service),
            "AWS_LAMBDA_FUNCTION_NAME": "roundtrip",
        }
        # Made here, so that the process loads nothing that is not the function's.
        run = subprocess.run(
            [sys.executable, "-c", START, json.dumps(events)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        statuses, modules = json.loads(run.stderr.splitlines()[-1])
        return statuses, modules


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory, ministack_endpoint: str) -> Process:
    """A new project's functions on MiniStack."""
    project = make_project(tmp_path_factory.mktemp("fresh") / "project")
    return Process(project / "src" / "service", ministack_endpoint)


@pytest.fixture(scope="module")
def loaded(process: Process, http_table: str) -> list[str]:
    """The modules that a fresh process has loaded once it has written, read and listed orders."""
    statuses, modules = process.run(
        http_table,
        make_event(
            "POST",
            "/sales-orders",
            body=json.dumps(ORDER),
            headers={"content-type": "application/json"},
        ),
        make_event("GET", "/sales-orders"),
        make_event("GET", "/health"),
    )
    assert statuses == [201, 200, 200]
    return modules


def test_a_start_loads_few_packages(loaded: list[str]) -> None:
    packages = {name.partition(".")[0] for name in loaded}
    # A site-packages directory may load what its installers left there.
    left = {name for name in packages if name.startswith(("_", "sitecustomize"))}
    assert packages - sys.stdlib_module_names - left == {
        "annotated_types",
        "app",
        "pydantic",
        "pydantic_core",
        "roundtrip",
        "typing_extensions",
        "typing_inspection",
    }


def test_a_start_loads_few_modules(loaded: list[str]) -> None:
    assert len(loaded) <= MODULES


@pytest.mark.parametrize(
    "module",
    ["asyncio", "encodings.idna", "http", "logging", "multiprocessing", "roundtrip.api.openapi"],
)
def test_a_start_does_not_load_what_few_requests_need(loaded: list[str], module: str) -> None:
    assert not [name for name in loaded if name == module or name.startswith(f"{module}.")]


def test_a_fault_loads_what_writes_its_line(process: Process) -> None:
    statuses, modules = process.run("no-such-table", make_event("GET", "/sales-orders"))

    assert statuses == [500]
    assert "aws_lambda_powertools" in modules


def test_nothing_is_sent_before_the_first_request(
    monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("sent at import")

    monkeypatch.setattr("socket.socket", refuse)

    assert start().api().get("/health").status == 200


@pytest.fixture
def container(start: Start) -> Container:
    """A container of ``notes``."""
    return start(stores=STORES)


def test_a_dispatch_on_a_warm_stream_is_one_request(container: Container, stream: str) -> None:
    container.api().post(f"{stream}/actions", kept_action(1))

    with sent(container.client) as operations:
        container.api().post(f"{stream}/actions", kept_action(2))

    assert operations == ["TransactWriteItems"]


def test_an_array_on_a_warm_stream_is_one_request(container: Container, stream: str) -> None:
    container.api().post(f"{stream}/actions", kept_action(1))

    with sent(container.client) as operations:
        container.api().post(f"{stream}/actions", [kept_action(n) for n in range(100)])

    assert operations == ["TransactWriteItems"]


def test_a_dispatch_with_key_and_if_match_on_a_warm_stream_is_one_request(
    container: Container, stream: str
) -> None:
    container.api().post(f"{stream}/actions", kept_action(1))

    with sent(container.client) as operations:
        container.api().post(
            f"{stream}/actions",
            kept_action(2),
            headers={"if-match": '"1"', "idempotency-key": "k"},
        )

    assert operations == ["TransactWriteItems"]


def test_a_dispatch_on_a_cold_stream_is_two_requests(start: Start, stream: str) -> None:
    start(stores=STORES).api().post(f"{stream}/actions", kept_action(1))
    cold = start(stores=STORES)

    with sent(cold.client) as operations:
        cold.api().post(f"{stream}/actions", kept_action(2))

    assert operations == ["GetItem", "TransactWriteItems"]


def test_a_dispatch_after_a_read_is_one_request(start: Start, stream: str) -> None:
    start(stores=STORES).api().post(f"{stream}/actions", kept_action(1))
    container = start(stores=STORES)
    container.api().get(stream)

    with sent(container.client) as operations:
        container.api().post(f"{stream}/actions", kept_action(2))

    assert operations == ["TransactWriteItems"]


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": "cost"}])
def test_a_brand_new_order_is_one_request(
    handler: Container, new_id: Callable[[], str], headers: dict[str, str]
) -> None:
    unique = {name: value + new_id() for name, value in headers.items()}

    with sent(handler.client) as operations:
        answer = handler.api().post("/sales-orders", ORDER, headers=unique)

    assert answer.status == 201
    assert operations == ["TransactWriteItems"]


@pytest.mark.parametrize("path", ["/sales-orders/{}", "/stores/salesOrders/{}"])
@pytest.mark.parametrize("headers", [{}, {"if-none-match": '"1"'}])
def test_a_read_of_a_state_is_one_request(
    handler: Container, path: str, headers: dict[str, str]
) -> None:
    order = handler.api().post("/sales-orders", ORDER).json["id"]

    with sent(handler.client) as operations:
        handler.api().get(path.format(order), headers=headers)

    assert operations == ["GetItem"]


def test_a_page_of_events_is_one_request(container: Container, stream: str) -> None:
    container.api().post(f"{stream}/actions", [kept_action(n) for n in range(5)])

    with sent(container.client) as operations:
        container.api().get(f"{stream}/events", query={"after": "2"})

    assert operations == ["Query"]


def test_a_page_of_orders_is_two_requests(start: Start, empty_table: str) -> None:
    container = start(table=empty_table)
    for _ in range(10):
        container.api().post("/sales-orders", ORDER)

    with sent(container.client) as operations:
        container.api().get("/sales-orders", query={"limit": "10"})

    assert operations == ["Query", "BatchGetItem"]


def test_a_replay_on_a_warm_stream_is_one_request(container: Container, stream: str) -> None:
    key = {"idempotency-key": "k"}
    container.api().post(f"{stream}/actions", kept_action(1), headers=key)

    with sent(container.client) as operations:
        container.api().post(f"{stream}/actions", kept_action(1), headers=key)

    assert operations == ["TransactWriteItems"]


@pytest.mark.parametrize("body", ["{", '{"type":"notes/nope"}', '{"type":"notes/noted","x":1}'])
def test_a_request_that_is_wrong_in_itself_sends_nothing(
    container: Container, stream: str, body: str
) -> None:
    with sent(container.client) as operations:
        container.api().post(f"{stream}/actions", body=body)

    assert operations == []


def units(transaction: list[Item]) -> int:
    return sum(2 * math.ceil(item_bytes(item) / 1024) for item in transaction)


@pytest.mark.parametrize(("headers", "most"), [({}, 4), ({"idempotency-key": "k" * 36}, 6)])
def test_a_small_action_is_4_write_units_and_6_with_a_key(
    handler: Container, order_stream: str, headers: dict[str, str], most: int
) -> None:
    handler.api().post(f"{order_stream}/actions", CREATED)

    with transactions(handler.client) as written:
        handler.api().post(f"{order_stream}/actions", line_added("cup"), headers=headers)

    assert [units(transaction) for transaction in written] == [most]


def test_a_small_action_of_a_caller_with_a_long_name_is_4_write_units(
    start: Start, order_stream: str
) -> None:
    container = start(auth_mode="IAM")
    iam = {
        "accountId": "123456789012",
        "userId": "AROAIDPPEZS35WEXAMPLE:session",
        "userArn": "arn:aws:sts::123456789012:assumed-role/buyers/" + "s" * 64,
    }
    api = container.api(authorizer={"iam": iam})
    api.post(f"{order_stream}/actions", CREATED)

    with transactions(container.client) as written:
        api.post(f"{order_stream}/actions", line_added("cup"))

    assert [units(transaction) for transaction in written] == [4]


def test_a_batch_of_50_small_actions_is_half_a_write_unit_an_action(
    handler: Container, order_stream: str
) -> None:
    changed = [
        {
            "type": "salesOrders/lineQuantityChanged",
            "payload": {"sku": "tea", "quantity": quantity},
        }
        for quantity in range(1, 51)
    ]
    handler.api().post(f"{order_stream}/actions", CREATED)

    with transactions(handler.client) as written:
        handler.api().post(f"{order_stream}/actions", changed)

    assert sum(map(units, written)) / 50 <= 0.5


def test_one_action_on_a_state_of_50_kb_is_30_write_units_at_most(
    container: Container, stream: str
) -> None:
    words = random.Random(1)  # noqa: S311
    rows = [
        {
            "at": f"2026-01-{number % 28 + 1:02}T12:00:00Z",
            "exercise": words.choice(["squat", "press", "row", "deadlift"]),
            "weightKg": words.randrange(20, 200) / 2,
            "repetitions": words.randrange(1, 12),
        }
        for number in range(580)
    ]
    container.api().post(f"{stream}/actions", added_action(rows))
    assert len(json.dumps(container.api().get(stream).json["state"])) > 50 * 1024

    with transactions(container.client) as written:
        container.api().post(f"{stream}/actions", added_action({"set": 1}))

    assert [units(transaction) for transaction in written] <= [30]


def test_a_change_writes_nothing_to_the_index(handler: Container, order_stream: str) -> None:
    with transactions(handler.client) as written:
        handler.api().post(f"{order_stream}/actions", CREATED)
        handler.api().post(f"{order_stream}/actions", line_added("cup"))

    keys = [(head["listPk"], head["listSk"]) for _, head, *_ in written if "listPk" in head]
    assert len(keys) == 2
    assert keys[0] == keys[1]
