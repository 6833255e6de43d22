"""Shell blocks: a reader's machine, the commands that run on it, and what they print."""

from __future__ import annotations

import contextlib
import doctest
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import httpx

from roundtrip_devtools.newproject import new_project
from tests.checkout import DEVTOOLS_DIR, SERVICE_DIR
from tests.docs.commands import is_checked_only
from tests.integration.test_dev_server import DEADLINE_S, dev_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.docs.blocks import Block
    from tests.integration.test_dev_server import DevServer

NAME: Final = "my-app"
SHOWN_ADDRESS: Final = "127.0.0.1:3000"
FLAGS: Final = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class World:
    """A folder with a new project; its dev server has an ``--auth`` and starts when used."""

    def __init__(self, root: Path, auth: str, stack: contextlib.ExitStack) -> None:
        self.project, self._auth, self._stack = new_project(NAME, root), auth, stack
        (root / ".curlrc").write_text("silent\nshow-error\n", "utf-8")
        for name, module in {"roundtrip": "roundtrip_devtools", "pytest": "pytest"}.items():
            (root / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
            (root / name).chmod(0o700)
        self.environ = {
            "PATH": f"{root}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(["src/service", str(SERVICE_DIR), str(DEVTOOLS_DIR)]),
            "CURL_HOME": str(root),
            # It takes seconds, and runs in tests/packages.
            "PYTEST_ADDOPTS": "--deselect tests/test_tasks.py::TestTasks",
        }

    @cached_property
    def _server(self) -> DevServer:
        arguments = ["--auth", self._auth] if self._auth else []
        return self._stack.enter_context(dev_server(self.project, *arguments, **self.environ))

    @property
    def address(self) -> str:
        return self._server.url.removeprefix("http://").rstrip("/")

    def write(self, path: str, text: str) -> None:
        """Write a file of the project; the dev server has reloaded it afterwards."""
        said = self._server.output
        (self.project / path).write_text(text, "utf-8")
        if path.startswith("src/service"):
            # No request is under way: only a reload makes the server print.
            self._server.wait_for(re.escape(said) + r"(?s:.)")
            httpx.get(f"{self._server.url}/health", timeout=DEADLINE_S)


class Console:
    """The terminal of one page, in the project that ``roundtrip new`` has made."""

    def __init__(self, world_of: Callable[[str], World]) -> None:
        self._world_of, self._world = world_of, world_of("")

    def resolved(self, text: str) -> str:
        return text.replace(SHOWN_ADDRESS, self._world.address) if SHOWN_ADDRESS in text else text

    def run(self, block: Block) -> None:
        for commands, shown in session_of(block):
            received = "".join(self._execute(command) for command in commands)
            if shown.strip():
                check_output(shown, received)

    def _execute(self, command: str) -> str:
        words = words_of(command)
        if is_checked_only(command, words) or words == ["cd", NAME]:
            if words[:2] == ["roundtrip", "dev"]:
                self._world = self._world_of("".join(words[3:]) if "--auth" in words else "")
            return ""
        with tempfile.TemporaryDirectory() as empty:
            folder = empty if words[:2] == ["roundtrip", "new"] else self._world.project
            done = subprocess.run(
                ["bash", "-c", self.resolved(command)],
                cwd=folder,
                env=os.environ | self._world.environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return re.sub(r"127\.0\.0\.1:\d+", SHOWN_ADDRESS, done.stdout)


def session_of(block: Block) -> Iterator[tuple[list[str], str]]:
    """Yield the commands behind each prompt, and the output below; a script has no prompts."""
    text = block.text
    if block.language == "sh":
        text = re.sub(r"^(?=[^\s#])", "$ ", re.sub(r"\\\n", "\\\\\n ", text), flags=re.MULTILINE)
    for entry in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command = re.match(r"(?:\s# [^\n]*|'[^']*'|\\\n|[^'\n])*", entry)
        assert command, entry
        yield command[0].split(" && "), entry[command.end() :]


def words_of(command: str) -> list[str]:
    """Return the words of a command, without variables before it."""
    words = shlex.split(command, comments=True)
    while words and re.match(r"[A-Z_]+=", words[0]):
        words.pop(0)
    return words or [":"]


def check_output(shown: str, received: str) -> None:
    """Check an output: JSON by its values, else by its text; ``...`` stands for anything."""
    with contextlib.suppress(ValueError):
        if _matches(json.loads(shown), json.loads(received)):
            return
    texts = shown.strip() + "\n", received.strip() + "\n"
    same = doctest.OutputChecker().check_output(*texts, FLAGS)
    assert same, f"expected\n{texts[0]}received\n{texts[1]}"


def _matches(shown: Any, received: Any) -> bool:
    match shown, received:
        case "...", _:
            return True
        case dict(), dict():
            more = shown.pop("...", None)
            known = shown.keys() <= received.keys() if more else shown.keys() == received.keys()
            return known and all(_matches(shown[name], received[name]) for name in shown)
        case list(), list():
            return len(shown) == len(received) and all(map(_matches, shown, received))
    return bool(shown == received)
