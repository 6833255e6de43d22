"""Validates the payload of an action with the type that its slice declares."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import SchemaSerializer, SchemaValidator

from roundtrip.api.core_schemas import config_of_payload
from roundtrip.api.guarded_schema import FAILED, failure_of, guarded, has_functions, whole
from roundtrip.api.patch_schema import patch_type
from roundtrip.api.round_trip import RoundTrip
from roundtrip.errors import ConfigurationError, NotJson, shorten
from roundtrip.limits import FAIL_FAST_CHARACTERS, MAX_DESCRIBED_FAULTS, MAX_FAULTS
from roundtrip.redux.crud import Partial
from roundtrip.redux.jsontext import encode_plain
from roundtrip.redux.merge import MARKS


class InvalidPayload(ValueError):
    """A payload that its model refuses.

    Parameters
    ----------
    faults
        ``loc`` (a JSON pointer), ``code`` and ``detail`` of each.
    cause
        What a function of the application raised; ``None`` if the payload itself is invalid.
    """

    def __init__(self, faults: list[dict[str, Any]], cause: BaseException | None = None) -> None:
        super().__init__(faults[0]["detail"])
        self.faults = faults
        self.cause = cause


class PayloadValidator:
    """Validates the payload of one action type.

    Payloads are read as strict JSON: a number in a string is not a number, but a date in a string
    is a date. The stored payload is the model's output, including its defaults; that of a change
    has what was sent, at every depth.

    Parameters
    ----------
    declared
        The payload that the slice declares: ``None``, a model or type, or a `Partial` of a model.

    Raises
    ------
    ConfigurationError
        If pydantic cannot create a validator for it, or the type does not read what it writes.
    """

    def __init__(self, declared: Any) -> None:
        self.partial = isinstance(declared, Partial)
        self.type = _type_of(declared)
        if self.type is None:
            return
        try:
            adapter: TypeAdapter[Any] = TypeAdapter(self.type)
            schema: Any = adapter.core_schema
            model = TypeAdapter(declared.model).core_schema if self.partial else schema
        except Exception as error:
            raise ConfigurationError(
                f"expected a type that pydantic can validate, received {declared!r}: {error}"
            ) from error
        round_trip = RoundTrip(dict(model))
        if lost := round_trip.lost():
            raise ConfigurationError(
                f"{lost.field.lstrip('.') or 'the payload'} cannot be stored: {lost.reason}."
            )
        self._schema = schema
        self._config = config_of_payload(dict(model), round_trip.definitions)
        self._validator: Any = adapter.validator
        self._serializer: Any = adapter.serializer
        self._hasty: Any = None
        if self.partial or has_functions(schema):
            made = self._guarded()
            self._validator = SchemaValidator(made, self._config, _use_prebuilt=False)
            self._serializer = SchemaSerializer(made, self._config, _use_prebuilt=False)

    def read(self, payload: Any) -> Any:
        """Validate a payload and return its stored form.

        Raises
        ------
        InvalidPayload
            If the type refuses it, there is a payload and the action must not have one, a change
            has no fields, or a function of the application fails on it.
        """
        if self.type is None:
            if payload is not None:
                raise _invalid("this action carries no payload")
            return None
        if self.partial:
            check_marks(payload)
        try:
            stored = self._validated(encode_plain(payload))
            if self.partial:
                stored = stored.value
            else:
                stored = self._serializer.to_python(
                    stored, mode="json", by_alias=True, round_trip=True, warnings=False
                )
            # A model may convert a number to one that JSON does not have.
            encode_plain(stored)
        except NotJson as error:
            raise _invalid(str(error)) from error
        except InvalidPayload:
            raise
        except Exception as error:
            raise _broken(error) from error
        if self.partial and not stored:
            raise _invalid("expected at least one field")
        return stored

    def _validated(self, text: str) -> Any:
        large = len(text) > FAIL_FAST_CHARACTERS
        try:
            validator = self._hasty_validator() if large else self._validator
            return validator.validate_json(text, strict=True)
        except ValidationError as error:
            found = error
        if found.error_count() > MAX_DESCRIBED_FAULTS and not large:
            try:
                return self._hasty_validator().validate_json(text, strict=True)
            except ValidationError as error:
                found = error
        raise _described(found) from found

    def _hasty_validator(self) -> Any:
        if self._hasty is None:
            made = self._guarded(fail_fast=True)
            self._hasty = SchemaValidator(made, self._config, _use_prebuilt=False)
        return self._hasty

    def _guarded(self, *, fail_fast: bool = False) -> Any:
        # The parts of a change write themselves when they are validated.
        guard = guarded if self.partial else whole
        return guard(self._schema, RoundTrip(self._schema), fail_fast=fail_fast)


_validators: dict[int, tuple[Any, PayloadValidator]] = {}


def payload_validator(declared: Any) -> PayloadValidator:
    """Return the validator of a declared payload; always the same one for a declaration."""
    # The declaration is kept with its validator, so that no other object can get its id.
    if id(declared) not in _validators:
        _validators[id(declared)] = (declared, PayloadValidator(declared))
    return _validators[id(declared)][1]


def check_marks(change: Any) -> None:
    """Refuse what would look like a mark of `merge_patch` in a change.

    Raises
    ------
    InvalidPayload
        If an object in it has a member with such a name.
    """
    if isinstance(change, dict):
        if taken := change.keys() & MARKS:
            raise _invalid(f"the name {taken.pop()} is reserved: it marks a part of a change")
        for member in change.values():
            check_marks(member)


def _type_of(declared: Any) -> Any:
    if not isinstance(declared, Partial):
        return declared
    model = declared.model
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise ConfigurationError(f"Partial: expected a pydantic model, received {model!r}.")
    return patch_type(model, entity=declared.entity, key=declared.key)


def _invalid(detail: str) -> InvalidPayload:
    return InvalidPayload([{"loc": "", "code": "value-error", "detail": detail}])


def _broken(error: Exception) -> InvalidPayload:
    failure = failure_of(error)
    cause = failure.__cause__ if failure and failure.__cause__ else error
    detail = f"a function of the model raised {type(cause).__name__}"
    loc = failure.place if failure else ""
    return InvalidPayload([{"loc": loc, "code": "validator-failed", "detail": detail}], cause)


def _described(error: ValidationError) -> InvalidPayload:
    count = error.error_count()
    if count > MAX_DESCRIBED_FAULTS:
        detail = f"{count} faults, too many to describe; send less, or correct a part of it"
        return InvalidPayload([{"loc": "", "code": "too-many-faults", "detail": detail}])
    found = error.errors(include_url=False, include_context=True, include_input=False)
    cause = next((each["ctx"]["cause"] for each in found if each["type"] == FAILED), None)
    faults = [
        {
            "loc": "".join(f"/{shorten(str(part))}" for part in each["loc"]),
            "code": each["type"].replace("_", "-"),
            "detail": shorten(each["msg"]),
        }
        for each in found[:MAX_FAULTS]
    ]
    return InvalidPayload(faults, cause)
