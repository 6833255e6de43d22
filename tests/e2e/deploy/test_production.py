"""The ``prod`` profile: deployed, called by who may, changed, changed back, deleted."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

import pytest

from roundtrip_devtools.credentials import Open
from roundtrip_devtools.smoke.cases import CASES
from roundtrip_devtools.smoke.run import Target
from tests.e2e.deploy import limits
from tests.e2e.deploy.callers import iam_user
from tests.e2e.deploy.cloud import ARCHITECTURE, runtime
from tests.e2e.deploy.sam import Refused, Sam, Stack
from tests.e2e.targets import ORIGIN, LimitedTarget, check, new_client
from tests.orders import (
    CREATED,
    ORDER,
    order_path,
    quantity_changed,
    stream_path,
)

if TYPE_CHECKING:
    from pathlib import Path

    from roundtrip_devtools.credentials import Credentials
    from roundtrip_devtools.smoke.case import Case
    from roundtrip_devtools.smoke.client import Client
    from tests.e2e.deploy.cloud import Cloud

pytestmark = [pytest.mark.engine, pytest.mark.sam]

PROFILE = "prod"
STACK = "roundtrip"
ORDER_ID = "kept"
NOTE = {"id": "n-1", "text": "call Ada"}

# A store of one's own, in the two steps of the README.
_NOTES = """
from pydantic import BaseModel, ConfigDict
from roundtrip import create_crud_slice


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str
    done: bool = False


notes = create_crud_slice("notes", Note)
"""
_AND_STORE = """
from app.notes import notes

STORES = (*STORES, Store("notes", notes, collection="notes"))
"""


def parameters(sam: Sam, **changed: str) -> dict[str, str]:
    """Return the profile's, and what differs from it here."""
    return {
        **sam.profile(PROFILE),
        # This machine has to run the function.
        "Architecture": ARCHITECTURE,
        # For the case of CORS.
        "CorsOrigins": ORIGIN,
        **changed,
    }


def resources(cloud: Cloud) -> dict[str, set[str]]:
    """Return the names of what a stack creates, except for its table, by service."""
    functions = cloud.client("lambda").list_functions()["Functions"]
    apis = cloud.client("apigatewayv2").get_apis()["Items"]
    log_groups = cloud.client("logs").describe_log_groups()["logGroups"]
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    roles = cloud.client("iam").list_roles()["Roles"]
    return {
        "functions": {one["FunctionName"] for one in functions},
        "apis": {one["ApiId"] for one in apis},
        "log groups": {one["logGroupName"] for one in log_groups},
        "alarms": {one["AlarmName"] for one in alarms},
        "roles": {one["RoleName"] for one in roles},
    }


@pytest.fixture(scope="module", autouse=True)
def before(cloud: Cloud) -> dict[str, set[str]]:
    """The resources of other modules' stacks, which share the emulator."""
    return resources(cloud)


def deploy(sam: Sam, **changed: str) -> Stack:
    return sam.deploy(
        STACK,
        *("--config-env", PROFILE),
        parameters=parameters(sam, **changed),
        # The profile asks before it changes anything.
        answers="y\n",
    )


@pytest.fixture(scope="module")
def first_build(sam: Sam, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the first build, to deploy it again."""
    sam.make_build()
    return shutil.copytree(sam.build_dir, tmp_path_factory.mktemp("first") / "build")


@pytest.fixture(scope="module")
def stack(sam: Sam, first_build: Path) -> Stack:
    assert first_build.is_dir()
    made = deploy(sam)
    limits.complete_cors(made)
    return made


@pytest.fixture(scope="module")
def ada(stack: Stack) -> Credentials:
    return iam_user(stack.cloud, may_call=stack.resource("Api"))


@pytest.fixture(scope="module")
def target(stack: Stack, ada: Credentials) -> Target:
    client = new_client(stack.outputs["ApiUrl"], ada)
    return LimitedTarget(client=client, origin=ORIGIN, unable=limits.UNABLE)


def client(stack: Stack, credentials: Credentials) -> Client:
    """Return what calls the API at its other address, where ``/health`` is the API's too."""
    return new_client(limits.other_address(stack), credentials)


def test_cloudformation_got_the_parameters(sam: Sam, stack: Stack) -> None:
    assert stack.status == "CREATE_COMPLETE"
    assert stack.parameters.items() >= parameters(sam).items()
    assert stack.parameters["AuthMode"] == "IAM"


def test_the_data_are_protected(stack: Stack) -> None:
    limits.check_protection(stack)


def test_the_api_calls_the_alias_of_a_published_version(stack: Stack) -> None:
    integration = stack.cloud.client("apigatewayv2").get_integration(
        ApiId=stack.resource("Api"), IntegrationId=stack.resource("Integration")
    )
    assert integration["IntegrationUri"] == stack.outputs["FunctionAliasArn"]
    assert integration["IntegrationUri"].endswith(":live")
    assert published(stack) == ("1", "INFO")


def published(stack: Stack) -> tuple[str, str]:
    """Return the version behind the alias, and its log level; it has to be the only one."""
    function = stack.cloud.client("lambda")
    name = stack.outputs["FunctionName"]
    alias = function.get_alias(FunctionName=name, Name="live")
    versions = function.list_versions_by_function(FunctionName=name)["Versions"]
    assert [one["Version"] for one in versions] == ["$LATEST", alias["FunctionVersion"]]
    configuration = function.get_function_configuration(FunctionName=name, Qualifier="live")
    level = configuration["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"]
    return alias["FunctionVersion"], level


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, target: Target) -> None:
    check(case, target)


