"""The test kit for applications; not part of the Lambda package.

=====================  ==========================================================================
`scenario`             `given`, `recorded`: earlier actions, then an action, then its result
`api`                  `Api`: the HTTP API in memory, for any caller
`client`, `answer`     the HTTP client that `Api` extends, and the `Answer` it returns
`gateway_event`        the events and contexts that API Gateway and Lambda pass
`listening`            calls listeners after each request of `Api`
`clock`                `Clock`: time that only the test advances
`store_check`          `check_stores`: all checks of a start and of the OpenAPI document
`histories`            `check_histories`: replays what ``roundtrip record`` kept
`machine`, `writers`   `state_machine`: random requests from several containers, with faults
`audit`                checks the guarantees of the service after each step
`flaky_storage`        a storage that fails on demand
`payloads`             `strategy_of`: random payloads that a model accepts
`schema_strategies`    Hypothesis strategies for JSON schemas
`existing_values`      makes random payloads refer to values in the state
`immutability`         detects reducers that modify their arguments
`state_type`           checks a state against its declared type
`difference`           shows the difference of two JSON values
=====================  ==========================================================================

Examples
--------
A store of an application:

>>> from typing import Annotated
>>> from pydantic import BaseModel, Field
>>> from roundtrip import Rejected, Store, case, create_slice
>>> class Item(BaseModel):
...     sku: Annotated[str, Field(min_length=1)]
>>> def added(state, action):
...     return {"skus": [*state["skus"], action.payload["sku"]]}
>>> def must_be_new(state, action):
...     if action.payload["sku"] in state["skus"]:
...         raise Rejected("item-exists", "It is already in the basket.")
>>> basket = create_slice(
...     name="basket",
...     initial_state={"skus": []},
...     reducers={"added": case(added, payload=Item, rules=[must_be_new])},
... )
>>> BASKETS = Store("baskets", basket)
>>> added = basket.actions["added"]

The result of an action, without storage or HTTP:

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

In a test module, two more lines test everything else:

>>> TestBaskets = state_machine(BASKETS)
>>> def test_the_stores_are_sound() -> None:
...     check_stores([BASKETS])
"""

try:
    from roundtrip.storage.memory import MemoryStorage
    from roundtrip.testing.answer import Answer
    from roundtrip.testing.api import Api
    from roundtrip.testing.clock import Clock
    from roundtrip.testing.histories import check_histories
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
    "check_histories",
    "check_stores",
    "given",
    "recorded",
    "state_machine",
    "strategy_of",
]
