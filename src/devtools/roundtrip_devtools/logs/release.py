"""Another revision of the project's code, from its git repository."""

from __future__ import annotations

import contextlib
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.errors import DevtoolsError, SettingError, Tool, ToolMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

_GIT: Final = Tool("git", "which reads other revisions of the code", "your system's installer")


@contextlib.contextmanager
def checked_out(root: Path, ref: str) -> Iterator[Path]:
    """Return a folder with a project as it was in a revision; it is deleted at the end.

    The working tree and the repository do not change.

    Raises
    ------
    SettingError, DevtoolsError
        There is no such revision, no repository, or no git.
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if commit.returncode:
        _check_repository(root)
        raise SettingError("--against", expected="a revision that git knows", value=ref)
    with tempfile.TemporaryDirectory(prefix="roundtrip-") as work:
        if _git(root, "cat-file", "-e", f"{commit.stdout.strip()}:./template.yaml").returncode:
            raise DevtoolsError(f"{ref} has no template.yaml in {root}: choose a later revision.")
        archive, code = Path(work) / "code.tar", Path(work) / "code"
        done = _git(root, "archive", f"--output={archive}", commit.stdout.strip())
        if done.returncode:
            raise DevtoolsError(f"git archive failed: {done.stderr.strip()}.")
        try:
            with tarfile.open(archive) as tar:
                # Python 3.11.3 and earlier have no filters; git made the archive.
                plain = getattr(tarfile, "data_filter", lambda member, _path: member)
                tar.extraction_filter = plain
                tar.extractall(code)  # noqa: S202  see above
        except tarfile.TarError as error:
            # Such as a symbolic link that leads out of the project.
            raise DevtoolsError(f"The files of {ref} cannot be unpacked: {error}.") from error
        archive.unlink()
        yield code


def _check_repository(root: Path) -> None:
    if (done := _git(root, "rev-parse", "--git-dir")).returncode:
        raise DevtoolsError(f"--against needs a git repository: {done.stderr.strip()}.")


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise ToolMissing(_GIT) from error
