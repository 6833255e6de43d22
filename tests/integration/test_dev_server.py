"""`roundtrip dev` as a child process: its output, signals, reload, data on disk."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from roundtrip_devtools import cli, server
from roundtrip_devtools.environment import TABLE_NAME
from tests import checkout
from tests.engines_fixtures import make_client
from tests.integration.processes import descendants, wait_until_gone
from tests.orders import ORDER
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Failing = Callable[..., str]

pytestmark = pytest.mark.engine

# Only so that a broken server cannot hang the tests; nothing here measures time.
DEADLINE_S = 90
CHANGE = """

_before = lambda_handler


def lambda_handler(event, context):
    if event["rawPath"] == "/changed":
        return {"statusCode": 200, "body": "by a change of the code"}
    return _before(event, context)
"""


class DevServer:
    """A running ``python -m roundtrip_devtools`` that serves something."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self._output = output
        self.url = ""
        self.expected_traceback = ""

    @property
    def output(self) -> str:
        return self._output.read_text()

    def wait_until_ready(self) -> None:
        self.url = self.wait_for(r" is ready: (\S+)")

    def wait_for(self, pattern: str) -> str:
        """Wait for a line; return what the pattern's group caught."""
        deadline_s = time.monotonic() + DEADLINE_S
        while not (match := re.search(pattern, self.output)):
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline_s, self.output
            time.sleep(0.02)
        return match[1] if match.groups() else match[0]

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop it with a signal, and check that it ends well and leaves nothing behind."""
        family = descendants(self.process.pid)
        self.process.send_signal(number)
        assert self.process.wait(DEADLINE_S) == 0, self.output
        wait_until_gone(family)
        assert self.expected_traceback in self.output
        assert self.expected_traceback or "Traceback" not in self.output


def dev_server(
    tree: Path, *arguments: str, **environ: str
) -> contextlib.AbstractContextManager[DevServer]:
    """Run the dev server in a tree; wait until it is ready."""
    return serving(tree, "dev", *arguments, **environ)


@contextlib.contextmanager
def serving(tree: Path, *command: str, **environ: str) -> Iterator[DevServer]:
    """Run a command of devtools that serves something, in a tree; wait until it is ready."""
    output = tree.parent / f"output-{time.monotonic_ns()}"
    with (
        output.open("wb") as file,
        subprocess.Popen(
            [sys.executable, "-m", "roundtrip_devtools", *command],
            cwd=tree,
            env=environment(**environ),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        server = DevServer(process, output)
        try:
            server.wait_until_ready()
            yield server
        finally:
            process.kill()  # After a failed test; its children end with it.


def environment(**environ: str) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "COV_", "COVERAGE_")) and name != "PORT"
    }
    sources = os.pathsep.join(["src/service", str(checkout.DEVTOOLS_DIR)])
    return {**inherited, "PYTHONPATH": sources, "PORT": str(free_port()), **environ}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def create_order(server: DevServer) -> str:
    """Create an order; return its URL."""
    response = httpx.post(f"{server.url}/sales-orders", json=ORDER, timeout=DEADLINE_S)
    assert response.status_code == 201, response.text
    return str(response.url.join(response.headers["location"]))


def get(url: str) -> httpx.Response:
    return httpx.get(url, timeout=DEADLINE_S)


def run_printed_line(server: DevServer, tree: Path, **environ: str) -> str:
    """Run the command that the server proposes, in the project's folder; return what it prints."""
    printed = server.wait_for(r"\n +(curl .*)\n")
    done = subprocess.run(
        ["/bin/sh", "-c", f"{printed} --silent --show-error --fail"],
        cwd=tree,
        env=environment(**environ),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def kill_descendant(server: DevServer, *, running: str) -> None:
    """Kill the process below the server whose command line has a word, but not its guard."""
    for pid in descendants(server.process.pid):
        command = Path(f"/proc/{pid}/cmdline").read_text()
        if running in command and "guarded.py" not in command:
            os.kill(pid, signal.SIGKILL)
            return
    raise AssertionError(f"nothing below the server runs {running}")


def wait_for_answer(url: str, *, status: int, text: str) -> None:
    """Ask until the answer is the expected one."""
    deadline_s = time.monotonic() + DEADLINE_S
    while True:
        response = get(url)
        if response.status_code == status and text in response.text:
            return
        assert time.monotonic() < deadline_s, response.text
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs Linux's /proc")
def test_changed_code_is_loaded_and_data_survive_a_killed_server(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "project")
    main = tree / "src" / "service" / "app" / "main.py"
    good = main.read_text()
    with dev_server(tree) as server:
        order = create_order(server)
        path = order.removeprefix(server.url)
        assert path.rpartition("/")[2] in run_printed_line(server, tree)

        main.write_text(good + CHANGE)
        wait_for_answer(f"{server.url}/changed", status=200, text="by a change of the code")
        assert get(order).status_code == 200

        main.write_text(good + "\ndef (\n")
        server.wait_for("SyntaxError")
        wait_for_answer(order, status=500, text="Internal Server Error")

        main.write_text(good)
        wait_for_answer(order, status=200, text="Ada")

        family = descendants(server.process.pid)
        server.process.kill()
        server.process.wait()
        wait_until_gone(family)
    with dev_server(tree) as server:
        response = get(server.url + path)
        assert response.status_code == 200
        assert response.headers["etag"].startswith('"1')
        kill_descendant(server, running="spawn_main")
        server.wait_for("worker was killed")
        wait_for_answer(server.url + path, status=200, text="Ada")
        server.stop(signal.SIGINT)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs Linux's /proc")
def test_fresh_forgets_and_a_dead_engine_ends_the_server(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "project")
    with dev_server(tree) as server:
        path = create_order(server).removeprefix(server.url)
        server.stop()
    with dev_server(tree, "--fresh") as server:
        assert get(server.url + path).status_code == 404
        family = descendants(server.process.pid)
        kill_descendant(server, running="ministack")
        assert server.process.wait(DEADLINE_S) == 1
        assert "ministack: it ended while the server was running" in server.output.lower()
        wait_until_gone(family)


@pytest.fixture(scope="module")
def given(ministack_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """A server on an engine that is running already."""
    tree = make_project(tmp_path_factory.mktemp("given") / "project")
    with dev_server(tree, AWS_ENDPOINT_URL_DYNAMODB=ministack_endpoint) as server:
        yield server
        # It makes no database of its own.
        kept = {path.name for path in (tree / ".roundtrip").iterdir()}
        assert kept <= {"analysis", "dev-server.json"}
        server.stop()


def test_a_given_endpoint_is_used_and_gets_the_table(
    given: DevServer, ministack_endpoint: str
) -> None:
    create_order(given)
    assert get(f"{given.url}/_roundtrip/session").json() == {"auth": "NONE", "users": []}
    items = make_client(ministack_endpoint).scan(TableName=TABLE_NAME)["Items"]
    assert len(items) >= 2


def test_a_request_that_is_cut_off_changes_nothing(given: DevServer) -> None:
    order = create_order(given)
    address = urlsplit(order)
    with socket.create_connection((address.hostname, address.port)) as client:
        client.sendall(
            f"PATCH {address.path} HTTP/1.1\r\nHost: localhost\r\n"
            "Content-Type: application/json\r\n"
            'Content-Length: 100\r\n\r\n{"customer":"torn"}'.encode()
        )
    assert get(order).json()["customer"] == "Ada"


def test_the_page_and_the_api_have_their_own_paths(given: DevServer) -> None:
    assert get(f"{given.url}/").headers["x-content-type-options"] == "nosniff"
    for path in ("/_page/none", "/a%0Ab", "//"):
        assert get(f"{given.url}{path}").status_code == 404
    assert httpx.post(f"{given.url}/").json() == {"message": "Not Found"}


def test_a_project_without_followers_pushes_nothing(given: DevServer) -> None:
    assert get(f"{given.url}/_roundtrip/listeners").json() is None
    assert httpx.post(f"{given.url}/_roundtrip/listeners/redrive").status_code == 404
    assert httpx.post(f"{given.url}/sockets").json()["type"] == "/problems/push-off"
    url = f"{given.url}/sockets-ws?ticket=none".replace("http", "ws")
    with pytest.raises(InvalidStatus) as refused, connect(url):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/", "/_page/none", "/_roundtrip/session", "/stores/salesOrders"])
def test_a_rebound_name_reaches_nothing(given: DevServer, path: str) -> None:
    answer = httpx.get(given.url + path, headers={"host": "evil.example"}, timeout=DEADLINE_S)
    assert (answer.status_code, list(answer.json())) == (403, ["message"])


def test_a_foreign_page_writes_nothing(given: DevServer) -> None:
    order = create_order(given)
    foreign = {"origin": "https://evil.example"}
    for method, url in (("DELETE", order), ("POST", f"{given.url}/_roundtrip/tokens")):
        assert httpx.request(method, url, headers=foreign, timeout=DEADLINE_S).status_code == 403
    read = httpx.get(order, headers=foreign, timeout=DEADLINE_S)
    assert read.status_code == 200
    assert "access-control-allow-origin" not in read.headers
    own = {"origin": given.url}
    assert httpx.delete(order, headers=own, timeout=DEADLINE_S).status_code == 204


@pytest.fixture
def failing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Failing]:
    """Runs `roundtrip dev` in this process where it cannot start; returns what it says."""
    handlers = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]

    def run(tree: Path, *arguments: str, **environ: str) -> str:
        monkeypatch.chdir(tree)
        with patch.dict(os.environ, environment(**environ), clear=True):
            assert cli.main(["dev", *arguments]) == 1
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        return said.err

    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    yield run
    for number, handler in handlers:
        signal.signal(number, handler)


