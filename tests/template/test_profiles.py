"""The profiles of samconfig.toml: what the plain commands do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.template.harness import ROOT, overrides

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.template.harness import Deploy

pytestmark = pytest.mark.sam


def test_every_profile_is_one_that_the_template_takes(
    profiles: Mapping[str, Any], deploy: Deploy
) -> None:
    commands = [
        command
        for profile in profiles.values()
        if isinstance(profile, dict)
        for command in profile.values()
        if overrides(command)
    ]
    assert len(commands) >= 5
    for command in commands:
        # Refuses a parameter that the template does not have, and a value that it does not take.
        deploy(**overrides(command))


def test_every_profile_validates_with_the_linter(profiles: Mapping[str, Any]) -> None:
    for profile in ("default", "prod"):
        assert profiles[profile]["validate"]["parameters"] == {"lint": True}


def test_production_protects_the_data(profiles: Mapping[str, Any], deploy: Deploy) -> None:
    given = overrides(profiles["prod"]["deploy"])
    # Stated, not left to the defaults.
    assert given["PointInTimeRecovery"] == given["DeletionProtection"] == "true"
    stack = deploy(**given)
    table = stack.properties("Table")
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": "true"}
    assert table["DeletionProtectionEnabled"] == "true"
    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert profiles["prod"]["deploy"]["parameters"]["confirm_changeset"] is True


def _told() -> Iterator[list[str]]:
    """Yield the rows of the documented table of the profiles, each a name and its two values."""
    page = (ROOT / "src" / "docs" / "deploy.md").read_text(encoding="utf-8")
    chapter = page.partition("\n## Profiles\n")[2].partition("\n## ")[0]
    _, _, *rows = [line for line in chapter.splitlines() if line.startswith("|")]
    for row in rows:
        yield [cell.strip().strip("`") for cell in row.strip("|").split("|")]


def test_the_documentation_describes_the_profiles(
    profiles: Mapping[str, Any], transformed: dict[str, Any]
) -> None:
    defaults = {name: str(one["Default"]) for name, one in transformed["Parameters"].items()}
    switch = {"true": "on", "false": "off"}
    answer = {True: "yes", False: "no"}
    key = {"AWS_OWNED_KEY": "AWS owned", "AWS_MANAGED_KEY": "AWS managed"}
    columns = []
    named: set[str] = set()
    for profile in ("default", "prod"):
        settings = profiles[profile]["deploy"]["parameters"]
        given = defaults | overrides(profiles[profile]["deploy"])
        named |= overrides(profiles[profile]["deploy"]).keys()
        assert given["PointInTimeRecovery"] == given["DeletionProtection"]
        columns.append(
            {
                "stack": settings["stack_name"],
                "AuthMode": given["AuthMode"],
                "point-in-time recovery, deletion protection": switch[given["DeletionProtection"]],
                "key of the table": key[given["TableEncryption"]],
                "logs are kept": f"{given['LogRetentionDays']} days",
                "requests a second, burst": f"{given['ThrottlingRatePerSecond']}, "
                f"{given['ThrottlingBurst']}",
                "shows what will change, and asks": answer[settings["confirm_changeset"]],
            }
        )
    development, production = columns
    assert [*_told()] == [[row, development[row], production[row]] for row in development]
    # Or the table lacks a row.
    assert named == {
        "AuthMode",
        "PointInTimeRecovery",
        "DeletionProtection",
        "TableEncryption",
        "LogRetentionDays",
        "ThrottlingRatePerSecond",
        "ThrottlingBurst",
    }


@pytest.mark.parametrize("profile", ["default", "prod"])
def test_no_deployed_api_is_open(profiles: Mapping[str, Any], deploy: Deploy, profile: str) -> None:
    section = profiles[profile]["deploy"]
    # Stated, for a deployment keeps the value of a parameter that it does not name.
    assert overrides(section)["AuthMode"] == "IAM"
    assert "DynamoDbEndpoint" not in overrides(section)
    routes = deploy(**overrides(section)).of_type("AWS::ApiGatewayV2::Route").values()
    opened = [one["RouteKey"] for one in routes if one["AuthorizationType"] == "NONE"]
    assert opened == ["GET /health"]


@pytest.mark.parametrize("profile", ["default", "prod"])
def test_deploys_by_itself(profiles: Mapping[str, Any], profile: str) -> None:
    settings = profiles[profile]["deploy"]["parameters"]
    assert settings["resolve_s3"] is True
    assert settings["capabilities"] == ["CAPABILITY_IAM"]


def test_development_and_production_are_two_stacks(profiles: Mapping[str, Any]) -> None:
    names = {
        profiles[profile]["deploy"]["parameters"]["stack_name"] for profile in ("default", "prod")
    }
    assert len(names) == 2
    assert profiles["default"]["delete"]["parameters"]["stack_name"] == "roundtrip-dev"


def test_x86_differs_in_the_processor_only(profiles: Mapping[str, Any]) -> None:
    for command in ("build", "local_start_api"):
        arm, x86 = (dict(profiles[name][command]["parameters"]) for name in ("default", "x86"))
        more = set(x86.pop("parameter_overrides")) - set(arm.pop("parameter_overrides", []))
        assert more == {"Architecture=x86_64"}
        assert arm == x86
