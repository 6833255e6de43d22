"""The image of the Lambda runtime in which sam runs a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtrip_devtools.errors import DockerError

if TYPE_CHECKING:
    from roundtrip_devtools.samlocal.docker import Docker


def image_name(runtime: str, architecture: str, *, with_emulator: bool = False) -> str:
    """Return the name of an image, https://gallery.ecr.aws/lambda/python.

    Parameters
    ----------
    runtime : str
        The runtime of the function, such as ``python3.13``.
    architecture : str
        The processor of the function.
    with_emulator : bool
        The image that sam makes from the published one by adding its emulator of Lambda.
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