@pytest.mark.parametrize("name", limits.UNABLE)
def test_case_at_the_other_address(name: str, stack: Stack, ada: Credentials) -> None:
    (case,) = [one for one in CASES if one.name == name]
    check(case, Target(client=client(stack, ada), origin=ORIGIN))


def test_health_is_open(stack: Stack) -> None:
    answer = client(stack, Open()).send("GET", "/health").expect(HTTPStatus.OK)
    assert answer.document == {"status": "ok"}


@pytest.mark.parametrize("path", ["/sales-orders", "/openapi.json", "/no-such-path"])
def test_without_a_signature_or_a_policy_nobody_gets_in(stack: Stack, path: str) -> None:
    for stranger in (Open(), iam_user(stack.cloud, may_call=None)):
        answer = client(stack, stranger).send("GET", path)
        assert answer.status == HTTPStatus.FORBIDDEN, answer.body


def test_a_caller_has_data_of_its_own_beside_the_account_s(stack: Stack, ada: Credentials) -> None:
    grace = client(stack, iam_user(stack.cloud, may_call=stack.resource("Api")))
    own = client(stack, ada)
    own.send("POST", "/contacts", {"id": "c-1", "name": "Ada"}).expect(HTTPStatus.CREATED)
    grace.send("GET", "/contacts/c-1").problem(HTTPStatus.NOT_FOUND, "stream-not-found")
    own.send("GET", "/contacts/c-1").expect(HTTPStatus.OK)

    own.send("POST", "/sales-orders", {**ORDER, "id": "shared"}).expect(HTTPStatus.CREATED)
    grace.send("GET", order_path("shared")).expect(HTTPStatus.OK)
    grace.send("DELETE", order_path("shared")).expect(HTTPStatus.NO_CONTENT)


