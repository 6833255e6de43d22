"""Commands that a test cannot run, since they need AWS, Docker or minutes: options are checked.

What they do is tested elsewhere: deploying in ``tests/e2e``, a set-up in ``tests/packages``.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import botocore.session
import click

from roundtrip_devtools import cli
from tests.checkout import ROOT

_SET_UP: Final = tomllib.loads(Path(__file__).with_name("set_up.toml").read_text())["commands"]


def is_checked_only(command: str, words: list[str]) -> bool:
    """Check a command that is not run; tell whether it is one."""
    match words:
        case "roundtrip", "new" | "token" | "client-types" | "smoke", *_:
            return False
        case "roundtrip", *rest:
            assert _is_known_to_roundtrip(rest), command
        case "make", *rest:
            assert all(map(_is_known_to_make, rest)), command
        case "aws", service, operation, *options:
            given = {option for option in options if option.startswith("--")}
            assert given <= _options_of_aws(service, operation), command
        case "sam", *_:
            pass  # By sam itself, once for all pages: test_sam_takes_every_command.
        case _:
            return command.partition(" #")[0].strip() in _SET_UP
    return True


def _is_known_to_roundtrip(words: list[str]) -> bool:
    group = cli._roundtrip
    command = group.get_command(click.Context(group), words[0])
    with contextlib.suppress(click.UsageError):
        return bool(command and command.make_context(words[0], words[1:]))
    return False


def _is_known_to_make(word: str) -> bool:
    name, is_variable, _ = word.partition("=")
    pattern = rf"\$\([^)]*\b{name}\b" if is_variable else rf"(?m)^{re.escape(name)}:"
    return re.search(pattern, _makefile()) is not None


@cache
def _makefile() -> str:
    command = ["make", "-pnRr", "help"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _options_of_aws(service: str, operation: str) -> set[str]:
    model = botocore.session.get_session().get_service_model(service)
    shape = model.operation_model(operation.title().replace("-", "")).input_shape
    members = shape.members if shape else {}
    names = {re.sub("(?<=[a-z])(?=[A-Z])", "-", name).lower() for name in members}
    return {f"--{prefix}{name}" for name in names for prefix in ("", "no-")}
