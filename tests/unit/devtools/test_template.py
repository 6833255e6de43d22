from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundtrip_devtools.errors import TemplateError
from roundtrip_devtools.table import table_definition
from roundtrip_devtools.template import FunctionDefinition, Template
from tests import checkout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = """
Parameters:
  Billing: {Type: String, Default: PAY_PER_REQUEST}
  Nameless: {Type: String}
Conditions:
  Open: !Equals [!Ref Billing, x]
Resources:
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {RouteKey: "GET /{proxy+}", Target: !Sub "integrations/${Integration}"}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.main.lambda_handler
      Runtime: python3.13
      Timeout: 15
      Environment:
        Variables:
          TABLE_NAME: !Ref Table
          BILLING: !Ref Billing
          PLAIN: 1
          NAMELESS: !Ref Nameless
          DECIDED: !If [Open, !GetAtt Table.Arn, x]
          PARTLY: !If [Open, x, !GetAtt Table.Arn]
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: !Ref Billing
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: expiresAt, Enabled: true}
      DeletionProtectionEnabled: !If [Open, true, false]
      SSESpecification: !If [Open, {SSEEnabled: true}, !Ref AWS::NoValue]
"""


def template(directory: Path, text: str = TEXT, **parameters: str) -> Template:
    path = directory / "template.yaml"
    path.write_text(text)
    return Template(path, parameters)


def test_the_function_and_the_routes(tmp_path: Path) -> None:
    own = template(tmp_path)
    assert own.runtime() == "python3.13"
    assert own.route_keys() == ("GET /{proxy+}",)
    assert own.code_uris() == frozenset()
    assert Template(checkout.TEMPLATE).code_uris() == {"src/service"}
    # Variables that only a deployment knows are left out.
    assert own.function() == FunctionDefinition(
        handler="app.main.lambda_handler",
        timeout_s=15,
        memory_mb=128,
        variables={"BILLING": "PAY_PER_REQUEST", "PLAIN": "1", "DECIDED": "x"},
    )


BARE = "Resources: {F: {Type: AWS::Serverless::Function}}"
GUARDED = """
Parameters:
  AuthMode: {Type: String, Default: IAM}
Conditions:
  IsOpen: !Equals [!Ref AuthMode, NONE]
Resources:
  Guarded:
    Type: AWS::ApiGatewayV2::Route
    Properties: {RouteKey: "GET /{proxy+}", AuthorizationType: !If [IsOpen, NONE, AWS_IAM]}
  Health:
    Type: AWS::ApiGatewayV2::Route
    Properties: {RouteKey: GET /health, AuthorizationType: NONE}
  Silent:
    Type: AWS::ApiGatewayV2::Route
    Properties: {RouteKey: GET /silent}
  Sockets:
    Type: AWS::ApiGatewayV2::Api
    Properties: {ProtocolType: WEBSOCKET}
  Messages:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Sockets, RouteKey: $default}
"""


def test_the_open_routes(tmp_path: Path) -> None:
    own = template(tmp_path, GUARDED)
    assert own.route_keys() == ("GET /{proxy+}", "GET /health", "GET /silent")
    assert own.open_routes() == {"GET /health", "GET /silent"}
    own = template(tmp_path, GUARDED, AuthMode="NONE")
    assert own.open_routes() == {"GET /health", "GET /silent", "GET /{proxy+}"}


def test_a_guard_that_only_a_deployment_knows(tmp_path: Path) -> None:
    text = GUARDED.replace("!Ref AuthMode", "!Ref AWS::Region")
    with pytest.raises(TemplateError, match=r"AWS::Region.* is known only in a deployment"):
        template(tmp_path, text).open_routes()


@pytest.mark.parametrize("mode", ["JWT", "IAM"])
def test_of_this_project_only_the_health_is_open(mode: str) -> None:
    own = Template(checkout.TEMPLATE, {"AuthMode": mode})
    assert own.open_routes() == {"GET /health"}


def test_the_table_has_what_an_engine_takes(tmp_path: Path) -> None:
    definition = table_definition(template(tmp_path))
    assert definition.arguments == {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }
    assert definition.expires_at == "expiresAt"


