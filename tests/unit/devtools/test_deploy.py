from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools import cli
from roundtrip_devtools.deploy import processor_of
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.project import Project
from tests.unit.devtools.sam_program import copied, fake_sam

if TYPE_CHECKING:
    from pathlib import Path

PROFILES = """
version = 0.1

[default.deploy.parameters]
stack_name = "dev"
parameter_overrides = ["AuthMode=IAM"]

[prod.deploy.parameters]
stack_name = "prod"

[mine.deploy.parameters]
stack_name = "mine"
parameter_overrides = {overrides}

[shared.global.parameters]
parameter_overrides = "Architecture=x86_64"
[shared.deploy.parameters]
stack_name = "shared"

[x86.build.parameters]
parameter_overrides = ["Architecture=x86_64"]
"""
X86_IN_EVERY_FORM = [
    '["AuthMode=IAM", "Architecture=x86_64"]',
    '["AuthMode=IAM Architecture=x86_64"]',
    '["ParameterKey=Architecture,ParameterValue=x86_64"]',
    '[["AuthMode=IAM"], ["Architecture=x86_64"]]',
    '"AuthMode=IAM Architecture=x86_64"',
    # As sam deploy --guided saves them.
    r'"AuthMode=\"IAM\" CorsOrigins=\"\" Architecture=\"x86_64\" LogLevel=\"INFO\""',
    '"ParameterKey=AuthMode,ParameterValue=IAM ParameterKey=Architecture,ParameterValue=x86_64"',
    '{AuthMode = "IAM", Architecture = "x86_64"}',
    '"Architecture=arm64 Architecture=x86_64"',
]


def written(folder: Path, overrides: str = "[]", default: str = "arm64") -> Project:
    project = Project(folder)
    project.samconfig.write_text(PROFILES.format(overrides=overrides), "utf-8")
    text = f"Parameters: {{Architecture: {{Type: String, Default: {default}}}}}\nResources: {{}}\n"
    project.template.write_text(text, "utf-8")
    return project


def processor(project: Project, profile: str, asked: str = "", *, guided: bool = False) -> str:
    return processor_of(project, profile, asked=asked or None, guided=guided)


@pytest.mark.parametrize("overrides", X86_IN_EVERY_FORM)
def test_the_processor_is_that_of_the_profile(tmp_path: Path, overrides: str) -> None:
    project = written(tmp_path, overrides)
    assert processor(project, "mine") == processor(project, "mine", "x86_64") == "x86_64"
    with pytest.raises(SettingError, match=r"^--arch must be x86_64, .* profile mine .* 'arm64'"):
        processor(project, "mine", "arm64")


@pytest.mark.parametrize("overrides", ['["AuthMode=IAM"]', '"AuthMode=IAM"', '""', "[]", "{}"])
def test_a_profile_that_names_none_uses_the_default_of_the_template(
    tmp_path: Path, overrides: str
) -> None:
    project = written(tmp_path, overrides)
    assert processor(project, "mine") == processor(project, "prod") == "arm64"
    with pytest.raises(SettingError, match="put Architecture=x86_64 into its parameter_overrides"):
        processor(project, "mine", "x86_64")
    assert processor(written(tmp_path, overrides, default="x86_64"), "mine") == "x86_64"


def test_parameters_for_all_commands_of_a_profile_count(tmp_path: Path) -> None:
    assert processor(written(tmp_path), "shared") == "x86_64"


@pytest.mark.parametrize("profile", ["nope", "x86", "version", ""])
def test_an_unknown_profile_and_the_known_ones(tmp_path: Path, profile: str) -> None:
    known = "a profile of samconfig.toml that deploys: default or prod or mine or shared"
    with pytest.raises(SettingError, match=f"^--config-env must be {known}, not {profile!r}"):
        processor(written(tmp_path), profile)


def test_guided_answers_may_differ_and_make_profiles(tmp_path: Path) -> None:
    project = written(tmp_path, '["Architecture=x86_64"]')
    assert processor(project, "new", guided=True) == "arm64"
    assert processor(project, "new", "x86_64", guided=True) == "x86_64"
    assert processor(project, "mine", guided=True) == "x86_64"
    assert processor(project, "mine", "arm64", guided=True) == "arm64"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ('"file://mine.yaml"', "parameter_overrides of the profile mine must be written in"),
        ('["A=b", "file://mine.yaml"]', "parameter_overrides of the profile mine must be written"),
        ("'A=\"'", "parameter_overrides of the profile mine must be NAME=VALUE pairs"),
        ("[", r"samconfig\.toml must be TOML"),
    ],
)
def test_parameters_that_cannot_be_read(tmp_path: Path, overrides: str, message: str) -> None:
    with pytest.raises(SettingError, match=f"^{message}"):
        processor(written(tmp_path, overrides), "mine")


def test_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^samconfig\.toml must be a file that can be read"):
        processor(Project(tmp_path), "mine")


@pytest.mark.parametrize(
    ("arguments", "built", "deployed"),
    [
        ([], "arm64", ["--config-env", "default"]),
        (["--config-env", "prod"], "arm64", ["--config-env", "prod"]),
        (["--guided", "--arch", "x86_64"], "x86_64", ["--config-env", "default", "--guided"]),
        (
            ["--profile", "mine", "-g", "--no-confirm-changeset", "--tags", "a=b", "c=d"],
            "arm64",
            [
                *("--config-env", "default", "--guided", "--profile", "mine"),
                *("--no-confirm-changeset", "--tags", "a=b", "c=d"),
            ],
        ),
    ],
)
def test_it_builds_and_then_deploys(
    arguments: list[str],
    built: str,
    deployed: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(copied(tmp_path).root)
    asked = fake_sam(tmp_path / "tools")
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:/usr/bin:/bin")
    assert cli.main(["deploy", *arguments]) == 0
    build, deploy = asked()
    assert (build[0], build[-1]) == ("build", f"Architecture={built}")
    assert deploy == ["deploy", *deployed]


def test_an_unknown_profile_builds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(copied(tmp_path).root)
    asked = fake_sam(tmp_path / "tools")
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:/usr/bin:/bin")
    assert cli.main(["deploy", "--config-env", "nope"]) == 1
    assert capsys.readouterr().err.startswith("--config-env must be a profile of samconfig.toml")
    assert asked() == []
