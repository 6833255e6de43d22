from __future__ import annotations

import re
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip import __version__
from roundtrip_devtools import cli
from roundtrip_devtools.commands import client_types, dev, sam_local
from roundtrip_devtools.errors import EngineError
from roundtrip_devtools.event import HttpRequest
from roundtrip_devtools.samlocal.server import SamLocalOptions
from roundtrip_devtools.tokens import start_issuer
from tests import checkout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from roundtrip_devtools.project import Project

URL = "http://127.0.0.1:8000"
ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB"
DEFAULTS = {
    "port": 3000,
    "engine": "ministack",
    "endpoint_url": None,
    "fresh": False,
    "auth_mode": "NONE",
    "origins": [],
    "devtools": None,
}


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The options of the servers that were started; none is."""
    options: list[Any] = []
    monkeypatch.setattr(dev, "serve", lambda _project, **named: options.append(named))
    monkeypatch.setattr(sam_local, "serve", lambda _docker, _project, one: options.append(one))
    monkeypatch.setattr(sam_local, "Docker", object)
    for name in ("PORT", "AWS_ENDPOINT_URL_DYNAMODB", "AUTH_MODE", "REDUX_DEVTOOLS"):
        monkeypatch.delenv(name, raising=False)
    before = signal.getsignal(signal.SIGTERM)
    yield options
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("arguments", "variable", "expected"),
    [
        ("", "", {}),
        ("", "PORT=4000", {"port": 4000}),
        ("", "PORT=", {}),
        ("--port 5000", "PORT=x", {"port": 5000}),
        ("--fresh", "", {"fresh": True}),
        (f"--endpoint-url {URL}", f"{ENDPOINT}=http://other", {"endpoint_url": URL}),
        ("", f"{ENDPOINT}={URL}", {"endpoint_url": URL}),
        ("--engine dynamodb-local", f"{ENDPOINT}={URL}", {"engine": "dynamodb-local"}),
    ],
)
def test_options_and_variables(
    arguments: str,
    variable: str,
    expected: dict[str, Any],
    served: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if variable:
        monkeypatch.setenv(*variable.split("=", 1))
    assert cli.main(["dev", *arguments.split()]) == 0
    assert served == [{**DEFAULTS, **expected}]
    if "engine" not in expected:
        assert cli.main(["sam-local", *arguments.split()]) == 0
        assert served[1:] == [SamLocalOptions(**{"port": 3000, **expected})]


def test_the_origins_of_further_pages(
    served: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    pages = ["http://localhost:5173", "https://shop.example"]
    assert cli.main(["dev", "--origin", pages[0], "--origin", pages[1]]) == 0
    assert [options["origins"] for options in served] == [pages]
    assert cli.main(["dev", "--origin", "*"]) == 1
    assert capsys.readouterr().err.startswith("--origin must be an origin in lower case")


@pytest.mark.parametrize("value", ["x", "0", "65536", "-1", "3000.0"])
def test_a_bad_port(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", value)
    assert cli.main(["dev"]) == 2
    assert "Invalid value for '--port' (env var: 'PORT'): " in capsys.readouterr().err


@pytest.mark.parametrize("given", [["--endpoint-url", "localhost:8000"], []])
def test_a_bad_endpoint(
    given: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "localhost:8000")
    assert cli.main(["dev", *given]) == 1
    assert "must be a URL such as http://127.0.0.1:8000" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "variable", "mode"),
    [
        ([], "", "NONE"),
        ([], "iam", "IAM"),
        (["--auth", "none"], "", "NONE"),
        (["--auth", "jwt", "--auth", "JWT"], "JWT", "JWT"),
    ],
)
def test_the_option_or_the_variable_decides_the_mode(
    arguments: list[str],
    variable: str,
    mode: str,
    served: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AUTH_MODE", variable)
    assert cli.main(["dev", *arguments]) == 0
    assert [options["auth_mode"] for options in served] == [mode]


@pytest.mark.parametrize(
    ("arguments", "variable", "reason"),
    [
        (["--auth", ""], "", "'' is not one of"),
        (["--auth", "basic"], "", "'basic' is not one of"),
        ([], "OPEN", "'OPEN' is not one of"),
        (["--auth", "iam"], "JWT", "expected one mode, received iam and jwt; leave out"),
        (["--auth", "none"], "JWT", "expected one mode, received jwt and none; leave out"),
        (["--auth", "jwt", "--auth", "none"], "", "expected one mode, received jwt and none"),
    ],
)
def test_no_mode_is_guessed(
    arguments: list[str],
    variable: str,
    reason: str,
    served: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AUTH_MODE", variable)
    assert cli.main(["dev", *arguments]) == 2
    said = capsys.readouterr().err
    assert "Invalid value for '--auth' (env var: 'AUTH_MODE'): " in said
    assert reason in said
    assert served == []


def test_a_token_needs_an_issuer_but_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(checkout.TEMPLATE, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["token", "ada"]) == 1
    assert capsys.readouterr() == (
        "",
        "This project has no local issuer of tokens yet: start its dev server with --auth jwt.\n",
    )
    issuer = start_issuer(tmp_path / ".roundtrip", url="http://x", tenant_claim="tenant")
    assert cli.main(["token", "ada"]) == 0
    headers = [("authorization", capsys.readouterr().out.strip())]
    request = HttpRequest(method="GET", path="/", headers=headers)
    assert issuer.authorize(request)["jwt"]["claims"]["sub"] == "ada"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["walk"],
        ["dev", "--engine", "mysql"],
        ["dev", "--engine", "ministack", "--endpoint-url", URL],
        ["dev", "--fresh", "--endpoint-url", URL],
        ["dev", "--prot", "3001"],
        ["dev", "--fre"],
        ["token", "bob"],
        ["sam-local", "--fresh", "--endpoint-url", URL],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert cli.main(arguments) == 2


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"roundtrip {__version__}\n"


def test_an_error_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def serve(_project: Project, **_options: object) -> None:
        raise EngineError("MiniStack", "it stopped", log="bye")

    monkeypatch.setattr(dev, "serve", serve)
    assert cli.main(["dev"]) == 1
    assert capsys.readouterr().err == "MiniStack: it stopped (it said: bye).\n"


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ([], None),
        (["--devtools"], "localhost:8000"),
        (["--devtools", "[::1]:8001", "--fresh"], "[::1]:8001"),
    ],
)
def test_redux_devtools_have_an_address(
    arguments: list[str], address: str | None, served: list[Any]
) -> None:
    assert cli.main(["dev", *arguments]) == 0
    assert served[0]["devtools"] == address


@pytest.mark.parametrize("value", ["8000", "http://localhost:8000", "localhost", "a@b:1", "a:x"])
def test_another_address_of_redux_devtools_is_refused(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["dev", "--devtools", value]) == 1
    assert capsys.readouterr().err.startswith("--devtools must be a host and port such as")


def test_ctrl_c_is_a_failure_except_of_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dev, "serve", interrupt)
    monkeypatch.setattr(client_types, "load_stores", interrupt)
    assert cli.main(["dev"]) == 0
    assert cli.main(["client-types", "out.ts"]) == 130


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    listed = capsys.readouterr().out.split("Commands:")[1].splitlines()
    commands = [line.split()[0] for line in listed if re.match("  [a-z]", line)]
    assert len(commands) == 19
    for command in commands:
        assert cli.main([command, "--help"]) == 0


@pytest.mark.parametrize(("arguments", "port"), [([], 8000), (["--port", "8001"], 8001)])
def test_dynamodb(arguments: list[str], port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(
        sam_local, "serve_database", lambda _docker, _project, **options: asked.append(options)
    )
    # That one is the API's.
    monkeypatch.setenv("PORT", "3000")
    assert cli.main(["dynamodb", *arguments]) == 0
    assert asked == [{"port": port, "fresh": False}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--url", "example.com"], "--url must be a URL such as"),
        (["--url", "http://example.com", "--auth", "jwt"], "--url must be an https:// URL"),
    ],
)
def test_smoke_goes_nowhere_else(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["smoke", *arguments]) == 1
    assert capsys.readouterr().err.startswith(said)


def test_smoke_takes_the_mode_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTH", "jwt")
    monkeypatch.delenv("ROUNDTRIP_TOKEN", raising=False)
    assert cli.main(["smoke", "--url", "https://example.com"]) == 1
    assert "ROUNDTRIP_TOKEN; it is not set." in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["dev"],
        ["client-types", "out.ts"],
        ["build"],
        ["deploy"],
        ["validate"],
        ["sam-local"],
        ["dynamodb"],
        ["token", "ada"],
    ],
    ids=str,
)
def test_outside_of_any_project(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    # No tool that is missing here is worth a word yet.
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.chdir(empty)
    assert cli.main(command) == 1
    assert capsys.readouterr().err == (
        f"There is no template.yaml in {empty} or above: run roundtrip new NAME, or change into a "
        "project.\n"
    )
    assert not [*empty.iterdir()]
