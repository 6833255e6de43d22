"""`roundtrip erase` on real engines, while others write."""

from __future__ import annotations

import io
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.engine.messages import Dispatch
from roundtrip.errors import StreamDeleted, Unavailable
from roundtrip.storage.dynamodb import items
from roundtrip.storage.records import Checkpoint, Stream
from roundtrip.storage.sockets import Socket
from roundtrip_devtools import cli
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from roundtrip_devtools.logs.erase import ErasableTable, erase, holdings
from roundtrip_devtools.logs.repair import RepairError, repair
from tests.contract.appends import grown, new_append, written
from tests.engines_fixtures import make_table
from tests.integration.test_writers import container
from tests.worlds import STORES, STREAM, assert_state_is_the_fold, entry, events_of, key

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip.engine.dispatcher import Dispatcher

pytestmark = pytest.mark.engine

WRITERS = 4
LISTED = Stream("user:ada", "drafts", "a")


@pytest.fixture(params=["ministack", "dynamodb_local"])
def table(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ErasableTable:
    endpoint_url = request.getfixturevalue(f"{request.param}_endpoint")
    own = {**DUMMY_CREDENTIALS, "AWS_REGION": LOCAL_REGION, "AWS_DEFAULT_REGION": LOCAL_REGION}
    for name, value in {**own, "AWS_ENDPOINT_URL_DYNAMODB": endpoint_url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return ErasableTable(make_table(endpoint_url))


def send(dispatcher: Dispatcher, identity: int) -> None:
    deadline_s = time.monotonic() + 60
    one = [entry(identity)]
    dispatcher.dispatch(
        Dispatch(stream=STREAM, actions=one, deadline_s=deadline_s, key=key(f"k{identity}"))
    )


def no_pause() -> None:
    pass


def kinds(table: ErasableTable, stream: Stream = STREAM) -> dict[str, int]:
    return dict(holdings(table, [stream]).streams.get(stream, {}))


def test_writers_meanwhile_leave_the_old_stream_or_a_new_one_but_no_half(
    table: ErasableTable,
) -> None:
    identities, acknowledged, failures = itertools.count(), [], []
    old: set[int] = set()
    ended = threading.Event()

    def write() -> None:
        dispatcher = container(table)
        try:
            while not ended.is_set():
                identity = next(identities)
                try:
                    send(dispatcher, identity)
                except (StreamDeleted, Unavailable):
                    continue
                acknowledged.append(identity)
        except BaseException as failure:  # noqa: BLE001 - told to the test below
            failures.append(failure)

    def go_on() -> None:
        reached = len(acknowledged) + 20
        while len(acknowledged) < reached and not failures:
            time.sleep(0.01)

    with ThreadPoolExecutor(WRITERS) as threads:
        for _ in range(WRITERS):
            threads.submit(write)
        try:
            for _ in range(3):
                go_on()
                old = {*acknowledged}
                assert erase(table, [STREAM], no_pause) > 20
            go_on()
        finally:
            ended.set()

    assert failures == []
    left = {event.action.payload["id"] for event in events_of(table)}
    assert len(left) >= 20
    assert not left & old
    assert_state_is_the_fold(table)
    assert kinds(table) == {"head": 1, "commit": len(left), "receipt": len(left)}


def test_a_container_that_remembers_the_old_stream_does_not_bring_it_back(
    table: ErasableTable,
) -> None:
    first, second = container(table), container(table)
    for identity in range(3):
        send(first, identity)
    erase(table, [STREAM], no_pause)
    for identity in range(10, 13):
        send(second, identity)
    send(first, 20)
    assert [event.action.payload["id"] for event in events_of(table)] == [10, 11, 12, 20]
    assert_state_is_the_fold(table)


def test_what_a_late_request_writes_is_deleted_as_well(table: ErasableTable) -> None:
    grown(table, LISTED, 1, 2, 30)
    written(table, new_append(LISTED, 34, key="k", checkpoint=True))

    def pause() -> None:
        assert kinds(table, LISTED) == {"head": 1}
        table.keep(Checkpoint(LISTED, 3, "1", "{}"))

    assert erase(table, [LISTED], pause) == 8
    assert kinds(table, LISTED) == {}


def test_it_can_be_stopped_and_run_again(table: ErasableTable) -> None:
    send(container(table), 1)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        erase(table, [STREAM], stop)
    with pytest.raises(StreamDeleted):
        send(container(table), 2)
    assert table.heads("public", "ledger", before=None, limit=9).heads == []
    assert [*holdings(table, ["public"]).streams] == [STREAM]
    with pytest.raises(RepairError, match="it is being erased, or roundtrip erase was interrupted"):
        repair(table, STORES, STREAM)
    erase(table, [STREAM], no_pause)
    assert holdings(table, ["public"]).streams == {}


def test_nothing_names_it_any_more(table: ErasableTable) -> None:
    """Followers of a stream have a key of their own, and come while it is erased."""
    sockets, other = table.sockets(), LISTED._replace(id="b")
    socket = Socket("c", "user:ada", None, 2_000_000_000)
    sockets.open(socket)
    for stream in (LISTED, other):
        grown(table, stream, 1)
        sockets.follow(stream, socket)
    elsewhere = socket._replace(connection="d")
    sockets.open(elsewhere)
    sockets.follow(other, elsewhere)
    assert kinds(table, LISTED) == {"head": 1, "commit": 1, "follower": 1}
    assert dict(holdings(table, ["user:ada"]).streams[LISTED]) == kinds(table, LISTED)

    def pause() -> None:
        assert sockets.followers(LISTED, 0) == []
        sockets.follow(LISTED, socket)

    assert erase(table, [LISTED], pause) == 4
    assert kinds(table, LISTED) == {}
    assert sockets.followers(LISTED, 0) == []
    # The next message of the client is answered by "expired".
    assert sockets.socket("c", 0) is None
    assert sockets.socket("d", 0) == elsewhere
    assert kinds(table, other) == {"head": 1, "commit": 1, "follower": 2}
    assert [*holdings(table, ["user:ada"]).streams] == [other]


def test_a_damaged_stream(table: ErasableTable) -> None:
    grown(table, LISTED, 1, 1)
    table.delete([items.key(LISTED, items.HEAD_SK)])
    erase(table, holdings(table, ["user:ada"]).streams, no_pause)
    assert kinds(table, LISTED) == {}


def test_what_dynamodb_did_not_delete_is_tried_again(
    table: ErasableTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(table, LISTED, *[1] * 30)
    real: Callable[..., dict[str, Any]] = table._call
    calls = []

    def half(operation: str, request: Any, **more: Any) -> dict[str, Any]:
        if operation != "BatchWriteItem":
            return real(operation, request, **more)
        ((name, all_of_it),) = request["RequestItems"].items()
        calls.append(len(all_of_it))
        now = (len(all_of_it) + 1) // 2
        answer = real(operation, {"RequestItems": {name: all_of_it[:now]}}, **more)
        return {**answer, "UnprocessedItems": {name: all_of_it[now:]} if all_of_it[now:] else {}}

    monkeypatch.setattr(table, "_call", half)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert erase(table, [LISTED], no_pause) == 31
    assert calls == [25, 12, 6, 3, 1, 5, 2, 1, 1]
    assert kinds(table, LISTED) == {}


def test_the_command(
    table: ErasableTable, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    others = [Stream("user:adam", "drafts", "a"), Stream("public", "user:ada", "a")]
    for stream in (LISTED, Stream("user:ada", "boards", "b"), *others):
        grown(table, stream, 1, 1)

    def run(*arguments: str) -> tuple[int, str]:
        code = cli.main(["erase", *arguments, "--table", table._name])
        out, err = capsys.readouterr()
        return code, out + err

    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    code, said = run("user:ada")
    assert (code, said.endswith("Nothing was erased.\n")) == (1, True)
    assert "  user:ada/boards/b: 2 commit, 1 head\n" in said
    assert "\n2 streams: 4 commit, 2 head\n" in said
    assert kinds(table, LISTED) == {"commit": 2, "head": 1}

    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    code, said = run("user:ada/boards/b", "user:ada/boards/typo", "user:typo")
    assert (code, said.endswith("\n3 items were erased.\n")) == (1, False)
    assert "Nothing is held of user:ada/boards/typo, user:typo.\n" in said
    assert run("user:ada", "--yes")[1].endswith("\n3 items were erased.\n")
    code, said = run("user:ada", "--yes")
    assert (code, said) == (1, f"Table {table._name} holds nothing of user:ada.\n")
    assert table.heads("user:ada", "drafts", before=None, limit=9).heads == []
    assert {*holdings(table, ["user:adam", "public"]).streams} == {*others}
    assert run("user:ada/", "--yes")[0] == 1
