from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.http.application import STORES, added_action, kept_action
from tests.integration.http.dynamo import scan
from tests.orders import ORDER
from tests.shop import STORES as SHOP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Start

    Caller = Callable[..., Api]

ACCOUNT = "123456789012"


def jwt(sub: object = "ada", tenant: object = "acme", **claims: object) -> dict[str, Any]:
    return {"jwt": {"claims": {"sub": sub, "tenant": tenant, **claims}, "scopes": None}}


def iam(user: str, *, account: str = ACCOUNT, identity: str | None = None) -> dict[str, Any]:
    cognito = None if identity is None else {"amr": [], "identityId": identity}
    return {
        "iam": {
            "accessKey": "AKIA",
            "accountId": account,
            "callerId": user,
            "cognitoIdentity": cognito,
            "principalOrgId": None,
            "userArn": f"arn:aws:iam::{account}:user/{user}",
            "userId": user,
        }
    }


@pytest.fixture
def tokens(start: Start, empty_table: str) -> Caller:
    """Callers of an API with tokens."""
    container = start(stores=STORES, table=empty_table, auth_mode="JWT")
    return lambda *names, **more: container.api(authorizer=jwt(*names, **more))


@pytest.fixture
def signed(start: Start, empty_table: str) -> Caller:
    """Callers of an API that signs with IAM."""
    container = start(stores=STORES, table=empty_table, auth_mode="IAM")
    return lambda *names, **more: container.api(authorizer=iam(*names, **more))


def list_ids(api: Api, store: str) -> list[str]:
    return [item["id"] for page in api.pages(f"/stores/{store}", limit=10) for item in page]


def test_callers_never_see_each_others_private_streams(tokens: Caller) -> None:
    tokens("ada").post("/stores/notes/a/actions", kept_action("adas"))

    bo = tokens("bo")

    assert bo.get("/stores/notes/a").status == 404
    assert bo.get("/stores/notes/a/events").status == 404
    assert bo.get("/stores/notes/a", query={"version": "1"}).status == 404
    assert list_ids(bo, "notes") == []


def test_callers_have_streams_of_their_own_under_one_id(tokens: Caller) -> None:
    for name in ("ada", "bo"):
        answer = tokens(name).post("/stores/notes/a/actions", added_action(name))
        assert answer.status == 201

    assert tokens("ada").get("/stores/notes/a").json["state"] == {"log": ["ada"]}
    assert list_ids(tokens("ada"), "notes") == ["a"]


def test_no_caller_passes_for_a_listener(tokens: Caller) -> None:
    """The actor of what listeners dispatch begins so, and loops are found by it."""
    answer = tokens("listener:confirmation").post("/stores/notes/a/actions", added_action("x"))
    assert (answer.status, answer.json["type"]) == (403, "/problems/forbidden")
    assert tokens("listener").post("/stores/notes/a/actions", added_action("x")).status == 201


def test_one_callers_key_is_not_anothers(tokens: Caller) -> None:
    key = {"idempotency-key": "k"}
    tokens("ada").post("/stores/notes/a/actions", kept_action(1), headers=key)

    answer = tokens("bo").post("/stores/notes/a/actions", kept_action(1), headers=key)

    assert "idempotent-replayed" not in answer.headers


def test_a_tenant_shares_a_shared_store(tokens: Caller) -> None:
    tokens("ada", "acme").post("/stores/minutes/a/actions", added_action("ada"))

    answer = tokens("bo", "acme").post("/stores/minutes/a/actions", added_action("bo"))

    assert (answer.status, answer.json["state"]) == (200, {"log": ["ada", "bo"]})


def test_the_events_of_a_shared_stream_tell_who_sent_each(tokens: Caller) -> None:
    for name in ("ada", "bo"):
        tokens(name).post("/stores/minutes/a/actions", added_action(1))

    events = tokens("ada").events("/stores/minutes/a")

    assert [event["actor"] for event in events] == ["ada", "bo"]


