"""HTTP requests to an API, and checks of its answers."""

from __future__ import annotations

import contextlib
import json as jsonlib
import re
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

import httpx

from roundtrip_devtools.environment import is_loopback
from roundtrip_devtools.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip_devtools.credentials import Credentials

NOTHING: Final[Any] = object()
"""No body, which is not the same as the JSON value null."""

# An HTTP API answers within 30 s:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
_TIMEOUT_S: Final = 35.0
_LOOPBACK: Final = "127.0.0.1"
_SHOWN_CHARACTERS: Final = 500


class CaseFailed(Exception):
    """The API does not do what it should; the message names the request and the difference."""


class Unreachable(CaseFailed):
    """The API did not answer."""


@dataclass(frozen=True)
class Answer:
    """The API's answer to a request; `request` is its method and path, for messages."""

    request: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        with contextlib.suppress(ValueError):
            document = jsonlib.loads(self.body)
            # sam local passes Lambda's report of a crash on with status 200.
            if isinstance(document, dict) and "errorMessage" not in document:
                return document
        raise self.failure("a JSON object")

    @property
    def slug(self) -> str:
        """The last part of a problem's type; empty for any other answer."""
        path, _, slug = str(self.document.get("type")).rpartition("/")
        return slug if path == "/problems" else ""

    def expect(self, status: int, version: int | None = None, **headers: str | None) -> Answer:
        """Require a status, the ETag of a version, and headers; None means a header is absent."""
        if self.status != status:
            raise self.failure(f"status {status}")
        tag = self.headers.get("etag", "no ETag")
        if version is not None and not re.fullmatch(rf'"{version}\.[0-9a-f]{{8}}"', tag):
            raise CaseFailed(
                f"{self.request}: expected an ETag of version {version}, such as "
                f"'\"{version}.6b86b273\"'; received {tag!r}."
            )
        for name, expected in headers.items():
            header = name.replace("_", "-")
            self.require(f"the header {header}", expected, self.headers.get(header))
        return self

    def expect_document(self, expected: Mapping[str, Any]) -> None:
        """Require a whole body, plus the times of creation and of the last change."""
        document = self.document
        times = [str(document.pop(name, None)) for name in ("createdAt", "updatedAt")]
        self.require("the body", dict(expected), document)
        try:
            offsets = {datetime.fromisoformat(time).utcoffset() for time in times}
        except ValueError:
            offsets = set()
        if offsets != {timedelta(0)}:
            raise self.failure("createdAt and updatedAt to be times in UTC")

    def has(self, **fields: object) -> Answer:
        """Require fields of the document."""
        document = self.document
        self.require("the body", fields, {name: document.get(name) for name in fields})
        return self

    def problem(self, status: int, slug: str, **facts: object) -> dict[str, Any]:
        """Require a problem with facts, https://www.rfc-editor.org/rfc/rfc9457, and return it."""
        self.expect(status, content_type="application/problem+json")
        document = self.has(type=f"/problems/{slug}", status=status, **facts).document
        if not document.get("title") or not document.get("detail"):
            raise self.failure("the problem to have a title and a detail")
        return document

    def require(self, what: str, expected: object, received: object) -> None:
        """Require two values to be equal, also in their JSON types."""
        # Python alone takes 1 for True and for 1.0.
        if received != expected or _json(received) != _json(expected):
            raise CaseFailed(
                f"{self.request}: expected {what} to be {expected!r}; received {received!r}."
            )

    def failure(self, expected: str) -> CaseFailed:
        """Return the error that says what was expected, and shows this answer."""
        text = self.body.decode(errors="replace")
        cut = f"{text[:_SHOWN_CHARACTERS]}..." if len(text) > _SHOWN_CHARACTERS else text
        is_page = text.lstrip().lower().startswith(("<!doctype html", "<html"))
        shown = "a page of HTML" if is_page else repr(cut)
        hint = " Choose the credentials with AUTH or --auth." if self.status in {401, 403} else ""
        return CaseFailed(
            f"{self.request}: expected {expected}; received status {self.status}, {shown}.{hint}"
        )


class Client:
    """Sends each request once: no proxy, no redirect, no retry.

    The path of the API's URL, if any, is put before every path. A host whose name ends with
    ``.localhost`` is this machine, as for browsers and curl, whatever the local resolver says:
    https://www.rfc-editor.org/rfc/rfc6761#section-6.3
    """

    def __init__(self, url: str, credentials: Credentials) -> None:
        self.url = url.rstrip("/")
        # Trusts the certificates of this machine, which take a while to load; httpx has its own.
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if httpx.URL(url).scheme == "https":
            tls = ssl.create_default_context()
        self._http = httpx.Client(
            auth=credentials, timeout=_TIMEOUT_S, transport=_Transport(verify=tls), trust_env=False
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

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
        """Send a request; raises `Unreachable` without an answer.

        Its body is `json` or `body`, as ``application/json`` unless a header says otherwise.
        """
        body = body if json is NOTHING else jsonlib.dumps(json).encode()
        path += f"?{urlencode(query, quote_via=quote)}" if query else ""
        kind = {} if body is None else {"Content-Type": "application/json"}
        try:
            got = self._http.request(
                method, self.url + path, content=body, headers={**kind, **(headers or {})}
            )
        except httpx.HTTPError as error:
            raise Unreachable(f"{method} {path}: no answer from {self.url} ({error}).") from error
        received = resolved(got.headers, self.url, path)
        return Answer(f"{method} {path}", got.status_code, received, got.content)


def resolved(headers: httpx.Headers, url: str, path: str) -> httpx.Headers:
    """Return headers whose Location is a path below the API's URL, or another URL."""
    if location := headers.get("location"):
        headers["location"] = str(httpx.URL(url + path).join(location)).removeprefix(url)
    return headers


class _Transport(httpx.HTTPTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host.endswith(".localhost"):
            request.url = request.url.copy_with(host=_LOOPBACK)
        return super().handle_request(request)


def checked_api_url(setting: str, value: str, *, secret: bool) -> str:
    """Return the URL if it can be that of an API; `secret` requests need TLS or this machine."""
    url = _url(value)
    if url is None or url.scheme not in {"http", "https"} or not url.host:
        expected = "a URL such as https://HOST/STAGE or http://127.0.0.1:3000"
        raise SettingError(setting, expected=expected, value=value)
    if secret and url.scheme == "http" and not is_loopback(value):
        raise SettingError(setting, expected="an https:// URL for signed requests", value=value)
    return value


def _url(value: str) -> httpx.URL | None:
    """Return a URL without user, query and fragment."""
    try:
        # httpx knows no limit of a port, and forgets that of the scheme.
        valid = urlsplit(value).port != 0 and value.isprintable() and not set(value) & set("@?# ")
        return httpx.URL(value) if valid else None
    except (ValueError, httpx.InvalidURL):
        return None


def _json(value: object) -> str:
    return jsonlib.dumps(value, sort_keys=True, default=sorted)
