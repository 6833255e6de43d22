"""What the harness reads of a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.streamed_local import template
from benchmarks.streamed_local.batches import ENDLESS, RetryPolicy
from benchmarks.streamed_local.definition import Definition, RouteDefinition
from benchmarks.streamed_local.errors import HarnessError
from benchmarks.streamed_local.harness import DIRECTORY
from benchmarks.streamed_local.settings import MappingSettings
from roundtrip_devtools.errors import TemplateError

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """
Globals:
  Function:
    Timeout: 15
    CodeUri: code
    Environment:
      Variables: {SHARED: yes-please, TABLE: !Ref Events}
Parameters:
  Size: {Type: Number, Default: 7}
Resources:
  Events:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: !Ref AWS::NoValue}
  Plain:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: expiresAt, Enabled: true}
  Reduce:
    Type: AWS::Serverless::Function
    Properties:
      Handler: package.reduce.lambda_handler
      Timeout: 60
      Environment: {Variables: {MANAGEMENT_URL: !Sub "https://${Api}", OTHER: !GetAtt Role.Arn}}
      Events:
        Stream:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Events.StreamArn
            SETTINGS
  Answer:
    Type: AWS::Serverless::Function
    Properties: {Handler: package.answer.lambda_handler}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {IntegrationUri: !Sub "functions/${Answer.Arn}/invocations"}
  OneWay:
    Type: AWS::ApiGatewayV2::Route
    Properties: {RouteKey: $connect, Target: !Sub "integrations/${Integration}"}
  TwoWay:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      RouteKey: get
      RouteResponseSelectionExpression: $default
      Target: !Join [/, [integrations, !Ref Integration]]
  Response:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {RouteId: !Ref TwoWay, RouteResponseKey: $default}
