from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.errors import TemplateError
from roundtrip_devtools.table import table_definition
from roundtrip_devtools.template import Template
from tests import checkout

if TYPE_CHECKING:
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
          PARTLY: !If [Open, !GetAtt Table.Arn, x]
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


def template(directory: Path, text: str = TEXT) -> Template:
    path = directory / "template.yaml"
    path.write_text(text)
    return Template(path)


def test_the_runtime(tmp_path: Path) -> None:
    assert template(tmp_path).runtime() == "python3.13"
    with pytest.raises(TemplateError) as caught:
        template(tmp_path, TEXT.replace("      Runtime: python3.13\n", "")).runtime()
    assert "its function has no Runtime" in str(caught.value)


def test_the_function(tmp_path: Path) -> None:
    function = template(tmp_path).function()
    assert function.handler == "app.main.lambda_handler"
    assert (function.timeout_s, function.memory_mb) == (15, 128)


def test_variables_that_only_a_deployment_knows_are_left_out(tmp_path: Path) -> None:
    variables = template(tmp_path).function().variables
    assert variables == {"BILLING": "PAY_PER_REQUEST", "PLAIN": "1"}


def test_the_routes(tmp_path: Path) -> None:
    assert template(tmp_path).route_keys() == ("GET /{proxy+}",)


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
"""


def test_the_open_routes(tmp_path: Path) -> None:
    own = template(tmp_path, GUARDED)
    assert own.open_routes({}) == {"GET /health", "GET /silent"}
    assert own.open_routes({"AuthMode": "NONE"}) == {"GET /health", "GET /silent", "GET /{proxy+}"}


def test_a_guard_that_only_a_deployment_knows(tmp_path: Path) -> None:
    text = GUARDED.replace("!Ref AuthMode", "!Ref AWS::Region")
    with pytest.raises(TemplateError, match=r"AWS::Region.* is known only in a deployment"):
        template(tmp_path, text).open_routes({})


@pytest.mark.parametrize("mode", ["JWT", "IAM"])
def test_of_this_project_only_the_health_is_open(mode: str) -> None:
    own = Template(checkout.TEMPLATE)
    assert own.open_routes({"AuthMode": mode}) == {"GET /health"}


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
    text = TEXT.replace("KeySchema: [", "KeySchema: [!If [Open, a, b], ")
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
    ("text", "reason"),
    [
        ("Resources: {}", "has no AWS::Serverless::Function"),
        ("Resources: {F: {Type: AWS::Serverless::Function}}", "has no Handler"),
    ],
)
def test_a_template_without_a_function(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(TemplateError, match=reason):
        template(tmp_path, text).function()


def test_no_template_at_all(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="cannot be read") as caught:
        Template(tmp_path / "none.yaml")
    assert caught.value.path == str(tmp_path / "none.yaml")


def test_the_template_of_this_project() -> None:
    own = Template(checkout.TEMPLATE)
    definition = table_definition(own)
    assert own.function().handler == "app.main.lambda_handler"
    assert definition.arguments["BillingMode"] == "PAY_PER_REQUEST"
    assert definition.arguments["GlobalSecondaryIndexes"][0]["IndexName"] == "byCreation"
    assert definition.expires_at == "expiresAt"
