from __future__ import annotations

from datetime import UTC, datetime

import pytest

from roundtrip.errors import ConfigurationError
from roundtrip.storage.memory import MemoryStorage
from roundtrip.testing import Api, Clock
from roundtrip.testing.answer import Headers, read_answer
from roundtrip.testing.gateway_event import make_event
from tests.unit.testing.baskets import BASKETS, CUP, SHARED, TEA, Item, add, break_, empty

STORES = (BASKETS, SHARED)


@pytest.fixture
def api() -> Api:
    return Api(STORES)


def test_actions_are_sent_as_json(api: Api) -> None:
    answer = api.dispatch("baskets", "a", add(Item(sku="tea", unit_price=2)), add(TEA), add(CUP))

    assert (answer.status, answer.headers["ETag"][:3], answer.json["state"]) == (
        201,
        '"2.',
        {"tea": 2, "cup": 5},
    )
    assert [outcome["status"] for outcome in answer.json["outcomes"]] == [
        "applied",
        "rejected",
        "applied",
    ]


def test_states_and_events_are_read(api: Api) -> None:
    api.dispatch("baskets", "a", add(TEA))
    api.dispatch("baskets", "a", add(CUP))

    assert api.state("baskets", "a") == {"tea": 2, "cup": 5}
    assert api.state("baskets", "a", version=1) == {"tea": 2}
    assert [event["payload"] for event in api.events("baskets", "a")] == [TEA, CUP]


def test_a_long_history_is_read_to_its_end(api: Api) -> None:
    for _ in range(11):
        api.dispatch("baskets", "a", *(action for _ in range(50) for action in (add(TEA), empty())))

    assert len(api.events("baskets", "a")) == 1100


def test_what_cannot_be_read_says_why(api: Api) -> None:
    with pytest.raises(AssertionError, match="GET /stores/baskets/a: expected 200; received 404"):
        api.state("baskets", "a")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("?after=1&limit=1", None),
        ("?after=1", {"limit": "1"}),
        ("?", {"after": "1", "limit": "1"}),
        ("", {"after": "1", "limit": "1"}),
    ],
)
def test_a_query_may_be_in_the_path(api: Api, path: str, query: dict[str, str] | None) -> None:
    api.dispatch("baskets", "a", add(TEA), add(CUP), add(CUP), empty())

    answer = api.get(f"/stores/baskets/a/events{path}", query=query)

    assert answer.status == 200
    assert [event["version"] for event in answer.json["events"]] == [2]


def test_a_query_in_the_path_is_read_as_api_gateway_does() -> None:
    event = make_event("GET", "/notes?text=a%20b+c&empty=&n=1&n=2", query={"n": "3"})

    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/notes"
    assert event["rawQueryString"] == "text=a+b+c&empty=&n=1&n=2&n=3"
    assert event["queryStringParameters"] == {"text": "a b c", "empty": "", "n": "1,2,3"}


def test_a_key_a_version_and_atomicity_go_along(api: Api) -> None:
    first = api.dispatch("baskets", "a", add(TEA), key="k")
    again = api.dispatch("baskets", "a", add(TEA), key="k")
    late = api.dispatch("baskets", "a", add(CUP), version=7)
    half = api.dispatch("baskets", "a", add(CUP), add(TEA), atomic=True)

    assert again.json == first.json
    assert again.headers["idempotent-replayed"] == "true"
    assert (late.status, late.problem) == (412, "version-mismatch")
    assert (half.status, half.json["code"]) == (422, "exists")


def test_every_method_is_there(api: Api) -> None:
    body = {"type": "basket/added", "payload": Item(sku="tea")}

    assert api.post("/stores/baskets/a/actions", body).status == 201
    for answer in (
        api.put("/stores/baskets/a", {}),
        api.patch("/stores/baskets/a", {}),
        api.delete("/stores/baskets/a"),
    ):
        assert answer.problem == "method-not-allowed"


def test_a_body_may_be_sent_as_it_is(api: Api) -> None:
    answer = api.post("/stores/baskets/a/actions", body="{", headers={"X-Any": "1"})

    assert answer.problem == "not-json"


