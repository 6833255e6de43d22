"""Blocks of HTTP messages and of data formats, checked against what they are about."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

from roundtrip.testing import Answer, Api
from roundtrip_devtools.template import read_template
from tests.checkout import TEMPLATE
from tests.docs.console import check_output

if TYPE_CHECKING:
    from collections.abc import Mapping


class HttpMessages:
    """Requests to the API of the stores that a page defines as ``STORES``, and its answers."""

    _api: Api | None = None
    _answer: Answer

    def run(self, text: str, namespace: Mapping[str, Any]) -> None:
        """Send a request, or compare an answer with that of the request before it."""
        head, _, body = text.partition("\n\n")
        first, *lines = head.splitlines()
        headers = dict(line.split(": ", 1) for line in lines)
        if first.startswith("HTTP/"):
            received = {name: self._answer.headers.get(name) for name in headers}
            assert (self._answer.status, received) == (int(first.split()[1]), headers)
            check_output(body, self._answer.text)
            return
        self._api = self._api or Api(namespace["STORES"])
        method, target, _ = first.split()
        path, _, query = target.partition("?")
        parameters = dict(pair.split("=") for pair in query.split("&")) if query else None
        self._answer = self._api.send(
            method, path, body=body.strip() or None, query=parameters, headers=headers
        )


def check_policy(text: str) -> None:
    """Check a policy of IAM that lets its owner call an API."""
    (statement,) = json.loads(text)["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    assert re.fullmatch(r"arn:aws:execute-api:\S+:\S+:\S+/\*", statement["Resource"])


def check_profile(text: str) -> None:
    """Check that a profile of ``samconfig.toml`` gives parameters that the template takes."""
    (profile,) = tomllib.loads(text).values()
    for setting in profile["deploy"]["parameters"]["parameter_overrides"]:
        name, _, value = setting.partition("=")
        parameter = read_template(TEMPLATE)["Parameters"][name]
        assert value in parameter.get("AllowedValues", [value])
        assert re.match(parameter.get("AllowedPattern", ""), value)
