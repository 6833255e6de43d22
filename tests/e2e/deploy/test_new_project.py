"""A project made by ``roundtrip new``: deployed by its own profile, and checked at its address."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from roundtrip import __version__
from roundtrip_devtools.build import packages
from tests.e2e.deploy import cloud as emulator
from tests.e2e.deploy import limits
from tests.e2e.deploy.sam import building, deploying, stack_of
from tests.e2e.projects import use_runtime
from tests.packages.adopter import NAME, Adopter, adopter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.deploy.cloud import Cloud
    from tests.e2e.deploy.sam import Stack

pytestmark = [pytest.mark.engine, pytest.mark.sam]


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Adopter:
    return adopter(tmp_path_factory)


@pytest.fixture(scope="module")
def project(ada: Adopter) -> Path:
    ada.roundtrip("new", NAME, cwd=ada.home)
    made = ada.home / NAME
    runtime = emulator.runtime()
    use_runtime(made / "template.yaml", runtime)
    limits.prepare(made, runtime=runtime)
    # This machine has to run the function.
    config = made / "samconfig.toml"
    text = config.read_text("utf-8")
    mode = '    "AuthMode=IAM",\n'
    assert mode in text
    own = (f"Architecture={emulator.ARCHITECTURE}", "Listeners=true", "Push=true")
    lines = "".join(f'    "{one}",\n' for one in own)
    config.write_text(text.replace(mode, mode + lines, 1), "utf-8")
    return made


@pytest.fixture(scope="module")
def stack(ada: Adopter, project: Path, cloud: Cloud) -> Stack:
    environ = ada.with_sam() | building(cloud) | deploying(cloud)
    ada.roundtrip("deploy", cwd=project, environ=environ)
    return stack_of(cloud, f"{NAME}-dev")


def test_it_is_deployed_under_its_own_name(stack: Stack) -> None:
    assert stack.status == "CREATE_COMPLETE"
    assert stack.parameters["AuthMode"] == "IAM"
    assert {"Api", "Function", "Table"} <= set(stack.resources)


@pytest.mark.usefixtures("stack")
def test_its_package_holds_only_what_a_function_needs(project: Path) -> None:
    (package,) = packages(project / ".aws-sam" / "build")
    names = {path.name for path in package.iterdir()}
    assert {"app", "roundtrip", "aws_lambda_powertools", "pydantic", "pydantic_core"} <= names
    assert f"roundtrip_redux-{__version__}.dist-info" in names
    unwanted = {"roundtrip_devtools", "tests", "boto3", "botocore", "hypothesis", "pytest", "bin"}
    assert not unwanted & names
    code = {path.name for path in (package / "app").glob("*.py")}
    modules = ("__init__", "followers", "listeners", "main", "stores", "tasks")
    assert code == {f"{name}.py" for name in modules}
    assert (package / "roundtrip" / "lambda_app.py").exists()
    assert not (package / "roundtrip" / "testing").exists()


def test_its_followers_can_be_called(stack: Stack) -> None:
    function = stack.cloud.client("lambda")
    for name in ("Follower", "Listener"):
        answer = function.invoke(FunctionName=stack.resource(name), Payload=b'{"Records": []}')
        assert "FunctionError" not in answer, answer["Payload"].read()
        assert json.load(answer["Payload"]) == {"batchItemFailures": []}


def test_it_answers_the_smoke_cases_made_for_its_stores(
    ada: Adopter, project: Path, stack: Stack, cloud: Cloud
) -> None:
    address = limits.other_address(stack)
    environ = ada.environ() | cloud.environ
    smoke = ("smoke", "--url", address, "--auth", "sigv4")
    told = ada.roundtrip(*smoke, cwd=project, environ=environ)
    for case in ("create", "business-rule", "concurrent-writers"):
        assert re.search(rf"^ok +{case} +tasks: ", told, re.MULTILINE), told
