"""The packages that only analysis needs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from roundtrip_devtools import DISTRIBUTION
from roundtrip_devtools.errors import DevtoolsError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def analysis_extra() -> Iterator[None]:
    """Say what to install if an import in the block finds a package missing.

    Raises
    ------
    DevtoolsError
        A package is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise DevtoolsError(
            f"The Python package {error.name} is not installed: run "
            f"pip install '{DISTRIBUTION}[analysis]'."
        ) from error