def test_tenants_never_see_each_others_shared_streams(tokens: Caller) -> None:
    tokens("ada", "acme").post("/stores/minutes/a/actions", kept_action(1))

    stranger = tokens("ada", "other")

    assert stranger.get("/stores/minutes/a").status == 404
    assert list_ids(stranger, "minutes") == []


@pytest.mark.parametrize("tenant", [None, ""])
def test_a_shared_store_without_a_tenant_is_403(tokens: Caller, tenant: str | None) -> None:
    answer = tokens("ada", tenant).post("/stores/minutes/a/actions", kept_action(1))

    assert (answer.status, answer.problem) == (403, "forbidden")
    assert tokens("ada", tenant).post("/stores/notes/a/actions", kept_action(1)).status == 201


# As API Gateway writes lists, objects, null, booleans and large numbers; the rest is defensive.
NOT_ONE_TEXT = [
    *("[acme admins]", "[acme]", "[]", "map[id:acme]", "<nil>", "true", "false", "1.6e+09"),
    *("1.51E9", '["acme"]', '{"id":"acme"}', "null", " ", "\n", ["acme"], {"id": "acme"}, 7, True),
]


@pytest.mark.parametrize("claim", NOT_ONE_TEXT)
def test_a_claim_that_is_not_one_text_is_403(tokens: Caller, claim: object) -> None:
    odd = tokens("ada", claim)
    refused = odd.post("/stores/minutes/a/actions", kept_action(1))

    assert (refused.status, refused.problem) == (403, "forbidden")
    assert odd.post("/stores/notes/a/actions", kept_action(1)).status == 201
    assert tokens(claim).post("/stores/notes/a/actions", kept_action(1)).status == 403


@pytest.mark.parametrize("tenant", ["acme [eu]", "[eu] acme", "42", "Acme Corp", "e7", "truer"])
def test_a_claim_with_brackets_or_digits_is_a_text(tokens: Caller, tenant: str) -> None:
    assert tokens("ada", tenant).post("/stores/minutes/a/actions", kept_action(1)).status == 201


@pytest.mark.parametrize("sub", [None, ""])
def test_a_token_without_a_subject_is_401(tokens: Caller, sub: str | None) -> None:
    assert tokens(sub).get("/stores/notes/a").status == 401


HOSTILE_NAMES = [
    "ada",
    "ada#notes#a",
    "#",
    "a/b",
    "../public",
    "tenant:acme",
    "user:ada",
    "public",
    "acme",
    "ada%23notes",
    "%",
    "Ada",
    "ada ",
    "\u00e4da",
    "a\u0308da",
    "\u0000",
    "\U0001f600",
    "ada\n",
]


@pytest.mark.parametrize("store", ["notes", "minutes"])
def test_hostile_names_reach_only_their_own_streams(tokens: Caller, store: str) -> None:
    for name in HOSTILE_NAMES:
        answer = tokens(name, name).post(f"/stores/{store}/a/actions", kept_action(name))
        assert answer.status == 201

    for name in HOSTILE_NAMES:
        assert tokens(name, name).get(f"/stores/{store}/a").json["state"] == {"kept": name}
        assert list_ids(tokens(name, name), store) == ["a"]


@pytest.mark.parametrize(
    "identity",
    [
        "user:ada#notes#a",
        "user%3Aada%23notes%23a",
        "..",
        "../../ada/notes/a",
        "a#head",
        "tenant:acme#minutes#a",
    ],
)
def test_no_id_in_a_path_leads_to_anothers_stream(tokens: Caller, identity: str) -> None:
    tokens("ada").post("/stores/notes/a/actions", kept_action("adas"))

    answer = tokens("bo").get(f"/stores/notes/{identity}")

    assert answer.status in {400, 404, 405}
    assert "adas" not in answer.text


