"""What the tests of the template share: the kinds of their fixtures, and where things are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

    from tests.template.cloudformation import Stack

ROOT = Path(__file__).parents[2]


class Sam(Protocol):
    """Runs Python in the environment of aws-sam-cli."""

    def __call__(self, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]: ...


class Transform(Protocol):
    """Runs SAM's transform over template.yaml, with the parameters known to it."""

    def __call__(self, **parameters: str) -> dict[str, Any]: ...


class Deploy(Protocol):
    """Reads the transformed template as CloudFormation would with the parameters."""

    def __call__(self, **parameters: str) -> Stack: ...


def overrides(command: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameter_overrides of a command of samconfig.toml."""
    return dict(one.split("=", 1) for one in command["parameters"].get("parameter_overrides", []))
