"""Stand-ins for deployed stacks: the service, AWS credentials, a certificate."""

import json
import os
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.containers import Container
from benchmarks.engines import Engine
from tests.benchmarks.recording import (
    ACCESS_KEY,
    SECRET_KEY,
    Received,
    make_certificate,
    recording,
)


@pytest.fixture(scope="session")
def engine(ministack_endpoint: str) -> Engine:
    return Engine("ministack", ministack_endpoint)


@pytest.fixture(scope="module")
def table(engine: Engine) -> str:
    return engine.table()


@pytest.fixture(scope="session")
def service_url(engine: Engine) -> Iterator[str]:
    """The URL of the coupled service, which lets everyone in, on a server of this process."""
    container = Container(engine, engine.table())

    def answer(request: Received) -> tuple[int, bytes]:
        document = json.loads(request.body) if request.body else None
        result = container.invoke(container.invocation(request.method, request.path, document))
        return result["statusCode"], result.get("body", "").encode()

    with recording(answer) as server:
        yield server.url


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without AWS credentials or regions, of this machine or of its cloud."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def aws(no_aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment with the AWS credentials of `tests.benchmarks.recording`, and a region."""
    del no_aws
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, with its key; no client trusts it yet."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """The context of a server with the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make clients trust the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
