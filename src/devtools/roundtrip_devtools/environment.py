"""The environment variables of a handler that runs on this machine."""

import contextlib
import ipaddress
import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.template import AuthMode, FunctionDefinition

TABLE_NAME = "roundtrip-dev"
FUNCTION_NAME = "roundtrip-dev"

STREAM_VARIABLE = "ROUNDTRIP_STREAM"
"""Names the ARN of the table's stream, for the workers of a dev server that follows it."""

DEVTOOLS_VARIABLE = "REDUX_DEVTOOLS"
"""Names the host and port of Redux DevTools, for the dev server and its workers."""

# Local engines do not check these, but keep data apart by them.
DUMMY_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
LOCAL_REGION = "us-east-1"

# Otherwise long lines of JSON and metrics would bury the server's short line for each request.
# A developer who wants them sets these variables in the shell.
_QUIET = {"POWERTOOLS_LOG_LEVEL": "WARNING", "POWERTOOLS_METRICS_DISABLED": "true"}

_AWS_ENDPOINT = re.compile(
    r"dynamodb(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)",
)

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]+)?")


def handler_environment(
    environ: Mapping[str, str],
    function: FunctionDefinition,
    *,
    endpoint_url: str,
    own_engine: bool,
    auth_mode: AuthMode = "NONE",
) -> dict[str, str]:
    """Return the whole environment of the handler.

    The developer's environment overrules the variables in the template. If the dev server started
    the engine itself, nothing of the developer's AWS configuration is used, so that the data never
    depend on it.
    """
    result = {**function.variables, **_QUIET, **environ}
    result |= {
        "TABLE_NAME": TABLE_NAME,
        "AUTH_MODE": auth_mode,
        "AWS_LAMBDA_FUNCTION_NAME": FUNCTION_NAME,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint_url,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if own_engine:
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
            result.pop(name, None)
        result |= {
            **DUMMY_CREDENTIALS,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_REGION": LOCAL_REGION,
            "AWS_DEFAULT_REGION": LOCAL_REGION,
        }
    elif is_loopback(endpoint_url):
        if not {"AWS_ACCESS_KEY_ID", "AWS_PROFILE"} & result.keys():
            result |= DUMMY_CREDENTIALS
        result.setdefault("AWS_DEFAULT_REGION", result.get("AWS_REGION", LOCAL_REGION))
        result.setdefault("AWS_REGION", result["AWS_DEFAULT_REGION"])
    elif region := _aws_region(endpoint_url):
        # A signature for another region would be refused.
        result |= {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    return result


def is_aws(endpoint_url: str) -> bool:
    """Return whether a URL names the DynamoDB of an AWS region."""
    return _aws_region(endpoint_url) is not None


def _aws_region(endpoint_url: str) -> str | None:
    match = _AWS_ENDPOINT.fullmatch(urlsplit(endpoint_url).hostname or "")
    return match[1] if match else None


def checked_endpoint_url(setting: str, value: str) -> str:
    """Return a setting if it is a URL for a DynamoDB client; otherwise raise `SettingError`."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(value)
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return value
    raise SettingError(setting, expected="a URL such as http://127.0.0.1:8000", value=value)


def checked_origin(setting: str, value: str) -> str:
    """Return a setting if it is an origin as browsers send it; otherwise raise `SettingError`."""
    with contextlib.suppress(ValueError):
        if _ORIGIN.fullmatch(value) and urlsplit(value).port != 0:
            return value
    expected = "an origin in lower case, scheme://host[:port], such as https://shop.example"
    raise SettingError(setting, expected=expected, value=value)


def checked_address(setting: str, value: str) -> str:
    """Return a setting if it is a host and a port; otherwise raise `SettingError`."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(f"//{value}")
        if parts.netloc == value and parts.hostname and parts.port and "@" not in value:
            return value
    raise SettingError(setting, expected="a host and port such as localhost:8000", value=value)


def is_loopback(url: str) -> bool:
    """Return whether a URL names this machine."""
    host = ""
    try:
        # Raises for brackets that hold no IPv6 address, too.
        host = urlsplit(url).hostname or ""
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
