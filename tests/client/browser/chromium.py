"""A Chromium for the tests: downloaded once, cached, and the same on every machine.

It comes from npm's ``@sparticuz/chromium``, the only build that an npm registry holds completely.
It is pinned by checksum in ``tests/client/chromium/package-lock.json``, brings a font and the
libraries that a bare machine lacks, and needs neither root nor an installed Node. An installed
Chromium is not used, because its version and fonts would affect the tests. The build is for Linux
on x86_64; other machines use Playwright's own (``playwright install chromium``).
"""

from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests import checkout
from tests.client.npm_packages import npm_packages, run_node

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST_DIR = checkout.ROOT / "tests" / "client" / "chromium"

_UNPACK = "import chromium from '@sparticuz/chromium'; await chromium.executablePath();"
_FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">unpacked/fonts/fonts</dir></fontconfig>
"""


@dataclass(frozen=True, kw_only=True)
class Chromium:
    """A browser that can be started.

    Parameters
    ----------
    axe : Path
        The script of axe-core, which checks a page's accessibility.
    executable : Path, optional
        The program; None for the one that Playwright installed.
    environment : dict
        Environment variables that the program needs.
    """

    axe: Path
    executable: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)


def chromium(cache_dir: Path = checkout.STATE_DIR / "chromium") -> Chromium:
    """Return the browser; download it if it is not cached.

    Any number of processes may call this at the same time: one downloads, the others wait. A
    partial download is never used.

    Parameters
    ----------
    cache_dir : Path
        The cache.

    Raises
    ------
    AssertionError
        npm or Node failed; the message is their output.
    """
    target = npm_packages(MANIFEST_DIR, cache_dir, _unpack)
    axe = target / "node_modules" / "axe-core" / "axe.min.js"
    if not _has_build():
        return Chromium(axe=axe)
    executable = target / "unpacked" / "chromium"
    environment = {"FONTCONFIG_FILE": str(target / "fonts.conf")}
    if _lacks_libraries(executable):
        environment["LD_LIBRARY_PATH"] = str(target / "unpacked" / "al2023" / "lib")
    return Chromium(axe=axe, executable=executable, environment=environment)


def _has_build() -> bool:
    return (sys.platform, platform.machine()) == ("linux", "x86_64")


def _unpack(target: Path) -> None:
    unpacked = target / "unpacked"
    unpacked.mkdir()
    if _has_build():
        # The package unpacks to TMPDIR, and its libraries only inside a Lambda.
        there = {"TMPDIR": str(unpacked), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"}
        run_node("unpack", ["--input-type=module", "-e", _UNPACK], cwd=target, **there)
        # The package's own configuration names directories of a Lambda.
        (target / "fonts.conf").write_text(_FONTS)


def _lacks_libraries(executable: Path) -> bool:
    done = subprocess.run(["ldd", executable], capture_output=True, text=True, check=True)
    return "not found" in done.stdout
