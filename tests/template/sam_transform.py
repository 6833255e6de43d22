"""Prints a template as SAM's transform makes it; runs in .venv-sam, as JSON to standard output."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any


class _NoManagedPolicies:
    """Stands for the list of AWS's managed policies, which SAM would ask AWS for."""

    def load(self) -> dict[str, str]:
        return {}


def main(path: str, parameters: str) -> None:
    """Transform the template, with its code already uploaded as sam package would have it."""
    # Names only the partition of the ARNs that SAM writes.
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    # By name, because this package is not there where the tests are type-checked.
    transform: Any = importlib.import_module("samtranslator.translator.transform").transform
    parse: Any = importlib.import_module("samtranslator.yaml_helper").yaml_parse
    template = parse(Path(path).read_text(encoding="utf-8"))
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/package"
    json.dump(transform(template, json.loads(parameters), _NoManagedPolicies()), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
