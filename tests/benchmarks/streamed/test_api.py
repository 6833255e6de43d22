"""The WebSocket API: who may connect, and whom its routes call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.template.cloudformation import Refused

if TYPE_CHECKING:
    from tests.template.harness import Deploy

pytestmark = pytest.mark.sam


@pytest.mark.parametrize(("mode", "expected"), [("IAM", "AWS_IAM"), ("NONE", "NONE")])
def test_who_may_connect(deploy: Deploy, mode: str, expected: str) -> None:
    assert deploy(AuthMode=mode).properties("ConnectRoute")["AuthorizationType"] == expected


def test_it_is_closed_unless_somebody_opens_it(deploy: Deploy) -> None:
    assert deploy().properties("ConnectRoute")["AuthorizationType"] == "AWS_IAM"
    with pytest.raises(Refused):
        deploy(AuthMode="none")


def test_routes_reach_the_published_versions(deploy: Deploy) -> None:
    stack = deploy()
    targets = {
        route["RouteKey"]: stack.properties(re.findall(r"\{(\w+)\}", route["Target"])[0])
        for route in stack.of_type("AWS::ApiGatewayV2::Route").values()
    }
    called = {
        key: re.findall(r"functions/\$\{(\w+)\}/invocations", integration["IntegrationUri"])[0]
        for key, integration in targets.items()
    }
    assert called == {
        "$connect": "ConnectFunctionAliaslive",
        "$disconnect": "ConnectFunctionAliaslive",
        "dispatch": "IngestFunctionAliaslive",
        "get": "ReadFunctionAliaslive",
    }
    allowed = {
        (permission["SourceArn"].rsplit("/", 2)[-1], permission["FunctionName"]["Ref"])
        for permission in stack.of_type("AWS::Lambda::Permission").values()
    }
    assert allowed == set(called.items())


def test_only_get_is_answered_by_its_route(deploy: Deploy) -> None:
    stack = deploy()
    (response,) = stack.of_type("AWS::ApiGatewayV2::RouteResponse").values()
    assert response["RouteId"] == {"Ref": "GetRoute"}
    assert response["RouteResponseKey"] == "$default"
    two_way = {
        route["RouteKey"]: route.get("RouteResponseSelectionExpression")
        for route in stack.of_type("AWS::ApiGatewayV2::Route").values()
    }
    assert two_way.pop("get") == "$default"
    assert set(two_way.values()) == {None}


def test_the_stage_has_one_name_everywhere(deploy: Deploy) -> None:
    stack = deploy()
    stage = stack.properties("Stage")["StageName"]
    urls = [
        function["Environment"]["Variables"]["MANAGEMENT_URL"]
        for function in stack.of_type("AWS::Lambda::Function").values()
        if "MANAGEMENT_URL" in function["Environment"]["Variables"]
    ]
    assert len(urls) == 2
    for url in urls:
        assert url.startswith("https://${Api}.execute-api.eu-central-1.")
        assert url.endswith(f"/{stage}")
    assert stack.outputs["WebSocketUrl"] == urls[0].replace("https:", "wss:")
    for permission in stack.of_type("AWS::Lambda::Permission").values():
        assert permission["SourceArn"].split("/")[1] == stage
