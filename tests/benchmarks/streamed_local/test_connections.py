"""The management API, without a server."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import pytest

from benchmarks.streamed_local.connections import Answer, Connections, encoded
from benchmarks.streamed_local.messages import Client


class SilentSocket:
    """A socket whose client does not notice that it was closed."""

    async def send(self, text: str) -> None:
        raise AssertionError(f"{text} was sent")

    async def close(self, code: int, reason: str) -> None:
        pass


def test_a_connection_that_was_closed_is_gone_before_its_client_notices() -> None:
    async def scenario() -> list[HTTPStatus]:
        connections = Connections()
        client = Client(host="h", source_ip="127.0.0.1", user_agent="")
        connections.add(client, SilentSocket())
        one = client.connection_id
        return [
            (await connections.manage(method, one, b"x")).status for method in ("DELETE", "POST")
        ]

    assert asyncio.run(scenario()) == [HTTPStatus.NO_CONTENT, HTTPStatus.GONE]


def test_no_other_method_is_served() -> None:
    client = Client(host="h", source_ip="127.0.0.1", user_agent="")
    answer = asyncio.run(Connections().manage("PUT", client.connection_id, b""))
    assert answer == Answer(HTTPStatus.FORBIDDEN, "ForbiddenException")


@pytest.mark.parametrize("status", [HTTPStatus.OK, HTTPStatus.GONE])
def test_an_answer_without_a_body_says_so(status: HTTPStatus) -> None:
    assert encoded(Answer(status)) == ([(b"content-length", b"0")], b"")


def test_an_answer_that_can_have_no_body_says_nothing_of_one() -> None:
    assert encoded(Answer(HTTPStatus.NO_CONTENT)) == ([], b"")
