"""The image in which sam runs a function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from roundtrip_devtools.errors import DockerError

if TYPE_CHECKING:
    from roundtrip_devtools.samlocal.docker import Docker

_REPOSITORY = "public.ecr.aws/lambda/python"


@dataclass(frozen=True, kw_only=True)
class RuntimeImage:
    """An image of the Lambda runtime.

    Parameters
    ----------
    runtime : str
        The function's, such as ``python3.13``.
    architecture : str
        The function's processor.
    """

    runtime: str
    architecture: str

    @property
    def published(self) -> str:
        """The image that AWS publishes, https://gallery.ecr.aws/lambda/python."""
        return f"{_REPOSITORY}:{self._version}-{self.architecture}"

    @property
    def with_emulator(self) -> str:
        """The image that sam makes of it, by adding its emulator of Lambda."""
        return f"{_REPOSITORY}:{self._version}-rapid-{self.architecture}"

    @property
    def _version(self) -> str:
        return self.runtime.removeprefix("python")


def fetch(docker: Docker, image: RuntimeImage) -> bool:
    """Make sure that sam can make its image.

    Parameters
    ----------
    docker : Docker
        Holds the images.
    image : RuntimeImage
        Which one.

    Returns
    -------
    bool
        Whether sam's image was here already. Then sam needs no registry, and should ask none:
        without a network it would answer no request.

    Raises
    ------
    DockerError
        The image cannot be pulled.
    """
    if docker.has_image(image.with_emulator):
        return True
    print(f"Fetching the Lambda runtime {image.published} ...", flush=True)
    try:
        docker.pull(image.published)
    except DockerError as error:
        raise DockerError(
            f"the Lambda runtime {image.published} cannot be pulled ({error.reason}); sam local "
            "needs it once, roundtrip dev never"
        ) from error
    return False
