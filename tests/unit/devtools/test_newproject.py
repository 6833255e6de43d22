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
    "src/service/app/main.py",
    "src/service/app/stores.py",
    "src/service/app/tasks.py",
    "src/service/requirements.txt",
    "template.yaml",
    "tests/test_stores.py",
    "tests/test_tasks.py",
}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return new_project("my-app", tmp_path)


def files(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in found}


def test_these_files_are_made(made: Path, tmp_path: Path) -> None:
    assert made == tmp_path / "my-app"
    assert list(tmp_path.iterdir()) == [made]
    assert files(made) == FILES


def test_the_folder_has_the_rights_that_any_new_folder_has(made: Path, tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.mkdir()
    assert stat.S_IMODE(made.stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)


def test_the_template_is_ours_under_another_name(made: Path) -> None:
    text = (made / "template.yaml").read_text("utf-8")
    ours = bundled.bundled("template.yaml").read_text("utf-8")
    changed = [
        (before.strip(), after.strip())
        for before, after in zip(ours.splitlines(), text.splitlines(), strict=True)
        if before != after
    ]
    assert len(changed) == 4
    for before, after in changed:
        assert after == before.replace("Roundtrip", "my-app")
    function = read_template(made / "template.yaml")["Resources"]["Function"]["Properties"]
    (described,) = function["Description"].values()
    assert described.startswith("my-app ${Architecture}")
    assert function["VersionDescription"] == function["Description"]
    assert Template(made / "template.yaml").code_uri() == "src/service"


def test_the_profiles_are_ours_with_stacks_of_another_name(made: Path) -> None:
    theirs = tomllib.loads((made / "samconfig.toml").read_text("utf-8"))
    ours = tomllib.loads(bundled.bundled("samconfig.toml").read_text("utf-8"))
    stacks = {
        "default.deploy": "my-app-dev",
        "default.delete": "my-app-dev",
        "prod.deploy": "my-app",
    }
    for path, stack in stacks.items():
        profile, command = path.split(".")
        assert theirs[profile][command]["parameters"].pop("stack_name") == stack
        assert ours[profile][command]["parameters"].pop("stack_name") != stack
    assert theirs == ours


def test_requirements_name_this_version(made: Path) -> None:
    service = (made / "src/service/requirements.txt").read_text("utf-8").splitlines()
    development = (made / "requirements-dev.txt").read_text("utf-8").splitlines()
    assert f"roundtrip-redux=={__version__}" in service
    assert f"roundtrip-redux[testing]=={__version__}" in development
    assert f"roundtrip-redux-devtools=={__version__}" in development


def test_main_has_at_most_ten_lines(made: Path) -> None:
    assert len((made / "src/service/app/main.py").read_text("utf-8").splitlines()) <= 10


@pytest.mark.parametrize("command", [["check"], ["format", "--check", "--diff"]])
def test_ruff_without_settings_finds_nothing(made: Path, command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", made],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_no_placeholder_is_left(made: Path) -> None:
    for name in FILES - {"template.yaml"}:
        assert "$" not in (made / name).read_text("utf-8"), name


def test_the_longest_name_makes_stacks_of_128_characters(tmp_path: Path) -> None:
    made = new_project("a" * MAX_NAME, tmp_path)
    profiles = tomllib.loads((made / "samconfig.toml").read_text("utf-8"))
    assert len(profiles["default"]["deploy"]["parameters"]["stack_name"]) == 128


BAD_NAMES = [
    "",
    "-my-app",
    "..",
    "1-app",
    "My-App",
    "a" * (MAX_NAME + 1),
    "my app",
    "my--app",
    "my-app-",
    "my-app\n",
    "my-äpp",
    "my.app",
    "my/app",
    "my_app",
    "/my-app",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectNotMade, match=r"^'.*' was not made: a name consists of lowercase"):
        new_project(name, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["project", "empty", "file", "dangling"])
def test_what_exists_is_left_alone(kind: str, tmp_path: Path) -> None:
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


def test_where_nothing_can_be_written_is_refused(tmp_path: Path) -> None:
    for parent in (tmp_path / "missing", Path(os.devnull)):
        with pytest.raises(ProjectNotMade, match="cannot be written to"):
            new_project("my-app", parent)
    assert not list(tmp_path.iterdir())


def test_a_project_that_cannot_be_finished_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: Path, _target: Path) -> None:
        assert [path.name for path in tmp_path.rglob("README.md")]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(ProjectNotMade, match="No space left on device"):
        new_project("my-app", tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_command_tells_what_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "my-app"]) == 0
    told = capsys.readouterr().out
    for step in ("cd my-app", "pip install -r requirements-dev.txt", "roundtrip dev", "pytest"):
        assert f"  {step}" in told or f" {step}" in told
    assert files(tmp_path / "my-app") == FILES


@pytest.mark.parametrize("name", ["My App", "taken"])
def test_the_command_refuses_in_one_sentence(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "taken").mkdir()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", name]) == 1
    output = capsys.readouterr()
    assert not output.out
    assert output.err.startswith(f"{name!r} was not made: ")
    assert output.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
