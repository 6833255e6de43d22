"""The design on moto, and its template as SAM transforms it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from benchmarks import checkout
from tests.benchmarks.streamed.design import TEMPLATE, Design, make_clients
from tests.template.cloudformation import Stack
from tests.template.conftest import sam

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.template.harness import Deploy, Sam

__all__ = ["sam"]


@pytest.fixture(scope="module")
def moto_clients() -> Iterator[tuple[Any, Any]]:
    with mock_aws():
        yield make_clients()


@pytest.fixture
def design(moto_clients: tuple[Any, Any]) -> Iterator[Design]:
    made = Design(*moto_clients)
    yield made
    made.close()


@pytest.fixture(scope="session")
def transformed(
    sam: Sam,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    # As sam package would have it: with the layer uploaded.
    text = TEMPLATE.read_text("utf-8").replace("../../src/service\n", "s3://bucket/layer\n")
    packaged = tmp_path_factory.mktemp("packaged") / "template.yaml"
    packaged.write_text(text, encoding="utf-8")
    result = sam(
        str(checkout.TEMPLATE.parent / "tests" / "template" / "sam_transform.py"),
        str(packaged),
        "{}",
    )
    assert result.returncode == 0, result.stderr
    template: dict[str, Any] = json.loads(result.stdout)
    return template


@pytest.fixture(scope="session")
def deploy(transformed: dict[str, Any]) -> Deploy:
    plain = _with_names_put_in(transformed)
    return lambda **parameters: Stack(plain, **parameters)


def _with_names_put_in(value: Any) -> Any:
    """Return a template where Fn::Sub has no names of its own; the tests' Stack knows none."""
    match value:
        case {"Fn::Sub": [str(text), {"Alias": {"Ref": str(name)}}]}:
            return {"Fn::Sub": text.replace("${Alias}", f"${{{name}}}")}
        case dict():
            return {key: _with_names_put_in(one) for key, one in value.items()}
        case list():
            return [_with_names_put_in(one) for one in value]
        case _:
            return value
