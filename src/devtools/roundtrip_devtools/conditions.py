"""The conditions of a CloudFormation template, as far as parameters decide them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Undecided(Exception):
    """Only a deployment knows; the message is what was asked."""


class Conditions:
    """The conditions of a template for given parameters.

    Parameters
    ----------
    definitions : Mapping
        The template's ``Conditions``; short tags in their long form.
    parameters : Mapping
        The parameters' values.
    """

    def __init__(self, definitions: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._parameters = parameters

    def chosen(self, value: Any) -> Any:
        """Return a value, with the branches of ``Fn::If`` chosen and parameters put in.

        Raises
        ------
        Undecided
            It depends on something else.
        """
        match value:
            case {"Fn::If": [str(name), yes, no]}:
                return self.chosen(yes if self._holds({"Condition": name}) else no)
            case {"Ref": str(name)} if name in self._parameters:
                return self._parameters[name]
            case dict():
                raise Undecided(str(value))
            case _:
                return value

    def _holds(self, condition: Any) -> bool:
        match condition:
            case {"Condition": str(name)} if name in self._definitions:
                return self._holds(self._definitions[name])
            case {"Fn::Equals": [left, right]}:
                return str(self.chosen(left)) == str(self.chosen(right))
            case {"Fn::Not": [inner]}:
                return not self._holds(inner)
            case {"Fn::And": list(parts)}:
                return all(self._holds(part) for part in parts)
            case {"Fn::Or": list(parts)}:
                return any(self._holds(part) for part in parts)
            case _:
                raise Undecided(str(condition))
