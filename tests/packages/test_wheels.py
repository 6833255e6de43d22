"""The packages as somebody else installs them: from files, into an environment of their own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from maintenance.release import WHEELS, Wheel, findings, read_wheel, wheel_findings
from roundtrip import __version__
from tests.checkout import DEVTOOLS_DIR, ROOT, SERVICE_DIR, STATE_DIR
from tests.packages.adopter import Adopter, adopter, run

if TYPE_CHECKING:
    from pathlib import Path

DEADLINE_S = 300
# What is imported, and what that loads of what is not needed yet.
IMPORT = """
import json, sys
import roundtrip
loaded = [name for name in ("boto3", "botocore", "pydantic") if name in sys.modules]
from importlib.metadata import version
from pathlib import Path
from roundtrip_devtools.bundled import bundled
from roundtrip import create_slice
print(json.dumps({
    "loaded": loaded,
    "versions": [
        roundtrip.__version__, version("roundtrip-redux"), version("roundtrip-redux-devtools"),
    ],
    "places": [roundtrip.__file__, str(bundled("template.yaml"))],
    "template": bundled("template.yaml").read_text("utf-8"),
    "page": (bundled("page") / "index.html").is_file(),
}))
"""


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Adopter:
    if not (STATE_DIR / "page" / "index.html").is_file():
        pytest.fail("The page is not built: make page.", pytrace=False)
    return adopter(tmp_path_factory)


@pytest.fixture(scope="module")
def wheels(ada: Adopter) -> dict[str, Wheel]:
    return {wheel.name: wheel for wheel in map(read_wheel, ada.wheels.glob("*.whl"))}


def sources(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder.parent))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_the_framework_is_all_that_its_wheel_installs(wheels: dict[str, Wheel]) -> None:
    wheel = wheels["roundtrip-redux"]
    held = {name for name in wheel.files if name.startswith("roundtrip/")}
    assert held == sources(SERVICE_DIR / "roundtrip")


def test_the_tools_bring_what_they_need_of_the_repository(wheels: dict[str, Wheel]) -> None:
    wheel = wheels["roundtrip-redux-devtools"]
    held = {name for name in wheel.files if name.startswith("roundtrip_devtools/")}
    brought = {name for name in held if name.startswith("roundtrip_devtools/bundle/")}
    assert held - brought == sources(DEVTOOLS_DIR / "roundtrip_devtools")
    page = {f"page/{path.relative_to(STATE_DIR / 'page')}" for path in built_page()}
    names = page | {"template.yaml", "samconfig.toml"}
    assert brought == {f"roundtrip_devtools/bundle/{name}" for name in names}


def built_page() -> list[Path]:
    return [path for path in (STATE_DIR / "page").rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", WHEELS)
def test_a_wheel_has_no_fault(name: str, wheels: dict[str, Wheel]) -> None:
    assert [*wheel_findings(wheels[name], __version__)] == []


def test_the_lambda_runtime_s_own_package_is_not_asked_for(wheels: dict[str, Wheel]) -> None:
    required = [one for one in wheels["roundtrip-redux"].requires if "extra ==" not in one]
    assert {re.split(r"[<>=]", one)[0] for one in required} == {
        "aws-lambda-powertools",
        "pydantic",
        "typing-extensions",
    }


def test_the_page_has_to_be_there(tmp_path: Path) -> None:
    # Without what stands beside it in the checkout.
    alone = tmp_path / "src" / "devtools"
    (alone / "roundtrip_devtools").mkdir(parents=True)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        (alone / name).write_bytes((DEVTOOLS_DIR / name).read_bytes())
    version = tmp_path / "src" / "service" / "roundtrip" / "__init__.py"
    version.parent.mkdir(parents=True)
    version.write_text('__version__ = "1.2.3"\n', "utf-8")
    command = [sys.executable, "-m", "uv", "build", "--wheel", "--no-build-isolation"]
    done = subprocess.run(
        [*command, "--python", sys.executable, str(alone)],
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )
    assert done.returncode != 0
    assert "page is missing: run make page" in done.stderr


def test_they_work_far_from_the_checkout(ada: Adopter) -> None:
    imported = run([ada.program("python"), "-c", IMPORT], cwd=ada.home, environ=ada.environ())
    said = json.loads(imported)
    assert said["loaded"] == []
    assert said["versions"] == [__version__] * 3
    assert all(place.startswith(str(ada.environment)) for place in said["places"])
    assert said["template"] == (ROOT / "template.yaml").read_text("utf-8")
    assert said["page"]

    shown = ada.roundtrip("--help", cwd=ada.home)
    for name in ("new", "dev", "dynamodb", "sam-local", "smoke", "client-types", "build"):
        assert re.search(rf"^ +{name}\s", shown, re.MULTILINE)
    refused = ada.refusal("dev", cwd=ada.home)
    assert refused.startswith(f"There is no template.yaml in {ada.home} or above: run")


def test_an_empty_folder_is_no_release(tmp_path: Path) -> None:
    (sentence,) = findings(tmp_path)
    assert sentence.endswith("and holds nothing: run make packages.")
