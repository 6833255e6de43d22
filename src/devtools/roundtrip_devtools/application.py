"""The application of a project, as its own code declares it."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.errors import ApplicationError

if TYPE_CHECKING:
    from roundtrip_devtools.project import Project

STORES: Final = "app.stores"
"""The module that lists a project's stores, as ``STORES``."""


def load_stores(project: Project) -> Any:
    """Import the stores of a project, from the folder of its function's code.

    Parameters
    ----------
    project : Project
        Whose.

    Returns
    -------
    Sequence of roundtrip.Store
        What its `app.stores` calls ``STORES``.

    Raises
    ------
    ApplicationError
        There is no such module, or it has no such name.
    TemplateError
        The template does not say where the code is.
    """
    service_dir = str(project.service_dir)
    # As in Lambda, where the code's own directory comes first.
    sys.path.insert(0, service_dir)
    try:
        return importlib.import_module(STORES).STORES
    except ModuleNotFoundError as error:
        if not (error.name and f"{STORES}.".startswith(f"{error.name}.")):
            raise
        reason = f"{service_dir} has no module {STORES}, which should list the stores as STORES."
        raise ApplicationError(reason) from error
    except AttributeError as error:
        if error.name != "STORES":
            raise
        reason = (
            f"{STORES} in {service_dir} should list the stores as STORES, and has no such name."
        )
        raise ApplicationError(reason) from error
    finally:
        sys.path.remove(service_dir)
