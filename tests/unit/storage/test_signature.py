from __future__ import annotations

import string
from datetime import UTC, datetime
from unittest.mock import patch

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SdkCredentials
from hypothesis import given
from hypothesis import strategies as st

from roundtrip.storage.dynamodb.endpoint import parse
from roundtrip.storage.dynamodb.keys import Credentials
from roundtrip.storage.dynamodb.signature import CONTENT_TYPE, Signer, timestamp

NAMES = st.text(string.ascii_letters + string.digits, min_size=1, max_size=40)
SECRETS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=80)
CREDENTIALS = st.builds(Credentials, NAMES, SECRETS, st.none() | SECRETS)
URLS = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["dynamodb.eu-west-1.amazonaws.com", "Example.ORG", "127.0.0.1", "[::1]"]),
    st.sampled_from(["", ":80", ":443", ":8000", "/"]),
)
TIMES = st.integers(946_684_800, 4_102_444_800).map(lambda at_s: datetime.fromtimestamp(at_s, UTC))


def of_the_sdk(
    url: str, region: str, target: str, body: bytes, keys: Credentials, at: datetime
) -> tuple[str, str]:
    request = AWSRequest(
        method="POST",
        url=url,
        data=body,
        headers={"Content-Type": CONTENT_TYPE, "X-Amz-Target": target},
    )
    sdk = SdkCredentials(keys.access_key, keys.secret_key, keys.token)
    with patch("botocore.auth.get_current_datetime", return_value=at):
        SigV4Auth(sdk, "dynamodb", region).add_auth(request)
    return request.headers["Authorization"], request.headers["X-Amz-Date"]


@given(
    url=URLS,
    region=NAMES,
    requests=st.lists(
        st.tuples(NAMES.map("DynamoDB_20120810.{}".format), st.binary(), CREDENTIALS, TIMES),
        min_size=1,
        max_size=4,
    ),
)
def test_every_request_is_signed_as_by_the_sdk(
    url: str, region: str, requests: list[tuple[str, bytes, Credentials, datetime]]
) -> None:
    # One signer, so that a key which is kept too long shows.
    signer = Signer(parse(url, region))
    for target, body, credentials, at in [*requests, *requests]:
        amz_date = timestamp(at.timestamp())
        found = signer.authorization(target, body, credentials=credentials, amz_date=amz_date)
        assert (found, amz_date) == of_the_sdk(url, region, target, body, credentials, at)


def test_after_a_restore_no_key_is_left() -> None:
    signer = Signer(parse("http://localhost", "eu-west-1"))
    credentials = Credentials("AKID", "hidden")
    signer.authorization("t", b"", credentials=credentials, amz_date="20260101T000000Z")
    assert "hidden" in repr(vars(signer))
    signer.forget()
    assert "hidden" not in repr(vars(signer))
