"""Looks pinned packages up among known vulnerabilities, and says which it could not look up.

pip-audit alone reports "no known vulnerabilities" also when the registry serves no advisories.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Final

_TIMEOUT_S: Final = 300.0


def audit(files: list[str]) -> dict[str, Any]:
    """Return the report of pip-audit on requirement files in which every package is pinned.

    It is empty if pip-audit could not reach the registry.
    """
    # The files list every package, so nothing needs to be installed or resolved.
    options = ("--format=json", "--progress-spinner=off", "--no-deps", "--disable-pip")
    command = [sys.executable, "-m", "pip_audit", *options]
    try:
        done = subprocess.run(
            [*command, *(word for file in files for word in ("--requirement", file))],
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
        report: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return {"dependencies": []}
    return report


def findings(report: dict[str, Any]) -> tuple[list[str], str]:
    """Return a line for each known vulnerability in a report of pip-audit, and a summary."""
    packages = report["dependencies"]
    audited = [package for package in packages if "skip_reason" not in package]
    vulnerable = [
        f"{package['name']} {package['version']}: {one['id']}, fixed in "
        f"{', '.join(one['fix_versions']) or 'no version yet'}"
        for package in audited
        for one in package["vulns"]
    ]
    if vulnerable:
        return vulnerable, f"Audit: {len(vulnerable)} known vulnerabilities."
    if not audited:
        return [], "Audit: skipped, because the registry serves no known vulnerabilities."
    unknown = len(packages) - len(audited)
    missed = f"; {unknown} could not be looked up" if unknown else ""
    return [], f"Audit: no known vulnerability in {len(audited)} packages{missed}."


def main() -> int:
    """Look up the packages of the files on the command line; return 1 if one is vulnerable."""
    vulnerable, summary = findings(audit(sys.argv[1:]))
    print(*vulnerable, summary, sep="\n")
    return 1 if vulnerable else 0


if __name__ == "__main__":
    sys.exit(main())
