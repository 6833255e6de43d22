"""The contract of `roundtrip.storage.sockets.SocketStorage`, as tests that every adapter inherits.

An adapter's test gives the fixture ``sockets``; one on DynamoDB gives ``table`` instead.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import pytest

from roundtrip.errors import ConfigurationError
from roundtrip.storage.dynamodb.sockets import DynamoDBSockets
from roundtrip.storage.sockets import Socket, Ticket, ticket_digest
from tests.engines_fixtures import definition

if TYPE_CHECKING:
    from roundtrip.storage.records import Stream
    from roundtrip.storage.sockets import SocketStorage
    from tests.contract.table_rules import Table

NOW_S: Final = 1_800_000_000
END_S: Final = NOW_S + 7200


class SocketsContract:
    @pytest.fixture
    def ticket(self, namespace: str) -> Ticket:
        return Ticket(ticket_digest(namespace), namespace, f"team-{namespace}", END_S, NOW_S + 60)

    @pytest.fixture
    def socket(self, namespace: str) -> Socket:
        return Socket(f"c-{namespace}", namespace, f"team-{namespace}", END_S)

    def test_a_ticket_is_taken_once(self, sockets: SocketStorage, ticket: Ticket) -> None:
        sockets.keep_ticket(ticket)
        assert sockets.take_ticket(ticket.digest, NOW_S) == ticket
        assert sockets.take_ticket(ticket.digest, NOW_S) is None

    def test_a_ticket_without_a_tenant_stays_so(
        self, sockets: SocketStorage, ticket: Ticket
    ) -> None:
        sockets.keep_ticket(ticket._replace(tenant=None))
        assert sockets.take_ticket(ticket.digest, NOW_S) == ticket._replace(tenant=None)

    def test_of_many_that_take_a_ticket_at_once_one_gets_it(
        self, sockets: SocketStorage, ticket: Ticket
    ) -> None:
        sockets.keep_ticket(ticket)
        with ThreadPoolExecutor(8) as pool:
            taken = pool.map(lambda _: sockets.take_ticket(ticket.digest, NOW_S), range(16))
        assert [one for one in taken if one is not None] == [ticket]

    def test_a_late_ticket_is_none_though_its_item_is_still_there(
        self, sockets: SocketStorage, ticket: Ticket
    ) -> None:
        sockets.keep_ticket(ticket)
        assert sockets.take_ticket(ticket.digest, ticket.expires_at_s) is None
        assert sockets.take_ticket(ticket.digest, ticket.expires_at_s - 1) == ticket

    def test_an_unknown_ticket_is_none(self, sockets: SocketStorage, namespace: str) -> None:
        assert sockets.take_ticket(ticket_digest(f"other {namespace}"), NOW_S) is None

    def test_a_connection_is_there_until_it_expires(
        self, sockets: SocketStorage, socket: Socket
    ) -> None:
        assert sockets.socket(socket.connection, NOW_S) is None
        sockets.open(socket)
        assert sockets.socket(socket.connection, NOW_S) == socket
        assert sockets.socket(socket.connection, END_S) is None

    def test_a_callers_connections_are_counted(
        self, sockets: SocketStorage, socket: Socket, namespace: str
    ) -> None:
        for number in range(3):
            sockets.open(socket._replace(connection=f"{number}-{namespace}"))
        sockets.open(socket._replace(own=f"other-{namespace}"))
        assert sockets.connections(namespace, NOW_S) == 3
        assert sockets.connections(namespace, END_S) == 0

    def test_what_a_connection_follows_changes_only_from_what_was_read(
        self, sockets: SocketStorage, socket: Socket, stream: Stream
    ) -> None:
        sockets.open(socket)
        assert sockets.set_streams(socket, frozenset({stream}))
        assert not sockets.set_streams(socket, frozenset())
        changed = sockets.socket(socket.connection, NOW_S)
        assert changed == socket._replace(streams=frozenset({stream}), change=1)

    def test_a_closed_connection_follows_nothing_more(
        self, sockets: SocketStorage, socket: Socket, stream: Stream
    ) -> None:
        sockets.open(socket)
        sockets.close(socket)
        assert not sockets.set_streams(socket, frozenset({stream}))
        assert sockets.socket(socket.connection, NOW_S) is None

    def test_a_stream_has_the_followers_that_were_added_and_have_not_expired(
        self, sockets: SocketStorage, socket: Socket, stream: Stream
    ) -> None:
        assert sockets.followers(stream, NOW_S) == []
        short = socket._replace(connection="short", expires_at_s=NOW_S + 1)
        for one in (socket, socket, short):
            sockets.follow(stream, one)
        assert sockets.followers(stream, NOW_S) == [socket.connection, "short"]
        assert sockets.followers(stream, NOW_S + 1) == [socket.connection]
        sockets.unfollow(stream, socket.connection)
        assert sockets.followers(stream, NOW_S) == ["short"]

    def test_a_stream_of_the_same_name_elsewhere_has_followers_of_its_own(
        self, sockets: SocketStorage, socket: Socket, stream: Stream
    ) -> None:
        sockets.follow(stream, socket)
        others = (
            stream._replace(namespace=f"other-{stream.namespace}"),
            stream._replace(store="other"),
            stream._replace(id=stream.id + "2"),
        )
        assert [sockets.followers(other, NOW_S) for other in others] == [[], [], []]

    def test_closing_removes_a_connection_everywhere(
        self, sockets: SocketStorage, socket: Socket, stream: Stream
    ) -> None:
        sockets.open(socket)
        other = stream._replace(id="other")
        for one in (stream, other):
            sockets.follow(one, socket)
        sockets.close(socket._replace(streams=frozenset({stream, other})))
        assert sockets.followers(stream, NOW_S) == sockets.followers(other, NOW_S) == []
        assert sockets.connections(socket.own, NOW_S) == 0


class TableSocketsContract(SocketsContract):
    @pytest.fixture
    def sockets(self, table: Table) -> SocketStorage:
        return DynamoDBSockets(table.client, table.name)

    def test_every_item_has_the_attribute_by_which_the_table_expires_it(
        self, table: Table, sockets: SocketStorage, socket: Socket, ticket: Ticket, stream: Stream
    ) -> None:
        sockets.open(socket)
        sockets.follow(stream, socket)
        sockets.keep_ticket(ticket)
        keys = (
            f"ticket#{ticket.digest}",
            f"socket#{socket.connection}",
            f"connections#{socket.own}",
            f"follow#{stream.namespace}#{stream.store}#{stream.id}",
        )
        assert definition().expires_at == "expiresAt"
        found = [_only_item(table, pk)["expiresAt"] for pk in keys]
        assert found == [{"N": str(NOW_S + 60)}, *[{"N": str(END_S)}] * 3]

    def test_followers_of_several_pages_are_all_found(
        self, sockets: SocketStorage, socket: Socket, stream: Stream
    ) -> None:
        # A page of a Query has at most 1 MB; ids of API Gateway are far shorter.
        names = [f"{number:04}" + "c" * 900 for number in range(600)]
        for name in names:
            sockets.follow(stream, socket._replace(connection=name))
        assert len(names) * 2 * 900 > 1024 * 1024
        assert sockets.followers(stream, NOW_S) == names

    def test_a_table_that_is_not_there_is_a_matter_of_configuration(
        self, table: Table, ticket: Ticket
    ) -> None:
        sockets = DynamoDBSockets(table.client, "no-such-table")
        with pytest.raises(ConfigurationError, match="ResourceNotFoundException"):
            sockets.take_ticket(ticket.digest, NOW_S)


def _only_item(table: Table, pk: str) -> dict[str, Any]:
    answer: Any = table.sdk.query(
        TableName=table.name,
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
    )
    (item,) = answer["Items"]
    found: dict[str, Any] = item
    return found