def test_no_header_query_or_body_names_a_namespace(start: Start, empty_table: str) -> None:
    container = start(stores=STORES, table=empty_table, auth_mode="JWT")
    bo = container.api(authorizer=jwt("bo", "other"))
    names = ("x-user", "x-tenant", "tenant", "sub", "x-forwarded-user", "cookie")
    headers = dict.fromkeys(names, "ada")

    bo.post("/stores/notes/a/actions", kept_action({"sub": "ada"}), headers=headers)
    refused = bo.get("/stores/notes/a", query={"tenant": "acme"})

    assert {pk for pk, _ in scan(container.sdk, empty_table)} == {"jwt-user:bo#notes#a"}
    assert refused.status == 400


def test_a_cursor_of_another_caller_shows_only_ones_own(tokens: Caller) -> None:
    for identity in ("a", "b", "c"):
        tokens("ada").post(f"/stores/notes/{identity}/actions", kept_action("adas"))
        tokens("bo").post(f"/stores/notes/{identity}/actions", kept_action("bos"))
    page = tokens("ada").get("/stores/notes", query={"limit": "1"}).json

    answer = tokens("bo").get("/stores/notes", query={"cursor": page["next"]}).json

    own = {item["createdAt"] for item in tokens("bo").get("/stores/notes").json["items"]}
    assert {item["createdAt"] for item in answer["items"]} <= own


def test_a_creation_with_a_key_and_no_id_is_the_callers_own(start: Start, empty_table: str) -> None:
    container = start(table=empty_table, auth_mode="JWT")
    key = {"idempotency-key": "same"}

    first, second = (
        container.api(authorizer=jwt("ada", tenant)).post("/sales-orders", ORDER, headers=key)
        for tenant in ("acme", "other")
    )

    assert (first.status, second.status) == (201, 201)
    assert first.json["id"] != second.json["id"]


def test_colleagues_use_the_same_key_for_requests_of_their_own(
    start: Start, empty_table: str
) -> None:
    container = start(stores=[*STORES, *SHOP], table=empty_table, auth_mode="JWT")
    ada, bo = (container.api(authorizer=jwt(name)) for name in ("ada", "bo"))
    key = {"idempotency-key": "1"}

    orders = [api.post("/sales-orders", ORDER, headers=key) for api in (ada, bo, ada)]
    lines = [
        api.post("/stores/minutes/a/actions", added_action(1), headers=key) for api in (ada, bo)
    ]

    assert [order.headers.get("idempotent-replayed") for order in orders] == [None, None, "true"]
    assert len({order.json["id"] for order in orders}) == 2
    assert [line.json["version"] for line in lines] == [1, 2]


def test_the_sessions_of_a_role_share_its_keys(signed: Caller) -> None:
    key = {"idempotency-key": "1"}
    answers = [
        signed(f"AROAROLE:{day}").post("/stores/notes/a/actions", added_action(1), headers=key)
        for day in ("monday", "tuesday")
    ]

    assert answers[1].headers["idempotent-replayed"] == "true"


def test_the_name_of_a_namespace_has_a_limit(tokens: Caller) -> None:
    assert tokens("a" * 512).post("/stores/notes/a/actions", kept_action(1)).status == 201
    assert tokens("a" * 513).post("/stores/notes/a/actions", kept_action(1)).status == 403


def test_the_tenants_claim_can_have_another_name(start: Start, empty_table: str) -> None:
    container = start(
        stores=STORES, table=empty_table, auth_mode="JWT", JWT_TENANT_CLAIM="custom:org"
    )
    caller = container.api(authorizer=jwt("ada", None, **{"custom:org": "acme"}))

    caller.post("/stores/minutes/a/actions", kept_action(1))

    assert {pk for pk, _ in scan(container.sdk, empty_table)} == {"jwt-tenant:acme#minutes#a"}


def test_iam_users_have_streams_of_their_own(signed: Caller) -> None:
    signed("AIDAADA").post("/stores/notes/a/actions", kept_action("adas"))

    assert signed("AIDABO").get("/stores/notes/a").status == 404
    assert signed("AIDAADA").get("/stores/notes/a").status == 200


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
PRINCIPALS = [
    *(ACCOUNT, "AIDABO", f"{ACCOUNT}:bob", f"{ACCOUNT}:eve", f"{ACCOUNT}:AROAROLE"),
    *("AROAROLE:session", "AROAOTHER:session", "AROAEC2:i-0123456789abcdef0", "aroarole:bob"),
]


