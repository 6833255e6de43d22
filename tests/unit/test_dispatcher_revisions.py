from __future__ import annotations

from dataclasses import replace

import pytest

from roundtrip.errors import ReplayFailed
from roundtrip.redux import Action, Store, upcast
from roundtrip.redux.jsontext import decode
from tests.worlds import CLOSE, LEDGER, World, entry


class TestRevisions:
    def newer(self, world: World, **changes: object) -> World:
        def doubled(state: dict[str, object], action: Action) -> dict[str, object]:
            return {"twice": state.get("twice", 0) + 2 * action.payload["amount"]}

        reducer = replace(
            LEDGER.reducer,
            function=lambda state, action: (
                doubled(state, action) if action.type == "ledger/entered" else state
            ),
            initial_state={},
            revision="2",
        )
        store = Store("ledger", reducer, **changes)  # type: ignore[arg-type]
        return World(storage=world.storage, stores={"ledger": store})

    def test_a_head_of_another_revision_is_rebuilt(self, world: World) -> None:
        world.dispatch(entry(1, 3))
        newer = self.newer(world)
        answer = newer.dispatch(entry(2, 4))
        assert decode(answer.head.state_text) == {"twice": 14}
        assert answer.head.revision == newer.stores["ledger"].reducer.revision
        assert answer.head.revision.startswith("2.")

    def test_a_rebuilt_head_is_kept(self, world: World) -> None:
        world.dispatch(entry(1, 3))
        newer = self.newer(world)
        newer.existing()
        world.storage.calls.clear()
        assert decode(newer.existing().state_text) == {"twice": 6}
        assert world.storage.calls == {"load": 1}

    def test_a_head_that_moved_is_rebuilt_too(self, world: World) -> None:
        newer = self.newer(world)
        newer.dispatch(entry(1))
        world.storage.before_append = [world.rival(entry(2))]
        assert decode(newer.dispatch(entry(3)).head.state_text) == {"twice": 6}

    def test_upcasters_come_first(self, world: World) -> None:
        world.dispatch(entry(1, 3))
        newer = self.newer(
            world,
            upcasters={
                "ledger/entered": upcast(
                    "ledger/entered", lambda action: replace(action, payload={"amount": 100})
                )
            },
        )
        assert decode(newer.dispatch(entry(2)).head.state_text) == {"twice": 202}

    def test_an_event_that_nobody_knows_is_not_dropped(self, world: World) -> None:
        world.dispatch(entry(1))
        reducer = replace(LEDGER.reducer, payloads={"ledger/closed": None}, revision="3")
        stranger = World(storage=world.storage, stores={"ledger": Store("ledger", reducer)})
        with pytest.raises(ReplayFailed, match="upcaster") as caught:
            stranger.dispatch(entry(2))
        assert caught.value.version == 1
        assert stranger.dispatch(CLOSE).head.deleted
