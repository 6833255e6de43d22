from __future__ import annotations

import base64
import gzip
import json
import random

import pytest

from roundtrip.api.compression import to_result
from roundtrip.api.responses import Response, json_response
from roundtrip.errors import AnswerTooLarge
from roundtrip.limits import COMPRESSED_CHARACTERS, MAX_ANSWER_BYTES

LAMBDA_BYTES = 6 * 1024 * 1024


def noise(size_bytes: int) -> str:
    return random.Random(1).randbytes(size_bytes // 2).hex()  # noqa: S311


@pytest.mark.parametrize(
    ("header", "packed"),
    [
        (None, ""),
        ("", ""),
        ("gzip", "large huge"),
        ("GZIP", "large huge"),
        ("x-gzip", "large huge"),
        ("br, gzip ; q=0.1", "large huge"),
        ("gzip;q=0", ""),
        ("gzip; q=0.000, *", ""),
        ("*", "large huge"),
        ("*;q=0", ""),
        ("*;q=0, gzip", "small large huge"),
        ("gzip, identity;q=0", "small large huge"),
        ("gzip;q=0.5, identity", "huge"),
        ("gzip;q=0.5, identity;q=0.5", "large huge"),
        ("identity", ""),
        ("xgzip", ""),
    ],
)
def test_a_client_says_what_is_compressed(header: str | None, packed: str) -> None:
    bodies = {"small": "{}", "large": "a" * (COMPRESSED_CHARACTERS + 1), "huge": "a" * LAMBDA_BYTES}
    results = {
        size: to_result(json_response(body)._replace(shorter="{}"), header)
        for size, body in bodies.items()
    }

    assert [size for size, each in results.items() if each["isBase64Encoded"]] == packed.split()


@pytest.mark.parametrize("status", [204, 304])
def test_no_body_is_not_compressed(status: int) -> None:
    result = to_result(Response(status, "", {}), "gzip, identity;q=0")

    assert (result["body"], result["isBase64Encoded"]) == ("", False)
    assert "Content-Encoding" not in result["headers"]


def test_no_cache_answers_one_caller_with_the_state_of_another() -> None:
    headers = to_result(json_response("{}"), None)["headers"]

    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["Vary"] == "Accept-Encoding, Authorization"


def test_only_a_large_body_is_compressed() -> None:
    body = json.dumps("a" * COMPRESSED_CHARACTERS)

    large = to_result(json_response(body), "gzip")
    small = to_result(json_response("{}"), "gzip")
    plain = to_result(json_response(body), None)

    assert (large["headers"]["Content-Encoding"], large["isBase64Encoded"]) == ("gzip", True)
    assert gzip.decompress(base64.b64decode(large["body"])).decode() == body
    assert [small["body"], plain["body"]] == ["{}", body]
    for result in (small, plain):
        assert "Content-Encoding" not in result["headers"]


def test_a_state_of_8_mb_fits_what_lambda_returns() -> None:
    state = {f"{n}": {"id": n, "title": noise(60), "text": "why " * 60} for n in range(24_000)}
    body = json.dumps(state)
    assert len(body) > 8_000_000

    result = to_result(json_response(body), "gzip")

    assert len(json.dumps(result, ensure_ascii=False).encode()) < LAMBDA_BYTES


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("x" * (MAX_ANSWER_BYTES + 1), id="letters"),
        pytest.param("\u20ac" * (MAX_ANSWER_BYTES // 3 + 1), id="bytes"),
        pytest.param('"' * (MAX_ANSWER_BYTES // 2 + 1), id="escapes"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_way_to_read_it(body: str) -> None:
    with pytest.raises(AnswerTooLarge, match="Accept gzip, or read it in parts") as refusal:
        to_result(json_response(body), None)

    assert refusal.value.size_bytes > refusal.value.limit_bytes
    fits = body[: len(body) - 1]
    result = to_result(json_response(fits), None)
    assert len(json.dumps(result, ensure_ascii=False).encode()) < LAMBDA_BYTES


def test_what_is_written_is_answered_without_the_state_if_that_does_not_fit() -> None:
    response = json_response("x" * LAMBDA_BYTES)._replace(shorter="{}")

    assert to_result(response, None)["body"] == "{}"
