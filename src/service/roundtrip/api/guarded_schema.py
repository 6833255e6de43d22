"""Guards the functions of a model: whatever they raise is reported at their field."""

from __future__ import annotations

from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import (
    InitErrorDetails,
    PydanticCustomError,
    PydanticOmit,
    PydanticUseDefault,
    ValidationError,
)

from roundtrip.api.core_schemas import (
    OBJECTS,
    Schema,
    children,
    is_function,
    mapped,
    of_the_application,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip.api.round_trip import Kept, RoundTrip

FAILED: Final = "validator_failed"
"""The type of the fault of a function that raised an error that pydantic does not handle."""

LOST: Final = "not_stored"
"""The type of the fault of a value that its field's serializer does not keep."""

# pydantic handles these: a value is refused, left out, or replaced by its default.
_HANDLED: Final = (ValueError, AssertionError, PydanticOmit, PydanticUseDefault)
_LAST_FAILURE: Final[ContextVar[FunctionFailed | None]] = ContextVar("failure", default=None)
_CONTAINERS: Final = frozenset({"list", "tuple", "set", "frozenset", "dict"})


class FunctionFailed(Exception):
    """A function that pydantic calls outside of validators raised an error.

    Parameters
    ----------
    place
        The field it belongs to, as a JSON pointer in which ``*`` is any element.
    """

    def __init__(self, place: str) -> None:
        super().__init__(f"a function of {place or 'the payload'} failed")
        self.place = place


def guarded(
    schema: Schema,
    round_trip: RoundTrip,
    *,
    fail_fast: bool = False,
    place: str = "",
) -> Schema:
    """Return a schema whose functions report every error they raise.

    Parameters
    ----------
    round_trip
        Knows which objects must be checked because the application serializes their fields.
    fail_fast
        Whether the first invalid element of a container ends its validation.
    place
        The path of this schema as a JSON pointer.
    """

    def convert(child: Schema, segment: str) -> Schema:
        return guarded(child, round_trip, fail_fast=fail_fast, place=place + _pointer(segment))

    made = mapped(schema, convert)
    if fail_fast and made["type"] in _CONTAINERS:
        made["fail_fast"] = True
    function = made.get("function")
    if isinstance(function, dict) and of_the_application(function["function"]):
        made["function"] = {**function, "function": _validator(function["function"])}
    for key in ("default_factory", "discriminator"):
        if callable(made.get(key)) and of_the_application(made[key]):
            made[key] = _function(made[key], place)
    written: Any = made.get("serialization")
    if written and isinstance(written.get("schema"), dict):
        inner = guarded(written["schema"], round_trip, fail_fast=fail_fast, place=place)
        made["serialization"] = written = {**written, "schema": inner}
    if is_function(written):
        made["serialization"] = {**written, "function": _function(written["function"], place)}
    if schema["type"] in OBJECTS and (kept := round_trip.kept(schema)):
        return _checked(made, kept)
    return made


def has_functions(schema: Schema) -> bool:
    """Return whether a schema calls functions of the application."""
    function = schema.get("function")
    called = [schema.get("default_factory"), schema.get("discriminator")]
    if isinstance(function, dict):
        called.append(function["function"])
    return (
        any(callable(each) and of_the_application(each) for each in called)
        or is_function(schema.get("serialization"))
        or any(has_functions(child) for _, child in children(schema))
    )


def fault(kind: Any, text: Any, context: dict[str, Any], *place: str) -> ValidationError:
    """Return the error of a validator whose fault is at a place in the value."""
    found = PydanticCustomError(kind, text, context)
    details = InitErrorDetails(type=found, loc=place, input=None)
    return ValidationError.from_exception_data("payload", [details])


def failure_of(error: BaseException) -> FunctionFailed | None:
    """Return the failure of a function that led to an error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, FunctionFailed):
            return cause
        cause = cause.__cause__
    # pydantic-core does not chain every error that a serializer raises, but repeats its text.
    last = _LAST_FAILURE.get()
    return last if last and str(last) in str(error) else None


def _pointer(segment: str) -> str:
    if segment.startswith("."):
        return f"/{segment[1:]}"
    return "/*" if segment else ""


def whole(schema: Schema, round_trip: RoundTrip, *, fail_fast: bool = False) -> Schema:
    """Return the guarded schema of a payload."""
    made = guarded(schema, round_trip, fail_fast=fail_fast)
    kept = round_trip.kept_root()
    return made if kept is None else _checked(made, kept, root=True)


def _checked(schema: Schema, kept: Kept, *, root: bool = False) -> Schema:
    def check(value: Any) -> Any:
        try:
            lost = kept.lost({"": value} if root else value)
        except Exception:  # noqa: BLE001 - the serializer fails again when the payload is written
            return value
        if lost:
            place = () if root else (lost.field,)
            raise fault(LOST, "{reason}", {"reason": lost.reason}, *place)
        return value

    # Others refer to the outer schema.
    ref = {"ref": schema.pop("ref")} if "ref" in schema else {}
    function = {"type": "no-info", "function": check}
    return {"type": "function-after", "function": function, "schema": schema, **ref}


def _validator(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except _HANDLED:
            raise
        except Exception as error:
            raise PydanticCustomError(
                FAILED,
                "the validator raised {name}",
                {"name": type(error).__name__, "cause": error},
            ) from error

    return call


def _function(function: Callable[..., Any], place: str) -> Callable[..., Any]:
    # pydantic-core counts the parameters of a default factory and names a serializer.
    @wraps(function)
    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except _HANDLED:
            raise
        except Exception as error:
            failure = FunctionFailed(place)
            _LAST_FAILURE.set(failure)
            raise failure from error

    return call
