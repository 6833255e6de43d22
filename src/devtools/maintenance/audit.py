"""Looks pinned packages up among known vulnerabilities, and says which it could not look up.

pip-audit alone reports "no known vulnerabilities" also when nothing was looked up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, Final

_TIMEOUT_S: Final = 300.0


def audit(files: list[str]) -> dict[str, Any]:
    """Return the report of pip-audit on requirement files in which every package is pinned.

    It is empty if pip-audit could not reach the registry, or could not read a file.
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


def findings(report: dict[str, Any], *, in_ci: bool) -> tuple[list[str], int]:
    """Return what to say about a report of pip-audit, and the exit code.

    The code is 1 if a package is vulnerable. In a continuous integration it is also 1 if there was
    no answer at all, because there nobody would notice that nothing is looked up. A registry that
    answers and knows none of the packages has no advisories, which no repetition would change.
    """
    packages = report["dependencies"]
    audited = [package for package in packages if "skip_reason" not in package]
    vulnerable = [
        f"{package['name']} {package['version']}: {one['id']}, fixed in "
        f"{', '.join(one['fix_versions']) or 'no version yet'}"
        for package in audited
        for one in package["vulns"]
    ]
    if vulnerable:
        return [*vulnerable, f"Audit: {len(vulnerable)} known vulnerabilities."], 1
    if audited:
        unknown = len(packages) - len(audited)
        missed = f"; {unknown} could not be looked up" if unknown else ""
        return [f"Audit: no known vulnerability in {len(audited)} packages{missed}."], 0
    if packages:
        cause = f"this registry has no advisories about any of the {len(packages)} packages"
        return [f"Audit: NOTHING WAS LOOKED UP: {cause}."], 0
    cause = "pip-audit got no answer from PyPI, or could not read the files"
    return [f"Audit: NOTHING WAS LOOKED UP: {cause}."], int(in_ci)


def main() -> int:
    """Look up the packages of the files on the command line."""
    # GitHub always sets it, like most services of this kind:
    # https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    in_ci = os.environ.get("CI", "").lower() not in {"", "0", "false"}
    lines, code = findings(audit(sys.argv[1:]), in_ci=in_ci)
    print(*lines, sep="\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
