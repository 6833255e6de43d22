"""What SAM itself says: its linter, and what sam local would serve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.harness import ROOT, overrides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.template.harness import Sam

pytestmark = pytest.mark.sam

_FOLDER = Path(__file__).parent


def test_sam_validate_is_content(sam: Sam) -> None:
    # With the linter: see the profiles.
    result = sam("-m", "samcli", "validate")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "is a valid SAM Template" in result.stdout


def test_what_sam_makes_of_it_has_no_flaw_either(
    sam: Sam, transformed: dict[str, Any], tmp_path: Path
) -> None:
    # Before the transform cfn-lint passes over much, such as parameters that nothing uses.
    made = tmp_path / "template.json"
    made.write_text(json.dumps(transformed), encoding="utf-8")
    result = sam(str(_FOLDER / "sam_lint.py"), str(made))
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


@pytest.fixture(scope="module")
def local(sam: Sam, profiles: Mapping[str, Any]) -> dict[str, Any]:
    """What sam local start-api would serve, by profile."""
    commands = {name: profiles[name]["local_start_api"] for name in ("default", "x86")}
    questions = {
        name: {
            "parameters": overrides(command),
            "disable_authorizer": command["parameters"]["disable_authorizer"],
        }
        for name, command in commands.items()
    }
    script = str(_FOLDER / "sam_local.py")
    result = sam(script, str(ROOT / "template.yaml"), json.dumps(questions))
    assert result.returncode == 0, result.stderr
    answers: dict[str, Any] = json.loads(result.stdout)
    return answers


@pytest.mark.parametrize("profile", ["default", "x86"])
def test_sam_local_finds_the_routes(local: dict[str, Any], profile: str) -> None:
    assert local[profile]["stage"] == "$default"
    routes = local[profile]["routes"]
    # It answers OPTIONS by itself.
    assert {route["path"]: set(route["methods"]) - {"OPTIONS"} for route in routes} == {
        "/{proxy+}": {"GET", "POST", "PUT", "PATCH", "DELETE"},
        "/health": {"GET"},
    }
    for route in routes:
        assert (route["function"], route["payload"]) == ("Function", "2.0")


@pytest.mark.parametrize(("profile", "architecture"), [("default", "arm64"), ("x86", "x86_64")])
def test_sam_local_finds_the_function(
    local: dict[str, Any], profile: str, architecture: str
) -> None:
    (function,) = local[profile]["functions"]
    assert function["handler"] == "app.main.lambda_handler"
    assert function["architectures"] == [architecture]
    variables = function["environment"]
    assert variables["AUTH_MODE"] == "NONE"
    assert variables["AWS_ENDPOINT_URL_DYNAMODB"] == "http://host.docker.internal:8000"
    # sam local makes no table: the handler looks for it under its logical id.
    assert variables["TABLE_NAME"] == "Table"
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
