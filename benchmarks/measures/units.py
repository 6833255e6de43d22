"""The capacity units of one action: by AWS's rules from item sizes, and as engines report them.

What an engine reports is kept as it is, though no engine here follows AWS's rules to the letter.
"""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from benchmarks.capacity import watched
from benchmarks.containers import Container
from benchmarks.engines import REFERENCE
from benchmarks.ledgers import LEDGERS, loading, repetitions_changed, rows_as_text
from benchmarks.orders import CREATED, ORDER, quantity_changed
from benchmarks.samples import Units
from benchmarks.targets import UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.capacity import Use
    from benchmarks.engines import Engine

ITEMS: Final = "items"
"""The source of units that are computed from the sizes of items."""

_BATCH: Final = 50
_STATE_BYTES: Final = 50 * 1024
_KINDS: Final = ("write", "read")


class _Case(NamedTuple):
    """A request to count the units of, and those before it."""

    name: str
    seed: Sequence[Any]
    document: Any
    headers: Mapping[str, str] = {}
    cold: bool = False
    actions: int = 1


def measure(engine: Engine) -> Iterator[Units]:
    """Count the units of each case once: they do not vary.

    What is computed from items is the same on every engine, and given for the reference alone.

    Raises
    ------
    UnexpectedAnswer
        When a request was refused.
    """
    table = engine.table()
    orders = [Container(engine, table) for _ in range(2)]
    ledgers = [Container(engine, table, LEDGERS) for _ in range(2)]
    for case in _order_cases():
        yield from _dispatch(engine, orders, "salesOrders", case)
    for case in _ledger_cases():
        yield from _dispatch(engine, ledgers, "ledgers", case)
    yield from _collection(engine, orders[0])


def _order_cases() -> Iterator[_Case]:
    changed = quantity_changed(1)
    key = {"idempotency-key": str(uuid.uuid4())}
    batch = [quantity_changed(number) for number in range(_BATCH)]
    yield _Case("small action", [CREATED], changed)
    yield _Case("small action, cold cache", [CREATED], changed, cold=True)
    yield _Case("small action with a key", [CREATED], changed, key)
    yield _Case(f"batch of {_BATCH} small actions", [CREATED], batch, actions=_BATCH)


def _ledger_cases() -> Iterator[_Case]:
    changed = repetitions_changed(0)
    for name, with_ids in (
        ("action on a 50 KB state", False),
        ("action on a 50 KB state, a UUID in each row", True),
    ):
        rows = rows_as_text(_STATE_BYTES, with_ids=with_ids)
        yield _Case(name, loading(rows), changed)


def _dispatch(
    engine: Engine, containers: Sequence[Container], store: str, case: _Case
) -> Iterator[Units]:
    warm, cold = containers
    path = f"/stores/{store}/{uuid.uuid4()}/actions"
    for document in case.seed:
        _send(warm, "POST", path, document)
    container = cold if case.cold else warm
    with watched(container.client, engine.client()) as uses:
        _send(container, "POST", path, case.document, case.headers)
    yield from rows("coupled", engine, case.name, case.actions, uses)


def _collection(engine: Engine, container: Container) -> Iterator[Units]:
    with watched(container.client, engine.client()) as uses:
        created = _send(container, "POST", "/sales-orders", ORDER)
    yield from rows("coupled", engine, "creation", 1, uses)
    with watched(container.client, engine.client()) as uses:
        _send(container, "GET", f"/stores/salesOrders/{created['id']}")
    yield from rows("coupled", engine, "read", 1, uses)


def _send(
    container: Container,
    method: str,
    path: str,
    document: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    answer = container.send(method, path, document, headers)
    if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        raise UnexpectedAnswer("coupled", path, expected="status 200 or 201", received=answer)
    return answer.json


def rows(
    design: str, engine: Engine, case: str, actions: int, uses: Sequence[Use]
) -> Iterator[Units]:
    """Add up what requests used.

    Parameters
    ----------
    design, case, actions
        As in `benchmarks.samples.Units`.
    engine
        Who reported.
    uses
        Of all the requests of the case.
    """
    for kind in _KINDS:
        used = [use for use in uses if use.kind == kind]
        if engine.name == REFERENCE:
            by_items = float(sum(use.by_items for use in used))
            yield Units(design, case, actions, kind, ITEMS, by_items)
        reported = float(sum(use.reported for use in used))
        yield Units(design, case, actions, kind, engine.name, reported)
