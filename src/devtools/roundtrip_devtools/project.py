"""The project of a command: the one around the current folder, and the stores in its code."""

import contextlib
import importlib
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from roundtrip.errors import RoundtripError
from roundtrip_devtools.errors import ApplicationError, ProjectNotFound
from roundtrip_devtools.template import Template

STORES: Final = "app.stores"
"""The module that lists a project's stores, as ``STORES``."""

FOLLOWERS: Final = "app.followers"
"""The module with a project's `roundtrip.follower_app.Followers`, if it has any."""


@dataclass(frozen=True)
class Project:
    """A folder with a template.yaml."""

    root: Path

    @property
    def template(self) -> Path:
        """The SAM template."""
        return self.root / "template.yaml"

    @property
    def samconfig(self) -> Path:
        """The profiles of the AWS SAM CLI."""
        return self.root / "samconfig.toml"

    @property
    def state_dir(self) -> Path:
        """The folder for the data of the tools."""
        return self.root / ".roundtrip"

    @property
    def service_dir(self) -> Path:
        """The folder of the function's code: the ``CodeUri`` of the template."""
        return (self.root / Template(self.template).code_uri()).resolve()

    def has_followers(self) -> bool:
        """Return whether something follows the commits of the project."""
        return self.service_dir.joinpath(*FOLLOWERS.split(".")).with_suffix(".py").is_file()


def find_project(start: Path | None = None) -> Project:
    """Return the nearest project at or above a folder, by default the current one.

    Raises
    ------
    ProjectNotFound
        There is none.
    """
    folder = (start or Path.cwd()).resolve()
    for project in map(Project, (folder, *folder.parents)):
        if project.template.is_file():
            return project
    raise ProjectNotFound(str(folder))


def stores_file(project: Project) -> Path:
    """Return the file that lists a project's stores, relative to the project's folder."""
    return Path(Template(project.template).code_uri(), *STORES.split(".")).with_suffix(".py")


@contextlib.contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what Roundtrip refuses about the stores into an `ApplicationError`."""
    try:
        yield
    except RoundtripError as error:
        raise ApplicationError(error) from error


def print_application_error(error: BaseException, service_dir: Path) -> None:
    """Print an error of the application with its traceback, without the frames of these tools."""
    frames = error.__traceback__
    while frames and not Path(frames.tb_frame.f_code.co_filename).is_relative_to(service_dir):
        frames = frames.tb_next
    traceback.print_exception(error.with_traceback(frames))


def load_stores(project: Project) -> Any:
    """Import ``STORES`` from the folder of the function's code.

    Raises
    ------
    ApplicationError
        It cannot be imported; the traceback of an error in the code is printed before.
    """
    service_dir = str(project.service_dir)
    # As in Lambda, where the code's own directory comes first.
    sys.path.insert(0, service_dir)
    try:
        with clear_errors():
            return importlib.import_module(STORES).STORES
    except ApplicationError:
        raise
    except (Exception, SystemExit) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError | AttributeError) else None
        if isinstance(error, AttributeError) and missing == "STORES":
            reason = f"{STORES} in {service_dir} has no name STORES, which should list the stores."
        elif isinstance(error, ModuleNotFoundError) and f"{STORES}.".startswith(f"{missing}."):
            reason = (
                f"{service_dir} has no module {STORES}, which should list the stores as STORES."
            )
        else:
            print_application_error(error, project.service_dir)
            reason = f"{STORES} cannot be loaded: correct the error above."
        raise ApplicationError(reason) from error
    finally:
        sys.path.remove(service_dir)
