"""Validates actions: the envelope by hand, the payload with its pydantic model."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError, create_model

from roundtrip.api.crud_contract import crud_type
from roundtrip.api.http_errors import MalformedRequest
from roundtrip.errors import (
    ConfigurationError,
    InvalidAction,
    NotJson,
    Rejected,
    TooLarge,
    UpcastFailed,
    shorten,
)
from roundtrip.limits import MAX_COMMIT_ACTIONS, MAX_FAULTS, MAX_META_BYTES, MAX_META_DEPTH
from roundtrip.redux.action import Action
from roundtrip.redux.crud import Partial
from roundtrip.redux.jsontext import encode, is_deeper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.redux.store import Store

_ENVELOPE: Final = frozenset({"type", "payload", "meta", "error"})


class PayloadValidator:
    """Validates the payload of one action type.

    Payloads are read as strict JSON: a number in a string is not a number, but a date in a string
    is a date. The stored payload is the model's output, including its defaults.

    Parameters
    ----------
    declared
        The payload that the slice declares: ``None``, a model or type, or a `Partial` of a model.

    Raises
    ------
    ConfigurationError
        If pydantic cannot create a validator for it.
    """

    def __init__(self, declared: Any) -> None:
        self.partial = isinstance(declared, Partial)
        self.type = partial_model(declared.model) if isinstance(declared, Partial) else declared
        try:
            self._adapter = None if self.type is None else TypeAdapter(self.type)
        except Exception as error:
            raise ConfigurationError(
                f"payload: expected a type that pydantic can validate, received {declared!r}: "
                f"{error}"
            ) from error

    def read(self, payload: Any) -> Any:
        """Validate a payload and return its stored form.

        Raises
        ------
        ValidationError
            If pydantic refuses it.
        ValueError
            If there is a payload and the action must not have one, or a change has no fields.
        """
        if self._adapter is None:
            if payload is not None:
                raise ValueError("this action carries no payload")
            return None
        value = self._adapter.validate_json(encode(payload), strict=True)
        if not self.partial:
            return self._adapter.dump_python(value, mode="json", by_alias=True, round_trip=True)
        if not value.model_fields_set:
            raise ValueError("expected at least one field")
        return value.model_dump(
            mode="json", by_alias=True, round_trip=True, include=value.model_fields_set
        )


class ActionValidator:
    """Validates the actions of every store.

    Raises
    ------
    ConfigurationError
        If pydantic cannot validate a payload that a slice declares.
    """

    def __init__(self, stores: Iterable[Store]) -> None:
        for store in stores:
            for declared in store.reducer.payloads.values():
                payload_validator(declared)

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
        actions = [_validated(store, index, each, faults) for index, each in enumerate(current)]
        if faults:
            raise InvalidAction("invalid-payload", _summary(faults), faults)
        return actions

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
        """
        declared = store.reducer.payloads[crud_type(store, like)]
        payload, faults = _read(declared, document)
        if not faults and like != verb:
            declared = store.reducer.payloads[crud_type(store, verb)]
            payload, faults = _read(declared, payload)
        if faults:
            raise InvalidAction("invalid-payload", _summary(faults), faults)
        return Action(crud_type(store, verb), payload)


_validators: dict[int, tuple[Any, PayloadValidator]] = {}


def payload_validator(declared: Any) -> PayloadValidator:
    """Return the validator of a declared payload; always the same one for a declaration."""
    # The declaration is kept with its validator, so that no other object can get its id.
    if id(declared) not in _validators:
        _validators[id(declared)] = (declared, PayloadValidator(declared))
    return _validators[id(declared)][1]


@cache
def partial_model(model: Any) -> type[BaseModel]:
    """Derive a model that accepts any subset of another model's fields.

    Raises
    ------
    ConfigurationError
        If it is not a pydantic model, or has model validators, which a subset of fields cannot
        pass.
    """
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise ConfigurationError(f"Partial: expected a pydantic model, received {model!r}.")
    if model.__pydantic_decorators__.model_validators:
        raise ConfigurationError(
            f"{model.__name__} has model validators, which a subset of its fields cannot pass; "
            "check such rules in a case reducer."
        )
    fields: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        optional = field._copy()  # noqa: SLF001
        optional.default, optional.default_factory = None, None
        optional.validate_default = False
        fields[name] = (optional.annotation, optional)
    return create_model(
        f"{model.__name__}Changes",
        __base__=model,
        __doc__=f"Any subset of the fields of {model.__name__}.",
        **fields,
    )


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
    store: Store, index: int, action: Action | Rejected, faults: list[dict[str, Any]]
) -> Action | Rejected:
    if isinstance(action, Rejected):
        return action
    payload, found = _read(store.reducer.payloads[action.type], action.payload)
    faults += [
        {"index": index, **fault, "loc": f"/payload{fault['loc']}"}
        for fault in found[: MAX_FAULTS - len(faults)]
    ]
    return replace(action, payload=payload)


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


def _read(declared: Any, document: Any) -> tuple[Any, list[dict[str, Any]]]:
    try:
        payload = payload_validator(declared).read(document)
        # A model may convert a number to one that JSON does not have.
        encode(payload)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return None, [
            {
                "loc": "".join(f"/{shorten(str(part))}" for part in fault["loc"]),
                "code": fault["type"].replace("_", "-"),
                "detail": shorten(fault["msg"]),
            }
            for fault in found[:MAX_FAULTS]
        ]
    except (ValueError, NotJson) as error:
        return None, [{"loc": "", "code": "value-error", "detail": str(error)}]
    return payload, []


def _summary(faults: list[dict[str, Any]]) -> str:
    first = faults[0]
    more = f" ({len(faults) - 1} more in errors)" if len(faults) > 1 else ""
    return f"{first['loc'] or 'body'}: {first['detail']}{more}."
