"""Random payloads and actions that the models of a store accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from pydantic import TypeAdapter

from roundtrip.api.validation import payload_validator
from roundtrip.errors import ConfigurationError, NotJson
from roundtrip.redux.jsontext import encode
from roundtrip.testing.schema_strategies import SchemaStrategies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

    from roundtrip.redux.store import Store

_TRIAL = settings(
    max_examples=200,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def strategy_of(declared: Any) -> SearchStrategy[Any]:
    """Give the payloads, as JSON, that a declared model accepts.

    Parameters
    ----------
    declared
        As of `roundtrip.case`: a model or a type, a `Partial` of a model, or ``None``.

    Raises
    ------
    ConfigurationError
        When pydantic has no JSON schema for it.

    Examples
    --------
    >>> from typing import Annotated
    >>> from hypothesis import find
    >>> from pydantic import Field
    >>> line = tuple[Annotated[str, Field(pattern="^[a-z]+$")], Annotated[int, Field(ge=1)]]
    >>> find(strategy_of(line), lambda payload: payload[1] > 8)
    ['a', 9]
    """
    if declared is None:
        return st.none()
    check = payload_validator(declared)
    try:
        schema = TypeAdapter(check.type).json_schema(by_alias=True)
    except Exception as error:
        raise ConfigurationError(f"No payloads can be made of {declared!r}: {error}") from error
    return _accepted(declared, SchemaStrategies(schema).of(schema))


def accepts(declared: Any, payload: Any) -> bool:
    """Tell whether the edge would let a payload through."""
    try:
        encode(payload_validator(declared).read(payload))
    except (ValueError, NotJson):
        return False
    return True


def actions_of(
    store: Store, payloads: Mapping[str, SearchStrategy[Any]] | None = None
) -> SearchStrategy[dict[str, Any]]:
    """Give the actions, as JSON, that a store accepts.

    Parameters
    ----------
    store
        The store.
    payloads
        By action type, strategies to use instead of those of the models.

    Raises
    ------
    ConfigurationError
        When there is no such action, or nothing is found that its model accepts.
    """
    chosen = payloads or {}
    declared = store.reducer.payloads
    if strangers := chosen.keys() - declared.keys():
        raise ConfigurationError(
            f"payloads: store {store.name} has no action {', '.join(sorted(strangers))}; "
            f"expected one of {', '.join(declared)}."
        )
    made = []
    for kind, model in declared.items():
        strategy = _accepted(model, chosen[kind]) if kind in chosen else strategy_of(model)
        _require_one(kind, strategy)
        made.append(st.fixed_dictionaries({"type": st.just(kind), "payload": strategy}))
    return st.one_of(made)


def _accepted(declared: Any, strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    def is_accepted(payload: Any) -> bool:
        return accepts(declared, payload)

    return strategy.filter(is_accepted)


def _require_one(kind: str, strategy: SearchStrategy[Any]) -> None:
    try:
        find(strategy, lambda _: True, settings=_TRIAL)
    except HypothesisException as error:
        raise ConfigurationError(
            f"{kind}: found no payload that its model accepts; give one: "
            f'payloads={{"{kind}": strategy}}.'
        ) from error
