"""Random payloads and actions that the models of a store accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from pydantic import TypeAdapter

from roundtrip.api.payloads import payload_validator
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
    """Return a strategy for payloads, as JSON, that a declared model accepts.

    Parameters
    ----------
    declared
        As in `roundtrip.case`: a model or type, a `Partial` of a model, or ``None``.

    Raises
    ------
    ConfigurationError
        If pydantic has no JSON schema for it.

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
        raise ConfigurationError(f"Cannot generate payloads of {declared!r}: {error}") from error
    return _accepted(declared, SchemaStrategies(schema).of(schema))


def accepts(declared: Any, payload: Any) -> bool:
    """Return whether the edge accepts a payload."""
    try:
        encode(payload_validator(declared).read(payload))
    except (ValueError, NotJson):
        return False
    return True


def actions_of(
    store: Store, payloads: Mapping[str, SearchStrategy[Any]] | None = None
) -> SearchStrategy[dict[str, Any]]:
    """Return a strategy for actions, as JSON, that a store accepts.

    Parameters
    ----------
    payloads
        Strategies to use in place of those of the models, by action type.

    Raises
    ------
    ConfigurationError
        If an action type is unknown, or no payload is found that its model accepts.
    """
    chosen = payloads or {}
    declared = store.reducer.payloads
    if unknown := chosen.keys() - declared.keys():
        raise ConfigurationError(
            f"payloads: store {store.name} has no action {', '.join(sorted(unknown))}; "
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
            f"{kind}: found no payload that its model accepts; pass a strategy: "
            f'payloads={{"{kind}": strategy}}.'
        ) from error
