"""Where DynamoDB is: region, URL and proxy settings, read as AWS's SDKs read them. Pure.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from roundtrip.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_REGION: Final = "AWS_REGION: expected a region, received nothing."

# Regions outside the partition "aws": prefix, DNS suffix, DNS suffix of dual-stack endpoints.
# https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
_PARTITIONS: Final = (
    ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
)
_AWS: Final = ("", "amazonaws.com", "api.aws")
_REGION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}")
_HOST: Final = re.compile(r"([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}|[0-9a-f.]*:[0-9a-f.:]+")
_PORTS: Final = {"http": 80, "https": 443}
LOOPBACK: Final = re.compile(r"localhost|127\.[0-9.]+|::1")
"""Hosts that are this machine."""


class Endpoint(NamedTuple):
    """An HTTP endpoint.

    Attributes
    ----------
    region
        The region for which requests are signed.
    authority
        Host and, unless it is the scheme's default, port: the ``Host`` header.
    """

    region: str
    tls: bool
    host: str
    port: int
    authority: str

    @property
    def url(self) -> str:
        """The URL, without a path."""
        return f"{'https' if self.tls else 'http'}://{self.authority}"


def region(environment: Mapping[str, str]) -> str | None:
    """Return the region that the environment names; Lambda sets ``AWS_REGION``."""
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or None


def configured_url(environment: Mapping[str, str]) -> str | None:
    """Return the URL that the environment sets in place of AWS's own."""
    if _is_true(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        return None
    names = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL")
    return next((url for name in names if (url := environment.get(name))), None)


def endpoint(environment: Mapping[str, str]) -> Endpoint:
    """Return the endpoint that the environment describes.

    Raises
    ------
    ConfigurationError
        If there is no region, or a setting is invalid or not supported.
    """
    name = region(environment)
    if name is None:
        raise ConfigurationError(NO_REGION)
    if environment.get("AWS_ACCOUNT_ID_ENDPOINT_MODE", "").lower() == "required":
        raise ConfigurationError(
            "AWS_ACCOUNT_ID_ENDPOINT_MODE: Roundtrip calls the endpoint of the region; "
            "use preferred or disabled."
        )
    fips = _is_true(environment, "AWS_USE_FIPS_ENDPOINT")
    dual_stack = _is_true(environment, "AWS_USE_DUALSTACK_ENDPOINT")
    url = configured_url(environment) or ("http://localhost:8000" if name == "local" else None)
    if url is None:
        url = _aws_url(name, fips=fips, dual_stack=dual_stack)
    elif fips or dual_stack:
        raise ConfigurationError(
            f"The endpoint {url} cannot be combined with AWS_USE_FIPS_ENDPOINT or "
            "AWS_USE_DUALSTACK_ENDPOINT; remove one of the settings."
        )
    found = parse(url, name)
    refuse_proxy(environment, found)
    return found


def parse(url: str, region_name: str) -> Endpoint:
    """Parse the URL of an endpoint.

    Raises
    ------
    ConfigurationError
        If the URL has another form than ``http(s)://host[:port]``, or the region is not a name.
    """
    if not _REGION.fullmatch(region_name):
        raise ConfigurationError(f"AWS_REGION: expected a region, received {region_name!r}.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    plain = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in _PORTS or not plain or not _HOST.fullmatch(host):
        # A URL may contain a password.
        shown = "a URL with a user" if "@" in url else repr(url)
        raise ConfigurationError(
            f"The endpoint of DynamoDB: expected http(s)://host[:port], received {shown}."
        )
    name = f"[{host}]" if ":" in host else host
    port = port or _PORTS[parts.scheme]
    authority = name if port == _PORTS[parts.scheme] else f"{name}:{port}"
    return Endpoint(region_name, parts.scheme == "https", host, port, authority)


def refuse_proxy(environment: Mapping[str, str], found: Endpoint) -> None:
    """Refuse the settings of a proxy that an SDK would use.

    Raises
    ------
    ConfigurationError
        If there is a proxy for the endpoint.
    """
    variable = "HTTPS_PROXY" if found.tls else "HTTP_PROXY"
    if not (environment.get(variable) or environment.get(variable.lower())):
        return
    excluded = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    for entry in excluded.replace(",", " ").split():
        suffix = entry.lstrip("*.").lower()
        if entry == "*" or found.host == suffix or found.host.endswith(f".{suffix}"):
            return
    if not LOOPBACK.fullmatch(found.host):
        raise ConfigurationError(
            f"{variable} is set, but Roundtrip connects to DynamoDB directly; "
            f"add {found.host} to NO_PROXY."
        )


def _aws_url(name: str, *, fips: bool, dual_stack: bool) -> str:
    _, suffix, dual_stack_suffix = next(
        (partition for partition in _PARTITIONS if name.startswith(partition[0])), _AWS
    )
    # In GovCloud the regional endpoint itself is the FIPS endpoint.
    with_name = fips and (dual_stack or not name.startswith("us-gov-"))
    service = "dynamodb-fips" if with_name else "dynamodb"
    return f"https://{service}.{name}.{dual_stack_suffix if dual_stack else suffix}"


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() == "true"
