"""What stands for deployed stacks in tests: the dev server, AWS credentials, a certificate."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

import pytest

from benchmarks import checkout
from tests.benchmarks.recording import ACCESS_KEY, SECRET_KEY, make_certificate
from tests.integration.test_dev_server import dev_server as run_dev_server
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_STORES = checkout.FUNCTIONS_DIR / "streamed" / "orders.py"


@pytest.fixture(scope="session")
def dev_server_url(
    ministack_endpoint: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a running ``python -m roundtrip_devtools dev``, which lets everyone in."""
    tree = make_project(tmp_path_factory.mktemp("dev-server") / "project", _STORES)
    with run_dev_server(tree, AWS_ENDPOINT_URL_DYNAMODB=ministack_endpoint) as server:
        yield server.url
        server.stop()


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
    """A certificate for 127.0.0.1, with its key; nobody trusts it yet."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """What a server with the certificate needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make clients trust the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
