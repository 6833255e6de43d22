import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import fresh
from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.orders import ORDER
from tests.benchmarks.tables import one_table

NOBODY = Engine("nobody", "http://127.0.0.1:9")


def linked(directory: Path, *names: str) -> set[str]:
    fresh.link(names, directory)
    infos = directory.glob("*.dist-info")
    return {entry.name.partition("-")[0] for entry in infos}


def test_what_is_required_is_linked_too_and_once(tmp_path: Path) -> None:
    required = {"botocore", "jmespath", "python_dateutil", "six", "urllib3"}
    assert linked(tmp_path, "s3transfer", "jmespath", "s3transfer") == {"s3transfer", *required}
    # Links lead to the installed modules.
    assert (tmp_path / "six.py").is_file()
    assert (tmp_path / "dateutil" / "parser" / "__init__.py").is_file()


def test_what_only_an_extra_requires_is_not_linked(tmp_path: Path) -> None:
    # moto requires much more for its extras.
    assert "docker" not in linked(tmp_path, "moto")


def test_the_service_needs_what_its_requirements_list_and_the_sdk() -> None:
    names = fresh.required_by_the_service()
    assert {"boto3", "pydantic", "pydantic-core"} <= set(names)
    assert not [name for name in names if "=" in name]


def test_what_is_not_installed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match="roundtrip-of-nobody"):
        fresh.link(["roundtrip-of-nobody"], tmp_path)


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Iterator[fresh.Ground]:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PYTHONDEVMODE", "1")
    with fresh.ground(NOBODY, "orders") as ground:
        yield ground


def test_a_process_has_only_the_services_distributions_and_the_deployed_variables(
    ground: fresh.Ground,
) -> None:
    code = """
import importlib.metadata, os, sys
names = {found.name for found in importlib.metadata.distributions()}
print((names, dict(os.environ)), file=sys.stderr)
"""
    names, variables = ast.literal_eval(ground.run("-c", code))
    assert {"boto3", "botocore", "pydantic", "pydantic_core"} <= names
    assert not {"pytest", "coverage", "moto", "psutil"} & names
    assert variables["TABLE_NAME"] == "orders"
    assert variables["AWS_ENDPOINT_URL_DYNAMODB"] == NOBODY.endpoint_url
    assert not {"AWS_PROFILE", "PYTHONDEVMODE"} & variables.keys()


def test_a_process_that_fails_is_an_error_with_its_reason(ground: fresh.Ground) -> None:
    with pytest.raises(fresh.ProcessFailed, match="ZeroDivisionError"):
        ground.run("-c", "1 / 0")


@pytest.mark.engine
def test_a_serving_process_answers_until_a_request_is_refused(engine: Engine) -> None:
    tables = one_table(engine)
    container = Container(tables, tables.table())
    event = container.invocation("POST", "/sales-orders", ORDER).event
    bad = {**event, "rawPath": "/nowhere"}
    with fresh.ground(tables, tables.table()) as ground, ground.serving("service") as serving:
        init_cpu, init_wall, answer_cpu, answer_wall = serving.begin(event)
        assert tables.count("head") == 1
        serving.go_on([event, event])
        assert tables.count("head") == 3
        assert serving.resident_bytes > 0
        with pytest.raises(fresh.ProcessFailed, match="'statusCode': 404"):
            serving.go_on([event, bad, event])
    assert 0 < init_cpu < answer_cpu
    assert 0 < init_wall < answer_wall


def test_a_first_request_that_is_refused_and_a_process_that_is_gone_are_errors(
    ground: fresh.Ground,
) -> None:
    with ground.serving("boto3") as serving:
        with pytest.raises(fresh.ProcessFailed, match="TypeError"):
            serving.begin(None)
        with pytest.raises(fresh.ProcessFailed, match="was to run boto3"):
            serving.go_on([None] * 100_000)
