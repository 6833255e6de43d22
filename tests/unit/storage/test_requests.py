from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from roundtrip.errors import TooLarge
from roundtrip.limits import RECEIPT_LIFE_S
from roundtrip.redux.parts import REST, PartKey
from roundtrip.storage.dynamodb import appends, checkpoints, items, requests
from roundtrip.storage.records import Append, Checkpoint, Part, Stream
from tests.contract.appends import CREATED_AT, deletion, incompressible, new_append

if TYPE_CHECKING:
    from collections.abc import Callable

STREAM = Stream("public", "orders", "a")
APPENDS = st.builds(
    new_append,
    st.just(STREAM),
    st.integers(1, 10**9),
    count=st.integers(1, 100),
    key=st.none() | st.just("k"),
    checkpoint=st.booleans(),
    state_text=st.text(st.characters(exclude_categories=["Cs"]))
    | st.integers(500, 2000).map(incompressible),
)
BUILDERS: dict[str, tuple[str, Callable[[], requests.Request]]] = {
    "get_item": ("GetItem", lambda: requests.get_item("t", STREAM, "head")),
    "first append": (
        "TransactWriteItems",
        lambda: requests.transact_append("t", new_append(STREAM)),
    ),
    "append with a key": (
        "TransactWriteItems",
        lambda: requests.transact_append("t", new_append(STREAM, 2, key="k", token="t")),
    ),
    "deletion": ("TransactWriteItems", lambda: requests.transact_append("t", deletion(STREAM))),
    "commits": ("Query", lambda: requests.query_commits("t", STREAM, first=1, last=9, limit=1)),
    "all commits": (
        "Query",
        lambda: requests.query_commits("t", STREAM, first=1, last=9, limit=None),
    ),
    "checkpoint": ("Query", lambda: requests.query_checkpoint("t", STREAM, "1", 9)),
    "keep": (
        "PutItem",
        lambda: {
            "TableName": "t",
            "Item": checkpoints.checkpoint_item(Checkpoint(STREAM, 9, "1", "{}")),
        },
    ),
    "parts": (
        "TransactWriteItems",
        lambda: requests.transact_append(
            "t",
            new_append(STREAM, 2)._replace(
                parts=(Part(PartKey("cards", 3), 2, "0\t1\t{}"), Part(PartKey("a", REST), 2, "{}")),
                dropped=(PartKey("cards", 0),),
            ),
        ),
    ),
    "heads": ("Query", lambda: requests.query_heads("t", "public", "orders", before=None, limit=1)),
    "more heads": (
        "Query",
        lambda: requests.query_heads("t", "public", "orders", before="x", limit=9),
    ),
    "batch_get": (
        "BatchGetItem",
        lambda: requests.batch_get("t", [items.key(STREAM, "head"), items.key(STREAM, "x")]),
    ),
}
DYNAMODB = get_session().get_service_model("dynamodb")


def faults(operation: str, request: requests.Request) -> str:
    shape = DYNAMODB.operation_model(operation).input_shape
    assert shape is not None
    report: Any = ParamValidator().validate(request, shape)
    return str(report.generate_report())


def puts(append: Append) -> list[dict[str, Any]]:
    request = requests.transact_append("t", append)
    return [item["Put"] for item in request["TransactItems"]]


@pytest.mark.parametrize("name", BUILDERS)
def test_a_request_is_what_the_sdk_would_let_pass(name: str) -> None:
    operation, build = BUILDERS[name]
    assert faults(operation, build()) == ""


@given(append=APPENDS)
def test_any_append_is_what_the_sdk_would_let_pass(append: Append) -> None:
    assert faults("TransactWriteItems", requests.transact_append("t", append)) == ""


@given(append=APPENDS)
def test_building_an_append_is_pure(append: Append) -> None:
    before = copy.deepcopy(append)
    assert requests.transact_append("t", append) == requests.transact_append("t", append)
    assert append == before


def test_building_a_batch_changes_none_of_its_keys() -> None:
    keys = [items.key(STREAM, "head")]
    before = copy.deepcopy(keys)
    assert requests.batch_get("t", keys) == requests.batch_get("t", keys)
    assert keys == before