def test_a_table_without_expiry(tmp_path: Path) -> None:
    text = TEXT.replace("Enabled: true}\n      Del", "Enabled: false}\n      Del")
    assert table_definition(template(tmp_path, text)).expires_at is None


def test_a_key_that_only_a_deployment_knows_is_refused(tmp_path: Path) -> None:
    text = TEXT.replace("KeySchema: [", "KeySchema: [!Ref Nameless, ")
    with pytest.raises(TemplateError, match="known only in a deployment"):
        table_definition(template(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Resources: {}", "has no AWS::DynamoDB::Table named Table"),
        ("a: [", "is not YAML"),
        ("- a", "has no Resources"),
    ],
)
def test_a_template_without_a_table(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(TemplateError, match=reason):
        template(tmp_path, text).table_properties()


@pytest.mark.parametrize(
    ("read", "text", "reason"),
    [
        (Template.function, "Resources: {}", "has no AWS::Serverless::Function"),
        (Template.function, BARE, "its function has no Handler"),
        (Template.runtime, BARE, "its function has no Runtime"),
        (Template.code_uri, BARE, "its function has no CodeUri"),
    ],
)
def test_a_template_without_a_function(
    tmp_path: Path, read: Callable[[Template], object], text: str, reason: str
) -> None:
    with pytest.raises(TemplateError, match=reason):
        read(template(tmp_path, text))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe\x00a", "it is not UTF-8 at byte 0"),
        (b"Resources:\n  Table: 3", "Table must be a resource with properties"),
        (b"Resources:\n  Table: {Properties: 3}", "Table must be a resource with properties"),
    ],
)
def test_a_template_that_cannot_be_read(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_bytes(content)
    with pytest.raises(TemplateError, match=reason):
        Template(path)


def test_a_timeout_that_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    function = "{Type: AWS::Serverless::Function, Properties: {Handler: a.b, Timeout: abc}}"
    path.write_text(f"Resources:\n  Function: {function}", "utf-8")
    with pytest.raises(TemplateError, match="Timeout must be a number, not 'abc'"):
        Template(path).function()


def test_no_template_at_all(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"none\.yaml: it cannot be read"):
        Template(tmp_path / "none.yaml")


CONDITIONS = """
Parameters: {AuthMode: {Type: String, Default: JWT}}
Conditions:
  IsJwt: !Equals [!Ref AuthMode, JWT]
  IsOpen: !Equals [!Ref AuthMode, NONE]
  Same: !Condition IsJwt
  Not: !Not [!Condition IsJwt]
  And: !And [!Condition IsJwt, !Condition IsOpen]
  Or: !Or [!Condition IsJwt, !Condition IsOpen]
Resources: {}
"""


@pytest.mark.parametrize(
    ("condition", "for_jwt", "for_none"),
    [
        ("IsJwt", "JWT", "no"),
        ("Same", "JWT", "no"),
        ("Not", "no", "NONE"),
        ("And", "no", "no"),
        ("Or", "JWT", "NONE"),
    ],
)
def test_a_condition(tmp_path: Path, condition: str, for_jwt: str, for_none: str) -> None:
    value = {"Fn::If": [condition, {"Fn::If": [condition, {"Ref": "AuthMode"}, "x"]}, "no"]}
    assert template(tmp_path, CONDITIONS).plain(value) == for_jwt
    assert template(tmp_path, CONDITIONS, AuthMode="NONE").plain(value) == for_none


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::If": ["Missing", "a", "b"]},
        {"Fn::If": ["IsJwt", {"Fn::GetAtt": ["Api", "Id"]}, "b"]},
        [{"Ref": "AWS::Region"}],
    ],
)
def test_a_value_that_only_a_deployment_knows(tmp_path: Path, value: Any) -> None:
    with pytest.raises(TemplateError, match=r"(Missing|GetAtt|Region).*only in a deployment"):
        template(tmp_path, CONDITIONS).plain(value)


def test_the_template_of_this_project() -> None:
    own = Template(checkout.TEMPLATE)
    definition = table_definition(own)
    assert own.function().handler == "app.main.lambda_handler"
    assert definition.arguments["BillingMode"] == "PAY_PER_REQUEST"
    assert definition.arguments["GlobalSecondaryIndexes"][0]["IndexName"] == "byCreation"
    assert definition.expires_at == "expiresAt"
