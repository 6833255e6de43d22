"""What the dev server says once it is ready: where it is, who may call, and one thing to try."""

from __future__ import annotations

import http.client
import json
import os
import shlex
import sys
import threading
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from roundtrip_devtools.environment import LOCAL_REGION
from roundtrip_devtools.users import USERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip_devtools.access import Access
    from roundtrip_devtools.users import User

_TIMEOUT_S = 60
_RETRY_S = 1.0
_DOCUMENT = "/openapi.json"
_HEALTH = "/health"
_OWN_PATHS = {_HEALTH, _DOCUMENT}
_STORE_PATHS = "/stores/"


def announce(url: str, *, database: str, access: Access, stores_file: Path) -> None:
    """Tell that the server is ready, once it is.

    Parameters
    ----------
    url : str
        Where the API answers.
    database : str
        Where its data are, for a person.
    access : Access
        Who may call.
    stores_file : Path
        Where the application's stores are listed, for a person.
    """
    complained = False
    stopped = threading.Event()
    while (status := _get(url, _HEALTH)[0]) != HTTPStatus.OK:
        if not complained:
            print(f"Not ready: {url}{_HEALTH} answers {status}.", file=sys.stderr, flush=True)
            complained = True
        stopped.wait(_RETRY_S)
    user = USERS[0]
    status, document = _get(url, _DOCUMENT, access.authorization(user))
    if described := status == HTTPStatus.OK:
        path = first_list(document)
    else:
        path = _HEALTH
        print(
            f"{url}{_DOCUMENT} answers {status}: the document of this API cannot be made; "
            "the log has the cause.",
            file=sys.stderr,
            flush=True,
        )
    parts = [
        f"\nRoundtrip is ready: {url}  (DynamoDB: {database}; Ctrl-C stops)",
        f"  {url}/ is a page to see it",
        *_callers(access),
        *([_no_stores(stores_file)] if described and not has_stores(document) else []),
        f"  {_command(url + path, access, user)}\n",
    ]
    print("\n\n".join(parts), flush=True)


def first_list(document: bytes) -> str:
    """Return the path of the first list of an API, by its OpenAPI document.

    Parameters
    ----------
    document : bytes
        The document.

    Returns
    -------
    str
        The path; the document's own where there is no list, or no document.
    """
    paths = _paths(document).items()
    lists = (path for path, ways in paths if "get" in ways and "{" not in path)
    return next((path for path in lists if path not in _OWN_PATHS), _DOCUMENT)


def has_stores(document: bytes) -> bool:
    """Return whether an API has any store, by its OpenAPI document.

    Parameters
    ----------
    document : bytes
        The document.
    """
    return any(path.startswith(_STORE_PATHS) for path in _paths(document))


def _paths(document: bytes) -> Mapping[str, Any]:
    try:
        paths: Mapping[str, Any] = json.loads(document)["paths"]
    except (ValueError, KeyError):
        return {}
    return paths


def _no_stores(stores_file: Path) -> str:
    return f"  The application has no stores yet: add one to STORES in {stores_file}"


def _callers(access: Access) -> list[str]:
    tenants = access.tenants()
    match access.mode:
        case "JWT":
            users = ", ".join(f"{name} of {tenant}" for name, tenant in tenants.items())
            return [f"  Callers need a token (AUTH_MODE JWT). Users: {users}"]
        case "IAM":
            keys = [
                f"    {user.name}: AWS_ACCESS_KEY_ID={user.access_key} "
                f"AWS_SECRET_ACCESS_KEY={user.secret_key} AWS_REGION={LOCAL_REGION}"
                for user in USERS
            ]
            return ["\n".join(["  Callers sign their requests (AUTH_MODE IAM). Users:", *keys])]
        case "NONE":
            return []


def _command(url: str, access: Access, user: User) -> str:
    match access.mode:
        case "JWT":
            return f'curl {url} -H "Authorization: Bearer $({_own_command()} token {user.name})"'
        case "IAM":
            return (
                f"curl {url} --aws-sigv4 aws:amz:{LOCAL_REGION}:execute-api "
                f"--user {user.access_key}:{user.secret_key}"
            )
        case "NONE":
            return f"curl {url}"


def _own_command() -> str:
    """Return how a shell in the project's folder runs these tools."""
    here = Path.cwd()
    script = Path(sys.executable).parent / "roundtrip"
    program = script if script.exists() else Path(sys.executable)
    nearby = program.relative_to(here) if program.is_relative_to(here) else program
    shown = shlex.quote(str(nearby))
    if program == script:
        return shown
    sources = os.environ.get("PYTHONPATH")
    prefix = f"PYTHONPATH={shlex.quote(sources)} " if sources else ""
    return f"{prefix}{shown} -m roundtrip_devtools"


def _get(url: str, path: str, authorization: str | None = None) -> tuple[int | None, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_TIMEOUT_S)
    headers = {"Authorization": authorization} if authorization else {}
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return None, b""
    finally:
        connection.close()
