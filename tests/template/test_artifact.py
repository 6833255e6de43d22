"""The package that make build makes: what is in it, and for which machine."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.build import packages
from roundtrip_devtools.template import read_template
from tests.shared import once
from tests.template.harness import ROOT

if TYPE_CHECKING:
    from tests.template.harness import Deploy

pytestmark = pytest.mark.sam

_SERVICE = ROOT / "src" / "service"
_SIZE_LIMIT_BYTES = 30 * 1000 * 1000
# The machine field of an ELF header.
_ELF_MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}
_WHEEL_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
# What the Lambda runtime holds beside Python itself.
_OF_THE_RUNTIME = ("boto3", "botocore", "s3transfer", "urllib3", "dateutil", "six")


def _make(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    # The tests are run by make, whose children would take this for a part of its own run.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    }
    return subprocess.run(
        ["make", "build", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module", params=["arm64", "x86_64"])
def architecture(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def package(architecture: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        result = _make(f"ARCH={architecture}", f"BUILD_DIR={folder}")
        assert result.returncode == 0, result.stdout + result.stderr

    # One for all functions.
    (package,) = packages(once(tmp_path_factory, f"build-{architecture}", make))
    return package


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _installed(package: Path) -> set[str]:
    """Return the files that the installed distributions say are theirs, without their scripts."""
    files = set()
    for record in package.glob("*.dist-info/RECORD"):
        with record.open(encoding="utf-8", newline="") as lines:
            files |= {row[0] for row in csv.reader(lines)}
    return {name for name in files if not name.startswith(("bin/", "../"))}


def test_holds_the_service_and_what_it_needs_and_nothing_else(package: Path) -> None:
    own = {
        name
        for name in _files(_SERVICE)
        if name.startswith(("app/", "roundtrip/"))
        # What only tests need, and what tools left there while somebody worked.
        and not name.startswith("roundtrip/testing/")
        and not any(part.startswith((".", "__pycache__")) for part in name.split("/"))
    }
    assert "app/main.py" in own
    assert _files(package) == own | {"requirements.txt"} | _installed(package)


def test_holds_every_pinned_requirement_in_its_version(package: Path) -> None:
    lines = (_SERVICE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("#")[0].strip() for line in lines} - {""}
    assert all("==" in line for line in pinned)
    found = {
        info.name.removesuffix(".dist-info").replace("-", "==").replace("_", "-")
        for info in package.glob("*.dist-info")
    }
    assert found == pinned


def test_leaves_out_what_lambda_brings_and_what_only_developers_need(package: Path) -> None:
    names = {path.name for path in package.iterdir()}
    unwanted = {
        "boto3",
        "botocore",
        "s3transfer",
        "urllib3",
        "roundtrip_devtools",
        "tests",
        "Makefile",
        "bin",
    }
    assert not names & unwanted
    assert not [name for name in names if name.startswith(".")]


def test_holds_no_compiled_python(package: Path) -> None:
    # They would have to come from Python 3.13, which a machine that builds need not have; and the
    # snapshot that a cold start restores was taken after compiling.
    assert not list(package.rglob("*.pyc"))
    assert not list(package.rglob("__pycache__"))


def test_its_binaries_are_for_the_function(package: Path, architecture: str) -> None:
    libraries = list(package.rglob("*.so"))
    assert "_pydantic_core" in [library.name.split(".")[0] for library in libraries]
    for library in libraries:
        assert ".cpython-313-" in library.name or ".abi3." in library.name
        header = library.read_bytes()[:20]
        assert header[:4] == b"\x7fELF"
        assert int.from_bytes(header[18:20], "little") == _ELF_MACHINES[architecture]
    for wheel in package.glob("*.dist-info/WHEEL"):
        tags = [
            line.removeprefix("Tag: ")
            for line in wheel.read_text(encoding="utf-8").splitlines()
            if line.startswith("Tag: ")
        ]
        assert any(
            tag.endswith("-none-any")
            or (tag.startswith("cp313-") and tag.endswith(_WHEEL_MACHINES[architecture]))
            for tag in tags
        ), (wheel.parent.name, tags)


def test_names_no_path_of_the_machine_that_built_it(package: Path) -> None:
    for name in ("direct_url.json", "RECORD", "INSTALLER"):
        for path in package.glob(f"*.dist-info/{name}"):
            assert str(ROOT) not in path.read_text(encoding="utf-8")
    assert not list(package.glob("*.dist-info/direct_url.json"))


def test_its_template_takes_its_processor_only(package: Path, architecture: str) -> None:
    # sam alone would deploy it for the other one.
    parameter = read_template(package.parent / "template.yaml")["Parameters"]["Architecture"]
    assert (parameter["Default"], parameter["AllowedValues"]) == (architecture, [architecture])


def test_is_small(package: Path) -> None:
    size = sum(path.stat().st_size for path in package.rglob("*") if path.is_file())
    assert size < _SIZE_LIMIT_BYTES


def _python_of_lambda() -> str:
    # make exports what it found; a name on PATH may not run, hence the probe.
    candidates = [sys.executable, os.environ.get("PYTHON_313", ""), "python3.13"]
    for python in filter(shutil.which, candidates):
        probe = [python, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 13))"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return python
    return pytest.skip("This machine has no Python 3.13, which the package is for.")


def _runtime(folder: Path) -> Path:
    """Make a folder of what the Lambda runtime brings, and nothing else that is installed here."""
    folder.mkdir()
    for name in _OF_THE_RUNTIME:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        source = origin.parent if spec.submodule_search_locations else origin
        (folder / source.name).symlink_to(source)
    return folder


def test_the_function_answers_from_the_package_alone(
    package: Path, architecture: str, deploy: Deploy, tmp_path: Path
) -> None:
    if _WHEEL_MACHINES[architecture] != platform.machine().replace("arm64", "aarch64"):
        pytest.skip(f"This machine cannot run code for {architecture}.")
    python = _python_of_lambda()
    stack = deploy(AuthMode="IAM")
    function = stack.properties("Function")
    variables = function["Environment"]["Variables"] | {"TABLE_NAME": "table"}
    paths = [str(package), str(_runtime(tmp_path / "runtime"))]
    result = subprocess.run(
        # Without whatever is installed for that Python (-S), or stands beside the script (-P).
        [python, "-S", "-P", str(Path(__file__).with_name("ask_health.py")), function["Handler"]],
        cwd=tmp_path,
        env=variables
        | {
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    *logs, answer = map(json.loads, result.stdout.splitlines())
    assert answer["statusCode"] == 200
    # Its metrics have the dimension that the alarm watches.
    (dimension,) = stack.properties("ReducerFailuresAlarm")["Dimensions"]
    (metrics,) = [log for log in logs if "_aws" in log]
    (described,) = metrics["_aws"]["CloudWatchMetrics"]
    assert described["Namespace"] == stack.properties("ReducerFailuresAlarm")["Namespace"]
    assert described["Dimensions"] == [[dimension["Name"]]]
    assert metrics[dimension["Name"]] == dimension["Value"]
