"""Parts: what an action changed, and reads and writes of a part of a state."""

from __future__ import annotations

import copy
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from roundtrip_devtools.smoke.case import Case, for_entities
from roundtrip_devtools.smoke.contract import NotAsked

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.client import Answer
    from roundtrip_devtools.smoke.contract import Action


@Case
def preferences(api: Api) -> None:
    """The answer to an action is the state, what changed, or neither, as the client prefers."""
    opening, change = api.known.first(1)
    before, after = api.state_of([opening]), api.state_of([opening, change])
    _prefer(api, [opening, change], "representation").has(state=after)
    told = _prefer(api, [opening, change], "changes")
    told.require("the state after the changes", after, _state(before, told))
    nothing = _prefer(api, [opening, change], "minimal")
    nothing.require("the body", {"store", "id", "version", "outcomes"}, {*nothing.document})


def _prefer(api: Api, actions: list[Action], preference: str) -> Answer:
    stream = api.new_stream(actions[:1])
    headers = {"Prefer": f"return={preference}"}
    answer = api.dispatch(stream, actions[1], headers=headers).expect(200, 2)
    # A state that is smaller than what changed is answered as a whole.
    if preference != "changes" or "changes" in answer.document:
        answer.expect(200, preference_applied=f"return={preference}")
    return answer


@Case
def changes(api: Api) -> None:
    """A read since a version tells what changed after it, or the whole state."""
    actions = api.known.first(2)
    stream = api.new_stream(actions)
    path = api.stream_path(stream)
    for version in range(1, len(actions) + 1):
        before = api.get(path, query={"version": str(version)}).document["state"]
        read = api.get(path, query={"since": str(version)}).expect(200, len(actions))
        read.require("the state", api.get(path).document["state"], _state(before, read))
    both = api.get(path, query={"since": "1", "version": "1"})
    both.problem(400, "malformed-request")


def _state(before: Any, answer: Answer) -> Any:
    """Return the state that an answer tells, with or without the state before."""
    document = answer.document
    if "changes" not in document:
        return document["state"]
    return patched(before, document["changes"])


def patched(before: Any, patch: list[dict[str, Any]]) -> Any:
    """Apply a JSON Patch with additions, removals and replacements, RFC 6902."""
    holder = {"": copy.deepcopy(before)}
    for operation in patch:
        *names, last = (
            [name.replace("~1", "/").replace("~0", "~") for name in operation["path"].split("/")]
            if operation["path"]
            else [""]
        )
        target: Any = holder
        for name in names:
            target = target[int(name)] if isinstance(target, list) else target[name]
        if operation["op"] == "remove":
            del target[int(last) if isinstance(target, list) else last]
        elif isinstance(target, list):
            # The server adds at the end only.
            target.append(operation["value"])
        else:
            target[last] = operation["value"]
    return holder[""]


@Case
def slices(api: Api) -> None:
    """Each slice of a state can be read alone; an unknown one is 404."""
    opening = api.known.opening
    path = api.stream_path(api.new_stream([opening]))
    state = api.get(path).document["state"]
    for name in api.store.slices:
        read = api.get(f"{path}/slices/{name}").expect(200, 1).has(slice=name, version=1)
        # A store of one slice has no key for it.
        parts = [state, state.get(name)] if isinstance(state, dict) else [state]
        if read.document["state"] not in parts:
            raise read.failure(f"the state of {name}, a part of {state!r}")
        tag = {"If-None-Match": read.headers["etag"]}
        api.get(f"{path}/slices/{name}", headers=tag).expect(304, 1)
    api.get(f"{path}/slices/no-such").problem(404, "slice-not-found")


@for_entities
def entities_of_a_slice(api: Api) -> None:
    """Entities of a slice are created, read alone and in pages, replaced and removed."""
    for name, body in api.store.slices.items():
        if body is None:
            continue
        made_up: dict[str, Any] = next(api.store.samples.series(body, 1), [{}])[0]
        fields = {member: value for member, value in made_up.items() if member != "id"}
        path = f"{api.stream_path(api.new_id())}/slices/{name}"
        made = api.send("POST", path, {**fields, "id": "smoke"})
        if made.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            raise NotAsked(f"{name} refuses the entity that was tried: {made.document['detail']}")
        one = f"{path}/smoke"
        entity = made.expect(201, 1, location=one).document
        read = api.get(one).expect(200, 1)
        read.require("the entity", entity, read.document)
        page = api.get(path, query={"limit": "1"}).expect(200, 1)
        page.has(items=[entity], next=None)
        api.put(one, fields).expect(200, 2).has(id="smoke")
        api.delete(one).expect(204, 3)
        api.get(one).problem(404, "entity-not-found")
