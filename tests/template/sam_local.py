"""Prints what sam local start-api would serve; runs in .venv-sam, as JSON to standard output.

It asks the classes which the command itself asks, because the command starts with Docker only.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any


def main(path: str, questions: str) -> None:
    """Read the template as the command does, once with each of the settings."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    answers = {name: _answer(path, **one) for name, one in json.loads(questions).items()}
    json.dump(answers, sys.stdout)


def _answer(path: str, *, parameters: dict[str, str], disable_authorizer: bool) -> dict[str, Any]:
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


def _provider(name: str) -> Any:
    # By name, because this package is not there where the tests are type-checked.
    return importlib.import_module(f"samcli.lib.providers.{name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
