"""Stream records as Lambda hands them to a function: JSON, and nothing else.

The shape is shown at https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def to_lambda(record: Mapping[str, Any], stream_arn: str) -> dict[str, Any]:
    """Make the element of an event's ``Records`` of a record that boto3 read.

    Parameters
    ----------
    record : Mapping
        One of ``GetRecords``.
    stream_arn : str
        The stream it is of.

    Returns
    -------
    dict
        The same with binary values as base64 text and the time as seconds since 1970.
    """
    made: dict[str, Any] = {**_plain(record), "eventSourceARN": stream_arn}
    if "userIdentity" in made:  # Who deleted an expired item; with small letters in Lambda.
        identity = made["userIdentity"]
        made["userIdentity"] = {
            name[0].lower() + name[1:]: value for name, value in identity.items()
        }
    return made


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return value.timestamp()
        case _:
            return value
