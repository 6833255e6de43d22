from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from benchmarks import fresh
from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.orders import ORDER
from tests.benchmarks.tables import one_table

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = Engine("nobody", "http://127.0.0.1:9")


@pytest.fixture
def ground() -> Iterator[fresh.Ground]:
    with fresh.ground(NOBODY, "orders") as ground:
        yield ground


def test_a_process_has_the_distributions_of_the_service_only(ground: fresh.Ground) -> None:
    code = """
import importlib.metadata, sys
print({found.name for found in importlib.metadata.distributions()}, file=sys.stderr)
"""
    names = ast.literal_eval(ground.run("-c", code))
    assert {"boto3", "botocore", "pydantic", "pydantic_core"} <= names
    assert not {"pytest", "coverage", "moto", "psutil"} & names


def test_a_process_has_the_deployed_variables_and_none_of_the_shell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PYTHONDEVMODE", "1")
    with fresh.ground(NOBODY, "orders") as ground:
        code = "import os, sys; print(dict(os.environ), file=sys.stderr)"
        variables = ast.literal_eval(ground.run("-c", code))
    assert variables["TABLE_NAME"] == "orders"
    assert variables["AWS_ENDPOINT_URL_DYNAMODB"] == NOBODY.endpoint_url
    assert not {"AWS_PROFILE", "PYTHONDEVMODE"} & variables.keys()


def test_a_process_that_fails_is_an_error_with_its_reason(ground: fresh.Ground) -> None:
    with pytest.raises(fresh.ProcessFailed, match="ZeroDivisionError") as failed:
        ground.run("-c", "1 / 0")
    assert "ZeroDivisionError" in failed.value.said


@pytest.mark.engine
def test_a_serving_process_answers_and_tells_what_it_took(ministack_endpoint: str) -> None:
    engine = one_table(ministack_endpoint)
    container = Container(engine, engine.table())
    event = container.invocation("POST", "/sales-orders", ORDER).event
    with fresh.ground(engine, engine.table()) as ground, ground.serving("service") as serving:
        init_cpu, init_wall, answer_cpu, answer_wall = serving.begin(event)
        assert engine.count("head") == 1
        serving.go_on([event, event])
        assert engine.count("head") == 3
        assert serving.resident_bytes > 0
    assert 0 < init_cpu < answer_cpu
    assert 0 < init_wall < answer_wall


@pytest.mark.parametrize("first", [True, False])
def test_a_refused_request_is_an_error(ground: fresh.Ground, *, first: bool) -> None:
    container = Container(NOBODY, "orders")
    good = container.invocation("GET", "/health").event
    bad = {**good, "rawPath": "/nowhere"}
    with ground.serving("service") as serving:
        if not first:
            serving.begin(good)
        with pytest.raises(fresh.ProcessFailed, match="'statusCode': 404"):
            serving.begin(bad) if first else serving.go_on([good, bad, good])


def test_a_process_that_is_gone_is_an_error(ground: fresh.Ground) -> None:
    with ground.serving("boto3") as serving:
        with pytest.raises(fresh.ProcessFailed, match="TypeError"):
            serving.begin(None)
        with pytest.raises(fresh.ProcessFailed, match="was to run boto3"):
            serving.go_on([None] * 100_000)
