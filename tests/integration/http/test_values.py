from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.http.application import kept_action

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.http.client import Api


def keep(notes: Api, stream: str, text: str) -> list[str]:
    """Send a JSON text as payload and as meta, and give the texts that come back for it."""
    answer = notes.post(
        f"{stream}/actions", body=f'{{"type":"notes/kept","payload":[{text}],"meta":[{text}]}}'
    )
    assert answer.status in {200, 201}, answer.text
    version = str(answer.json["version"])
    read = notes.get(stream)
    then = notes.get(stream, query={"version": version})
    (event,) = notes.get(f"{stream}/events", query={"after": str(int(version) - 1)}).json["events"]
    assert all(f'"state":{{"kept":[{text}]}}' in one.text for one in (answer, read, then))
    return [json.dumps(event[name][0], ensure_ascii=False) for name in ("payload", "meta")]


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "-1",
        "9007199254740993",
        "-9223372036854775809",
        "18446744073709551616",
        "1" + "0" * 400,
        "-" + "7" * 4000,
        "0.1",
        "-0.0",
        "1.0",
        "1e+16",
        "5e-324",
        "2.2250738585072014e-308",
        "1.7976931348623157e+308",
        "0.30000000000000004",
        "123456789.12345679",
        "true",
        "null",
        '""',
        "[]",
        "{}",
    ],
)
def test_a_value_comes_back_as_it_was_sent(notes: Api, stream: str, text: str) -> None:
    assert keep(notes, stream, text) == [text, text]


@pytest.mark.parametrize(
    ("sent", "kept"), [("1.50", 1.5), ("1E2", 100.0), ("-0", 0), ("1e-400", 0.0), ("0e9", 0.0)]
)
def test_another_spelling_of_a_number_is_the_same_number(
    notes: Api, stream: str, sent: str, kept: float
) -> None:
    answer = notes.post(f"{stream}/actions", body=f'{{"type":"notes/kept","payload":{sent}}}')

    assert answer.json["state"]["kept"] == kept
    assert isinstance(answer.json["state"]["kept"], type(kept))


def test_minus_zero_keeps_its_sign(notes: Api, stream: str) -> None:
    answer = notes.post(f"{stream}/actions", body='{"type":"notes/kept","payload":-0.0}')

    assert math.copysign(1, answer.json["state"]["kept"]) == -1


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**60), max_value=10**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=json_values)
def test_any_json_value_survives_the_round_trip_exactly(
    notes: Api, new_id: Callable[[], str], value: Any
) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    kept = keep(notes, f"/stores/notes/{new_id()}", text)

    assert [json.loads(one) for one in kept] == [value, value]
    assert repr(json.loads(kept[0])) == repr(value)


@pytest.mark.parametrize("number", ["1e400", "-1e309", "1" + "0" * 400 + ".0"])
def test_a_number_no_double_can_hold_is_400(notes: Api, stream: str, number: str) -> None:
    answer = notes.post(f"{stream}/actions", body=f'{{"type":"notes/kept","payload":{number}}}')

    assert (answer.status, answer.problem) == (400, "not-json")
    assert notes.get(stream).status == 404


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_in_json_is_400(notes: Api, stream: str, number: str) -> None:
    answer = notes.post(f"{stream}/actions", body=f'{{"type":"notes/kept","payload":{number}}}')

    assert (answer.status, answer.problem) == (400, "not-json")


def test_an_integer_that_the_runtime_cannot_read_is_400(notes: Api, stream: str) -> None:
    digits = "9" * 5000

    answer = notes.post(f"{stream}/actions", body=f'{{"type":"notes/kept","payload":{digits}}}')

    assert (answer.status, answer.problem) == (400, "not-json")


@pytest.mark.parametrize(
    "body",
    [
        '{"type":"notes/kept","type":"notes/kept","payload":1}',
        '{"type":"notes/kept","payload":{"a":1,"b":2,"a":1}}',
        '{"type":"notes/kept","payload":[[{"\\u0061":1,"a":1}]]}',
        '{"type":"notes/kept","payload":1,"meta":{"":1,"":2}}',
    ],
)
def test_a_name_that_occurs_twice_is_400(notes: Api, stream: str, body: str) -> None:
    answer = notes.post(f"{stream}/actions", body=body)

    assert (answer.status, answer.problem) == (400, "not-json")
    assert "twice" in answer.json["detail"]


@pytest.mark.parametrize(
    "text", [r'"\ud800"', r'"\udc00\ud800"', r'{"\udfff":1}', r'"a\ud83d"', '"\ud800"']
)
@pytest.mark.parametrize("part", ["payload", "meta"])
def test_a_lone_surrogate_is_400(notes: Api, stream: str, part: str, text: str) -> None:
    body = f'{{"type":"notes/kept","payload":0,"{part}":{text}}}'.replace('"payload":0,"p', '"p')

    answer = notes.post(f"{stream}/actions", body=body)

    assert (answer.status, answer.problem) == (400, "not-json")
    assert notes.get(stream).status == 404


def test_a_pair_of_surrogates_is_one_character(notes: Api, stream: str) -> None:
    body = r'{"type":"notes/kept","payload":"\ud83d\ude00"}'

    assert notes.post(f"{stream}/actions", body=body).json["state"] == {"kept": "\U0001f600"}


@pytest.mark.parametrize(
    "text", ["Zoë", "日本語", "\u0000\u001f\u007f\u2028", "e\u0301", "\U0001f468\u200d\U0001f469"]
)
def test_text_is_kept_character_by_character(notes: Api, stream: str, text: str) -> None:
    notes.post(f"{stream}/actions", kept_action({text: text}))

    assert notes.get(stream).json["state"] == {"kept": {text: text}}
    assert notes.events(stream)[0]["payload"] == {text: text}


def test_nesting_of_100_levels_is_the_most(notes: Api, stream: str) -> None:
    def nested(levels: int) -> str:
        # The action itself is one level.
        inner = "[" * (levels - 1) + "]" * (levels - 1)
        return f'{{"type":"notes/kept","payload":{inner}}}'

    assert notes.post(f"{stream}/actions", body=nested(101)).problem == "not-json"
    assert notes.post(f"{stream}/actions", body=nested(100)).status == 201
    assert notes.get(stream, query={"version": "1"}).status == 200


@pytest.mark.parametrize("levels", [1000, 100_000, 500_000])
def test_nesting_without_end_is_400(notes: Api, stream: str, levels: int) -> None:
    assert notes.post(f"{stream}/actions", body="[" * levels).status == 400


def test_brackets_in_text_are_no_nesting(notes: Api, stream: str) -> None:
    assert notes.post(f"{stream}/actions", kept_action('[{"' * 500)).status == 201


def test_error_and_meta_are_kept_in_the_event(notes: Api, stream: str) -> None:
    action = {**kept_action(1), "meta": {"device": "phone", "at": None}, "error": True}
    notes.post(f"{stream}/actions", action)

    (event,) = notes.events(stream)

    assert {name: event[name] for name in action} == action


def test_an_event_has_only_the_keys_that_its_action_had(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", {"type": "notes/noted"})

    (event,) = notes.events(stream)

    assert event.keys() == {"type", "version", "recordedAt", "actor"}


def test_the_order_of_names_is_kept(notes: Api, stream: str) -> None:
    payload = {"b": 1, "a": 2, "c": 3}
    notes.post(f"{stream}/actions", kept_action(payload))

    (event,) = notes.events(stream)

    assert (
        list(event["payload"]) == list(notes.get(stream).json["state"]["kept"]) == ["b", "a", "c"]
    )
