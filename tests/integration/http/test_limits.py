from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests import checkout
from tests.integration.http.application import STORES, added_action, kept_action
from tests.integration.http.dynamo import check_streams, scan, sent
from tests.orders import ORDER

if TYPE_CHECKING:
    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Start

BODY_LIMIT_BYTES = 1024 * 1024


def noise(size_bytes: int) -> str:
    """Make text that compression cannot make much smaller than half."""
    letters = random.Random(size_bytes)  # noqa: S311
    return f"{letters.getrandbits(4 * size_bytes):x}"


def test_a_body_over_a_megabyte_is_413(notes: Api, stream: str) -> None:
    body = json.dumps(kept_action("x"))
    most = body + " " * (BODY_LIMIT_BYTES - len(body))

    too_large = notes.post(f"{stream}/actions", body=most + " ")
    fits = notes.post(f"{stream}/actions", body=most)

    assert (too_large.status, too_large.problem) == (413, "too-large")
    assert too_large.json["sizeBytes"] == BODY_LIMIT_BYTES + 1
    assert too_large.json["limitBytes"] == BODY_LIMIT_BYTES
    assert fits.status == 201


def test_the_limit_of_a_body_is_in_bytes_not_characters(notes: Api, stream: str) -> None:
    body = json.dumps(kept_action("ä" * (BODY_LIMIT_BYTES // 2)), ensure_ascii=False)

    assert notes.post(f"{stream}/actions", body=body).status == 413


@pytest.mark.parametrize("warm", [False, True])
def test_an_item_over_400_kb_is_413_before_anything_is_sent(
    start: Start, stream: str, *, warm: bool
) -> None:
    container = start(stores=STORES)
    notes = container.api()
    if warm:
        notes.post(f"{stream}/actions", kept_action(1))

    with sent(container.client) as operations:
        answer = notes.post(f"{stream}/actions", kept_action(noise(900_000)))

    assert (answer.status, answer.problem) == (413, "changes-too-large")
    assert answer.json["limitBytes"] == 400 * 1024 < answer.json["sizeBytes"]
    assert "TransactWriteItems" not in operations
    assert notes.get(stream).status == (200 if warm else 404)


def test_a_state_that_grows_over_an_item_is_413_and_stays_as_it_was(
    notes: Api, stream: str
) -> None:
    path = f"{stream}/actions"
    notes.post(path, added_action(noise(400_000)))
    before = notes.get(stream)

    answer = notes.post(path, added_action(noise(450_000)))

    assert (answer.status, answer.problem) == (413, "state-too-large")
    assert "state" in answer.json["detail"]
    assert notes.get(stream).json == before.json
    assert len(notes.events(stream)) == 1


def test_a_state_over_2_mb_is_413_however_small_it_is_compressed(notes: Api, stream: str) -> None:
    path = f"{stream}/actions"
    for letter in "ab":
        assert notes.post(path, added_action(letter * 1_000_000)).status in {200, 201}

    answer = notes.post(path, added_action("c" * 100_000))

    assert (answer.status, answer.problem) == (413, "state-too-large")
    assert answer.json["limitBytes"] == 2 * 1024 * 1024
    assert notes.get(stream).json["version"] == 2


def test_a_large_text_that_compresses_well_is_taken(notes: Api, stream: str) -> None:
    text = "all work and no play " * 45_000

    answer = notes.post(f"{stream}/actions", kept_action(text))

    assert (answer.status, answer.json["state"]) == (201, {"kept": text})


def test_an_array_too_large_for_one_item_writes_nothing(start: Start, empty_table: str) -> None:
    container = start(stores=STORES, table=empty_table)
    actions = [kept_action(noise(9_000 + number)) for number in range(100)]

    answer = container.api().post("/stores/notes/a/actions", actions)

    assert (answer.status, answer.problem) == (413, "changes-too-large")
    assert scan(container.sdk, empty_table) == {}


def test_a_refused_write_with_a_key_leaves_the_key_unused(notes: Api, stream: str) -> None:
    key = {"idempotency-key": "k"}
    notes.post(f"{stream}/actions", kept_action(noise(900_000)), headers=key)

    assert notes.post(f"{stream}/actions", kept_action(1), headers=key).status == 201


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"type": "\x85" * 500_000}, id="type"),
        pytest.param([{"type": f"{n}" * 4_000} for n in range(100)], id="types"),
        pytest.param({"type": "notes/noted", "\x85" * 500_000: 1}, id="envelope"),
        pytest.param({"type": "notes/noted", "payload": "x" * 900_000}, id="payload"),
        pytest.param("\x85" * 500_000, id="text"),
        pytest.param({"type": "notes/refused", "payload": "\x85" * 400_000}, id="details"),
    ],
)
def test_the_answer_to_a_hostile_action_fits_what_lambda_can_return(
    notes: Api, stream: str, body: Any
) -> None:
    text = json.dumps(body, ensure_ascii=False)

    # The client checks the size of every answer.
    assert notes.post(f"{stream}/actions", body=text).status in {400, 422}


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({f"{n:x}": 0 for n in range(90_000)}, id="many names"),
        pytest.param({"\x85" * 400_000: 0}, id="a long name"),
        pytest.param({"lines": [{f"{n:x}": 0 for n in range(90_000)}]}, id="nested"),
        pytest.param({"lines": [{}] * 200_000}, id="many lines"),
        pytest.param({"id": "\x85" * 400_000}, id="id"),
    ],
)
def test_the_answer_to_a_hostile_order_fits_what_lambda_can_return(
    api: Api, extra: dict[str, Any]
) -> None:
    text = json.dumps({**ORDER, **extra}, ensure_ascii=False)

    assert api.post("/sales-orders", body=text).status in {400, 422}


