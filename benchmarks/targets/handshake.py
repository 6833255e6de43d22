"""What opens a WebSocket of a deployed API, beside `roundtrip_devtools.credentials` for HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from roundtrip_devtools.credentials import Bearer
from roundtrip_devtools.errors import CredentialsError

if TYPE_CHECKING:
    from roundtrip_devtools.credentials import Credentials


def handshake_headers(credentials: Credentials, url: str) -> dict[str, str]:
    """Give the headers of the GET request that asks for the upgrade.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html

    Parameters
    ----------
    credentials
        Who asks.
    url
        The API, ``wss://`` or ``ws://``.

    Raises
    ------
    CredentialsError
        When they cannot be made; or for a bearer token, because WebSocket APIs know IAM and Lambda
        authorizers, and no JWT authorizer:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-control-access.html
    """
    if isinstance(credentials, Bearer):
        raise CredentialsError(
            f"{url}: API Gateway has no JWT authorizer for WebSocket APIs. Measure stacks that "
            f"take sigv4 or are open, or leave the streamed one out."
        )
    # The signer leaves out of Host what is the default port of the schemes it knows.
    parts = urlsplit(url)
    request = parts._replace(
        scheme={"wss": "https", "ws": "http"}[parts.scheme], path=parts.path or "/"
    )
    return credentials.headers("GET", urlunsplit(request))
