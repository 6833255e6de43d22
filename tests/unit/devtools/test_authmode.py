from __future__ import annotations

import argparse

import pytest

from roundtrip_devtools.authmode import AuthMode, add_auth_argument, chosen_auth_mode
from roundtrip_devtools.errors import SettingError


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        ([], {}, "NONE"),
        ([], {"AUTH_MODE": ""}, "NONE"),
        ([], {"AUTH_MODE": "JWT"}, "JWT"),
        ([], {"AUTH_MODE": "iam"}, "IAM"),
        (["--auth", "jwt"], {}, "JWT"),
        (["--auth", "none"], {}, "NONE"),
        (["--auth", "jwt", "--auth", "JWT"], {}, "JWT"),
        (["--auth", "jwt"], {"AUTH_MODE": "JWT"}, "JWT"),
    ],
)
def test_the_option_or_the_variable_decides(
    arguments: list[str], environ: dict[str, str], expected: AuthMode
) -> None:
    parser = argparse.ArgumentParser()
    add_auth_argument(parser)
    assert chosen_auth_mode(parser.parse_args(arguments).auth, environ) == expected


@pytest.mark.parametrize(
    ("asked", "environ", "message"),
    [
        ("", {}, "--auth must be none, jwt or iam, not ''."),
        ("", {"AUTH_MODE": "JWT"}, "--auth must be none, jwt or iam, not ''."),
        ("basic", {}, "--auth must be none, jwt or iam, not 'basic'."),
        (None, {"AUTH_MODE": "OFF"}, "AUTH_MODE must be none, jwt or iam, not 'OFF'."),
        (
            "iam",
            {"AUTH_MODE": "JWT"},
            (
                "--auth and AUTH_MODE must be the same mode, or one of them left out, "
                "not 'IAM and JWT'."
            ),
        ),
        (
            "none",
            {"AUTH_MODE": "JWT"},
            (
                "--auth and AUTH_MODE must be the same mode, or one of them left out, "
                "not 'NONE and JWT'."
            ),
        ),
    ],
)
def test_no_mode_is_guessed(asked: str | None, environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingError) as caught:
        chosen_auth_mode(asked, environ)
    assert str(caught.value) == message


def test_the_last_of_two_modes_does_not_win(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_auth_argument(parser)
    with pytest.raises(SystemExit) as caught:
        parser.parse_args(["--auth", "jwt", "--auth", "none"])
    assert caught.value.code == 2
    assert capsys.readouterr().err.endswith(
        "argument --auth: expected one mode, received 'jwt' and 'none'; leave one of them out\n"
    )