@pytest.mark.parametrize("header", ["if-match", "idempotency-key", "content-type"])
def test_a_header_of_any_length_is_answered_shortly(notes: Api, stream: str, header: str) -> None:
    answer = notes.post(f"{stream}/actions", kept_action(1), headers={header: "\x85" * 9_000})

    assert answer.status in {400, 415}
    assert len(answer.text) < 1_000


def test_after_every_refusal_the_table_is_whole(start: Start, empty_table: str) -> None:
    container = start(stores=STORES, table=empty_table)
    notes = container.api()
    for size in (10, 900_000, 20, 800_000):
        notes.post("/stores/notes/a/actions", added_action(noise(size)))

    table = scan(container.sdk, empty_table)

    assert len(table) == 3
    check_streams(table, {store.name: store for store in STORES})


# Lambda gives a request 15 s; what is meant here takes a fraction of one.
CPU_LIMIT_S = 5
DECODE = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({CPU_LIMIT_S}, {CPU_LIMIT_S}))
from roundtrip.errors import NotJson
from roundtrip.redux.jsontext import decode_strict
try:
    decode_strict(sys.stdin.read(), where="body")
except NotJson:
    print("refused")
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            "{" + "".join(f'"{n:x}":0,' for n in range(100_000)) + '"z":0,"z":0}', id="names"
        ),
        pytest.param("[" + "[]," * 101 + '"' + r"\"" * 500_000, id="escapes"),
        pytest.param("[" + "[]," * 101 + '"' * 1_000_001, id="quotes"),
        pytest.param("[" * 1_000_000, id="brackets"),
        pytest.param("[" + "1" * 1_000_000 + "]", id="digits"),
        pytest.param("[" + "1." + "1" * 1_000_000, id="fraction"),
        pytest.param("\\" * 1_000_000, id="backslashes"),
    ],
)
def test_a_hostile_body_is_refused_with_little_work(body: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", DECODE],
        input=body,
        env={**os.environ, "PYTHONPATH": str(checkout.SERVICE_DIR)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stdout) == (0, "refused\n"), run.stderr
