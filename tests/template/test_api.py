"""The HTTP API: who may call what in each mode, CORS, limits, logs, and what it calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.cloudformation import Refused
from tests.template.conftest import JWT

if TYPE_CHECKING:
    from tests.template.cloudformation import Stack
    from tests.template.harness import Deploy

pytestmark = pytest.mark.sam

_HEALTH = "GET /health"
_GUARDED = {f"{method} /{{proxy+}}" for method in ("GET", "POST", "PUT", "PATCH", "DELETE")}


def _routes(stack: Stack) -> dict[str, dict[str, Any]]:
    routes = stack.of_type("AWS::ApiGatewayV2::Route").values()
    return {route["RouteKey"]: route for route in routes}


def _authorization(stack: Stack) -> dict[str, tuple[str, Any]]:
    return {
        key: (route["AuthorizationType"], route.get("AuthorizerId"))
        for key, route in _routes(stack).items()
    }


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ("AWS_IAM", None)),
        ({"AuthMode": "IAM"}, ("AWS_IAM", None)),
        (JWT, ("JWT", {"Ref": "JwtAuthorizer"})),
        ({"AuthMode": "NONE"}, ("NONE", None)),
    ],
)
def test_each_mode_guards_every_route_but_health(
    deploy: Deploy, parameters: dict[str, str], expected: tuple[str, Any]
) -> None:
    guarded = _authorization(deploy(**parameters))
    assert guarded == {_HEALTH: ("NONE", None)} | dict.fromkeys(_GUARDED, expected)


def test_the_mode_decides_after_the_transform(answers: dict[str, Any]) -> None:
    # What SAM makes must leave the choice to CloudFormation, as the stacks of these tests assume.
    assert answers["transformed for JWT"] == answers["transformed"]


def test_no_route_catches_preflights(deploy: Deploy) -> None:
    # Neither OPTIONS nor ANY nor $default, or API Gateway would ask the authorizer about them.
    assert _routes(deploy()).keys() == {_HEALTH, *_GUARDED}


def test_no_sam_resource_adds_routes_of_its_own(deploy: Deploy) -> None:
    stack = deploy()
    assert "Body" not in stack.properties("Api")
    assert [*stack.of_type("AWS::ApiGatewayV2::Api")] == ["Api"]


def test_the_function_is_told_the_mode(deploy: Deploy) -> None:
    for parameters in ({"AuthMode": "IAM"}, JWT, {"AuthMode": "NONE"}):
        variables = deploy(**parameters).properties("Function")["Environment"]["Variables"]
        assert variables["AUTH_MODE"] == parameters["AuthMode"]


def test_jwt_tokens_are_those_of_the_issuer_for_the_audience(deploy: Deploy) -> None:
    authorizer = deploy(**JWT).properties("JwtAuthorizer")
    assert authorizer["AuthorizerType"] == "JWT"
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert authorizer["JwtConfiguration"] == {
        "Issuer": "https://id.example.com/",
        "Audience": ["web", "mobile"],
    }


@pytest.mark.parametrize("mode", ["IAM", "NONE"])
def test_no_authorizer_is_made_in_other_modes(deploy: Deploy, mode: str) -> None:
    assert not deploy(AuthMode=mode).of_type("AWS::ApiGatewayV2::Authorizer")


@pytest.mark.parametrize("missing", ["JwtIssuer", "JwtAudience"])
def test_jwt_without_issuer_or_audience_is_refused(deploy: Deploy, missing: str) -> None:
    with pytest.raises(Refused, match=f"AuthMode JWT needs {missing}"):
        deploy(**JWT | {missing: ""})


@pytest.mark.parametrize(
    "parameters",
    [
        {"AuthMode": "none"},
        {"AuthMode": ""},
        JWT | {"JwtIssuer": "http://id.example.com"},
        JWT | {"JwtAudience": "web, mobile"},
        JWT | {"JwtTenantClaim": ""},
        JWT | {"JwtTenantClaim": "my tenant"},
    ],
)
def test_other_modes_and_malformed_settings_are_refused(
    deploy: Deploy, parameters: dict[str, str]
) -> None:
    with pytest.raises(Refused):
        deploy(**parameters)


def test_every_route_calls_the_alias(deploy: Deploy) -> None:
    stack = deploy()
    targets = {route["Target"] for route in _routes(stack).values()}
    assert targets == {"integrations/${Integration}"}
    integration = stack.properties("Integration")
    assert integration["IntegrationType"] == "AWS_PROXY"
    assert integration["PayloadFormatVersion"] == "2.0"
    alias = stack.properties("FunctionAliaslive")
    assert alias["FunctionName"] == {"Ref": "Function"}
    assert integration["IntegrationUri"] == (
        f"arn:aws:lambda:eu-central-1:123456789012:function:${{Function}}:{alias['Name']}"
    )
    # The ARN does not refer to the alias, so the order has to be stated.
    assert stack.resources["Integration"]["DependsOn"] == "FunctionAliaslive"
    version, attribute = alias["FunctionVersion"]["Fn::GetAtt"]
    assert stack.resources[version]["Type"] == "AWS::Lambda::Version"
    assert attribute == "Version"


def test_only_this_api_may_call_only_the_alias(deploy: Deploy) -> None:
    assert deploy().of_type("AWS::Lambda::Permission") == {
        "ApiMayInvoke": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "FunctionAliaslive"},
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": "arn:aws:execute-api:eu-central-1:123456789012:${Api}/*/*",
        }
    }


def test_cors_is_off_unless_origins_are_given(deploy: Deploy) -> None:
    assert "CorsConfiguration" not in deploy().properties("Api")
    stack = deploy(CorsOrigins="https://app.example.com,http://localhost:5173")
    cors = stack.properties("Api")["CorsConfiguration"]
    assert cors["AllowOrigins"] == ["https://app.example.com", "http://localhost:5173"]
    assert set(cors["AllowMethods"]) == {key.split()[0] for key in _GUARDED}
    assert set(cors["AllowHeaders"]) == {
        "content-type",
        "authorization",
        "if-match",
        "if-none-match",
        "idempotency-key",
        "prefer",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-content-sha256",
    }
    assert set(cors["ExposeHeaders"]) == {
        "date",
        "etag",
        "location",
        "idempotent-replayed",
        "preference-applied",
        "retry-after",
    }
    assert "AllowCredentials" not in cors


@pytest.mark.parametrize(
    "origins",
    ["app.example.com", "https://a.example, https://b.example", "https://a.example/", "*,*", ","],
)
def test_what_is_no_list_of_origins_is_refused(deploy: Deploy, origins: str) -> None:
    with pytest.raises(Refused, match="must be"):
        deploy(CorsOrigins=origins)


@pytest.mark.parametrize(("default_endpoint", "disabled"), [("true", False), ("false", True)])
def test_the_default_endpoint_can_be_closed(
    deploy: Deploy, default_endpoint: str, disabled: bool
) -> None:
    api = deploy(DefaultEndpoint=default_endpoint).properties("Api")
    assert api["DisableExecuteApiEndpoint"] is disabled
    assert deploy().properties("Api")["DisableExecuteApiEndpoint"] is False


def test_limits(deploy: Deploy) -> None:
    stage = deploy(ThrottlingRatePerSecond="7", ThrottlingBurst="9").properties("Stage")
    assert stage["StageName"] == "$default"
    assert stage["AutoDeploy"] is True
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": "7",
        "ThrottlingBurstLimit": "9",
    }


def test_the_open_route_has_a_limit_of_its_own(deploy: Deploy) -> None:
    stack = deploy()
    limit = {"ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 10}
    assert stack.properties("Stage")["RouteSettings"] == {_HEALTH: limit}
    (route,) = [
        name
        for name, found in stack.of_type("AWS::ApiGatewayV2::Route").items()
        if found["RouteKey"] == _HEALTH
    ]
    assert stack.resources["Stage"]["DependsOn"] == route


def test_access_logs_are_json_lines_kept_for_a_while(deploy: Deploy) -> None:
    stack = deploy(LogRetentionDays="90")
    settings = stack.properties("Stage")["AccessLogSettings"]
    assert "\n" not in settings["Format"]
    fields = json.loads(settings["Format"])
    assert {"requestId", "method", "path", "status", "latencyMs", "authorizerError"} <= set(fields)
    assert all(value.startswith("$context.") for value in fields.values())
    group, attribute = settings["DestinationArn"]["Fn::GetAtt"]
    assert attribute == "Arn"
    assert stack.properties(group)["RetentionInDays"] == "90"
