"""``roundtrip new`` for a user with the built packages and an empty folder."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.integration.test_dev_server import DEADLINE_S
from tests.packages.adopter import NAME, Adopter, adopter, documented_files, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.test_dev_server import DevServer

pytestmark = pytest.mark.engine

MISSING_TOOLS = {
    "build": "pipx install aws-sam-cli",
    "dev --engine dynamodb-local": "pip install 'roundtrip-redux-devtools[dynamodb-local]'",
    "sam-local": "install Docker Engine or Docker Desktop",
}
"""By command, how to install a tool that the user's shell does not find."""

_PAUSE_S = 0.05


def test_from_an_empty_folder_to_stores_of_ones_own(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    ada = adopter(tmp_path_factory)
    told = ada.roundtrip("new", NAME, cwd=ada.home)
    assert told.startswith(f"Made {NAME}. Next:\n")
    project = ada.home / NAME
    missing_tools_are_refused_in_one_sentence(ada, project)
    ada.install("-r", "requirements-dev.txt", cwd=project)
    ada.check_types(project)
    its_tests_pass(ada, project)
    with ada.serving(project) as server:
        the_example_answers(server)
        another_store_is_added(ada, project, server)
        the_example_is_deleted(ada, project, server)
    its_tests_pass(ada, project)


def missing_tools_are_refused_in_one_sentence(ada: Adopter, project: Path) -> None:
    before = sorted(ada.home.iterdir()), sorted(project.rglob("*"))
    for command, install in MISSING_TOOLS.items():
        assert install in ada.refusal(*command.split(), cwd=project)
    assert (sorted(ada.home.iterdir()), sorted(project.rglob("*"))) == before


def its_tests_pass(ada: Adopter, project: Path) -> None:
    told = run([ada.program("pytest"), "-q"], cwd=project, environ=ada.environ())
    assert " passed" in told, told


def the_example_answers(server: DevServer) -> None:
    with httpx.Client(base_url=server.url) as client:
        made = client.post("/tasks", json={"id": "t-1", "title": "Call Ada"})
        assert made.status_code == 201, made.text
        completed = client.post("/stores/tasks/t-1/actions", json={"type": "tasks/completed"})
        assert completed.json()["state"] == {"title": "Call Ada", "done": True}
        refused = client.patch("/tasks/t-1", json={"title": "Call Grace"})
        assert (refused.status_code, refused.json()["code"]) == (422, "task-done")
        assert {"/tasks", "/stores/tasks/{id}/actions"} <= document(client)["paths"].keys()


def another_store_is_added(ada: Adopter, project: Path, server: DevServer) -> None:
    """Write the files from the README of the new project."""
    files = documented_files(project / "README.md")
    assert list(files) == [
        f"src/service/app/{name}.py" for name in ("notes", "stores", "listeners")
    ]
    for path, text in files.items():
        (project / path).write_text(text, "utf-8")
    with httpx.Client(base_url=server.url) as client:
        eventually(client, "/notes", 200)
        made = client.post("/notes", json={"id": "n-1", "text": "tea"})
        assert made.status_code == 201, made.text
        # The earlier data are still there.
        assert client.get("/tasks/t-1").json()["done"] is True
        assert {"/tasks", "/notes"} <= document(client)["paths"].keys()
    types = client_types(ada, project)
    assert "'tasks/completed'" in types
    assert "'notes/created'" in types


def the_example_is_deleted(ada: Adopter, project: Path, server: DevServer) -> None:
    """Delete the lines and files that the README of the new project names."""
    stores = project / "src/service/app/stores.py"
    lines = stores.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "tasks" not in line]
    assert len(lines) - len(kept) == 2
    stores.write_text("".join(kept), "utf-8")
    (project / "src/service/app/tasks.py").unlink()
    (project / "tests/test_tasks.py").unlink()
    with httpx.Client(base_url=server.url) as client:
        eventually(client, "/tasks", 404)
        assert client.get("/notes/n-1").json()["text"] == "tea"
        assert "/tasks" not in document(client)["paths"]
    assert "tasks/" not in client_types(ada, project)


def client_types(ada: Adopter, project: Path) -> str:
    ada.roundtrip("client-types", "types.ts", cwd=project)
    return (project / "types.ts").read_text("utf-8")


def document(client: httpx.Client) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/openapi.json").json()
    return answer


def eventually(client: httpx.Client, path: str, status: int) -> None:
    """Ask until the server has loaded the changed code."""
    deadline_s = time.monotonic() + DEADLINE_S
    while (answer := client.get(path, timeout=DEADLINE_S)).status_code != status:
        assert time.monotonic() < deadline_s, answer.text
        time.sleep(_PAUSE_S)
