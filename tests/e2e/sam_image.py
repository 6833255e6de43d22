"""The runtime image for sam: the public one where it can be had, else the stand-in."""

from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roundtrip_devtools.errors import DockerError
from roundtrip_devtools.samlocal.docker import fetch, image_name
from roundtrip_devtools.template import Template
from tests import checkout
from tests.e2e.runtime_image import LABEL, import_image, runtime_python

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from roundtrip_devtools.samlocal.docker import Docker


@dataclass(frozen=True, kw_only=True)
class FoundImage:
    """An image of the Lambda runtime."""

    runtime: str
    stand_in: bool

    def __str__(self) -> str:
        image = "a stand-in for the public image" if self.stand_in else "the public image"
        return f"{image} of {self.runtime}"


@contextlib.contextmanager
def runtime_image(docker: Docker, environ: Mapping[str, str]) -> Iterator[FoundImage]:
    """Make sure of an image for the time of the tests."""
    runtime = Template(checkout.TEMPLATE).runtime()
    _remove_stand_ins(environ)
    try:
        fetch(docker, runtime)
    except DockerError:
        python = runtime_python()
        runtime = f"python{python.version}"
        name = image_name(runtime, docker.architecture, with_emulator=True)
        import_image(name, python, architecture=docker.architecture, environ=environ)
        try:
            yield FoundImage(runtime=runtime, stand_in=True)
        finally:
            _remove_stand_ins(environ)
    else:
        yield FoundImage(runtime=runtime, stand_in=False)


def _remove_stand_ins(environ: Mapping[str, str]) -> None:
    """Remove stand-ins, also of a run that was killed: they carry the name of a public image."""
    listed = subprocess.run(
        ["docker", "image", "ls", "--quiet", "--filter", f"label={LABEL}=true"],
        env=dict(environ),
        capture_output=True,
        text=True,
        check=True,
    )
    for image in sorted(set(listed.stdout.split())):
        subprocess.run(
            ["docker", "image", "rm", "--force", image],
            env=dict(environ),
            stdout=subprocess.DEVNULL,
            check=True,
        )
