"""The design on an engine, and its template as SAM transforms it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.benchmarks.streamed.design import TEMPLATE, Design, DynamoDBLocal
from tests.benchmarks.streamed.memory import Memory
from tests.template.cloudformation import Stack
from tests.template.conftest import ask_sam

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.template.harness import AskSam, Deploy

__all__ = ["ask_sam"]


@pytest.fixture
def design(request: pytest.FixtureRequest) -> Iterator[Design]:
    in_memory = getattr(request, "param", "memory") == "memory"
    made = Design(
        Memory() if in_memory else DynamoDBLocal(request.getfixturevalue("dynamodb_local_endpoint"))
    )
    yield made
    made.close()


@pytest.fixture(scope="session")
def deploy(ask_sam: AskSam) -> Deploy:
    # As sam package would make it: with the layer uploaded.
    text = TEMPLATE.read_text("utf-8").replace("../../src/service\n", "s3://bucket/layer\n")
    questions = {"transformed": ("transform", {"text": text, "parameters": {}})}
    plain = _with_names_put_in(ask_sam("streamed", questions)["transformed"])
    return lambda **parameters: Stack(plain, **parameters)


def _with_names_put_in(value: Any) -> Any:
    """Replace the variables of Fn::Sub, which the tests' Stack does not know."""
    match value:
        case {"Fn::Sub": [str(text), {"Alias": {"Ref": str(name)}}]}:
            return {"Fn::Sub": text.replace("${Alias}", f"${{{name}}}")}
        case dict():
            return {key: _with_names_put_in(one) for key, one in value.items()}
        case list():
            return [_with_names_put_in(one) for one in value]
        case _:
            return value
