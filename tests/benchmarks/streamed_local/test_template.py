"""What the harness reads from a template."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.streamed_local import HarnessError, template
from benchmarks.streamed_local.harness import DIRECTORY
from benchmarks.streamed_local.settings import MappingSettings
from benchmarks.streamed_local.template import Definition, RouteDefinition
from roundtrip_devtools.errors import TemplateError

SETTINGS = "StartingPosition: TRIM_HORIZON"


def read(directory: Path, settings: str = SETTINGS, *changes: tuple[str, str]) -> Definition:
    """Read the template with the settings of its mapping, after replacements."""
    text = Path(__file__).with_name("design.yaml").read_text("utf-8")
    for old, new in ((SETTINGS, settings), *changes):
        assert old in text
        text = text.replace(old, new)
    (directory / "template.yaml").write_text(text)
    return template.read(directory)


def test_the_tables_have_the_arguments_of_create_table(tmp_path: Path) -> None:
    tables = read(tmp_path).tables
    assert tables["Events"].arguments == {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    }
    assert tables["Plain"].expires_at == "expiresAt"


def test_a_functions_own_settings_win_over_the_global_ones(tmp_path: Path) -> None:
    definition = read(tmp_path)
    timeouts_s = {name: one.timeout_s for name, one in definition.functions.items()}
    assert timeouts_s == {"Reduce": 60, "Answer": 15}
    assert definition.functions["Reduce"].handler == "package.reduce.lambda_handler"
    assert list(definition.code) == [tmp_path / "code"]


def test_the_environment_has_the_tables_and_the_management_api(tmp_path: Path) -> None:
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


def test_functions_cannot_have_different_values_of_a_variable(tmp_path: Path) -> None:
    handler = "{Handler: package.answer.lambda_handler"
    variables = "Environment: {Variables: {SHARED: another}}"
    definition = read(tmp_path, "BatchSize: 1", (handler, f"{handler}, {variables}"))
    with pytest.raises(HarnessError, match="SHARED is 'yes-please' for one function"):
        definition.environment({}, endpoint_url="http://127.0.0.1", management_url="")


def test_a_route_is_two_way_when_it_has_a_response(tmp_path: Path) -> None:
    assert read(tmp_path).routes == {
        "$connect": RouteDefinition("Answer", two_way=False),
        "get": RouteDefinition("Answer", two_way=True),
    }


def test_a_route_may_call_the_alias_of_a_function(tmp_path: Path) -> None:
    changes = [
        ("${Answer.Arn}", "${AnswerAliaslive}"),
        ("    CodeUri: code", "    CodeUri: code\n    AutoPublishAlias: live"),
    ]
    assert read(tmp_path, "BatchSize: 1", *changes).routes["get"].function == "Answer"


def test_a_mapping_has_lambdas_defaults(tmp_path: Path) -> None:
    (mapping,) = read(tmp_path).mappings
    assert (mapping.function, mapping.table) == ("Reduce", "Events")
    assert mapping.settings == MappingSettings()


def test_all_settings_of_a_mapping_are_read(tmp_path: Path) -> None:
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
        maximum_retries=2,
        bisect=True,
        reports_item_failures=True,
        patterns=({"eventName": ["INSERT"]},),
    )
    assert definition.concurrency("Reduce") == 4


STREAM = "!GetAtt Events.StreamArn"


@pytest.mark.parametrize(
    ("settings", "change", "message"),
    [
        ("TumblingWindowInSeconds: 10", None, "TumblingWindowInSeconds of the stream of Reduce"),
        ("MaximumBatchingWindowInSeconds: 1", None, "MaximumBatchingWindowInSeconds of the stream"),
        ("Enabled: false", None, "Enabled of the stream of Reduce is not supported here"),
        ("BatchSize: 1", (STREAM, "!GetAtt Plain.StreamArn"), "the table Plain has no stream"),
        ("BatchSize: 1", (STREAM, "arn:x"), "arn:x should refer to one AWS::DynamoDB::Table"),
        (
            "BatchSize: 1",
            ("${Answer.Arn}", "${Nothing.Arn}"),
            "should refer to one AWS::Serverless::Function",
        ),
        (
            "BatchSize: 1",
            ("Handler: package.answer.lambda_handler", ""),
            "the function Answer has no Handler",
        ),
    ],
)
def test_a_template_that_is_not_supported_is_refused(
    tmp_path: Path, settings: str, change: tuple[str, str] | None, message: str
) -> None:
    with pytest.raises(TemplateError, match=message):
        read(tmp_path, settings, *([change] if change else []))


def test_the_design_itself_can_be_read() -> None:
    definition = template.read(DIRECTORY)
    handlers = {name: function.handler for name, function in definition.functions.items()}
    routes = {
        key: (handlers[route.function], route.two_way) for key, route in definition.routes.items()
    }
    assert routes == {
        "$connect": ("streamed.handlers.connect.lambda_handler", False),
        "$disconnect": ("streamed.handlers.connect.lambda_handler", False),
        "dispatch": ("streamed.handlers.ingest.lambda_handler", False),
        "get": ("streamed.handlers.read.lambda_handler", True),
    }
    assert {handlers[mapping.function] for mapping in definition.mappings} == {
        "streamed.handlers.reduce.lambda_handler",
        "streamed.handlers.push.lambda_handler",
    }
    assert all(mapping.settings.reports_item_failures for mapping in definition.mappings)
