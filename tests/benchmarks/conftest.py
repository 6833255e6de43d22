from __future__ import annotations

from tests.benchmarks.deployed_fixtures import (
    aws,
    certificate,
    dev_server_url,
    no_aws,
    tls,
    trusted,
)

__all__ = ["aws", "certificate", "dev_server_url", "no_aws", "tls", "trusted"]
