"""A newer release on the streams of an older one, over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from roundtrip.redux import (
    DELETED,
    Action,
    Rejected,
    Slice,
    Store,
    case,
    combine_reducers,
    create_slice,
    upcast,
)
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Stream
from roundtrip.testing import Api, Clock
from roundtrip.testing.gateway_event import Context, make_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip.storage.records import Commit
    from roundtrip.testing.answer import Answer

PATH, ITEM = "/stores/counters/a", "/counters/a"


class Number(BaseModel):
    n: int = 0


def must_be_below_two(state: Any, _: Action) -> None:
    if state.get("n", 0) >= 2:
        raise Rejected("too-many", "It is enough.")


def counters(*, revision: int = 1, rules: Any = (), strict: bool = False) -> Store:
    def updated(state: Any, action: Action) -> Any:
        if strict:
            must_be_below_two(state, action)
        return {"n": state["n"] + action.payload["n"]}

    made = create_slice(
        name="counters",
        initial_state={},
        reducers={
            "created": case(lambda _, action: action.payload, payload=Number),
            "updated": case(updated, payload=Number),
            "deleted": lambda *_: dict(DELETED),
        },
        rules=rules,
        revision=revision,
    )
    return Store("counters", made, collection="counters")


class Slow(MemoryStorage):
    """It takes time to read a commit."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.commit_s = 0.0

    def commits(self, stream: Stream, **options: Any) -> Iterator[Commit]:
        for commit in super().commits(stream, **options):
            self.clock.advance(seconds=self.commit_s)
            yield commit


def grown(**additions: int) -> Slow:
    """Streams of 1, to which 1 was added so many times; by default a stream ``a`` of 3 events."""
    storage = Slow()
    api = Api([counters()], storage=storage, clock=storage.clock)
    for name, times in (additions or {"a": 2}).items():
        api.post("/counters", {"id": name, "n": 1})
        for _ in range(times):
            api.post(f"/stores/counters/{name}/actions", added())
        api.clock.advance(seconds=1)
    return storage


def added(n: int = 1) -> dict[str, Any]:
    return {"type": "counters/updated", "payload": {"n": n}}


def told(answer: Answer) -> tuple[Any, ...]:
    return (
        answer.status,
        answer.problem,
        answer.json["failedVersion"],
        answer.json["lastGoodVersion"],
    )


@pytest.mark.parametrize("revision", [1, 2])
def test_a_rule_that_became_stricter_refuses_new_actions_only(revision: int) -> None:
    api = Api([counters(revision=revision, rules=[must_be_below_two])], storage=grown())

    assert [api.state("counters", "a", version=one)["n"] for one in (1, 2, 3)] == [1, 2, 3]
    assert (api.state("counters", "a"), api.get(ITEM).json["n"]) == ({"n": 3}, 3)
    assert [item["n"] for item in api.get("/counters").json["items"]] == [3]
    refused = api.post(f"{PATH}/actions", added())
    assert (refused.status, refused.problem, refused.json["code"]) == (422, "rejected", "too-many")
    assert len(api.events("counters", "a")) == 3


def test_a_reducer_that_refuses_a_stored_event_is_told_with_its_version() -> None:
    storage = grown()
    api = Api([counters(revision=2, strict=True)], storage=storage)

    for answer in (
        api.get(PATH),
        api.get(ITEM),
        api.get(PATH, query={"version": "3"}),
        api.post(f"{PATH}/actions", added()),
        api.post(f"{PATH}/actions", [{"type": "counters/deleted"}, added()]),
        api.patch(ITEM, {"n": 1}),
    ):
        assert told(answer) == (422, "replay-failed", 3, 2)
        assert "It is enough" in answer.json["detail"]
    assert api.state("counters", "a", version=2) == {"n": 2}
    assert len(api.events("counters", "a")) == 3
    # In the revision that wrote it, the saved state is still right.
    same = Api([counters(strict=True)], storage=storage)
    assert (same.state("counters", "a"), same.state("counters", "a", version=3)) == (
        {"n": 3},
        {"n": 3},
    )


@pytest.mark.parametrize("collection", [False, True])
def test_a_stream_that_cannot_be_replayed_is_deletable(collection: bool) -> None:
    api = Api([counters(revision=2, strict=True, rules=[must_be_below_two])], storage=grown())
    if collection:
        answer = api.delete(ITEM)
    else:
        answer = api.post(f"{PATH}/actions", {"type": "counters/deleted"})

    assert answer.status in {200, 204}
    assert (api.get(PATH).status, api.get(ITEM).status) == (410, 410)
    assert api.get("/counters").json["items"] == []
    assert len(api.events("counters", "a")) == 4


