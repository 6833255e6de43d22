"""The template as SAM transforms it and as CloudFormation would read it, and the profiles."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from roundtrip_devtools.template import read_template
from tests.checkout import PROJECT, ROOT, TEMPLATE
from tests.shared import once
from tests.template.cloudformation import Stack
from tests.template.harness import overrides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.template.harness import AskSam, Deploy

JWT = {"AuthMode": "JWT", "JwtIssuer": "https://id.example.com/", "JwtAudience": "web,mobile"}


@pytest.fixture(scope="session")
def ask_sam(tmp_path_factory: pytest.TempPathFactory) -> AskSam:
    python = ROOT / ".venv-sam" / "bin" / "python"
    if not python.exists():
        pytest.fail("The AWS SAM CLI is not installed: run make test", pytrace=False)
    # No AWS account, and none of the variables that make exports for the modules of this checkout.
    unwanted = ("AWS_", "SAM_", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}

    def ask(topic: str, questions: Mapping[str, tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
        def make(folder: Path) -> None:
            done = subprocess.run(
                [python, Path(__file__).with_name("sam_answers.py")],
                env=kept | {"SAM_CLI_TELEMETRY": "0", "AWS_EC2_METADATA_DISABLED": "true"},
                input=json.dumps(questions),
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            (folder / "answers.json").write_text(done.stdout, "utf-8")

        folder = once(tmp_path_factory, f"sam-{topic}", make)
        answers: dict[str, Any] = json.loads((folder / "answers.json").read_text("utf-8"))
        return answers

    return ask


@pytest.fixture(scope="session")
def answers(ask_sam: AskSam, profiles: Mapping[str, Any]) -> dict[str, Any]:
    """The template as SAM transforms it, and by profile what sam local would serve."""
    text = TEMPLATE.read_text("utf-8")
    changed = read_template(TEMPLATE)
    changed["Resources"]["Function"]["Properties"]["Timeout"] += 1
    local = {name: profiles[name]["local_start_api"] for name in ("default", "x86")}
    return ask_sam(
        "template",
        {
            "transformed": ("transform", {"text": text, "parameters": {}}),
            "transformed for JWT": ("transform", {"text": text, "parameters": JWT}),
            "changed": ("transform", {"text": yaml.safe_dump(changed), "parameters": {}}),
            **{
                name: (
                    "local",
                    {
                        "path": str(TEMPLATE),
                        "parameters": overrides(command),
                        "disable_authorizer": command["parameters"]["disable_authorizer"],
                    },
                )
                for name, command in local.items()
            },
        },
    )


@pytest.fixture(scope="session")
def transformed(answers: dict[str, Any]) -> dict[str, Any]:
    template: dict[str, Any] = answers["transformed"]
    return template


@pytest.fixture(scope="session")
def deploy(transformed: dict[str, Any]) -> Deploy:
    def read(**parameters: str) -> Stack:
        return Stack(transformed, **parameters)

    return read


@pytest.fixture(scope="session")
def profiles() -> Mapping[str, Any]:
    return tomllib.loads(PROJECT.samconfig.read_text(encoding="utf-8"))