"""


def read(directory: Path, settings: str = "StartingPosition: TRIM_HORIZON") -> Definition:
    (directory / "template.yaml").write_text(TEMPLATE.replace("SETTINGS", settings))
    return template.read(directory)


def test_the_tables_have_what_an_engine_takes(tmp_path: Path) -> None:
    tables = read(tmp_path).tables
    assert tables["Events"].arguments == {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    }
    assert tables["Plain"].expires_at == "expiresAt"


def test_a_function_has_its_own_settings_over_the_global_ones(tmp_path: Path) -> None:
    functions = read(tmp_path).functions
    assert {name: function.timeout_s for name, function in functions.items()} == {
        "Reduce": 60,
        "Answer": 15,
    }
    assert functions["Reduce"].handler == "package.reduce.lambda_handler"
    assert list(read(tmp_path).code) == [tmp_path / "code"]


def test_the_environment_knows_the_tables_and_the_management_api(tmp_path: Path) -> None:
    environment = read(tmp_path).environment(
        {"Events": "events-1", "Plain": "plain-1"},
        endpoint_url="http://127.0.0.1:8000",
        management_url="http://127.0.0.1:3001",
    )
    assert environment["TABLE"] == "events-1"
    assert environment["SHARED"] == "yes-please"
    assert environment["MANAGEMENT_URL"] == "http://127.0.0.1:3001"
    assert environment["AWS_ENDPOINT_URL_DYNAMODB"] == "http://127.0.0.1:8000"
    assert environment["AWS_ACCESS_KEY_ID"] == "local"
    assert "OTHER" not in environment


def test_two_functions_cannot_have_another_value_for_a_variable(tmp_path: Path) -> None:
    text = TEMPLATE.replace("SETTINGS", "BatchSize: 1").replace(
        "{Handler: package.answer.lambda_handler}",
        "{Handler: package.answer.lambda_handler, Environment: {Variables: {SHARED: another}}}",
    )
    (tmp_path / "template.yaml").write_text(text)
    with pytest.raises(HarnessError, match="SHARED is 'yes-please' for one function"):
        template.read(tmp_path).environment({}, endpoint_url="http://127.0.0.1", management_url="")


def test_a_route_is_two_way_when_it_has_a_response(tmp_path: Path) -> None:
    assert read(tmp_path).routes == {
        "$connect": RouteDefinition("Answer", two_way=False),
        "get": RouteDefinition("Answer", two_way=True),
    }


def test_a_route_may_call_the_alias_that_sam_makes_of_a_function(tmp_path: Path) -> None:
    text = TEMPLATE.replace("SETTINGS", "BatchSize: 1").replace(
        "${Answer.Arn}", "${AnswerAliaslive}"
    )
    (tmp_path / "template.yaml").write_text(
        text.replace("    CodeUri: code", "    CodeUri: code\n    AutoPublishAlias: live")
    )
    assert template.read(tmp_path).routes["get"].function == "Answer"


def test_a_mapping_has_lambdas_defaults(tmp_path: Path) -> None:
    (mapping,) = read(tmp_path).mappings
    assert (mapping.function, mapping.table) == ("Reduce", "Events")
    policy = RetryPolicy(maximum_retries=ENDLESS, bisect=False, reports_item_failures=False)
    assert mapping.settings == MappingSettings(
        batch_size=100, parallelization_factor=1, retry_policy=policy, patterns=()
    )


def test_a_mapping_is_read_whole(tmp_path: Path) -> None:
    definition = read(
        tmp_path,
        """
            BatchSize: !Ref Size
            ParallelizationFactor: 4
            MaximumRetryAttempts: 2
            BisectBatchOnFunctionError: true
            FunctionResponseTypes: [ReportBatchItemFailures]
            MaximumBatchingWindowInSeconds: 0
            FilterCriteria: {Filters: [{Pattern: '{"eventName":["INSERT"]}'}]}""",
    )
    (mapping,) = definition.mappings
    assert mapping.settings == MappingSettings(
        batch_size=7,
        parallelization_factor=4,
        retry_policy=RetryPolicy(maximum_retries=2, bisect=True, reports_item_failures=True),
        patterns=({"eventName": ["INSERT"]},),
    )
    assert definition.concurrency("Reduce") == 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("TumblingWindowInSeconds: 10", "TumblingWindowInSeconds of the stream of Reduce"),
        ("MaximumBatchingWindowInSeconds: 1", "MaximumBatchingWindowInSeconds of the stream"),
        ("Enabled: false", "Enabled of the stream of Reduce is not followed here"),
        ("FilterCriteria: {Filters: [{Pattern: '{'}]}", "the filter { of the stream of Reduce"),
        ("FilterCriteria: {Filters: [{Pattern: '{\"a\": 1}'}]}", "expected a list of values"),
    ],
)
def test_what_is_not_followed_is_refused(tmp_path: Path, settings: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        read(tmp_path, settings)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("!GetAtt Events.StreamArn", "!GetAtt Plain.StreamArn", "the table Plain has no stream"),
        ("!GetAtt Events.StreamArn", "arn:x", "arn:x should refer to one AWS::DynamoDB::Table"),
        ("${Answer.Arn}", "${Nothing.Arn}", "should refer to one AWS::Serverless::Function"),
        ("Handler: package.answer.lambda_handler", "", "the function Answer has no Handler"),
    ],
)
def test_a_template_that_leads_nowhere_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = TEMPLATE.replace("SETTINGS", "BatchSize: 1").replace(old, new)
    (tmp_path / "template.yaml").write_text(text)
    with pytest.raises(TemplateError, match=message.replace("$", r"\$")):
        template.read(tmp_path)


def test_the_design_itself_can_be_read() -> None:
    definition = template.read(DIRECTORY)
    handlers = {name: function.handler for name, function in definition.functions.items()}
    routes: dict[str, Any] = {
        key: (handlers[route.function], route.two_way) for key, route in definition.routes.items()
    }
    assert routes == {
        "$connect": ("streamed.connect.lambda_handler", False),
        "$disconnect": ("streamed.connect.lambda_handler", False),
        "dispatch": ("streamed.ingest.lambda_handler", False),
        "get": ("streamed.read.lambda_handler", True),
    }
    assert {handlers[mapping.function] for mapping in definition.mappings} == {
        "streamed.reduce.lambda_handler",
        "streamed.push.lambda_handler",
    }
    assert all(
        mapping.settings.retry_policy.reports_item_failures for mapping in definition.mappings
    )
