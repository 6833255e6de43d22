"""The tests' own CloudFormation: it has to refuse what the real one refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.template.cloudformation import Refused, Stack


def _template(**properties: Any) -> dict[str, Any]:
    return {
        "Parameters": {
            "Color": {"Type": "String", "Default": "red", "AllowedValues": ["red", "blue"]},
            "Shade": {
                "Type": "String",
                "Default": "",
                "AllowedPattern": "^$|^[a-z]+$",
                "ConstraintDescription": "must be lower case",
            },
            "Size": {"Type": "Number", "Default": 3, "MinValue": 1},
        },
        "Rules": {
            "BlueNeedsAShade": {
                "RuleCondition": {"Fn::Equals": [{"Ref": "Color"}, "blue"]},
                "Assertions": [
                    {
                        "Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Shade"}, ""]}]},
                        "AssertDescription": "blue needs a shade",
                    }
                ],
            }
        },
        "Conditions": {
            "IsRed": {"Fn::Equals": [{"Ref": "Color"}, "red"]},
            "IsBlue": {"Fn::Not": [{"Condition": "IsRed"}]},
            "IsAny": {"Fn::Or": [{"Condition": "IsRed"}, {"Condition": "IsBlue"}]},
        },
        "Resources": {
            "One": {"Type": "A::B::C", "Properties": properties},
            "Other": {"Type": "A::B::C", "Condition": "IsRed", "Properties": {}},
        },
        "Outputs": {
            "Color": {"Value": {"Fn::Sub": "${Color} ${AWS::Region} ${One.Arn}"}},
            "Other": {"Condition": "IsRed", "Value": {"Ref": "Other"}},
        },
    }


def test_conditions_choose_values_properties_and_resources() -> None:
    template = _template(
        Paint={"Fn::If": ["IsRed", "warm", "cold"]},
        Hint={"Fn::If": ["IsRed", {"Ref": "AWS::NoValue"}, ["cool"]]},
        Words={"Fn::Split": [",", {"Fn::If": ["IsRed", "a,b", ""]}]},
        Kept={"Fn::If": ["IsAny", "kept", "lost"]},
    )
    red = Stack(template)
    assert red.properties("One") == {
        "Paint": "warm",
        "Words": ["a", "b"],
        "Kept": "kept",
    }
    assert list(red.resources) == ["One", "Other"]
    assert red.outputs == {"Color": "red eu-central-1 ${One.Arn}", "Other": {"Ref": "Other"}}
    blue = Stack(template, Color="blue", Shade="navy")
    assert (
        blue.properties("One").items() >= {"Paint": "cold", "Hint": ["cool"], "Words": [""]}.items()
    )
    assert list(blue.resources) == ["One"]
    assert blue.outputs == {"Color": "blue eu-central-1 ${One.Arn}"}


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"Color": "green"}, "Color: 'green' is none of"),
        ({"Colour": "red"}, "do not exist"),
        ({"Shade": "NAVY"}, "must be lower case"),
        ({"Size": "0"}, "too little"),
        ({"Color": "blue"}, "blue needs a shade"),
    ],
)
def test_refuses_parameters(parameters: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        Stack(_template(), **parameters)


@pytest.mark.parametrize(
    "reference", [{"Ref": "Other"}, {"Fn::GetAtt": ["Other", "Arn"]}, {"Fn::Sub": "a/${Other.Arn}"}]
)
def test_refuses_a_reference_to_a_resource_that_is_not_made(reference: Any) -> None:
    template = _template(Peer={"Fn::If": ["IsRed", reference, reference]})
    Stack(template)
    with pytest.raises(Refused, match=r"dependencies \['Other'\]"):
        Stack(template, Color="blue", Shade="navy")


def test_knows_no_other_functions() -> None:
    with pytest.raises(NotImplementedError, match="Fn::Cidr"):
        Stack(_template(Net={"Fn::Cidr": ["10.0.0.0/8", 1]}))
