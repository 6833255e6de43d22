"""What the table holds after requests, whatever served them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from roundtrip.limits import EVENT_BYTES
from tests.e2e.rows import content, rows
from tests.orders import CREATED, STATE, line_added, order_path, stream_path

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip_devtools.smoke.api import Api

_RECEIPTS_LIVE = timedelta(days=90)
_UUID_DIGITS = 32


def check_rows(api: Api, client: DynamoDBClient) -> None:
    """Write and delete an order, and look at its rows after each step."""
    order = api.new_id()
    actions = [CREATED, line_added("cup")]
    dispatched = api.dispatch(order, actions, headers={"Idempotency-Key": "k-1"}).expect(201)
    shown = api.get(stream_path(order)).document

    found = rows(client, order)
    assert found.keys() == {"head", "commit#000000000001", "receipt#public#k-1"}
    head = found["head"]
    assert head.pop("revision").keys() == {"S"}
    assert content(head.pop("state")) == dispatched.document["state"]
    assert int(head.pop("replayBytes")["N"]) > 2 * EVENT_BYTES
    assert head == {
        "version": {"N": "2"},
        "createdAt": {"S": shown["createdAt"]},
        "updatedAt": {"S": shown["updatedAt"]},
        "listPk": {"S": "public#salesOrders"},
        "listSk": {"S": f"{shown['createdAt']}#{order}"},
    }
    commit = found["commit#000000000001"]
    assert content(commit.pop("actions")) == actions
    assert len(commit.pop("token")["S"].replace("-", "")) == _UUID_DIGITS
    # Without an actor, for an open API does not know who calls.
    assert commit == {"count": {"N": "2"}, "recordedAt": {"S": shown["createdAt"]}}
    receipt = found["receipt#public#k-1"]
    assert receipt.keys() == {"fingerprint", "firstVersion", "outcomes", "expiresAt"}
    assert receipt["firstVersion"] == {"N": "1"}
    assert [one["status"] for one in content(receipt["outcomes"])] == ["applied", "applied"]
    expiry_s = int(receipt["expiresAt"]["N"])
    recorded = datetime.fromisoformat(shown["createdAt"])
    assert abs(expiry_s - (recorded + _RECEIPTS_LIVE).timestamp()) <= 1

    _check_a_long_state(api, client, order)
    api.delete(order_path(order)).expect(204)
    ended = rows(client, order)
    assert ended.keys() == {*found, "commit#000000000003", "commit#000000000004"}
    assert not {"listPk", "listSk"} & ended["head"].keys()
    assert ended["head"]["version"] == {"N": "4"}
    assert content(ended["commit#000000000004"]["actions"]) == [{"type": "salesOrders/deleted"}]


def _check_a_long_state(api: Api, client: DynamoDBClient, order: str) -> None:
    lines: list[dict[str, Any]] = [
        {"sku": f"sku-{number:03}", "quantity": 1, "unitPriceCents": number} for number in range(50)
    ]
    patched = api.patch(order_path(order), {"lines": lines}).expect(200)
    found = rows(client, order)
    packed = found["head"]["state"]
    assert packed.keys() == {"B"}
    assert content(packed)["lines"] == patched.document["lines"]
    assert content(packed)["customer"] == STATE["customer"]
    assert found["commit#000000000003"]["actions"].keys() == {"B"}
