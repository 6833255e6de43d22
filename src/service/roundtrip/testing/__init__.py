"""What an application's tests need. Never loaded by a function, nor part of its package.

=================  ==============================================================================
`given`            actions that came before, then an action, then a state or a refusal
`recorded`         the same on events of an earlier release, through upcasters
`Api`              the HTTP API in memory, with callers of one's choice
`Clock`            a clock that only a test moves
`check_stores`     everything that a start, or the OpenAPI document, would find wrong
`state_machine`    random requests and faults, and the promises that hold all the same
`strategy_of`      random payloads that an action's model accepts
=================  ==============================================================================

Examples
--------
A store, as an application has it:

>>> from typing import Annotated
>>> from pydantic import BaseModel, Field
>>> from roundtrip import Rejected, Store, case, create_slice
>>> class Item(BaseModel):
...     sku: Annotated[str, Field(min_length=1)]
>>> def added(state, action):
...     if action.payload["sku"] in state["skus"]:
...         raise Rejected("item-exists", "It is in the basket already.")
...     return {"skus": [*state["skus"], action.payload["sku"]]}
>>> basket = create_slice(
...     name="basket", initial_state={"skus": []}, reducers={"added": case(added, payload=Item)}
... )
>>> BASKETS = Store("baskets", basket)
>>> added = basket.actions["added"]

What comes of an action, without storage or HTTP:

>>> one = given(BASKETS, added({"sku": "tea"}))
>>> _ = one.when(added(Item(sku="cup"))).then_state({"skus": ["tea", "cup"]})
>>> _ = one.when(added({"sku": "tea"})).then_refused("item-exists")
>>> _ = one.when({"type": "basket/added", "payload": {"sku": ""}}).then_invalid("/payload/sku")

The HTTP API, in memory:

>>> api = Api([BASKETS], auth_mode="JWT")
>>> ada = api.as_user("ada")
>>> ada.dispatch("baskets", "1", added({"sku": "tea"})).status
201
>>> ada.state("baskets", "1"), api.as_user("bo").get("/stores/baskets/1").status
({'skus': ['tea']}, 404)

In a test module, two lines more try everything else:

>>> TestBaskets = state_machine(BASKETS)
>>> def test_the_stores_are_sound() -> None:
...     check_stores([BASKETS])
"""

try:
    from roundtrip.storage.memory import MemoryStorage
    from roundtrip.testing.answer import Answer
    from roundtrip.testing.api import Api
    from roundtrip.testing.clock import Clock
    from roundtrip.testing.machine import state_machine
    from roundtrip.testing.payloads import strategy_of
    from roundtrip.testing.scenario import Given, Then, given, recorded
    from roundtrip.testing.store_check import check_stores
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"roundtrip.testing needs {missing.name}, which is not installed; "
        "run: pip install 'roundtrip-redux[testing]'",
        name=missing.name,
    ) from missing

__all__ = [
    "Answer",
    "Api",
    "Clock",
    "Given",
    "MemoryStorage",
    "Then",
    "check_stores",
    "given",
    "recorded",
    "state_machine",
    "strategy_of",
]
