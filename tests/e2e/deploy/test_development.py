"""The default profile: an open API, made one for tokens by ``sam deploy --guided``, deleted."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.build import settle
from roundtrip_devtools.credentials import Open
from roundtrip_devtools.smoke.cases import CASES
from roundtrip_devtools.template import read_template
from tests.e2e.deploy import limits
from tests.e2e.deploy.callers import issuer
from tests.e2e.deploy.cloud import ARCHITECTURE
from tests.e2e.deploy.sam import Refused
from tests.e2e.targets import ORIGIN, LimitedTarget, check, new_client
from tests.orders import ORDER, order_path

if TYPE_CHECKING:
    from roundtrip_devtools.credentials import Credentials
    from roundtrip_devtools.smoke.case import Case
    from roundtrip_devtools.smoke.run import Target
    from tests.e2e.deploy.callers import Issuer
    from tests.e2e.deploy.cloud import Cloud
    from tests.e2e.deploy.sam import Sam, Stack

pytestmark = [pytest.mark.engine, pytest.mark.sam]

STACK = "roundtrip-dev"
ORDER_ID = "of-an-open-api"


@pytest.fixture(scope="module")
def opened(sam: Sam) -> Stack:
    """Deploy a profile that ``--guided`` may have saved, by ``make deploy``."""
    parameters = {
        **sam.profile("default"),
        "AuthMode": "NONE",
        # This machine has to run the function.
        "Architecture": ARCHITECTURE,
        # For the case of CORS.
        "CorsOrigins": ORIGIN,
    }
    text = " ".join(f'{name}=\\"{value}\\"' for name, value in parameters.items())
    with (sam.directory / "samconfig.toml").open("a", encoding="utf-8") as config:
        config.write(
            "\n[mine.deploy.parameters]\n"
            f'stack_name = "{STACK}"\nresolve_s3 = true\n'
            f'capabilities = "CAPABILITY_IAM"\nparameter_overrides = "{text}"\n'
        )
    stack = sam.make_deploy(STACK, "mine")
    assert stack.parameters.items() >= parameters.items()
    limits.complete_cors(stack)
    return stack


def api(stack: Stack, credentials: Credentials) -> Target:
    client = new_client(stack.outputs["ApiUrl"], credentials)
    return LimitedTarget(client=client, origin=ORIGIN, unable=limits.UNABLE)


def test_an_open_api(opened: Stack) -> None:
    # All cases run on open APIs in tests/e2e, and below on this one with tokens.
    for case in CASES:
        if case.name in {"create", "retry-with-a-key", "list-streams", "concurrent-writers"}:
            check(case, api(opened, Open()))


def test_what_was_built_for_another_processor_is_refused(sam: Sam, opened: Stack) -> None:
    built = sam.directory / ".aws-sam" / "build" / "template.yaml"
    text = built.read_text("utf-8")
    other = {"arm64": "x86_64", "x86_64": "arm64"}[ARCHITECTURE]
    settle(built, other)
    # Neither for the value that the stack has had, nor for one that is given.
    for parameters in (None, {"Architecture": ARCHITECTURE}):
        with pytest.raises(Refused, match=f"Architecture.*AllowedValues.*{other}"):
            sam.deploy(STACK, parameters=parameters)
    built.write_text(text, "utf-8")
    assert opened.parameters["Architecture"] == ARCHITECTURE


@pytest.fixture(scope="module")
def order(opened: Stack) -> str:
    client = api(opened, Open()).client
    client.send("POST", "/sales-orders", {**ORDER, "id": ORDER_ID}).expect(HTTPStatus.CREATED)
    return ORDER_ID


@pytest.fixture(scope="module")
def people(cloud: Cloud) -> Issuer:
    return issuer(cloud)


@pytest.fixture(scope="module")
def application(people: Issuer) -> str:
    return people.application()


@pytest.fixture(scope="module")
def guided(sam: Sam, opened: Stack, order: str, people: Issuer, application: str) -> Stack:
    """Answer what ``sam deploy --guided`` asks; an empty line takes what it proposes."""
    assert order
    answers = {
        "AuthMode": "JWT",
        "JwtIssuer": people.url,
        "JwtAudience": application,
        "JwtTenantClaim": "custom:tenant",
        "CorsOrigins": ORIGIN,
        "Architecture": ARCHITECTURE,
    }
    asked = list(read_template(sam.directory / "template.yaml")["Parameters"])
    assert set(answers) <= set(asked)
    stack_name, region = "", ""
    confirm, make_roles, keep_failed, save = "n", "y", "n", "n"
    lines = [stack_name, region, *(answers.get(name, "") for name in asked)]
    lines += [confirm, make_roles, keep_failed, save]
    stack = sam.deploy(STACK, "--guided", answers="".join(f"{line}\n" for line in lines))
    assert stack.id == opened.id
    assert stack.parameters.items() >= {**sam.profile("default"), **answers}.items()
    return stack


@pytest.fixture(scope="module")
def ada(guided: Stack, people: Issuer, application: str) -> Credentials:
    assert guided.status == "UPDATE_COMPLETE"
    return people.token(people.user("ada", tenant="one"), application)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case_with_a_token(case: Case, guided: Stack, ada: Credentials) -> None:
    check(case, api(guided, ada))


def test_without_a_token_for_it_nobody_gets_in(guided: Stack, people: Issuer) -> None:
    elsewhere = people.token(people.user("eve", tenant="one"), people.application())
    for stranger in (Open(), elsewhere):
        for path in ("/sales-orders", order_path(ORDER_ID), "/openapi.json"):
            answer = api(guided, stranger).client.send("GET", path)
            assert answer.status == HTTPStatus.UNAUTHORIZED, answer.body
    health = new_client(limits.other_address(guided), Open()).send("GET", "/health")
    assert health.expect(HTTPStatus.OK).document == {"status": "ok"}


def test_orders_are_the_tenant_s_and_contacts_the_caller_s(
    guided: Stack, people: Issuer, application: str, ada: Credentials
) -> None:
    own, colleague, stranger = (
        api(guided, one).client
        for one in (
            ada,
            people.token(people.user("grace", tenant="one"), application),
            people.token(people.user("mallory", tenant="two"), application),
        )
    )
    # What was made while the API was open belongs to no tenant.
    own.send("GET", order_path(ORDER_ID)).problem(HTTPStatus.NOT_FOUND, "stream-not-found")
    own.send("POST", "/sales-orders", {**ORDER, "id": "so-1"}).expect(HTTPStatus.CREATED)
    own.send("POST", "/contacts", {"id": "c-1", "name": "Ada"}).expect(HTTPStatus.CREATED)
    colleague.send("GET", order_path("so-1")).expect(HTTPStatus.OK)
    colleague.send("GET", "/contacts/c-1").problem(HTTPStatus.NOT_FOUND, "stream-not-found")
    stranger.send("GET", order_path("so-1")).problem(HTTPStatus.NOT_FOUND, "stream-not-found")
    assert stranger.send("GET", "/sales-orders").document["items"] == []


def test_plain_delete_deletes_it(sam: Sam, guided: Stack) -> None:
    assert "Deleted successfully" in sam.delete()
    assert guided.status == "DELETE_COMPLETE"
