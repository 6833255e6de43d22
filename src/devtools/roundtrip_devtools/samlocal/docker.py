"""What is asked of Docker, by its own command."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roundtrip_devtools.errors import DockerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TIMEOUT_S = 60.0
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
# sam gives it to the containers of functions.
_LABEL = "sam.cli.container.type=lambda"


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """The network that containers are in unless they are told otherwise.

    Parameters
    ----------
    gateway : str
        This machine's address in it.
    subnet : IPv4Network
        The addresses of the containers.
    """

    gateway: str
    subnet: ipaddress.IPv4Network


class Docker:
    """A Docker that answers.

    Parameters
    ----------
    environ : Mapping
        The environment its command is run in.

    Attributes
    ----------
    architecture : str
        The processor of its containers, as Lambda calls it: ``arm64`` or ``x86_64``.
    host : str
        Its address, as ``DOCKER_HOST`` would say it.

    Raises
    ------
    DockerError
        It is not installed, does not answer, or runs on another kind of processor.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._program = shutil.which("docker", path=environ.get("PATH"))
        if self._program is None:
            raise DockerError(
                "the command docker was not found; install Docker Engine or Docker Desktop "
                "(roundtrip dev needs none)"
            )
        # It prints what it knows of itself even where no daemon answers.
        done = self._run("info", "--format", "{{json .}}", check=False)
        self._info: dict[str, Any] = json.loads(done.stdout or "{}")
        if done.returncode or not self._info.get("ServerVersion"):
            said = " ".join(done.stderr.split()).rstrip(".") or "it gave no reason"
            raise DockerError(
                f"it does not answer ({said}); start it, on Linux by sudo systemctl start docker, "
                "elsewhere by opening Docker Desktop (roundtrip dev needs none)"
            )
        found = str(self._info.get("Architecture"))
        if found not in _ARCHITECTURES:
            raise DockerError(f"Lambda runs on x86_64 and arm64, and this Docker on {found}")
        self.architecture = _ARCHITECTURES[found]
        # Its command finds the daemon by contexts, of which sam knows nothing.
        self.host = environ.get("DOCKER_HOST") or self._said(
            "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"
        )

    @property
    def rootless(self) -> bool:
        """Whether its containers live in a network of their own, without a way to this machine."""
        return "name=rootless" in (self._info.get("SecurityOptions") or [])

    def bridge(self) -> Bridge | None:
        """Return the network that containers are in by default; None: Docker does not tell it."""
        said = self._said("network", "inspect", "bridge", "--format", "{{json .IPAM.Config}}")
        for config in json.loads(said) or []:
            subnet = ipaddress.ip_network(config.get("Subnet", "::/0"))
            if isinstance(subnet, ipaddress.IPv4Network) and config.get("Gateway"):
                return Bridge(gateway=config["Gateway"], subnet=subnet)
        return None

    def has_image(self, name: str) -> bool:
        """Whether an image is here."""
        return self._run("image", "inspect", name, check=False).returncode == 0

    def pull(self, name: str) -> None:
        """Fetch an image, and show how far it is.

        Raises
        ------
        DockerError
            It cannot be had.
        """
        done = subprocess.run(
            [self._command, "pull", name],
            env=dict(self._environ),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DockerError(_last_line(done.stderr))

    def containers_of(self, package: Path) -> list[str]:
        """Return the ids of the containers, running or not, in which sam runs a package."""
        filters = ("--filter", f"label={_LABEL}", "--filter", f"volume={package}")
        return self._said("ps", "--all", "--quiet", "--no-trunc", *filters).split()

    def remove_containers_of(self, package: Path) -> None:
        """Remove what sam started to run a package, where it did not do so itself."""
        if left := self.containers_of(package):
            # Meanwhile sam may remove some of them too, so that failing is no failure.
            self._run("rm", "--force", *left, check=False)

    @property
    def _command(self) -> str:
        assert self._program is not None  # noqa: S101  __init__ refuses to go on without
        return self._program

    def _said(self, *arguments: str) -> str:
        return self._run(*arguments, check=True).stdout.strip()

    def _run(self, *arguments: str, check: bool) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [self._command, *arguments],
                env=dict(self._environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=check,
                timeout=_TIMEOUT_S,
            )
        except subprocess.CalledProcessError as error:
            reason = f"docker {arguments[0]} failed ({_last_line(error.stderr)})"
            raise DockerError(reason) from error
        except subprocess.TimeoutExpired as error:
            reason = f"docker {arguments[0]} did not finish within {_TIMEOUT_S:.0f} s"
            raise DockerError(reason) from error


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip().rstrip(".") if lines else "it gave no reason"
