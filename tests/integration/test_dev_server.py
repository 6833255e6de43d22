"""`make dev`'s server as a developer meets it: a child process, its output, signals, curl."""

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
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from roundtrip_devtools.engines import ministack
from roundtrip_devtools.environment import TABLE_NAME
from tests import checkout
from tests.engines_fixtures import make_client
from tests.integration.processes import descendants, wait_until_gone
from tests.orders import ORDER
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project, to change its code and to have data of its own."""
    return make_project(tmp_path / "project")


class DevServer:
    """A running ``python -m roundtrip_devtools`` that serves something."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self._output = output
        self.url = ""

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
        """Stop it with a signal, and see that it ends well and leaves nothing behind."""
        family = descendants(self.process.pid)
        self.process.send_signal(number)
        assert self.process.wait(DEADLINE_S) == 0, self.output
        wait_until_gone(family)
        assert "Traceback" not in self.output


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
            process.kill()  # For a test that failed; the rest goes down with it.


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
    return server.url + response.headers["location"]


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


def test_the_printed_line_works_and_data_survive_a_clean_stop(tree: Path) -> None:
    with dev_server(tree) as server:
        path = create_order(server).removeprefix(server.url)
        assert path.rpartition("/")[2] in run_printed_line(server, tree)
        server.stop(signal.SIGINT)
    with dev_server(tree) as server:
        response = get(server.url + path)
        assert response.status_code == 200
        assert response.headers["etag"] == '"1"'
        server.stop()


def test_fresh_forgets(tree: Path) -> None:
    with dev_server(tree) as server:
        path = create_order(server).removeprefix(server.url)
        server.stop()
    with dev_server(tree, "--fresh") as server:
        assert get(server.url + path).status_code == 404
        server.stop()


def test_dynamodb_local_keeps_an_answered_write_through_a_kill_of_everything(tree: Path) -> None:
    with dev_server(tree, "--engine", "dynamodb-local") as server:
        path = create_order(server).removeprefix(server.url)
        family = descendants(server.process.pid)
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        server.process.wait()
        wait_until_gone(family)
    with dev_server(tree, "--engine", "dynamodb-local") as server:
        assert get(server.url + path).status_code == 200
        server.stop()


def test_a_killed_server_leaves_no_process_and_ministack_saves(tree: Path) -> None:
    with dev_server(tree) as server:
        path = create_order(server).removeprefix(server.url)
        family = descendants(server.process.pid)
        server.process.kill()
        server.process.wait()
        wait_until_gone(family)
    with dev_server(tree) as server:
        assert get(server.url + path).status_code == 200
        server.stop()


def kill_descendant(server: DevServer, *, running: str) -> None:
    """Kill the process below the server whose command line has a word, its guard left alone."""
    for pid in descendants(server.process.pid):
        command = Path(f"/proc/{pid}/cmdline").read_text()
        if running in command and "guard.py" not in command:
            os.kill(pid, signal.SIGKILL)
            return
    raise AssertionError(f"nothing below the server runs {running}")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs Linux's /proc")
def test_a_killed_worker_is_replaced(tree: Path) -> None:
    with dev_server(tree) as server:
        order = create_order(server)
        kill_descendant(server, running="spawn_main")
        server.wait_for("worker was killed")
        wait_for_answer(order, status=200, text="Ada")
        server.stop()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs Linux's /proc")
def test_a_dead_engine_ends_the_server(tree: Path) -> None:
    with dev_server(tree) as server:
        family = descendants(server.process.pid)
        kill_descendant(server, running="ministack")
        assert server.process.wait(DEADLINE_S) == 1
        assert "ministack: it ended while the server was running" in server.output.lower()
        wait_until_gone(family)


def test_a_request_that_is_cut_off_changes_nothing(server_on_a_given_endpoint: DevServer) -> None:
    server = server_on_a_given_endpoint
    order = create_order(server)
    address = urlsplit(order)
    with socket.create_connection((address.hostname, address.port)) as client:
        client.sendall(
            f"PATCH {address.path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            'Content-Length: 100\r\n\r\n{"customer":"torn"}'.encode()
        )
    assert get(order).json()["customer"] == "Ada"


def test_changed_code_is_loaded_and_the_engine_runs_on(tree: Path) -> None:
    main = tree / "src" / "service" / "app" / "main.py"
    good = main.read_text()
    with dev_server(tree) as server:
        order = create_order(server)

        main.write_text(good + CHANGE)
        wait_for_answer(f"{server.url}/changed", status=200, text="by a change of the code")
        assert get(order).status_code == 200

        main.write_text(good + "\ndef (\n")
        server.wait_for("SyntaxError")
        wait_for_answer(order, status=500, text="Internal Server Error")

        main.write_text(good)
        wait_for_answer(order, status=200, text="Ada")

        family = descendants(server.process.pid)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(DEADLINE_S) == 0
        wait_until_gone(family)


