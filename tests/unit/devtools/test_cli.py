from __future__ import annotations

import pytest

from devtools import cli
from devtools.audit import Audit
from devtools.errors import EngineError
from devtools.server import ServerOptions

URL = "http://127.0.0.1:8000"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[ServerOptions]:
    options: list[ServerOptions] = []
    monkeypatch.setattr(cli, "serve", options.append)
    for name in ("PORT", "AWS_ENDPOINT_URL_DYNAMODB"):
        monkeypatch.delenv(name, raising=False)
    return options


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        ([], {}, ServerOptions(port=3000, engine="ministack")),
        ([], {"PORT": "4000"}, ServerOptions(port=4000, engine="ministack")),
        ([], {"PORT": ""}, ServerOptions(port=3000, engine="ministack")),
        (["--port", "5000"], {"PORT": "x"}, ServerOptions(port=5000, engine="ministack")),
        (["--fresh"], {}, ServerOptions(port=3000, engine="ministack", fresh=True)),
        (
            ["--endpoint-url", URL],
            {"AWS_ENDPOINT_URL_DYNAMODB": "http://other"},
            ServerOptions(port=3000, engine="ministack", endpoint_url=URL),
        ),
        (
            [],
            {"AWS_ENDPOINT_URL_DYNAMODB": URL},
            ServerOptions(port=3000, engine="ministack", endpoint_url=URL),
        ),
        (
            ["--engine", "dynamodb-local"],
            {"AWS_ENDPOINT_URL_DYNAMODB": URL},
            ServerOptions(port=3000, engine="dynamodb-local"),
        ),
    ],
)
def test_options_and_variables(
    arguments: list[str],
    environ: dict[str, str],
    expected: ServerOptions,
    served: list[ServerOptions],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["dev", *arguments]) == 0
    assert served == [expected]


@pytest.mark.parametrize("value", ["x", "0", "65536", "-1", "3000.0", "٣٠٠٠", " 3000"])
@pytest.mark.usefixtures("served")
def test_a_bad_port(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", value)
    assert cli.main(["dev"]) == 1
    assert capsys.readouterr().err == f"PORT must be a number from 1 to 65535, not {value!r}.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["walk"],
        ["dev", "--engine", "mysql"],
        ["dev", "--engine", "ministack", "--endpoint-url", URL],
        ["dev", "--fresh", "--endpoint-url", URL],
    ],
)
@pytest.mark.usefixtures("served")
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2


def test_an_error_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def serve(_options: ServerOptions) -> None:
        raise EngineError("MiniStack", "it stopped", log="bye")

    monkeypatch.setattr(cli, "serve", serve)
    assert cli.main(["dev"]) == 1
    assert capsys.readouterr().err == "MiniStack: it stopped (it said: bye).\n"


def test_ctrl_c_before_the_server_is_up_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(_options: ServerOptions) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "serve", serve)
    assert cli.main(["dev"]) == 0


@pytest.mark.parametrize(("vulnerable", "code"), [((), 0), (("a 1: B-2, fixed in 3",), 1)])
def test_audit(
    vulnerable: tuple[str, ...],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = Audit(audited=3, unknown=0, vulnerable=vulnerable)
    monkeypatch.setattr(cli, "audit", lambda _files: result)
    assert cli.main(["audit", "requirements.txt"]) == code
    assert capsys.readouterr().out.splitlines() == [*vulnerable, result.summary]
