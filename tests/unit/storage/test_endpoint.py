from __future__ import annotations

from itertools import product

import botocore.session
import pytest
from botocore.endpoint_provider import EndpointProvider

from roundtrip.errors import ConfigurationError
from roundtrip.storage.dynamodb.endpoint import Endpoint, endpoint

SDK = botocore.session.get_session()
SWITCHES = {"AWS_USE_FIPS_ENDPOINT": "UseFIPS", "AWS_USE_DUALSTACK_ENDPOINT": "UseDualStack"}
LOADER = SDK.get_component("data_loader")
PARTITIONS = LOADER.load_data("partitions")
REGIONS = [
    *(
        region
        for partition in PARTITIONS["partitions"]
        for region in partition["regions"]
        # These names are for services that have no regions.
        if not region.endswith("-global")
    ),
    "xx-north-1",
]


PROVIDER = EndpointProvider(
    LOADER.load_service_model("dynamodb", "endpoint-rule-set-1"), PARTITIONS
)


def sdk_url(region: str, **switches: bool) -> str:
    return str(PROVIDER.resolve_endpoint(Region=region, **switches).url)


@pytest.mark.parametrize("chosen", [*product([False, True], repeat=2)])
def test_every_region_has_the_url_that_the_sdk_calls(chosen: tuple[bool, bool]) -> None:
    assert len(REGIONS) > 30
    switches = dict(zip(SWITCHES, chosen, strict=True))
    environment = {name: str(value) for name, value in switches.items()}
    expected = {
        region: sdk_url(region, **{SWITCHES[name]: on for name, on in switches.items()})
        for region in REGIONS
    }
    found = {region: endpoint({"AWS_REGION": region, **environment}) for region in REGIONS}
    assert {region: one.url for region, one in found.items()} == expected
    assert all(one.tls and one.port == 443 and one.region == at for at, one in found.items())


def test_the_region_of_local_engines_is_a_url_on_this_machine() -> None:
    assert endpoint({"AWS_REGION": "local"}).url == sdk_url("local") == "http://localhost:8000"


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({"AWS_ENDPOINT_URL": "http://a:1"}, "http://a:1"),
        ({"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_DYNAMODB": "https://b/"}, "https://b"),
        ({"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_DYNAMODB": "http://b:80"}, "http://b"),
        ({"AWS_ENDPOINT_URL": "http://[::1]:8000"}, "http://[::1]:8000"),
        (
            {"AWS_ENDPOINT_URL": "http://a", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True"},
            "https://dynamodb.eu-west-1.amazonaws.com",
        ),
    ],
)
def test_the_environment_may_set_a_url(environment: dict[str, str], url: str) -> None:
    assert endpoint({"AWS_REGION": "eu-west-1", **environment}).url == url


def test_lambdas_region_comes_before_that_of_the_sdk() -> None:
    found = endpoint({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"})
    assert found == Endpoint(
        "eu-west-1",
        tls=True,
        host="dynamodb.eu-west-1.amazonaws.com",
        port=443,
        authority="dynamodb.eu-west-1.amazonaws.com",
    )
    assert endpoint({"AWS_DEFAULT_REGION": "us-east-1"}).region == "us-east-1"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "AWS_REGION: expected a region, received nothing"),
        ({"AWS_REGION": "eu west"}, "received 'eu west'"),
        ({"AWS_REGION": "evil.example/"}, "received 'evil.example/'"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": "nowhere"}, "received 'nowhere'"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": "ftp://a"}, "http"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://a/path"}, "host"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://a?q"}, "host"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://a#f"}, "host"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://a:port"}, "port"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://user:hidden@a"}, "a URL with a user"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://b\u00fccher"}, "host"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://a b"}, "host"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://a..b"}, "host"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": f"http://{'a' * 64}.b"}, "host"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://[::1"}, "host"),
        ({"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://:80"}, "host"),
        (
            {"AWS_REGION": "r", "AWS_ENDPOINT_URL": "http://a", "AWS_USE_FIPS_ENDPOINT": "true"},
            "cannot be combined",
        ),
        ({"AWS_REGION": "r", "AWS_ACCOUNT_ID_ENDPOINT_MODE": "required"}, "ACCOUNT_ID"),
        ({"AWS_REGION": "r", "HTTPS_PROXY": "http://proxy"}, "add dynamodb.r.amazonaws.com to NO"),
        ({"AWS_REGION": "r", "https_proxy": "http://p", "no_proxy": "s.com"}, "HTTPS_PROXY"),
        (
            {"AWS_REGION": "r", "HTTP_PROXY": "http://p", "AWS_ENDPOINT_URL": "http://a:1"},
            "HTTP_PROXY is set",
        ),
    ],
)
def test_what_cannot_work_is_refused_at_the_start(
    environment: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as raised:
        endpoint(environment)
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    "environment",
    [
        {"HTTPS_PROXY": "http://proxy", "NO_PROXY": "*"},
        {"HTTPS_PROXY": "http://proxy", "NO_PROXY": "other, .amazonaws.com"},
        {"HTTPS_PROXY": "http://proxy", "no_proxy": "dynamodb.eu-west-1.amazonaws.com"},
        {"HTTP_PROXY": "http://proxy"},
        {"HTTP_PROXY": "http://proxy", "AWS_ENDPOINT_URL": "http://127.0.0.1:8000"},
        {"HTTP_PROXY": "http://proxy", "AWS_ENDPOINT_URL": "http://localhost:8000"},
    ],
)
def test_a_proxy_for_other_hosts_does_no_harm(environment: dict[str, str]) -> None:
    assert endpoint({"AWS_REGION": "eu-west-1", **environment}).region == "eu-west-1"
