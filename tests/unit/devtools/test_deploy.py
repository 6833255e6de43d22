from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools import deploy, project
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.template import read_template

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


def written(folder: Path, overrides: str = "[]") -> Path:
    config = folder / "samconfig.toml"
    config.write_text(PROFILES.format(overrides=overrides), "utf-8")
    return config


@pytest.mark.parametrize("overrides", X86_IN_EVERY_FORM)
def test_built_is_for_the_processor_of_the_profile(tmp_path: Path, overrides: str) -> None:
    config = written(tmp_path, overrides)
    assert deploy.architecture("mine", config=config) == "x86_64"
    assert deploy.architecture("mine", asked="x86_64", config=config) == "x86_64"
    with pytest.raises(SettingError, match=r"^ARCH must be x86_64, .* profile mine .* 'arm64'"):
        deploy.architecture("mine", asked="arm64", config=config)


@pytest.mark.parametrize("overrides", ['["AuthMode=IAM"]', '"AuthMode=IAM"', '""', "[]", "{}"])
def test_a_profile_that_names_none_has_the_template_s(tmp_path: Path, overrides: str) -> None:
    config = written(tmp_path, overrides)
    assert deploy.architecture("mine", config=config) == "arm64"
    assert deploy.architecture("prod", config=config) == "arm64"
    with pytest.raises(SettingError, match="put Architecture=x86_64 into its parameter_overrides"):
        deploy.architecture("mine", asked="x86_64", config=config)


def test_the_default_is_the_template_s_own(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    text = "Parameters: {Architecture: {Type: String, Default: x86_64}}\nResources: {}\n"
    template.write_text(text, "utf-8")
    config = written(tmp_path)
    assert deploy.architecture("mine", config=config, template=template) == "x86_64"


def test_what_all_commands_of_a_profile_share_counts_too(tmp_path: Path) -> None:
    config = tmp_path / "samconfig.toml"
    shared = '[mine.global.parameters]\nparameter_overrides = "Architecture=x86_64"\n'
    config.write_text(f'{shared}[mine.deploy.parameters]\nstack_name = "mine"\n', "utf-8")
    assert deploy.architecture("mine", config=config) == "x86_64"


@pytest.mark.parametrize("profile", ["nope", "x86", "version", ""])
def test_an_unknown_profile_and_those_that_there_are(tmp_path: Path, profile: str) -> None:
    with pytest.raises(SettingError) as caught:
        deploy.architecture(profile, config=written(tmp_path))
    known = "a profile of samconfig.toml that deploys: default or prod or mine"
    assert str(caught.value) == f"ENV must be {known}, not {profile!r}."


def test_guided_may_be_answered_otherwise_and_makes_profiles(tmp_path: Path) -> None:
    config = written(tmp_path, '["Architecture=x86_64"]')
    assert deploy.architecture("new", guided=True, config=config) == "arm64"
    assert deploy.architecture("new", asked="x86_64", guided=True, config=config) == "x86_64"
    assert deploy.architecture("mine", guided=True, config=config) == "x86_64"
    assert deploy.architecture("mine", asked="arm64", guided=True, config=config) == "arm64"


@pytest.mark.parametrize(
    "overrides", ['"file://mine.yaml"', '["A=b", "file://mine.yaml"]', "'A=\"'"]
)
def test_parameters_that_cannot_be_read_are_no_guess(tmp_path: Path, overrides: str) -> None:
    with pytest.raises(SettingError, match=r"^parameter_overrides of the profile mine must be"):
        deploy.architecture("mine", config=written(tmp_path, overrides))


def test_a_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^samconfig\.toml must be a file that can be read"):
        deploy.architecture("mine", config=tmp_path / "samconfig.toml")
    with pytest.raises(SettingError, match=r"^samconfig\.toml must be TOML"):
        deploy.architecture("mine", config=written(tmp_path, "["))


@pytest.mark.parametrize("processor", ["arm64", "x86_64"])
def test_a_built_template_takes_one_processor_only(tmp_path: Path, processor: str) -> None:
    template = tmp_path / "template.yaml"
    template.write_bytes(project.TEMPLATE.read_bytes())
    assert deploy.main(["settle", str(template), processor]) == 0

    before, after = read_template(project.TEMPLATE), read_template(template)
    one = after["Parameters"].pop("Architecture")
    del before["Parameters"]["Architecture"]
    assert after == before
    assert (one["Default"], one["AllowedValues"]) == (processor, [processor])
    assert processor in one["ConstraintDescription"]


def test_a_template_without_the_parameter_stays_as_it_is(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {}  # mine\n", "utf-8")
    assert deploy.main(["settle", str(template), "arm64"]) == 0
    assert template.read_text("utf-8") == "Resources: {}  # mine\n"


def test_the_command_says_it_to_make(capsys: pytest.CaptureFixture[str]) -> None:
    assert deploy.main(["architecture", "--profile", "prod"]) == 0
    assert capsys.readouterr().out == "arm64\n"
    assert deploy.main(["architecture", "--profile", "nope"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("ENV must be a profile of samconfig.toml that deploys: default or")
