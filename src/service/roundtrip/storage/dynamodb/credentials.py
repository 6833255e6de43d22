"""The credentials with which requests are signed, from where Lambda puts them.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

from roundtrip.errors import ConfigurationError, StorageUnreachable
from roundtrip.limits import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from roundtrip.storage.dynamodb import profile
from roundtrip.storage.dynamodb.connection import OK, Connection, NotAnswered, context
from roundtrip.storage.dynamodb.endpoint import LOOPBACK
from roundtrip.storage.dynamodb.keys import Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip.storage.dynamodb.keys import Source

# As botocore does, credentials are renewed a quarter of an hour before they expire.
_AHEAD_S: Final = 15 * 60
# Pause after an attempt to renew credentials that are still valid.
_AGAIN_AFTER_S: Final = 60
_RELATIVE: Final = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
_FULL: Final = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_SERVER_ERROR: Final = 500
_ECS: Final = "http://169.254.170.2"
# Plain HTTP is for addresses that never leave the machine: these, and those of the loopback.
_LOCAL_HOSTS: Final = frozenset({"169.254.170.2", "169.254.170.23", "fd00:ec2::23"})


Fetch: TypeAlias = Callable[[], Credentials]


class KeptCredentials:
    """Keeps fetched credentials and renews them before they expire. Thread-safe."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self.forget()

    def current(self) -> Credentials:
        """Return the credentials for a request that is signed now.

        Raises
        ------
        ConfigurationError
            If there are none.
        StorageUnreachable
            If they cannot be fetched now.
        """
        kept, now_s = self._kept, time.time()
        valid = kept if kept is not None and now_s < _end_s(kept) else None
        if valid is not None and now_s < self._renew_at_s:
            return valid
        lock = self._lock
        # One thread renews valid credentials; the others go on with what they have.
        if not lock.acquire(timeout=0 if valid else CONNECT_TIMEOUT_S + READ_TIMEOUT_S):
            if valid is not None:
                return valid
            raise StorageUnreachable("The credentials endpoint has not answered another request.")
        try:
            if self._kept is not None and self._kept is not kept:
                return self._kept
            return self._renewed(valid, now_s)
        finally:
            lock.release()

    def forget(self) -> None:
        """Drop the credentials, so that the next request gets new ones."""
        self._lock = threading.Lock()
        self._kept: Credentials | None = None
        self._renew_at_s = 0.0

    def _renewed(self, valid: Credentials | None, now_s: float) -> Credentials:
        try:
            found = self._fetch()
        except (ConfigurationError, StorageUnreachable):
            if valid is None:
                raise
            found = valid
        self._kept = found
        self._renew_at_s = max(_end_s(found) - _AHEAD_S, now_s + _AGAIN_AFTER_S)
        return found


def source(environment: Mapping[str, str]) -> Source:
    """Return where the credentials of a process come from; nothing is fetched yet.

    The order is that of AWS's SDKs: keys in the environment, then profiles and all else that needs
    botocore, then the endpoint of the container, which a Lambda function with SnapStart has.
    """
    if environment.get("AWS_ACCESS_KEY_ID"):
        return KeptCredentials(lambda: _of_environment(environment))
    in_container = environment.get(_FULL) or environment.get(_RELATIVE)
    web_identity = environment.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    if web_identity or not in_container or profile.exists(environment):
        return profile.ProfileCredentials()
    return KeptCredentials(lambda: _of_container(environment))


def _end_s(credentials: Credentials) -> float:
    return math.inf if credentials.expires_s is None else credentials.expires_s


def _of_environment(environment: Mapping[str, str]) -> Credentials:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    access_key, secret_key, token = (environment.get(name, "") for name in names)
    if not secret_key:
        raise ConfigurationError("AWS_SECRET_ACCESS_KEY: expected a key, received nothing.")
    return Credentials(access_key, secret_key, token or None)


def _of_container(environment: Mapping[str, str]) -> Credentials:
    # Read each time: after a restore, or in time, the variables and the file have new content.
    url = environment.get(_FULL) or ""
    if relative := environment.get(_RELATIVE):
        url = _ECS + relative
    return _parsed(_fetched(url, _authorization(environment)))


def _authorization(environment: Mapping[str, str]) -> str:
    token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    if file := environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        try:
            token = Path(file).read_text("ascii", "replace").strip()
        except OSError as error:
            raise ConfigurationError(
                f"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: cannot read {file}: {error.strerror}."
            ) from error
    if not token.isascii() or not token.isprintable():
        raise ConfigurationError(
            "AWS_CONTAINER_AUTHORIZATION_TOKEN: expected one line of printable ASCII."
        )
    return token


def _fetched(url: str, authorization: str) -> bytes:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    tls = parts.scheme == "https"
    local = parts.scheme == "http" and (host in _LOCAL_HOSTS or LOOPBACK.fullmatch(host))
    if not (tls or local) or not url.isascii() or " " in url or "@" in parts.netloc:
        raise ConfigurationError(
            f"{_FULL}: expected https, or http on this machine, received a URL of {host!r}."
        )
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    token = f"Authorization: {authorization}\r\n" if authorization else ""
    head = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: application/json\r\n{token}\r\n"
    try:
        connection = Connection(host, port or (443 if tls else 80), context(tls=tls))
        answer = connection.exchange(head.encode())
        connection.close()
    except NotAnswered as error:
        raise StorageUnreachable(f"The credentials endpoint did not answer: {error}") from error
    if answer.status >= _SERVER_ERROR:
        raise StorageUnreachable(f"The credentials endpoint has status {answer.status}.")
    if answer.status != OK:
        raise ConfigurationError(f"The credentials endpoint answers status {answer.status}.")
    return answer.body


def _parsed(body: bytes) -> Credentials:
    try:
        found = json.loads(body)
        end = found.get("Expiration")
        return Credentials(
            found["AccessKeyId"],
            found["SecretAccessKey"],
            found.get("Token"),
            datetime.fromisoformat(end).timestamp() if end else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        # Neither the answer nor an error about it may be shown: it contains secrets.
        raise ConfigurationError(
            "The credentials endpoint sent something else than credentials."
        ) from None
