"""The message that the dev server is ready: its URL, who may call, and a command to try."""

from __future__ import annotations

import http.client
import json
import os
import shlex
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from roundtrip_devtools.access import USERS
from roundtrip_devtools.environment import LOCAL_REGION

if TYPE_CHECKING:
    from roundtrip_devtools.access import Access

_DOCUMENT: Final = "/openapi.json"
_HEALTH: Final = "/health"


def announce(url: str, *, database: str, access: Access, stores_file: Path) -> None:
    """Print that the server is ready, once it is; the database and the file are for a person."""
    complained = False
    while (status := _get(url, _HEALTH)[0]) != http.HTTPStatus.OK:
        if not complained:
            _complain(f"Not ready: {url}{_HEALTH} answers {status}.")
            complained = True
        threading.Event().wait(1)
    status, document = _get(url, _DOCUMENT, access.authorization(USERS[0]))
    path, hints = _HEALTH, []
    if status == http.HTTPStatus.OK:
        paths = document_paths(document)
        path = first_list(paths)
        if not any(path.startswith("/stores/") for path in paths):
            hints = [f"  The application has no stores yet: add one to STORES in {stores_file}"]
    else:
        _complain(
            f"{url}{_DOCUMENT} answers {status}: the document of this API cannot be made; "
            "the log has the cause."
        )
    callers, command = _callers(url + path, access)
    ready = f"\nRoundtrip is ready: {url}  (DynamoDB: {database}; Ctrl-C stops)"
    parts = [ready, f"  {url}/ is a page to see it", *callers, *hints, f"  {command}\n"]
    print("\n\n".join(parts), flush=True)


def document_paths(document: bytes) -> dict[str, Any]:
    """Return the paths in an OpenAPI document; none if it is not such a document."""
    try:
        paths: dict[str, Any] = json.loads(document)["paths"]
    except (ValueError, KeyError):
        return {}
    return paths


def first_list(paths: dict[str, Any]) -> str:
    """Return the path of the first list; the document's own where there is no list."""
    lists = (path for path, methods in paths.items() if "get" in methods and "{" not in path)
    return next((path for path in lists if path not in {_HEALTH, _DOCUMENT}), _DOCUMENT)


def _callers(url: str, access: Access) -> tuple[list[str], str]:
    """Return the lines about the callers, and a command of one of them."""
    user = USERS[0]
    match access.mode:
        case "JWT":
            users = ", ".join(f"{name} of {tenant}" for name, tenant in access.tenants.items())
            token = f"$({_own_command()} token {user.name})"
            lines = [f"  Callers need a token (AUTH_MODE JWT). Users: {users}"]
            return lines, f'curl {url} -H "Authorization: Bearer {token}"'
        case "IAM":
            keys = [
                f"\n    {one.name}: AWS_ACCESS_KEY_ID={one.access_key} "
                f"AWS_SECRET_ACCESS_KEY={one.secret_key} AWS_REGION={LOCAL_REGION}"
                for one in USERS
            ]
            lines = [f"  Callers sign their requests (AUTH_MODE IAM). Users:{''.join(keys)}"]
            signing = f"--aws-sigv4 aws:amz:{LOCAL_REGION}:execute-api"
            return lines, f"curl {url} {signing} --user {user.access_key}:{user.secret_key}"
        case "NONE":
            return [], f"curl {url}"


def _own_command() -> str:
    """Return how a shell in the project's folder runs these tools."""
    here, python = Path.cwd(), Path(sys.executable)
    script = python.parent / "roundtrip"
    program = script if script.exists() else python
    nearby = program.relative_to(here) if program.is_relative_to(here) else program
    if program == script:
        return shlex.quote(str(nearby))
    sources = os.environ.get("PYTHONPATH")
    prefix = f"PYTHONPATH={shlex.quote(sources)} " if sources else ""
    return f"{prefix}{shlex.quote(str(nearby))} -m roundtrip_devtools"


def _complain(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _get(url: str, path: str, authorization: str | None = None) -> tuple[int | None, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    headers = {"Authorization": authorization} if authorization else {}
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return None, b""
    finally:
        connection.close()
