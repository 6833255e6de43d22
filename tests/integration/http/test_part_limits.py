from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.limits import MAX_BUCKET_BYTES, MAX_DIVIDED_BYTES
from tests.integration.http.client import Context
from tests.integration.http.desks import STORES, created_actions
from tests.integration.http.dynamo import sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Start


def noise(size_bytes: int) -> str:
    """Make text of letters that compression makes half as large."""
    return random.Random(size_bytes).randbytes(size_bytes // 2).hex()  # noqa: S311


def words(size_bytes: int) -> str:
    """Make text that compression makes very small."""
    return "why not " * (size_bytes // 8)


def notes(*texts: str, first: int = 0) -> dict[str, Any]:
    payload = [{"id": f"n{first + n}", "text": text} for n, text in enumerate(texts)]
    return {"type": "notes/noted", "payload": payload}


@pytest.fixture
def desks(start: Start) -> Api:
    return start(stores=STORES).api()


@pytest.fixture
def desk(desks: Api, new_id: Callable[[], str]) -> str:
    path = f"/stores/desks/{new_id()}"
    desks.post(f"{path}/actions", created_actions(100))
    return path


def grown(desks: Api, desk: str, size_bytes: int) -> None:
    """Let a desk grow by megabytes that compression makes very small."""
    for first in range(size_bytes // 1_000_000):
        action = notes(*[words(10_000)] * 100, first=first * 100)
        answer = desks.post(f"{desk}/actions", action, headers={"prefer": "return=minimal"})
        assert answer.status == 200, answer.text


def test_an_entity_that_exceeds_an_item_is_refused(desks: Api, desk: str) -> None:
    path = f"{desk}/slices/tickets/t001"
    assert desks.patch(path, {"title": noise(500_000)}).status == 200

    answer = desks.patch(path, {"labels": {noise(400_000): 1}})

    assert (answer.status, answer.problem) == (413, "entity-too-large")
    assert "t001" in answer.json["detail"]
    assert answer.json["limitBytes"] == MAX_BUCKET_BYTES < answer.json["sizeBytes"]


def test_a_request_that_changes_more_than_a_transaction_holds_is_refused(
    desks: Api, desk: str
) -> None:
    before = desks.get(desk).headers["etag"]
    texts = [noise(9_000) for _ in range(95)]

    answer = desks.post(f"{desk}/actions", notes(*texts))

    assert (answer.status, answer.problem) == (413, "changes-too-large")
    assert desks.get(desk).headers["etag"] == before


def test_a_state_above_8_mb_is_refused_and_one_below_is_read(desks: Api, desk: str) -> None:
    grown(desks, desk, 8_000_000)

    answer = desks.post(f"{desk}/actions", notes(*[words(10_000)] * 100, first=800))

    assert (answer.status, answer.problem) == (413, "state-too-large")
    assert answer.json["limitBytes"] == MAX_DIVIDED_BYTES < answer.json["sizeBytes"]
    packed = desks.get(desk, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.json["state"]["notes"]["ids"]) == 800


def test_an_answer_that_does_not_fit_is_refused_with_the_way_to_read_it(
    desks: Api, desk: str
) -> None:
    grown(desks, desk, 7_000_000)
    path = f"{desk}/slices/notes"

    whole = desks.get(desk)
    page = desks.get(path, query={"limit": "1000"})

    assert (whole.status, whole.problem) == (413, "answer-too-large")
    assert "slices" in whole.json["detail"]
    assert (page.status, page.json["next"] is None) == (200, False)


def test_a_list_marks_a_state_that_is_too_large_for_it_and_goes_on(
    start: Start, empty_table: str
) -> None:
    container = start(stores=STORES, table=empty_table)
    shelves = container.api()
    for one in ("a", "b", "c"):
        shelves.post("/shelves", {"id": one, "name": one})
    for first in range(0, 300, 100):
        action = notes(*[words(10_000)] * 100, first=first)
        shelves.post("/stores/shelves/b/actions", {**action, "type": "shelves/filled"})

    with sent(container.client) as operations:
        listed = [item for page in shelves.pages("/shelves", limit=1) for item in page]

    assert [item["id"] for item in listed] == ["c", "b", "a"]
    assert listed[1].keys() == {"id", "problem"}
    assert listed[1]["problem"]["type"] == "/problems/answer-too-large"
    assert listed[1]["problem"]["instance"] == "/shelves/b"
    # No part of it was read.
    assert operations == ["Query", "BatchGetItem"] * 3
    assert len(shelves.get("/shelves/b").json["ids"]) == 300


def test_a_page_of_a_list_ends_before_a_state_that_does_not_fit_is_read(
    start: Start, empty_table: str
) -> None:
    container = start(stores=STORES, table=empty_table)
    shelves = container.api()
    for one in ("a", "b"):
        shelves.post("/shelves", {"id": one, "name": one})
        for first in (0, 100):
            action = notes(*[words(7_000)] * 100, first=first)
            shelves.post(f"/stores/shelves/{one}/actions", {**action, "type": "shelves/filled"})

    cold = start(stores=STORES, table=empty_table)
    with sent(cold.client) as operations:
        page = cold.api().get("/shelves")

    assert [item["id"] for item in page.json["items"]] == ["b"]
    assert page.json["next"] is not None
    assert operations == ["Query", "BatchGetItem", "BatchGetItem"]


def test_a_list_that_has_no_time_left_ends_before_the_next_state_in_parts(
    start: Start, empty_table: str
) -> None:
    container = start(stores=STORES, table=empty_table)
    for one in ("a", "b"):
        container.api().post("/shelves", {"id": one, "name": one})
        action = {**notes(*[words(1_000)] * 20), "type": "shelves/filled"}
        container.api().post(f"/stores/shelves/{one}/actions", action)

    pages = container.api(context=Context(remaining_ms=0)).pages("/shelves", limit=100)

    assert [[item["id"] for item in page] for page in pages] == [["b"], ["a"]]


def test_an_entity_that_does_not_fit_an_answer_is_written(desks: Api, desk: str) -> None:
    path = f"{desk}/slices/tickets/t001"
    labels = [{f"{number}" * 1_000_000: 1} for number in range(7)]
    *_, last = [desks.patch(path, {"labels": each}) for each in labels]

    assert (last.status, last.json) == (200, {"id": "t001"})
    assert desks.get(path).problem == "answer-too-large"
    packed = desks.get(path, headers={"accept-encoding": "gzip"})
    assert len(packed.json["labels"]) == 7


def test_a_write_whose_state_does_not_fit_is_answered_without_it(desks: Api, desk: str) -> None:
    grown(desks, desk, 7_000_000)
    action = {"type": "settings/chosen", "payload": "dark"}

    answer = desks.post(f"{desk}/actions", action, headers={"prefer": "return=representation"})

    assert (answer.status, answer.json["outcomes"][0]["status"]) == (200, "applied")
    assert answer.json.keys() == {"store", "id", "version", "outcomes"}
    assert "preference-applied" not in answer.headers
