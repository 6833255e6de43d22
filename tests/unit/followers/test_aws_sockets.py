from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from roundtrip.followers.aws_sockets import ManagementApi
from roundtrip.followers.poster import Gone

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://abc.execute-api.eu-central-1.amazonaws.com/live"


class Stubbed:
    def __init__(self) -> None:
        self.client = boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=URL,
            region_name="eu-central-1",
            aws_access_key_id="none",
            aws_secret_access_key="none",
        )
        self.stub = Stubber(self.client)
        self.made: list[str] = []
        self.api = ManagementApi(URL, make_client=self.make)

    def make(self, url: str) -> object:
        self.made.append(url)
        return self.client


@pytest.fixture
def stubbed() -> Iterator[Stubbed]:
    found = Stubbed()
    with found.stub:
        yield found


def test_a_message_is_sent_as_utf8(stubbed: Stubbed) -> None:
    for text in ("\u20ac", "x"):
        expected = {"ConnectionId": "c", "Data": text.encode()}
        stubbed.stub.add_response("post_to_connection", {}, expected)
        stubbed.api.post("c", text)
    stubbed.stub.assert_no_pending_responses()
    assert stubbed.made == [URL]


def test_a_closed_connection_is_gone(stubbed: Stubbed) -> None:
    stubbed.stub.add_client_error("post_to_connection", "GoneException", http_status_code=410)
    with pytest.raises(Gone, match="connection c"):
        stubbed.api.post("c", "x")


def test_another_error_is_not(stubbed: Stubbed) -> None:
    stubbed.stub.add_client_error("post_to_connection", "ForbiddenException", http_status_code=403)
    with pytest.raises(ClientError, match="ForbiddenException"):
        stubbed.api.post("c", "x")
