"""Rules for the marks of what listeners must not do twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from roundtrip.storage.effect import Effect

if TYPE_CHECKING:
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Stream

NOW_S: Final = 1_800_000_000
END_S: Final = NOW_S + 1000


class EffectsRules:
    @pytest.fixture
    def effect(self, stream: Stream) -> Effect:
        return Effect(stream, "commit/1/hear/mail", "one", NOW_S, END_S)

    def test_an_effect_begins_once(self, storage: Storage, effect: Effect) -> None:
        assert storage.begin(effect)
        assert not storage.begin(effect._replace(token="other"))

    def test_the_same_try_may_be_sent_again(self, storage: Storage, effect: Effect) -> None:
        assert storage.begin(effect)
        assert storage.begin(effect)
        assert not storage.begin(effect._replace(token="other"))

    def test_what_is_forgotten_begins_again(self, storage: Storage, effect: Effect) -> None:
        storage.forget(effect)
        assert storage.begin(effect)
        storage.forget(effect)
        assert storage.begin(effect._replace(token="other"))
        assert not storage.begin(effect)

    def test_a_late_mark_does_not_count_though_its_item_is_still_there(
        self, storage: Storage, effect: Effect
    ) -> None:
        assert storage.begin(effect)
        later = effect._replace(token="other", begun_at_s=END_S - 1, expires_at_s=END_S + 1000)
        assert not storage.begin(later)
        assert storage.begin(later._replace(begun_at_s=END_S))
        # The new one counts from then on.
        assert not storage.begin(effect._replace(token="third", begun_at_s=END_S))

    def test_others_do_not_count(self, storage: Storage, effect: Effect) -> None:
        assert storage.begin(effect)
        for other in (
            effect._replace(key="commit/1/hear/bill", token="other"),
            effect._replace(stream=effect.stream._replace(id="other"), token="other"),
            effect._replace(stream=effect.stream._replace(namespace="other"), token="other"),
        ):
            assert storage.begin(other)
            storage.forget(other)
        assert not storage.begin(effect._replace(token="other"))
