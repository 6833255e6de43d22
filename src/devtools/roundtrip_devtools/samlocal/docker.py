"""Docker, through its own command."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip_devtools.errors import DockerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TIMEOUT_S: Final = 60.0
_ARCHITECTURES: Final = {
    "x86_64": "x86_64",
    "amd64": "x86_64",
    "aarch64": "arm64",
    "arm64": "arm64",
}
# sam gives this label to the containers of functions.
_LABEL: Final = "sam.cli.container.type=lambda"
_ALTERNATIVE: Final = "(roundtrip dev needs no Docker)"


class Bridge(NamedTuple):
    """The default network: the address of this machine in it, and the addresses of containers."""

    gateway: str
    subnet: ipaddress.IPv4Network


class Docker:
    """A Docker that answers to the command ``docker`` in an environment.

    Attributes
    ----------
    architecture : str
        The processor of its containers, in the words of Lambda: ``arm64`` or ``x86_64``.
    host : str
        Its address, as in ``DOCKER_HOST``.
    rootless : bool
        Whether the containers are in a network of their own, without a way to this machine.

    Raises
    ------
    DockerError
        Docker is not installed, does not answer, or runs on another kind of processor.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        # docker prints what it knows of itself even where no daemon answers.
        done = self._run("info", "--format", "{{json .}}")
        info: dict[str, Any] = json.loads(done.stdout or "{}")
        if done.returncode or not info.get("ServerVersion"):
            raise DockerError(
                f"it does not answer ({_one_line(done.stderr)}); start it, on Linux with sudo "
                f"systemctl start docker, elsewhere by opening Docker Desktop {_ALTERNATIVE}"
            )
        found = str(info.get("Architecture"))
        if found not in _ARCHITECTURES:
            raise DockerError(f"Lambda runs on x86_64 and arm64, but this Docker runs on {found}")
        self.architecture = _ARCHITECTURES[found]
        self.rootless = "name=rootless" in (info.get("SecurityOptions") or [])
        # docker finds the daemon by contexts, which sam does not know.
        self.host = environ.get("DOCKER_HOST") or self._said(
            "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"
        )

    def bridge(self) -> Bridge | None:
        """Return the default network of containers; None if Docker does not describe it."""
        said = self._said("network", "inspect", "bridge", "--format", "{{json .IPAM.Config}}")
        for config in json.loads(said) or []:
            subnet = ipaddress.ip_network(config.get("Subnet", "::/0"))
            if isinstance(subnet, ipaddress.IPv4Network) and config.get("Gateway"):
                return Bridge(config["Gateway"], subnet)
        return None

    def has_image(self, name: str) -> bool:
        """Whether an image is on this machine."""
        return self._run("image", "inspect", name).returncode == 0

    def pull(self, name: str) -> str:
        """Pull an image, show the progress, and return why it failed if it did."""
        done = self._run("pull", name, stdout=None, timeout=None)
        return _one_line(_last_line(done.stderr)) if done.returncode else ""

    def containers_of(self, package: Path) -> list[str]:
        """Return the ids of the containers, running or not, in which sam runs a package."""
        filters = ("--filter", f"label={_LABEL}", "--filter", f"volume={package}")
        return self._said("ps", "--all", "--quiet", "--no-trunc", *filters).split()

    def remove_containers_of(self, package: Path) -> None:
        """Remove the containers that sam started for a package and did not remove itself."""
        if left := self.containers_of(package):
            # A failure is no error: sam may remove some of them at the same time.
            self._run("rm", "--force", *left)

    def _said(self, *arguments: str) -> str:
        done = self._run(*arguments)
        if done.returncode:
            reason = _one_line(_last_line(done.stderr))
            raise DockerError(f"docker {arguments[0]} failed ({reason})")
        return done.stdout.strip()

    def _run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        program = shutil.which("docker", path=self._environ.get("PATH"))
        if program is None:
            install = "install Docker Engine or Docker Desktop"
            raise DockerError(f"the command docker was not found; {install} {_ALTERNATIVE}")
        options = {"stdout": subprocess.PIPE, "timeout": _TIMEOUT_S, **options}
        try:
            return subprocess.run(
                [program, *arguments],
                env=dict(self._environ),
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                **options,
            )
        except subprocess.TimeoutExpired as error:
            reason = f"docker {arguments[0]} did not finish within {_TIMEOUT_S:.0f} s"
            raise DockerError(reason) from error


def image_name(runtime: str, architecture: str, *, with_emulator: bool = False) -> str:
    """Return the image of a runtime such as python3.13, https://gallery.ecr.aws/lambda/python.

    The one with the emulator is the image that sam makes of the published one.
    """
    tag = ("rapid-" if with_emulator else "") + architecture
    return f"public.ecr.aws/lambda/python:{runtime.removeprefix('python')}-{tag}"


def fetch(docker: Docker, runtime: str) -> bool:
    """Pull the published image unless this machine has the image of sam.

    Returns
    -------
    bool
        Whether this machine has the image of sam. Then sam must not ask a registry: without a
        network it would answer no request.

    Raises
    ------
    DockerError
        The image cannot be pulled.
    """
    if docker.has_image(image_name(runtime, docker.architecture, with_emulator=True)):
        return True
    published = image_name(runtime, docker.architecture)
    print(f"Pulling the Lambda runtime {published} ...", flush=True)
    if reason := docker.pull(published):
        raise DockerError(
            f"the Lambda runtime {published} cannot be pulled ({reason}); sam local needs it once, "
            "roundtrip dev never"
        )
    return False


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".") or "it gave no reason"
