"""A Docker for the tests: the machine's own where it answers, else one for the time of the tests.

The latter has everything of its own: sockets, data, a network bridge. It changes no rule of the
firewall and does not switch on forwarding, for its containers have to reach this machine only.
Only root can run one. On Debian root also gets it installed, where it is missing.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from roundtrip_devtools.errors import DockerError
from roundtrip_devtools.guarded import GuardedProcess
from roundtrip_devtools.samlocal.docker import Docker

if TYPE_CHECKING:
    from collections.abc import Iterator

# The commands needed, and the packages of Debian that bring them.
_PACKAGES = {
    "docker": ("docker.io", "iptables"),
    "dockerd": ("docker.io", "iptables"),
    "ip": ("iproute2",),
}
_INSTALL_TIMEOUT_S = 600
_START_DEADLINE_S = 60
_STOP_GRACE_S = 30.0
_POLL_S = 0.1


class NoDocker(Exception):
    """There is no Docker here, and none can be started; the message says why."""


@contextlib.contextmanager
def docker_environment() -> Iterator[dict[str, str]]:
    """Yield an environment in which the command docker, and sam, find a Docker that answers."""
    own = dict(os.environ)
    try:
        Docker(own)
    except DockerError as error:
        with _daemon(error) as host:
            yield own | {"DOCKER_HOST": host}
    else:
        yield own


@contextlib.contextmanager
def _daemon(error: DockerError) -> Iterator[str]:
    if sys.platform != "linux" or os.geteuid() != 0:
        raise NoDocker(f"{error} Only root on Linux can start one for the tests.") from error
    _install_what_is_missing()
    # Short, for a socket's path has 108 bytes at most.
    with tempfile.TemporaryDirectory(prefix="rt-") as name, _bridge() as bridge:
        folder = Path(name)
        host = f"unix://{folder}/docker.sock"
        argv = [
            *("dockerd", "--host", host, "--bridge", bridge, "--pidfile", f"{folder}/pid"),
            *("--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"),
            *("--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"),
        ]
        log = folder / "log"
        with log.open("wb") as output:
            daemon = GuardedProcess(
                argv, environment=os.environ, output=output, grace_s=_STOP_GRACE_S
            )
        try:
            _wait_until_it_answers(daemon, host, log)
            yield host
        finally:
            daemon.stop()


def _install_what_is_missing() -> None:
    missing = [command for command in _PACKAGES if shutil.which(command) is None]
    if not missing:
        return
    names = ", ".join(missing)
    if not Path("/etc/debian_version").exists() or shutil.which("apt-get") is None:
        raise NoDocker(f"Docker cannot be started for the tests: {names} is not installed.")
    packages = sorted({package for command in missing for package in _PACKAGES[command]})
    install = ("install", "--yes", "--no-install-recommends", *packages)
    if said := _apt_get(*install):
        # An image of Debian comes without the lists of its packages; a machine has them.
        said = _apt_get("update") or _apt_get(*install)
    if said:
        raise NoDocker(
            f"Docker cannot be started for the tests: {names} cannot be installed ({said})."
        )


def _apt_get(*arguments: str) -> str:
    """Return what it says when it fails."""
    done = subprocess.run(
        ["apt-get", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=_INSTALL_TIMEOUT_S,
        check=False,
    )
    return " ".join(done.stderr.split()) or "it failed" if done.returncode else ""


@contextlib.contextmanager
def _bridge() -> Iterator[str]:
    """Make a bridge of its own: two daemons on one would give out the same addresses."""
    name = f"rt{uuid.uuid4().hex[:10]}"
    subnet = _unused_subnet()
    _ip("link", "add", "name", name, "type", "bridge")
    try:
        _ip("address", "add", f"{subnet[1]}/{subnet.prefixlen}", "dev", name)
        _ip("link", "set", name, "up")
        yield name
    finally:
        _ip("link", "delete", name)


def _unused_subnet() -> ipaddress.IPv4Network:
    routes = json.loads(_ip("-json", "-4", "route", "show", "table", "all"))
    used = [
        ipaddress.IPv4Network(route["dst"].removeprefix("broadcast "))
        for route in routes
        if route["dst"] != "default"
    ]
    for subnet in ipaddress.IPv4Network("192.168.0.0/16").subnets(new_prefix=24):
        if not any(subnet.overlaps(one) for one in used):
            return subnet
    raise NoDocker("Docker cannot be started for the tests: no subnet is free for its containers.")


def _ip(*arguments: str) -> str:
    try:
        return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True).stdout
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip()
        raise NoDocker(f"Docker cannot be started for the tests: ip says {said!r}.") from error


def _wait_until_it_answers(daemon: GuardedProcess, host: str, log: Path) -> None:
    deadline_s = time.monotonic() + _START_DEADLINE_S
    while True:
        try:
            Docker({**os.environ, "DOCKER_HOST": host})
        except DockerError as error:
            if daemon.exit_code is not None or time.monotonic() > deadline_s:
                lines = log.read_text(errors="replace").strip().splitlines() or [str(error)]
                raise NoDocker(f"Docker cannot be started for the tests: {lines[-1]}") from error
            time.sleep(_POLL_S)
        else:
            return
