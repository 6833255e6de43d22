"""The text of a part that holds entities. Pure.

Each entity is a line ``ordinal TAB id TAB entity``. The last two are JSON, which has neither tabs
nor line feeds. Entities in order of their ordinals are the slice's ``ids``, which are not stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from roundtrip.redux.entities import settled
from roundtrip.redux.jsontext import bytes_of, decode, encode_plain, exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Of the separators in the state, and of quotes around a number.
_OVERHEAD_BYTES = 5


class Line(NamedTuple):
    """An entity as stored.

    Parameters
    ----------
    ordinal
        Its place among the entities of its slice; unique, with gaps.
    id_text, text
        Its id and the entity itself, as JSON text.
    """

    ordinal: int
    id_text: str
    text: str

    @property
    def size(self) -> int:
        """Its share of the size of a slice, in bytes: the state has the id twice."""
        return 2 * bytes_of(self.id_text) + bytes_of(self.text) + _OVERHEAD_BYTES

    @property
    def key_text(self) -> str:
        """Its name in ``entities``, as JSON text."""
        if self.id_text.startswith('"'):
            return self.id_text
        plain = self.id_text.lstrip("-").isdigit()
        return f'"{self.id_text}"' if plain else encode_plain(str(self.entity_id))

    @property
    def entity_id(self) -> Any:
        """Its id: a string or an integer."""
        return decode(self.id_text)


def line_of(ordinal: int, key: Any, entity_id: Any, text: str) -> Line:
    """Return an entity, which is text already, as a line.

    Raises
    ------
    NotJson
        If its key is no string, or its id is not JSON.
    """
    if not isinstance(key, str):
        exact({key: 0})
    known = isinstance(entity_id, (str, int))
    return Line(ordinal, encode_plain(entity_id) if known else exact(entity_id)[0], text)


def lines_of(ids: Iterable[Any], entities: Mapping[str, Any]) -> dict[str, Line]:
    """Return all entities of a slice as lines, by key.

    Raises
    ------
    NotJson
        If one is not JSON.
    """
    return {
        key: line_of(ordinal, key, entity_id, exact(entities[key])[0])
        for ordinal, (key, entity_id) in enumerate(settled(ids, entities).items())
    }


def read_bucket(text: str) -> dict[str, Line]:
    """Read the lines of a bucket by their keys; entities are not decoded.

    Raises
    ------
    ValueError
        If it has another form.
    """
    lines = {}
    # Not `splitlines`, which also splits at U+2028 and others.
    for line in text.split("\n") if text else ():
        ordinal, id_text, entity_text = line.split("\t", 2)
        plain = id_text[0] == '"' and "\\" not in id_text
        key = id_text[1:-1] if plain else str(decode(id_text))
        lines[key] = Line(int(ordinal), id_text, entity_text)
    return lines


def write_bucket(lines: Mapping[str, Line]) -> str:
    """Write lines as `read_bucket` reads them.

    Examples
    --------
    >>> text = write_bucket({"7": Line(3, "7", '{"id":7}')})
    >>> read_bucket(text)
    {'7': Line(ordinal=3, id_text='7', text='{"id":7}')}
    """
    return "\n".join(f"{ordinal}\t{id_text}\t{text}" for ordinal, id_text, text in lines.values())


class Buckets(dict[int, "str | dict[str, Line]"]):
    """The loaded buckets of a slice: text, or lines once one was looked into."""

    def lines(self, bucket: int) -> dict[str, Line]:
        """Return the lines of a loaded bucket."""
        found = self[bucket]
        if isinstance(found, str):
            found = self[bucket] = read_bucket(found)
        return found

    def text(self, bucket: int) -> str:
        """Return the text of a loaded bucket."""
        found = self[bucket]
        return found if isinstance(found, str) else write_bucket(found)

    def all_lines(self) -> Iterator[tuple[str, Line]]:
        """Return all loaded lines with their keys."""
        for bucket in self:
            yield from self.lines(bucket).items()