def test_what_is_done_to_one_request_reaches_no_other() -> None:
    append = new_append(STREAM, 2, key="k")
    first = requests.transact_append("t", append)
    untouched = copy.deepcopy(first)
    for item in first["TransactItems"]:
        item["Put"].clear()
    assert requests.transact_append("t", append) == untouched


class TestAppend:
    def test_commit_head_and_receipt_are_written_in_this_order(self) -> None:
        append = new_append(STREAM, 2, key="k")
        assert [put["Item"] for put in puts(append)] == appends.append_items(append)
        assert len(puts(new_append(STREAM, 2))) == 2

    @pytest.mark.parametrize("first_version", [1, 2, 1000])
    def test_each_write_is_conditional_and_brings_what_is_there(self, first_version: int) -> None:
        for put in puts(new_append(STREAM, first_version, key="k")):
            assert put["ConditionExpression"]
            assert put["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
            assert put["TableName"] == "t"

    @pytest.mark.parametrize("key", [None, "k"])
    def test_a_checkpoint_comes_last_and_has_no_condition(self, key: str | None) -> None:
        append = new_append(STREAM, 2, key=key, checkpoint=True)
        assert [put["Item"] for put in puts(append)] == appends.append_items(append)
        assert "ConditionExpression" not in puts(append)[-1]

    def test_a_first_head_must_not_be_there(self) -> None:
        assert [put["ConditionExpression"] for put in puts(new_append(STREAM))] == [
            "attribute_not_exists(pk)"
        ] * 2

    def test_a_receipt_must_not_be_there_or_must_have_expired(self) -> None:
        receipt = puts(new_append(STREAM, key="k", expires_at_s=RECEIPT_LIFE_S + 7))[2]
        assert receipt["ConditionExpression"] == "attribute_not_exists(pk) OR expiresAt <= :now"
        assert receipt["ExpressionAttributeValues"] == {":now": {"N": "7"}}

    def test_a_later_head_must_be_at_the_version_before_the_commit(self) -> None:
        commit, head, _ = puts(new_append(STREAM, 8, count=5, key="k"))
        assert commit["ConditionExpression"] == "attribute_not_exists(pk)"
        assert head["ConditionExpression"] == "version = :expected AND createdAt = :created"
        assert head["ExpressionAttributeValues"] == {
            ":expected": {"N": "7"},
            ":created": {"S": CREATED_AT},
        }

    def test_the_token_is_the_commits(self) -> None:
        request = requests.transact_append("t", new_append(STREAM, token="mine"))
        assert request["ClientRequestToken"] == "mine"

    def test_what_would_not_fit_is_not_built(self) -> None:
        with pytest.raises(TooLarge):
            requests.transact_append("t", new_append(STREAM, state_text=incompressible(600_000)))


class TestReads:
    def test_every_read_of_the_table_is_consistent(self) -> None:
        assert requests.get_item("t", STREAM, "head")["ConsistentRead"]
        assert requests.query_commits("t", STREAM, first=1, last=9, limit=None)["ConsistentRead"]
        assert requests.query_checkpoint("t", STREAM, "1", 9)["ConsistentRead"]
        assert requests.batch_get("t", [])["RequestItems"]["t"]["ConsistentRead"]

    def test_the_index_is_read_backwards(self) -> None:
        request = requests.query_heads("t", "public", "orders", before=None, limit=5)
        assert request["IndexName"] == "byCreation"
        assert request["ScanIndexForward"] is False
        # An index has no consistent reads.
        assert "ConsistentRead" not in request

    def test_commits_are_read_between_two_versions(self) -> None:
        values = requests.query_commits("t", STREAM, first=7, last=30, limit=None)[
            "ExpressionAttributeValues"
        ]
        assert (values[":low"]["S"], values[":high"]["S"]) == (
            items.commit_sk(7),
            items.commit_sk(30),
        )

    def test_the_latest_checkpoint_of_a_revision_is_read_backwards(self) -> None:
        request = requests.query_checkpoint("t", STREAM, "1.ab", 30)
        values = request["ExpressionAttributeValues"]
        assert (values[":low"]["S"], values[":high"]["S"]) == (
            checkpoints.checkpoint_sk("1.ab", 0),
            checkpoints.checkpoint_sk("1.ab", 30),
        )
        assert (request["ScanIndexForward"], request["Limit"]) == (False, 1)
