"""Looks the pinned packages up among known vulnerabilities, and says what could not be looked up.

pip-audit alone reports "no known vulnerabilities" also when the registry told it nothing, as one
that serves packages but no advisories does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIMEOUT_S = 300.0


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What is known about a set of packages.

    Parameters
    ----------
    audited, unknown : int
        How many packages could be looked up, and how many could not.
    vulnerable : tuple of str
        One line for each known vulnerability.
    """

    audited: int
    unknown: int
    vulnerable: tuple[str, ...]

    @property
    def summary(self) -> str:
        """One sentence."""
        if self.vulnerable:
            return f"Audit: {len(self.vulnerable)} known vulnerabilities."
        if not self.audited:
            return "Audit: skipped, the registry told nothing about known vulnerabilities."
        missed = f"; {self.unknown} could not be looked up" if self.unknown else ""
        return f"Audit: no known vulnerability in {self.audited} packages{missed}."


def audit(requirements: Sequence[str]) -> Audit:
    """Look up the packages of requirement files.

    Parameters
    ----------
    requirements : Sequence of str
        The files; every package in them is pinned.

    Returns
    -------
    Audit
        What is known.
    """
    files = [argument for path in requirements for argument in ("--requirement", path)]
    command = [sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off"]
    try:
        done = subprocess.run(
            # The files list every package, so nothing needs to be installed or resolved for it.
            [*command, "--no-deps", "--disable-pip", *files],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
        return read_report(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        # It crashed or hung before it had a report: the registry could not be reached.
        return Audit(audited=0, unknown=0, vulnerable=())


def read_report(report: dict[str, Any]) -> Audit:
    """Read pip-audit's report.

    Parameters
    ----------
    report : dict
        Its JSON.

    Returns
    -------
    Audit
        What is known.
    """
    packages = report["dependencies"]
    looked_up = [package for package in packages if "skip_reason" not in package]
    return Audit(
        audited=len(looked_up),
        unknown=len(packages) - len(looked_up),
        vulnerable=tuple(
            f"{package['name']} {package['version']}: {found['id']}, fixed in "
            f"{', '.join(found['fix_versions']) or 'no version yet'}"
            for package in looked_up
            for found in package["vulns"]
        ),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Look up the packages of the files named on the command line, and say what is known.

    Parameters
    ----------
    arguments : Sequence of str, optional
        The files; default: this process's arguments.

    Returns
    -------
    int
        The exit code: 1 when a package is vulnerable.
    """
    result = audit(sys.argv[1:] if arguments is None else arguments)
    print(*result.vulnerable, result.summary, sep="\n")
    return 1 if result.vulnerable else 0


if __name__ == "__main__":
    sys.exit(main())
