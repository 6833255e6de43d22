"""The JSON codec of pydantic, which is loaded anyway and faster than the standard library's."""

from __future__ import annotations

from typing import Any, Final

from pydantic_core import from_json, to_json

from roundtrip.redux.jsontext import Codec


def _write(value: Any) -> str:
    return to_json(value).decode()


def _read(text: str) -> Any:
    # Keys repeat; to look for other strings that do takes longer than to make them.
    return from_json(text, allow_inf_nan=False, cache_strings="keys")


JSON_CODEC: Final = Codec(_write, _read)