def wait_for_answer(url: str, *, status: int, text: str) -> None:
    """Ask until the answer is the expected one."""
    deadline_s = time.monotonic() + DEADLINE_S
    while True:
        response = get(url)
        if response.status_code == status and text in response.text:
            return
        assert time.monotonic() < deadline_s, response.text
        time.sleep(0.05)


@pytest.fixture(scope="module")
def server_on_a_given_endpoint(
    ministack_endpoint: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DevServer]:
    tree = make_project(tmp_path_factory.mktemp("given") / "project")
    with dev_server(tree, AWS_ENDPOINT_URL_DYNAMODB=ministack_endpoint) as server:
        yield server
        assert not (tree / ".roundtrip" / "ministack").exists()
        server.stop()


def test_a_given_endpoint_is_used_and_gets_the_table(
    server_on_a_given_endpoint: DevServer, ministack_endpoint: str
) -> None:
    create_order(server_on_a_given_endpoint)
    items = make_client(ministack_endpoint).scan(TableName=TABLE_NAME)["Items"]
    assert len(items) >= 2


def test_the_api_is_there_for_pages_of_other_origins(
    server_on_a_given_endpoint: DevServer,
) -> None:
    url = f"{server_on_a_given_endpoint.url}/sales-orders"
    page = {"origin": "https://example.com"}
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "a,b"}
    preflight = httpx.options(url, headers=page | asked, timeout=DEADLINE_S)
    answer = httpx.post(url, headers=page, json=ORDER, timeout=DEADLINE_S)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"] == "a,b"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "etag" in answer.headers["access-control-expose-headers"]


def test_an_endpoint_that_is_no_dynamodb(tree: Path, server_on_a_given_endpoint: DevServer) -> None:
    url = server_on_a_given_endpoint.url
    code, said = fail(tree, "--endpoint-url", url)
    assert code == 1
    assert len(said) == 1
    assert said[0].startswith(f"DynamoDB at {url}: it refused")


def fail(tree: Path, *arguments: str, **environ: str) -> tuple[int, list[str]]:
    """Run a server that cannot start; return its exit code and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "roundtrip_devtools", "dev", *arguments],
        cwd=tree,
        env=environment(**environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr.splitlines()


def test_a_taken_port(tree: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = fail(tree, PORT=str(port))
    assert code == 1
    assert len(said) == 1
    assert said[0].startswith(f"Port {port} on 127.0.0.1 is taken by another program: stop it")


def test_nobody_at_the_endpoint(tree: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    code, said = fail(tree, "--endpoint-url", url)
    assert code == 1
    assert len(said) == 1
    assert said[0].startswith(f"DynamoDB at {url}: it cannot be reached")


def test_a_table_of_another_kind(tree: Path) -> None:
    key: Any = [{"AttributeName": "id", "KeyType": "HASH"}]
    attributes: Any = [{"AttributeName": "id", "AttributeType": "S"}]
    with ministack() as endpoint_url:
        make_client(endpoint_url).create_table(
            TableName=TABLE_NAME,
            KeySchema=key,
            AttributeDefinitions=attributes,
            BillingMode="PAY_PER_REQUEST",
        )
        code, said = fail(tree, AWS_ENDPOINT_URL_DYNAMODB=endpoint_url)
    assert code == 1
    assert len(said) == 1
    assert said[0].startswith(f"Table {TABLE_NAME} exists with another KeySchema")


def test_an_engine_that_cannot_be_fetched(tree: Path) -> None:
    nowhere = tree / "empty"
    nowhere.mkdir()
    # No registry at all, whatever npm this is.
    settings = {"npm_config_registry": f"http://127.0.0.1:{free_port()}", "npm_config_cache": "x"}
    code, said = fail(
        tree,
        "--engine",
        "dynamodb-local",
        PATH=str(nowhere),
        # Where the caches are, on any system.
        HOME=str(nowhere),
        XDG_CACHE_HOME=str(nowhere / "caches"),
        npm_config_fetch_retries="0",
        **settings,
    )
    assert code == 1
    assert len(said) == 1
    assert said[0].startswith("DynamoDB Local: npm pack ")


@pytest.mark.parametrize(
    ("arguments", "environ", "code"),
    [
        ([], {"PORT": "http"}, 1),
        (["--endpoint-url", "localhost:8000"], {}, 1),
        (["--endpoint-url", "http://127.0.0.1:1", "--fresh"], {}, 2),
        (["--engine", "oracle"], {}, 2),
    ],
)
def test_wrong_settings(
    tree: Path, arguments: list[str], environ: dict[str, str], code: int
) -> None:
    actual, said = fail(tree, *arguments, **environ)
    assert actual == code
    assert not any("Traceback" in line for line in said)
