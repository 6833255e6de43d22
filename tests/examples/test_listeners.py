"""What follows in the example when an order is confirmed."""

from __future__ import annotations

from typing import Any

import pytest

from app.followers import followers
from app.listeners import LISTENERS
from app.sales_orders import sales_orders
from app.stores import STORES
from roundtrip.follower_app import Followers
from roundtrip.redux.outcome import Applied, Refused
from roundtrip.testing import Api

created, confirmed, cancelled, mailed = (
    sales_orders.actions[verb] for verb in ("created", "confirmed", "cancelled", "mailed")
)
LINES = [{"sku": "tea", "quantity": 2, "unitPriceCents": 450}]
NEW = {"customer": "Ada", "currency": "EUR", "lines": LINES}


@pytest.fixture
def api() -> Any:
    api = Api(STORES, listeners=LISTENERS)
    api.dispatch("salesOrders", "so-1", created(NEW))
    return api


def test_a_confirmed_order_is_mailed_once(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    api.dispatch("salesOrders", "so-1", confirmed())
    said = "Mail to Ada: Your order so-1 over 9.00 EUR was confirmed on 2026-01-01.\n"
    assert capsys.readouterr().out == said
    state = api.state("salesOrders", "so-1")
    assert (state["status"], state["mailed"]) == ("confirmed", True)
    (heard,) = api.heard
    assert (heard.done, heard.dispatched[0].outcome) == (("mail",), Applied(3))


def test_what_was_noted_already_is_no_failure(api: Api) -> None:
    api.dispatch("salesOrders", "so-1", confirmed(), mailed())
    (heard,) = api.heard
    outcome = heard.dispatched[0].outcome
    assert isinstance(outcome, Refused)
    assert outcome.code == "already-mailed"


def test_a_draft_is_not_mailed(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    api.dispatch("salesOrders", "so-1", cancelled())
    assert api.heard == []
    assert capsys.readouterr().out == ""


def test_the_functions_of_the_example_are_made_of_its_stores() -> None:
    assert isinstance(followers, Followers)
