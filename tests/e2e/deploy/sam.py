"""The real ``sam`` at work: on a copy of the project, against the emulator."""

from __future__ import annotations

import os
import subprocess
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests import checkout
from tests.e2e.deploy.cloud import ARCHITECTURE, Cloud
from tests.integration.test_dev_server import DEADLINE_S
from tests.template.cloudformation import Stack as TemplateStack
from tests.template.harness import overrides

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TOOLS = checkout.ROOT / ".venv-sam" / "bin"
# Of the emulator's stacks nothing takes longer than a moment; SAM asks each 5 s by itself.
_POLL_S = "0.2"
# Those of make, whose children would take this for a part of its own run, of AWS's tools, and of
# the tests' Python.
_UNWANTED = ("MAKE", "MFLAGS", "ARGS", "AWS_", "SAM_", "PYTHON", "COV_", "COVERAGE_")


class Refused(Exception):
    """``sam`` ended with an error; the message is what it said."""


@dataclass(frozen=True)
class Stack:
    """A stack as CloudFormation knows it."""

    cloud: Cloud
    id: str

    @property
    def status(self) -> str:
        """Its status."""
        return str(self._description()["StackStatus"])

    @property
    def outputs(self) -> dict[str, str]:
        """Its outputs."""
        return {one["OutputKey"]: one["OutputValue"] for one in self._description()["Outputs"]}

    @property
    def parameters(self) -> dict[str, str]:
        """All its parameters, with the values that it has been made with."""
        listed = self._description()["Parameters"]
        return {one["ParameterKey"]: one["ParameterValue"] for one in listed}

    @property
    def template(self) -> TemplateStack:
        """The template that CloudFormation made of ours, with the parameters filled in."""
        answer = self.cloud.client("cloudformation").get_template(
            StackName=self.id, TemplateStage="Processed"
        )
        return TemplateStack(answer["TemplateBody"], **self.parameters)

    def resource(self, logical_id: str) -> str:
        """Return what a resource is called outside of the template."""
        answer = self.cloud.client("cloudformation").describe_stack_resource(
            StackName=self.id, LogicalResourceId=logical_id
        )
        return str(answer["StackResourceDetail"]["PhysicalResourceId"])

    @property
    def resources(self) -> list[str]:
        """The logical ids of what it consists of."""
        return [one["LogicalResourceId"] for one in self._pages("list_stack_resources")]

    @property
    def last_events(self) -> dict[str, str]:
        """What happened last to each resource that it ever had, a status."""
        newest_first = self._pages("describe_stack_events")
        return {one["LogicalResourceId"]: one["ResourceStatus"] for one in reversed(newest_first)}

    def _pages(self, operation: str) -> list[dict[str, Any]]:
        pages = self.cloud.client("cloudformation").get_paginator(operation)
        answer = pages.paginate(StackName=self.id).build_full_result()
        (found,) = answer.values()
        listed: list[dict[str, Any]] = found
        return listed

    def _description(self) -> dict[str, Any]:
        answer = self.cloud.client("cloudformation").describe_stacks(StackName=self.id)
        (description,) = answer["Stacks"]
        found: dict[str, Any] = description
        return found


@dataclass(frozen=True)
class Sam:
    """``sam``, in a directory with a template and a ``samconfig.toml``."""

    cloud: Cloud
    directory: Path

    @property
    def build_dir(self) -> Path:
        """The folder of the package that ``sam deploy`` takes."""
        return self.directory / ".aws-sam" / "build"

    def profile(self, name: str) -> dict[str, str]:
        """Return the parameters that a profile of samconfig.toml deploys with."""
        profiles = tomllib.loads((self.directory / "samconfig.toml").read_text("utf-8"))
        return overrides(profiles[name]["deploy"])

    def make_build(self) -> None:
        """Build the function as ``make build`` does, for this machine's processor."""
        _run(
            ["make", "--no-print-directory", "build", f"ARCH={ARCHITECTURE}"],
            cwd=self.directory,
            environ=self._environ,
        )

    def build(self) -> None:
        """Build as ``sam build`` does."""
        _run([_TOOLS / "sam", "build"], cwd=self.directory, environ=self._environ)

    def make_deploy(self, stack: str, profile: str) -> Stack:
        """Build and deploy a profile as ``make deploy`` does."""
        command: list[str | Path] = ["make", "--no-print-directory", "deploy", f"ENV={profile}"]
        _run(command, self.directory, self._environ | deploying(self.cloud))
        return stack_of(self.cloud, stack)

    def deploy(
        self,
        stack: str,
        *arguments: str,
        parameters: Mapping[str, str] | None = None,
        answers: str = "",
    ) -> Stack:
        """Deploy, and wait for the end of it."""
        given = [f"{name}={value}" for name, value in (parameters or {}).items()]
        chosen = ["--parameter-overrides", *given] if given else []
        self._sam("deploy", *arguments, *chosen, answers=answers)
        return stack_of(self.cloud, stack)

    def delete(self, *arguments: str) -> str:
        """Delete a stack; return what ``sam`` says of it."""
        return self._sam("delete", *arguments, "--no-prompts")

    def _sam(self, *arguments: str, answers: str = "") -> str:
        environ = self._environ | deploying(self.cloud)
        return _run([_TOOLS / "sam", *arguments], self.directory, environ, answers=answers)

    @property
    def _environ(self) -> dict[str, str]:
        return _inherited() | building(self.cloud)


def stack_of(cloud: Cloud, name: str) -> Stack:
    """Return the stack of a name."""
    # By its id it is known after its deletion too.
    described = cloud.client("cloudformation").describe_stacks(StackName=name)
    return Stack(cloud, described["Stacks"][0]["StackId"])


def building(cloud: Cloud) -> dict[str, str]:
    """Return the variables with which ``sam`` leaves nothing behind."""
    # It leaves a copy of each package there.
    return {"TMPDIR": str(cloud.home)}


def deploying(cloud: Cloud) -> dict[str, str]:
    """Return the variables with which ``sam`` deploys to an account, and does not wait for long."""
    return cloud.environ | {"SAM_CLI_POLL_DELAY": _POLL_S}


def _inherited() -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(_UNWANTED)
    }
    # sam build looks for uv there; make finds its own Pythons.
    path = f"{_TOOLS}{os.pathsep}{os.environ['PATH']}"
    return inherited | {"PATH": path, "SAM_CLI_TELEMETRY": "0"}


def _run(
    command: list[str | Path], cwd: Path, environ: Mapping[str, str], *, answers: str = ""
) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=dict(environ),
        input=answers,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE_S * 2,
        check=False,
    )
    if done.returncode:
        raise Refused(done.stdout)
    return done.stdout
