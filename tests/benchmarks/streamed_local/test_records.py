"""Stream records as functions get them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.streamed_local.records import to_lambda

ARN = "arn:aws:dynamodb:ddblocal:000000000000:table/T/stream/S"


def read(image: Any, **more: Any) -> dict[str, Any]:
    """Make a record as boto3 reads it."""
    return {
        "eventID": "1",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "ddblocal",
        "dynamodb": {
            "ApproximateCreationDateTime": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "Keys": {"id": {"S": "a"}},
            "NewImage": image,
            "SequenceNumber": "000000000000000000001",
            "SizeBytes": 12,
            "StreamViewType": "NEW_IMAGE",
        },
        **more,
    }


def test_a_record_has_the_documented_shape() -> None:
    image = {
        "text": {"S": "é"},
        "number": {"N": "1.5"},
        "bytes": {"B": b"\x00\xff"},
        "many": {"BS": [b"a", b"b"]},
        "nested": {"M": {"list": {"L": [{"B": b"c"}, {"NULL": True}]}}},
    }
    assert to_lambda(read(image), ARN) == {
        "eventID": "1",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "ddblocal",
        "dynamodb": {
            "ApproximateCreationDateTime": 1767323045,
            "Keys": {"id": {"S": "a"}},
            "NewImage": {
                "text": {"S": "é"},
                "number": {"N": "1.5"},
                "bytes": {"B": "AP8="},
                "many": {"BS": ["YQ==", "Yg=="]},
                "nested": {"M": {"list": {"L": [{"B": "Yw=="}, {"NULL": True}]}}},
            },
            "SequenceNumber": "000000000000000000001",
            "SizeBytes": 12,
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": ARN,
    }


def test_an_expired_item_says_who_deleted_it() -> None:
    identity = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    made = to_lambda(read({}, userIdentity=identity), ARN)
    assert made["userIdentity"] == {"principalId": "dynamodb.amazonaws.com", "type": "Service"}


VALUES = st.recursive(
    st.fixed_dictionaries({"S": st.text(max_size=3)})
    | st.fixed_dictionaries({"B": st.binary(max_size=3)})
    | st.fixed_dictionaries({"BS": st.lists(st.binary(max_size=3), max_size=2)}),
    lambda inner: (
        st.fixed_dictionaries({"L": st.lists(inner, max_size=2)})
        | st.fixed_dictionaries({"M": st.dictionaries(st.sampled_from("ab"), inner)})
    ),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from("ab"), VALUES))
def test_every_record_is_json(image: dict[str, Any]) -> None:
    made = to_lambda(read(image), ARN)
    assert json.loads(json.dumps(made)) == made
