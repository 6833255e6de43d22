"""HTTP, from wherever this runs to an API at a URL."""

from __future__ import annotations

import json as jsonlib
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from roundtrip_devtools.environment import is_loopback
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.smoke.answer import Answer, CaseFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

    from roundtrip_devtools.credentials import Credentials

NOTHING: Final[Any] = object()
MOST_AT_ONCE: Final = 4
"""Requests that may be under way at the same time."""

# An HTTP API answers after 30 s at the latest:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
_TIMEOUT_S: Final = 35.0
_LOOPBACK: Final = "127.0.0.1"
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]+)?")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class Unreachable(CaseFailed):
    """An API gave no answer at all."""


class Client:
    """Sends each request once: no proxy, no redirect, no retry.

    A host whose name ends with ``.localhost`` is this machine, as browsers and curl have it
    (https://www.rfc-editor.org/rfc/rfc6761#section-6.3), whatever the resolver here thinks.

    Parameters
    ----------
    url : str
        Where the API answers; its path, if any, stands before every path.
    credentials : Credentials
        Who asks.
    """

    def __init__(self, url: str, credentials: Credentials) -> None:
        self.url = url.rstrip("/")
        self._credentials = credentials
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        self._base_path = parts.path
        # Without the default port, as it is signed.
        shown = f"[{host}]" if ":" in host else host
        is_default = parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)}
        self._host_header = shown if is_default else f"{shown}:{parts.port}"
        pool = HTTPSConnectionPool if parts.scheme == "https" else HTTPConnectionPool
        self._pool = pool(
            _LOOPBACK if host.endswith(".localhost") else host,
            parts.port,
            timeout=_TIMEOUT_S,
            maxsize=MOST_AT_ONCE,
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def send(
        self,
        method: str,
        path: str,
        json: object = NOTHING,
        *,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request and read its answer.

        Parameters
        ----------
        method, path : str
            The request; the path begins with ``/``.
        json : object, optional
            Written as the body.
        body : bytes, optional
            The body as it is, in place of `json`.
        query, headers : Mapping, optional
            Further parts. A body is ``application/json`` unless the headers say otherwise.

        Returns
        -------
        Answer
            The answer, whatever its status.

        Raises
        ------
        Unreachable
            There was none.
        CredentialsError
            The request cannot be signed.
        """
        if json is not NOTHING:
            body = jsonlib.dumps(json).encode()
        if query:
            path += f"?{urlencode(query, quote_via=quote)}"
        all_headers = {"Host": self._host_header}
        if body is not None:
            all_headers["Content-Type"] = "application/json"
        all_headers |= headers or {}
        all_headers |= self._credentials.headers(method, self.url + path, body or b"")
        try:
            response = self._pool.request(
                method,
                self._base_path + path,
                body=body,
                headers=all_headers,
                retries=False,
                redirect=False,
                assert_same_host=False,
            )
        except HTTPError as error:
            raise Unreachable(f"{method} {path}: no answer from {self.url} ({error}).") from error
        return Answer(
            request=f"{method} {path}",
            status=response.status,
            headers=response.headers,
            body=response.data,
        )


def checked_api_url(setting: str, value: str, *, secret: bool) -> str:
    """Return the URL if an API can be there.

    Parameters
    ----------
    setting : str
        Where it comes from, for the message.
    value : str
        The URL; its path may name a stage.
    secret : bool
        Whether requests carry a signature or a token, which leave this machine by TLS only.

    Returns
    -------
    str
        The URL.

    Raises
    ------
    SettingError
        It is not one.
    """
    parts = _parts(value)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        expected = "a URL such as https://HOST/STAGE or http://127.0.0.1:3000"
        raise SettingError(setting, expected=expected, value=value)
    if secret and parts.scheme == "http" and not is_loopback(value):
        raise SettingError(setting, expected="an https:// URL for signed requests", value=value)
    return value


def checked_origin(setting: str, value: str) -> str:
    """Return the origin if a page can have it.

    Parameters
    ----------
    setting : str
        Where it comes from, for the message.
    value : str
        The origin.

    Returns
    -------
    str
        The origin.

    Raises
    ------
    SettingError
        It is not one.
    """
    parts = _parts(value)
    # Browsers send it so, and it is compared as text.
    if parts is None or not _ORIGIN.fullmatch(value):
        expected = "an origin in lower case, scheme://host[:port], such as https://shop.example"
        raise SettingError(setting, expected=expected, value=value)
    return value


def _parts(value: str) -> SplitResult | None:
    """Return the parts of a URL that has a path as its last one."""
    try:
        parts = urlsplit(value)
        # Computed when it is asked for, and only then refused.
        valid = parts.port != 0
    except ValueError:
        return None
    valid = valid and value.isprintable() and " " not in value
    return parts if valid and not (parts.query or parts.fragment or "@" in value) else None
