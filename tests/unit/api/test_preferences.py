from __future__ import annotations

import pytest

from roundtrip.api.parameters import preferred_answer


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        (None, None),
        ("", None),
        ("return=minimal", "nothing"),
        ("Return = Changes", "changes"),
        ('return="representation"; x=1', "state"),
        ("respond-async, return=minimal", "nothing"),
        ("return=minimal, return=changes", "nothing"),
        ("return=everything, return=changes", None),
        ("return", None),
        (";,=,,return=", None),
        ('note="a, return=minimal"', None),
        (r'note="\", return=minimal, \"", return=changes', "changes"),
        ('note="a; return=minimal", return=changes', "changes"),
        ('", return=changes', None),
        ('return=changes, "', "changes"),
        # API Gateway takes headers of 10 240 bytes.
        pytest.param('"' + '\\"' * 5000, None, id="quotes"),
        pytest.param('\\"' * 5000 + ", return=changes", None, id="more quotes"),
    ],
)
def test_the_first_preference_for_an_answer_counts(header: str | None, answer: str | None) -> None:
    assert preferred_answer(header) == answer
