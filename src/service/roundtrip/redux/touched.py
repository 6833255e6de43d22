"""What a commit says it changed, so that a difference between versions needs no old state. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from roundtrip.redux.jsontext import decode, encode_plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip.redux.snapshot import Change, Snapshot

SET: Final = "set"
LAST: Final = "last"
GONE: Final = "gone"
_MAX_ENTITIES: Final = 200


class Touched:
    """The slices that events changed, and the entities in them.

    Attributes
    ----------
    all
        Whether the state was replaced as a whole.
    slices
        For each slice whether its rest changed, and the fate of its entities in the order in which
        it happened: `SET`, `LAST` (set, and moved to the end) or `GONE`; ``None`` for all of them.
    """

    def __init__(self) -> None:
        self.all = False
        self.slices: dict[str, tuple[bool, dict[str, str] | None]] = {}

    def add_all(self) -> None:
        """Note that the state was replaced."""
        self.all = True

    def add(self, before: Snapshot, key: str, change: Change) -> None:
        """Note what an action changed in a slice."""
        rest = change.rest_text != before.rests.get(key)
        fates: dict[str, str] | None = None
        if change.lines is not None and not change.whole:
            following = before.slices[key].next
            lines = sorted(change.lines.items(), key=lambda each: each[1] or (-1,))
            fates = {
                name: GONE if line is None else LAST if line.ordinal >= following else SET
                for name, line in lines
            }
        self._merge(key, rest, fates)

    def merge(self, later: Touched) -> None:
        """Note what later events changed."""
        self.all = self.all or later.all
        for key, (rest, fates) in later.slices.items():
            self._merge(key, rest, fates)

    def text(self) -> str:
        """Write it as JSON text."""
        slices: Mapping[str, Any] = {key: [rest, fates] for key, (rest, fates) in self.slices.items()}
        return encode_plain({"all": True} if self.all else slices)

    @classmethod
    def of_text(cls, text: str) -> Touched:
        """Read what `text` wrote."""
        found = cls()
        stored = decode(text)
        if stored == {"all": True}:
            found.all = True
        else:
            found.slices = {key: (rest, fates) for key, (rest, fates) in stored.items()}
        return found

    def _merge(self, key: str, rest: bool, fates: dict[str, str] | None) -> None:  # noqa: FBT001
        rest_before, before = self.slices.get(key, (False, {}))
        merged: dict[str, str] | None = None
        if before is not None and fates is not None:
            merged = dict(before)
            for name, fate in fates.items():
                if fate != SET:
                    merged.pop(name, None)
                merged.setdefault(name, fate)
            if len(merged) > _MAX_ENTITIES:
                merged = None
        self.slices[key] = (rest or rest_before, merged)
