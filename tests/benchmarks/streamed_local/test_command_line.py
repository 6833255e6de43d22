"""``python -m benchmarks.streamed_local``."""

from __future__ import annotations

import contextlib
import functools
import signal
import socket
import sys
from typing import TYPE_CHECKING

import pytest
from websockets.sync.client import connect

from benchmarks.streamed_local import __main__ as command_line
from benchmarks.streamed_local.harness import Streamed, streamed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def own_engine(
    dynamodb_local_endpoint: str, small_design: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Let it use the tests' own engine, and a design that is up sooner."""

    def running() -> contextlib.AbstractContextManager[str]:
        return contextlib.nullcontext(dynamodb_local_endpoint)

    monkeypatch.setattr(command_line, "dynamodb_local", running)
    small = functools.partial(streamed, directory=small_design)
    monkeypatch.setattr(command_line, "streamed", small)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_it_serves_until_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    urls: list[str] = []

    def wait(design: Streamed) -> None:
        with connect(design.url, proxy=None):
            urls.append(design.url)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(Streamed, "wait", wait)
    monkeypatch.setattr(sys, "argv", ["streamed_local", "--polling", "best", "--port", "0"])
    assert command_line.main() == 0
    said = capsys.readouterr().out
    assert f"The streamed design is ready: {urls[0]} " in said
    assert said.endswith("Stopped.\n")


def test_what_went_wrong_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(sys, "argv", ["streamed_local", "--port", str(port)])
        assert command_line.main() == 1
    said = capsys.readouterr().err
    assert said.startswith(
        f"The streamed design on this machine: Port {port} on 127.0.0.1 is taken"
    )
    assert said.count("\n") == 1
