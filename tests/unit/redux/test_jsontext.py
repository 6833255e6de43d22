from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtrip.api.json_codec import JSON_CODEC
from roundtrip.errors import NotJson
from roundtrip.limits import MAX_DEPTH
from roundtrip.redux.jsontext import (
    Codec,
    accelerate,
    decode,
    decode_strict,
    encode,
    encode_plain,
    exact,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**40, max_value=10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


@pytest.fixture(autouse=True, scope="module", params=[None, JSON_CODEC], ids=["standard", "fast"])
def codec(request: pytest.FixtureRequest) -> Iterator[Codec | None]:
    """Every promise holds with the standard library's codec and with the faster one."""
    chosen: Codec | None = request.param
    accelerate(chosen)
    yield chosen
    accelerate(None)


def same(left: Any, right: Any) -> bool:
    """Equal, and of the same types: 1 is not 1.0 and not True, 0.0 is not -0.0."""
    return repr(left) == repr(right)


@given(json_values)
def test_every_value_survives(value: Any) -> None:
    text, copy = exact(value)
    assert same(copy, value)
    assert same(decode_strict(text, where="body"), value)


@given(json_values)
def test_codecs_agree(value: Any) -> None:
    for text in (encode(value), encode_plain(value), exact(value)[0], json.dumps(value)):
        assert same(decode(text), json.loads(text))
        assert same(json.loads(text), value)
        assert same(JSON_CODEC.read(text), value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_digit_of_a_double_survives(number: float) -> None:
    for text in (repr(number), f"{number:.20e}", f"{number:.17g}", encode_plain(number)):
        assert same(decode_strict(text, where="body"), json.loads(text))


@given(json_values, st.sampled_from(["", " ", "\t", "\r\n  ", "\u00a0", "\u2028"]))
def test_a_repeated_name_is_found_between_any_spaces(value: Any, space: str) -> None:
    first, second = encode(value), encode([value])
    text = f'[{space}{{"a b":{first},{space}"a b"{space}:{space}{second}}}]'
    with pytest.raises(NotJson):
        decode_strict(text, where="body")


@given(json_values)
def test_what_others_wrote_is_read_like_the_standard_library_reads_it(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, indent=1, ensure_ascii=False)):
        assert same(decode_strict(text, where="body"), json.loads(text))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        value = decode_strict(text, where="body")
    except NotJson:
        return
    assert same(decode(encode(value)), value)


@pytest.mark.parametrize(
    ("text", "received"),
    [
        ("", ""),
        ("{", ""),
        ("NaN", "NaN"),
        ("[Infinity]", "Infinity"),
        ('{"a":-Infinity}', "-Infinity"),
        ("1e400", "1e400"),
        ("-1e400", "-1e400"),
        ('{"a":1,"a":1}', "'a' twice"),
        ('{"b":{"a":1,"c":2,"a":3}}', "'a' twice"),
        ('{"a":1,"\\u0061":2}', "'a' twice"),
        (r'"\ud800"', "surrogate"),
        (r'{"\udc00":1}', "surrogate"),
        pytest.param("1" * 5000, "an integer of more than 4300 digits", id="5000 digits"),
        pytest.param(f"[-{'1' * 4301}]", "an integer of more than 4300 digits", id="negative"),
        pytest.param("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "more", id="deep 53"),
        pytest.param("[" * 200_000, "more", id="deep 21"),
        pytest.param('{"a":' * 200_000, "more", id="deep 25"),
        ("\ufeff1", ""),
        ("1 2", ""),
        ("'a'", ""),
        ("[1,]", ""),
    ],
)
def test_refuses_what_is_not_strict_json(text: str, received: str) -> None:
    with pytest.raises(NotJson) as caught:
        decode_strict(text, where="body")
    assert caught.value.where == "body"
    assert received in caught.value.received
    assert "sys." not in str(caught.value)


def test_reads_the_longest_integer() -> None:
    assert decode_strict("9" * 4300, where="body") == 10**4300 - 1


def test_allows_nesting_up_to_the_limit_and_brackets_in_strings() -> None:
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert decode_strict(deepest, where="body") is not None
    assert decode_strict(json.dumps("[{" * 500), where="body") == "[{" * 500
    assert len(decode_strict("[" + ",".join(["[]"] * 500) + "]", where="body")) == 500
    quoted = json.dumps(['\\"[' * 200])
    assert decode_strict(quoted, where="body") == ['\\"[' * 200]


def test_joins_the_halves_of_a_character() -> None:
    assert decode_strict(r'"\ud83d\ude00"', where="body") == "😀"


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        {1: 2},
        (1,),
        [(1,)],
        {"a": {1}},
        b"x",
        object(),
        "\ud800",
        {"\udfff": 1},
        pytest.param(10**5000, id="5001 digits"),
        {True: 1},
        {None: 1},
    ],
)
def test_never_writes_what_would_read_back_as_something_else(value: Any) -> None:
    with pytest.raises(NotJson) as caught:
        exact(value)
    assert "sys." not in str(caught.value)


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf], "\ud800", {"\udfff": 1}])
def test_never_writes_a_plain_value_that_json_does_not_have(value: Any) -> None:
    with pytest.raises(NotJson):
        encode_plain(value)


def test_writes_the_names_of_odd_numbers_in_a_string() -> None:
    assert encode_plain(["NaN", "-Infinity"]) == '["NaN","-Infinity"]'


def test_never_writes_a_cycle() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    for write in (encode, encode_plain, exact):
        with pytest.raises(NotJson):
            write(cycle)


@pytest.mark.parametrize("levels", [150, 200, 201, 254, 255, 256, 400])
def test_states_may_be_deeper_than_what_comes_from_outside(levels: int) -> None:
    value: Any = 0
    for _ in range(levels):
        value = [{"a": value}] if levels % 2 else {"a": [value]}
    text, copy = exact(value)
    assert text == encode(value) == encode_plain(copy)
    assert decode(text) == value
