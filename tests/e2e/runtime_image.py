"""A stand-in for the image of the Lambda runtime, where the public one cannot be pulled.

It is made of what is on this machine, by one tar and without a Dockerfile:

=====================  ======================================================================
path in the image      what, and from where
=====================  ======================================================================
/var/lang              the Python of ``.venv-sam/runtime``: interpreter and standard library
/var/runtime           awslambdaric, AWS's own runtime client, and boto3, from that environment
/var/runtime/bootstrap what Lambda starts
/var/rapid             AWS's emulator of Lambda, as it comes with the AWS SAM CLI
/lib, /usr/lib ...     the shared libraries that all of these need
=====================  ======================================================================

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
"""

from __future__ import annotations

import io
import json
import re
import stat
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests import checkout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PYTHON = checkout.ROOT / ".venv-sam" / "runtime" / "bin" / "python"
LABEL = "roundtrip.stand-in"

_SAM_PACKAGES = checkout.ROOT / ".venv-sam" / "lib"
# Of the standard library; a function has no use for them.
_LEFT_OUT = {"site-packages", "test", "idlelib", "tkinter", "ensurepip", "lib2to3", "turtledemo"}
# What makes an environment, and is not of the runtime.
_INSTALLERS = ("pip", "uv", "setuptools", "_virtualenv", "distutils-precedence")
# What wheels for Linux may need without bringing it, https://peps.python.org/pep-0599/, and what
# glibc loads to resolve names.
_FOR_WHEELS = (
    *("libgcc_s.so.1", "libstdc++.so.6", "libm.so.6", "libdl.so.2", "librt.so.1", "libc.so.6"),
    *("libpthread.so.0", "libutil.so.1", "libresolv.so.2", "libnss_files.so.2", "libnss_dns.so.2"),
)
_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x[0-9a-f]+\)")
_BOOTSTRAP = """\
#!/var/lang/bin/{name}
import os, sys
sys.path.insert(0, "/var/runtime")
sys.path.insert(0, "/var/task")
from awslambdaric.__main__ import main
main(["bootstrap", os.environ["_HANDLER"]])
"""
_ASK = """
import json, os, sys, sysconfig
print(json.dumps({
    "version": "%d.%d" % sys.version_info[:2],
    "executable": os.path.realpath(sys._base_executable),
    "stdlib": sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}),
    "packages": sysconfig.get_path("purelib"),
}))
"""


@dataclass(frozen=True, kw_only=True)
class Python:
    """The Python of the stand-in."""

    version: str
    executable: Path
    stdlib: Path
    packages: Path


def runtime_python() -> Python:
    """Ask the interpreter for what it is."""
    asked = subprocess.run([PYTHON, "-I", "-c", _ASK], capture_output=True, text=True, check=True)
    facts = json.loads(asked.stdout)
    return Python(
        version=facts["version"],
        executable=Path(facts["executable"]),
        stdlib=Path(facts["stdlib"]),
        packages=Path(facts["packages"]),
    )


def emulator(architecture: str) -> Path:
    """Return AWS's emulator of Lambda for a processor."""
    (found,) = _SAM_PACKAGES.glob(
        f"python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{architecture}"
    )
    return found


def import_image(
    name: str, python: Python, *, architecture: str, environ: Mapping[str, str]
) -> None:
    """Give the stand-in to Docker."""
    files = dict(_files(python, architecture))
    directories = sorted({str(Path(target).parent) for target in files if ".so" in target})
    changes = (
        f"LABEL {LABEL}=true",
        "ENV LAMBDA_TASK_ROOT=/var/task",
        "ENV LAMBDA_RUNTIME_DIR=/var/runtime",
        "ENV PYTHONPATH=/var/runtime",
        "ENV LANG=C.UTF-8",
        "ENV PATH=/var/lang/bin:/usr/bin:/bin",
        f"ENV LD_LIBRARY_PATH={':'.join(d for d in directories if not d.startswith('/var'))}",
        f"ENV AWS_EXECUTION_ENV=AWS_Lambda_python{python.version}",
    )
    options = [part for change in changes for part in ("--change", change)]
    with subprocess.Popen(
        ["docker", "import", *options, "-", name],
        env=dict(environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as docker:
        assert docker.stdin is not None
        assert docker.stderr is not None
        with docker.stdin as pipe, tarfile.open(fileobj=pipe, mode="w|") as tar:
            _write(tar, files, python)
        said = docker.stderr.read().decode(errors="replace")
    assert docker.returncode == 0, said


def _files(python: Python, architecture: str) -> Iterator[tuple[str, Path]]:
    """Yield a path in the image, and the file here that is to stand there."""
    interpreter = python.executable
    yield f"/var/lang/bin/python{python.version}", interpreter
    library = list(_below(python.stdlib, _LEFT_OUT))
    packages = [
        file
        for file in _below(python.packages)
        if not file.relative_to(python.packages).parts[0].startswith(_INSTALLERS)
    ]
    for root, target, files in (
        (python.stdlib, f"/var/lang/lib/python{python.version}", library),
        (python.packages, "/var/runtime", packages),
    ):
        for file in files:
            yield f"{target}/{file.relative_to(root)}", file
    yield "/var/rapid/aws-lambda-rie", emulator(architecture)
    binaries = [file for file in (*library, *packages) if ".so" in file.suffixes]
    for shared in _shared_libraries([interpreter, *binaries]):
        yield shared, Path(shared)


def _below(root: Path, left_out: Iterable[str] = ()) -> Iterator[Path]:
    for file in sorted(root.rglob("*")):
        first = file.relative_to(root).parts[0]
        unwanted = first in left_out or first.startswith("config-")
        if not unwanted and file.is_file():
            yield file


def _shared_libraries(binaries: list[Path]) -> set[str]:
    # It fails for those that need something this machine lacks too, such as a window system.
    asked = subprocess.run(["ldd", *binaries], capture_output=True, text=True, check=False)
    found = {match[1] for match in map(_LIBRARY.search, asked.stdout.splitlines()) if match}
    folders = {Path(path).parent for path in found}
    folders |= {Path("/usr", *folder.parts[1:]) for folder in folders}
    for name in _FOR_WHEELS:
        found |= {str(folder / name) for folder in folders if (folder / name).exists()}
    return found


def _write(tar: tarfile.TarFile, files: Mapping[str, Path], python: Python) -> None:
    for folder, mode in (("tmp", 0o1777), ("opt", 0o755), ("var/task", 0o755)):
        entry = tarfile.TarInfo(folder)
        entry.type, entry.mode = tarfile.DIRTYPE, mode
        tar.addfile(entry)
    texts = {
        "var/runtime/bootstrap": (_BOOTSTRAP.format(name=f"python{python.version}"), 0o755),
        "etc/passwd": ("root:x:0:0:root:/root:/bin/sh\n", 0o644),
        "etc/nsswitch.conf": ("hosts: files dns\n", 0o644),
    }
    for target, (text, mode) in texts.items():
        entry = tarfile.TarInfo(target)
        entry.size, entry.mode = len(text.encode()), mode
        tar.addfile(entry, io.BytesIO(text.encode()))
    for target, file in files.items():
        entry = tarfile.TarInfo(target.removeprefix("/"))
        executable = file.stat().st_mode & stat.S_IXUSR or target.startswith("/var/rapid")
        entry.size, entry.mode = file.stat().st_size, 0o755 if executable else 0o644
        with file.open("rb") as content:
            tar.addfile(entry, content)
