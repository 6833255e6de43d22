"""One strict JSON codec, so that the stored state is exactly the reduced state.

States and actions are sent and stored as JSON text. Integers keep every digit; floats are written
in the shortest form that reads back as the same double.

The standard library defines what is accepted and how it reads. A process that has a faster codec
loaded passes it to `accelerate`; its results are used only where they are known to be the same.
"""

from __future__ import annotations

import json
import math
import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from roundtrip.errors import NotJson
from roundtrip.limits import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Codec(NamedTuple):
    """A JSON codec that is faster than the standard library's.

    Parameters
    ----------
    write
        Writes a value as compact JSON text. It may also write types that JSON does not have, NaN
        and infinities (as ``NaN`` and ``Infinity``), and raises ``ValueError`` on what it cannot.
    read
        Reads JSON text; raises ``ValueError`` on NaN, infinities, and what it cannot read.
    """

    write: Callable[[Any], str]
    read: Callable[[str], Any]


_fast: Codec | None = None
_UNREAD: Final = object()


def accelerate(codec: Codec | None) -> None:
    """Use a faster codec in this process; ``None`` for the standard library's alone."""
    global _fast  # noqa: PLW0603 - one codec for each process, chosen when it starts
    _fast = codec


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_raw_decode = json.JSONDecoder(parse_constant=_constant).raw_decode
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def bytes_of(text: str) -> int:
    """Return the size of text in bytes of UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def encode(value: Any) -> str:
    r"""Write a value as compact JSON text that is valid UTF-8.

    Parameters
    ----------
    value
        Consists of ``dict`` with ``str`` keys, ``list``, ``str``, ``int``, ``float``, ``bool`` and
        ``None``.

    Raises
    ------
    NotJson
        On NaN, an infinity, a lone surrogate, a cycle, or a type that JSON does not have.

    Examples
    --------
    >>> encode({"sum": 12345678901234567890123, "name": "Zoë"})
    '{"sum":12345678901234567890123,"name":"Zoë"}'
    >>> encode(float("nan"))
    Traceback (most recent call last):
    ...
    roundtrip.errors.NotJson: value: expected a JSON value; received ...
    """
    try:
        text = _encode(value)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NotJson("value", expected="a JSON value", received=_reason(error)) from error
    return text


def encode_plain(value: Any) -> str:
    """Write a value of plain JSON types, such as one that was read from JSON, like `encode`.

    Faster than `encode`, which also refuses other types.

    Raises
    ------
    NotJson
        On NaN, an infinity, or a lone surrogate.

    Examples
    --------
    >>> encode_plain({"sum": 1.5, "name": "Zoë"})
    '{"sum":1.5,"name":"Zoë"}'
    """
    if _fast is not None:
        try:
            text = _fast.write(value)
        except ValueError:
            # `encode` says why, or can write it.
            return encode(value)
        # These words may also be part of a string.
        if "NaN" not in text and "Infinity" not in text:
            return text
    return encode(value)


def exact(value: Any) -> tuple[str, Any]:
    """Write a value, read it back and check that both are equal.

    This catches what `json` converts silently: tuples become arrays, numeric keys become strings.
    Otherwise the next request would reduce a different state than this one. The returned copy is
    plain JSON and shared with no other code.

    Raises
    ------
    NotJson
        Also if the text reads back as a different value.

    Examples
    --------
    >>> exact({"a": [1, 2.0, None]})
    ('{"a":[1,2.0,null]}', {'a': [1, 2.0, None]})
    >>> exact({1: "one"})
    Traceback (most recent call last):
    ...
    roundtrip.errors.NotJson: value: expected a JSON value; received ...
    """
    if _fast is not None:
        try:
            text = _fast.write(value)
            copy = _fast.read(text)
            if copy == value:
                return text, copy
        except (ValueError, RecursionError):
            # The standard library says why, or can write it.
            pass
    text = encode(value)
    copy = decode(text)
    if copy != value:
        raise NotJson(
            "value",
            expected="a JSON value",
            received="a value that JSON changes (a tuple, or a key that is not a string)",
        )
    return text, copy


def decode(text: str) -> Any:
    """Read text that `encode` wrote.

    Raises
    ------
    ValueError
        If the text is not JSON.
    """
    if _fast is not None:
        try:
            return _fast.read(text)
        except ValueError:
            # The standard library says why, or can read it.
            pass
    # `json.loads` takes three times as long for a short text: it looks for white space, too.
    try:
        value, end = _raw_decode(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def check_stored(text: str) -> None:
    r"""Check text that somebody else may have written in place of `encode`.

    Raises
    ------
    ValueError
        If it is not JSON, or has a lone surrogate, which `encode` refuses.

    Examples
    --------
    >>> check_stored(r'{"name":"\ud800"}')
    Traceback (most recent call last):
    ...
    ValueError: a lone surrogate
    """
    value = decode(text)
    # `encode` writes no escape of a surrogate.
    if r"\u" in text:
        try:
            encode(value)
        except NotJson as error:
            raise ValueError(error.received) from error


def decode_strict(text: str, *, where: str) -> Any:
    r"""Read text from outside.

    Parameters
    ----------
    where
        Its name in error messages, such as ``body``.

    Raises
    ------
    NotJson
        If it is not JSON by RFC 8259, or uses what the RFC calls unpredictable: duplicate names
        (section 4), numbers outside a double's range (section 6), lone surrogates (section 8.2),
        NaN, infinities, nesting beyond `MAX_DEPTH`.

    Examples
    --------
    >>> decode_strict('{"a": 1.50}', where="body")
    {'a': 1.5}
    >>> decode_strict('{"a": 1, "a": 2}', where="body")
    Traceback (most recent call last):
    ...
    roundtrip.errors.NotJson: body: expected names that occur once; received 'a' twice.
    """
    value, deeper = _read_fast(text)
    if deeper is None:
        deeper = is_deeper(text, MAX_DEPTH)
    if deeper:
        expected = f"nesting of at most {MAX_DEPTH} levels"
        raise NotJson(where, expected=expected, received="more")
    if value is not _UNREAD:
        return value
    try:
        value = _strict_decoder(where).decode(text)
        # The parser accepts an escape such as \ud800 without its other half.
        if "\\u" in text:
            _encode(value).encode()
    except (ValueError, RecursionError) as error:
        raise NotJson(where, expected="strict JSON", received=_reason(error)) from error
    return value


@lru_cache
def _strict_decoder(where: str) -> json.JSONDecoder:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            name = _first_repeated(name for name, _ in pairs)
            raise NotJson(where, expected="names that occur once", received=f"{name!r} twice")
        return found

    def constant(name: str) -> NoReturn:
        raise NotJson(where, expected="a JSON number", received=name)

    def number(digits: str) -> float:
        value = float(digits)
        if math.isinf(value):
            raise NotJson(where, expected="a number a double can hold", received=digits)
        return value

    return json.JSONDecoder(object_pairs_hook=members, parse_constant=constant, parse_float=number)


# Strings may be unterminated and match possessively, or bad input would take quadratic time.
_BRACKETS_OUTSIDE_STRINGS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|([\[{])|([\]}])', re.DOTALL)


def _first_repeated(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    raise ValueError("no name is repeated")


def is_deeper(text: str, levels: int) -> bool:
    """Return whether JSON text nests arrays and objects deeper than a number of levels.

    Examples
    --------
    >>> is_deeper('[["[[["]]', 2), is_deeper('[["[[["]]', 1)
    (False, True)
    """
    if text.count("[") + text.count("{") <= levels:
        return False
    depth = 0
    for match in _BRACKETS_OUTSIDE_STRINGS.finditer(text):
        if match[1]:
            depth += 1
            if depth > levels:
                return True
        elif match[2]:
            depth -= 1
    return False


def _read_fast(text: str) -> tuple[Any, bool | None]:
    """Read strict text with the faster codec.

    Returns
    -------
    value, deeper
        `_UNREAD` unless the text is certainly strict; whether it is deeper than `MAX_DEPTH`, and
        ``None`` if that is unknown.
    """
    if _fast is None:
        return _UNREAD, None
    try:
        value = _fast.read(text)
        # Text that is written the same again repeats no name, and has no lone surrogate.
        # Spaces, which many clients send, make no difference: every name that is lost leaves more.
        written = _fast.write(value)
        strict = written == text or "".join(written.split()) == "".join(text.split())
    except ValueError:
        return _UNREAD, None
    return value if strict else _UNREAD, _has_more_levels(value, MAX_DEPTH)


def _has_more_levels(value: Any, levels: int) -> bool:
    level = [value] if isinstance(value, (dict, list)) else []
    while level and levels:
        levels -= 1
        level = [
            member
            for container in level
            for member in (container.values() if isinstance(container, dict) else container)
            if isinstance(member, (dict, list))
        ]
    return bool(level)


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "a lone surrogate"
    # CPython limits the digits and reports it as a plain ValueError:
    # https://docs.python.org/3/library/stdtypes.html#int-max-str-digits
    if "sys.set_int_max_str_digits" in str(error):
        return f"an integer of more than {sys.get_int_max_str_digits()} digits"
    return str(error) or type(error).__name__
