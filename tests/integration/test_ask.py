"""Asking the log of a dev server: the paths of its page, `roundtrip query`, `roundtrip explore`."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.integration.processes import descendants, wait_until_gone
from tests.integration.test_dev_server import DEADLINE_S, DevServer, dev_server, environment
from tests.orders import CONFIRMED, CREATED, line_added, stream_path
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine

STEPS: list[str] = [str(CREATED["type"]), CONFIRMED["type"]]


@pytest.fixture(scope="module", name="project")
def made_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("ask") / "project")


@pytest.fixture(scope="module", name="server")
def running_server(project: Path) -> Iterator[DevServer]:
    """A dev server with three orders, of which one is confirmed, and one refused action."""
    with dev_server(project) as server:
        done: dict[str, list[Any]] = {
            "a": [CREATED, CONFIRMED, line_added("late")],
            "b": [CREATED],
            "c": [CREATED],
        }
        for order, actions in done.items():
            for action in actions:
                url = f"{server.url}{stream_path(order)}/actions"
                httpx.post(url, json=action, timeout=DEADLINE_S)
        yield server
        server.stop()


def get(server: DevServer, path: str, **query: Any) -> httpx.Response:
    return httpx.get(f"{server.url}/_roundtrip/log{path}", params=query, timeout=DEADLINE_S)


def run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "roundtrip_devtools", *words],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_page_reads_the_log_and_asks_it(server: DevServer) -> None:
    overview = get(server, "/").json()
    assert overview["actions"] == 4
    assert re.fullmatch(r"20\d\d-.*T.*\.\d{3}Z", overview["until"])
    assert overview["recipes"][0]["name"] == "funnel"

    answer = get(server, "/funnel", steps=STEPS).json()
    assert answer["columns"] == ["step", "action", "reached", "of_all", "of_the_step_before"]
    assert [row[2] for row in answer["rows"]] == [3, 1]
    (refused,) = get(server, "/refusals").json()["rows"]
    assert refused == ["not-a-draft", "salesOrders/lineAdded", 1, 1, 1.0]
    (new,) = get(server, "/actors", period="month").json()["rows"]
    assert new[1:] == [3, 0, 4]
    assert "refused" not in server.output


def test_the_page_learns_what_is_wrong(server: DevServer) -> None:
    answer = get(server, "/funnel", steps=["a"])
    expected = {"message": "steps must be 2 to 5 types of actions, not 'a'."}
    assert (answer.status_code, answer.json()) == (400, expected)
    assert get(server, "/nope").status_code == 404
    posted = httpx.post(f"{server.url}/_roundtrip/log/", timeout=DEADLINE_S)
    assert posted.status_code == 404


def test_a_query_asks_the_running_server(server: DevServer, project: Path) -> None:
    recipe = ["--recipe", "funnel", "--steps", ",".join(STEPS), "--format", "json"]
    done = run(project, "query", *recipe)
    assert done.stderr == ""
    assert [row["reached"] for row in json.loads(done.stdout)] == [3, 1]
    refused = "SELECT code, count(*) AS times FROM refused GROUP BY code"
    done = run(project, "query", refused, "--format", "csv")
    assert done.stdout == "code,times\nnot-a-draft,1\n"
    assert server.process.poll() is None


def test_the_notebook_runs_and_is_the_users_to_change(server: DevServer, project: Path) -> None:
    assert server.process.poll() is None
    output = project / "explored"
    with (
        output.open("wb") as file,
        subprocess.Popen(
            [sys.executable, "-m", "roundtrip_devtools", "explore", "--no-browser"],
            cwd=project,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        shown = DevServer(process, output)
        address = shown.wait_for(r"URL: (http://\S+)")
        page = httpx.get(address, timeout=DEADLINE_S, follow_redirects=True)
        family = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(DEADLINE_S)
        wait_until_gone(family)
    assert page.status_code == 200
    assert "marimo.App" in (project / "explore.py").read_text("utf-8")