def test_each_principal_of_an_account_has_streams_of_its_own(signed: Caller) -> None:
    for user in PRINCIPALS:
        assert signed(user).post("/stores/notes/a/actions", kept_action(user)).status == 201

    for user in PRINCIPALS:
        assert signed(user).get("/stores/notes/a").json["state"] == {"kept": user}


def test_signatures_and_tokens_never_meet(start: Start, empty_table: str) -> None:
    by_iam, by_jwt = (
        start(stores=STORES, table=empty_table, auth_mode=mode) for mode in ("IAM", "JWT")
    )
    signed, token = (
        by_iam.api(authorizer=iam("AIDAADA")),
        by_jwt.api(authorizer=jwt("AIDAADA", ACCOUNT)),
    )
    for store in ("notes", "minutes"):
        signed.post(f"/stores/{store}/a/actions", kept_action(1))

        assert token.get(f"/stores/{store}/a").status == 404
        assert list_ids(token, store) == []


def test_the_sessions_of_a_role_share_its_streams(signed: Caller) -> None:
    signed("AROAROLE:monday").post("/stores/notes/a/actions", kept_action(1))

    assert signed("AROAROLE:tuesday").get("/stores/notes/a").status == 200


def test_cognito_identities_of_one_role_have_streams_of_their_own(signed: Caller) -> None:
    role = "AROAROLE:CognitoIdentityCredentials"
    signed(role, identity="eu-west-1:ada").post("/stores/notes/a/actions", kept_action(1))

    assert signed(role, identity="eu-west-1:bo").get("/stores/notes/a").status == 404
    assert signed(role).get("/stores/notes/a").status == 404


def test_the_account_is_the_tenant_of_iam_callers(signed: Caller) -> None:
    signed("AIDAADA").post("/stores/minutes/a/actions", kept_action(1))

    assert signed("AIDABO").get("/stores/minutes/a").status == 200
    assert signed("AIDABO", account="999999999999").get("/stores/minutes/a").status == 404


@pytest.mark.parametrize("auth_mode", ["IAM", "JWT"])
@pytest.mark.parametrize(
    "authorizer",
    [
        None,
        {},
        {"iam": None, "jwt": None},
        {"iam": {}, "jwt": {}},
        {"jwt": {"claims": None}},
        {"iam": {"accountId": "1"}},
        {"iam": {"userId": "AIDA"}},
        {"lambda": {"sub": "ada", "userId": "AIDA", "accountId": "1"}},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/stores/notes/a/actions"),
        ("GET", "/stores/notes/a"),
        ("GET", "/stores/notes/a/events"),
        ("GET", "/stores/notes"),
    ],
)
def test_no_identity_is_401(
    start: Start, auth_mode: str, authorizer: dict[str, Any] | None, method: str, path: str
) -> None:
    caller = start(stores=STORES, auth_mode=auth_mode).api(authorizer=authorizer)

    answer = caller.send(method, path, kept_action(1))

    assert (answer.status, answer.problem) == (401, "unauthenticated")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_no_identity_is_401_on_the_crud_face(start: Start, method: str) -> None:
    answer = start(auth_mode="JWT").api().send(method, "/sales-orders/a", ORDER)

    assert answer.status == 401


@pytest.mark.parametrize("body", [ORDER, {"customer": 5}, "no order"])
def test_no_identity_is_401_before_a_body_is_looked_at(start: Start, body: object) -> None:
    assert start(auth_mode="JWT").api().post("/sales-orders", body).status == 401


@pytest.mark.parametrize("path", ["/health", "/openapi.json"])
def test_health_and_document_need_no_identity(start: Start, path: str) -> None:
    assert start(auth_mode="JWT").api().get(path).status == 200