def test_a_taken_port(failing: Failing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = failing(checkout.ROOT, PORT=str(port))
    assert said.startswith(f"Port {port} on 127.0.0.1 is taken by another program: stop it")


def test_no_dynamodb_at_the_endpoint(given: DevServer, failing: Failing) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    said = failing(checkout.ROOT, "--endpoint-url", url)
    assert said.startswith(f"DynamoDB at {url}: it cannot be reached")
    said = failing(checkout.ROOT, AWS_ENDPOINT_URL_DYNAMODB=given.url)
    assert said.startswith(f"DynamoDB at {given.url}: it refused")


def test_a_table_of_another_kind(
    ministack_endpoint: str, monkeypatch: pytest.MonkeyPatch, failing: Failing
) -> None:
    name = f"other-{time.monotonic_ns()}"
    make_client(ministack_endpoint).create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    monkeypatch.setattr(server, "TABLE_NAME", name)
    said = failing(checkout.ROOT, "--endpoint-url", ministack_endpoint)
    assert said.startswith(f"Table {name} exists with another KeySchema")


def test_an_engine_that_cannot_be_fetched(tmp_path: Path, failing: Failing) -> None:
    nowhere = tmp_path / "empty"
    nowhere.mkdir()
    said = failing(
        make_project(tmp_path / "project"),
        *("--engine", "dynamodb-local"),
        PATH=str(nowhere),
        # The parents of the caches on any system.
        HOME=str(nowhere),
        XDG_CACHE_HOME=str(nowhere / "caches"),
        # No registry at all, whatever npm this is.
        npm_config_registry=f"http://127.0.0.1:{free_port()}",
        npm_config_cache="x",
        npm_config_fetch_retries="0",
    )
    assert said.startswith("DynamoDB Local: npm pack ")
