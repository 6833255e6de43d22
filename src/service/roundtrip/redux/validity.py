"""The rule that a changed entity must be valid for its model.

The core knows nothing about models except that a pydantic model has a validator, so that it needs
not load pydantic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roundtrip.errors import Rejected, ValidatorFailed, shorten
from roundtrip.limits import MAX_DESCRIBED_FAULTS, MAX_FAULTS
from roundtrip.redux.jsontext import encode
from roundtrip.redux.merge import REPLACED, is_removed, merge_patch
from roundtrip.redux.rule import unchanging

if TYPE_CHECKING:
    from roundtrip.redux.action import Action
    from roundtrip.redux.rule import Rule


def must_stay_valid(model: Any) -> Rule:
    """Return the rule that a state, once the payload is merged into it, is valid for a model.

    Faults that the state had before, as when the model became stricter, do not count, so that they
    can be corrected one after the other. A value that the payload holds as a whole was validated
    with it, and its validators need not accept what they return.
    """

    def must_be_valid(state: Any, action: Action) -> None:
        if isinstance(action.payload, dict) and action.payload.keys() == {REPLACED}:
            return
        found = _faults(model, merge_patch(state, action.payload))
        if not found:
            return
        known = _faults(model, state)
        new = [
            fault for key, fault in found.items() if key not in known and _counts(action, key[0])
        ]
        if not new:
            return
        if failure := next((fault for fault in new if isinstance(fault, Exception)), None):
            detail = f"a validator of {model.__name__} raised {type(failure).__name__}"
            fault = {"loc": "/payload", "code": "validator-failed", "detail": detail}
            raise ValidatorFailed(f"/payload: {detail}.", [fault]) from failure
        first = new[0]
        raise Rejected(
            "invalid-entity",
            f"{first['loc'] or 'The entity'}: {first['detail']}.",
            details={"errors": new[:MAX_FAULTS]},
        )

    return unchanging(must_be_valid)


def _faults(model: Any, entity: Any) -> dict[tuple[tuple[Any, ...], str], Any]:
    validator = getattr(model, "__pydantic_validator__", None)
    if validator is None:
        return {}
    try:
        validator.validate_json(encode(entity), strict=True)
    except ValueError as error:
        return _described(error)
    except Exception as error:  # noqa: BLE001 - whatever the application's validators raise
        return {((), type(error).__name__): error}
    return {}


def _described(error: Any) -> dict[tuple[tuple[Any, ...], str], Any]:
    if not hasattr(error, "error_count"):
        return {((), type(error).__name__): error}
    if error.error_count() > MAX_DESCRIBED_FAULTS:
        detail = f"{error.error_count()} faults"
        return {((), "many"): {"loc": "", "code": "too-many-faults", "detail": detail}}
    listed = error.errors(include_url=False, include_context=False, include_input=False)
    return {
        (tuple(each["loc"]), each["type"]): {
            "loc": "".join(f"/{shorten(str(part))}" for part in each["loc"]),
            "code": each["type"].replace("_", "-"),
            "detail": shorten(each["msg"]),
        }
        for each in listed
    }


def _counts(action: Action, place: tuple[Any, ...]) -> bool:
    value = action.payload
    for part in place:
        if not isinstance(value, dict) or is_removed(value):
            break
        if value.keys() == {REPLACED}:
            return False
        if part not in value:
            return True
        value = value[part]
    return isinstance(value, dict) or value is None
