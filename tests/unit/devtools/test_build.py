from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools import build, cli
from roundtrip_devtools.template import read_template
from tests.checkout import PROJECT
from tests.unit.devtools.sam_program import copied, fake_sam

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from roundtrip_devtools.project import Project

NO_SAM = "sam, the AWS SAM CLI, was not found on PATH: run pipx install aws-sam-cli.\n"
NO_UV = "uv, with which sam build installs packages, was not found on PATH: run pip install uv.\n"
NEITHER = (
    "sam, the AWS SAM CLI, and uv, with which sam build installs packages, were not found on PATH: "
    "run pipx install aws-sam-cli and pip install uv.\n"
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project to build, in the current folder."""
    project = copied(tmp_path)
    monkeypatch.chdir(project.root)
    return project


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[list[str]]]:
    """The commands of sam."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:/usr/bin:/bin")
    return fake_sam(tmp_path / "tools")


def test_the_package_has_no_files_that_no_function_needs(
    project: Project, asked: Callable[[], list[list[str]]]
) -> None:
    assert cli.main(["build"]) == 0
    directory = project.root / ".aws-sam" / "build"
    override = ["--parameter-overrides", "Architecture=arm64"]
    assert asked() == [["build", "--build-dir", str(directory), *override]]
    left = {str(path.relative_to(directory)) for path in directory.rglob("*")}
    package = "Function-Shared"
    code = {f"{package}/{name}" for name in ("app", "app/main.py", "roundtrip")}
    assert left == {"template.yaml", package, *code}
    parameter = read_template(directory / "template.yaml")["Parameters"]["Architecture"]
    assert parameter["AllowedValues"] == ["arm64"]


def test_build_for_another_processor_from_a_folder_of_the_project(
    project: Project, asked: Callable[[], list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.service_dir)
    assert cli.main(["build", "--arch", "x86_64", "--build-dir", "made"]) == 0
    made = project.service_dir / "made"
    assert asked()[0][2:] == [str(made), "--parameter-overrides", "Architecture=x86_64"]
    parameter = read_template(made / "template.yaml")["Parameters"]["Architecture"]
    assert parameter["AllowedValues"] == ["x86_64"]


@pytest.mark.parametrize(
    ("requirements", "arguments", "message"),
    [
        (None, [], "src/service/requirements.txt is missing or empty: the package would hold no "),
        ("", [], "src/service/requirements.txt is missing or empty: the package would hold no "),
        ("pydantic", ["--arch", "mips"], "--arch must be arm64 or x86_64, not 'mips'.\n"),
    ],
)
def test_refused_before_sam_runs(
    requirements: str | None,
    arguments: list[str],
    message: str,
    project: Project,
    asked: Callable[[], list[list[str]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = project.service_dir / "requirements.txt"
    file.unlink()
    if requirements is not None:
        file.write_text(requirements, "utf-8")
    assert cli.main(["build", *arguments]) == 1
    assert capsys.readouterr().err.startswith(message)
    assert asked() == []
    assert not (project.root / ".aws-sam").exists()


@pytest.mark.parametrize("folder", [".", "src", "src/service", "tests"])
def test_a_folder_that_holds_something_else_is_not_emptied(
    folder: str,
    project: Project,
    asked: Callable[[], list[list[str]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (project.root / "tests").mkdir()
    (project.root / "tests" / "test_mine.py").touch()
    assert cli.main(["build", "--build-dir", folder]) == 1
    assert capsys.readouterr().err.startswith("--build-dir must be a new folder, an empty one or ")
    assert asked() == []


@pytest.mark.parametrize(
    ("programs", "message"), [(["sam"], NO_SAM), (["uv"], NO_UV), (["sam", "uv"], NEITHER)]
)
@pytest.mark.parametrize("command", ["build", "deploy"])
def test_a_missing_tool(
    programs: list[str],
    message: str,
    command: str,
    project: Project,
    asked: Callable[[], list[list[str]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for program in programs:
        (tmp_path / "tools" / program).unlink()
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert cli.main([command]) == 1
    assert capsys.readouterr().err == message
    assert asked() == []
    assert not (project.root / ".aws-sam").exists()


@pytest.mark.usefixtures("project")
def test_programs_beside_this_python_are_found(
    asked: Callable[[], list[list[str]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr("sys.executable", str(tmp_path / "tools" / "python"))
    assert cli.main(["build"]) == 0
    assert len(asked()) == 1


@pytest.mark.usefixtures("project")
def test_sam_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_sam(tmp_path / "tools", exit_code=3)
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:/usr/bin:/bin")
    assert cli.main(["validate"]) == 1
    assert capsys.readouterr().err == "AWS SAM CLI: sam validate failed; its output is above.\n"


@pytest.mark.parametrize("processor", ["arm64", "x86_64"])
def test_a_built_template_accepts_one_processor_only(tmp_path: Path, processor: str) -> None:
    template = tmp_path / "template.yaml"
    template.write_bytes(PROJECT.template.read_bytes())
    build.settle(template, processor)

    before, after = read_template(PROJECT.template), read_template(template)
    one = after["Parameters"].pop("Architecture")
    del before["Parameters"]["Architecture"]
    assert after == before
    assert (one["Default"], one["AllowedValues"]) == (processor, [processor])
    assert processor in one["ConstraintDescription"]


def test_a_template_without_the_parameter_stays_as_it_is(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {}  # mine\n", "utf-8")
    build.settle(template, "arm64")
    assert template.read_text("utf-8") == "Resources: {}  # mine\n"
