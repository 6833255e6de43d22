from __future__ import annotations

import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from roundtrip import __version__
from roundtrip_devtools import bundled, cli
from roundtrip_devtools.errors import ProjectNotMade
from roundtrip_devtools.newproject import MAX_NAME, new_project
from roundtrip_devtools.template import Template, read_template

FILES = {
    ".gitignore",
    "README.md",
    "pyproject.toml",
    "requirements-dev.txt",
    "samconfig.toml",
    "src/service/app/__init__.py",
    "src/service/app/followers.py",
    "src/service/app/listeners.py",
    "src/service/app/main.py",
    "src/service/app/stores.py",
    "src/service/app/tasks.py",
    "src/service/requirements.txt",
    "template.yaml",
    "tests/test_stores.py",
    "tests/test_tasks.py",
}
BAD_NAMES = [
    *("", "-my-app", "..", "1-app", "My-App", "a" * (MAX_NAME + 1), "my app", "my--app"),
    *("my-app-", "my-app\n", "my-äpp", "my.app", "my/app", "my_app", "/my-app"),
]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return new_project("my-app", tmp_path)


def test_the_files_and_their_rights(made: Path, tmp_path: Path) -> None:
    assert made == tmp_path / "my-app"
    assert list(tmp_path.iterdir()) == [made]
    files = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert files == FILES
    (tmp_path / "ordinary").mkdir()
    assert stat.S_IMODE(made.stat().st_mode) == stat.S_IMODE((tmp_path / "ordinary").stat().st_mode)
    for name in FILES - {"template.yaml"}:
        assert "$" not in (made / name).read_text("utf-8"), "a placeholder is left"
    assert len((made / "src/service/app/main.py").read_text("utf-8").splitlines()) <= 10


def test_the_template_is_that_of_roundtrip_under_another_name(made: Path) -> None:
    text = (made / "template.yaml").read_text("utf-8")
    original = bundled.bundled("template.yaml").read_text("utf-8")
    lines = zip(original.splitlines(), text.splitlines(), strict=True)
    changed = [(before, after) for before, after in lines if before != after]
    assert len(changed) == 4
    for before, after in changed:
        assert after == before.replace("Roundtrip", "my-app")
    function = read_template(made / "template.yaml")["Resources"]["Function"]["Properties"]
    (described,) = function["Description"].values()
    assert described.startswith("my-app ${Architecture}")
    assert function["VersionDescription"] == function["Description"]
    assert Template(made / "template.yaml").code_uri() == "src/service"


def test_the_profiles_are_those_of_roundtrip_with_other_stacks(made: Path) -> None:
    profiles = tomllib.loads((made / "samconfig.toml").read_text("utf-8"))
    original = tomllib.loads(bundled.bundled("samconfig.toml").read_text("utf-8"))
    stacks = {
        ("default", "deploy"): "my-app-dev",
        ("default", "delete"): "my-app-dev",
        ("prod", "deploy"): "my-app",
    }
    for (profile, command), stack in stacks.items():
        assert profiles[profile][command]["parameters"].pop("stack_name") == stack
        assert original[profile][command]["parameters"].pop("stack_name") != stack
    assert profiles == original


def test_the_requirements_name_this_version(made: Path) -> None:
    service = (made / "src/service/requirements.txt").read_text("utf-8").splitlines()
    development = (made / "requirements-dev.txt").read_text("utf-8").splitlines()
    assert f"roundtrip-redux=={__version__}" in service
    assert f"roundtrip-redux[testing]=={__version__}" in development
    assert f"roundtrip-redux-devtools=={__version__}" in development


@pytest.mark.parametrize("command", [["check"], ["format", "--check", "--diff"]])
def test_ruff_without_settings_finds_nothing(made: Path, command: list[str]) -> None:
    ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(made)]
    done = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_longest_name_makes_stacks_of_128_characters(tmp_path: Path) -> None:
    made = new_project("a" * MAX_NAME, tmp_path)
    profiles = tomllib.loads((made / "samconfig.toml").read_text("utf-8"))
    assert len(profiles["default"]["deploy"]["parameters"]["stack_name"]) == 128


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectNotMade, match=r"^'.*' was not made: a name consists of lowercase"):
        new_project(name, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["project", "empty", "file", "dangling"])
def test_an_existing_path_is_left_alone(kind: str, tmp_path: Path) -> None:
    taken = tmp_path / "my-app"
    match kind:
        case "project":
            taken.mkdir()
            (taken / "README.md").write_text("mine")
        case "empty":
            taken.mkdir()
        case "file":
            taken.write_text("mine")
        case _:
            taken.symlink_to(tmp_path / "nowhere")
    before = taken.lstat()
    with pytest.raises(ProjectNotMade, match=r"'my-app' was not made: .*my-app exists already"):
        new_project("my-app", tmp_path)
    assert list(tmp_path.iterdir()) == [taken]
    assert taken.lstat().st_mtime_ns == before.st_mtime_ns


def test_an_unwritable_parent_is_refused(tmp_path: Path) -> None:
    for parent in (tmp_path / "missing", Path(os.devnull)):
        with pytest.raises(ProjectNotMade, match="cannot be written to"):
            new_project("my-app", parent)
    assert not list(tmp_path.iterdir())


def test_an_unfinished_project_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: Path, _target: Path) -> None:
        assert [path.name for path in tmp_path.rglob("README.md")]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(ProjectNotMade, match="No space left on device"):
        new_project("my-app", tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "my-app"]) == 0
    told = capsys.readouterr().out
    for step in ("cd my-app", "-m pip install -r requirements-dev.txt", "roundtrip dev", "pytest"):
        assert step in told
    assert cli.main(["new", "my-app"]) == 1
    output = capsys.readouterr()
    assert not output.out
    assert output.err.startswith("'my-app' was not made: ")
    assert output.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["my-app"]
