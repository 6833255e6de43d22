"""Every code block of the documentation runs, or is checked as far as this machine can."""

from __future__ import annotations

import contextlib
import doctest
import json
import os
import re
import subprocess
import sys
import tomllib
import types
import unittest
from functools import cache
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from roundtrip.testing import Answer, Api
from roundtrip_devtools.analysis.questions import ask
from roundtrip_devtools.template import read_template
from tests.checkout import ROOT, SERVICE_DIR, TEMPLATE
from tests.docs.blocks import PAGES, blocks_of
from tests.docs.console import (
    FLAGS,
    Console,
    World,
    check_output,
    session_of,
    words_of,
)
from tests.docs.typescript import CODEGEN_CONFIG, run_typescript
from tests.unit.devtools.analysis.asked import log_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from roundtrip import Store
    from tests.docs.blocks import Block

pytestmark = pytest.mark.engine

QUICK = hypothesis.settings(max_examples=5, stateful_step_count=10, deadline=None)
EXAMPLES = "src/client/examples/"
BLOCKS = [block for page in PAGES for block in blocks_of(page)]
# Parses command lines of sam, and ends at the first that it refuses.
PARSE_SAM = """\
import click, json, sys
from samcli.cli.main import cli
for words in json.load(sys.stdin):
    command = cli
    while hasattr(command, "get_command"):
        command = command.get_command(click.Context(command, obj=True), words.pop(0))
    command.make_parser(click.Context(command)).parse_args(words)
"""


@pytest.fixture(scope="module")
def world_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], World]]:
    """Give the world whose dev server has an ``--auth``; each is there once for all pages."""
    with contextlib.ExitStack() as stack:
        yield cache(lambda auth: World(tmp_path_factory.mktemp(f"world-{auth}"), auth, stack))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_blocks_of_a_page_run(
    page: Path, world_of: Callable[[str], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = types.ModuleType(f"page_{page.stem}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    console, messages = Console(world_of), HttpMessages()
    for block in (block for block in BLOCKS if block.page == page):
        try:
            if block.path.endswith(".py"):
                world_of("").write(block.path, block.text)
            # What the next test runs, or an example, whose own tests do.
            elif block.path != CODEGEN_CONFIG and not is_of_an_example(block):
                run_block(block, module.__dict__, console, messages)
        except Exception as error:
            raise AssertionError(f"{block.where}: {error}") from error


def run_block(
    block: Block, namespace: dict[str, Any], console: Console, messages: HttpMessages
) -> None:
    match block.language:
        case "console" | "sh":
            console.run(block)
        case "python":
            run_python(console.resolved(block.text), namespace)
        case "pycon":
            run_session(block.text, namespace)
        case "http":
            messages.run(block.text, namespace)
        case "json":
            check_policy(block.text)
        case "toml":
            check_profile(block.text)
        case "sql":
            with log_of([]) as log:
                ask(log, block.text)
        case language:  # Those of TypeScript run in the next test.
            assert language in {"ts", "tsx"}, f"nothing runs blocks of {language or 'no language'}"


def is_of_an_example(block: Block) -> bool:
    """Tell whether a block is a file of an example, which has tests of its own."""
    # It may be deleted from a checkout.
    if block.path.startswith(EXAMPLES) and (ROOT / block.path).exists():
        assert block.text == (ROOT / block.path).read_text("utf-8")
    return block.path.startswith(EXAMPLES)


class HttpMessages:
    """Requests to the API of the stores that a page defines as ``STORES``, and its answers."""

    _api: Api | None = None
    _answer: Answer
    _result: dict[str, Any]

    def _started(self, stores: Iterable[Store]) -> Api:
        api = Api(stores)
        handler = api.handler

        def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
            self._result = handler(event, context)
            return self._result

        api.handler = handle
        return api

    def run(self, text: str, namespace: dict[str, Any]) -> None:
        head, _, body = text.partition("\n\n")
        first, *lines = head.splitlines()
        headers = dict(line.split(": ", 1) for line in lines)
        if first.startswith("HTTP/"):
            sent = self._result["headers"]
            received = {name: masked(sent.get(name, "nothing")) for name in headers}
            shown = {name: masked(value) for name, value in headers.items()}
            assert (self._answer.status, received) == (int(first.split()[1]), shown)
            check_output(body, self._answer.text)
            return
        self._api = self._api or self._started(namespace["STORES"])
        method, target, _ = first.split()
        path, _, query = target.partition("?")
        parameters = dict(pair.split("=") for pair in query.split("&")) if query else None
        self._answer = self._api.send(
            method, path, body=body.strip() or None, query=parameters, headers=headers
        )


def masked(header: str) -> str:
    """Return a header without the digest of the revision, which any change of a store changes."""
    return re.sub(r'\.[0-9a-f]{8}"', '.digest"', header)


def check_policy(text: str) -> None:
    (statement,) = json.loads(text)["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    assert re.fullmatch(r"arn:aws:execute-api:\S+:\S+:\S+/\*", statement["Resource"])


def check_profile(text: str) -> None:
    (profile,) = tomllib.loads(text).values()
    for setting in profile["deploy"]["parameters"]["parameter_overrides"]:
        name, _, value = setting.partition("=")
        parameter = read_template(TEMPLATE)["Parameters"][name]
        assert value in parameter.get("AllowedValues", [value])
        assert re.match(parameter.get("AllowedPattern", ""), value)


def run_python(text: str, namespace: dict[str, Any]) -> None:
    before = set(namespace)
    exec(text, namespace)  # noqa: S102 - a page of this checkout
    for name in namespace.keys() - before:
        defined = namespace[name]
        if name.startswith("test_"):
            defined()
        elif isinstance(defined, type) and issubclass(defined, unittest.TestCase):
            defined.settings = QUICK  # type: ignore[attr-defined]
            result = defined("runTest").run()
            assert result is not None
            assert result.wasSuccessful(), result


def run_session(text: str, namespace: dict[str, Any]) -> None:
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(text, {}, "session", None, None)
    test.globs = namespace
    doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append, clear_globs=False)
    assert not said, "".join(said)


def test_typescript_is_sound_and_runs(tmp_path: Path, world_of: Callable[[str], World]) -> None:
    own = (
        block
        for block in BLOCKS
        if (block.language in {"ts", "tsx"} and not is_of_an_example(block))
        or block.path == CODEGEN_CONFIG
    )
    run_typescript(tmp_path / "pages", own, world_of("").address)


@pytest.mark.sam
def test_sam_takes_every_command() -> None:
    python = ROOT / ".venv-sam" / "bin" / "python"
    assert python.is_file(), "The AWS SAM CLI is not installed: make .venv-sam/.installed."
    sessions = (session_of(block) for block in BLOCKS if block.language in {"console", "sh"})
    commands = (command for session in sessions for line, _ in session for command in line)
    lines = [words[1:] for words in map(words_of, commands) if words[0] == "sam"]
    assert lines
    run([python, "-c", PARSE_SAM], text=json.dumps(lines))


def test_the_site_is_built_without_warnings(tmp_path: Path) -> None:
    sphinx = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "dummy"]
    run([*sphinx, "-d", tmp_path / "doctrees", ROOT / "src" / "docs", tmp_path / "site"])


def run(command: list[str | Path], *, cwd: Path = ROOT, text: str = "") -> None:
    environ = os.environ | {"PYTHONPATH": str(SERVICE_DIR)}
    done = subprocess.run(
        command, cwd=cwd, env=environ, input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
