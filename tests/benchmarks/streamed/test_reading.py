from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.orders import ORDER
from tests.benchmarks.streamed.design import CREATED

if TYPE_CHECKING:
    from tests.benchmarks.streamed.design import Design


def test_an_order_that_is_not_there(design: Design) -> None:
    assert design.get("so-1") == {"requestId": "r", "id": "so-1", "version": 0, "state": None}


def test_an_order_as_it_was_reduced_last(design: Design) -> None:
    design.dispatch(design.connect(), "so-1", CREATED)
    assert design.get("so-1")["version"] == 0
    design.reduce_all()
    answer = design.get("so-1")
    assert (answer["version"], answer["state"]["customer"]) == (1, ORDER["customer"])


@pytest.mark.parametrize(
    ("body", "request_id"),
    [("", None), ('{"requestId":"r","id":"/"}', "r"), ('{"id":"so-1"}', None)],
)
def test_a_message_of_another_form(design: Design, body: str, request_id: str | None) -> None:
    answer = json.loads(design.reading.answer(body))
    assert answer["requestId"] == request_id
    assert answer["problem"]["status"] == 400
