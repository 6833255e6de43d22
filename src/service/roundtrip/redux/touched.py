"""What events changed of a state in parts, so that a difference needs no old state. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip.limits import MAX_TOUCHED_BYTES
from roundtrip.redux.jsontext import decode, encode_plain

if TYPE_CHECKING:
    from roundtrip.redux.snapshot import Change, Snapshot

NEW: Final = -1


class Fate(NamedTuple):
    """What happened to an entity.

    Parameters
    ----------
    before
        Its ordinal before; `NEW` if it did not exist.
    last
        Whether it is placed after all that were there before; ``None`` if it is gone.
    """

    before: int
    last: bool | None


class SliceTouched(NamedTuple):
    """What happened to a slice.

    Parameters
    ----------
    members
        Changed members of its rest; ``None`` if the slice was replaced.
    entities
        The fate of each changed entity, in the order in which they were placed.
    """

    members: frozenset[str] | None
    entities: dict[str, Fate]


class Touched:
    """What events changed.

    Attributes
    ----------
    slices
        By key; ``None`` if the whole state was replaced.
    """

    def __init__(self) -> None:
        self.slices: dict[str, SliceTouched] | None = {}

    def replace(self) -> None:
        """Note that the whole state was replaced."""
        self.slices = None

    def add(self, before: Snapshot, key: str, change: Change) -> None:
        """Note what an action changed in a slice."""
        if self.slices is None:
            return
        later = _replaced_slice()
        if change.lines is not None and not change.whole:
            members = _changed_members(before.rests[key], change.rest_text)
            following = before.slices[key].following
            lines = sorted(change.lines.items(), key=lambda each: each[1] or (-1,))
            fates = {}
            for name, line in lines:
                old = before.line(key, name)
                last = None if line is None else line.ordinal >= following
                fates[name] = Fate(NEW if old is None else old.ordinal, last)
            later = SliceTouched(members, fates)
        self._merge(key, later)

    def merge(self, later: Touched) -> None:
        """Note what later events changed."""
        if later.slices is None:
            self.slices = None
        for key, touched in (later.slices or {}).items():
            self._merge(key, touched)

    def text(self) -> str:
        """Write it as JSON text.

        Slices of which there is the most to say count as replaced beyond `MAX_TOUCHED_BYTES`.
        """
        if self.slices is None:
            return "null"
        texts = {key: _slice_text(touched) for key, touched in self.slices.items()}
        while sum(len(text.encode()) for text in texts.values()) > MAX_TOUCHED_BYTES:
            texts[max(texts, key=lambda key: len(texts[key]))] = "null"
        return f"{{{','.join(f'{encode_plain(key)}:{text}' for key, text in texts.items())}}}"

    @classmethod
    def of_text(cls, text: str) -> Touched:
        """Read what `text` wrote.

        Raises
        ------
        ValueError, TypeError
            If it has another form.
        """
        found = cls()
        stored: dict[str, Any] | None = decode(text)
        found.slices = stored and {
            key: _replaced_slice()
            if each is None
            else SliceTouched(
                frozenset(each[0]), {name: Fate(*fate) for name, fate in each[1].items()}
            )
            for key, each in stored.items()
        }
        return found

    def _merge(self, key: str, later: SliceTouched) -> None:
        if self.slices is None:
            return
        before = self.slices.get(key)
        if before is None:
            merged = later
        elif before.members is None or later.members is None:
            merged = _replaced_slice()
        else:
            fates = dict(before.entities)
            for name, fate in later.entities.items():
                _follow(fates, name, fate)
            merged = SliceTouched(before.members | later.members, fates)
        self.slices[key] = merged


def _replaced_slice() -> SliceTouched:
    return SliceTouched(None, {})


def _slice_text(touched: SliceTouched) -> str:
    if touched.members is None:
        return "null"
    fates = {name: list(fate) for name, fate in touched.entities.items()}
    return encode_plain([sorted(touched.members), fates])


def _follow(fates: dict[str, Fate], name: str, later: Fate) -> None:
    earlier = fates.get(name)
    if earlier is None:
        fates[name] = later
    elif later.last is None:
        del fates[name]
        if earlier.before != NEW:
            fates[name] = Fate(earlier.before, None)
    elif later.last or earlier.last is None:
        # Placed again: it follows all that were placed before.
        del fates[name]
        fates[name] = Fate(earlier.before, last=True)


def _changed_members(before_text: str, after_text: str) -> frozenset[str]:
    if before_text == after_text:
        return frozenset()
    # By their texts: true equals 1 in Python.
    before, after = (
        {name: encode_plain(value) for name, value in decode(text).items()}
        for text in (before_text, after_text)
    )
    names = before.keys() | after.keys()
    return frozenset(name for name in names if before.get(name) != after.get(name))
