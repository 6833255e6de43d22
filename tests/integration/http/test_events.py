"""Events as API Gateway sends them, each in a file."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from tests.integration.http.application import STORES, kept_action
from tests.integration.http.client import Context, make_event, parse
from tests.integration.http.dynamo import scan

if TYPE_CHECKING:
    from tests.integration.http.client import Answer
    from tests.integration.http.conftest import Container, Start

EVENTS = Path(__file__).parent / "events"


def load(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return event


def handle(container: Container, event: dict[str, Any]) -> Answer:
    return parse(container.app.handler(event, Context()))


@pytest.mark.parametrize(
    ("name", "auth_mode", "namespace", "actor"),
    [
        ("open", "NONE", "public", None),
        ("base64", "NONE", "public", None),
        (
            "jwt",
            "JWT",
            "jwt-user:8f14e45f-ceea-467f-9d2c-1e2f3a4b5c6d",
            "8f14e45f-ceea-467f-9d2c-1e2f3a4b5c6d",
        ),
        (
            "iam",
            "IAM",
            "iam-user:AROAIDPPEZS35WEXAMPLE",
            "arn:aws:sts::123456789012:assumed-role/buyers/session",
        ),
        (
            "iam_cognito",
            "IAM",
            "iam-user:eu-west-1%3A0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
            "eu-west-1:0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
        ),
    ],
)
def test_an_action_is_kept_in_its_callers_namespace_under_its_callers_name(
    start: Start, empty_table: str, name: str, auth_mode: str, namespace: str, actor: str | None
) -> None:
    container = start(stores=STORES, table=empty_table, auth_mode=auth_mode)
    event = load(name)

    answer = handle(container, event)

    table = scan(container.sdk, empty_table)
    stream = event["rawPath"].split("/")[3]
    assert answer.status == 201
    assert {pk for pk, _ in table} == {f"{namespace}#notes#{stream}"}
    commit = table[f"{namespace}#notes#{stream}", "commit#000000000001"]
    assert commit.get("actor", {}).get("S") == actor


@pytest.mark.parametrize("name", ["open", "jwt", "iam", "iam_cognito", "base64"])
def test_an_open_api_asks_no_event_who_sent_it(start: Start, empty_table: str, name: str) -> None:
    container = start(stores=STORES, table=empty_table, auth_mode="NONE")

    handle(container, load(name))

    assert {pk.split("#")[0] for pk, _ in scan(container.sdk, empty_table)} == {"public"}


@pytest.mark.parametrize(
    ("name", "auth_mode"),
    [("open", "JWT"), ("open", "IAM"), ("iam", "JWT"), ("iam_cognito", "JWT"), ("jwt", "IAM")],
)
def test_an_event_without_the_identity_that_the_api_asks_for_is_401(
    start: Start, empty_table: str, name: str, auth_mode: str
) -> None:
    container = start(stores=STORES, table=empty_table, auth_mode=auth_mode)

    answer = handle(container, load(name))

    assert (answer.status, answer.problem) == (401, "unauthenticated")
    assert scan(container.sdk, empty_table) == {}


def test_a_body_in_base64_under_a_json_type_is_read(start: Start, empty_table: str) -> None:
    container = start(stores=STORES, table=empty_table)

    assert handle(container, load("base64")).json["state"] == {"kept": "Zoë"}


def test_a_query_parameter_given_twice_is_400(start: Start) -> None:
    answer = handle(start(stores=STORES), load("joined_query"))

    assert (answer.status, answer.problem) == (400, "malformed-request")
    assert "'1,2'" in answer.json["detail"]


def test_a_header_given_twice_is_read_as_a_list(start: Start, empty_table: str) -> None:
    container = start(stores=STORES, table=empty_table)
    event = load("joined_headers")
    made = container.api().post(f"{event['rawPath']}/actions", kept_action(1))
    event["headers"]["if-none-match"] = f'"7",{made.headers["etag"]}'

    assert handle(container, event).status == 304


@pytest.mark.parametrize(
    "missing",
    ["routeKey", "rawQueryString", "headers", "version", "isBase64Encoded", "body"],
)
def test_an_event_may_lack_what_is_not_needed(start: Start, missing: str) -> None:
    event = load("open")
    del event[missing]

    assert handle(start(stores=STORES), event).status in {200, 201, 400, 415}


@pytest.mark.parametrize("name", ["headers", "queryStringParameters", "cookies", "pathParameters"])
def test_an_event_may_have_null_where_there_is_nothing(start: Start, name: str) -> None:
    event = load("open") | {name: None}

    assert handle(start(stores=STORES), event).status in {200, 201, 415}


@pytest.mark.parametrize(
    ("method", "path", "made"),
    [
        ("POST", "/stores/contacts/{}/actions", "/stores/contacts/{}"),
        ("POST", "/contacts", "/contacts/{}"),
    ],
)
@pytest.mark.parametrize("stage", ["$default", "dev"])
@pytest.mark.parametrize("route_key", ["$default", "POST /{proxy+}"])
def test_the_location_is_right_behind_a_base_path(
    start: Start, method: str, path: str, made: str, stage: str, route_key: str
) -> None:
    name = uuid.uuid4().hex
    path, base = path.format(name), "" if stage == "$default" else f"/{stage}"
    body: dict[str, object] = {"id": name, "name": "Ada"}
    if path != "/contacts":
        body = {"type": "contacts/created", "payload": {"name": "Ada"}}
    event = make_event(
        method, base + path, body=json.dumps(body), headers={"content-type": "application/json"}
    )
    event["requestContext"]["stage"] = stage
    event |= {"routeKey": route_key, "pathParameters": {"proxy": path[1:]}}

    answer = handle(start(), event)

    assert answer.status == 201
    # The function does not see the base path of a custom domain.
    sent_to = f"https://api.example.org/v1{path}"
    location = urljoin(sent_to, answer.headers["location"])
    assert location == f"https://api.example.org/v1{made.format(name)}"
    assert urljoin(sent_to.replace("v1/", ""), answer.headers["location"]).endswith(
        f"api.example.org{made.format(name)}"
    )


def test_headers_are_known_in_any_case(start: Start) -> None:
    event = load("open")
    event["headers"] = {name.title(): value for name, value in event["headers"].items()}
    event["headers"]["Content-Type"] = "text/plain"

    assert handle(start(stores=STORES), event).status == 415
