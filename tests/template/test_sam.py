"""What SAM itself says: its linter, and what sam local would serve."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.harness import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.template.harness import AskSam

pytestmark = pytest.mark.sam

STREAMED = ROOT / "benchmarks" / "streamed" / "template.yaml"


def test_sam_and_its_linter_find_nothing(ask_sam: AskSam, transformed: dict[str, Any]) -> None:
    answers = ask_sam(
        "lint",
        {
            # With the linter, which the profile sets.
            "validate": ("validate", {"folder": str(ROOT)}),
            # Before the transform cfn-lint misses much, such as parameters that nothing uses.
            "transformed": ("lint", {"text": json.dumps(transformed)}),
            # cfn-lint transforms it as SAM does.
            "streamed": ("lint", {"text": STREAMED.read_text("utf-8")}),
        },
    )
    exit_code, output = answers["validate"]
    assert exit_code == 0, output
    assert "is a valid SAM Template" in output
    assert answers["transformed"] == answers["streamed"] == []


@pytest.mark.parametrize("profile", ["default", "x86"])
def test_sam_local_finds_the_routes(answers: dict[str, Any], profile: str) -> None:
    assert answers[profile]["stage"] == "$default"
    routes = answers[profile]["routes"]
    # It answers OPTIONS by itself.
    assert {route["path"]: set(route["methods"]) - {"OPTIONS"} for route in routes} == {
        "/{proxy+}": {"GET", "POST", "PUT", "PATCH", "DELETE"},
        "/health": {"GET"},
    }
    for route in routes:
        assert (route["function"], route["payload"]) == ("Function", "2.0")


@pytest.mark.parametrize(("profile", "architecture"), [("default", "arm64"), ("x86", "x86_64")])
def test_sam_local_finds_the_function(
    answers: dict[str, Any], profile: str, architecture: str
) -> None:
    # It lists those that follow commits, too, and never calls them.
    function, *_ = answers[profile]["functions"]
    assert function["handler"] == "app.main.lambda_handler"
    assert function["architectures"] == [architecture]
    variables = function["environment"]
    assert variables["AUTH_MODE"] == "NONE"
    assert variables["AWS_ENDPOINT_URL_DYNAMODB"] == "http://host.docker.internal:8000"
    # sam local makes no table: the handler looks for it under its logical id.
    assert variables["TABLE_NAME"] == "Table"
    assert variables.pop("SOCKETS_URL") == ""
    assert all(isinstance(value, str) and value for value in variables.values())


@pytest.mark.parametrize("profile", ["default", "x86"])
def test_sam_local_starts_as_documented(profiles: Mapping[str, Any], profile: str) -> None:
    settings = dict(profiles[profile]["local_start_api"]["parameters"])
    del settings["parameter_overrides"]
    assert settings == {
        "port": 3000,
        "warm_containers": "LAZY",
        "add_host": ["host.docker.internal:host-gateway"],
        "disable_authorizer": True,
    }
