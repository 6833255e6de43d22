from __future__ import annotations

import sys
from pathlib import Path

import pytest

from roundtrip_devtools import project as project_module
from roundtrip_devtools.errors import ApplicationError, ProjectNotFound, TemplateError
from roundtrip_devtools.project import Project, find_project, load_stores, stores_file
from tests.checkout import PROJECT, SERVICE_DIR

TEMPLATE = "Resources: {{F: {{Type: AWS::Serverless::Function, Properties: {properties}}}}}\n"


def written(folder: Path, properties: str = "{CodeUri: code}") -> Project:
    project = Project(folder)
    project.template.write_text(TEMPLATE.format(properties=properties), "utf-8")
    (folder / "code").mkdir()
    return project


def test_this_checkout_is_one() -> None:
    assert find_project(SERVICE_DIR / "app") == PROJECT
    assert PROJECT.service_dir == SERVICE_DIR


def test_the_nearest_folder_with_a_template_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    inner = tmp_path / "inner"
    inner.mkdir()
    written(inner)
    monkeypatch.chdir(inner / "code")
    assert find_project() == Project(inner)
    assert find_project(tmp_path / "code") == Project(tmp_path)


def test_no_project(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").mkdir()
    with pytest.raises(ProjectNotFound, match=r"no template\.yaml in .* run roundtrip new NAME"):
        find_project(tmp_path)


def test_the_code_is_where_the_template_says(tmp_path: Path) -> None:
    assert written(tmp_path).service_dir == tmp_path / "code"


@pytest.mark.parametrize("properties", ["{}", "{CodeUri: {Bucket: b, Key: k}}"])
def test_code_elsewhere(tmp_path: Path, properties: str) -> None:
    project = written(tmp_path, properties)
    with pytest.raises(TemplateError, match=r"its function has .* CodeUri"):
        _ = project.service_dir


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A module name that no other test has imported."""
    name = f"mine_{abs(hash(request.node.name))}.stores"
    monkeypatch.setattr(project_module, "STORES", name)
    return name


def code(project: Project, module: str, text: str) -> None:
    package, _, name = module.partition(".")
    (project.root / "code" / package).mkdir()
    (project.root / "code" / package / f"{name}.py").write_text(text, "utf-8")


def test_the_stores_are_the_project_s_own(tmp_path: Path, named: str) -> None:
    project = written(tmp_path)
    code(project, named, "STORES = ['mine']\n")
    before = [*sys.path]
    assert load_stores(project) == ["mine"]
    assert sys.path == before


def test_no_stores(tmp_path: Path, named: str) -> None:
    project = written(tmp_path)
    with pytest.raises(ApplicationError, match=f"code has no module {named}, which should list"):
        load_stores(project)
    code(project, named, "stores = []\n")
    with pytest.raises(ApplicationError, match="has no name STORES, which should list the stores"):
        load_stores(project)


@pytest.mark.parametrize(
    ("broken", "error", "frames"),
    [
        ("import not_there", "ModuleNotFoundError: No module named 'not_there'", 1),
        ("import sys; sys.nothing", "AttributeError: module 'sys' has no attribute 'nothing'", 1),
        ("from json import nothing", "ImportError: cannot import name 'nothing' from 'json'", 1),
        ("def broken(:", "SyntaxError: ", 0),
        ("raise SystemExit(3)", "SystemExit: 3", 1),
    ],
)
def test_an_error_of_the_code_is_shown_without_the_frames_of_the_tools(
    tmp_path: Path,
    named: str,
    capsys: pytest.CaptureFixture[str],
    broken: str,
    error: str,
    frames: int,
) -> None:
    project = written(tmp_path)
    code(project, named, f"{broken}\nSTORES = []\n")
    with pytest.raises(ApplicationError) as caught:
        load_stores(project)
    assert str(caught.value) == f"{named} cannot be loaded: correct the error above."
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith(error)
    files = [line for line in lines if line.startswith("  File ")]
    assert len(files) == 1
    assert str(project.service_dir) in files[0]
    assert lines[: 1 - frames or None].count("Traceback (most recent call last):") == frames


def test_what_roundtrip_refuses_is_one_sentence(tmp_path: Path, named: str) -> None:
    project = written(tmp_path)
    refusal = "from roundtrip.errors import ConfigurationError\nraise ConfigurationError('No.')"
    code(project, named, f"{refusal}\n")
    with pytest.raises(ApplicationError, match=r"^No\.$"):
        load_stores(project)


def test_where_the_stores_are_listed(tmp_path: Path) -> None:
    assert stores_file(written(tmp_path)) == Path("code/app/stores.py")
