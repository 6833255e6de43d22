"""Validates actions: the envelope by hand, the payload with its pydantic model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from roundtrip.api.crud_contract import crud_type
from roundtrip.api.http_errors import MalformedRequest
from roundtrip.api.payloads import InvalidPayload, check_marks, payload_validator
from roundtrip.errors import (
    ConfigurationError,
    InvalidAction,
    NotJson,
    ReducerFailed,
    Rejected,
    TooLarge,
    UpcastFailed,
    ValidatorFailed,
    shorten,
)
from roundtrip.limits import MAX_COMMIT_ACTIONS, MAX_FAULTS, MAX_META_BYTES, MAX_META_DEPTH
from roundtrip.redux.action import Action
from roundtrip.redux.crud import Partial
from roundtrip.redux.jsontext import encode, exact, is_deeper
from roundtrip.redux.merge import REPLACED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from roundtrip.redux.store import Store

_ENVELOPE: Final = frozenset({"type", "payload", "meta", "error"})


class ActionValidator:
    """Validates the actions of every store.

    Raises
    ------
    ConfigurationError
        If pydantic cannot validate a payload that a slice declares, or the payload cannot be stored
        without loss.
    """

    def __init__(self, stores: Iterable[Store]) -> None:
        for store in stores:
            for kind, declared in store.reducer.payloads.items():
                try:
                    payload_validator(declared)
                except ConfigurationError as error:
                    message = f"store {store.name}: payload of {kind}: {error}"
                    raise ConfigurationError(message) from error

    def actions(self, store: Store, document: Any) -> list[Action | Rejected]:
        """Read the body of a dispatch: one action or an array of actions.

        Returns
        -------
        list of Action or Rejected
            The actions in today's form; a rejection in place of one that is retired.

        Raises
        ------
        MalformedRequest
            If it is neither, or an envelope has the wrong form.
        TooLarge
            If the meta of an action is too large.
        InvalidAction
            On unknown action types and invalid payloads; reports all faults of the request.
        ValidatorFailed
            If a function of a model fails on a payload.
        """
        many = document if isinstance(document, list) else [document]
        if not 1 <= len(many) <= MAX_COMMIT_ACTIONS:
            raise MalformedRequest(
                "body",
                expected=f"an action or an array of 1 to {MAX_COMMIT_ACTIONS}",
                received=f"an array of {len(many)}",
            )
        for index, action in enumerate(many):
            _check_envelope(action, f"body[{index}]" if document is many else "body")
        faults: list[dict[str, Any]] = []
        current = [_of_today(store, index, action, faults) for index, action in enumerate(many)]
        known = store.reducer.payloads
        if unknown := [
            {
                "index": index,
                "loc": "/type",
                "code": "unknown-action-type",
                "detail": f"store {store.name} has no action {shorten(action.type)!r}",
            }
            for index, action in enumerate(current)
            if isinstance(action, Action) and action.type not in known
        ]:
            raise InvalidAction(
                "unknown-action-type",
                f"Expected one of {', '.join(known)}; {unknown[0]['detail']}.",
                unknown,
            )
        causes: list[BaseException] = []
        actions = [
            _validated(store, index, each, faults, causes) for index, each in enumerate(current)
        ]
        if faults:
            raise _refused(faults, causes)
        return actions

    def action(self, store: Store, kind: str, payload: Any) -> Action | Rejected:
        """Create an action of today from a body that is its payload.

        Raises
        ------
        InvalidAction
            If the payload is invalid.
        ValidatorFailed
            If a function of the model fails on it.
        """
        faults: list[dict[str, Any]] = []
        causes: list[BaseException] = []
        made = _validated(store, 0, Action(kind, payload), faults, causes)
        if faults:
            for fault in faults:
                # The body is no array of actions.
                del fault["index"]
                fault["loc"] = fault["loc"].removeprefix("/payload")
            raise _refused(faults, causes)
        return made

    def entity(self, store: Store, verb: str, document: Any, *, like: str) -> Action:
        """Create an action of the CRUD face from a body.

        Parameters
        ----------
        store
            A store with a collection.
        verb
            ``created`` or ``updated``: the action to create.
        like
            The verb whose payload the body must be; a PUT updates with the payload of a creation.

        Raises
        ------
        InvalidAction
            If the body is invalid.
        ValidatorFailed
            If a function of the model fails on it.
        """
        declared = store.reducer.payloads[crud_type(store, like)]
        target = store.reducer.payloads[crud_type(store, verb)]
        try:
            payload = payload_validator(declared).read(document)
            if isinstance(target, Partial) and not target.entity:
                check_marks(document)
            if not isinstance(target, Partial) and target is not declared:
                # A slice with a payload of its own for updates: validators run on what was sent.
                payload = payload_validator(target).read(document)
        except InvalidPayload as error:
            causes = [] if error.cause is None else [error.cause]
            raise _refused(error.faults, causes) from (error.cause or error)
        if isinstance(target, Partial) and target.entity and like != verb:
            payload = {REPLACED: payload}
        return Action(crud_type(store, verb), payload)


def _of_today(
    store: Store, index: int, document: dict[str, Any], faults: list[dict[str, Any]]
) -> Action | Rejected:
    action = Action(
        document["type"],
        document.get("payload"),
        document.get("meta"),
        bool(document.get("error")),
    )
    try:
        current = store.of_today(action)
    except UpcastFailed as error:
        detail = shorten(str(error))
        faults.append(
            {"index": index, "loc": "/payload", "code": "upcast-failed", "detail": detail}
        )
        return Rejected("upcast-failed", detail)
    if current is None:
        return Rejected("retired", f"{shorten(action.type)} is retired: it has no effect any more.")
    return current


def _validated(
    store: Store,
    index: int,
    action: Action | Rejected,
    faults: list[dict[str, Any]],
    causes: list[BaseException],
) -> Action | Rejected:
    if isinstance(action, Rejected):
        return action
    try:
        payload = payload_validator(store.reducer.payloads[action.type]).read(action.payload)
    except InvalidPayload as error:
        causes += [] if error.cause is None else [error.cause]
        faults += [
            {"index": index, **fault, "loc": f"/payload{fault['loc']}"}
            for fault in error.faults[: MAX_FAULTS - len(faults)]
        ]
        return action
    prepare = store.reducer.prepares.get(action.type)
    if prepare is not None:
        payload = _prepared(prepare, action.type, payload, index)
    return Action(action.type, payload, action.meta, action.error)


def _prepared(prepare: Callable[[Any], Any], kind: str, payload: Any, index: int) -> Any:
    what = f"The function that prepares {kind}"
    try:
        return exact(prepare(payload))[1]
    except NotJson as error:
        fault = f"it returned a payload that is not JSON: {error.received}"
        raise ReducerFailed(kind, fault, what=what, index=index) from error
    except Exception as error:
        fault = f"it raised {type(error).__name__}"
        raise ReducerFailed(kind, fault, what=what, index=index) from error


def _check_envelope(action: Any, where: str) -> None:
    if not isinstance(action, dict):
        raise MalformedRequest(where, expected="an action object", received=type(action).__name__)
    if unknown := action.keys() - _ENVELOPE:
        raise MalformedRequest(
            where,
            expected="only type, payload, meta and error",
            received=", ".join(map(repr, sorted(unknown)[:MAX_FAULTS])),
        )
    if not isinstance(action.get("type"), str):
        raise MalformedRequest(
            f"{where}.type", expected="a string", received="another type or nothing"
        )
    if not isinstance(action.get("error", False), bool):
        raise MalformedRequest(f"{where}.error", expected="true or false", received="another type")
    if action.get("meta") is not None:
        _check_meta(encode(action["meta"]), f"{where}.meta")


def _check_meta(text: str, where: str) -> None:
    if (size_bytes := len(text.encode())) > MAX_META_BYTES:
        raise TooLarge(where, size_bytes=size_bytes, limit_bytes=MAX_META_BYTES)
    if is_deeper(text, MAX_META_DEPTH):
        raise MalformedRequest(
            where, expected=f"nesting of at most {MAX_META_DEPTH} levels", received="more"
        )


def _refused(faults: list[dict[str, Any]], causes: list[BaseException]) -> InvalidAction:
    if not causes:
        return InvalidAction("invalid-payload", _summary(faults), faults)
    refusal = ValidatorFailed(_summary(faults), faults)
    # The log shows the trace of the function that failed.
    refusal.__cause__ = causes[0]
    return refusal


def _summary(faults: list[dict[str, Any]]) -> str:
    first = faults[0]
    more = f" ({len(faults) - 1} more in errors)" if len(faults) > 1 else ""
    return f"{first['loc'] or 'body'}: {first['detail']}{more}."
