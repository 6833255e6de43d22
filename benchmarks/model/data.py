"""Values and quotas of AWS and of the designs, read from the TOML files of this package."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypeVar

from pydantic import ConfigDict, TypeAdapter

Row = TypeVar("Row")
Design: TypeAlias = Literal["coupled", "streamed"]
DESIGNS: Final[tuple[Design, ...]] = ("coupled", "streamed")

_FOLDER: Final = Path(__file__).parent
STRICT: Final = ConfigDict(extra="forbid")
"""Configuration of every dataclass that `read` makes: an unknown key is an error."""


def read(file: str, kind: type[Row]) -> dict[str, Row]:
    """Read each table of a file as a row. The table's key is the row's name unless it has one.

    `pydantic.ValidationError` is raised for a missing or unknown field, or a value of a wrong type.
    """
    tables = tomllib.loads((_FOLDER / file).read_text("utf-8"))
    adapter = TypeAdapter(kind)
    return {key: adapter.validate_python({"name": key, **table}) for key, table in tables.items()}


@dataclass(frozen=True, slots=True)
class Constant:
    """A single value: documented by AWS, assumed, or set by the deployed designs.

    `says` is what the source says or the reason for an assumption; `seen` is the day on which the
    page was read.
    """

    __pydantic_config__ = STRICT

    name: str
    value: float
    unit: str
    basis: Literal["documented", "assumed", "deployed"]
    says: str
    url: str = ""
    seen: date | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit that AWS documents, and what to do when it is reached.

    `scope` is what the limit applies to: the rate of one order or of the whole service, the number
    of clients, a size, or a time. AWS raises a `raisable` limit on request or by a setting.
    `per_action` names the quantity that one action takes of the value per second; it is empty when
    no rate reaches the limit. `note` may contain such names (see `benchmarks.model.limits`).
    """

    __pydantic_config__ = STRICT

    name: str
    scope: Literal["one order", "all orders", "clients", "size", "time"]
    value: float
    unit: str
    raisable: bool
    remedy: str
    url: str
    seen: date
    designs: tuple[Design, ...] = DESIGNS
    per_action: str = ""
    note: str = ""


CONSTANTS: Final = read("constants.toml", Constant)
VALUES: Final = {name: constant.value for name, constant in CONSTANTS.items()}
QUOTAS: Final = read("quotas.toml", Quota)