@pytest.mark.parametrize(("text", "shown"), [('{"cut', False), ("7", True), ('{"n":}', False)])
def test_one_bad_stream_is_marked_and_the_rest_is_listed(text: str, *, shown: bool) -> None:
    storage = grown(fine=0, broken=2, damaged=1, last=1)
    store = counters(revision=2, strict=True)
    head = storage._items[Stream("public", "counters", "damaged"), "head"]
    head |= {"state": {"S": text}, "revision": {"S": store.reducer.revision}}
    api = Api([store], storage=storage)

    answer, streams = api.get("/counters"), api.get("/stores/counters")
    found = [(one["id"], one.get("problem", {}).get("type")) for one in answer.json["items"]]

    assert (answer.status, streams.status) == (200, 200)
    assert found == [
        ("last", None),
        ("damaged", "/problems/damaged"),
        ("broken", "/problems/replay-failed"),
        ("fine", None),
    ]
    event = make_event("GET", "/dev/counters")
    event["requestContext"]["stage"] = "dev"
    items = json.loads(api.handler(event, Context())["body"])["items"]
    assert items[1]["problem"]["instance"] == "/dev/counters/damaged"
    # This list shows no states.
    marked = [one["id"] for one in streams.json["items"] if "problem" in one]
    assert marked == ([] if shown else ["damaged"])


def test_a_list_that_takes_too_long_marks_the_rest_and_gets_further_each_time() -> None:
    storage = grown(a=0, b=0)
    for path in ("/stores/counters/a/actions", "/stores/counters/b/actions") * 2:
        Api([counters()], storage=storage).post(path, [added()] * 100)
    storage.commit_s = 20
    api = Api([counters(revision=2)], storage=storage, clock=storage.clock)
    found = []
    for _ in range(9):
        answer = api.get("/counters")
        assert (answer.status, len(answer.json["items"])) == (200, 2)
        problems = [one.get("problem", {}).get("type") for one in answer.json["items"]]
        assert set(problems) <= {None, "/problems/replay-unfinished"}
        found.append(problems.count(None))
    assert (found[0], found[-1]) == (0, 2)
    assert found == sorted(found)


def titled(state: Any, action: Action) -> Any:
    return [*state, action.payload]


def slice_of(name: str, **verbs: Any) -> Slice:
    cases = {verb: case(titled, payload=model) for verb, model in verbs.items()}
    return create_slice(name=name, initial_state=[], reducers=cases)


def board(*parts: Slice, **declared: Any) -> Store:
    return Store("board", combine_reducers({part.name: part for part in parts}), **declared)


def cut(action: Action) -> Action | None:
    return Action("", action.payload["title"]) if action.payload["title"] else None


OLD = board(slice_of("cards", named=dict), slice_of("labels", given=str))
NEW = board(
    slice_of("cards", titled=str),
    upcasters={
        "cards/named": upcast("cards/renamed", cut),
        "cards/renamed": upcast("cards/titled"),
    },
    retired=["labels"],
)
NAMED = {"type": "cards/named", "payload": {"title": "a"}}
GIVEN = {"type": "labels/given", "payload": "x"}


class TestActionsOfYesterday:
    def sent(self, *actions: Any) -> tuple[Api, Answer]:
        storage = MemoryStorage()
        Api([OLD], storage=storage).post("/stores/board/a/actions", [NAMED, GIVEN])
        api = Api([NEW], storage=storage)
        return api, api.post("/stores/board/a/actions", list(actions))

    def test_in_the_log_are_read_in_the_form_of_today(self) -> None:
        api, _ = self.sent({"type": "cards/titled", "payload": "b"})
        assert [api.state("board", "a", version=one) for one in (1, 2, 3)] == [
            {"cards": ["a"]},
            {"cards": ["a"]},
            {"cards": ["a", "b"]},
        ]
        assert api.state("board", "a") == {"cards": ["a", "b"]}

    def test_from_a_queue_are_converted_before_they_are_validated(self) -> None:
        api, answer = self.sent(NAMED, {"type": "cards/renamed", "payload": "c"})
        assert (answer.status, answer.json["state"]) == (200, {"cards": ["a", "a", "c"]})
        assert [event["type"] for event in api.events("board", "a")][2:] == ["cards/titled"] * 2

    @pytest.mark.parametrize(
        "gone", [GIVEN, {"type": "labels/x"}, {"type": "cards/named", "payload": {"title": ""}}]
    )
    def test_that_are_gone_are_refused_and_hold_up_no_other(self, gone: Any) -> None:
        api, answer = self.sent(gone, NAMED)
        assert [one["status"] for one in answer.json["outcomes"]] == ["rejected", "applied"]
        assert answer.json["outcomes"][0]["problem"]["code"] == "retired"
        alone = api.post("/stores/board/a/actions", gone)
        assert (alone.status, alone.json["code"]) == (422, "retired")

    @pytest.mark.parametrize("payload", [None, {}, {"title": 5}, "a"])
    def test_that_cannot_be_converted_are_invalid(self, payload: Any) -> None:
        _, answer = self.sent(NAMED, {"type": "cards/named", "payload": payload})
        assert (answer.status, answer.problem) == (422, "invalid-payload")
        (fault,) = answer.json["errors"]
        assert (fault["index"], fault["loc"]) == (1, "/payload")