def test_the_function_works_by_its_policy(stack: Stack, ada: Credentials) -> None:
    """Without it nothing would: the emulator asks it, as this denial shows."""
    role, name = stack.resource("FunctionRole"), "denial"
    statement = {"Effect": "Deny", "Action": "dynamodb:Query", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam = stack.cloud.client("iam")
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    try:
        answer = client(stack, ada).send("GET", "/sales-orders")
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    answer.problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal")
    client(stack, ada).send("GET", "/sales-orders").expect(HTTPStatus.OK)


def test_parameters_that_contradict_each_other_change_nothing(sam: Sam, stack: Stack) -> None:
    with pytest.raises(Refused, match="AuthMode JWT needs JwtIssuer"):
        deploy(sam, AuthMode="JWT")
    assert stack.parameters["AuthMode"] == "IAM"


@pytest.fixture(scope="module")
def order_version(target: Target) -> int:
    """Make an order before the stack is changed."""
    actions = [CREATED, quantity_changed(3)]
    path = f"{stream_path(ORDER_ID)}/actions"
    made = target.client.send("POST", path, actions).expect(HTTPStatus.CREATED)
    return int(made.document["version"])


@pytest.fixture(scope="module")
def quieter(sam: Sam, stack: Stack) -> Stack:
    """Deploy the same code with another parameter."""
    same = deploy(sam, LogLevel="WARNING")
    assert same == stack
    return same


def test_a_changed_parameter_reaches_the_version_that_serves(quieter: Stack) -> None:
    assert published(quieter) == ("2", "WARNING")


@pytest.fixture(scope="module")
def changed(sam: Sam, quieter: Stack, order_version: int) -> Stack:
    """Deploy a change of the application, without a word on the parameter."""
    assert order_version
    app = sam.directory / "src" / "service" / "app"
    (app / "notes.py").write_text(_NOTES, "utf-8")
    stores = app / "stores.py"
    stores.write_text(stores.read_text("utf-8") + _AND_STORE, "utf-8")
    sam.make_build()
    same = deploy(sam)
    assert same == quieter
    return same


def test_a_change_is_served_on_the_data_that_there_were(
    changed: Stack, target: Target, order_version: int
) -> None:
    assert changed.status == "UPDATE_COMPLETE"
    # A parameter that was given once, and is not given now, keeps its value.
    assert published(changed) == ("3", "WARNING")
    target.client.send("POST", "/notes", NOTE).expect(HTTPStatus.CREATED)
    target.client.send("GET", "/notes/n-1").expect(HTTPStatus.OK)

    kept = target.client.send("GET", order_path(ORDER_ID)).expect(HTTPStatus.OK)
    assert kept.document["version"] == order_version
    path = f"{stream_path(ORDER_ID)}/actions"
    later = target.client.send("POST", path, quantity_changed(4)).expect(HTTPStatus.OK)
    assert later.document["version"] == order_version + 1


@pytest.mark.skipif(not limits.has_snapshots(runtime()), reason="needs SnapStart, to contradict it")
def test_a_change_that_fails_is_rolled_back(sam: Sam, changed: Stack, target: Target) -> None:
    built = sam.build_dir / "template.yaml"
    text = built.read_text("utf-8")
    # Valid by itself, and refused beside SnapStart, which allows at most 512 MB. Only the API's
    # function has it, which comes first.
    memory = "      MemorySize: 1024\n"
    assert text.index("\n  Function:\n") < text.index(memory) < text.index("      SnapStart:\n")
    more_storage = f"{memory}      EphemeralStorage: {{ Size: 1024 }}\n"
    built.write_text(text.replace(memory, more_storage, 1), "utf-8")
    with pytest.raises(Refused, match="UPDATE_ROLLBACK_COMPLETE"):
        deploy(sam, LogRetentionDays="7")

    assert changed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert changed.parameters["LogRetentionDays"] == "90"
    assert published(changed) == ("3", "WARNING")
    target.client.send("GET", "/notes/n-1").expect(HTTPStatus.OK)


@pytest.fixture(scope="module")
def restored(sam: Sam, changed: Stack, first_build: Path) -> Stack:
    """Deploy the first build again."""
    shutil.rmtree(sam.build_dir)
    shutil.copytree(first_build, sam.build_dir)
    same = deploy(sam)
    assert same == changed
    return same


def test_going_back_is_one_more_deployment(
    restored: Stack, target: Target, order_version: int
) -> None:
    assert published(restored) == ("4", "WARNING")
    target.client.send("GET", "/notes/n-1").problem(HTTPStatus.NOT_FOUND, "route-not-found")
    kept = target.client.send("GET", order_path(ORDER_ID)).expect(HTTPStatus.OK)
    assert kept.document["version"] == order_version + 1


def test_nobody_is_served_by_what_is_not_published(restored: Stack, target: Target) -> None:
    broken = io.BytesIO()
    with zipfile.ZipFile(broken, "w") as package:
        package.writestr("app/main.py", "raise RuntimeError\n")
    function, name = restored.cloud.client("lambda"), restored.outputs["FunctionName"]
    function.update_function_code(FunctionName=name, ZipFile=broken.getvalue())
    assert "FunctionError" in function.invoke(FunctionName=name)
    target.client.send("GET", order_path(ORDER_ID)).expect(HTTPStatus.OK)


class Deleted(NamedTuple):
    """A stack that was deleted.

    `table` is the table's name, `fates` says of each resource what became of it.
    """

    table: str
    fates: dict[str, str]


@pytest.fixture(scope="module")
def deleted(restored: Stack, sam: Sam) -> Deleted:
    table, resources = restored.outputs["TableName"], restored.resources
    assert "Deleted successfully" in sam.delete("--config-env", PROFILE)
    assert restored.status == "DELETE_COMPLETE"
    events = restored.last_events
    return Deleted(table, {name: events[name] for name in resources})


def test_the_table_outlives_its_stack(deleted: Deleted, cloud: Cloud) -> None:
    assert deleted.fates.pop("Table") == "DELETE_SKIPPED"
    assert set(deleted.fates.values()) == {"DELETE_COMPLETE"}
    items = cloud.client("dynamodb").scan(
        TableName=deleted.table,
        FilterExpression="contains(pk, :order) AND sk = :head",
        ExpressionAttributeValues={":order": {"S": f"#{ORDER_ID}"}, ":head": {"S": "head"}},
    )["Items"]
    assert [item["version"] for item in items] == [{"N": "3"}]


def test_nothing_else_is_left(deleted: Deleted, before: dict[str, set[str]], cloud: Cloud) -> None:
    assert deleted.fates
    assert resources(cloud) == before
