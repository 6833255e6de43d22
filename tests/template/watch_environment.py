"""Prints which variables the handler reads on its way to an answer, as JSON in the last line."""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any


class _Watched(dict[str, str]):
    """An environment that notes what is asked of it, there or not."""

    def __init__(self) -> None:
        super().__init__(os.environ)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)


def main(handler: str) -> None:
    """Ask the handler for its health in an environment that is watched."""
    watched = _Watched()
    os.environ = watched  # type: ignore[assignment]  # noqa: B003 - it is read, and not passed on
    # It stands beside this script, which is where Python looks.
    importlib.import_module("ask_health").main(handler)
    sys.stdout.write(f"{json.dumps(sorted(watched.read))}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
