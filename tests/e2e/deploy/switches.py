"""Switches, and a journal that a listener keeps of each; `app/stores.py` of a project to deploy."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from roundtrip import Store, case, create_slice
from roundtrip.followers import listener

if TYPE_CHECKING:
    from roundtrip import Event
    from roundtrip.followers.context import ListenerContext

POISON: Final = "poison"
"""The switch whose listener fails until the environment has `MENDED`."""

MENDED: Final = "MENDED"

switch = create_slice(
    name="switch",
    initial_state=0,
    reducers={"turned": case(lambda state, _: state + 1, payload=str)},
    state=int,
)
journal = create_slice(
    name="journal",
    initial_state=[],
    reducers={"noted": case(lambda state, action: [*state, action.payload], payload=int)},
    state=list[int],
)
STORES: Final = (
    Store("switches", switch, access="shared"),
    Store("journals", journal, access="shared"),
)


@listener(switch.actions["turned"])
def note(event: Event, context: ListenerContext) -> None:
    """Note the version of a switch in its journal."""
    if context.stream.id == POISON and MENDED not in os.environ:
        raise RuntimeError("on purpose")
    context.dispatch(
        journal.actions["noted"](event.version), store="journals", stream_id=context.stream.id
    )


LISTENERS: Final = (note,)
