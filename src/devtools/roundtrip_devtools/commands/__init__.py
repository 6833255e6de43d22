"""The commands of ``roundtrip``, a module each.

Each module has ``add``, which adds its command to the command line. What a command does when it is
chosen is the default ``run``: it takes what was chosen and returns the exit code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import argparse

# argparse gives the type no public name.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001
"""What ``ArgumentParser.add_subparsers`` gives."""