def test_an_initial_state_that_gains_a_member_reaches_every_version() -> None:
    def store(**initial: Any) -> Store:
        def put(state: Any, action: Action) -> Any:
            return {**state, "n": action.payload}

        reducers = {"put": case(put, payload=int)}
        return Store("s", create_slice(name="s", initial_state=initial, reducers=reducers))

    storage = MemoryStorage()
    Api([store(n=0)], storage=storage).post("/stores/s/a/actions", {"type": "s/put", "payload": 3})
    api = Api([store(n=0, m=1)], storage=storage)
    assert api.state("s", "a") == api.state("s", "a", version=1) == {"n": 3, "m": 1}


@pytest.mark.parametrize("name", ["actor", "recordedAt", "recorded_at", "version"])
def test_who_acted_and_when_is_taken_from_no_client(name: str) -> None:
    answer = Api([NEW]).post(
        "/stores/board/a/actions", {"type": "cards/titled", "payload": "a", name: "mallory"}
    )
    assert (answer.status, answer.problem) == (400, "malformed-request")


@pytest.mark.parametrize(
    ("meta", "status", "problem"),
    [
        ("x" * 4094, 201, None),
        ("x" * 4095, 413, "too-large"),
        ("é" * 2048, 413, "too-large"),
        ([[[[[[[[[["x"]]]]]]]]]], 201, None),
        ([[[[[[[[[{"a": [1]}]]]]]]]]], 400, "malformed-request"),
        ("[" * 99, 201, None),
    ],
)
def test_meta_has_a_limit(meta: Any, status: int, problem: str | None) -> None:
    answer = Api([NEW]).post(
        "/stores/board/a/actions", {"type": "cards/titled", "payload": "a", "meta": meta}
    )
    assert answer.status == status
    if problem:
        assert answer.problem == problem
        assert "meta" in answer.json["detail"]


DAMAGE = {
    "a state that is no JSON": ("head", "state", "{bad}"),
    "a number that JSON has not": ("head", "state", '{"n":NaN}'),
    "half a character": ("head", "state", r'{"n":"\ud800"}'),
    "nesting beyond the parser": ("head", "state", "[" * 100_000 + "]" * 100_000),
    "an integer beyond the parser": ("head", "state", f'{{"n":{"9" * 5000}}}'),
    "a type that is a number": ("commit#000000000001", "actions", '[{"type":5}]'),
    "a type that is half a character": (
        "commit#000000000001",
        "actions",
        r'[{"type":"\ud800"}]',
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_item_harms_its_own_stream_only(damage: str) -> None:
    where, name, text = DAMAGE[damage]
    storage = grown(fine=0, damaged=1)
    damaged = Stream("public", "counters", "damaged")
    storage._items[damaged, where] |= {name: {"S": text}}
    # Another revision, so that the events are needed, if the head is whole.
    api = Api([counters(revision=1 if where == "head" else 2)], storage=storage)

    answer = api.get("/counters")
    items = {one["id"]: one.get("problem", {}).get("type") for one in answer.json["items"]}

    assert (answer.status, items) == (200, {"fine": None, "damaged": "/problems/damaged"})
    answers = [
        api.get("/counters/damaged"),
        api.post("/stores/counters/damaged/actions", {"type": "counters/deleted"}),
    ]
    if len(text) < 4096:
        # A larger state is answered without being parsed.
        answers.append(api.get("/stores/counters/damaged"))
    assert {one.problem for one in answers} == {"damaged"}


def test_a_damaged_checkpoint_counts_for_nothing() -> None:
    storage, store = grown(), counters(revision=2)
    stream, revision = Stream("public", "counters", "a"), store.reducer.revision
    for version, text in ((2, "{bad}"), (3, "")):
        item = {"sk": {"S": f"checkpoint#{revision}#{version:012d}"}, "state": {"S": text}}
        storage._items[stream, item["sk"]["S"]] = item

    api = Api([store], storage=storage)

    assert (api.state("counters", "a"), api.state("counters", "a", version=2)) == (
        {"n": 3},
        {"n": 2},
    )
