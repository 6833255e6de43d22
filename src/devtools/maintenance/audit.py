"""Looks pinned packages up among known vulnerabilities, and says which it could not look up.

pip-audit alone reports "no known vulnerabilities" also when nothing was looked up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from typing import Any, Final

_TIMEOUT_S: Final = 100.0
_ATTEMPTS: Final = 3


def audit(file: str) -> list[dict[str, Any]]:
    """Return what pip-audit reports about each package that a file of requirements pins.

    The list is empty if pip-audit could not reach the registry, or could not read the file.
    """
    # The file lists every package, so nothing needs to be installed or resolved.
    options = ("--format=json", "--progress-spinner=off", "--no-deps", "--disable-pip")
    command = [sys.executable, "-m", "pip_audit", *options, "--requirement", file]
    for _ in range(_ATTEMPTS):
        with suppress(subprocess.TimeoutExpired, json.JSONDecodeError):
            done = subprocess.run(command, capture_output=True, check=False, timeout=_TIMEOUT_S)
            packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
            return packages
    return []


def findings(reports: list[list[dict[str, Any]]], *, in_ci: bool) -> tuple[list[str], int]:
    """Return what to say about the reports on all files, and the exit code.

    The code is 1 if a package is vulnerable. In a continuous integration it is also 1 if there was
    no answer about a file, because there nobody would notice that nothing is looked up. A registry
    that answers and knows none of the packages has no advisories, which no repetition would change.
    """
    packages = [package for report in reports for package in report]
    audited = [package for package in packages if "skip_reason" not in package]
    vulnerable = [
        f"{package['name']} {package['version']}: {one['id']}, fixed in "
        f"{', '.join(one['fix_versions']) or 'no version yet'}"
        for package in audited
        for one in package["vulns"]
    ]
    if vulnerable:
        return [*vulnerable, f"Audit: {len(vulnerable)} known vulnerabilities."], 1
    if not all(reports):
        cause = "pip-audit got no answer from PyPI, or could not read a file"
        return [f"Audit: NOT EVERYTHING WAS LOOKED UP: {cause}."], int(in_ci)
    if audited:
        unknown = len(packages) - len(audited)
        missed = f"; {unknown} could not be looked up" if unknown else ""
        return [f"Audit: no known vulnerability in {len(audited)} packages{missed}."], 0
    cause = f"this registry has no advisories about any of the {len(packages)} packages"
    return [f"Audit: NOTHING WAS LOOKED UP: {cause}."], 0


def main() -> int:
    """Look up the packages of the files on the command line."""
    # GitHub always sets it, like most services of this kind:
    # https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    in_ci = os.environ.get("CI", "").lower() not in {"", "0", "false"}
    # One file at a time, because pip-audit refuses two versions of a package.
    lines, code = findings([audit(file) for file in sys.argv[1:]], in_ci=in_ci)
    print(*lines, sep="\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
