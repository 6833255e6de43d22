"""Types of the fixtures, and helpers, for tests of templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tests.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.template.cloudformation import Stack

__all__ = ["ROOT", "AskSam", "Deploy", "overrides"]


class AskSam(Protocol):
    """Asks sam_answers.py questions, once for all test processes."""

    def __call__(
        self, topic: str, questions: Mapping[str, tuple[str, Mapping[str, Any]]]
    ) -> dict[str, Any]: ...


class Deploy(Protocol):
    """Reads the transformed template as CloudFormation would with the parameters."""

    def __call__(self, **parameters: str) -> Stack: ...


def overrides(command: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameter_overrides of a command of samconfig.toml."""
    return dict(one.split("=", 1) for one in command["parameters"].get("parameter_overrides", []))
