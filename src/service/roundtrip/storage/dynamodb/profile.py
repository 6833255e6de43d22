"""Settings and credentials that only AWS's SDK reads: profiles, SSO, web identity, processes.

Loads botocore, which Lambda's runtime and development machines have. A Lambda function gets its
settings from its environment and needs none of this.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from roundtrip.errors import ConfigurationError
from roundtrip.storage.dynamodb import endpoint as endpoints
from roundtrip.storage.dynamodb.keys import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from roundtrip.storage.dynamodb.endpoint import Endpoint

_UNUSED: Final = "unused"


def endpoint(environment: Mapping[str, str]) -> Endpoint:
    """Return the endpoint that botocore calls.

    Raises
    ------
    ConfigurationError
        If botocore is missing or cannot make a client, or a setting is not supported.
    """
    with _sdk_errors():
        session = _session()
        region = endpoints.region(environment) or session.get_config_variable("region")
        if not region:
            raise ConfigurationError(endpoints.NO_REGION)
        client: Any = session.create_client(
            "dynamodb",
            region_name=region,
            # The endpoint does not depend on them, and botocore would look for them now.
            aws_access_key_id=_UNUSED,
            aws_secret_access_key=_UNUSED,
        )
    found = endpoints.parse(client.meta.endpoint_url, client.meta.region_name)
    endpoints.refuse_proxy(environment, found)
    return found


class ProfileCredentials:
    """Credentials from botocore's chain, which renews them by itself."""

    def __init__(self) -> None:
        self._found: Any = None

    def current(self) -> Credentials:
        """Return the credentials for a request that is signed now.

        Raises
        ------
        ConfigurationError
            If there are none, or botocore cannot renew them.
        """
        with _sdk_errors():
            found = self._found or _session().get_credentials()
            if found is None:
                raise ConfigurationError("Found no AWS credentials; configure some for the SDK.")
            self._found = found
            frozen = found.get_frozen_credentials()
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    def forget(self) -> None:
        """Look for credentials again before the next request."""
        self._found = None


def exists(environment: Mapping[str, str]) -> bool:
    """Return whether there is a profile, or a file of profiles, which only the SDK reads."""
    if environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE"):
        return True
    files = (
        environment.get("AWS_CONFIG_FILE") or "~/.aws/config",
        environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials",
    )
    # Unlike `pathlib`, these fail neither without a home nor without permission to enter it.
    return any(os.path.exists(os.path.expanduser(file)) for file in files)  # noqa: PTH110, PTH111


def _session() -> Any:
    try:
        import botocore.session  # noqa: PLC0415 - what it is needed for is rare, and it loads long
    except ImportError as error:
        raise ConfigurationError(
            "Found no AWS settings in the environment; install boto3 to read them from elsewhere."
        ) from error
    return botocore.session.get_session()


@contextmanager
def _sdk_errors() -> Iterator[None]:
    try:
        yield
    except ConfigurationError:
        raise
    except Exception as error:
        raise ConfigurationError(f"The AWS SDK cannot be configured: {error}") from error
