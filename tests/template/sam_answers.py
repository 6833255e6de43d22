"""Answers questions about templates; runs in .venv-sam, with JSON as input and output.

One process answers all of them, because the imports of SAM and cfn-lint take seconds. A question is
a list: its kind, and the arguments of the function below.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
from contextlib import redirect_stdout
from typing import Any


class _NoManagedPolicies:
    """Replaces the list of managed policies, for which SAM would ask AWS."""

    def load(self) -> dict[str, str]:
        return {}


def transform(text: str, parameters: dict[str, str]) -> Any:
    """Return a template as SAM transforms it, with its code uploaded as by sam package."""
    template = _module("samtranslator.yaml_helper").yaml_parse(text)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/package"
    transformed = _module("samtranslator.translator.transform").transform
    return transformed(template, parameters, _NoManagedPolicies())


def lint(text: str) -> list[str]:
    """Return the findings of cfn-lint about a template, with its remarks."""
    api = _module("cfnlint.api")
    return [str(one) for one in api.lint(text, config=api.ManualArgs(include_checks=["I"]))]


def validate(folder: str) -> tuple[int, str]:
    """Return exit code and output of sam validate in a folder."""
    os.chdir(folder)
    command = _module("samcli.cli.main").cli
    done = _module("click.testing").CliRunner().invoke(command, ["validate"])
    return done.exit_code, done.output


def local(path: str, parameters: dict[str, str], *, disable_authorizer: bool) -> dict[str, Any]:
    """Return what sam local start-api would serve.

    It asks the classes that the command asks, because the command starts with Docker only.
    """
    stacks, _ = _provider("sam_stack_provider").SamLocalStackProvider.get_stacks(
        path, parameter_overrides=parameters
    )
    api = _provider("api_provider").ApiProvider(stacks, disable_authorizer=disable_authorizer).api
    return {
        "stage": api.stage_name,
        "routes": [
            {
                "path": route.path,
                "methods": route.methods,
                "function": route.function_name,
                "payload": route.payload_format_version,
            }
            for route in api.routes
        ],
        "functions": [
            {
                "handler": function.handler,
                "architectures": function.architectures,
                "environment": function.environment["Variables"],
            }
            for function in _provider("sam_function_provider").SamFunctionProvider(stacks).get_all()
        ],
    }


def main() -> None:
    """Answer the questions by their names."""
    # Names only the partition of the ARNs that SAM writes.
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    answers = {}
    with redirect_stdout(io.StringIO()):
        for name, (kind, arguments) in json.load(sys.stdin).items():
            answers[name] = globals()[kind](**arguments)
    json.dump(answers, sys.stdout)


def _provider(name: str) -> Any:
    return _module(f"samcli.lib.providers.{name}")


def _module(name: str) -> Any:
    # By name, because these packages are missing where the tests are type-checked.
    return importlib.import_module(name)


if __name__ == "__main__":
    main()