def test_users_have_streams_of_their_own_and_tenants_share() -> None:
    api = Api(STORES, auth_mode="JWT")
    ada, bo = api.as_user("ada", tenant="acme"), api.as_user("bo", tenant="acme")
    stranger = api.as_user("cy", tenant="globex")
    for store in ("baskets", "shared"):
        assert ada.dispatch(store, "a", add(TEA)).status == 201

    assert bo.get("/stores/baskets/a").status == 404
    assert bo.state("shared", "a") == {"tea": 2}
    assert stranger.get("/stores/shared/a").status == 404
    assert api.as_user("dan").get("/stores/shared/a").status == 403
    assert api.get("/stores/baskets/a").status == 401
    assert ada.events("baskets", "a")[0]["actor"] == "ada"


def test_roles_have_streams_of_their_own_and_accounts_share() -> None:
    api = Api(STORES, auth_mode="IAM")
    clerk = api.as_role("clerk", session="ada")
    for store in ("baskets", "shared"):
        clerk.dispatch(store, "a", add(TEA))

    assert api.as_role("clerk", session="bo").state("baskets", "a") == {"tea": 2}
    assert api.as_role("boss").get("/stores/baskets/a").status == 404
    assert api.as_role("boss").state("shared", "a") == {"tea": 2}
    assert api.as_role("boss", account="210987654321").get("/stores/shared/a").status == 404
    actor = clerk.events("baskets", "a")[0]["actor"]
    assert actor == "arn:aws:sts::123456789012:assumed-role/clerk/ada"


def test_a_caller_is_of_the_mode_that_the_api_has(api: Api) -> None:
    with pytest.raises(ConfigurationError, match="as_user needs Api"):
        api.as_user("ada")
    with pytest.raises(ConfigurationError, match="as_role needs Api"):
        Api(STORES, auth_mode="JWT").as_role("clerk")


def test_two_on_one_storage_are_two_containers() -> None:
    storage = MemoryStorage()
    one, two = Api(STORES, storage=storage), Api(STORES, storage=storage)
    one.dispatch("baskets", "a", add(TEA))
    two.dispatch("baskets", "a", add(CUP))

    assert one.dispatch("baskets", "a", add(CUP)).status == 422
    assert one.app.engine.cache is not two.app.engine.cache


def test_another_container_is_beside_with_caller_and_clock() -> None:
    ada = Api(STORES, auth_mode="JWT").as_user("ada")
    ada.dispatch("baskets", "a", add(TEA))
    other = ada.beside()

    assert other.state("baskets", "a") == {"tea": 2}
    assert other.clock is ada.clock
    assert other.app is not ada.app


def test_a_clock_is_moved_by_the_test_alone() -> None:
    clock = Clock(datetime(2030, 5, 1, tzinfo=UTC))
    api = Api(STORES, clock=clock)
    api.dispatch("baskets", "a", add(TEA))
    clock.advance(days=1, hours=2, minutes=3, seconds=4.5)
    api.dispatch("baskets", "a", add(CUP))

    head = api.get("/stores/baskets/a").json

    assert head["createdAt"] == "2030-05-01T00:00:00.000Z"
    assert head["updatedAt"] == "2030-05-02T02:03:04.500Z"


def test_a_bug_of_a_reducer_is_answered_as_in_production(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = api.dispatch("baskets", "a", break_())

    assert (answer.status, answer.problem) == (422, "reducer-failed")
    # And its trace is there for whoever looks at the failed test.
    assert "KeyError" in capsys.readouterr().out


def test_an_answer_that_is_no_problem_has_none(api: Api) -> None:
    with pytest.raises(AssertionError, match="Expected a problem; received 200"):
        _ = api.get("/health").problem


def test_headers_are_found_by_any_spelling() -> None:
    headers = Headers({"Content-Type": "text/plain"})

    assert headers["content-TYPE"] == headers.get("CONTENT-type") == "text/plain"
    assert "CONTENT-TYPE" in headers
    assert headers.get("etag", "none") == "none"
    assert headers == {"content-type": "text/plain"}


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"statusCode": 200, "headers": {"x": 1}}, "Expected headers of text"),
        ({"statusCode": 200, "headers": {}, "isBase64Encoded": True}, "Expected a body of text"),
        (
            {"statusCode": 200, "headers": {"Content-Encoding": "gzip"}, "body": "{}"},
            "Expected a body of text",
        ),
        ({"statusCode": 200, "headers": {}, "body": "x" * 7_000_000}, "Lambda returns at most"),
    ],
)
def test_what_the_gateway_could_not_send_fails(result: dict[str, object], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        read_answer(result)
