"""The built function in AWS's emulator, on this machine: for where Docker cannot be had."""

from __future__ import annotations

import platform
import subprocess
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.build import packages
from roundtrip_devtools.smoke.cases import CASES
from roundtrip_devtools.table import ensure_table, table_definition
from roundtrip_devtools.template import Template
from tests.e2e.emulator import emulated
from tests.e2e.projects import make_project_with_sam
from tests.e2e.rows import TABLE_NAME
from tests.e2e.rows_rules import check_rows
from tests.e2e.runtime_image import runtime_python
from tests.e2e.targets import check, open_target, own_api
from tests.engines_fixtures import make_client
from tests.integration.test_dev_server import DEADLINE_S, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.smoke.case import Case
    from roundtrip_devtools.smoke.run import Target

pytestmark = [pytest.mark.engine, pytest.mark.sam]


@pytest.fixture(scope="module")
def target(
    tmp_path_factory: pytest.TempPathFactory, dynamodb_local_endpoint: str
) -> Iterator[Target]:
    runtime = f"python{runtime_python().version}"
    tree = make_project_with_sam(tmp_path_factory.mktemp("emulator") / "project", runtime=runtime)
    architecture = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    subprocess.run(
        ["make", "build", f"ARCH={architecture}"],
        cwd=tree,
        env={name: value for name, value in environment().items() if name != "MAKEFLAGS"},
        check=True,
        timeout=DEADLINE_S,
    )
    template = Template(tree / "template.yaml")
    ensure_table(make_client(dynamodb_local_endpoint), table_definition(template), TABLE_NAME)
    (package,) = packages(tree / ".aws-sam" / "build")
    with (
        emulated(
            package, template, architecture=architecture, endpoint_url=dynamodb_local_endpoint
        ) as url,
        open_target(url) as one,
    ):
        yield one


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, target: Target) -> None:
    check(case, target)


def test_the_rows_are_as_designed(target: Target, dynamodb_local_endpoint: str) -> None:
    with own_api(target, "salesOrders") as api:
        check_rows(api, make_client(dynamodb_local_endpoint))
