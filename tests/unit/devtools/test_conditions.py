from __future__ import annotations

from typing import Any

import pytest

from roundtrip_devtools.conditions import Conditions, Undecided

JWT = {"Fn::Equals": [{"Ref": "AuthMode"}, "JWT"]}
OPEN = {"Fn::Equals": [{"Ref": "AuthMode"}, "NONE"]}


def chosen(condition: Any, mode: str) -> Any:
    definitions = {"IsJwt": JWT, "Asked": condition}
    conditions = Conditions(definitions, {"AuthMode": mode})
    return conditions.chosen({"Fn::If": ["Asked", "yes", "no"]})


@pytest.mark.parametrize(
    ("condition", "for_jwt", "for_none"),
    [
        (JWT, "yes", "no"),
        ({"Condition": "IsJwt"}, "yes", "no"),
        ({"Fn::Not": [JWT]}, "no", "yes"),
        ({"Fn::And": [JWT, OPEN]}, "no", "no"),
        ({"Fn::Or": [JWT, OPEN]}, "yes", "yes"),
    ],
)
def test_a_condition(condition: Any, for_jwt: str, for_none: str) -> None:
    assert (chosen(condition, "JWT"), chosen(condition, "NONE")) == (for_jwt, for_none)


def test_branches_are_followed() -> None:
    conditions = Conditions({"IsJwt": JWT}, {"AuthMode": "JWT"})
    inner = {"Fn::If": ["IsJwt", {"Ref": "AuthMode"}, "no"]}
    assert conditions.chosen({"Fn::If": ["IsJwt", inner, "no"]}) == "JWT"


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::If": ["Missing", "a", "b"]},
        {"Fn::If": ["IsJwt", {"Fn::GetAtt": ["Api", "Id"]}, "b"]},
        {"Ref": "AWS::Region"},
    ],
)
def test_what_only_a_deployment_knows(value: Any) -> None:
    with pytest.raises(Undecided, match=r"Missing|GetAtt|Region"):
        Conditions({"IsJwt": JWT}, {"AuthMode": "JWT"}).chosen(value)
